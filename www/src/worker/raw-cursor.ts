/**
 * Goes from row to row of the raw bytes. A row is a line, or as much of a long one as fits. A CR alone ends a row, but not a line: so the
 * core counts lines.
 */
import { RAW_COLUMNS, type RawRow } from './calls/raw.js';
import { charLength, codePoint, columnsOf, unitsOf } from './utf8.js';

const [TAB, LF, CR, SPACE, QUOTE, BACKSLASH, DELETE] = [0x09, 0x0a, 0x0d, 0x20, 0x22, 0x5c, 0x7f];

/** Where a row begins, and what one must know of what comes before it. */
export interface RowStart {
	/** From 0. */
	row: number;
	offset: number;
	/** From 1. */
	line: number;
	/** From 1, in UTF-16 units. */
	column: number;
	/** Whether it begins outside of a string, within one, or behind a backslash in one. */
	string: 0 | 1 | 2;
}

/** A row as a stretch of bytes. */
export interface RowSpan {
	/** Where its text ends. */
	end: number;
	ending: RawRow['ending'];
	/** Where the next row begins; `null` for the last one. */
	next: RowStart | null;
}

export const firstRow: RowStart = { row: 0, offset: 0, line: 1, column: 1, string: 0 };

/** Reads the row that begins at `start`. */
export function readRow(bytes: Uint8Array, start: RowStart): RowSpan {
	let { offset: at, string } = start;
	let width = 0;
	let columns = 0;
	const row = start.row + 1;
	while (at < bytes.length) {
		const byte = bytes[at] as number;
		if (byte === LF || byte === CR) {
			const isPair = byte === CR && bytes[at + 1] === LF;
			const offset = at + (isPair ? 2 : 1);
			// No string goes on behind it: what is missing is a quote.
			if (byte === CR && !isPair) {
				const column = start.column + columns + 1;
				return { end: at, ending: 'CR', next: { row, offset, line: start.line, column, string: 0 } };
			}
			const ending = isPair ? 'CRLF' : 'LF';
			return { end: at, ending, next: { row, offset, line: start.line + 1, column: 1, string: 0 } };
		}
		let length = 1;
		let shown = 1;
		if (byte >= DELETE || (byte < SPACE && byte !== TAB)) {
			length = charLength(bytes, at, bytes.length);
			shown = shownUnits(bytes, at, length);
		}
		if (width + shown > RAW_COLUMNS) {
			const column = start.column + columns;
			return { end: at, ending: '', next: { row, offset: at, line: start.line, column, string } };
		}
		if (string === 2) string = 1;
		else if (byte === QUOTE) string = string === 0 ? 1 : 0;
		else if (byte === BACKSLASH && string === 1) string = 2;
		width += shown;
		columns += columnsOf(byte);
		at += Math.abs(length);
	}
	return { end: at, ending: '', next: null };
}

/** UTF-16 units that a character is shown with. */
export function shownUnits(bytes: Uint8Array, at: number, length: number): number {
	return placeholder(bytes, at, length)?.text.length ?? unitsOf(length);
}

/** What is shown in the place of a character that one could not see, or of wrong bytes; `null` for all others. */
export function placeholder(
	bytes: Uint8Array,
	at: number,
	length: number,
): { kind: 'control' | 'invalid' | 'bom'; text: string } | null {
	if (length < 0) {
		const wrong = Array.from(bytes.subarray(at, at - length), (byte) => byte.toString(16).toUpperCase());
		return { kind: 'invalid', text: wrong.join(' ') };
	}
	const code = codePoint(bytes, at, length);
	if (code === 0xfeff && at === 0) return { kind: 'bom', text: 'BOM' };
	if (!isUnseen(code)) return null;
	return { kind: 'control', text: `U+${code.toString(16).toUpperCase().padStart(4, '0')}` };
}

/** Controls, and what has no shape of its own and changes how the text around it is shown. */
function isUnseen(code: number): boolean {
	if (code < 0x80) return (code < SPACE && code !== TAB) || code === DELETE;
	if (code < 0xa0) return true;
	if (code < 0x2000) return code === 0xad || code === 0x61c || code === 0x180e;
	return (
		(code >= 0x200b && code <= 0x200f) ||
		(code >= 0x2028 && code <= 0x202e) ||
		(code >= 0x2060 && code <= 0x206f) ||
		code === 0xfeff ||
		(code >= 0xfff9 && code <= 0xfffb) ||
		(code >= 0xe0000 && code <= 0xe007f)
	);
}
