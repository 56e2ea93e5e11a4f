import { verifySignature } from 'mindhook';
import type { DeliverySource, Inbox, NewDelivery, SaveResult } from 'mindhook/inbox';
import { readBody } from './body.js';
import { Capacity, Reservation } from './capacity.js';
import type { ErrorContext, ReportError } from './delivery.js';
import { type Endpoint, Endpoints } from './endpoints.js';
import { errorName, inboxErrorCode } from './error-text.js';
import { Handover } from './handover.js';
import { logObserver } from './log.js';
import { OpenBodies } from './open-bodies.js';
import { type OnPayload, type ReceiverOptions, type Settings, settingsOf } from './options.js';
import { type Outcome, outcome } from './outcome.js';
import { contentLength, HeaderReader, type IncomingDelivery, type RequestBody, refusedByHead } from './request.js';
import { Watch } from './watch.js';

/** Takes deliveries. Made by {@link createReceiver}. */
export interface Receiver {
	/**
	 * Takes one request and says how to answer it; for adapters. Every decision is made here. Never rejects.
	 *
	 * @example
	 * ```js
	 * const { status, headers, body } = await receiver.receive({ method: 'POST', url: req.url, headers: req.headers, body: req });
	 * ```
	 */
	receive(request: IncomingDelivery): Promise<Outcome>;
	/**
	 * The same for the Fetch API: `Request` in, `Response` out.
	 *
	 * @example
	 * ```js
	 * export default { fetch: (request) => receiver.fetch(request) };
	 * ```
	 */
	fetch(request: Request): Promise<Response>;
	/**
	 * Sends the payloads of one model to a handler of their own, instead of to `onPayload`.
	 *
	 * @throws {TypeError} when the model's ID is no UUID, has a handler already, or there is no handler.
	 *
	 * @example
	 * ```js
	 * receiver.route('ee950e6b-8f5c-4cd5-9149-d5e9139e2d66', (payload) => bookInvoice(payload));
	 * ```
	 */
	route(modelId: string, handler: OnPayload): this;
	/**
	 * Saves bytes that are trusted already, because we fetched them ourselves, and hands them over like a delivery. The bytes
	 * must not be changed afterwards.
	 *
	 * @throws {InboxError} (as a rejection) when the inbox cannot save; {@link TypeError} for an endpoint that the receiver does
	 * not have, or a body that is no bytes; {@link Error} when the receiver is closing.
	 */
	save(delivery: {
		body: Uint8Array;
		endpoint: string;
		source: DeliverySource;
		headers?: Readonly<Record<string, string>>;
	}): Promise<SaveResult>;
	/** Resolves when no request is being taken, nothing is with `onPayload`, and the inbox holds nothing that is due. */
	idle(): Promise<void>;
	/**
	 * Refuses new requests (503), finishes those being taken and what is with `onPayload`, and leaves what was not begun to the
	 * next receiver. After `milliseconds` (default 30,000) it leaves off the rest: signals are aborted, and what does not end within
	 * a second is tried again later. May be called again, with less time. Never rejects.
	 */
	close(options?: { milliseconds?: number }): Promise<void>;
	/** How busy it is. */
	readonly state: ReceiverState;
}

/** How busy a receiver is. */
export interface ReceiverState {
	readonly closing: boolean;
	/** Requests that are being taken. */
	readonly taking: number;
	/** Payloads that are with `onPayload`, or are being noted as done. */
	readonly handling: number;
	/** Deliveries that this process has claimed and that wait for `onPayload`. */
	readonly waiting: number;
	/** Handlers that still run although their time was over. */
	readonly runaways: number;
	/** Bytes of the bodies that are being read or saved. */
	readonly bodiesBytes: number;
}

const closeMs = 30_000;
/** 1 KB a second. */
const bytesPerWindow = 5_000;
/** How long what was aborted may take to end, and then to be noted. */
const graceMs = 1_000;

/**
 * Makes a receiver: it checks a request, saves its bytes, acknowledges it, and only then reads it and calls `onPayload`, again
 * and again with growing pauses while that fails. Deliveries that an earlier run or another process saved and did not handle are
 * handed over too.
 *
 * A signed body that cannot be read is acknowledged too, and `quarantined` in the inbox: sent again, it would be the same.
 *
 * @example
 * ```js
 * const receiver = createReceiver({
 * 	secret: process.env.MINDEE_WEBHOOK_SECRET,
 * 	inbox: await openInbox('sqlite:inbox.db'),
 * 	onPayload(payload) {
 * 		if (payload.kind === 'extraction') console.log(payload.fields.get('total_amount'));
 * 	},
 * });
 * createServer(nodeListener(receiver)).listen(3000); // nodeListener is in mindhook/node
 * ```
 *
 * @throws {TypeError} when an option is missing or makes no sense.
 */
export function createReceiver(options: ReceiverOptions): Receiver {
	return new WebhookReceiver(options);
}

/** What is learned of a request while it is taken. */
interface Taken {
	endpoint: Endpoint | null;
	bytes: number | null;
}

class WebhookReceiver implements Receiver {
	readonly #inbox: Inbox;
	readonly #settings: Settings;
	readonly #endpoints: Endpoints;
	readonly #routes = new Map<string, OnPayload>();
	readonly #onError: (error: unknown, context: ErrorContext) => void;
	readonly #watch: Watch;
	readonly #handover: Handover;
	readonly #capacity: Capacity;
	readonly #openBodies = new OpenBodies();
	#taking = 0;
	#whenNoneTaken: (() => void)[] = [];
	#isClosing = false;
	#hasBegun = false;

	constructor(options: ReceiverOptions) {
		this.#settings = settingsOf(options);
		this.#inbox = options.inbox;
		this.#endpoints = new Endpoints(options);
		const { observers = [], logger } = options;
		// Where there is a logger, it is told of everything; two reports of one fault would be one too many.
		this.#onError = options.onError ?? (logger === undefined ? logError : () => {});
		this.#watch = new Watch(logger === undefined ? observers : [...observers, logObserver(logger)], (error) =>
			this.#callOnError(error, { stage: 'observe', id: null, issues: [] }),
		);
		const { limits, retry, leaseMilliseconds, pollMilliseconds } = this.#settings;
		this.#capacity = new Capacity(
			limits.bodiesBytes,
			(missing) => this.#openBodies.slowBytes >= missing && this.#openBodies.endLargest(),
		);
		this.#handover = new Handover({
			inbox: this.#inbox,
			endpoints: this.#endpoints.handled,
			handlerOf: (endpoint, { modelId }) =>
				(modelId === null ? undefined : this.#routes.get(modelId.toLowerCase())) ??
				((this.#endpoints.get(endpoint) as Endpoint).onPayload as OnPayload),
			concurrency: limits.concurrency,
			handlerMilliseconds: limits.handlerMilliseconds,
			retry,
			lease: { owner: ownerName(), milliseconds: leaseMilliseconds },
			pollMilliseconds,
			report: this.#report,
			watch: this.#watch,
		});
		this.#watch.tell({ type: 'started', endpoints: this.#endpoints.names });
		try {
			clearTimeout(setTimeout(() => {}, 0));
			// After whoever made it has added its routes.
			queueMicrotask(() => this.#begin());
		} catch {
			// Some runtimes allow no timers while a module loads: there it begins with the first request.
		}
	}

	async receive(request: IncomingDelivery): Promise<Outcome> {
		this.#taking += 1;
		try {
			return await this.#watch.around(
				'receive',
				() => ({}),
				() => this.#answer(request),
			);
		} finally {
			this.#taking -= 1;
			if (this.#taking === 0) for (const wake of this.#whenNoneTaken.splice(0)) wake();
		}
	}

	async fetch(request: Request): Promise<Response> {
		const { method, url, headers } = request;
		// A body that was read before is gone: its stream is not null, but gives nothing any more.
		const body = request.bodyUsed ? (unreadable as unknown as RequestBody) : request.body;
		const { status, headers: answer, body: text } = await this.receive({ method, url, headers, body });
		return new Response(text, { status, headers: answer });
	}

	route(modelId: string, handler: OnPayload): this {
		const id = typeof modelId === 'string' ? modelId.trim().toLowerCase() : '';
		if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) {
			throw new TypeError("receiver.route needs a model's ID, as 'ee950e6b-8f5c-4cd5-9149-d5e9139e2d66'.");
		}
		if (typeof handler !== 'function') {
			throw new TypeError('receiver.route needs a handler, the function that payloads of the model are handed to.');
		}
		if (this.#endpoints.handled.length === 0) {
			throw new TypeError(
				'receiver.route: with onPayload null, deliveries are only saved; give createReceiver a handler.',
			);
		}
		if (this.#routes.has(id)) throw new TypeError(`receiver.route: the model ${id} has a handler already.`);
		this.#routes.set(id, handler);
		return this;
	}

	async save({ body, endpoint, source, headers = {} }: Parameters<Receiver['save']>[0]): Promise<SaveResult> {
		if (this.#isClosing) throw new Error('The receiver is closing: save the delivery with the next one.');
		if (!(body instanceof Uint8Array)) throw new TypeError('receiver.save needs `body`, the bytes as a Uint8Array.');
		if (this.#endpoints.get(endpoint) === undefined) {
			throw new TypeError(
				`receiver.save: the receiver has no endpoint of that name; there are ${this.#endpoints.names.join(', ')}.`,
			);
		}
		this.#taking += 1;
		try {
			const delivery = { body, endpoint, source, headers, remoteAddress: null, receivedAt: new Date() };
			const saved = await this.#saveAndHandOver(delivery);
			const { id, duplicate } = saved;
			this.#watch.tell({ type: 'saved', source, endpoint, id, duplicate, bytes: body.byteLength });
			return saved;
		} finally {
			this.#taking -= 1;
			if (this.#taking === 0) for (const wake of this.#whenNoneTaken.splice(0)) wake();
		}
	}

	async idle(): Promise<void> {
		this.#begin();
		do {
			await this.#noneTaken();
			if (this.#hasBegun) await this.#handover.idle();
		} while (this.#taking > 0);
	}

	async close({ milliseconds = closeMs }: { milliseconds?: number } = {}): Promise<void> {
		this.#isClosing = true;
		this.#handover.stop();
		let timer: ReturnType<typeof setTimeout> | undefined;
		const after = (pause: number): Promise<void> =>
			new Promise((resolve) => {
				timer = setTimeout(resolve, pause);
			});
		const givenUp = async (): Promise<void> => {
			await after(Math.min(Math.max(0, milliseconds || 0), 2 ** 31 - 1));
			this.#openBodies.close();
			this.#handover.abort();
			await after(graceMs);
			this.#handover.cut();
			await after(graceMs);
			this.#handover.giveUp();
		};
		const finished = async (): Promise<void> => {
			await this.#noneTaken();
			await this.#handover.drained();
		};
		await Promise.race([finished(), givenUp()]);
		clearTimeout(timer);
	}

	get state(): ReceiverState {
		const { handling, waiting, runaways } = this.#handover;
		const closing = this.#isClosing;
		return { closing, taking: this.#taking, handling, waiting, runaways, bodiesBytes: this.#capacity.taken };
	}

	/** Never rejects. */
	async #answer(request: IncomingDelivery): Promise<Outcome> {
		const begunAt = performance.now();
		const taken: Taken = { endpoint: null, bytes: null };
		let answer: Outcome;
		try {
			answer = await this.#take(request, taken);
		} catch (error) {
			this.#report(error, 'receive', null);
			answer = outcome('internal_error');
		}
		if (this.#watch.isOn) {
			const { name, status, id } = answer;
			const milliseconds = performance.now() - begunAt;
			const endpoint = taken.endpoint?.name ?? null;
			this.#watch.tell({ type: 'request', outcome: name, status, endpoint, id, bytes: taken.bytes, milliseconds });
		}
		return answer;
	}

	/** Every decision about a request, in its order. */
	async #take(request: IncomingDelivery, taken: Taken): Promise<Outcome> {
		const { limits } = this.#settings;
		if (this.#isClosing) return outcome('closing');
		const { endpoint, query } = this.#endpoints.find(request.url ?? '/');
		if (endpoint === null) return outcome('unknown_path');
		taken.endpoint = endpoint;
		if (request.method !== 'POST') return outcome('method_not_allowed');
		if (endpoint.tokens !== null && !endpoint.tokens.accept(query)) return outcome('token_mismatch');
		const headers = new HeaderReader(request.headers);
		const length = contentLength(headers);
		const refused = refusedByHead(headers, length, limits.bytes);
		if (refused !== null) return outcome(refused);
		// Behind all that needs no place: nobody has to make room for what is refused.
		if (this.#taking > limits.requests && !this.#openBodies.endSlowest()) return outcome('overloaded');

		const memory = new Reservation(this.#capacity);
		try {
			// By its own account first: better one body refused now than many half read. But what is only announced takes no room, nor
			// makes any, or a few senders who announce much and send nothing would keep everybody out.
			if (
				length !== null &&
				!this.#capacity.fits(length) &&
				!this.#capacity.fits(length - this.#openBodies.slowBytes)
			) {
				return outcome('overloaded');
			}
			const read = await readBody(request.body, {
				bytes: limits.bytes,
				milliseconds: limits.bodyMilliseconds,
				bytesPerWindow,
				memory,
				open: this.#openBodies,
			});
			if (!read.ok) {
				if (read.why === 'body_already_read') this.#report(new SetUpError(alreadyReadHelp), 'receive', null);
				return outcome(read.why);
			}
			taken.bytes = read.bytes.byteLength;
			if (!verifySignature(read.bytes, headers.one('x-signature') ?? '', endpoint.secrets)) {
				return outcome('signature_mismatch');
			}
			return await this.#save(endpoint, read.bytes, headers, request.remoteAddress ?? null);
		} finally {
			memory.release();
		}
	}

	async #save(
		endpoint: Endpoint,
		body: Uint8Array,
		headers: HeaderReader,
		remoteAddress: string | null,
	): Promise<Outcome> {
		try {
			const { id, duplicate } = await this.#saveAndHandOver({
				endpoint: endpoint.name,
				body,
				headers: this.#headersToKeep(headers),
				remoteAddress,
				receivedAt: new Date(),
				source: 'webhook',
			});
			return outcome(duplicate ? 'duplicate' : 'saved', id);
		} catch (error) {
			this.#report(error, 'receive', null);
			return outcome('inbox_unavailable');
		}
	}

	/** Rejects when it could not be saved. */
	async #saveAndHandOver(delivery: Required<NewDelivery>): Promise<SaveResult> {
		if (this.#endpoints.get(delivery.endpoint)?.onPayload === null) return this.#inbox.save(delivery);
		this.#begin();
		const handover = this.#handover;
		const bytes = delivery.body.byteLength;
		const askedAt = performance.now();
		if (!handover.reserve(bytes)) {
			const saved = await this.#inbox.save(delivery);
			if (!saved.duplicate) handover.noteMore();
			return saved;
		}
		let claim: SaveResult['claim'] = null;
		try {
			const saved = await this.#inbox.save(delivery, handover.lease);
			claim = saved.claim;
			if (claim === null && !saved.duplicate) handover.noteMore();
			return saved;
		} finally {
			if (claim === null) handover.giveBack(bytes);
			else handover.take(claim, delivery, askedAt);
		}
	}

	#begin(): void {
		if (this.#hasBegun || this.#isClosing || this.#endpoints.handled.length === 0) return;
		this.#hasBegun = true;
		this.#handover.start();
	}

	async #noneTaken(): Promise<void> {
		while (this.#taking > 0) await new Promise<void>((resolve) => this.#whenNoneTaken.push(resolve));
	}

	#headersToKeep(reader: HeaderReader): Record<string, string> {
		const kept: Record<string, string> = {};
		for (const name of this.#settings.headerNames) {
			const value = reader.one(name);
			if (value !== null) kept[name] = value;
		}
		return kept;
	}

	readonly #report: ReportError = (error, stage, id, issues = []) => {
		// Those two are told of by `settled`.
		if (stage !== 'parse' && stage !== 'handle') this.#watch.fault(stage, id, error);
		this.#callOnError(error, { stage, id, issues });
	};

	#callOnError(error: unknown, context: ErrorContext): void {
		// The hook is the user's: what it throws, or rejects with, must cost neither a delivery nor the process.
		const onThrown = (thrown: unknown): void => {
			logError(error, context);
			logError(thrown, context);
		};
		try {
			const given: unknown = this.#onError(error, context);
			if (given instanceof Promise) given.catch(onThrown);
		} catch (thrown) {
			onThrown(thrown);
		}
	}
}

/** Stands for a body that is gone; not a source of bytes. */
const unreadable = Object.freeze({});

/** The program around the receiver has to be changed; the message says how. */
class SetUpError extends TypeError {
	override readonly name = 'SetUpError';
}

const alreadyReadHelp =
	'The body reached the receiver already read or parsed, so its signature cannot be checked: what is signed are the bytes ' +
	'on the wire. Mount the receiver before any body parser (in Express, before app.use(express.json())), or let the ' +
	"parser keep the bytes (express.raw({ type: 'application/json' })).";

/** Names this receiver in the leases of an inbox that others share: the machine, the process, and a part that chance gives. */
function ownerName(): string {
	const { process } = globalThis as {
		process?: { pid?: number; getBuiltinModule?(name: 'node:os'): { hostname(): string } | undefined };
	};
	let host = 'host';
	try {
		host = process?.getBuiltinModule?.('node:os')?.hostname() ?? host;
	} catch {
		// Deno gives it to those who may read it only; it is for people.
	}
	return `${host}/${process?.pid ?? 0}/${Math.random().toString(36).slice(2, 10)}`;
}

/** One line. The error's text stays out of it, unless it is ours: it may hold values of the payload. */
function logError(error: unknown, { stage, id }: ErrorContext): void {
	const code = inboxErrorCode(error);
	const what = error instanceof SetUpError ? error.message : `${errorName(error)}${code === null ? '' : ` (${code})`}.`;
	const where = id === null ? '' : ` More: mindhook inbox show ${id}`;
	console.error(`mindhook: ${stage}${id === null ? '' : `, delivery ${id}`}: ${what}${where}`);
}
