import type { OutcomeName } from './outcome.js';

/** Request headers: `Headers`, or an object as Node gives it (`req.headers`, `req.headersDistinct`). */
export type RequestHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a body may come as. Text and objects are not among them: the bytes on the wire are what is signed. */
export type RequestBody = Uint8Array | ArrayBuffer | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

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

/** The headers of one request, whatever object they came in. */
export class HeaderReader {
	readonly #headers: RequestHeaders;

	constructor(headers: RequestHeaders) {
		this.#headers = headers;
	}

	/** Every value of a header, in order. `name` is in lower case. */
	all(name: string): readonly string[] {
		if (typeof (this.#headers as Headers).get === 'function') {
			const value = (this.#headers as Headers).get(name);
			return value === null ? [] : [value];
		}
		const values: string[] = [];
		for (const [key, value] of Object.entries(this.#headers)) {
			if (value === undefined || key.toLowerCase() !== name) continue;
			if (typeof value === 'string') values.push(value);
			else values.push(...value);
		}
		return values;
	}

	/** The one value, or all of them joined as HTTP joins them; `null` where there is none. */
	one(name: string): string | null {
		const values = this.all(name);
		return values.length === 0 ? null : values.join(', ');
	}
}

/** What can be refused before the body is read; `null` when nothing is wrong so far. */
export function refusedByHead(method: string, headers: HeaderReader, bytesMax: number): OutcomeName | null {
	if (method !== 'POST') return 'method_not_allowed';
	if (!isJson(headers.one('content-type'))) return 'media_type_unsupported';
	const encoding = headers.one('content-encoding');
	if (encoding !== null && encoding.trim().toLowerCase() !== 'identity') return 'encoding_unsupported';
	if (Number(headers.one('content-length')) > bytesMax) return 'body_too_large';
	// Before the body, so that nobody without a signature makes the receiver hold one.
	const signatures = headers.all('x-signature');
	if (signatures.every((value) => value.trim() === '')) return 'signature_missing';
	// Servers join a repeated header with a comma; a signature itself has none.
	if (signatures.length > 1 || signatures.some((value) => value.includes(','))) return 'signature_repeated';
	return null;
}

/** `application/json`, with no parameter but `charset=utf-8`. */
function isJson(contentType: string | null): boolean {
	const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
	return (
		type === 'application/json' &&
		parameters.every((parameter) => ['', 'charset=utf-8', 'charset="utf-8"'].includes(parameter))
	);
}
