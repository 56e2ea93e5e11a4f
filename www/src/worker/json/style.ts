/**
 * JSON written in another style: the same tokens in the same order with other white space, and, where a style asks for it, strings and
 * numbers as another writer writes them. Nothing is parsed into values, so numbers and duplicate keys stay as they are.
 *
 * What is no JSON does no harm: stray bytes are copied.
 */

/** How a writer writes JSON. */
export interface JsonStyle {
	/** For each level; `''` writes all on one line. */
	readonly indent: string;
	/** Levels past this one are not indented further; without it all are. */
	readonly deepest?: number;
	/** Behind a comma where lines are not broken. */
	readonly afterComma: string;
	readonly afterColon: string;
	/** A string token with its quotes, written anew; where it is missing strings are copied. */
	readonly string?: (written: string) => string;
	/** A number token, written anew; where it is missing numbers are copied. */
	readonly number?: (written: string) => string;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Bytes that one piece holds, and a little more. */
const PIECE = 1 << 18;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** JSON in another style, piece by piece. A byte order mark before it is left out. */
export function* restyle(bytes: Uint8Array, style: JsonStyle): Generator<Uint8Array<ArrayBuffer>> {
	const pen = new Pen();
	const [afterComma, afterColon] = [encoder.encode(style.afterComma), encoder.encode(style.afterColon)];
	const lineBreak = (depth: number): void => {
		if (style.indent === '') return;
		pen.byte(0x0a);
		for (let level = Math.min(depth, style.deepest ?? depth); level > 0; level--) pen.text(style.indent);
	};
	let depth = 0;
	/** Whether the container that was just opened has nothing in it yet. */
	let fresh = false;
	for (let at = hasByteOrderMark(bytes) ? 3 : 0; at < bytes.length; ) {
		const byte = bytes[at] as number;
		if (isSpace(byte)) {
			at++;
			continue;
		}
		const closes = byte === CLOSE_ARRAY || byte === CLOSE_OBJECT;
		if (closes) {
			depth = Math.max(0, depth - 1);
			if (!fresh) lineBreak(depth);
		} else if (fresh) lineBreak(depth);
		fresh = byte === OPEN_ARRAY || byte === OPEN_OBJECT;
		if (fresh) depth++;
		if (fresh || closes) {
			pen.byte(byte);
			at++;
		} else if (byte === COMMA) {
			pen.byte(byte);
			at++;
			if (style.indent === '') pen.bytes(afterComma, 0, afterComma.length);
			else lineBreak(depth);
		} else if (byte === COLON) {
			pen.byte(byte);
			at++;
			pen.bytes(afterColon, 0, afterColon.length);
		} else {
			const end = byte === QUOTE ? endOfString(bytes, at) : endOfWord(bytes, at);
			const change = byte === QUOTE ? style.string : isNumberStart(byte) ? style.number : undefined;
			if (change) pen.text(change(decoder.decode(bytes.subarray(at, end))));
			else pen.bytes(bytes, at, end);
			at = end;
		}
		if (pen.length >= PIECE) yield pen.take();
	}
	yield pen.take();
}

/** How many times as long as it was JSON becomes at most when it is written anew in one piece. */
const GROWTH = 8;

/** {@link restyle} in one piece; `null` where it grows beyond reason, as deeply nested brackets do. */
export function restyled(bytes: Uint8Array, style: JsonStyle): Uint8Array<ArrayBuffer> | null {
	const pieces: Uint8Array[] = [];
	let size = 0;
	for (const piece of restyle(bytes, style)) {
		pieces.push(piece);
		size += piece.length;
		if (size > PIECE + GROWTH * bytes.length) return null;
	}
	return joined(pieces);
}

/** Pieces one after the other. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
	const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
	let at = 0;
	for (const piece of pieces) {
		whole.set(piece, at);
		at += piece.length;
	}
	return whole;
}

/** Whether the bytes begin with the byte order mark of UTF-8. */
export function hasByteOrderMark(bytes: Uint8Array): boolean {
	return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Members of objects nest this deep at most where keys are sorted. */
const DEEPEST = 512;

/** JSON with the keys of every object in order and no white space; `null` where it is no JSON or nests too deeply. */
export function sortedByKey(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
	const pen = new Pen();
	try {
		const end = writeSorted(bytes, next(bytes, hasByteOrderMark(bytes) ? 3 : 0), pen, 0);
		return next(bytes, end) === bytes.length ? pen.take() : null;
	} catch (fault) {
		if (fault instanceof SyntaxError) return null;
		throw fault;
	}
}

function writeSorted(bytes: Uint8Array, at: number, pen: Pen, depth: number): number {
	if (depth > DEEPEST) throw new SyntaxError('nested too deeply');
	const open = bytes[at];
	if (open !== OPEN_OBJECT && open !== OPEN_ARRAY) {
		const end = open === QUOTE ? endOfString(bytes, at) : endOfWord(bytes, at);
		pen.bytes(bytes, at, end);
		return end;
	}
	const close = open + 2;
	const members: { key: string; written: Uint8Array }[] = [];
	at = next(bytes, at + 1);
	while (bytes[at] !== close) {
		const part = new Pen();
		let key = '';
		if (open === OPEN_OBJECT) {
			if (bytes[at] !== QUOTE) throw new SyntaxError('a key was expected');
			const end = endOfString(bytes, at);
			key = JSON.parse(decoder.decode(bytes.subarray(at, end))) as string;
			part.bytes(bytes, at, end);
			part.byte(COLON);
			at = next(bytes, end);
			if (bytes[at] !== COLON) throw new SyntaxError('a colon was expected');
			at = next(bytes, at + 1);
		}
		at = next(bytes, writeSorted(bytes, at, part, depth + 1));
		members.push({ key, written: part.take() });
		if (bytes[at] === COMMA) at = next(bytes, at + 1);
		else if (bytes[at] !== close) throw new SyntaxError('a comma was expected');
	}
	// As sort functions of most languages do it: by code unit, and equal keys stay in their order.
	if (open === OPEN_OBJECT) members.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
	pen.byte(open);
	members.forEach(({ written }, index) => {
		if (index > 0) pen.byte(COMMA);
		pen.bytes(written, 0, written.length);
	});
	pen.byte(close);
	return at + 1;
}

function next(bytes: Uint8Array, at: number): number {
	while (at < bytes.length && isSpace(bytes[at] as number)) at++;
	return at;
}

/** Whether JSON takes a byte for white space. */
export function isSpace(byte: number): boolean {
	return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isNumberStart(byte: number): boolean {
	return byte === 0x2d || (byte >= 0x30 && byte <= 0x39);
}

/** The end of a string that begins here, or of all where it is not closed. */
export function endOfString(bytes: Uint8Array, at: number): number {
	for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
	return Math.min(at + 1, bytes.length);
}

/** The end of a number or a word, at least one byte on. */
export function endOfWord(bytes: Uint8Array, at: number): number {
	for (at++; at < bytes.length; at++) {
		const byte = bytes[at] as number;
		if (isSpace(byte) || byte === COMMA || byte === COLON || byte === QUOTE) break;
		if (byte === OPEN_ARRAY || byte === CLOSE_ARRAY || byte === OPEN_OBJECT || byte === CLOSE_OBJECT) break;
	}
	return at;
}

/** Collects what is written. */
class Pen {
	#held = new Uint8Array(1024);
	length = 0;

	byte(byte: number): void {
		this.#room(1);
		this.#held[this.length++] = byte;
	}

	bytes(from: Uint8Array, start: number, end: number): void {
		this.#room(end - start);
		// For short ones a loop is faster than a view.
		if (end - start < 32) for (let at = start; at < end; at++) this.#held[this.length++] = from[at] as number;
		else {
			this.#held.set(from.subarray(start, end), this.length);
			this.length += end - start;
		}
	}

	text(text: string): void {
		const written = encoder.encode(text);
		this.bytes(written, 0, written.length);
	}

	/** What was written since the last time. */
	take(): Uint8Array<ArrayBuffer> {
		const taken = this.#held.slice(0, this.length);
		this.length = 0;
		return taken;
	}

	#room(more: number): void {
		if (this.length + more <= this.#held.length) return;
		const grown = new Uint8Array(Math.max(2 * this.#held.length, this.length + more));
		grown.set(this.#held.subarray(0, this.length));
		this.#held = grown;
	}
}
