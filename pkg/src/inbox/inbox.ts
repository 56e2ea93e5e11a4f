import type { Issue, PayloadKind } from 'mindhook';

/**
 * Where a delivery stands.
 *
 * - `received`: saved, not yet handled;
 * - `handled`: `onPayload` has finished with it;
 * - `failed`: `onPayload` threw or rejected; `lastError` says what;
 * - `quarantined`: signed, but it cannot be read; `issues` says why.
 */
export type DeliveryState = 'received' | 'handled' | 'failed' | 'quarantined';

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
}

/** The answer of {@link Inbox.save}. */
export interface SaveResult {
	/** The delivery's number in this inbox; for a duplicate, that of the first one. */
	id: number;
	/** Whether the same body had been saved for the same endpoint before. */
	duplicate: boolean;
}

/** What is known of a payload once it has been read. */
export interface ParsedAs {
	kind: PayloadKind;
	inferenceId: string | null;
	modelId: string | null;
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
	readonly state: DeliveryState;
	/** How often `onPayload` has been run to its end for this delivery. */
	readonly attempts: number;
	/** What the last attempt failed with. */
	readonly lastError: string | null;
	/** Why it is quarantined; empty in every other state. */
	readonly issues: readonly Issue[];
	/** `null` until the payload has been read; so are the next two. */
	readonly kind: PayloadKind | null;
	readonly inferenceId: string | null;
	readonly modelId: string | null;
}

/** A saved delivery with its body. */
export interface InboxEntryWithBody extends InboxEntry {
	/** The bytes, exactly as they came. */
	readonly body: Uint8Array;
}

/** Which deliveries {@link Inbox.list} gives; each key narrows the list. */
export interface InboxFilter {
	endpoint?: string;
	state?: DeliveryState;
	kind?: PayloadKind;
	/** Only deliveries with a smaller `id`: the last `id` of one page gives the next. */
	before?: number;
	/** At most so many. Default 100. */
	limit?: number;
}

/**
 * Durable storage for deliveries. Open one with `openInbox`.
 *
 * Every method that writes resolves only when what it wrote would survive the end of this process.
 */
export interface Inbox {
	/**
	 * Saves a delivery, once per endpoint and body. Safe against other processes on the same inbox.
	 *
	 * @throws {InboxError} (as a rejection) when it could not be saved; nothing is left behind then.
	 */
	save(delivery: NewDelivery): Promise<SaveResult>;
	/** One delivery with its bytes; `null` where there is none of that number. */
	read(id: number): Promise<InboxEntryWithBody | null>;
	/** Deliveries without their bytes, newest first. */
	list(filter?: InboxFilter): Promise<InboxEntry[]>;
	/** Numbers of the deliveries that are `received` and wait to be handled, oldest first. */
	pending(filter?: { endpoint?: string }): Promise<number[]>;
	/** `onPayload` has finished with it. Counts an attempt. */
	markHandled(id: number, parsed: ParsedAs): Promise<void>;
	/** `onPayload` failed. Counts an attempt. */
	markFailed(id: number, error: string, parsed?: ParsedAs): Promise<void>;
	/** The body cannot be read as a payload. */
	markQuarantined(id: number, issues: readonly Issue[]): Promise<void>;
	/** Finishes the writes that wait, then lets go of the storage. May be called twice. */
	close(): Promise<void>;
}

/** Why an inbox could not do its work. */
export type InboxErrorCode =
	/** The URL names no engine that exists, or no file. */
	| 'url'
	/** This Node.js has no `node:sqlite`. */
	| 'runtime'
	/** The storage cannot be opened, or is not an inbox. */
	| 'open'
	/** Another process kept the storage locked for too long. */
	| 'busy'
	/** The storage took no write: disk full, read-only, damaged, … */
	| 'write'
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
