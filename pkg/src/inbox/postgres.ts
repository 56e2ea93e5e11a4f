import { createHash, randomBytes } from 'node:crypto';
import {
	checkDelivery,
	checkFilter,
	checkPolicy,
	checkSettlement,
	count,
	isClaim,
	leaseMilliseconds,
	text,
	wholeMilliseconds,
} from './checked.js';
import {
	type Claim,
	type ClaimedDelivery,
	type ClaimRequest,
	type DeliveryState,
	type ExpectedJob,
	type Inbox,
	type InboxEntry,
	type InboxEntryWithBody,
	InboxError,
	type InboxFilter,
	type InboxProblem,
	type InboxStats,
	type JobSettlement,
	type Lease,
	type NewDelivery,
	type OnProgress,
	type ParsedAs,
	type PrunePolicy,
	type PruneResult,
	type SaveResult,
	type Settlement,
} from './inbox.js';
import type { InboxOptions } from './options.js';
import type { PostgresDatabase, Row, Sql } from './postgres-database.js';
import { conditionsOf, entryColumns, entryOf, jobOf, storable, storableOrNull, Values } from './postgres-entry.js';
import { isLost, JobsLost, type WakeUp, WakeUps } from './postgres-jobs.js';
import { databaseAt, locationOf } from './postgres-open.js';
import { Saves, type StoredDelivery } from './postgres-saves.js';
import { clockMs, migrate, nowMs } from './postgres-schema.js';

/** Connections of one inbox at most: for its own work, and for what pg-boss asks beside that. */
const connections = 10;
const jobConnections = 2;
/** A value of PostgreSQL has less than 1 GiB, and so has the message that brings it. */
const bodyBytesMax = 999_000_000;
/** What {@link Inbox.claim} gives at most, where it is not told. */
const claimBytes = 64 * 1024 * 1024;
const claimsMax = 1_000;
/** Bodies are read in parts of so many bytes: each comes as text of twice the length. */
const partBytes = 4 * 1024 * 1024;
/** Long work is done in steps of so many rows, between which others have their turn. */
const stepRows = 500;
const stepBytes = 16 * 1024 * 1024;
/** How often it is looked for deliveries that are due and whose job is gone, and how long after they are due. */
const lostJobsEveryMs = 30_000;
const lostJobsAfterMs = 5_000;

/**
 * The engine behind `postgres:`, for several receivers and workers on several machines. The rows of `delivery` say what is
 * to be done and who does it; pg-boss says when to look at which.
 */
export async function openPostgresInbox(url: string, options: InboxOptions = {}): Promise<Inbox> {
	const location = locationOf(url);
	const database = await databaseAt(location, connections);
	// Of its own, because it is also asked in the middle of a transaction: with all connections in use by such, each would wait
	// for another.
	const forJobs = await databaseAt(location, jobConnections);
	const wakeUps = new WakeUps(forJobs, `${location.schema}_jobs`);
	try {
		if (!location.allowsFsyncOff) await refuseWithoutFsync(database);
		await migrate(database, location.schema, options.create ?? true, () => wakeUps.start());
		return new PostgresInbox(database, location.schema, wakeUps);
	} catch (error) {
		await wakeUps.close().catch(() => {});
		await database.close().catch(() => {});
		throw database.errorOf(error, 'open', `Cannot open the inbox at ${location.shown}`);
	}
}

async function refuseWithoutFsync(database: PostgresDatabase): Promise<void> {
	const { rows } = await database.executeSql(`SELECT current_setting('fsync') AS fsync`);
	if (rows[0]?.fsync !== 'off') return;
	throw new InboxError(
		'open',
		'This PostgreSQL runs with fsync off: a power cut may take back what was answered 200. Switch it on; or, where the storage of the server is durable without it, say so in the URL: ?fsync=off',
	);
}

class PostgresInbox implements Inbox {
	readonly #database: PostgresDatabase;
	readonly #schema: string;
	readonly #wakeUps: WakeUps;
	readonly #saves: Saves;
	/** What runs now; closing waits for it. */
	readonly #running = new Set<Promise<unknown>>();
	#lostJobsLookedForAt = Number.NEGATIVE_INFINITY;
	#repairing: Promise<void> | null = null;
	#closed: Promise<void> | null = null;

	constructor(database: PostgresDatabase, schema: string, wakeUps: WakeUps) {
		this.#database = database;
		this.#schema = schema;
		this.#wakeUps = wakeUps;
		this.#saves = new Saves(database, schema, wakeUps, (work) => this.#repaired(work));
	}

	async save(delivery: NewDelivery, lease?: Lease): Promise<SaveResult> {
		const { endpoint, body, headers = {}, remoteAddress = null, receivedAt, source = 'webhook' } = delivery;
		checkDelivery(delivery);
		if (body.byteLength > bodyBytesMax) {
			throw new InboxError(
				'write',
				`A body of ${body.byteLength} bytes is too large for PostgreSQL (${bodyBytesMax}).`,
			);
		}
		const leased = lease && { owner: storable(lease.owner), milliseconds: leaseMilliseconds(lease) };
		return this.#writing(() =>
			this.#saves.save({
				endpoint: storable(endpoint),
				sha256: createHash('sha256').update(body).digest(),
				bodyBytes: body.byteLength,
				stored: body,
				encoding: null,
				headers: JSON.stringify(headers),
				remoteAddress: storableOrNull(remoteAddress),
				receivedMs: receivedAt?.getTime() ?? null,
				source,
				lease: leased ?? null,
			}),
		);
	}

	async read(id: number): Promise<InboxEntryWithBody | null> {
		return this.#reading(async () => {
			if (!Number.isSafeInteger(id)) return null;
			const { rows } = await this.#query(`SELECT ${entryColumns} FROM ${this.#schema}.delivery WHERE id = $1`, [id]);
			if (rows[0] === undefined) return null;
			const entry = entryOf(rows[0]);
			const body = await this.#bodyOf(entry);
			return body === null ? null : { ...entry, body };
		});
	}

	async list(filter: InboxFilter = {}): Promise<InboxEntry[]> {
		checkFilter(filter);
		return this.#reading(async () => {
			const values = new Values();
			const condition = conditionsOf(filter, values);
			const { rows } = await this.#query(
				`SELECT ${entryColumns} FROM ${this.#schema}.delivery WHERE ${condition}
				ORDER BY id DESC LIMIT ${values.add(filter.limit ?? 100)}`,
				values.list,
			);
			return rows.map(entryOf);
		});
	}

	async claim({ endpoints, limit, bytes = claimBytes, lease }: ClaimRequest): Promise<ClaimedDelivery[]> {
		const leaseMs = leaseMilliseconds(lease);
		count('bytes', bytes);
		const most = Math.min(count('limit', limit), claimsMax);
		const wanted = endpoints && [...new Set(endpoints.map(storable))];
		return this.#writing(async () => {
			if (most === 0 || wanted?.length === 0) return [];
			const rows = await this.#repaired(async () => {
				await this.#findLostJobs();
				const shares = await this.#shares(wanted, most);
				return this.#database.transaction(async (sql) => {
					await this.#wakeUnwoken(sql);
					const due = await this.#takeDue(sql, shares);
					let total = 0;
					let given = 0;
					for (const { bodyBytes } of due.slice(0, most)) {
						total += bodyBytes;
						if (given > 0 && total > bytes) break;
						given += 1;
					}
					// Taken out of the queue, and not to be given now.
					await this.#wakeUps.send(sql, due.slice(given));
					return this.#lease(
						sql,
						due.slice(0, given).map(({ id }) => id),
						lease.owner,
						leaseMs,
					);
				});
			});
			return this.#withBodies(rows);
		});
	}

	async extend(claims: readonly Claim[], lease: Lease): Promise<number[]> {
		const leaseMs = leaseMilliseconds(lease);
		return this.#writing(async () => {
			const possible = claims.filter(isClaim);
			if (possible.length === 0) return [];
			const { rows } = await this.#write(
				`UPDATE ${this.#schema}.delivery AS d SET leased_by = $3, due_at = ${clockMs} + $4, due_in = $4
				FROM unnest($1::bigint[], $2::bigint[]) AS held (id, token)
				WHERE d.id = held.id AND d.token = held.token AND leased_by IS NOT NULL RETURNING d.id`,
				[possible.map(({ id }) => id), possible.map(({ token }) => token), storable(lease.owner), leaseMs],
			);
			return rows.map(({ id }) => Number(id));
		});
	}

	async settle(claim: Claim, settlement: Settlement): Promise<boolean> {
		checkSettlement(settlement);
		const parsed: ParsedAs | undefined = 'parsed' in settlement ? settlement.parsed : undefined;
		const retryMs =
			settlement.state === 'failed' ? wholeMilliseconds('retryMilliseconds', settlement.retryMilliseconds) : null;
		return this.#writing(async () => {
			if (!isClaim(claim)) return false;
			const claimed = `WHERE id = $1 AND token = $2 AND leased_by IS NOT NULL RETURNING id, endpoint, due_at, wake_id`;
			const change = async (sql: Sql): Promise<Row[]> => {
				if (settlement.state === 'released') {
					const { rows } = await sql.executeSql(
						`UPDATE ${this.#schema}.delivery SET attempts = attempts - 1, leased_by = NULL,
						due_at = least(received_at, ${clockMs}), due_in = 0, wake_id = gen_random_uuid() ${claimed}`,
						[claim.id, claim.token],
					);
					return rows;
				}
				const { rows } = await sql.executeSql(
					`UPDATE ${this.#schema}.delivery SET state = $3, leased_by = NULL, due_at = ${clockMs} + $4::bigint,
					due_in = coalesce($4, 0), wake_id = CASE WHEN $4 IS NOT NULL THEN gen_random_uuid() END,
					settled_at = CASE WHEN $4 IS NULL THEN ${clockMs} END, last_error = $5, issues = $6,
					kind = coalesce($7, kind), inference_id = coalesce($8, inference_id), model_id = coalesce($9, model_id),
					job_id = coalesce($10, job_id) ${claimed}`,
					[
						claim.id,
						claim.token,
						settlement.state,
						retryMs,
						'error' in settlement ? JSON.stringify(settlement.error) : null,
						settlement.state === 'quarantined' ? JSON.stringify(settlement.issues) : null,
						parsed?.kind ?? null,
						storableOrNull(parsed?.inferenceId),
						storableOrNull(parsed?.modelId),
						storableOrNull(parsed?.jobId),
					],
				);
				return rows;
			};
			return this.#repaired(() =>
				this.#database.transaction(async (sql) => {
					const rows = await change(sql);
					// A job that was sent because the lease had run out stays: whoever takes it finds that it is not this one.
					await this.#wakeUps.send(sql, rows.flatMap(wakeUpOf));
					return rows.length > 0;
				}),
			);
		});
	}

	async retry(filter: Omit<InboxFilter, 'before' | 'limit'>): Promise<number> {
		checkFilter(filter);
		return this.#writing(async () => {
			let done = 0;
			for (let after = 0; ; ) {
				const changed = await this.#repaired(() =>
					this.#database.transaction(async (sql) => {
						const values = new Values();
						const condition = conditionsOf(filter, values);
						// The token grows, so that whoever let the lease run out cannot settle what somebody asked to have done again.
						const { rows } = await sql.executeSql(
							`UPDATE ${this.#schema}.delivery SET state = 'received', attempts = 0, token = token + 1, leased_by = NULL,
							due_at = least(received_at, ${clockMs}), due_in = 0, settled_at = NULL, issues = NULL,
							wake_id = gen_random_uuid()
							WHERE id IN (
								SELECT id FROM ${this.#schema}.delivery WHERE id > ${values.add(after)}
								AND (leased_by IS NULL OR due_at <= ${nowMs}) AND ${condition} ORDER BY id LIMIT ${stepRows}
								FOR UPDATE SKIP LOCKED
							) RETURNING id, endpoint, due_at, wake_id`,
							values.list,
						);
						await this.#wakeUps.send(sql, rows.flatMap(wakeUpOf));
						return rows.map(({ id }) => Number(id));
					}),
				);
				done += changed.length;
				if (changed.length < stepRows) return done;
				after = Math.max(...changed);
			}
		});
	}

	async prune(policy: PrunePolicy, onProgress?: OnProgress): Promise<PruneResult> {
		checkPolicy(policy);
		return this.#writing(async () => {
			const { olderThan, bodyBytesMax: most, dryRun = false } = policy;
			const removed = { deliveries: 0, bodyBytes: 0 };
			const age = olderThan?.getTime() ?? null;
			if (age === null && most === undefined) return removed;
			const { rows: totals } = await this.#query(
				`SELECT coalesce(sum(body_bytes), 0) AS total, coalesce(sum(body_bytes) FILTER (WHERE ${prunableAndOld}), 0) AS old
				FROM ${this.#schema}.delivery`,
				[policy.states ?? ['handled'], age],
			);
			/** What still has to go for the size, once what is too old is gone. */
			let excess = most === undefined ? 0 : Number(totals[0]?.total) - Number(totals[0]?.old) - most;
			for (let after = Number.MIN_SAFE_INTEGER; ; ) {
				const step = async (sql: Sql): Promise<{ more: boolean; taken: Row[] }> => {
					const { rows } = await sql.executeSql(
						`SELECT id, body_bytes, coalesce(coalesce(settled_at, received_at) < $2::bigint, false) AS is_old
						FROM ${this.#schema}.delivery WHERE id > $3 AND ${excess > 0 ? prunable : prunableAndOld} ORDER BY id LIMIT ${stepRows}
						${dryRun ? '' : 'FOR UPDATE SKIP LOCKED'}`,
						[policy.states ?? ['handled'], age, after],
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
					if (!dryRun) {
						await sql.executeSql(`DELETE FROM ${this.#schema}.delivery WHERE id = ANY ($1::bigint[])`, [
							taken.map(({ id }) => id),
						]);
					}
					return { more: rows.length === stepRows || bytes > stepBytes, taken };
				};
				const { more, taken } = await this.#database.transaction(step);
				removed.deliveries += taken.length;
				for (const row of taken) removed.bodyBytes += Number(row.body_bytes);
				if (taken.length > 0) onProgress?.(removed.deliveries, null);
				if (!more) return removed;
			}
		});
	}

	async vacuum(onProgress?: OnProgress): Promise<void> {
		await this.#writing(async () => {
			const tables = [
				...['delivery', 'body', 'expected_job'].map((table) => `${this.#schema}.${table}`),
				`${this.#schema}_jobs.job`,
			];
			for (const [index, table] of tables.entries()) {
				// It never stops others, and takes as long as it takes.
				await this.#database.executeSql(`VACUUM (ANALYZE) ${table}`, [], null);
				onProgress?.(index + 1, tables.length);
			}
		});
	}

	async *check(onProgress?: OnProgress): AsyncIterable<InboxProblem> {
		let done = 0;
		for (let after = 0; ; ) {
			const rows = await this.#reading(async () => {
				const { rows } = await this.#query(
					`SELECT id, body_bytes, sum(body_bytes) OVER (ORDER BY id) - body_bytes AS before
					FROM ${this.#schema}.delivery WHERE id > $1 ORDER BY id LIMIT ${stepRows}`,
					[after],
				);
				return rows.filter(({ before }) => Number(before) < stepBytes);
			});
			if (rows.length === 0) return;
			for (const problem of await this.#reading(() => this.#problemsOf(rows.map(({ id }) => Number(id)))))
				yield problem;
			after = Number(rows.at(-1)?.id);
			done += rows.length;
			onProgress?.(done, null);
		}
	}

	async stats(): Promise<InboxStats> {
		return this.#reading(async () => {
			const { rows } = await this.#query(
				`SELECT state, count(*) AS count, sum(body_bytes) AS bytes FROM ${this.#schema}.delivery GROUP BY state`,
			);
			const { rows: more } = await this.#query(
				`SELECT (SELECT min(received_at) FROM ${this.#schema}.delivery WHERE due_at IS NOT NULL) AS oldest,
				(SELECT count(*) FROM ${this.#schema}.expected_job WHERE state = 'waiting') AS jobs,
				(SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
					WHERE nspname::text IN ($1::text, $1 || '_jobs') AND relkind IN ('r', 'p')) AS stored`,
				[this.#schema],
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
		});
	}

	async ready(): Promise<void> {
		const body = randomBytes(32);
		const probe: StoredDelivery = {
			endpoint: 'ready',
			sha256: body,
			bodyBytes: body.byteLength,
			stored: body,
			encoding: null,
			headers: '{}',
			remoteAddress: null,
			receivedMs: null,
			source: 'webhook',
			lease: { owner: 'ready', milliseconds: 1 },
		};
		await this.#writing(() => this.#saves.probe(probe));
	}

	async expectJob(job: Parameters<Inbox['expectJob']>[0]): Promise<void> {
		const jobId = storable(text('The jobId of a job', job.jobId));
		const endpoint = storable(text('The endpoint of a job', job.endpoint));
		await this.#writing(() =>
			this.#write(
				`INSERT INTO ${this.#schema}.expected_job (job_id, endpoint, model_id, enqueued_at, due_at)
				SELECT $1, $2, $3, coalesce($4, clock), least($4, clock) FROM (SELECT ${clockMs} AS clock) AS t
				ON CONFLICT DO NOTHING`,
				[jobId, endpoint, storableOrNull(job.modelId), job.enqueuedAt?.getTime() ?? null],
			),
		);
	}

	async claimOverdueJobs(request: Parameters<Inbox['claimOverdueJobs']>[0]): Promise<ExpectedJob[]> {
		const limit = count('limit', request.limit);
		const leaseMs = wholeMilliseconds('leaseMilliseconds', request.leaseMilliseconds);
		const overdueMs = wholeMilliseconds('overdueMilliseconds', request.overdueMilliseconds);
		return this.#writing(async () => {
			if (limit === 0) return [];
			return this.#database.transaction(async (sql) => {
				const jobs = `${this.#schema}.expected_job`;
				const overdue = `state = 'waiting' AND enqueued_at <= ${nowMs} - $1::bigint AND due_at <= ${nowMs}`;
				await sql.executeSql(
					`UPDATE ${jobs} SET state = 'arrived', last_error = NULL, settled_at = ${clockMs} WHERE job_id IN (
						SELECT job_id FROM ${jobs} AS j WHERE ${overdue}
						AND EXISTS (SELECT FROM ${this.#schema}.delivery AS d WHERE d.job_id = j.job_id) FOR UPDATE SKIP LOCKED)`,
					[overdueMs],
				);
				const { rows } = await sql.executeSql(
					`UPDATE ${jobs} SET attempts = attempts + 1, due_at = ${clockMs} + $2::bigint WHERE job_id IN (
						SELECT job_id FROM ${jobs} WHERE ${overdue} ORDER BY enqueued_at, job_id LIMIT $3 FOR UPDATE SKIP LOCKED)
					RETURNING job_id, endpoint, model_id, enqueued_at, attempts, last_error`,
					[overdueMs, leaseMs, limit],
				);
				return rows
					.map(jobOf)
					.sort((a, b) => a.enqueuedAt.getTime() - b.enqueuedAt.getTime() || (a.jobId < b.jobId ? -1 : 1));
			});
		});
	}

	async settleJob(jobId: string, settlement: JobSettlement): Promise<void> {
		const retryMs =
			settlement.state === 'waiting' ? wholeMilliseconds('retryMilliseconds', settlement.retryMilliseconds) : null;
		const error = 'error' in settlement ? storableOrNull(settlement.error) : null;
		await this.#writing(async () => {
			const { rows } = await this.#write(
				`UPDATE ${this.#schema}.expected_job SET state = $2, last_error = $3, due_at = ${clockMs} + coalesce($4::bigint, 0),
				settled_at = CASE WHEN $4 IS NULL THEN ${clockMs} END WHERE job_id = $1 RETURNING job_id`,
				[storable(jobId), settlement.state, error, retryMs],
			);
			if (rows.length === 0) throw new InboxError('not_found', `There is no expected job ${jobId} in this inbox.`);
		});
	}

	close(): Promise<void> {
		this.#closed ??= (async () => {
			await Promise.allSettled(this.#running);
			await this.#wakeUps.close().catch(() => {});
			await this.#database.close().catch(() => {});
		})();
		return this.#closed;
	}

	/** How many to take of which queue: of one, or as many as are among those that are due first. */
	async #shares(endpoints: readonly string[] | undefined, limit: number): Promise<Map<string, number>> {
		const [only, ...others] = endpoints ?? [];
		if (only !== undefined && others.length === 0) return new Map([[only, limit]]);
		const { rows } = await this.#query(
			`SELECT endpoint, count(*) AS share FROM (
				SELECT endpoint FROM ${this.#schema}.delivery WHERE due_at <= ${nowMs} AND ($2::text[] IS NULL OR endpoint = ANY ($2))
				ORDER BY due_at, id LIMIT $1) AS first GROUP BY endpoint`,
			[limit, endpoints ?? null],
		);
		return new Map(rows.map((row) => [String(row.endpoint), Number(row.share)]));
	}

	/** Sends a job for what is due and has none: its lease has run out. */
	async #wakeUnwoken(sql: Sql): Promise<void> {
		const { rows } = await sql.executeSql(
			`UPDATE ${this.#schema}.delivery SET wake_id = gen_random_uuid() WHERE id IN (
				SELECT id FROM ${this.#schema}.delivery WHERE wake_id IS NULL AND due_at <= ${nowMs}
				ORDER BY due_at LIMIT ${stepRows} FOR UPDATE SKIP LOCKED) RETURNING id, endpoint, due_at, wake_id`,
		);
		await this.#wakeUps.send(sql, rows.flatMap(wakeUpOf));
	}

	/** Takes jobs, and locks the deliveries that are due by them; in the order in which they are due. */
	async #takeDue(sql: Sql, shares: ReadonlyMap<string, number>): Promise<(WakeUp & { bodyBytes: number })[]> {
		const due: (WakeUp & { bodyBytes: number })[] = [];
		for (const [endpoint, share] of shares) {
			for (let left = share; left > 0; ) {
				const taken = await this.#wakeUps.take(sql, endpoint, left);
				if (taken.length === 0) break;
				const { rows } = await sql.executeSql(
					`SELECT id, endpoint, body_bytes, due_at, wake_id, due_at <= ${nowMs} AS is_due FROM ${this.#schema}.delivery
					WHERE wake_id = ANY ($1::uuid[]) AND id = ANY ($2::bigint[]) FOR UPDATE SKIP LOCKED`,
					[taken.map(({ wakeId }) => wakeId), taken.map(({ id }) => id)],
				);
				// Not due: its lease was extended after it had run out, or the clock was set.
				await this.#wakeUps.send(sql, rows.filter((row) => !row.is_due).flatMap(wakeUpOf));
				for (const row of rows) {
					if (row.is_due)
						due.push(...wakeUpOf(row).map((wakeUp) => ({ ...wakeUp, bodyBytes: Number(row.body_bytes) })));
				}
				const seen = new Set(rows.map(({ wake_id }) => wake_id));
				await this.#putBackLocked(
					sql,
					taken.filter(({ wakeId }) => !seen.has(wakeId)),
				);
				left = share - due.filter((wakeUp) => wakeUp.endpoint === endpoint).length;
			}
		}
		return due.sort((a, b) => a.dueAt - b.dueAt || a.id - b.id);
	}

	/** Somebody else writes the rows of these jobs now, or they are done with. The former are looked at again in a moment. */
	async #putBackLocked(sql: Sql, taken: readonly { wakeId: string; id: number }[]): Promise<void> {
		if (taken.length === 0) return;
		const { rows } = await sql.executeSql(
			`SELECT id, endpoint, wake_id, ${nowMs} + 1000 AS due_at FROM ${this.#schema}.delivery
			WHERE wake_id = ANY ($1::uuid[]) AND id = ANY ($2::bigint[])`,
			[taken.map(({ wakeId }) => wakeId), taken.map(({ id }) => id)],
		);
		await this.#wakeUps.send(sql, rows.flatMap(wakeUpOf));
	}

	async #lease(sql: Sql, ids: readonly number[], owner: string, leaseMs: number): Promise<Row[]> {
		if (ids.length === 0) return [];
		const { rows } = await sql.executeSql(
			`UPDATE ${this.#schema}.delivery SET attempts = attempts + 1, token = token + 1, leased_by = $2,
			due_at = ${clockMs} + $3::bigint, due_in = $3, wake_id = NULL WHERE id = ANY ($1::bigint[]) RETURNING ${entryColumns}`,
			[ids, storable(owner), leaseMs],
		);
		const place = new Map(ids.map((id, index) => [id, index]));
		return rows.sort((a, b) => (place.get(Number(a.id)) ?? 0) - (place.get(Number(b.id)) ?? 0));
	}

	/**
	 * Now and then: sends jobs anew for what is due and whose job is gone, because somebody emptied the queue; and shortens what
	 * lies further ahead than it ever did, because the clock of the database was set back.
	 */
	async #findLostJobs(): Promise<void> {
		const now = performance.now();
		if (now - this.#lostJobsLookedForAt < lostJobsEveryMs) return;
		this.#lostJobsLookedForAt = now;
		await this.#database.transaction(async (sql) => {
			const { rows: lock } = await sql.executeSql(
				'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS is_ours',
				[`mindhook lost jobs ${this.#schema}`],
			);
			if (!lock[0]?.is_ours) return;
			const delivery = `${this.#schema}.delivery`;
			await sql.executeSql(
				`UPDATE ${delivery} SET due_at = ${nowMs} + due_in, wake_id = NULL WHERE id IN (
					SELECT id FROM ${delivery} WHERE due_at > ${nowMs} AND due_at - due_in > ${nowMs} + 1000 FOR UPDATE SKIP LOCKED)`,
			);
			const { rows } = await sql
				.executeSql(
					`UPDATE ${delivery} SET wake_id = gen_random_uuid() WHERE id IN (
						SELECT id FROM ${delivery} WHERE due_at <= ${nowMs} - ${lostJobsAfterMs} AND wake_id IS NOT NULL
						AND NOT ${this.#wakeUps.isWaiting('wake_id')} FOR UPDATE SKIP LOCKED)
					RETURNING id, endpoint, due_at, wake_id`,
				)
				.catch((error) => {
					throw isLost(error) ? new JobsLost('The jobs are gone', { cause: error }) : error;
				});
			await this.#wakeUps.send(sql, rows.flatMap(wakeUpOf));
		});
	}

	/** Runs `work`, and once more after a repair where pg-boss was not there as it should be. */
	async #repaired<Result>(work: () => Promise<Result>): Promise<Result> {
		try {
			return await work();
		} catch (error) {
			if (!(error instanceof JobsLost)) throw error;
			await this.#repair();
			return await work();
		}
	}

	/** As on opening, because several processes find out at a time; once for everything that waits for it here. */
	#repair(): Promise<void> {
		this.#repairing ??= migrate(this.#database, this.#schema, false, () => this.#wakeUps.restart()).finally(() => {
			this.#repairing = null;
			this.#lostJobsLookedForAt = Number.NEGATIVE_INFINITY;
		});
		return this.#repairing;
	}

	/** Claimed rows with their bodies. What has none any more is given up, so that it does not come again and again. */
	async #withBodies(rows: readonly Row[]): Promise<ClaimedDelivery[]> {
		const entries = rows.map((row) => ({ ...entryOf(row), claim: { id: Number(row.id), token: Number(row.token) } }));
		const small = entries.filter(({ bodyBytes }) => bodyBytes <= partBytes / 8).map(({ id }) => id);
		const bodies = new Map<number, Uint8Array>();
		if (small.length > 0) {
			const { rows: found } = await this.#query(
				`SELECT delivery_id, bytes FROM ${this.#schema}.body WHERE delivery_id = ANY ($1::bigint[])`,
				[small],
			);
			for (const row of found) bodies.set(Number(row.delivery_id), row.bytes as Buffer);
		}
		const claimed: ClaimedDelivery[] = [];
		for (const entry of entries) {
			const body = bodies.get(entry.id) ?? (await this.#bodyOf(entry));
			if (body !== null) claimed.push({ ...entry, body });
			else await this.settle(entry.claim, { state: 'dead', error: 'The body is missing in the inbox.' });
		}
		return claimed;
	}

	/** The body of a delivery, read in parts; `null` where it is missing. */
	async #bodyOf({ id }: InboxEntry): Promise<Uint8Array | null> {
		const parts: Buffer[] = [];
		for (let from = 1; ; from += partBytes) {
			const { rows } = await this.#query(
				`SELECT substring(bytes FROM $2::int FOR ${partBytes}) AS part, length(bytes) AS total
				FROM ${this.#schema}.body WHERE delivery_id = $1`,
				[id, from],
			);
			if (rows[0] === undefined) return null;
			parts.push(rows[0].part as Buffer);
			if (from + partBytes > Number(rows[0].total))
				return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
		}
	}

	/** The server itself hashes the bodies, so that they need not be sent. */
	async #problemsOf(ids: readonly number[]): Promise<InboxProblem[]> {
		const { rows } = await this.#query(
			`SELECT id, bytes IS NULL AS is_missing FROM ${this.#schema}.delivery LEFT JOIN ${this.#schema}.body ON delivery_id = id
			WHERE id = ANY ($1::bigint[]) AND (bytes IS NULL OR sha256(bytes) <> body_sha256 OR length(bytes) <> body_bytes)
			ORDER BY id`,
			[ids],
		);
		return rows.map((row) => ({
			id: Number(row.id),
			message: row.is_missing ? 'The body is missing.' : 'The body is not what was saved.',
		}));
	}

	#query(statement: string, values: unknown[] = []): Promise<{ rows: Row[] }> {
		return this.#database.executeSql(statement, values);
	}

	/** One statement that is durable when this resolves. */
	#write(statement: string, values: unknown[]): Promise<{ rows: Row[] }> {
		return this.#database.transaction((sql) => sql.executeSql(statement, values));
	}

	#reading<Result>(work: () => Promise<Result>): Promise<Result> {
		return this.#asked(work, 'open', 'The inbox could not be read');
	}

	#writing<Result>(work: () => Promise<Result>): Promise<Result> {
		return this.#asked(work, 'write', 'The inbox could not save');
	}

	async #asked<Result>(work: () => Promise<Result>, code: 'open' | 'write', what: string): Promise<Result> {
		if (this.#closed !== null) throw new InboxError('closed', 'The inbox has been closed.');
		const running = work();
		this.#running.add(running);
		try {
			return await running;
		} catch (error) {
			throw this.#database.errorOf(error, code, what);
		} finally {
			this.#running.delete(running);
		}
	}
}

/** What may be pruned: of one of the states $1, and in nobody's hands; and what is older than $2, if that is not NULL. */
const prunable = `state = ANY ($1::text[]) AND (leased_by IS NULL OR due_at <= ${nowMs})`;
const prunableAndOld = `${prunable} AND coalesce(settled_at, received_at) < $2::bigint`;

/** The job of a row of `delivery`; none where it has none. */
function wakeUpOf(row: Row): WakeUp[] {
	if (row.wake_id === null) return [];
	return [
		{ wakeId: String(row.wake_id), id: Number(row.id), endpoint: String(row.endpoint), dueAt: Number(row.due_at) },
	];
}
