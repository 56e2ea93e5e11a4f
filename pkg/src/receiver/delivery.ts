import type { Issue } from 'mindhook';
import type { DeliverySource } from 'mindhook/inbox';

/** What is known of a delivery beside its payload. */
export interface Delivery {
	/** Its number in the inbox. */
	readonly id: number;
	readonly endpoint: string;
	readonly receivedAt: Date;
	/** The headers that were kept, names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly remoteAddress: string | null;
	/** How it came. */
	readonly source: DeliverySource;
	/** 1 the first time, 2 when it had failed once, … */
	readonly attempt: number;
	/**
	 * Aborted when the work is not wanted any more: it takes longer than `limits.handlerMilliseconds` (the reason is a
	 * `TimeoutError`), another process has the delivery now, or the receiver closes.
	 */
	readonly signal: AbortSignal;
}

/** What the receiver was doing when something went wrong. */
export type Stage =
	/** Taking a request: nothing was saved, the sender was answered 503. */
	| 'receive'
	/** Asking the inbox for deliveries to work on; it is asked again. */
	| 'claim'
	/** Reading the payload: the delivery is quarantined. */
	| 'parse'
	/** Running `onPayload`: the delivery is `failed`, or `dead`. */
	| 'handle'
	/** Noting a delivery's state, or holding on to it: it is handled again if that cannot be mended. */
	| 'inbox'
	/** Telling an observer. */
	| 'observe';

/** Where an error happened. */
export interface ErrorContext {
	readonly stage: Stage;
	/** The delivery's number in the inbox, where there is one. */
	readonly id: number | null;
	/** For the stage `parse`: what is wrong with the payload. */
	readonly issues: readonly Issue[];
}

/** Takes what went wrong behind the answer. Never throws. */
export type ReportError = (error: unknown, stage: Stage, id: number | null, issues?: readonly Issue[]) => void;
