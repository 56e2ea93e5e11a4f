import type { SQLInputValue } from 'node:sqlite';
import type { InboxFilter } from './inbox.js';

/** The conditions of a filter on table `delivery`, joined by AND, and the values of their placeholders. */
export function conditionsOf(filter: InboxFilter): { sql: string; values: SQLInputValue[] } {
	const conditions: string[] = [];
	const values: SQLInputValue[] = [];
	const where = (condition: string, value: SQLInputValue | undefined): void => {
		if (value === undefined) return;
		conditions.push(condition);
		values.push(value);
	};
	const states = typeof filter.state === 'string' ? [filter.state] : filter.state;
	where('id IN (SELECT value FROM json_each(?))', filter.ids && JSON.stringify(filter.ids));
	where('endpoint = ?', filter.endpoint);
	where('state IN (SELECT value FROM json_each(?))', states && JSON.stringify(states));
	where('source = ?', filter.source);
	where('kind = ?', filter.kind);
	where('inference_id = ?', filter.inferenceId);
	where('model_id = ?', filter.modelId);
	where('job_id = ?', filter.jobId);
	where('received_at >= ?', filter.receivedSince?.getTime());
	where('received_at < ?', filter.receivedBefore?.getTime());
	where('id < ?', filter.before);
	return { sql: conditions.length === 0 ? 'true' : conditions.join(' AND '), values };
}
