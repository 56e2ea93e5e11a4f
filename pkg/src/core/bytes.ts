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
	if (body instanceof Uint8Array) return body;
	if (body instanceof ArrayBuffer) return new Uint8Array(body);
	// From another realm (a worker, a vm context) the classes differ.
	if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
	if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') return new Uint8Array(body as ArrayBuffer);
	return undefined;
}

function withEscapedSurrogates(text: string): string {
	// Escapes are stepped over one by one: counting the backslashes before a surrogate would take a run of n of them n² steps.
	return text.replace(/\\(?:[\ud800-\udbff][\udc00-\udfff]|[^])?|[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (part) => {
		// Behind a backslash it is a wrong escape either way: leave it wrong.
		if (part.startsWith('\\')) return part.isWellFormed() ? part : '\\\ufffd';
		return part.length === 2 ? part : `\\u${part.charCodeAt(0).toString(16)}`;
	});
}

/** The text of a range of bytes that the core has found to be UTF-8. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
	return decoder.decode(bytes.subarray(start, end));
}

/** The value of a range that holds one JSON value, by the engine's own parser. */
export function parsed(bytes: Uint8Array, start: number, end: number): unknown {
	return JSON.parse(textOf(bytes, start, end));
}
