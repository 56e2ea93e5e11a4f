/** Text of bytes and cutting it to length without leaving half of a surrogate pair; no more bytes are read than the length needs. */
import { textOf } from '../../../pkg/src/core/bytes.js';

const BACKSLASH = 0x5c;
const U = 0x75;

/** The beginning of a text, marked where something is left out. */
export function cut(text: string, length: number): string {
	return text.length <= length ? text : `${stretch(text, 0, length)}…`;
}

/** At most `length` UTF-16 units of a text from `from` on. */
export function stretch(text: string, from: number, length: number): string {
	const end = from + length;
	const last = end < text.length ? text.charCodeAt(end - 1) : 0;
	return text.slice(from, last >= 0xd800 && last < 0xdc00 ? end - 1 : end);
}

/**
 * The text of the bytes within a JSON string or around another scalar. More than `length` UTF-16 units are given only so that {@link cut}
 * sees that there are more.
 */
export function textStart(bytes: Uint8Array, start: number, end: number, escaped: boolean, length: number): string {
	// A unit takes three bytes at most, escaped six; one unit more is read.
	let last = Math.min(end, start + (length + 2) * (escaped ? 6 : 3));
	if (last < end) while (((bytes[last] as number) & 0xc0) === 0x80 && last > start) last--;
	const hasEscapes = escaped && bytes.subarray(start, last).includes(BACKSLASH);
	if (!hasEscapes) return textOf(bytes, start, last);
	if (last < end) last = wholeEscapes(bytes, start, last);
	const written = textOf(bytes, start, last);
	try {
		return JSON.parse(`"${written}"`) as string;
	} catch {
		// Of a payload that is no JSON: as it stands.
		return written;
	}
}

/** Where the last escape that does not end before `end` begins; else `end`. */
function wholeEscapes(bytes: Uint8Array, start: number, end: number): number {
	let at = start;
	while (at < end) {
		const next = at + (bytes[at] !== BACKSLASH ? 1 : bytes[at + 1] === U ? 6 : 2);
		if (next > end) return at;
		at = next;
	}
	return end;
}

/** How many UTF-16 units {@link textStart} would give for all of the bytes. */
export function textLength(bytes: Uint8Array, start: number, end: number, escaped: boolean): number {
	let units = 0;
	for (let at = start; at < end; units++) {
		const byte = bytes[at] as number;
		if (byte === BACKSLASH && escaped) at += bytes[at + 1] === U ? 6 : 2;
		else if (byte < 0x80) at++;
		else if (byte < 0xe0) at += 2;
		else if (byte < 0xf0) at += 3;
		else {
			at += 4;
			units++;
		}
	}
	return units;
}
