/** What the page and the server that offers files and deliveries say to each other: types alone. */
import type { PayloadKind } from 'mindhook';
import type { DeliveryState, DeliverySource as Origin } from 'mindhook/inbox';

/** What a server offers: `GET api/shelf`. */
export interface ShelfOffer {
	readonly files: readonly OfferedFile[];
	/** Whether there are deliveries to list and to follow. */
	readonly deliveries: boolean;
	/** Since when requests that leave no new delivery are told, ISO 8601, UTC; `null` where only the receiver knows of them. */
	readonly requestsSince: string | null;
}

/** A file that was named on the command line; its bytes: `GET api/files/INDEX`, with `?head` the first 16 KiB of them. */
export interface OfferedFile {
	readonly index: number;
	/** Without its folders. */
	readonly name: string;
	/** As it was named. */
	readonly path: string;
	readonly bytes: number;
}

/** Why bytes cannot be had, as `{ "fault": … }` in the answer. */
export type BytesFault = 'gone' | 'denied' | 'unreadable';

/** A delivery in the list: `GET api/deliveries`. Its body: `GET api/deliveries/ID`. */
export interface ShownDelivery {
	readonly id: number;
	readonly state: DeliveryState;
	/** `null` until it has been read. */
	readonly kind: PayloadKind | null;
	readonly endpoint: string;
	readonly source: Origin;
	/** ISO 8601, UTC. */
	readonly receivedAt: string;
	readonly bytes: number;
	readonly attempts: number;
	readonly nextAttemptAt: string | null;
	readonly lastError: string | null;
	readonly inferenceId: string | null;
	/** How often it came again since requests are told. */
	readonly repeats: number;
}

/** `GET api/deliveries?before=ID&limit=N&state=STATE&state=…`: newest first. */
export interface DeliveryPage {
	readonly deliveries: readonly ShownDelivery[];
	/** Whether there are older ones. */
	readonly more: boolean;
}

/** A request that was answered without a new delivery: refused, or one that was saved before. */
export interface ShownRequest {
	/** ISO 8601, UTC. */
	readonly time: string;
	readonly outcome: string;
	readonly status: number;
	readonly endpoint: string | null;
	/** The delivery that a duplicate repeats. */
	readonly id: number | null;
	readonly bytes: number | null;
}

/** The events of `GET api/events`, by name. */
export interface LiveEvents {
	/** Deliveries that came or changed. */
	deliveries: readonly ShownDelivery[];
	request: ShownRequest;
	/** The latest requests, newest first: they replace those that were told before. */
	requests: readonly ShownRequest[];
	/**
	 * Something was missed, or this is the beginning: the list has to be read anew. A trouble that was told before is over; one
	 * that lasts is told again.
	 */
	gap: null;
	/** The storage cannot be read now; the next `gap` or `deliveries` is the end of it. */
	trouble: { readonly message: string };
}

/** One of them. */
export type LiveEvent = {
	[Name in keyof LiveEvents]: { readonly name: Name; readonly data: LiveEvents[Name] };
}[keyof LiveEvents];
