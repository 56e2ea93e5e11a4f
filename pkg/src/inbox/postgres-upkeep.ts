import type { DeliveryState, InboxProblem, InboxStats, OnProgress, PrunePolicy, PruneResult } from './inbox.js';
import type { Row, Sql } from './postgres-database.js';
import { shortColumns } from './postgres-entry.js';
import { faultIn, rowsWithTexts } from './postgres-reads.js';
import { nowMs } from './postgres-schema.js';
import type { PostgresStore } from './postgres-store.js';
import { ownerOf } from './stored-entry.js';

/** Long work is done in steps of so many rows, between which others have their turn. */
const stepRows = 500;
const stepBytes = 16 * 1024 * 1024;
/** How many bodies are compressed at a time; the threads that do it are four. */
const packedRows = 32;

/** What may be pruned: of one of the states $1, and in nobody's hands; and what is older than $2, which may be NULL. */
const prunable = `state = ANY ($1::text[]) AND (leased_by IS NULL OR due_at <= ${nowMs})`;
const prunableAndOld = `${prunable} AND coalesce(settled_at, received_at) < $2::bigint`;

/** See `Inbox.stats`. */
export async function stats(store: PostgresStore): Promise<InboxStats> {
	const { rows } = await store.query(
		`SELECT state, count(*) AS count, sum(body_bytes) AS bytes FROM ${store.schema}.delivery GROUP BY state`,
	);
	const { rows: more } = await store.query(
		`SELECT (SELECT min(received_at) FROM ${store.schema}.delivery WHERE due_at IS NOT NULL) AS oldest,
		(SELECT count(*) FROM ${store.schema}.expected_job WHERE state = 'waiting') AS jobs,
		(SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
			WHERE nspname::text IN ($1::text, $1 || '_jobs') AND relkind IN ('r', 'p')) AS stored`,
		[store.schema],
	);
	const deliveries = { received: 0, handled: 0, failed: 0, dead: 0, quarantined: 0 };
	for (const row of rows) deliveries[row.state as DeliveryState] = Number(row.count);
	const { oldest = null, jobs, stored } = more[0] ?? {};
	return {
		deliveries,
		bodyBytes: rows.reduce((sum, row) => sum + Number(row.bytes), 0),
		storedBytes: Number(stored),
		oldestWaitingAt: oldest === null ? null : new Date(Number(oldest)),
		expectedJobs: Number(jobs),
	};
}

/** See `Inbox.prune`. A job of what is removed is found to have no delivery when it is taken. */
export async function prune(store: PostgresStore, policy: PrunePolicy, onProgress?: OnProgress): Promise<PruneResult> {
	const { olderThan, bodyBytesMax: most, dryRun = false, states = ['handled'] } = policy;
	const removed = { deliveries: 0, bodyBytes: 0 };
	const age = olderThan?.getTime() ?? null;
	if (age === null && most === undefined) return removed;
	const delivery = `${store.schema}.delivery`;
	const { rows: totals } = await store.query(
		`SELECT coalesce(sum(body_bytes), 0) AS total, coalesce(sum(body_bytes) FILTER (WHERE ${prunableAndOld}), 0) AS old
		FROM ${delivery}`,
		[states, age],
	);
	/** What still has to go for the size, once what is too old is gone. */
	let excess = most === undefined ? 0 : Number(totals[0]?.total) - Number(totals[0]?.old) - most;
	let after = 0;
	const step = async (sql: Sql): Promise<{ more: boolean; taken: Row[] }> => {
		const { rows } = await sql.executeSql(
			`SELECT id, body_bytes, coalesce(coalesce(settled_at, received_at) < $2::bigint, false) AS is_old FROM ${delivery}
			WHERE id > $3 AND ${excess > 0 ? prunable : prunableAndOld} ORDER BY id LIMIT ${stepRows}
			${dryRun ? '' : 'FOR UPDATE SKIP LOCKED'}`,
			[states, age, after],
		);
		const taken: Row[] = [];
		let bytes = 0;
		for (const row of rows) {
			if (bytes > stepBytes) break;
			after = Number(row.id);
			if (!row.is_old && excess <= 0) continue;
			if (!row.is_old) excess -= Number(row.body_bytes);
			bytes += Number(row.body_bytes);
			taken.push(row);
		}
		if (!dryRun && taken.length > 0) {
			await sql.executeSql(`DELETE FROM ${delivery} WHERE id = ANY ($1::bigint[])`, [taken.map(({ id }) => id)]);
		}
		return { more: rows.length === stepRows || bytes > stepBytes, taken };
	};
	for (let more = true; more; ) {
		const done = await store.database.transaction(step);
		more = done.more;
		removed.deliveries += done.taken.length;
		for (const row of done.taken) removed.bodyBytes += Number(row.body_bytes);
		if (done.taken.length > 0) onProgress?.(removed.deliveries, null);
	}
	if (age !== null && !dryRun) {
		// Expected jobs of which it is known long enough what became of them.
		await store.write(`DELETE FROM ${store.schema}.expected_job WHERE settled_at < $1`, [age]);
	}
	return removed;
}

/** See `Inbox.vacuum`. PostgreSQL's own VACUUM gives the room back to the inbox, and what is free at the end of a file to the disk. */
export async function vacuum(store: PostgresStore, onProgress?: OnProgress): Promise<void> {
	const delivery = `${store.schema}.delivery`;
	const unseen = `state IN ('handled', 'dead') AND (encoding IS NULL OR encoding = 'sealed')`;
	const { rows: all } = await store.query(`SELECT count(*) AS count FROM ${delivery} WHERE ${unseen}`);
	const total = Number(all[0]?.count);
	let done = 0;
	for (let after = 0; ; ) {
		const { rows } = await store.query(
			`SELECT * FROM (
				SELECT ${shortColumns}, sum(body_bytes) OVER (ORDER BY id) - body_bytes AS before FROM ${delivery}
				WHERE ${unseen} AND id > $1 ORDER BY id LIMIT ${packedRows}) AS next WHERE before < ${stepBytes}`,
			[after],
		);
		if (rows.length === 0) break;
		await Promise.all(rows.map((row) => packRow(store, row)));
		after = Number(rows.at(-1)?.id);
		done += rows.length;
		onProgress?.(done, Math.max(done, total));
	}
	for (const table of ['delivery', 'body', 'expected_job']) {
		// It never stops others, and takes as long as it takes.
		await store.database.executeSql(`VACUUM (ANALYZE) ${store.schema}.${table}`, [], null);
	}
}

async function packRow(store: PostgresStore, row: Row): Promise<void> {
	const id = Number(row.id);
	// What cannot be read is left as it is: `check` tells of it.
	const packed = await store
		.storedBody(id)
		.then((stored) => store.vault.packBody(ownerOf(row), stored))
		.catch((error: unknown) => {
			store.faultOfOne(error);
			return null;
		});
	if (packed === null) return;
	await store.database.transaction(
		async (sql) => {
			const { rows } = await sql.executeSql(
				`UPDATE ${store.schema}.delivery SET encoding = $2 WHERE id = $1 AND encoding IS NOT DISTINCT FROM $3 RETURNING id`,
				[id, packed.encoding, row.encoding],
			);
			// Not where another process was faster, or has removed it; and a body that is stored as before need not be written.
			if (rows.length === 0 || packed.encoding === 'plain') return;
			const { buffer, byteOffset, byteLength } = packed.bytes;
			await sql.executeSql(`UPDATE ${store.schema}.body SET bytes = $2 WHERE delivery_id = $1`, [
				id,
				Buffer.from(buffer, byteOffset, byteLength),
			]);
		},
		{ bytes: packed.bytes.byteLength },
	);
}

/** The deliveries behind `after` that one step of a check reads. */
export async function nextToCheck(store: PostgresStore, after: number): Promise<Row[]> {
	return rowsWithTexts(store, (columns) =>
		store.query(
			`SELECT * FROM (
				SELECT ${columns}, sum(body_bytes) OVER (ORDER BY id) - body_bytes AS before FROM ${store.schema}.delivery
				WHERE id > $1 ORDER BY id LIMIT ${stepRows}) AS next WHERE before < ${stepBytes} ORDER BY id`,
			[after],
		),
	);
}

/** What is wrong with these deliveries. */
export async function problemsOf(store: PostgresStore, rows: readonly Row[]): Promise<InboxProblem[]> {
	const problems: InboxProblem[] = [];
	const hashed = await hashedByServer(store, rows);
	for (const row of rows) {
		const id = Number(row.id);
		const message = await faultOf(store, row, hashed.get(id));
		if (message !== null) problems.push({ id, message });
	}
	return problems;
}

/** Which bodies still have their hash, as far as the server itself can tell: those need not be sent. */
async function hashedByServer(store: PostgresStore, rows: readonly Row[]): Promise<Map<number, boolean>> {
	try {
		const { rows: hashed } = await store.query(
			`SELECT id, (sha256(bytes) = body_sha256 AND length(bytes) = body_bytes) AS is_right
			FROM ${store.schema}.delivery JOIN ${store.schema}.body ON delivery_id = id
			WHERE id = ANY ($1::bigint[]) AND (encoding IS NULL OR encoding = 'plain')`,
			[rows.map(({ id }) => Number(id))],
		);
		return new Map(hashed.map((row) => [Number(row.id), row.is_right === true]));
	} catch (error) {
		// Something of one of them cannot be read; of which is found out one by one.
		store.faultOfOne(error);
		return new Map();
	}
}

async function faultOf(store: PostgresStore, row: Row, isRight: boolean | undefined): Promise<string | null> {
	try {
		const fault = faultIn(row);
		if (fault !== null) return fault.message;
		await store.entry(row);
		if (isRight === undefined) await store.body(row);
		return isRight === false ? 'The body is not what was saved.' : null;
	} catch (error) {
		const { message } = store.faultOfOne(error);
		// Unless it was pruned meanwhile.
		const { rows } = await store.query(`SELECT 1 FROM ${store.schema}.delivery WHERE id = $1`, [row.id]);
		return rows.length === 0 ? null : message;
	}
}
