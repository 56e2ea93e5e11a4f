/** Posts the bytes of a delivery to another server, unchanged. */
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { UsageError } from './command.js';

/** A connection is used for the next request too; those that have long been idle may be gone already. */
const keptAlive = { keepAlive: true, maxSockets: 64 };

/** The headers of a delivery that are passed on: what the sender said of the body. */
const passedOn = ['content-type', 'x-signature', 'user-agent'];

/** What is posted, and where it stands in the inbox. */
export interface Posted {
	readonly id: number;
	readonly endpoint: string;
	/** Which attempt this is; `null` where nobody counts. */
	readonly attempt: number | null;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: Uint8Array;
}

/** The target of an option; its user and password are sent, and never shown. */
export function targetOf(option: string, text: string): URL {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
	// The text itself is not repeated: it may hold a password.
	throw new UsageError(`--${option} takes an address that begins with http:// or https://.`);
}

/** A target as it may be shown: without user, password and query. */
export const targetText = ({ origin, pathname, search }: URL): string => `${origin}${pathname}${search ? '?…' : ''}`;

/** Posts to one target. */
export class Poster {
	readonly #url: URL;
	readonly #request: typeof httpRequest;
	readonly #agent: HttpAgent;

	constructor(url: URL) {
		this.#url = url;
		const secure = url.protocol === 'https:';
		this.#request = secure ? httpsRequest : httpRequest;
		this.#agent = secure ? new HttpsAgent(keptAlive) : new HttpAgent(keptAlive);
	}

	/**
	 * Posts a delivery: its exact bytes, its own headers, and `mindhook-…` headers with its number, endpoint and attempt. A
	 * redirect is not followed.
	 *
	 * @returns the status
	 * @throws when there is no answer, or `signal` is aborted
	 */
	async post(delivery: Posted, signal: AbortSignal, retry = true): Promise<number> {
		const { id, endpoint, attempt, body } = delivery;
		const headers: Record<string, string | number> = {
			'content-length': body.byteLength,
			// What was fetched rather than posted came without headers.
			'content-type': 'application/json',
		};
		for (const name of passedOn) {
			const value = delivery.headers[name];
			if (value !== undefined) headers[name] = value;
		}
		headers['mindhook-delivery'] = id;
		headers['mindhook-endpoint'] = encodeURIComponent(endpoint);
		if (attempt !== null) headers['mindhook-attempt'] = attempt;
		const sending = this.#request(this.#url, { method: 'POST', headers, agent: this.#agent, signal });
		try {
			return await new Promise<number>((resolve, reject) => {
				sending.on('error', reject).on('response', (response) => {
					resolve(response.statusCode ?? 0);
					// Of the answer only the status counts; one that has no end is not read to its end.
					let left = 64 * 1024;
					response.on('error', () => {});
					response.on('data', (chunk: Uint8Array) => {
						left -= chunk.byteLength;
						if (left < 0) response.destroy();
					});
				});
				sending.end(body);
			});
		} catch (error) {
			// The server closed an idle connection just then: it has not seen this request.
			const stale = sending.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
			if (stale && retry && !signal.aborted) return this.post(delivery, signal, false);
			throw error;
		}
	}

	/** Lets go of the connections. */
	close(): void {
		this.#agent.destroy();
	}
}

/** Whether a status means that the delivery was taken. */
export const isTaken = (status: number): boolean => status >= 200 && status < 300;

/** Why there was no answer, in words. */
export function postError(error: unknown): string {
	const { name, code, message, errors } = error as NodeJS.ErrnoException & { errors?: readonly Error[] };
	if (name === 'AbortError' || name === 'TimeoutError') return 'no answer in time';
	// Tried at several addresses: what the first said.
	return message || errors?.[0]?.message || code || name;
}
