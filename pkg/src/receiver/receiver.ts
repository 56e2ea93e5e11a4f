import { type Payload, verifySignature } from 'mindhook';
import type { Inbox, NewDelivery } from 'mindhook/inbox';
import { readBody } from './body.js';
import { type Delivery, type ErrorContext, Handover, type ReportError } from './handover.js';
import { type Outcome, outcome } from './outcome.js';
import { HeaderReader, type IncomingDelivery, type RequestBody, refusedByHead } from './request.js';

/** What {@link createReceiver} takes. */
export interface ReceiverOptions {
	/**
	 * The signing secret of the webhook endpoint; several while one is replaced by the next.
	 * `undefined` is in the type for `process.env.…`; like an empty secret it is refused.
	 */
	secret: string | readonly string[] | undefined;
	/** Where deliveries are saved before they are acknowledged. Closing it stays with who opened it, after `receiver.close()`. */
	inbox: Inbox;
	/**
	 * Called for each payload after it was acknowledged, at least once: make it safe to run twice. When it throws or rejects,
	 * the delivery stays in the inbox as `failed`, with the error's text.
	 */
	onPayload: (payload: Payload, delivery: Delivery) => unknown;
	/** What the webhook endpoint is called in the inbox; duplicates are told per endpoint. Default `default`. */
	endpoint?: string;
	limits?: ReceiverLimits;
	/** Request headers that are saved with the delivery. Default: content-type, user-agent, x-signature. */
	headerNames?: readonly string[];
	/** Told of everything that goes wrong behind the answer. Default: one line on `console.error`. */
	onError?: (error: unknown, context: ErrorContext) => void;
}

/** What one delivery, and all of them together, may take. */
export interface ReceiverLimits {
	/** Bytes of a body. Default 32 MiB. */
	bytes?: number;
	/** Milliseconds until a body must be here. Default 30,000. */
	bodyMilliseconds?: number;
	/** How many payloads are with `onPayload` at a time. Default 8. */
	concurrency?: number;
}

/** Takes deliveries. Made by {@link createReceiver}. */
export interface Receiver {
	/**
	 * Takes one request and says how to answer it; for adapters. Every decision is made here. Never rejects.
	 *
	 * @example
	 * ```js
	 * const { status, headers, body } = await receiver.receive({ method: 'POST', headers: req.headers, body: req });
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
	/** Resolves when no request is being taken and no payload waits for `onPayload` or is with it. */
	idle(): Promise<void>;
	/**
	 * Refuses new requests (503), finishes those being taken and the payloads that are with `onPayload`. Payloads that still
	 * wait are handed over by the next receiver on this inbox.
	 */
	close(): Promise<void>;
}

const defaults = {
	endpoint: 'default',
	headerNames: ['content-type', 'user-agent', 'x-signature'],
	bytes: 32 * 1024 * 1024,
	bodyMilliseconds: 30_000,
	concurrency: 8,
} as const;

/**
 * Makes the receiver of one webhook endpoint: it checks a request, saves its bytes, acknowledges it, and only then reads it
 * and calls `onPayload`. Deliveries that an earlier run saved but did not handle are handed over first.
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

class WebhookReceiver implements Receiver {
	readonly #secrets: string[];
	readonly #inbox: Inbox;
	readonly #endpoint: string;
	readonly #limits: Required<ReceiverLimits>;
	readonly #headerNames: readonly string[];
	readonly #onError: (error: unknown, context: ErrorContext) => void;
	readonly #handover: Handover;
	/** Requests being taken, and the look for deliveries of an earlier run. */
	readonly #taking = new Set<Promise<unknown>>();
	#closing = false;

	constructor(options: ReceiverOptions) {
		this.#secrets = checkedSecrets(options.secret);
		this.#inbox = checkedInbox(options.inbox);
		if (typeof options.onPayload !== 'function') {
			throw new TypeError('createReceiver needs `onPayload`, the function that payloads are handed to.');
		}
		this.#endpoint = options.endpoint ?? defaults.endpoint;
		this.#headerNames = (options.headerNames ?? defaults.headerNames).map((name) => name.toLowerCase());
		this.#onError = options.onError ?? logError;
		this.#limits = {
			bytes: checkedLimit('bytes', options.limits?.bytes),
			bodyMilliseconds: checkedLimit('bodyMilliseconds', options.limits?.bodyMilliseconds),
			concurrency: checkedLimit('concurrency', options.limits?.concurrency),
		};
		this.#handover = new Handover({
			inbox: this.#inbox,
			onPayload: options.onPayload,
			concurrency: this.#limits.concurrency,
			report: this.#report,
		});
		void this.#track(this.#recover());
	}

	receive(request: IncomingDelivery): Promise<Outcome> {
		return this.#track(
			this.#take(request).catch((error: unknown) => {
				this.#report(error, 'receive', null);
				return outcome('internal_error');
			}),
		);
	}

	async fetch(request: Request): Promise<Response> {
		const { method, headers } = request;
		// A body that was read before is gone: its stream is not null, but gives nothing any more.
		const body = request.bodyUsed ? (unreadable as unknown as RequestBody) : request.body;
		const { status, headers: answer, body: text } = await this.receive({ method, headers, body });
		return new Response(text, { status, headers: answer });
	}

	async idle(): Promise<void> {
		while (this.#taking.size > 0 || !this.#handover.isIdle) {
			await Promise.all(this.#taking);
			await this.#handover.idle();
		}
	}

	async close(): Promise<void> {
		this.#closing = true;
		await Promise.all(this.#taking);
		await this.#handover.stop();
	}

	async #take({ method, headers, body, remoteAddress = null }: IncomingDelivery): Promise<Outcome> {
		if (this.#closing) return outcome('closing');
		const reader = new HeaderReader(headers);
		const refused = refusedByHead(method, reader, this.#limits.bytes);
		if (refused !== null) return outcome(refused);

		const read = await readBody(body, { bytes: this.#limits.bytes, milliseconds: this.#limits.bodyMilliseconds });
		if (!read.ok) {
			if (read.why === 'body_already_read') this.#report(new TypeError(alreadyReadHelp), 'receive', null);
			return outcome(read.why);
		}
		if (!verifySignature(read.bytes, reader.one('x-signature') ?? '', this.#secrets))
			return outcome('signature_mismatch');

		const delivery = {
			endpoint: this.#endpoint,
			body: read.bytes,
			headers: this.#headersToKeep(reader),
			remoteAddress,
			receivedAt: new Date(),
		} satisfies NewDelivery;
		let saved: { id: number; duplicate: boolean };
		try {
			saved = await this.#inbox.save(delivery);
		} catch (error) {
			this.#report(error, 'receive', null);
			return outcome('inbox_unavailable');
		}
		if (saved.duplicate) return outcome('duplicate', saved.id);
		this.#handover.add(saved.id, { id: saved.id, attempt: 1, ...delivery });
		return outcome('saved', saved.id);
	}

	async #recover(): Promise<void> {
		try {
			// Asked before any request is taken, so that no delivery of this run is among them.
			for (const id of await this.#inbox.pending({ endpoint: this.#endpoint })) this.#handover.add(id, null);
		} catch (error) {
			this.#report(error, 'recover', null);
		}
	}

	#headersToKeep(reader: HeaderReader): Record<string, string> {
		const kept: Record<string, string> = {};
		for (const name of this.#headerNames) {
			const value = reader.one(name);
			if (value !== null) kept[name] = value;
		}
		return kept;
	}

	async #track<Result>(work: Promise<Result>): Promise<Result> {
		this.#taking.add(work);
		try {
			return await work;
		} finally {
			this.#taking.delete(work);
		}
	}

	readonly #report: ReportError = (error, stage, id, issues = []) => {
		const context: ErrorContext = { stage, id, issues };
		try {
			this.#onError(error, context);
		} catch (thrown) {
			// The hook is the user's: what it throws must not cost a delivery.
			logError(error, context);
			logError(thrown, context);
		}
	};
}

/** Stands for a body that is gone; not a source of bytes. */
const unreadable = Object.freeze({});

const alreadyReadHelp =
	'The body reached the receiver already read or parsed, so its signature cannot be checked: what is signed are the bytes ' +
	'on the wire. Mount the receiver before any body parser (in Express, before app.use(express.json())), or let the ' +
	"parser keep the bytes (express.raw({ type: 'application/json' })).";

function checkedSecrets(secret: unknown): string[] {
	const secrets: unknown[] = Array.isArray(secret) ? secret : [secret];
	if (secrets.length === 0 || !secrets.every((one) => typeof one === 'string' && one !== '')) {
		throw new TypeError(
			'createReceiver needs `secret`, the signing secret of the webhook endpoint (a text that is not empty, or a list of ' +
				'such). If it comes from an environment variable, that variable is not set.',
		);
	}
	return secrets as string[];
}

function checkedInbox(inbox: unknown): Inbox {
	if (typeof (inbox as Partial<Inbox> | null | undefined)?.save !== 'function') {
		throw new TypeError(
			"createReceiver needs `inbox`, an opened inbox: await openInbox('sqlite:inbox.db') from mindhook/inbox.",
		);
	}
	return inbox as Inbox;
}

function checkedLimit(name: keyof ReceiverLimits, value: number | undefined): number {
	if (value === undefined) return defaults[name];
	if (!Number.isSafeInteger(value) || value < 1) {
		throw new TypeError(`createReceiver: limits.${name} must be a whole number of at least 1, not ${String(value)}.`);
	}
	return value;
}

function logError(error: unknown, { stage, id }: ErrorContext): void {
	console.error(`mindhook: ${stage}${id === null ? '' : `, delivery ${id}`}:`, error);
}
