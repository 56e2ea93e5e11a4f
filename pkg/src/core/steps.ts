/**
 * Steps over JSON that the core has found to be right, to find the ends of values: nothing is checked again, nothing is built.
 * All places are byte offsets.
 */
import { textOf } from './bytes.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The place of the next byte that is no white space. */
export function nextToken(bytes: Uint8Array, at: number): number {
	while ((bytes[at] as number) <= 0x20) at++;
	return at;
}

/** The place behind the string whose opening quote is at `at`. */
function endOfString(bytes: Uint8Array, at: number): number {
	for (at++; bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
	return at + 1;
}

/** The place behind the value that begins at `at`. */
export function endOfValue(bytes: Uint8Array, at: number): number {
	let depth = 0;
	do {
		switch (bytes[at]) {
			case QUOTE:
				at = endOfString(bytes, at);
				break;
			case OPEN_ARRAY:
			case OPEN_OBJECT:
				depth++;
				at++;
				break;
			case CLOSE_ARRAY:
			case CLOSE_OBJECT:
				depth--;
				at++;
				break;
			default:
				// White space, commas and colons within containers; else a number or a word, which ends at the next of those.
				if (depth > 0) at++;
				else while (isPartOfScalar(bytes[at])) at++;
		}
	} while (depth > 0);
	return at;
}

function isPartOfScalar(byte: number | undefined): boolean {
	return byte !== undefined && byte > 0x20 && byte !== COMMA && byte !== CLOSE_ARRAY && byte !== CLOSE_OBJECT;
}

/** Where the value of a member begins; `-1` when the value at `at` is no object or lacks the key. The last of equal keys counts. */
export function member(bytes: Uint8Array, at: number, key: string): number {
	if (bytes[at] !== OPEN_OBJECT) return -1;
	let found = -1;
	at = nextToken(bytes, at + 1);
	while (bytes[at] === QUOTE) {
		const end = endOfString(bytes, at);
		// Behind the key: a colon between optional white space.
		const value = nextToken(bytes, nextToken(bytes, end) + 1);
		if (isKey(bytes, at, end, key)) found = value;
		at = nextSibling(bytes, value);
	}
	return found;
}

/** Where an element begins; `-1` when the value at `at` is no array or is shorter. */
export function element(bytes: Uint8Array, at: number, index: number): number {
	if (bytes[at] !== OPEN_ARRAY) return -1;
	at = nextToken(bytes, at + 1);
	for (; bytes[at] !== CLOSE_ARRAY; index--) {
		if (index === 0) return at;
		at = nextSibling(bytes, at);
	}
	return -1;
}

/** The next member or element, or the closing bracket. */
function nextSibling(bytes: Uint8Array, value: number): number {
	const at = nextToken(bytes, endOfValue(bytes, value));
	return bytes[at] === COMMA ? nextToken(bytes, at + 1) : at;
}

function isKey(bytes: Uint8Array, start: number, end: number, key: string): boolean {
	// In UTF-8 no character takes more than three bytes a UTF-16 unit, in an escape six.
	const length = end - start - 2;
	if (length < key.length || length > 6 * key.length) return false;
	const written = textOf(bytes, start + 1, end - 1);
	return written.includes('\\') ? JSON.parse(`"${written}"`) === key : written === key;
}

/** The steps of an RFC 6901 pointer.
 *
 * @throws SyntaxError when it does not begin with `/` or has a `~` that is not followed by `0` or `1`.
 */
export function pointerSteps(pointer: string): string[] {
	if (pointer === '') return [];
	if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) {
		throw new SyntaxError(
			`${JSON.stringify(pointer)} is not an RFC 6901 pointer: write '' or '/key/0/key', with ~0 for ~ and ~1 for /`,
		);
	}
	return pointer
		.slice(1)
		.split('/')
		.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Where the value that one step leads to begins; `-1` when there is none. */
export function follow(bytes: Uint8Array, at: number, step: string): number {
	if (bytes[at] !== OPEN_ARRAY) return member(bytes, at, step);
	return /^(0|[1-9]\d{0,9})$/.test(step) ? element(bytes, at, Number(step)) : -1;
}
