/** An issue as a person reads it: what is wrong, where, the place itself with carets under it, what to do. */
import type { Issue, Severity } from 'mindhook';
import { coloured, type Paint, plain, type Style } from './paint.js';
import { type Cell, cellsOf, visible, wrap } from './visible-text.js';

/** How {@link render} writes. */
export interface RenderOptions {
	/** Columns that there are; at least 40 are used. Default 80. */
	readonly width?: number;
	/** With terminal colours. Default: without. */
	readonly colour?: boolean;
	/** What the input is called. Default `input`. */
	readonly file?: string;
}

const TAB = 4;
/** A range over more lines is shown by its first and its last. */
const MOST_LINES = 3;
const LF = 0x0a;
const CR = 0x0d;

const styles: Record<Severity, Style> = { error: 'red', warning: 'yellow', notice: 'blue' };

/** Codes that speak of the input as a whole: no place in it would tell more. */
const placeless = /^(core\.|input\.|limit\.(bytes|issues)$)/;

/**
 * The text of an issue, some lines without a line break at the end. Nothing of the input reaches a terminal as a command, whatever
 * the bytes are; no line but the file's name, the pointer and single long words is wider than `width`.
 *
 * @param bytes what was checked: `issue.offset` counts in it
 *
 * @example
 * render(issue, bytes, { file: 'invoice.json' });
 * // error payload.unknown_confidence: "high" is no confidence
 * //   --> invoice.json:14:22
 * //    |
 * // 14 |       "confidence": "high",
 * //    |                     ^^^^^^
 * //    = at /inference/result/fields/total/confidence
 * //    = help: did you mean "High"?
 */
export function render(issue: Issue, bytes: Uint8Array, options: RenderOptions = {}): string {
	const width = Math.max(options.width ?? 80, 40);
	const paint = options.colour ? coloured : plain;
	const style = styles[issue.severity];
	const [first = '', ...more] = wrap(`${issue.severity} ${issue.code}: ${visible(issue.message)}`, width, '  ').split(
		'\n',
	);
	const lines = [paint(style, paint('bold', issue.severity)) + first.slice(issue.severity.length), ...more];
	const file = visible(options.file ?? 'input');
	const places = placeless.test(issue.code) || bytes.length === 0 ? [] : placesOf(issue, bytes, width);
	const gutter = Math.max(String(places.at(-1)?.number ?? '').length, 2);
	const bar = paint('dim', '|');
	const where = places.length === 0 ? file : `${file}:${issue.line}:${issue.columnUtf16}`;
	lines.push(`${' '.repeat(gutter)}${paint('dim', '-->')} ${where}`);
	if (places.length > 0) lines.push(`${' '.repeat(gutter)} ${bar}`);
	let last = 0;
	for (const place of places) {
		if (last > 0 && place.number > last + 1) lines.push(`${' '.repeat(gutter - 1)}${paint('dim', '⋮')}`);
		last = place.number;
		const { text, carets } = drawn(place, width - gutter - 3, paint);
		lines.push(`${paint('dim', String(place.number).padStart(gutter))} ${bar} ${text}`.trimEnd());
		if (carets !== '') {
			const indent = carets.length - carets.trimStart().length;
			lines.push(`${' '.repeat(gutter)} ${bar} ${carets.slice(0, indent)}${paint(style, carets.slice(indent))}`);
		}
	}
	const note = (name: string, text: string): void => {
		const [first = '', ...more] = wrap(`${name} ${text}`, width - gutter - 3, '  ').split('\n');
		lines.push(`${' '.repeat(gutter)} ${paint('dim', '=')} ${first}`);
		for (const line of more) lines.push(`${' '.repeat(gutter)}   ${line}`);
	};
	if (issue.pointer !== '') note('at', visible(issue.pointer));
	if (issue.help) note('help:', visible(issue.help));
	return lines.join('\n');
}

/** A line of the input, or the part of it that is worth a look. */
interface Place {
	readonly number: number;
	readonly cells: readonly Cell[];
	/** The first marked cell, and the one behind the last; equal for a place between two cells. */
	readonly from: number;
	readonly to: number;
	/** Whether there is more of the line before the first cell, and behind the last. */
	readonly before: boolean;
	readonly behind: boolean;
	readonly marked: boolean;
}

/** The lines that an issue is about. A blank line says nothing: the last one with text stands before it. */
function placesOf(issue: Issue, bytes: Uint8Array, width: number): Place[] {
	const start = Math.min(issue.offset, bytes.length);
	const end = Math.min(start + issue.length, bytes.length);
	// Where the lines of the range begin: each behind a line feed within it. Nothing beyond the range is searched.
	const range = bytes.subarray(start, end);
	const starts = [start];
	for (let at = range.indexOf(LF); at >= 0 && at < range.length - 1; at = range.indexOf(LF, at + 1)) {
		starts.push(start + at + 1);
	}
	const places = starts.flatMap((from, index) => {
		if (starts.length > MOST_LINES && index > 0 && index < starts.length - 1) return [];
		const next = starts[index + 1];
		return placeAt(bytes, issue.line + index, from, next === undefined ? end : next - 1, width, index > 0);
	});
	if (places[0]?.cells.every(isBlank)) {
		let at = lineStart(bytes, start, 0);
		let number = issue.line;
		while (at > 0 && number > 1) {
			const lineEnd = at - 1;
			at = lineStart(bytes, lineEnd, 0);
			number--;
			const content = bytes.subarray(at, lineEnd);
			if (content.every((byte) => byte <= 0x20)) continue;
			// The end of that line is what the issue is nearest to.
			return [{ ...placeAt(bytes, number, lineEnd, lineEnd, width, false), marked: false }, ...places];
		}
	}
	return places;
}

const isBlank = (cell: Cell): boolean => cell.text === ' ' || cell.text === '\t' || cell.text === '\u240d';

/** Where the line begins that `at` is in, or `least` when that is before it. */
function lineStart(bytes: Uint8Array, at: number, least: number): number {
	return least + bytes.subarray(least, at).lastIndexOf(LF) + 1;
}

/** The line around a range that has no line feed but at its end. */
function placeAt(bytes: Uint8Array, number: number, start: number, end: number, width: number, goesOn: boolean): Place {
	// So many bytes fill the width even where each column takes a long sequence; the rest of a long line is not looked at.
	const reach = width * 12;
	let left = lineStart(bytes, start, Math.max(0, start - reach));
	const before = left > 0 && bytes[left - 1] !== LF;
	if (before) while (left < start && isContinuation(bytes[left])) left++;
	let right = Math.max(start, Math.min(end, start + reach));
	// A line feed is shown only where it is the fault.
	const atFeed = right > start && bytes[right - 1] === LF;
	const most = atFeed ? right : Math.min(bytes.length, start + 2 * reach);
	while (right < most && bytes[right] !== LF) right++;
	const behind = !atFeed && right < bytes.length && bytes[right] !== LF;
	for (let steps = 0; behind && steps < 3 && right > start && isContinuation(bytes[right]); steps++) right--;
	// Nor is the carriage return before it.
	if (!atFeed && bytes[right - 1] === CR && right - 1 >= left && end < right && start < right) right--;
	const cells = [...cellsOf(bytes, left, right)];
	let from = cells.findIndex((cell) => cell.end > start);
	if (from < 0) from = cells.length;
	if (goesOn) while (from < cells.length && isBlank(cells[from] as Cell)) from++;
	let to = from;
	while (to < cells.length && (cells[to] as Cell).start < end) to++;
	return { number, cells, from, to, before, behind, marked: true };
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** The text of a line within so many columns, and the line of carets below it. */
function drawn(place: Place, columns: number, paint: Paint): { text: string; carets: string } {
	const { cells, from, to } = place;
	const widths: number[] = [];
	let total = 0;
	for (const cell of cells) {
		const size = cell.text === '\t' ? TAB - (total % TAB) : cell.columns;
		widths.push(size);
		total += size;
	}
	const sum = (begin: number, end: number): number => widths.slice(begin, end).reduce((all, each) => all + each, 0);
	let first = 0;
	let last = cells.length;
	// A caret behind the end of the line needs a column too.
	if (place.before || place.behind || total + (from === cells.length ? 1 : 0) > columns) {
		const inner = columns - 2;
		const fault = Math.max(sum(from, to), 1);
		const spare = Math.max(inner - fault, Math.floor(inner / 4));
		const wanted = fault >= inner ? Math.floor(inner / 4) : Math.max(Math.floor(spare / 2), spare - sum(to, last));
		for (first = from, total = 0; first > 0 && total + (widths[first - 1] as number) <= wanted; ) {
			total += widths[--first] as number;
		}
		const room = first > 0 || place.before ? inner : inner + 1;
		for (last = from; last < cells.length && total + (widths[last] as number) <= room; )
			total += widths[last++] as number;
	}
	const left = first > 0 || place.before ? '…' : '';
	const right = last < cells.length || place.behind ? '…' : '';
	let text = paint('dim', left);
	for (let index = first; index < last; index++) {
		const { text: piece, symbol } = cells[index] as Cell;
		text += piece === '\t' ? ' '.repeat(widths[index] as number) : symbol ? paint('dim', piece) : piece;
	}
	text += paint('dim', right);
	if (!place.marked) return { text, carets: '' };
	const indent = left.length + sum(first, from);
	return { text, carets: `${' '.repeat(indent)}${'^'.repeat(Math.max(sum(from, Math.min(to, last)), 1))}` };
}
