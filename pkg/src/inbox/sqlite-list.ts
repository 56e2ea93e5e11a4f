import type { SQLInputValue } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { storable } from './checked.js';
import type { InboxFilter } from './inbox.js';
import type { Row } from './sqlite-entry.js';
import type { SqliteStore } from './sqlite-store.js';

/** How many numbers of deliveries the first step looks through. */
const firstSpan = 2_000;
/** A step that took less is followed by one twice as wide. */
const shortMs = 4;

/**
 * The rows of the deliveries that a filter takes, newest first, at most `most` of them, in steps between which the event loop
 * has its turn. Those that are asked for by number, state, inference or job are found by an index; for every other key the
 * table is walked along its numbers, a span at a time: each further index would cost every delivery that is saved.
 */
export async function* matching(
	store: SqliteStore,
	columns: string,
	filter: InboxFilter,
	most: number,
): AsyncGenerator<Row[]> {
	const { sql, values, index, isNarrow } = conditionsOf(filter);
	const statement = store.reading(() =>
		store.db.prepare(
			`SELECT ${columns} FROM delivery ${index} WHERE ${sql} AND id < ? AND id >= ? ORDER BY id DESC LIMIT ?`,
		),
	);
	let before = store.reading(() => Number(store.statements.lastId.get()?.id ?? 0)) + 1;
	if (filter.before !== undefined) before = Math.min(before, filter.before);
	let span = isNarrow ? before : firstSpan;
	for (let left = most; left > 0 && before > 1; ) {
		const begin = performance.now();
		const from = Math.max(0, before - span);
		const rows = store.reading(() => statement.all(...values, before, from, Math.min(left, 500)));
		const last = rows.at(-1);
		before = rows.length === Math.min(left, 500) && last !== undefined ? Number(last.id) : from;
		left -= rows.length;
		if (performance.now() - begin < shortMs) span *= 2;
		else if (!isNarrow) span = Math.max(firstSpan, span >> 1);
		if (rows.length > 0) yield rows;
		if (left > 0 && before > 1) await turn();
	}
}

/** Deliveries of an inference or a job: one step in the index for each group of them (see the schema). */
function idsWith(name: 'inference' | 'job'): string {
	return `WITH RECURSIVE part (n) AS (
			SELECT max(id) >> 9 FROM delivery UNION ALL SELECT n - 1 FROM part WHERE n > 0
		)
		SELECT delivery.id FROM part CROSS JOIN delivery INDEXED BY delivery_by_${name}
		ON delivery.id >> 9 = n AND ${name}_id = ? AND ${name}_id IS NOT NULL`;
}

interface Conditions {
	readonly sql: string;
	readonly values: SQLInputValue[];
	/** Which index is used, where it would not be certain. */
	readonly index: string;
	/** Whether the index leads to what was asked for alone. */
	readonly isNarrow: boolean;
}

export function conditionsOf(filter: InboxFilter): Conditions {
	const conditions: string[] = [];
	const values: SQLInputValue[] = [];
	const where = (condition: string, value: SQLInputValue | undefined): void => {
		if (value === undefined) return;
		conditions.push(condition);
		values.push(value);
	};
	const states = typeof filter.state === 'string' ? [filter.state] : filter.state;
	const isNarrow = filter.ids !== undefined || filter.inferenceId !== undefined || filter.jobId !== undefined;
	where('id IN (SELECT value FROM json_each(?))', filter.ids && JSON.stringify(filter.ids));
	where(`id IN (${idsWith('inference')})`, filter.inferenceId && storable(filter.inferenceId));
	where(`id IN (${idsWith('job')})`, filter.jobId && storable(filter.jobId));
	// A plus sign keeps a column from being looked up in an index: that of a rarer key is the better one.
	where(
		`${isNarrow ? '+' : ''}state IN (SELECT value FROM json_each(?))`,
		states && JSON.stringify([...new Set(states)]),
	);
	where('+endpoint = ?', filter.endpoint);
	where('source = ?', filter.source);
	where('kind = ?', filter.kind);
	where('model_id = ?', filter.modelId && storable(filter.modelId));
	where('received_at >= ?', filter.receivedSince?.getTime());
	where('received_at < ?', filter.receivedBefore?.getTime());
	return {
		sql: conditions.length === 0 ? 'true' : conditions.join(' AND '),
		values,
		index: !isNarrow && states !== undefined ? 'INDEXED BY delivery_by_state' : '',
		isNarrow,
	};
}
