/**
 * Text of strangers, made fit for a terminal: what cannot be seen is shown as a symbol, nothing reaches the terminal as a command, and
 * the columns that each piece takes are known.
 */
import { eastAsianWidth } from 'get-east-asian-width';

/** What is shown as one piece: a character with its marks, an emoji, or the symbol for something that has no shape. */
export interface Cell {
	/** What to write; `'\t'` for a tab, whose columns depend on where it stands. */
	readonly text: string;
	/** How many columns `text` takes; 0 for a tab. */
	readonly columns: number;
	/** Whether `text` stands for something that cannot be written as it is. */
	readonly symbol: boolean;
	/** Where its bytes begin, and where they end. */
	readonly start: number;
	readonly end: number;
}

/** A cluster of more code points is taken apart: no script needs as many, and a terminal would draw them over other lines. */
const LONGEST_CLUSTER = 20;

const clusters = new Intl.Segmenter('und', { granularity: 'grapheme' });
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Control, format and separator characters, surrogates, noncharacters: without a shape, or with power over what follows. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/u;
const mark = /\p{M}/u;
const noColumns = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff]/u;
const pictograph = /^\p{Extended_Pictographic}/u;
const drawnAsOne = /\ufe0f|\u200d|[\u{1f3fb}-\u{1f3ff}]/u;
const flag = /^\p{Regional_Indicator}{2}$/u;
const keycap = /^[0-9#*]\ufe0f?\u20e3$/u;

/** The cells of a range of bytes, UTF-8 or not. Control characters become ␀…␟, other unseen ones `<U+202E>`, stray bytes `<FF>`. */
export function* cellsOf(bytes: Uint8Array, start: number, end: number): Generator<Cell> {
	for (let at = start; at < end; ) {
		const byte = bytes[at] as number;
		// The usual case, without the segmenter, which takes 30 times as long. What is not ASCII may be a mark on this one.
		if (isPrintable(byte) && (at + 1 === end || (bytes[at + 1] as number) < 0x80)) {
			yield { text: String.fromCharCode(byte), columns: 1, symbol: false, start: at, end: ++at };
			continue;
		}
		const textEnd = endOfText(bytes, at, end);
		if (textEnd === at) {
			yield { text: `<${byte.toString(16).toUpperCase()}>`, columns: 4, symbol: true, start: at, end: ++at };
			continue;
		}
		for (const { segment } of clusters.segment(decoder.decode(bytes.subarray(at, textEnd)))) {
			for (const piece of piecesOf(segment)) {
				const size = Buffer.byteLength(piece);
				yield { ...shown(piece), start: at, end: at + size };
				at += size;
			}
		}
	}
}

const isPrintable = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x20 && byte < 0x7f;

/** The end of the well-formed text that begins at `at`, or a place between two characters of ASCII before it. */
function endOfText(bytes: Uint8Array, at: number, end: number): number {
	while (at < end) {
		const length = sequenceLength(bytes, at, end);
		if (length === 0) break;
		at += length;
		if (at < end && isPrintable(bytes[at - 1]) && isPrintable(bytes[at])) break;
	}
	return at;
}

/** The length of the well-formed UTF-8 sequence that begins at `at`; 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
	const first = bytes[at] as number;
	if (first < 0x80) return 1;
	const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
	if (length === 0 || at + length > end) return 0;
	// No overlong forms, no surrogates, nothing beyond U+10FFFF: the second byte tells.
	const second = bytes[at + 1] as number;
	const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
	const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
	if (second < least || second > most) return 0;
	for (let index = 2; index < length; index++) if (((bytes[at + index] as number) & 0xc0) !== 0x80) return 0;
	return length;
}

/** A cluster as it may be written, or its code points one by one. */
function piecesOf(cluster: string): string[] {
	if (cluster.length === 1) return [cluster];
	const points = [...cluster];
	const joinable = /^[\p{L}\p{Extended_Pictographic}]/u.test(cluster) && (points[0] as string) > '\u02ff';
	const harmless = (point: string): boolean =>
		!unseen.test(point) ||
		(joinable && /[\u200c\u200d]/.test(point)) ||
		// The flags of England, Scotland and Wales are spelt in tags.
		(points[0] === '\u{1f3f4}' && /[\u{e0020}-\u{e007f}]/u.test(point));
	return points.length <= LONGEST_CLUSTER && points.every(harmless) ? [cluster] : points;
}

function shown(piece: string): Pick<Cell, 'text' | 'columns' | 'symbol'> {
	if (piece === '\t') return { text: piece, columns: 0, symbol: false };
	const code = piece.codePointAt(0) as number;
	const single = piece.length === (code > 0xffff ? 2 : 1);
	if (single && unseen.test(piece)) {
		if (code < 0x20) return { text: String.fromCharCode(0x2400 + code), columns: 1, symbol: true };
		if (code === 0x7f) return { text: '\u2421', columns: 1, symbol: true };
		const text = `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
		return { text, columns: text.length, symbol: true };
	}
	// A mark without a letter would sit on whatever stands before it.
	if (mark.test(String.fromCodePoint(code))) return { text: `\u25cc${piece}`, columns: 1, symbol: true };
	return { text: piece, columns: clusterColumns(piece), symbol: false };
}

function clusterColumns(cluster: string): number {
	if (cluster.length === 1 && cluster < '\u0300') return 1;
	if (flag.test(cluster) || keycap.test(cluster)) return 2;
	if (pictograph.test(cluster) && drawnAsOne.test(cluster)) return 2;
	let columns = 0;
	for (const point of cluster) if (!noColumns.test(point)) columns += eastAsianWidth(point.codePointAt(0) as number);
	return columns;
}

const asciiOnly = /^[\x20-\x7e]*$/;

function* cellsOfText(text: string): Generator<Cell> {
	// Half a surrogate pair has no UTF-8: it is shown by its number.
	for (const part of text.split(/(\p{Cs})/u)) {
		if (part.length === 1 && unseen.test(part) && !part.isWellFormed()) yield { ...shown(part), start: 0, end: 0 };
		else {
			const bytes = Buffer.from(part);
			yield* cellsOf(bytes, 0, bytes.length);
		}
	}
}

/** Text on one line, safe to write; tabs and line breaks become symbols too. */
export function visible(text: string): string {
	if (asciiOnly.test(text)) return text;
	let line = '';
	for (const cell of cellsOfText(text)) line += cell.text === '\t' ? '\u2409' : cell.text;
	return line;
}

/** Text of several lines, each safe to write. */
export function visibleLines(text: string): string {
	return text
		.split(/\r?\n/)
		.map((line) => line.split('\t').map(visible).join('\t'))
		.join('\n');
}

/** How many columns a line takes that {@link visible} made. */
export function columnsOf(line: string): number {
	if (asciiOnly.test(line)) return line.length;
	let columns = 0;
	for (const cell of cellsOfText(line)) columns += cell.columns;
	return columns;
}

/** A text on one line of at most `columns` columns; `…` stands for what was cut off. */
export function cut(text: string, columns: number): string {
	// Each column holds a character at least: of a long text only the beginning is looked at.
	const begin = text.slice(0, columns * 4 + LONGEST_CLUSTER);
	if (asciiOnly.test(begin)) return text.length <= columns ? text : `${text.slice(0, Math.max(columns - 1, 0))}…`;
	let line = '';
	let taken = 0;
	let short = '';
	for (const cell of cellsOfText(begin)) {
		const piece = cell.text === '\t' ? '\u2409' : cell.text;
		taken += cell.text === '\t' ? 1 : cell.columns;
		if (taken > columns) return `${short}…`;
		line += piece;
		if (taken <= columns - 1) short = line;
	}
	return begin === text ? line : `${short}…`;
}

/** A line, filled up with blanks to `columns`. */
export function pad(line: string, columns: number): string {
	return line + ' '.repeat(Math.max(0, columns - columnsOf(line)));
}

/** Lines of at most `columns` columns, broken between words; a longer word has its own line. */
export function wrap(line: string, columns: number, indent: string): string {
	const lines: string[] = [];
	let current = '';
	for (const word of line.split(' ')) {
		if (current.trim() !== '' && columnsOf(current) + 1 + columnsOf(word) > columns) {
			lines.push(current);
			current = indent + word;
		} else current += current === '' || current === indent ? word : ` ${word}`;
	}
	return [...lines, current].join('\n');
}
