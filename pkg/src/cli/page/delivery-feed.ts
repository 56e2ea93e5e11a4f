/** What deliveries are shown from. */
import type { DeliveryState } from 'mindhook/inbox';
import type { LiveEvent, ShownDelivery } from './live-protocol.js';

/** Which deliveries are listed: those with a smaller number than `before`, newest first. */
export interface FeedQuery {
	readonly before?: number;
	readonly limit: number;
	readonly states: readonly DeliveryState[];
}

/** A place where deliveries are, and where more come: an inbox, or whatever else has numbered bodies. */
export interface DeliveryFeed {
	list(query: FeedQuery): Promise<ShownDelivery[]>;
	/** The exact bytes of one; `null` where it is not there. */
	body(id: number): Promise<Uint8Array | null>;
	/** Since when requests that leave no new delivery are told; `null` where they are not. */
	readonly requestsSince: Date | null;
	/** How things stand now beside the list: for readers that heard nothing of what was told before. */
	standing(): LiveEvent[];
	/**
	 * Tells what happens from the moment that the promise resolves until what it resolves to is called. It must not throw
	 * because a look fails: that is an event too.
	 */
	follow(tell: (event: LiveEvent) => void): Promise<() => void>;
}
