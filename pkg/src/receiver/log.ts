import type { Observer, ReceiverEvent } from './event.js';

/** Where log lines go: pino, or whatever takes an object and a message as it does. */
export interface Logger {
	debug(fields: LogFields, message: string): void;
	info(fields: LogFields, message: string): void;
	warn(fields: LogFields, message: string): void;
	error(fields: LogFields, message: string): void;
}

/** The fields of one line, `event` first. None holds a payload value, a secret, or the text of an error. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | null>>;

type Level = keyof Logger;
type Line = readonly [level: Level, message: string, fields: LogFields];
type EventOf<Type extends ReceiverEvent['type']> = Extract<ReceiverEvent, { type: Type }>;

/**
 * Tells a structured logger of everything that happens in a receiver, one line per event. `createReceiver` does this by
 * itself for its option `logger`. What the logger throws is dropped: a full disk of logs must not cost a delivery.
 *
 * @example
 * ```js
 * const receiver = createReceiver({ …, observers: [logObserver(pino())] });
 * ```
 *
 * @throws {TypeError} when the logger lacks one of its four functions.
 */
export function logObserver(logger: Logger): Observer {
	for (const level of ['debug', 'info', 'warn', 'error'] as const) {
		if (typeof (logger as Partial<Logger> | null | undefined)?.[level] !== 'function') {
			throw new TypeError(
				`The logger needs the functions debug, info, warn and error, each called with (fields, message), as pino has them; this one has no ${level}.`,
			);
		}
	}
	return {
		event(event) {
			const [level, message, fields] = lineOf(event);
			try {
				const result: unknown = logger[level]({ event: event.type, ...fields }, message);
				// A logger that writes later may fail later.
				if (result instanceof Promise) result.catch(() => {});
			} catch {
				// There is nowhere left to say so.
			}
		},
	};
}

function lineOf(event: ReceiverEvent): Line {
	switch (event.type) {
		case 'started':
			return ['info', 'receiver started', { endpoints: event.endpoints }];
		case 'request':
			return lineOfRequest(event);
		case 'saved': {
			const { source, endpoint, id, duplicate, bytes } = event;
			return ['info', 'delivery saved', { source, endpoint, deliveryId: id, duplicate, bytes }];
		}
		case 'settled':
			return lineOfSettled(event);
		case 'claim_lost': {
			const { endpoint, id, attempt } = event;
			return ['warn', 'claim on a delivery lost', { endpoint, deliveryId: id, attempt }];
		}
		case 'fault': {
			const { stage, id, errorName } = event;
			return ['error', 'receiver fault', { stage, deliveryId: id, errorName }];
		}
	}
}

function lineOfRequest({ outcome, status, endpoint, id, bytes, milliseconds }: EventOf<'request'>): Line {
	const fields: LogFields = { outcome, status, endpoint, deliveryId: id, bytes, milliseconds: rounded(milliseconds) };
	switch (outcome) {
		case 'saved':
			return ['info', 'delivery saved', fields];
		case 'duplicate':
			return ['info', 'delivery saved before', fields];
		// These want a person: the sender did nothing wrong, and nothing is saved until somebody mends it.
		case 'inbox_unavailable':
		case 'internal_error':
		case 'body_already_read':
			return ['error', 'delivery not saved', fields];
		default:
			return ['warn', 'request refused', fields];
	}
}

const settledLines = {
	handled: ['info', 'delivery handled'],
	failed: ['warn', 'delivery failed, to be tried again'],
	dead: ['error', 'delivery failed for the last time'],
	quarantined: ['warn', 'delivery quarantined, it cannot be read'],
	released: ['debug', 'delivery given back, not begun'],
} as const satisfies Record<EventOf<'settled'>['state'], readonly [Level, string]>;

function lineOfSettled(event: EventOf<'settled'>): Line {
	const { state, endpoint, id, attempt, kind, modelId, errorName, codes, retryMilliseconds } = event;
	const [level, message] = settledLines[state];
	return [
		level,
		message,
		{
			state,
			endpoint,
			deliveryId: id,
			attempt,
			kind,
			modelId,
			milliseconds: rounded(event.milliseconds),
			ageMilliseconds: rounded(event.ageMilliseconds),
			errorName,
			retryMilliseconds: retryMilliseconds === null ? null : rounded(retryMilliseconds),
			codes,
		},
	];
}

/** To a thousandth: what comes behind it is noise. */
function rounded(milliseconds: number): number {
	return Math.round(milliseconds * 1_000) / 1_000;
}
