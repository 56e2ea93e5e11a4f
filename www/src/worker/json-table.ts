/** JSON of any kind as a table, as far as it can be read: for payloads that are not what they should be, and for what fields do not show. */
import { field } from '../../../pkg/src/core/outline.js';
import { Entries } from './entries.js';
import { kind, otherTag, type Span } from './table.js';

/** Containers within containers that get rows of their own; what is in deeper ones is passed over. */
const DEEPEST = 512;
/** Small payloads may have as many entries as they like; of large ones an entry is expected to take 8 bytes at least. */
const ALWAYS_ALLOWED = 100_000;
const BYTES_OF_ENTRY = 8;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** What was found in some bytes. */
export interface JsonEntries {
	words: Uint32Array;
	count: number;
	/** Where reading stopped. */
	end: number;
	/** Whether all of it was read and is JSON. */
	complete: boolean;
}

/** A name that comes before a value. */
interface Name {
	/** Behind the opening quote. */
	begin: number;
	length: number;
	escaped: boolean;
}

/**
 * Reads the bytes of a span up to the first thing that is no JSON. Control characters and wrong UTF-8 within strings are passed over:
 * one sees what is meant. Containers that do not end hold what was read of them.
 *
 * With `nameAt` the span begins with a name, which must be right.
 */
export function jsonEntries(bytes: Uint8Array, span: Span, nameAt = false): JsonEntries {
	return new Reader(bytes, span).read(nameAt);
}

class Reader {
	readonly #bytes: Uint8Array;
	readonly #end: number;
	readonly #most: number;
	readonly #entries: Entries;
	/** Numbers of the containers that are open. */
	readonly #open: number[] = [];
	#at: number;

	constructor(bytes: Uint8Array, { start, end }: Span) {
		this.#bytes = bytes;
		this.#at = start;
		this.#end = end;
		this.#most = Math.max(ALWAYS_ALLOWED, Math.ceil((end - start) / BYTES_OF_ENTRY));
		this.#entries = new Entries(Math.min(this.#most, countValues(bytes, start, end)));
	}

	read(nameAt: boolean): JsonEntries {
		const complete = this.#read(nameAt);
		while (this.#open.length > 0) this.#close();
		const { words, count } = this.#entries;
		return { words, count, end: this.#at, complete };
	}

	/** One value after the other; `false` when something is in the way. */
	#read(nameAt: boolean): boolean {
		let name = nameAt ? this.#name() : null;
		if (nameAt && !name) return false;
		for (;;) {
			const first = this.#token();
			if (first === undefined || this.#entries.count >= this.#most) return false;
			if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
				if (this.#open.length >= DEEPEST) {
					if (!this.#passOver(name)) return false;
				} else {
					this.#openContainer(name, first);
					// An empty one is closed below, like any other.
					const next = this.#token();
					if (next !== CLOSE_ARRAY && next !== CLOSE_OBJECT) {
						name = first === OPEN_OBJECT ? this.#name() : null;
						if (first === OPEN_OBJECT && !name) return false;
						continue;
					}
				}
			} else if (!this.#scalar(name, first)) return false;

			// Behind a value: a comma and the next one, or the ends of the containers around it.
			for (;;) {
				const container = this.#open.at(-1);
				if (container === undefined) return this.#token() === undefined;
				const isObject = this.#isObject(container);
				const next = this.#token();
				if (next === (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
					this.#at++;
					this.#close();
					continue;
				}
				if (next !== COMMA) return false;
				this.#at++;
				name = isObject ? this.#name() : null;
				if (isObject && !name) return false;
				break;
			}
		}
	}

	#isObject(container: number): boolean {
		return ((this.#entries.get(container, field.tag) >> 2) & 7) === kind.jsonObject;
	}

	/** The next byte that is no white space. */
	#token(): number | undefined {
		const bytes = this.#bytes;
		let at = this.#at;
		while (at < this.#end && isSpace(bytes[at] as number)) at++;
		this.#at = at;
		return at < this.#end ? bytes[at] : undefined;
	}

	/** A name and its colon. */
	#name(): Name | null {
		if (this.#token() !== QUOTE) return null;
		const start = this.#at;
		const escaped = this.#string();
		if (escaped === null) return null;
		const name = { begin: start + 1, length: this.#at - start - 2, escaped };
		if (this.#token() !== COLON) return null;
		this.#at++;
		return name;
	}

	/** Passes over a string; whether it has escapes, `null` where it does not end. */
	#string(): boolean | null {
		const bytes = this.#bytes;
		const end = this.#end;
		let escaped = false;
		let at = this.#at + 1;
		for (; at < end; at++) {
			const byte = bytes[at];
			if (byte === QUOTE) {
				this.#at = at + 1;
				return escaped;
			}
			if (byte === BACKSLASH) {
				escaped = true;
				at++;
			}
		}
		this.#at = end;
		return null;
	}

	#scalar(name: Name | null, first: number): boolean {
		const start = this.#at;
		let right: boolean;
		if (first === QUOTE) right = this.#string() !== null;
		else {
			let at = start;
			while (at < this.#end && isPartOfScalar(this.#bytes[at] as number)) at++;
			this.#at = at;
			// What stands in the place of a value and could be none, a comma or a bracket, is no value.
			if (at === start) return false;
			right = isScalar(this.#bytes, start, at);
		}
		const bits = otherTag(kind.jsonScalar, name, !right);
		this.#entries.add(name?.begin ?? start, bits, start, this.#at, this.#at);
		return right;
	}

	/** A container that is too deep: one entry for all of it. */
	#passOver(name: Name | null): boolean {
		const start = this.#at;
		let depth = 0;
		let ended = true;
		do {
			const byte = this.#bytes[this.#at];
			if (byte === undefined || this.#at >= this.#end) ended = false;
			else if (byte === QUOTE) ended = this.#string() !== null;
			else {
				if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth++;
				if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth--;
				this.#at++;
			}
		} while (ended && depth > 0);
		this.#entries.add(name?.begin ?? start, otherTag(kind.jsonScalar, name, true), start, this.#at, this.#at);
		return ended;
	}

	#openContainer(name: Name | null, first: number): void {
		const what = first === OPEN_OBJECT ? kind.jsonObject : kind.jsonArray;
		this.#open.push(this.#entries.add(name?.begin ?? this.#at, otherTag(what, name), 0, 0, 0));
		this.#at++;
	}

	#close(): void {
		const id = this.#open.pop() as number;
		const entries = this.#entries;
		let children = 0;
		const behind = entries.count;
		for (let at = id + 1; at < behind; children++) {
			const isScalar = ((entries.get(at, field.tag) >> 2) & 7) === kind.jsonScalar;
			at += 1 + (isScalar ? 0 : entries.get(at, field.descendants));
		}
		entries.set(id, field.children, children);
		entries.set(id, field.descendants, behind - id - 1);
		entries.set(id, field.locations, this.#at);
	}
}

/** How many values there are at most: one more than commas and opening brackets. */
function countValues(bytes: Uint8Array, start: number, end: number): number {
	let count = 1;
	for (let at = start; at < end; at++) {
		const byte = bytes[at];
		if (byte === COMMA || byte === OPEN_ARRAY || byte === OPEN_OBJECT) count++;
	}
	return count;
}

function isSpace(byte: number): boolean {
	return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isPartOfScalar(byte: number): boolean {
	return (
		byte > 0x20 &&
		byte !== COMMA &&
		byte !== COLON &&
		byte !== QUOTE &&
		byte !== CLOSE_ARRAY &&
		byte !== CLOSE_OBJECT &&
		byte !== OPEN_ARRAY &&
		byte !== OPEN_OBJECT
	);
}

/** Whether some bytes are a number or one of the three words. */
function isScalar(bytes: Uint8Array, start: number, end: number): boolean {
	const first = bytes[start];
	if (first === 0x74) return isWord(bytes, start, end, 'true');
	if (first === 0x66) return isWord(bytes, start, end, 'false');
	if (first === 0x6e) return isWord(bytes, start, end, 'null');
	let at = first === 0x2d ? start + 1 : start;
	const whole = at;
	at = digits(bytes, at, end);
	if (at === whole || (bytes[whole] === 0x30 && at > whole + 1)) return false;
	if (bytes[at] === 0x2e && at < end) {
		const fraction = at + 1;
		at = digits(bytes, fraction, end);
		if (at === fraction) return false;
	}
	if (at < end && (bytes[at] === 0x65 || bytes[at] === 0x45)) {
		at++;
		if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++;
		const exponent = at;
		at = digits(bytes, exponent, end);
		if (at === exponent) return false;
	}
	return at === end;
}

/** The place behind the digits at `at`. */
function digits(bytes: Uint8Array, at: number, end: number): number {
	while (at < end && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) at++;
	return at;
}

function isWord(bytes: Uint8Array, start: number, end: number, word: string): boolean {
	if (end - start !== word.length) return false;
	for (let index = 0; index < word.length; index++) if (bytes[start + index] !== word.charCodeAt(index)) return false;
	return true;
}
