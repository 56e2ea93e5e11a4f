/** The text that was read, page by page. */
import type { Call, Handlers } from '../protocol.js';
import { sessionOf } from '../session.js';
import { stretch } from '../text.js';

export interface TextCalls {
	/** Text of one page, from the UTF-16 offset `from` on. */
	text: Call<{ document: number; page: number; from: number }, PageText | null>;
}

/** A stretch of one page's text. */
export interface PageText {
	page: number;
	from: number;
	content: string;
	/** Length of the whole page's text in UTF-16 units. */
	length: number;
	/** Words that OCR read; `null` where the kind has none. */
	words: number | null;
}

/** UTF-16 units of page text that one answer holds at most. */
export const TEXT_LENGTH = 50_000;

export const textCalls: Handlers<TextCalls> = {
	text({ document, page, from }) {
		const shown = sessionOf(document)?.shown;
		if (!shown) return null;
		const { content, words } = shown.text(page);
		return { page, from, content: stretch(content, from, TEXT_LENGTH), length: content.length, words };
	},
};
