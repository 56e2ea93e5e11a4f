/** What hostile requests are made of, and what has to come of one. */
import { createHash } from 'node:crypto';
import { signPayload } from 'mindhook';
import type { DeliveryState } from 'mindhook/inbox';
import type { Answer, Line } from './line.js';

export const secrets = { invoices: 'the secret of the invoices', receipts: 'the secret of the receipts' };
export const token = 'the-token-of-the-guarded-one';

/** What the receiver of the small house takes; `bodiesBytes` are all bodies together. */
export const limits = { bytes: 1_048_576, bodyMilliseconds: 500, bodiesBytes: 8_388_608, requests: 300 };
/** The HTTP server's own limits. */
export const serverLimits = { headersTimeout: 1_000, requestTimeout: 10_000, connectionsCheckingInterval: 50 };

export interface HostileRequest {
	readonly name: string;
	/** The bytes; or a script, whose answers are those of all its lines in order, unless it gives answers itself. */
	readonly send: string | Uint8Array | ((open: () => Line, port: number) => Promise<readonly Answer[] | undefined>);
	/** Status and outcome of each answer, the outcome only where the receiver gave it. A list of lists: any one of them. */
	readonly answers: readonly string[] | readonly (readonly string[])[] | ((answers: readonly string[]) => void);
	/** What the receiver made of it by its own account: for those who are not there to be told, or may miss the answer. */
	readonly outcomes?: readonly string[];
	/** The deliveries that are in the inbox afterwards, and were not before. Default: none. */
	readonly inbox?: readonly DeliveryState[];
	/** By how much the server's memory may grow meanwhile, in MiB. Default: {@link memoryMiB}. */
	readonly memory?: number;
	/**
	 * Which server: the one with the small limits above; one with these but half a minute for a body; one that speaks TLS, with
	 * HTTP/1.1 or 2, as `mindhook listen` does; or one with the defaults.
	 */
	readonly house?: 'patient' | 'secure' | 'defaults';
	/** What is spoken with the `secure` one. Default: HTTP/1.1. */
	readonly protocol?: 'h2';
	/** The answer has no body, whatever its Content-Length says. */
	readonly isHead?: boolean;
}

/** Those of `nodeServer`. */
export const secureLimits = { headersMilliseconds: 1_000, requestMilliseconds: 10_000 };

/** The limit of a body, and slack for what V8 and SQLite hold meanwhile. */
export const memoryMiB = limits.bytes / 2 ** 20 + 31;

/** A payload like no other: a failure that names `label`. */
export function payload(label: string): Buffer {
	const hash = createHash('sha256').update(label).digest('hex');
	const id = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
	const error = { status: 500, title: 'Inference failed', detail: 'The file is empty.', code: '500-012', errors: [] };
	return Buffer.from(
		JSON.stringify({
			inference_id: id,
			model_id: id,
			file_name: label,
			created_at: '2026-11-02T08:14:55.120394Z',
			error,
		}),
	);
}

export interface Parts {
	method?: string;
	target?: string;
	version?: string;
	host?: string | null;
	type?: string | null;
	/** The value of X-Signature; `null` for none. Default: the right one. */
	signature?: string | null;
	/** The value of Content-Length; `null` for none. Default: the right one. */
	length?: string | number | null;
	/** Further lines of the head. */
	lines?: readonly string[];
	/** What follows the head. Default: the body. */
	tail?: string | Uint8Array;
}

const bytesOf = (text: string | Uint8Array): Buffer =>
	typeof text === 'string' ? Buffer.from(text, 'latin1') : Buffer.from(text);

/** A request, right in everything that is not said otherwise. */
export function post(body: string | Uint8Array, parts: Parts = {}): Buffer {
	const bytes = bytesOf(body);
	const { method = 'POST', target = '/invoices', version = 'HTTP/1.1', host = 'localhost' } = parts;
	const { type = 'application/json', signature = signPayload(bytes, secrets.invoices) } = parts;
	const { length = bytes.byteLength, lines = [], tail = bytes } = parts;
	const head = [
		`${method} ${target} ${version}`,
		...(host === null ? [] : [`Host: ${host}`]),
		...(type === null ? [] : [`Content-Type: ${type}`]),
		...(signature === null ? [] : [`X-Signature: ${signature}`]),
		...(length === null ? [] : [`Content-Length: ${length}`]),
		...lines,
	];
	return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytesOf(tail)]);
}

export const chunked = (body: Uint8Array, size = body.byteLength): Buffer => {
	const parts: Buffer[] = [];
	for (let at = 0; at < body.byteLength; at += size) {
		const part = body.subarray(at, at + size);
		parts.push(Buffer.from(`${part.byteLength.toString(16)}\r\n`), Buffer.from(part), Buffer.from('\r\n'));
	}
	return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
};
export const inChunks = ['Transfer-Encoding: chunked'];

/** A whole good request: the one that is smuggled. */
export const hidden = (label: string): Buffer => post(payload(`hidden: ${label}`));

type Made = Omit<HostileRequest, 'name' | 'send'>;
/** Requests that are written in one go. Each has a payload of its own. */
export const one = (
	name: string,
	make: (body: Buffer) => string | Uint8Array,
	answers: HostileRequest['answers'],
	rest: Omit<Made, 'answers'> = {},
): HostileRequest => ({ name, send: make(payload(name)), answers, ...rest });
/** Scripts on a connection. */
export const script = (
	name: string,
	run: (line: Line, body: Buffer) => Promise<void>,
	answers: HostileRequest['answers'],
	rest: Omit<Made, 'answers'> = {},
): HostileRequest => ({ name, send: (open) => run(open(), payload(name)).then(nothing), answers, ...rest });

/** The answers of a script are those on its lines. */
export const nothing = (): undefined => undefined;

export const saved = ['200 saved'];
export const handled = { inbox: ['handled'] } as const satisfies Omit<Made, 'answers'>;
export const quarantined = { inbox: ['quarantined'] } as const satisfies Omit<Made, 'answers'>;
export const malformed = ['400'];
