import type { OutcomeName } from './outcome.js';

/** Request headers: `Headers`, or an object as Node gives it (`req.headers`, `req.headersDistinct`). */
export type RequestHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * What a body may come as. Text and objects are not among them: the bytes on the wire are what is signed. What was given must not
 * be changed afterwards.
 */
export type RequestBody = Uint8Array | ArrayBuffer | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** Chunks of a body whose source may be told when it can have their memory back. */
export interface BodyChunks extends AsyncIterator<Uint8Array> {
	/** Of a body that has ended: these have been copied. */
	copied?(chunks: readonly Uint8Array[]): void;
}

/** A request, as an adapter gives it to the receiver. */
export interface IncomingDelivery {
	method: string;
	/** The target of the request, path and query (`/invoices?token=…`), or a whole URL. Default: `/`. */
	url?: string | undefined;
	headers: RequestHeaders;
	/** The untouched body; `null` for a request without one. */
	body: RequestBody | null;
	remoteAddress?: string | null;
}

/** Path and query of a request's target, as they came: nothing is decoded. */
export function splitTarget(target: string): { path: string; query: string } {
	// A whole URL is legal in a request line too.
	const origin = target.startsWith('/') ? 0 : (/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(target)?.[0].length ?? 0);
	const hash = target.indexOf('#', origin);
	const end = hash === -1 ? target.length : hash;
	const mark = target.indexOf('?', origin);
	if (mark === -1 || mark >= end) return { path: target.slice(origin, end) || '/', query: '' };
	return { path: target.slice(origin, mark) || '/', query: target.slice(mark + 1, end) };
}

type PlainHeaders = Exclude<RequestHeaders, Headers>;

/** The headers of one request, whatever object they came in. Names are asked for in lower case. */
export class HeaderReader {
	readonly #headers: Headers | null;
	readonly #plain: PlainHeaders;

	constructor(headers: RequestHeaders) {
		if (typeof (headers as Headers).get === 'function') {
			this.#headers = headers as Headers;
			this.#plain = {};
		} else {
			this.#headers = null;
			this.#plain = inLowerCase(headers as PlainHeaders);
		}
	}

	/** The one value, or all of them joined as HTTP joins them; `null` where there is none. */
	one(name: string): string | null {
		if (this.#headers !== null) return this.#headers.get(name);
		const value = Object.hasOwn(this.#plain, name) ? this.#plain[name] : undefined;
		if (typeof value === 'string') return value;
		if (!Array.isArray(value) || value.length === 0) return null;
		return value.length === 1 ? String(value[0]) : value.join(', ');
	}

	/** How many values there are, as far as that can be told: `Headers` joins them. */
	count(name: string): number {
		if (this.#headers !== null) return this.#headers.has(name) ? 1 : 0;
		const value = Object.hasOwn(this.#plain, name) ? this.#plain[name] : undefined;
		return typeof value === 'string' ? 1 : Array.isArray(value) ? value.length : 0;
	}
}

/** Node gives names in lower case already; other sources are brought to that, where `X-A` and `x-a` are one header. */
function inLowerCase(headers: PlainHeaders): PlainHeaders {
	if (!Object.keys(headers).some((name) => /[A-Z]/.test(name))) return headers;
	const all: Record<string, string[]> = Object.create(null);
	for (const [name, value] of Object.entries(headers)) {
		const values = typeof value === 'string' ? [value] : Array.isArray(value) ? value : [];
		const key = name.toLowerCase();
		if (values.length > 0) all[key] = [...(all[key] ?? []), ...values];
	}
	return all;
}

/** What can be refused before the body is read; `null` when nothing is wrong so far. `length`: by its own account. */
export function refusedByHead(headers: HeaderReader, length: number | null, bytesMax: number): OutcomeName | null {
	if (!isJson(headers.one('content-type'))) return 'media_type_unsupported';
	const encoding = headers.one('content-encoding');
	if (encoding !== null && encoding.trim().toLowerCase() !== 'identity') return 'encoding_unsupported';
	if (length !== null && length > bytesMax) return 'body_too_large';
	// Before the body, so that nobody without a signature makes the receiver hold one.
	const signature = headers.one('x-signature');
	if (signature === null || /^[\s,]*$/.test(signature)) return 'signature_missing';
	// Servers join a repeated header with a comma; a signature itself has none.
	if (headers.count('x-signature') > 1 || signature.includes(',')) return 'signature_repeated';
	return null;
}

/** The Content-Length, where it says one. */
export function contentLength(headers: HeaderReader): number | null {
	const text = headers.one('content-length');
	if (text === null || !/^\d+$/.test(text)) return null;
	return Number(text);
}

/** `application/json`, with no parameter but `charset=utf-8`. */
function isJson(contentType: string | null): boolean {
	if (contentType === 'application/json') return true;
	const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
	return (
		type === 'application/json' &&
		parameters.every((parameter) => ['', 'charset=utf-8', 'charset="utf-8"'].includes(parameter))
	);
}
