/** The raw text of the extractions that are chained to the parts of a document: a page of text for each of theirs. */
import { endOfValue, follow, nextToken } from '../../../pkg/src/core/steps.js';
import type { TextPart } from './calls/text.js';
import { kind, type Table } from './table.js';
import { cut, textStart } from './text.js';

/** One page of such a text. */
export interface ChainedText {
	readonly part: TextPart;
	/** The page of the document that it is on, from 0. */
	readonly page: number;
	/** Where its content stands, with the quotes. */
	readonly start: number;
	readonly end: number;
}

const PAGES = ['extraction_response', 'inference', 'result', 'raw_text', 'pages'];
/** UTF-16 units of what a part is that are told at most. */
const TYPE_LENGTH = 100;
const OPEN_OBJECT = 0x7b;
const COMMA = 0x2c;

/** All of them, in the order of the payload. */
export function chainedTexts(table: Table): ChainedText[] {
	const { bytes } = table;
	const texts: ChainedText[] = [];
	let index = 0;
	for (const id of table.childrenOf(-1)) {
		const of = partKinds.get(table.kind(id));
		if (!of || table.isShadowed(id)) continue;
		const pages = pagesOf(bytes, table.valueStart(id));
		const type = cut(table.text(id, TYPE_LENGTH), TYPE_LENGTH);
		pages.forEach(([start, end], page) => {
			const part = { of, index, type, page, pages: pages.length };
			texts.push({ part, page: documentPage(table, id, page), start, end });
		});
		index++;
	}
	return texts;
}

const partKinds = new Map<number, TextPart['of']>([
	[kind.classification, 'classification'],
	[kind.crop, 'crop'],
	[kind.split, 'split'],
]);

/** Where the text of each page stands. */
function pagesOf(bytes: Uint8Array, part: number): [start: number, end: number][] {
	let at = part;
	for (const step of PAGES) {
		at = follow(bytes, at, step);
		if (at < 0) return [];
	}
	const pages: [number, number][] = [];
	at = nextToken(bytes, at + 1);
	while (bytes[at] === OPEN_OBJECT) {
		const start = follow(bytes, at, 'content');
		pages.push([start, endOfValue(bytes, start)]);
		at = nextToken(bytes, endOfValue(bytes, at));
		if (bytes[at] === COMMA) at = nextToken(bytes, at + 1);
	}
	return pages;
}

/** A crop is on one page; the pages of a split are taken to be counted from its first one. */
function documentPage(table: Table, id: number, page: number): number {
	switch (table.kind(id)) {
		case kind.crop:
			return table.locations(id)[0]?.page ?? 0;
		case kind.split: {
			const [first, last] = table.pageRange(id);
			return Math.min(first + page, last);
		}
		default:
			return page;
	}
}

/** The content of one. */
export function contentOf(bytes: Uint8Array, { start, end }: ChainedText): string {
	return textStart(bytes, start + 1, end - 1, true, Number.POSITIVE_INFINITY);
}
