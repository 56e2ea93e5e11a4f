import type { Issue, PayloadKind } from 'mindhook';

/**
 * Where a delivery stands.
 *
 * - `received`: saved, not yet handled;
 * - `handled`: `onPayload` has finished with it;
 * - `failed`: `onPayload` threw, rejected or took too long; `lastError` says what, `nextAttemptAt` when it is tried again;
 * - `dead`: it failed as often as it may, and is left alone until somebody asks for a retry;
 * - `quarantined`: signed, but it cannot be read; `issues` says why.
 */
export type DeliveryState = 'received' | 'handled' | 'failed' | 'dead' | 'quarantined';

/** How a delivery came: posted and signed by the platform, or fetched by us because it did not come. */
export type DeliverySource = 'webhook' | 'reconcile';

/** What is given to {@link Inbox.save}. */
export interface NewDelivery {
	/** The webhook endpoint it came to; the same body at two endpoints is two deliveries. */
	endpoint: string;
	/** The bytes of the request, exactly as they came. */
	body: Uint8Array;
	/** The headers worth keeping, names in lower case. */
	headers?: Readonly<Record<string, string>>;
	remoteAddress?: string | null;
	/** Default: now. */
	receivedAt?: Date;
	/** Default: `webhook`. */
	source?: DeliverySource;
}

/** For how long, and for whom, a delivery is reserved. Over, another worker may take it up. */
export interface Lease {
	/** Who holds it: a text that no other worker has. For people; the {@link Claim} is what proves it. */
	owner: string;
	milliseconds: number;
}

/**
 * The right to work on a delivery, and the proof of it: whoever lost the lease meanwhile has a claim that no longer counts.
 * Each claim is an attempt, counted before the work begins, so that a payload that ends the process is not tried for ever.
 */
export interface Claim {
	readonly id: number;
	/** Grows with each claim of this delivery. */
	readonly token: number;
}

/** The answer of {@link Inbox.save}. */
export interface SaveResult {
	/** The delivery's number in this inbox; for a duplicate, that of the first one. */
	id: number;
	/** Whether the same body had been saved for the same endpoint before. */
	duplicate: boolean;
	/** The first claim, where a lease was asked for and this is no duplicate. */
	claim: Claim | null;
}

/** What is known of a payload once it has been read. */
export interface ParsedAs {
	kind: PayloadKind;
	inferenceId: string | null;
	modelId: string | null;
	jobId: string | null;
}

/** A saved delivery, without its body. */
export interface InboxEntry {
	readonly id: number;
	readonly endpoint: string;
	/** SHA-256 of the body, in lower-case hex. */
	readonly bodySha256: string;
	/** Length of the body in bytes. */
	readonly bodyBytes: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly remoteAddress: string | null;
	readonly receivedAt: Date;
	readonly source: DeliverySource;
	readonly state: DeliveryState;
	/** How often it was begun to handle it, the attempt that runs now included; from the last retry on, where one was asked for. */
	readonly attempts: number;
	/** When it is tried again; `null` unless it is `failed`. */
	readonly nextAttemptAt: Date | null;
	/** When it left `received` and `failed` for `handled`, `dead` or `quarantined`; `null` before. */
	readonly settledAt: Date | null;
	/** Who works on it now, and until when it is reserved; `null` when nobody does. */
	readonly leasedBy: string | null;
	readonly leasedUntil: Date | null;
	/** What the last attempt failed with. */
	readonly lastError: string | null;
	/** Why it is quarantined; empty in every other state. */
	readonly issues: readonly Issue[];
	/** `null` until the payload has been read; so are the next three. */
	readonly kind: PayloadKind | null;
	readonly inferenceId: string | null;
	readonly modelId: string | null;
	readonly jobId: string | null;
	/** Only in a list, and only where its headers, error and issues cannot be read: why they are missing here. */
	readonly unreadable?: string;
}

/** A saved delivery with its body. */
export interface InboxEntryWithBody extends InboxEntry {
	/** The bytes, exactly as they came. */
	readonly body: Uint8Array;
}

/** A delivery to work on, as {@link Inbox.claim} gives it. */
export interface ClaimedDelivery extends InboxEntryWithBody {
	readonly claim: Claim;
}

/** What {@link Inbox.claim} is asked for. */
export interface ClaimRequest {
	/** Only deliveries to these endpoints; default: to any. */
	endpoints?: readonly string[];
	/** At most so many. */
	limit: number;
	/**
	 * No more once their bodies have so many bytes together; the first is given whatever its size. Default 64 MiB.
	 */
	bytes?: number;
	/**
	 * Of those that are `received` although so many attempts are counted, at most `limit`; default: as many as there are. Whoever
	 * had them died every time. One of them may be why, and each that is claimed beside it is counted an attempt more as it
	 * happens again. What is due behind them is given all the same. Every inbox has to heed it.
	 */
	unended?: { readonly attempts: number; readonly limit: number };
	lease: Lease;
}

/** How the work on a claimed delivery ended. */
export type Settlement =
	/** `onPayload` has finished with it. */
	| { readonly state: 'handled'; readonly parsed: ParsedAs }
	/** `onPayload` failed; it is tried again after so many milliseconds, by the inbox's clock. */
	| {
			readonly state: 'failed';
			readonly error: string;
			readonly retryMilliseconds: number;
			readonly parsed?: ParsedAs | undefined;
	  }
	/** `onPayload` failed for the last time. */
	| { readonly state: 'dead'; readonly error: string; readonly parsed?: ParsedAs | undefined }
	/** The body cannot be read as a payload. */
	| { readonly state: 'quarantined'; readonly issues: readonly Issue[] }
	/**
	 * Nothing was begun: the attempt is not counted, and anyone may claim it at once. Where another has claimed it meanwhile and
	 * it is not settled yet, this attempt is taken back all the same, and nothing else is changed; so it is to be noted once.
	 */
	| { readonly state: 'released' };

/** Which deliveries {@link Inbox.list} gives; each key narrows the list. */
export interface InboxFilter {
	ids?: readonly number[];
	endpoint?: string;
	state?: DeliveryState | readonly DeliveryState[];
	source?: DeliverySource;
	kind?: PayloadKind;
	inferenceId?: string;
	modelId?: string;
	jobId?: string;
	/** Received at this moment or later. */
	receivedSince?: Date;
	/** Received before this moment. */
	receivedBefore?: Date;
	/** Only deliveries with a smaller `id`: the last `id` of one page gives the next. */
	before?: number;
	/** At most so many. Default 100. */
	limit?: number;
}

/** What is in an inbox. */
export interface InboxStats {
	/** How many deliveries there are of each state; every state is listed. */
	readonly deliveries: Readonly<Record<DeliveryState, number>>;
	/** The bytes of all bodies, as they came. */
	readonly bodyBytes: number;
	/** What the storage takes, in bytes, its logs and indexes included. */
	readonly storedBytes: number;
	/** When the oldest delivery came that is `received` or `failed`; `null` when none waits. */
	readonly oldestWaitingAt: Date | null;
	/** Jobs that were enqueued and whose result is not here yet. */
	readonly expectedJobs: number;
}

/** What {@link Inbox.prune} removes: deliveries of `states` that are too old, then the oldest of them until the rest fits. */
export interface PrunePolicy {
	/** Settled (or, for other states, received) before this moment. */
	olderThan?: Date;
	/** Bodies of all deliveries together may have so many bytes. */
	bodyBytesMax?: number;
	/** Default: `handled` alone. What is not yet handled is removed only where it is named. */
	states?: readonly DeliveryState[];
	/** Counts, and removes nothing. */
	dryRun?: boolean;
}

/** What was removed, or would be. */
export interface PruneResult {
	readonly deliveries: number;
	readonly bodyBytes: number;
}

/** Something in the storage that is not as it was written. */
export interface InboxProblem {
	/** The delivery's number; `null` where it is no single delivery. */
	readonly id: number | null;
	readonly message: string;
}

/** Told how far a long piece of work is. `total` is `null` where it is not known. */
export type OnProgress = (done: number, total: number | null) => void;

/** A job that was enqueued, whose result should come. */
export interface ExpectedJob {
	readonly jobId: string;
	readonly endpoint: string;
	readonly modelId: string | null;
	readonly enqueuedAt: Date;
	/** How often it was claimed to ask for its result, this time included. */
	readonly attempts: number;
	readonly lastError: string | null;
}

/**
 * What became of an expected job: its delivery came; we fetched it; it is lost, and why; or it has to be asked for again.
 */
export type JobSettlement =
	| { readonly state: 'arrived' }
	| { readonly state: 'fetched' }
	| { readonly state: 'lost'; readonly error: string }
	| { readonly state: 'waiting'; readonly error: string | null; readonly retryMilliseconds: number };

/**
 * Durable storage for deliveries, and the queue of those that wait to be handled. Open one with `openInbox`.
 *
 * Every method that writes resolves only when what it wrote would survive the end of this process. Every method may be
 * called by several processes on the same storage at a time. All of them reject with an {@link InboxError} when the storage
 * fails or is closed.
 */
export interface Inbox {
	/**
	 * Saves a delivery, once per endpoint and body. With a lease it is claimed by the same write, unless it is a duplicate.
	 * When it rejects, nothing is left behind.
	 */
	save(delivery: NewDelivery, lease?: Lease): Promise<SaveResult>;
	/** One delivery with its bytes, which have been compared with their hash; `null` where there is none of that number. */
	read(id: number): Promise<InboxEntryWithBody | null>;
	/** Deliveries without their bytes, newest first. */
	list(filter?: InboxFilter): Promise<InboxEntry[]>;

	/**
	 * Deliveries that are due, oldest first: `received`, or `failed` and to be tried again now, and reserved by nobody. Each is
	 * given to one caller only until its lease is over. Fewer than there are, where reading them would take more than a third of
	 * that. What cannot be read is put aside: `dead` where it is not what was saved, `failed` where its key is not here or the
	 * storage does not give it.
	 */
	claim(request: ClaimRequest): Promise<ClaimedDelivery[]>;
	/** Holds on to claims for another `lease.milliseconds`; gives the numbers of those that are still the caller's. */
	extend(claims: readonly Claim[], lease: Lease): Promise<number[]>;
	/**
	 * Notes how the work ended and lets go. `false` when the claim no longer counts; nothing is changed then, but for the count of
	 * attempts where nothing was begun.
	 */
	settle(claim: Claim, settlement: Settlement): Promise<boolean>;

	/** Makes deliveries `received` again, with no attempt counted, unless somebody works on them now. Gives how many. */
	retry(filter: Omit<InboxFilter, 'before' | 'limit'>): Promise<number>;
	/** Removes deliveries in small steps, between which others can write; what somebody works on stays. */
	prune(policy: PrunePolicy, onProgress?: OnProgress): Promise<PruneResult>;
	/** Gives back the space of what was removed, in small steps, and compresses bodies that are handled, where that pays. */
	vacuum(onProgress?: OnProgress): Promise<void>;
	/** Reads everything: the storage's own structure, and whether each body still has its hash. */
	check(onProgress?: OnProgress): AsyncIterable<InboxProblem>;
	stats(): Promise<InboxStats>;
	/** Resolves when the storage takes writes, and rejects when it does not; nothing stays of what it tried. */
	ready(): Promise<void>;

	/** Notes a job whose result should come. Once per job. */
	expectJob(job: { jobId: string; endpoint: string; modelId?: string | null; enqueuedAt?: Date }): Promise<void>;
	/**
	 * Expected jobs that were enqueued longer ago than that and have no delivery here, oldest first. Each is reserved for
	 * `leaseMilliseconds`; those whose delivery has come are noted as `arrived` and not given.
	 */
	claimOverdueJobs(request: {
		overdueMilliseconds: number;
		limit: number;
		leaseMilliseconds: number;
	}): Promise<ExpectedJob[]>;
	/** Notes what became of an expected job. */
	settleJob(jobId: string, settlement: JobSettlement): Promise<void>;

	/** Finishes the writes that wait, then lets go of the storage. May be called twice. */
	close(): Promise<void>;
}

/** Why an inbox could not do its work. */
export type InboxErrorCode =
	/** The URL names no engine that exists, or no file. */
	| 'url'
	/** What the engine needs is not here: a newer Node.js, or a package. */
	| 'runtime'
	/** The key is missing, wrong, or not a key. */
	| 'key'
	/** The storage cannot be opened or read, or is not an inbox. */
	| 'open'
	/** Another process kept the storage locked for too long. */
	| 'busy'
	/** The storage took no write: disk full, read-only, … */
	| 'write'
	/** What is stored is not what was written. */
	| 'damaged'
	/** The inbox has been closed. */
	| 'closed'
	/** There is no delivery of that number. */
	| 'not_found';

/** An inbox could not do its work; `code` says why, `cause` holds the engine's own error. */
export class InboxError extends Error {
	override readonly name = 'InboxError';
	readonly code: InboxErrorCode;

	constructor(code: InboxErrorCode, message: string, cause?: unknown) {
		super(message, cause === undefined ? undefined : { cause });
		this.code = code;
	}
}
