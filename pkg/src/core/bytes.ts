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
	return text.replace(/(\\*)([\ud800-\udfff]+)/g, (_, backslashes: string, surrogates: string) => {
		// Behind an odd number of backslashes stands an escape, and that one is wrong either way: leave it wrong.
		let escaped = '';
		for (const char of surrogates) {
			const lone = char.length === 1;
			escaped += !lone
				? char
				: escaped === '' && backslashes.length % 2 === 1
					? '\ufffd'
					: `\\u${char.charCodeAt(0).toString(16)}`;
		}
		return backslashes + escaped;
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
