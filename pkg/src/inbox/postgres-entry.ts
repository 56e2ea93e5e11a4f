import { storable } from './checked.js';
import type { InboxFilter } from './inbox.js';
import { nowMs } from './postgres-schema.js';

/** What lies in the rows of table `delivery` themselves: it can be read whatever became of the pages of long values. */
export const shortColumns = `id, endpoint, encode(body_sha256, 'hex') AS body_sha256, body_bytes, remote_address, received_at,
	source, state, attempts, token, leased_by, due_at, (leased_by IS NOT NULL AND due_at > ${nowMs}) AS is_leased, settled_at,
	kind, inference_id, model_id, job_id, encoding`;

/** What `entryOf` needs. */
export const entryColumns = `${shortColumns}, headers, last_error, issues`;

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
