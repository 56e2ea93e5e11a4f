/** The exact bytes of a payload, readable or not, as rows: lines, cut where they are long. */
import type { Call, Handlers } from '../protocol.js';
import { rawOf } from '../session.js';
import type { ByteRange } from './tree.js';

export interface RawCalls {
	/** How much there is to show. */
	rawSize: Call<{ document: number }, RawSize | null>;
	/** The rows from `from` on, at most `count` and never more than {@link RAW_ROWS}. */
	rawRows: Call<{ document: number; from: number; count: number }, RawRows | null>;
	/** Where bytes are in the rows. */
	rawPlace: Call<{ document: number } & ByteRange, RawPlace | null>;
	/**
	 * The first place of a text that begins at the byte `from` or behind it, or backwards the last one that begins before it; goes on at the
	 * other end. A later call of the same document wins: this one is then answered `null`.
	 */
	rawFind: Call<
		{ document: number; text: string; from: number; backwards: boolean; matchCase: boolean },
		RawFound | null
	>;
}

/** Rows that one answer holds at most. */
export const RAW_ROWS = 200;
/** UTF-16 units that a row holds at most. */
export const RAW_COLUMNS = 160;

export interface RawSize {
	rows: number;
	lines: number;
	bytes: number;
}

/** A stretch of a row that is shown alike. */
export interface RawRun {
	kind: RawKind;
	/** What to show. For a placeholder its label, such as `U+0007`, `FF` or `BOM`. */
	text: string;
}

/**
 * What a run is. By syntax: `key`, `string`, `number`, `word` (`true`, `false`, `null`), `punctuation`, `space`, `other` for what is no
 * JSON. Placeholders: `control` for a control or bidi character, `invalid` for a byte that is no UTF-8, `bom` for a byte order mark.
 */
export type RawKind =
	| 'key'
	| 'string'
	| 'number'
	| 'word'
	| 'punctuation'
	| 'space'
	| 'other'
	| 'control'
	| 'invalid'
	| 'bom';

/** One row: a line, or a part of a long one. */
export interface RawRow {
	/** From 0. */
	row: number;
	/** From 1. */
	line: number;
	/** Column of its first character from 1, in UTF-16 units, as editors count; more than 1 where a line goes on. */
	column: number;
	/** Byte at which it begins. */
	offset: number;
	/** Bytes it holds, with the end of its line. */
	length: number;
	runs: RawRun[];
	/** What it ends with; `''` for a long line that goes on in the next row, and at the end of the payload. A CR alone ends no line. */
	ending: '' | 'LF' | 'CRLF' | 'CR';
}

export interface RawRows {
	/** Rows there are in all. */
	total: number;
	from: number;
	rows: RawRow[];
}

/** A place in the rows. */
export interface RawPoint {
	/** From 0. */
	row: number;
	/** UTF-16 units of the row's runs before it, placeholders counted as they are shown. */
	at: number;
	/** From 1. */
	line: number;
	/** From 1, in UTF-16 units of the line. */
	column: number;
}

/** Where bytes are in the rows: from `start` up to, not including, `end`. */
export interface RawPlace {
	start: RawPoint;
	end: RawPoint;
}

/** Where a text was found. */
export interface RawFound {
	/** `null` where the text does not occur. */
	place: (RawPlace & ByteRange) | null;
	/** Whether the search went past the end, or the beginning. */
	wrapped: boolean;
}

export const rawCalls: Handlers<RawCalls> = {
	rawSize({ document }) {
		const raw = rawOf(document);
		return raw?.size(() => rawOf(document) === raw) ?? null;
	},
	async rawRows({ document, from, count }) {
		const raw = rawOf(document);
		const rows = await raw?.rows(from, count, () => rawOf(document) === raw);
		return rows ? { from, ...rows } : null;
	},
	rawPlace({ document, offset, length }) {
		const raw = rawOf(document);
		return raw?.place(offset, length, () => rawOf(document) === raw) ?? null;
	},
	rawFind({ document, ...what }) {
		const raw = rawOf(document);
		return raw?.find(what, () => rawOf(document) === raw) ?? null;
	},
};
