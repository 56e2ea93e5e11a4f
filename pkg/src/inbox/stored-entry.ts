import type { Issue, PayloadKind } from 'mindhook';
import { type DeliverySource, type DeliveryState, type ExpectedJob, type InboxEntry, InboxError } from './inbox.js';
import type { Owner, Vault } from './vault.js';

/** A row of an engine's tables; the names of their columns are the same in all of them. */
export type StoredRow = Readonly<Record<string, unknown>>;

/** What the columns hold that are JSON, and may be sealed. */
type Texts = Pick<InboxEntry, 'headers' | 'lastError' | 'issues'>;

/** Whose body and texts those of a row of `delivery` are. */
export function ownerOf(row: StoredRow): Owner {
	return {
		endpoint: String(row.endpoint),
		bodySha256: String(row.body_sha256),
		bodyBytes: Number(row.body_bytes),
	};
}

/**
 * The delivery of a row.
 *
 * @throws {InboxError} (as a rejection) `key` when a key is not there, `damaged` when a text is not what was stored.
 */
export async function entryOf(row: StoredRow, vault: Vault, isLeased: boolean): Promise<InboxEntry> {
	const read = async (column: string): Promise<unknown> => {
		const stored = textOrNull(row[column]);
		return stored === null ? null : jsonOf(column, await vault.loadText(ownerOf(row), column, stored));
	};
	const headers = (await read('headers')) ?? {};
	const lastError = await read('last_error');
	const issues = (await read('issues')) ?? [];
	if (typeof headers !== 'object' || Array.isArray(headers)) throw notStored('headers');
	if (lastError !== null && typeof lastError !== 'string') throw notStored('last_error');
	if (!Array.isArray(issues)) throw notStored('issues');
	return entryWith(row, isLeased, {
		headers: headers as Record<string, string>,
		lastError,
		issues: issues as Issue[],
	});
}

/** The same for a list, which is not to fail for one of its rows: of one that cannot be read it says so. */
export async function listedEntryOf(row: StoredRow, vault: Vault, isLeased: boolean): Promise<InboxEntry> {
	try {
		return await entryOf(row, vault, isLeased);
	} catch (error) {
		if (!(error instanceof InboxError)) throw error;
		return unreadableEntryOf(row, isLeased, error.message);
	}
}

/** What a row says without its texts, and why it is without them. */
export function unreadableEntryOf(row: StoredRow, isLeased: boolean, unreadable: string): InboxEntry {
	return { ...entryWith(row, isLeased, { headers: {}, lastError: null, issues: [] }), unreadable };
}

export function jobOf(row: StoredRow): ExpectedJob {
	return {
		jobId: String(row.job_id),
		endpoint: String(row.endpoint),
		modelId: textOrNull(row.model_id),
		enqueuedAt: new Date(Number(row.enqueued_at)),
		attempts: Number(row.attempts),
		lastError: textOrNull(row.last_error),
	};
}

export function textOrNull(value: unknown): string | null {
	return typeof value === 'string' ? value : null;
}

function entryWith(row: StoredRow, isLeased: boolean, texts: Texts): InboxEntry {
	const state = row.state as DeliveryState;
	const dueAt = dateOrNull(row.due_at);
	return {
		id: Number(row.id),
		...ownerOf(row),
		remoteAddress: textOrNull(row.remote_address),
		receivedAt: new Date(Number(row.received_at)),
		source: row.source as DeliverySource,
		state,
		attempts: Number(row.attempts),
		nextAttemptAt: state === 'failed' ? dueAt : null,
		settledAt: dateOrNull(row.settled_at),
		leasedBy: isLeased ? textOrNull(row.leased_by) : null,
		leasedUntil: isLeased ? dueAt : null,
		...texts,
		kind: textOrNull(row.kind) as PayloadKind | null,
		inferenceId: textOrNull(row.inference_id),
		modelId: textOrNull(row.model_id),
		jobId: textOrNull(row.job_id),
	};
}

function jsonOf(column: string, text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		throw notStored(column, error);
	}
}

function notStored(column: string, cause?: unknown): InboxError {
	return new InboxError('damaged', `The stored ${column} is not what was saved.`, cause);
}

function dateOrNull(value: unknown): Date | null {
	return value === null || value === undefined ? null : new Date(Number(value));
}
