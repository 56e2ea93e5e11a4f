import type { PayloadKind } from 'mindhook';
import type { DeliverySource } from 'mindhook/inbox';
import type { Stage } from './delivery.js';
import type { OutcomeName } from './outcome.js';

/**
 * What happens in a receiver, as it is told to logs, metrics and traces. No event holds a payload value, a secret, or the
 * text of an error: those are in the inbox, for whoever may look there.
 */
export type ReceiverEvent =
	/** A receiver was made; the first event of each. */
	| { readonly type: 'started'; readonly endpoints: readonly string[] }
	/** A request was answered. */
	| {
			readonly type: 'request';
			readonly outcome: OutcomeName;
			readonly status: number;
			/** `null` where the request was refused before its endpoint was known. */
			readonly endpoint: string | null;
			/** The delivery's number in the inbox, for `saved` and `duplicate`. */
			readonly id: number | null;
			/** Length of the body, where all of it was read. */
			readonly bytes: number | null;
			/** From the first look at the request to its outcome. */
			readonly milliseconds: number;
	  }
	/** A delivery came by another way than a request, and was saved. */
	| {
			readonly type: 'saved';
			readonly source: DeliverySource;
			readonly endpoint: string;
			readonly id: number;
			readonly duplicate: boolean;
			readonly bytes: number;
	  }
	/** The work on a delivery ended. */
	| {
			readonly type: 'settled';
			readonly state: 'handled' | 'failed' | 'dead' | 'quarantined' | 'released';
			readonly endpoint: string;
			readonly id: number;
			readonly attempt: number;
			/** What was read; `null` where it could not be. */
			readonly kind: PayloadKind | null;
			readonly modelId: string | null;
			/** From the claim to its end. */
			readonly milliseconds: number;
			/** From the receipt to the end. */
			readonly ageMilliseconds: number;
			/** The class of what was thrown, as `TypeError`; `null` where nothing was. */
			readonly errorName: string | null;
			/** For `failed`: after how long it is tried again. */
			readonly retryMilliseconds: number | null;
			/** For `quarantined`: the codes of its issues, each once. */
			readonly codes: readonly string[];
	  }
	/** The claim on a delivery was lost while it was worked on: another worker has it now. */
	| { readonly type: 'claim_lost'; readonly endpoint: string; readonly id: number; readonly attempt: number }
	/** Something behind the answer went wrong. */
	| { readonly type: 'fault'; readonly stage: Stage; readonly id: number | null; readonly errorName: string };

/** Who is told of what happens. What it throws is reported and changes nothing. */
export interface Observer {
	event?(event: ReceiverEvent): void;
	/**
	 * Runs a piece of work, so that a trace can stand around it: `receive` a request (no attributes, gives the `Outcome`), or
	 * `handle` a delivery (attributes `endpoint`, `id`, `attempt`, `bytes`). It has to call `work` once and give what that
	 * gives. The event `request` or `settled` that belongs to the work is told within it.
	 */
	around?<Result>(
		name: 'receive' | 'handle',
		attributes: Readonly<Record<string, string | number>>,
		work: () => Promise<Result>,
	): Promise<Result>;
}
