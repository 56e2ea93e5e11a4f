/**
 * `mindhook/node`: a receiver behind `node:http`.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Outcome, Receiver, RequestBody } from 'mindhook/receiver';

export { nodeMonitor } from './node-monitor.js';

/** What {@link nodeListener} takes. */
export interface NodeListenerOptions {
	/**
	 * Where a request comes from, as it is noted in the inbox. Default: the address of the socket; behind a proxy or a tunnel,
	 * read the header that it sets. Where it throws, no address is noted.
	 */
	remoteAddress?: (request: IncomingMessage) => string | null;
}

/** How long a sender whose body was not read to its end may take to notice the answer. */
const lingerMs = 1_000;
/** So much of a body may wait for the receiver before the socket is told to pause. */
const bufferedBytesMax = 64 * 1024;

/**
 * A listener for `http.createServer` that gives every request to the receiver, whatever its path.
 *
 * Slow headers are the server's own matter: it answers 408 after `headersTimeout` (60 s unless set).
 *
 * @example
 * ```js
 * createServer(nodeListener(receiver)).listen(3000);
 * ```
 */
export function nodeListener(
	receiver: Receiver,
	options: NodeListenerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
	const remoteAddress = options.remoteAddress ?? ((request) => request.socket.remoteAddress ?? null);
	const addressOf = (request: IncomingMessage): string | null => {
		try {
			return remoteAddress(request);
		} catch {
			// A header that a sender left out must not cost the delivery, nor the process.
			return null;
		}
	};
	return (request, response) => {
		// A sender may vanish at any moment; that is noticed where the body is read.
		request.on('error', () => {});
		response.on('error', () => {});
		void receiver
			.receive({
				method: request.method ?? '',
				url: request.url,
				headers: request.headersDistinct,
				body: bodyOf(request),
				remoteAddress: addressOf(request),
			})
			.then((outcome) => answer(request, response, outcome));
	};
}

function answer(request: IncomingMessage, response: ServerResponse, outcome: Outcome): void {
	if (response.destroyed) return;
	const bytes = Buffer.from(outcome.body);
	response.writeHead(outcome.status, {
		...outcome.headers,
		'content-length': bytes.byteLength,
		...(request.complete ? {} : { connection: 'close' }),
	});
	if (request.complete) {
		response.end(bytes);
		return;
	}
	// Closing on a sender that is still writing would reset the connection, and the answer with it. So the answer goes out
	// whole, and what still comes is dropped for a moment.
	response.write(bytes);
	const end = (): void => {
		clearTimeout(timer);
		response.end();
	};
	const timer = setTimeout(end, lingerMs);
	request.once('end', end);
	request.once('close', end);
	request.resume();
}

/** The body as bytes. Whatever a framework made of it is passed on as it is: the receiver says what to do about it. */
function bodyOf(request: IncomingMessage): RequestBody {
	const isUntouched = !request.readableDidRead && !request.readableEnded;
	return isUntouched ? new RequestChunks(request) : ((request as { body?: unknown }).body as RequestBody);
}

/**
 * The chunks of a request. Unlike the iterator that a request has of itself, this one can be left while it waits for a chunk,
 * and the connection is still there to be answered.
 */
class RequestChunks implements AsyncIterableIterator<Uint8Array> {
	readonly #request: IncomingMessage;
	readonly #chunks: Uint8Array[] = [];
	#bytes = 0;
	#state: 'untouched' | 'open' | 'ended' | 'broken' = 'untouched';
	/** Wakes the reader that waits for a chunk, or for the end. */
	#wake: () => void = () => {};

	constructor(request: IncomingMessage) {
		this.#request = request;
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	async next(): Promise<IteratorResult<Uint8Array>> {
		if (this.#state === 'untouched') this.#begin();
		for (;;) {
			const chunk = this.#chunks.shift();
			if (chunk !== undefined) {
				this.#bytes -= chunk.byteLength;
				return { done: false, value: chunk };
			}
			if (this.#state === 'ended') return { done: true, value: undefined };
			if (this.#state === 'broken') throw new Error('The upload was broken off.');
			this.#request.resume();
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
	}

	async return(): Promise<IteratorResult<Uint8Array>> {
		this.#request.off('data', this.#onData);
		this.#chunks.length = 0;
		this.#finish('broken');
		return { done: true, value: undefined };
	}

	#begin(): void {
		this.#state = this.#request.destroyed ? 'broken' : 'open';
		this.#request.on('data', this.#onData);
		this.#request.once('end', () => this.#finish('ended'));
		this.#request.once('close', () => this.#finish('broken'));
	}

	#finish(state: 'ended' | 'broken'): void {
		if (this.#state === 'open') this.#state = state;
		this.#wake();
	}

	readonly #onData = (chunk: Uint8Array): void => {
		this.#chunks.push(chunk);
		this.#bytes += chunk.byteLength;
		if (this.#bytes > bufferedBytesMax) this.#request.pause();
		this.#wake();
	};
}
