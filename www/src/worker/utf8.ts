/** Steps through bytes that need not be UTF-8: characters, and the wrong bytes between them as a decoder counts them. */

/**
 * How many bytes the character at `at` takes; negative for bytes that are none, as many as a decoder replaces by one character
 * (WHATWG's "maximal subpart").
 */
export function charLength(bytes: Uint8Array, at: number, end: number): number {
	const first = bytes[at] as number;
	if (first < 0x80) return 1;
	if (first < 0xc2 || first > 0xf4) return -1;
	const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	let [low, high] = [0x80, 0xbf];
	if (first === 0xe0) low = 0xa0;
	else if (first === 0xed) high = 0x9f;
	else if (first === 0xf0) low = 0x90;
	else if (first === 0xf4) high = 0x8f;
	for (let index = 1; index < length; index++) {
		const next = at + index < end ? (bytes[at + index] as number) : 0;
		if (next < low || next > high) return -index;
		[low, high] = [0x80, 0xbf];
	}
	return length;
}

/** The code point of a character that takes `length` bytes. */
export function codePoint(bytes: Uint8Array, at: number, length: number): number {
	const first = bytes[at] as number;
	if (length === 1) return first;
	let code = first & (0x7f >> length);
	for (let index = 1; index < length; index++) code = (code << 6) | ((bytes[at + index] as number) & 0x3f);
	return code;
}

/** UTF-16 units by which a character with this first byte moves the column; wrong bytes count as the core counts them. */
export function columnsOf(first: number): number {
	return (first & 0xc0) === 0x80 ? 0 : first >= 0xf0 ? 2 : 1;
}

/** UTF-16 units that a decoder gives for what {@link charLength} measured. */
export function unitsOf(length: number): number {
	return length === 4 ? 2 : 1;
}

/** The byte at which the UTF-16 unit `units` of the text from `at` on begins. */
export function byteOfUnit(bytes: Uint8Array, at: number, end: number, units: number): number {
	while (units > 0 && at < end) {
		const length = charLength(bytes, at, end);
		units -= unitsOf(length);
		at += Math.abs(length);
	}
	return at;
}
