import type { Payload } from 'mindhook';
import type { Inbox } from 'mindhook/inbox';
import type { Delivery, ErrorContext } from './delivery.js';
import type { Observer } from './event.js';
import type { Logger } from './log.js';
import type { RetryPolicy } from './retry.js';

/**
 * Takes a payload, after its delivery was acknowledged. It is called at least once for each: make it safe to run twice. When
 * it throws, rejects or takes too long, the delivery is tried again later.
 */
export type OnPayload = (payload: Payload, delivery: Delivery) => unknown;

/** What `createReceiver` takes. */
export interface ReceiverOptions {
	/** Where deliveries are saved before they are acknowledged. Closing it stays with who opened it, after `receiver.close()`. */
	inbox: Inbox;
	/**
	 * Takes the payloads. May be left out where each of `endpoints` has its own. `null`: deliveries are only saved, and stay
	 * `received` for another receiver on the same inbox.
	 */
	onPayload?: OnPayload | null | undefined;
	/**
	 * The signing secret of the webhook endpoint; several while one is replaced by the next.
	 * `undefined` is in the type for `process.env.…`; like an empty secret it is refused.
	 */
	secret?: string | readonly string[] | undefined;
	/** Must stand in the query string of the webhook endpoint's URL, `?token=…`; any of several. Default: none is asked for. */
	token?: string | readonly string[];
	/** What the one webhook endpoint is called in the inbox; duplicates are told per endpoint. Default `default`. */
	endpoint?: string | undefined;
	/**
	 * Several webhook endpoints, by name, each with its URL; instead of `secret`, `token` and `endpoint`. A request to any other
	 * path is answered 404.
	 */
	endpoints?: Readonly<Record<string, EndpointOptions>> | undefined;
	limits?: ReceiverLimits | undefined;
	/** When a delivery that failed is tried again. */
	retry?: Partial<RetryPolicy> | undefined;
	/**
	 * For how long a delivery is reserved for this process while it works on it; renewed at a third. When the process dies, others
	 * take its deliveries up after so long. Default 15,000.
	 */
	leaseMilliseconds?: number | undefined;
	/** How often the inbox is asked for deliveries that others saved or that are to be tried again. Default 1,000. */
	pollMilliseconds?: number | undefined;
	/** Request headers that are saved with the delivery. Default: content-type, user-agent, x-signature. */
	headerNames?: readonly string[] | undefined;
	/**
	 * Told of everything that goes wrong behind the answer. Default, where there is no `logger`: one line on `console.error`
	 * that names the class of the error and says where to find its text.
	 */
	onError?: ((error: unknown, context: ErrorContext) => void) | undefined;
	/** A structured logger: pino, or any with its four functions. */
	logger?: Logger | undefined;
	/** Told of everything that happens, for metrics and traces. */
	observers?: readonly Observer[] | undefined;
}

/** One webhook endpoint of several. */
export interface EndpointOptions {
	/** Its signing secret; several while one is replaced by the next. */
	secret: string | readonly string[] | undefined;
	/** Must stand in the query string of its URL, `?token=…`; any of several. Default: none is asked for. */
	token?: string | readonly string[];
	/** The path of its URL. Default: `/` and its name. */
	path?: string | undefined;
	/** Takes its payloads, instead of the receiver's `onPayload`; `null`: they are only saved. */
	onPayload?: OnPayload | null | undefined;
}

/** What one delivery, and all of them together, may take. */
export interface ReceiverLimits {
	/** Bytes of a body. Default 32 MiB. */
	bytes?: number | undefined;
	/** Milliseconds until a body must be here. Default 30,000. Within every five seconds of them, 5,000 bytes have to come. */
	bodyMilliseconds?: number | undefined;
	/**
	 * Bytes of all bodies that are being read or saved, together. Past it bodies that do not get on are ended, or where all do, the
	 * new one: 503. Default 256 MiB, or `bytes` if that is more.
	 */
	bodiesBytes?: number | undefined;
	/** Requests at a time. Past it, the body that has fallen back most is ended, or where all get on, the new one: 503. Default 1,000. */
	requests?: number | undefined;
	/** How many payloads are with `onPayload` at a time. Default 8. */
	concurrency?: number | undefined;
	/** Milliseconds until `onPayload` must be done; then its signal is aborted, and the attempt has failed. Default 60,000. */
	handlerMilliseconds?: number | undefined;
}

/** The options, checked and filled up. */
export interface Settings {
	readonly limits: Readonly<Record<keyof ReceiverLimits, number>>;
	readonly retry: RetryPolicy;
	readonly leaseMilliseconds: number;
	readonly pollMilliseconds: number;
	readonly headerNames: readonly string[];
}

const optionNames: Readonly<Record<keyof ReceiverOptions, true>> = {
	inbox: true,
	onPayload: true,
	secret: true,
	token: true,
	endpoint: true,
	endpoints: true,
	limits: true,
	retry: true,
	leaseMilliseconds: true,
	pollMilliseconds: true,
	headerNames: true,
	onError: true,
	logger: true,
	observers: true,
};

const defaultLimits: Settings['limits'] = {
	bytes: 32 * 1024 * 1024,
	bodyMilliseconds: 30_000,
	bodiesBytes: 256 * 1024 * 1024,
	requests: 1_000,
	concurrency: 8,
	handlerMilliseconds: 60_000,
};

const defaultRetry: RetryPolicy = { attempts: 10, firstMilliseconds: 1_000, maxMilliseconds: 3_600_000, factor: 2 };

const defaultHeaderNames = ['content-type', 'user-agent', 'x-signature'];

/** A timer that is set for longer goes off at once. */
const millisecondsMax = 2 ** 31 - 1;

/**
 * Checks everything but the endpoints, which are `endpoints.ts`.
 *
 * @throws {TypeError} naming the option that makes no sense, and what to write.
 */
export function settingsOf(options: ReceiverOptions): Settings {
	if (!isRecord(options))
		throw new TypeError('createReceiver needs an object of options: { inbox, secret, onPayload }.');
	checkKeys('', options, optionNames);
	if (typeof (options.inbox as Partial<Inbox> | null | undefined)?.claim !== 'function') {
		throw new TypeError(
			"createReceiver needs `inbox`, an opened inbox: await openInbox('sqlite:inbox.db') from mindhook/inbox.",
		);
	}
	for (const name of ['onPayload', 'onError'] as const) {
		const given: unknown = options[name];
		if (name === 'onPayload' && given === null) continue;
		if (given !== undefined && typeof given !== 'function') {
			throw new TypeError(`createReceiver: ${name} must be a function, not ${shown(given)}.`);
		}
	}
	const { observers = [] } = options;
	if (!Array.isArray(observers) || !observers.every(isRecord)) {
		throw new TypeError('createReceiver: observers must be a list of objects, each with event() or around().');
	}
	return {
		limits: limitsOf(options.limits),
		retry: retryOf(options.retry),
		leaseMilliseconds: milliseconds('leaseMilliseconds', options.leaseMilliseconds, 15_000, 10),
		pollMilliseconds: milliseconds('pollMilliseconds', options.pollMilliseconds, 1_000),
		headerNames: headerNamesOf(options.headerNames),
	};
}

function limitsOf(given: unknown = {}): Settings['limits'] {
	checkRecord('limits', given);
	checkKeys('limits.', given, defaultLimits);
	const limits = { ...defaultLimits };
	for (const name of Object.keys(defaultLimits) as (keyof ReceiverLimits)[]) {
		const most = name.endsWith('Milliseconds') ? millisecondsMax : Number.MAX_SAFE_INTEGER;
		limits[name] = whole(`limits.${name}`, given[name], defaultLimits[name], 1, most);
	}
	if (given.bodiesBytes === undefined) limits.bodiesBytes = Math.max(limits.bodiesBytes, limits.bytes);
	if (limits.bodiesBytes < limits.bytes) {
		throw new TypeError(
			`createReceiver: limits.bodiesBytes (${limits.bodiesBytes}) must be at least limits.bytes (${limits.bytes}), or the largest body could never be taken.`,
		);
	}
	return limits;
}

function retryOf(given: unknown = {}): RetryPolicy {
	checkRecord('retry', given);
	checkKeys('retry.', given, defaultRetry);
	const retry = {
		attempts: whole('retry.attempts', given.attempts, defaultRetry.attempts),
		firstMilliseconds: milliseconds('retry.firstMilliseconds', given.firstMilliseconds, defaultRetry.firstMilliseconds),
		maxMilliseconds: milliseconds('retry.maxMilliseconds', given.maxMilliseconds, defaultRetry.maxMilliseconds),
		factor: given.factor ?? defaultRetry.factor,
	};
	if (typeof retry.factor !== 'number' || !Number.isFinite(retry.factor) || retry.factor < 1) {
		throw new TypeError(`createReceiver: retry.factor must be a number of at least 1, not ${shown(retry.factor)}.`);
	}
	return { ...retry, factor: retry.factor };
}

function headerNamesOf(given: unknown = defaultHeaderNames): readonly string[] {
	if (!Array.isArray(given) || !given.every((name) => typeof name === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(name))) {
		throw new TypeError(
			"createReceiver: headerNames must be a list of header names, as ['x-signature', 'x-request-id'].",
		);
	}
	return given.map((name: string) => name.toLowerCase());
}

function milliseconds(name: string, value: unknown, otherwise: number, least = 1): number {
	return whole(name, value, otherwise, least, millisecondsMax);
}

function whole(
	name: string,
	value: unknown,
	otherwise: number,
	least = 1,
	most: number = Number.MAX_SAFE_INTEGER,
): number {
	if (value === undefined) return otherwise;
	if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
		const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
		throw new TypeError(`createReceiver: ${name} must be a whole number ${range}, not ${shown(value)}.`);
	}
	return value as number;
}

/** @throws {TypeError} when this is no object. */
export function checkRecord(name: string, value: unknown): asserts value is Record<string, unknown> {
	if (!isRecord(value)) throw new TypeError(`createReceiver: ${name} must be an object, not ${shown(value)}.`);
}

/** @throws {TypeError} for a key that is not known: a slip of the pen must not pass for a default. */
export function checkKeys(prefix: string, given: object, known: object): void {
	const wrong = Object.keys(given).find((key) => !Object.hasOwn(known, key));
	if (wrong === undefined) return;
	throw new TypeError(
		`createReceiver has no option ${prefix}${wrong}; there are ${prefix}${Object.keys(known).join(`, ${prefix}`)}.`,
	);
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as a message may show it: its kind where it could be a secret. */
function shown(value: unknown): string {
	return typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined
		? String(value)
		: `a ${Array.isArray(value) ? 'list' : typeof value}`;
}
