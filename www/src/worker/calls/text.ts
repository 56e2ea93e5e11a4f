/** The text that was read, page by page. */
import type { Call, Handlers } from '../protocol.js';
import { sessionOf, textSearchOf } from '../session.js';
import { stretch } from '../text.js';
import type { WantedText } from '../text-search.js';

export interface TextCalls {
	/** Text of one page, from the UTF-16 offset `from` on. */
	text: Call<{ document: number; page: number; from: number }, PageText | null>;
	/**
	 * The next place of a text behind `from`, or before it, in any case; on the other pages too, and at last on this one from its other
	 * end. A later call of the same document wins: this one is then answered `null`.
	 */
	textFind: Call<{ document: number } & WantedText, { place: TextPlace | null } | null>;
}

/** A stretch of one page's text. */
export interface PageText {
	page: number;
	/** Where it begins: no half of a character is left out by itself. */
	from: number;
	content: string;
	/** Length of the whole page's text in UTF-16 units. */
	length: number;
	/** Words that OCR read; `null` where the kind has none. */
	words: number | null;
	/** What it is the text of; `null` where that is the page of the document. */
	part: TextPart | null;
}

/** A part of the document that has a text of its own. */
export interface TextPart {
	of: 'classification' | 'crop' | 'split';
	/** Which of them, from 0. */
	index: number;
	/** What the platform took it for. */
	type: string;
	/** Which page of its text it is, from 0, and of how many. */
	page: number;
	pages: number;
}

/** Where a text was found. */
export interface TextPlace {
	page: number;
	/** In UTF-16 units of the page's text. */
	at: number;
	/** Which of the places on that page, from 0. */
	index: number;
	/** How many there are on it. */
	total: number;
}

/** UTF-16 units of page text that one answer holds at most. */
export const TEXT_LENGTH = 50_000;

export const textCalls: Handlers<TextCalls> = {
	text({ document, page, from }) {
		const shown = sessionOf(document)?.shown;
		if (!shown) return null;
		const { content, words, part } = shown.text(page);
		const begin = from > 0 && isLowSurrogate(content.charCodeAt(from)) ? from + 1 : from;
		return { page, from: begin, content: stretch(content, begin, TEXT_LENGTH), length: content.length, words, part };
	},
	textFind({ document, ...wanted }) {
		const search = textSearchOf(document);
		return search?.find(wanted, () => textSearchOf(document) === search) ?? null;
	},
};

function isLowSurrogate(unit: number): boolean {
	return unit >= 0xdc00 && unit < 0xe000;
}
