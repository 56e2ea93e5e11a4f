import type { Issue, PayloadKind } from 'mindhook';
import { storable } from './checked.js';
import type { DeliverySource, DeliveryState, ExpectedJob, InboxEntry, InboxFilter } from './inbox.js';
import type { Row } from './postgres-database.js';
import { nowMs } from './postgres-schema.js';

/** What {@link entryOf} needs of table `delivery`. */
export const entryColumns = `id, endpoint, encode(body_sha256, 'hex') AS body_sha256, body_bytes, headers, remote_address,
	received_at, source, state, attempts, token, leased_by, due_at, (leased_by IS NOT NULL AND due_at > ${nowMs}) AS is_leased,
	settled_at, last_error, issues, kind, inference_id, model_id, job_id, encoding`;

/** The columns that hold JSON, which may be sealed. */
export const textColumns = ['headers', 'last_error', 'issues'] as const;
export type Texts = Record<(typeof textColumns)[number], string | null>;

/** The delivery of a row; `texts` is what its {@link textColumns} hold, opened. */
export function entryOf(row: Row, texts: Texts): InboxEntry {
	const state = row.state as DeliveryState;
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
		nextAttemptAt: state === 'failed' ? dateOrNull(row.due_at) : null,
		settledAt: dateOrNull(row.settled_at),
		leasedBy: row.is_leased ? textOrNull(row.leased_by) : null,
		leasedUntil: row.is_leased ? dateOrNull(row.due_at) : null,
		lastError: texts.last_error === null ? null : (JSON.parse(texts.last_error) as string),
		issues: JSON.parse(texts.issues ?? '[]') as Issue[],
		kind: textOrNull(row.kind) as PayloadKind | null,
		inferenceId: textOrNull(row.inference_id),
		modelId: textOrNull(row.model_id),
		jobId: textOrNull(row.job_id),
	};
}

export function jobOf(row: Row): ExpectedJob {
	return {
		jobId: String(row.job_id),
		endpoint: String(row.endpoint),
		modelId: textOrNull(row.model_id),
		enqueuedAt: new Date(Number(row.enqueued_at)),
		attempts: Number(row.attempts),
		lastError: textOrNull(row.last_error),
	};
}

/** Values for the placeholders of a statement; `add` gives the placeholder. */
export class Values {
	readonly list: unknown[] = [];

	add(value: unknown): string {
		return `$${this.list.push(value)}`;
	}
}

/** The conditions of a filter on table `delivery`, joined by AND. */
export function conditionsOf(filter: InboxFilter, values: Values): string {
	const conditions: string[] = [];
	const where = (before: string, value: unknown, after = ''): void => {
		if (value !== undefined) conditions.push(`${before}${values.add(value)}${after}`);
	};
	const states = typeof filter.state === 'string' ? [filter.state] : filter.state;
	where('id = ANY (', filter.ids?.filter(Number.isSafeInteger), '::bigint[])');
	where('endpoint = ', filter.endpoint && storable(filter.endpoint));
	where('state = ANY (', states, '::text[])');
	where('source = ', filter.source);
	where('kind = ', filter.kind);
	where('inference_id = ', filter.inferenceId && storable(filter.inferenceId));
	where('model_id = ', filter.modelId && storable(filter.modelId));
	where('job_id = ', filter.jobId && storable(filter.jobId));
	where('received_at >= ', filter.receivedSince?.getTime());
	where('received_at < ', filter.receivedBefore?.getTime());
	where('id < ', filter.before, '::float8');
	return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

function dateOrNull(value: unknown): Date | null {
	return value === null || value === undefined ? null : new Date(Number(value));
}

export function textOrNull(value: unknown): string | null {
	return typeof value === 'string' ? value : null;
}
