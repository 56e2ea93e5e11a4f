/** Bytes and text: what a caller hands over becomes bytes once, and parts of them become text on demand. */

/** A body as callers have it. */
export type Body = Uint8Array | ArrayBuffer | string;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The bytes of a body; `undefined` when it is neither bytes nor text. Bytes are not copied.
 *
 * Half a surrogate pair cannot be written as UTF-8: it becomes the escape that stands for it, so that the value stays the same.
 */
export function bytesOf(body: unknown): Uint8Array | undefined {
	if (typeof body === 'string') return encoder.encode(body.isWellFormed() ? body : withEscapedSurrogates(body));
	try {
		const bytes = asBytes(body);
		// Also of a buffer that was transferred elsewhere: it has no bytes any more, and the core cannot copy from it.
		return bytes?.length === 0 ? new Uint8Array(0) : bytes;
	} catch {
		// A revoked proxy, an ArrayBuffer that was transferred.
		return undefined;
	}
}

function asBytes(body: unknown): Uint8Array | undefined {
	if (body instanceof Uint8Array) return body;
	// Told without their classes, which differ in another realm (a worker, a vm context).
	if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
	if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') return new Uint8Array(body as ArrayBuffer);
	return undefined;
}

function withEscapedSurrogates(text: string): string {
	// Escapes are stepped over one by one: counting the backslashes before a surrogate would take a run of n of them n² steps.
	return text.replace(
		/\\(?:[\ud800-\udbff][\udc00-\udfff]|[\s\S])?|[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g,
		(part) => {
			// Behind a backslash it is a wrong escape either way: leave it wrong.
			if (part.startsWith('\\')) return part.isWellFormed() ? part : '\\\ufffd';
			return part.length === 2 ? part : `\\u${part.charCodeAt(0).toString(16)}`;
		},
	);
}

/** The text of a range of bytes that the core has found to be UTF-8. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
	return slice ? slice.call(bytes, start, end) : decoder.decode(bytes.subarray(start, end));
}

type Slice = (this: Uint8Array, start: number, end: number) => string;

/** Node's own decoder of a range: 90 ns for a short one, where a TextDecoder and its subarray take 160. */
const slice: Slice | undefined = (globalThis as { Buffer?: { prototype?: { utf8Slice?: Slice } } }).Buffer?.prototype
	?.utf8Slice;

/** Short texts that were met before, by a cheap hash: field names come again and again, in every item and every payload. */
const met: (string | undefined)[] = new Array(512);

/** {@link textOf} for texts that repeat: 20 ns for one that was met before. */
export function repeatedTextOf(bytes: Uint8Array, start: number, end: number): string {
	const length = end - start;
	if (length === 0 || length > 40) return textOf(bytes, start, end);
	const first = bytes[start] as number;
	const middle = bytes[start + (length >> 1)] as number;
	const last = bytes[end - 1] as number;
	const place = (length * 37 + first * 5 + middle * 11 + last * 23) & 511;
	const known = met[place];
	if (known !== undefined && isText(bytes, start, length, known)) return known;
	const text = textOf(bytes, start, end);
	met[place] = text;
	return text;
}

/** Whether these bytes are this text, which must be ASCII to be recognised. */
function isText(bytes: Uint8Array, start: number, length: number, text: string): boolean {
	if (text.length !== length) return false;
	for (let index = 0; index < length; index++) {
		// A byte of a longer character is above 0x7F, where no code unit of an ASCII text is; for another text all must be the same.
		const code = text.charCodeAt(index);
		if (code > 0x7f || code !== bytes[start + index]) return false;
	}
	return true;
}

/** Powers of ten that a double holds exactly. */
const powersOfTen = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

/**
 * The number of a range that holds a number of JSON.
 *
 * Up to 15 digits without an exponent it is one integer divided by one power of ten: both are exact, so the quotient is the nearest
 * double, which is what `JSON.parse` gives too. All else goes there.
 */
export function numberOf(bytes: Uint8Array, start: number, end: number): number {
	const negative = bytes[start] === 0x2d;
	let digits = 0;
	let point = end;
	if (end - start > 16) return parsed(bytes, start, end) as number;
	for (let at = negative ? start + 1 : start; at < end; at++) {
		const digit = (bytes[at] as number) - 0x30;
		if (digit >= 0 && digit <= 9) digits = digits * 10 + digit;
		else if (digit === -2) point = at + 1;
		else return parsed(bytes, start, end) as number;
	}
	const value = point === end ? digits : digits / (powersOfTen[end - point] as number);
	// The range may have 16 digits, one more than always fits.
	if (digits > 999_999_999_999_999) return parsed(bytes, start, end) as number;
	return negative ? -value : value;
}

/** The value of a range that holds one JSON value, by the engine's own parser. */
export function parsed(bytes: Uint8Array, start: number, end: number): unknown {
	return JSON.parse(textOf(bytes, start, end));
}
