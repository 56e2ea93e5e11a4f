import type { Claim, NewDelivery } from 'mindhook/inbox';
import type { Delivery } from './delivery.js';

/** A delivery that this process has claimed. */
export class Job {
	claim: Claim;
	/** As it was counted when it was claimed; before a last attempt ends, as the inbox counts it then. */
	attempt: number;
	readonly body: Uint8Array;
	/** As `onPayload` gets it. */
	readonly delivery: Delivery;
	/** By `performance.now()`. */
	readonly claimedAt: number;
	/** The same clock; what the inbox reserved may last a little longer, never shorter. */
	leasedUntil: number;
	phase: 'waiting' | 'running' | 'settling' | 'over' = 'waiting';
	/** It was claimed as it was saved, and not from the inbox. */
	isReceived = false;
	/** The claim counts no more: nothing is to be noted. */
	isLost = false;
	/** Set while `onPayload` runs: ends the attempt without it. */
	cut: (() => void) | null = null;
	#controller: AbortController | null = null;
	#reason: unknown = null;

	/** @param askedAt when the claim was asked for, by `performance.now()` */
	constructor(
		claim: Claim,
		attempt: number,
		delivery: Required<NewDelivery>,
		askedAt: number,
		leaseMilliseconds: number,
	) {
		this.claim = claim;
		this.attempt = attempt;
		this.body = delivery.body;
		this.claimedAt = askedAt;
		this.leasedUntil = askedAt + leaseMilliseconds;
		const { endpoint, receivedAt, headers, remoteAddress, source } = delivery;
		const signalOf = (): AbortSignal => this.#signal;
		this.delivery = {
			id: claim.id,
			endpoint,
			receivedAt,
			headers,
			remoteAddress,
			source,
			attempt,
			// Made when it is asked for: few handlers do.
			get signal() {
				return signalOf();
			},
		};
	}

	/** Goes on under a newer claim of this process; `false` when it was given up, or is being noted under the older one. */
	renew(claim: Claim, leasedUntil: number): boolean {
		if (this.isLost || (this.phase !== 'waiting' && this.phase !== 'running')) return false;
		this.claim = claim;
		this.leasedUntil = leasedUntil;
		return true;
	}

	get isAborted(): boolean {
		return this.#reason !== null;
	}

	/** Tells `onPayload` that its work is not wanted any more. Only the first reason counts. */
	abort(reason: Error | DOMException): void {
		if (this.#reason !== null) return;
		this.#reason = reason;
		this.#controller?.abort(reason);
	}

	get #signal(): AbortSignal {
		if (this.#controller === null) {
			this.#controller = new AbortController();
			if (this.#reason !== null) this.#controller.abort(this.#reason);
		}
		return this.#controller.signal;
	}
}
