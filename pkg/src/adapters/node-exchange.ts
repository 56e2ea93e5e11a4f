import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { IncomingDelivery, Outcome, Receiver, RequestBody } from 'mindhook/receiver';
import { addressFrom } from './address.js';

/** A request of `node:http`, `node:https` or `node:http2`. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** How long a sender whose body was not read to its end may take to notice the answer. */
const lingerMs = 1_000;
/** So much of a body may wait for the receiver before the socket is told to pause. */
const bufferedBytesMax = 64 * 1024;

/**
 * The request as the receiver takes it. `url` is what stands beneath the place that the framework mounted us at, `holder` the
 * object on which a body parser leaves `body`, or `rawBody` where it kept the bytes beside.
 */
export function deliveryOf(
	request: NodeRequest,
	url: string | undefined,
	address: string | null,
	holder: object,
): IncomingDelivery {
	return {
		method: request.method ?? '',
		url,
		headers: headersOf(request),
		body: bodyOf(request, holder),
		remoteAddress: address,
	};
}

/**
 * Every value of every header. Not Node's own `headersDistinct`: for a header named `__proto__` it throws in some of the versions
 * that we run on, and one request would end the process. HTTP/2 has names of its own among them (`:path`).
 */
function headersOf({ rawHeaders }: NodeRequest): Record<string, string[]> {
	const headers: Record<string, string[]> = Object.create(null);
	for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
		const name = (rawHeaders[at] as string).toLowerCase();
		const value = rawHeaders[at + 1] as string;
		const values = headers[name];
		if (values !== undefined) values.push(value);
		else if (!name.startsWith(':')) headers[name] = [value];
	}
	return headers;
}

/** The body as bytes. Whatever a framework made of it is passed on as it is: the receiver says what to do about it. */
function bodyOf(request: NodeRequest, { body, rawBody }: { body?: unknown; rawBody?: unknown }): RequestBody {
	if (body instanceof Readable) return new RequestChunks(body);
	if (!request.readableDidRead && !request.readableEnded) return new RequestChunks(request);
	return (rawBody instanceof Uint8Array ? rawBody : body) as RequestBody;
}

/** Gives a request to the receiver, and sends what comes of it. */
export function exchange(
	receiver: Pick<Receiver, 'receive'>,
	request: NodeRequest,
	response: NodeResponse,
	remoteAddress: () => string | null | undefined,
): void {
	// A sender may vanish at any moment; that is noticed where the body is read.
	request.on('error', () => {});
	response.on('error', () => {});
	void receiver
		.receive(deliveryOf(request, request.url, addressFrom(remoteAddress), request))
		.then((outcome) => answer(request, response, outcome))
		// That answer fails then, and not the process.
		.catch(() => response.destroy());
}

/** Sends the outcome; rejects where the response cannot be written to, as by the fault of a middleware that changes it. */
async function answer(request: NodeRequest, response: NodeResponse, outcome: Outcome): Promise<void> {
	// Gone, or answered meanwhile by the framework: a middleware with a time limit does so.
	if (response.destroyed || response.headersSent) return;
	(response as ServerResponse).writeHead(outcome.status, answerHeaders(request, outcome));
	// Whoever asks with HEAD gets the headers alone: Node drops a body there, or throws where it is told to.
	const body = request.method === 'HEAD' ? undefined : outcome.body;
	if (request.complete) {
		// As text it goes out in one write with the headers; bytes would take a second one.
		(response as ServerResponse).end(body);
		return;
	}
	if (body === undefined) (response as ServerResponse).flushHeaders();
	else (response as ServerResponse).write(body);
	await senderIsDone(request);
	response.end();
}

/** The same for a framework that sends the answer itself. */
export function answerOf(
	request: NodeRequest,
	outcome: Outcome,
): { headers: Record<string, string>; body: Buffer | Readable } {
	const bytes = Buffer.from(outcome.body);
	const headers = answerHeaders(request, outcome);
	if (request.complete) return { headers, body: bytes };
	const parts = async function* (): AsyncGenerator<Buffer> {
		yield bytes;
		await senderIsDone(request);
	};
	return { headers, body: Readable.from(parts()) };
}

function answerHeaders(request: NodeRequest, outcome: Outcome): Record<string, string> {
	// HTTP/2 knows no such header: there, a stream is given up without the connection.
	const closing = !request.complete && request.httpVersionMajor < 2;
	return {
		...outcome.headers,
		'content-length': String(Buffer.byteLength(outcome.body)),
		...(closing ? { connection: 'close' } : {}),
	};
}

/**
 * Closing on a sender that is still writing would reset the connection, and the answer with it. So the answer goes out whole,
 * and what still comes is dropped for a moment.
 */
function senderIsDone(request: NodeRequest): Promise<void> {
	if ('stream' in request) {
		const { stream } = request;
		stream.once('finish', () => stream.close());
		return Promise.resolve();
	}
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, lingerMs);
		const done = (): void => {
			clearTimeout(timer);
			resolve();
		};
		request.once('end', done);
		request.once('close', done);
		request.resume();
	});
}

/** Node 20 cannot. */
type Freed = { transfer?(length: number): unknown };

/**
 * The chunks of a request. Unlike the iterator that a request has of itself, this one can be left while it waits for a chunk,
 * and the connection is still there to be answered.
 */
class RequestChunks implements AsyncIterableIterator<Uint8Array> {
	readonly #request: Readable;
	readonly #chunks: Uint8Array[] = [];
	#bytes = 0;
	#state: 'untouched' | 'open' | 'ended' | 'broken' = 'untouched';
	/** Whether anybody else listens for the chunks, or has since the first of them was asked for. */
	#isShared = false;
	/** Wakes the reader that waits for a chunk, or for the end. */
	#wake: () => void = () => {};

	constructor(request: Readable) {
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

	/**
	 * Frees what `node:http` made for each chunk: left to V8, it is collected again and again, and 220 KB more are in the way for each
	 * body (6 to 10 % more bodies of 220 KB are handled in the same time, in 15 to 20 % less memory). Not where the chunks are not a
	 * server's own, or somebody else may have been given them: by an event, or by a method of the request put in place of its own.
	 */
	copied(chunks: readonly Uint8Array[]): void {
		const request = this.#request as Readable & { readonly socket?: unknown };
		// Those of HTTP/2 are given to whoever listens to its stream, too.
		if (this.#isShared || 'stream' in request || !(request.socket instanceof Socket)) return;
		if ((['on', 'emit', 'push', 'read'] as const).some((name) => request[name] !== Readable.prototype[name])) return;
		for (const { buffer, byteLength } of chunks) if (buffer.byteLength === byteLength) (buffer as Freed).transfer?.(0);
	}

	#begin(): void {
		this.#state = this.#request.destroyed ? 'broken' : 'open';
		this.#isShared = this.#request.listenerCount('data') + this.#request.listenerCount('readable') > 0;
		this.#request.on('data', this.#onData);
		// Whoever listens for a while only is gone at the end, and still has what came meanwhile.
		this.#request.on('newListener', this.#onListener);
		this.#request.once('end', () => this.#finish('ended'));
		this.#request.once('close', () => this.#finish('broken'));
	}

	#finish(state: 'ended' | 'broken'): void {
		if (this.#state === 'open') this.#state = state;
		this.#wake();
	}

	readonly #onListener = (event: string): void => {
		if (event === 'data' || event === 'readable') this.#isShared = true;
	};

	readonly #onData = (chunk: Uint8Array): void => {
		this.#chunks.push(chunk);
		this.#bytes += chunk.byteLength;
		if (this.#bytes > bufferedBytesMax) this.#request.pause();
		this.#wake();
	};
}
