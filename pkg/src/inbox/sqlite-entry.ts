import type { SQLOutputValue } from 'node:sqlite';
import type { Issue, PayloadKind } from 'mindhook';
import type { DeliverySource, DeliveryState, InboxEntry } from './inbox.js';

export type Row = Record<string, SQLOutputValue>;

/** What {@link entryOf} needs of table `delivery`. */
export const entryColumns = `id, endpoint, lower(hex(body_sha256)) AS body_sha256, body_bytes, headers, remote_address,
	received_at, source, state, attempts, token, leased_by, due_at, settled_at, last_error, issues, kind, inference_id, model_id,
	job_id, encoding`;

/** The columns that hold JSON, which may be sealed. */
export const textColumns = ['headers', 'last_error', 'issues'] as const;
export type TextColumn = (typeof textColumns)[number];
export type Texts = Record<TextColumn, string | null>;

/** The delivery of a row, as it is at `now`; `texts` is what its {@link textColumns} hold, opened. */
export function entryOf(row: Row, texts: Texts, now: number): InboxEntry {
	const state = row.state as DeliveryState;
	const dueAt = dateOrNull(row.due_at);
	const isLeased = row.leased_by !== null && dueAt !== null && dueAt.getTime() > now;
	return {
		id: Number(row.id),
		endpoint: String(row.endpoint),
		bodySha256: String(row.body_sha256),
		bodyBytes: Number(row.body_bytes),
		headers: JSON.parse(texts.headers ?? '{}') as Record<string, string>,
		remoteAddress: textOrNull(row.remote_address),
		receivedAt: new Date(Number(row.received_at)),
		source: row.source as DeliverySource,
		state,
		attempts: Number(row.attempts),
		nextAttemptAt: state === 'failed' ? dueAt : null,
		settledAt: dateOrNull(row.settled_at),
		leasedBy: isLeased ? textOrNull(row.leased_by) : null,
		leasedUntil: isLeased ? dueAt : null,
		lastError: texts.last_error === null ? null : (JSON.parse(texts.last_error) as string),
		issues: JSON.parse(texts.issues ?? '[]') as Issue[],
		kind: textOrNull(row.kind) as PayloadKind | null,
		inferenceId: textOrNull(row.inference_id),
		modelId: textOrNull(row.model_id),
		jobId: textOrNull(row.job_id),
	};
}

function dateOrNull(value: SQLOutputValue | undefined): Date | null {
	return value === null || value === undefined ? null : new Date(Number(value));
}

export function textOrNull(value: SQLOutputValue | undefined): string | null {
	return typeof value === 'string' ? value : null;
}
