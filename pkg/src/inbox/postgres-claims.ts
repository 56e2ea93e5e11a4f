import { storable } from './checked.js';
import type { Claim, ClaimRequest } from './inbox.js';
import type { Sql } from './postgres-database.js';
import { isLost, JobsLost, type WakeUp } from './postgres-jobs.js';
import { clockMs, nowMs } from './postgres-schema.js';
import { type PostgresStore, wakeUpOf } from './postgres-store.js';

/** A step of what has no end that is known. */
const stepRows = 500;
/** How often it is looked for deliveries that are due and whose job is gone, and how long after they are due. */
const lostJobsEveryMs = 30_000;
const lostJobsAfterMs = 5_000;

/** A delivery that was leased. What else lies in its row may be unreadable, and is read with its body. */
export interface LeasedRow extends Claim {
	readonly bodyBytes: number;
}

/** What to claim, and for whom. */
export interface Wanted {
	/** Each once; `undefined`: all. */
	readonly endpoints: readonly string[] | undefined;
	readonly limit: number;
	readonly bytes: number;
	readonly unended: Required<ClaimRequest>['unended'];
	readonly owner: string;
	readonly leaseMs: number;
}

type Due = WakeUp & { readonly bodyBytes: number };

/** Leases what is due, in the order in which it is. */
export async function claimDue(store: PostgresStore, wanted: Wanted): Promise<LeasedRow[]> {
	return store.repaired(async () => {
		await findLostJobs(store);
		const shares = await sharesOf(store, wanted);
		return store.database.transaction(async (sql) => {
			await wakeUnwoken(store, sql);
			const due = await takeDue(store, sql, shares, wanted.unended);
			let bytes = 0;
			let given = 0;
			for (const { bodyBytes } of due.slice(0, wanted.limit)) {
				bytes += bodyBytes;
				if (given > 0 && bytes > wanted.bytes) break;
				given += 1;
			}
			// Taken out of the queue, and not to be given now.
			await store.wakeUps.send(sql, due.slice(given));
			return lease(store, sql, due.slice(0, given), wanted);
		});
	});
}

/** How many to take of which queue: all of the only one, or as many as it has among those that are due first. */
async function sharesOf(store: PostgresStore, { endpoints, limit, unended }: Wanted): Promise<Map<string, number>> {
	const [only, ...others] = endpoints ?? [];
	if (only !== undefined && others.length === 0) return new Map([[only, limit]]);
	// Those that nobody ended no further than the others go: there may be many behind.
	const { rows } = await store.query(
		`WITH due AS NOT MATERIALIZED (
			SELECT endpoint, due_at, id, ${isUnended('$3')} AS is_unended FROM ${store.schema}.delivery
			WHERE due_at <= ${nowMs} AND ($2::text[] IS NULL OR endpoint = ANY ($2))
		), first AS (SELECT endpoint, due_at FROM due WHERE NOT is_unended ORDER BY due_at, id LIMIT $1)
		SELECT endpoint, count(*) AS share FROM (
			SELECT endpoint FROM first UNION ALL
			(SELECT endpoint FROM due WHERE is_unended
			AND due_at <= coalesce((SELECT max(due_at) FROM first HAVING count(*) = $1), ${nowMs})
			ORDER BY due_at, id LIMIT least($1, $4))
		) AS each GROUP BY endpoint`,
		[limit, endpoints ?? null, unended.attempts, unended.limit],
	);
	return new Map(rows.map((row) => [String(row.endpoint), Number(row.share)]));
}

/** Sends a job for what is due and has none: its lease has run out. */
async function wakeUnwoken(store: PostgresStore, sql: Sql): Promise<void> {
	const { rows } = await sql.executeSql(
		`UPDATE ${store.schema}.delivery SET wake_id = gen_random_uuid() WHERE id IN (
			SELECT id FROM ${store.schema}.delivery WHERE wake_id IS NULL AND due_at <= ${nowMs}
			ORDER BY due_at LIMIT ${stepRows} FOR UPDATE SKIP LOCKED) RETURNING id, endpoint, due_at, wake_id`,
	);
	await store.wakeUps.send(sql, rows.flatMap(wakeUpOf));
}

/** A condition of SQL: so many attempts are counted, and none was ended. */
const isUnended = (attempts: string): string => `(state = 'received' AND attempts >= ${attempts}::bigint)`;

/** Takes jobs, and locks the deliveries that are due by them; in the order in which they are due. */
async function takeDue(
	store: PostgresStore,
	sql: Sql,
	shares: ReadonlyMap<string, number>,
	unended: Wanted['unended'],
): Promise<Due[]> {
	const due: Due[] = [];
	const setAside: Due[] = [];
	let unendedLeft = unended.limit;
	for (const [endpoint, share] of shares) {
		const before = setAside.length;
		for (let left = share; left > 0; ) {
			// Many of them may stand in front of all others.
			const more = Math.min(setAside.length - before, stepRows);
			const taken = await store.wakeUps.take(sql, endpoint, left + more);
			if (taken.length === 0) break;
			// Skipping what is locked, because others lock the delivery first and its job then.
			const { rows } = await sql.executeSql(
				`SELECT id, endpoint, body_bytes, due_at, wake_id, due_at <= ${nowMs} AS is_due, ${isUnended('$3')} AS is_unended
				FROM ${store.schema}.delivery WHERE wake_id = ANY ($1::uuid[]) AND id = ANY ($2::bigint[])
				ORDER BY due_at, id FOR UPDATE SKIP LOCKED`,
				[taken.map(({ wakeId }) => wakeId), taken.map(({ id }) => id), unended.attempts],
			);
			// Not due: its lease was extended after it had run out, or the clock was set.
			await store.wakeUps.send(sql, rows.filter((row) => !row.is_due).flatMap(wakeUpOf));
			for (const row of rows.filter((row) => row.is_due)) {
				const isFree = !row.is_unended || unendedLeft > 0;
				if (row.is_unended) unendedLeft -= 1;
				if (isFree) left -= 1;
				(isFree ? due : setAside).push(...wakeUpOf(row).map((one) => ({ ...one, bodyBytes: Number(row.body_bytes) })));
			}
			const seen = new Set(rows.map((row) => row.wake_id));
			await putBackLocked(
				store,
				sql,
				taken.filter(({ wakeId }) => !seen.has(wakeId)),
			);
		}
	}
	// Only now: before, they would be taken again.
	await store.wakeUps.send(sql, setAside);
	return due.sort((a, b) => a.dueAt - b.dueAt || a.id - b.id);
}

/** Somebody else writes the rows of these jobs now, or is done with them. The former are looked at again in a moment. */
async function putBackLocked(
	store: PostgresStore,
	sql: Sql,
	taken: readonly { wakeId: string; id: number }[],
): Promise<void> {
	if (taken.length === 0) return;
	const { rows } = await sql.executeSql(
		`SELECT id, endpoint, wake_id, ${nowMs} + 1000 AS due_at FROM ${store.schema}.delivery
		WHERE wake_id = ANY ($1::uuid[]) AND id = ANY ($2::bigint[])`,
		[taken.map(({ wakeId }) => wakeId), taken.map(({ id }) => id)],
	);
	await store.wakeUps.send(sql, rows.flatMap(wakeUpOf));
}

async function lease(
	store: PostgresStore,
	sql: Sql,
	due: readonly Due[],
	{ owner, leaseMs }: Wanted,
): Promise<LeasedRow[]> {
	if (due.length === 0) return [];
	const { rows } = await sql.executeSql(
		`UPDATE ${store.schema}.delivery SET attempts = attempts + 1, token = token + 1, leased_by = $2,
		due_at = ${clockMs} + $3::bigint, due_in = $3, wake_id = NULL WHERE id = ANY ($1::bigint[]) RETURNING id, token`,
		[due.map(({ id }) => id), storable(owner), leaseMs],
	);
	const tokens = new Map(rows.map(({ id, token }) => [Number(id), Number(token)]));
	return due.flatMap(({ id, bodyBytes }) => {
		const token = tokens.get(id);
		return token === undefined ? [] : [{ id, token, bodyBytes }];
	});
}

/**
 * Now and then: sends jobs anew for what is due and whose job is gone, because somebody emptied the queue; and shortens what
 * lies further ahead than it ever did, because the clock of the database was set back.
 */
async function findLostJobs(store: PostgresStore): Promise<void> {
	const now = performance.now();
	if (now - store.lostJobsLookedForAt < lostJobsEveryMs) return;
	store.lostJobsLookedForAt = now;
	await store.database.transaction(async (sql) => {
		const { rows: lock } = await sql.executeSql(
			'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS is_ours',
			[`mindhook lost jobs ${store.schema}`],
		);
		if (!lock[0]?.is_ours) return;
		const delivery = `${store.schema}.delivery`;
		await sql.executeSql(
			`UPDATE ${delivery} SET due_at = ${nowMs} + due_in, wake_id = NULL WHERE id IN (
				SELECT id FROM ${delivery} WHERE due_at > ${nowMs} AND due_at - due_in > ${nowMs} + 1000 FOR UPDATE SKIP LOCKED)`,
		);
		const { rows } = await sql
			.executeSql(
				`UPDATE ${delivery} SET wake_id = gen_random_uuid() WHERE id IN (
					SELECT id FROM ${delivery} WHERE due_at <= ${nowMs} - ${lostJobsAfterMs} AND wake_id IS NOT NULL
					AND NOT ${store.wakeUps.isWaiting('wake_id')} FOR UPDATE SKIP LOCKED)
				RETURNING id, endpoint, due_at, wake_id`,
			)
			.catch((error: unknown) => {
				throw isLost(error) ? new JobsLost('The jobs are gone', { cause: error }) : error;
			});
		await store.wakeUps.send(sql, rows.flatMap(wakeUpOf));
	});
}
