import { randomBytes } from 'node:crypto';
import {
	checkDelivery,
	checkFilter,
	checkPolicy,
	checkSettlement,
	checkUnended,
	count,
	isClaim,
	leaseMilliseconds,
	storable,
	storableOrNull,
	text,
	wholeMilliseconds,
} from './checked.js';
import { ClaimReader } from './claim-reader.js';
import {
	type Claim,
	type ClaimedDelivery,
	type ClaimRequest,
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
import { claimDue, type LeasedRow } from './postgres-claims.js';
import type { PostgresDatabase, Row, Sql } from './postgres-database.js';
import { conditionsOf, entryColumns, Values } from './postgres-entry.js';
import { WakeUps } from './postgres-jobs.js';
import { databaseAt, locationOf } from './postgres-open.js';
import { listedEntries, readLeased } from './postgres-reads.js';
import { Saves, type StoredDelivery } from './postgres-saves.js';
import { clockMs, migrate, nowMs } from './postgres-schema.js';
import { PostgresStore, wakeUpOf } from './postgres-store.js';
import { nextToCheck, problemsOf, prune, stats, vacuum } from './postgres-upkeep.js';
import { admit, type Sealer } from './sealing.js';
import { jobOf, ownerOf } from './stored-entry.js';
import { hashOf, type Owner, Vault } from './vault.js';

/** Connections of one inbox at most: for its own work, and for what pg-boss asks beside that. */
const connections = 10;
const jobConnections = 2;
/** A value of PostgreSQL has less than 1 GiB, and so has the message that brings it. */
const bodyBytesMax = 999_000_000;
/** What {@link Inbox.claim} gives at most, where it is not told. */
const claimBytes = 64 * 1024 * 1024;
const claimsMax = 1_000;
const stepRows = 500;

/** What the engine takes beside its URL. */
export interface PostgresOptions {
	/** Whether a new inbox is made where there is none. Default `true`. */
	create?: boolean | undefined;
	/** What encrypts it; `null`: nothing. */
	sealer?: Sealer | null;
}

/**
 * The engine behind `postgres:`, for several receivers and workers on several machines. The rows of `delivery` say what is
 * to be done and who does it; pg-boss says when to look at which.
 */
export async function openPostgresInbox(url: string, options: PostgresOptions = {}): Promise<Inbox> {
	const { create = true, sealer = null } = options;
	const location = locationOf(url);
	const { schema } = location;
	const database = await databaseAt(location, connections);
	// Connections of its own, because it is also asked in the middle of a transaction: with all connections in use by such,
	// each would wait for another.
	const wakeUps = new WakeUps(await databaseAt(location, jobConnections), `${schema}_jobs`);
	try {
		if (!location.allowsFsyncOff) await refuseWithoutFsync(database);
		await migrate(database, schema, create, async (sql) => {
			const { rows } = await sql.executeSql(`SELECT key_id, sealed FROM ${schema}.known_key`);
			const known = rows.map((row) => ({ keyId: String(row.key_id), sealed: String(row.sealed) }));
			const admitted = await admit(sealer, known);
			if (admitted !== null) {
				await sql.executeSql(`INSERT INTO ${schema}.known_key VALUES ($1, $2)`, [admitted.keyId, admitted.sealed]);
			}
			await wakeUps.start();
		});
		return new PostgresInbox(new PostgresStore(database, schema, wakeUps, new Vault(sealer)));
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
	readonly #store: PostgresStore;
	readonly #saves: Saves;
	readonly #claims: ClaimReader<LeasedRow>;
	/** What runs now; closing waits for it. */
	readonly #running = new Set<Promise<unknown>>();
	/** Claims that were ended by a transaction of which it is not known whether it was committed. */
	readonly #perhapsEnded = new Set<string>();
	#closed: Promise<void> | null = null;

	constructor(store: PostgresStore) {
		this.#store = store;
		this.#saves = new Saves(store);
		this.#claims = new ClaimReader<LeasedRow>({
			read: (rows) => readLeased(store, rows),
			spoil: (row, message, pauseMs) => this.#spoil(row, message, pauseMs),
			extend: (claims, lease) => this.#extend(claims, lease),
			release: (claims) => this.#release(claims),
		});
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
		const json = JSON.stringify(headers);
		return this.#writing(async () => {
			const { vault } = this.#store;
			const sha256 = await hashOf(body);
			const owner = { endpoint: storable(endpoint), bodySha256: sha256.toString('hex'), bodyBytes: body.byteLength };
			const { bytes: stored, encoding } = await vault.storeBody(owner, body);
			return this.#saves.save({
				...owner,
				sha256,
				stored,
				encoding,
				headers: await vault.storeText(owner, 'headers', json),
				remoteAddress: storableOrNull(remoteAddress),
				receivedMs: receivedAt?.getTime() ?? null,
				source,
				lease: leased ?? null,
			});
		});
	}

	async read(id: number): Promise<InboxEntryWithBody | null> {
		return this.#reading(async () => {
			if (!Number.isSafeInteger(id)) return null;
			const { rows } = await this.#query(`SELECT ${entryColumns} FROM ${this.#delivery} WHERE id = $1`, [id]);
			if (rows[0] === undefined) return null;
			return { ...(await this.#store.entry(rows[0])), body: await this.#store.body(rows[0]) };
		});
	}

	async list(filter: InboxFilter = {}): Promise<InboxEntry[]> {
		checkFilter(filter);
		return this.#reading(async () => {
			const values = new Values();
			const condition = conditionsOf(filter, values);
			const limit = values.add(filter.limit ?? 100);
			return listedEntries(this.#store, (columns) =>
				this.#query(
					`SELECT ${columns} FROM ${this.#delivery} WHERE ${condition} ORDER BY id DESC LIMIT ${limit}`,
					values.list,
				),
			);
		});
	}

	async claim({ endpoints, limit, bytes = claimBytes, unended, lease }: ClaimRequest): Promise<ClaimedDelivery[]> {
		const leaseMs = leaseMilliseconds(lease);
		count('bytes', bytes);
		const most = Math.min(count('limit', limit), claimsMax);
		const wanted = endpoints && [...new Set(endpoints.map(storable))];
		const few = checkUnended(unended);
		return this.#writing(async () => {
			if (most === 0 || wanted?.length === 0) return [];
			return this.#claims.claim(lease, () =>
				claimDue(this.#store, { endpoints: wanted, limit: most, bytes, unended: few, owner: lease.owner, leaseMs }),
			);
		});
	}

	async extend(claims: readonly Claim[], lease: Lease): Promise<number[]> {
		leaseMilliseconds(lease);
		return this.#writing(() => this.#extend(claims.filter(isClaim), lease));
	}

	async settle(claim: Claim, settlement: Settlement): Promise<boolean> {
		checkSettlement(settlement);
		const retryMs =
			settlement.state === 'failed' ? wholeMilliseconds('retryMilliseconds', settlement.retryMilliseconds) : null;
		const error = 'error' in settlement ? JSON.stringify(settlement.error) : null;
		const issues = settlement.state === 'quarantined' ? JSON.stringify(settlement.issues) : null;
		const parsed: ParsedAs | undefined = 'parsed' in settlement ? settlement.parsed : undefined;
		return this.#writing(async () => {
			if (!isClaim(claim)) return false;
			if (settlement.state === 'released') {
				return this.#release([claim]);
			}
			const { vault } = this.#store;
			const texts: (string | null)[] = [error, issues];
			if (vault.sealer !== null && (error !== null || issues !== null)) {
				const owner = await this.#owner(claim.id);
				if (owner === null) return false;
				for (const [index, column] of ['last_error', 'issues'].entries()) {
					const json = texts[index] ?? null;
					texts[index] = json === null ? null : await vault.storeText(owner, column, json);
				}
			}
			return this.#letGo(
				[claim],
				`state = $3, due_at = ${clockMs} + $4::bigint, due_in = coalesce($4, 0),
				wake_id = CASE WHEN $4 IS NOT NULL THEN gen_random_uuid() END,
				settled_at = CASE WHEN $4 IS NULL THEN ${clockMs} END, last_error = $5, issues = $6, kind = coalesce($7, kind),
				inference_id = coalesce($8, inference_id), model_id = coalesce($9, model_id), job_id = coalesce($10, job_id)`,
				[
					settlement.state,
					retryMs,
					...texts,
					parsed?.kind ?? null,
					storableOrNull(parsed?.inferenceId),
					storableOrNull(parsed?.modelId),
					storableOrNull(parsed?.jobId),
				],
			);
		});
	}

	async retry(filter: Omit<InboxFilter, 'before' | 'limit'>): Promise<number> {
		checkFilter(filter);
		return this.#writing(async () => {
			let done = 0;
			for (let after = 0; ; ) {
				const changed = await this.#store.withJobs(async (sql) => {
					const values = new Values();
					const condition = conditionsOf(filter, values);
					// The token grows, so that whoever let the lease run out cannot settle what somebody asked to have done again.
					const { rows } = await sql.executeSql(
						`UPDATE ${this.#delivery} SET state = 'received', attempts = 0, token = token + 1, leased_by = NULL,
							due_at = least(received_at, ${clockMs}), due_in = 0, settled_at = NULL, issues = NULL,
							wake_id = gen_random_uuid()
							WHERE id IN (
								SELECT id FROM ${this.#delivery} WHERE id > ${values.add(after)}
								AND (leased_by IS NULL OR due_at <= ${nowMs}) AND ${condition} ORDER BY id LIMIT ${stepRows}
								FOR UPDATE SKIP LOCKED
							) RETURNING id, endpoint, due_at, wake_id`,
						values.list,
					);
					await this.#store.wakeUps.send(sql, rows.flatMap(wakeUpOf));
					return rows.map(({ id }) => Number(id));
				});
				done += changed.length;
				if (changed.length < stepRows) return done;
				after = Math.max(...changed);
			}
		});
	}

	async prune(policy: PrunePolicy, onProgress?: OnProgress): Promise<PruneResult> {
		checkPolicy(policy);
		return this.#writing(() => prune(this.#store, policy, onProgress));
	}

	async vacuum(onProgress?: OnProgress): Promise<void> {
		await this.#writing(() => vacuum(this.#store, onProgress));
	}

	async *check(onProgress?: OnProgress): AsyncIterable<InboxProblem> {
		let done = 0;
		for (let after = 0; ; ) {
			const rows = await this.#reading(() => nextToCheck(this.#store, after));
			if (rows.length === 0) return;
			yield* await this.#reading(() => problemsOf(this.#store, rows));
			after = Number(rows.at(-1)?.id);
			done += rows.length;
			onProgress?.(done, null);
		}
	}

	async stats(): Promise<InboxStats> {
		return this.#reading(() => stats(this.#store));
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
			this.#store.write(
				`INSERT INTO ${this.#store.schema}.expected_job (job_id, endpoint, model_id, enqueued_at, due_at)
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
			return this.#store.database.transaction(async (sql) => {
				const jobs = `${this.#store.schema}.expected_job`;
				const overdue = `state = 'waiting' AND enqueued_at <= ${nowMs} - $1::bigint AND due_at <= ${nowMs}`;
				await sql.executeSql(
					`UPDATE ${jobs} SET state = 'arrived', last_error = NULL, settled_at = ${clockMs} WHERE job_id IN (
						SELECT job_id FROM ${jobs} AS j WHERE ${overdue}
						AND EXISTS (SELECT FROM ${this.#delivery} AS d WHERE d.job_id = j.job_id) FOR UPDATE SKIP LOCKED)`,
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
			const { rows } = await this.#store.write(
				`UPDATE ${this.#store.schema}.expected_job SET state = $2, last_error = $3, due_at = ${clockMs} + coalesce($4::bigint, 0),
				settled_at = CASE WHEN $4 IS NULL THEN ${clockMs} END WHERE job_id = $1 RETURNING job_id`,
				[storable(jobId), settlement.state, error, retryMs],
			);
			if (rows.length === 0) throw new InboxError('not_found', `There is no expected job ${jobId} in this inbox.`);
		});
	}

	close(): Promise<void> {
		this.#closed ??= (async () => {
			await Promise.allSettled(this.#running);
			await this.#claims.letGo();
			await this.#store.wakeUps.close().catch(() => {});
			await this.#store.database.close().catch(() => {});
		})();
		return this.#closed;
	}

	/** Ends claims with these changes; `false` when none of them counts any more. Then `andThen`, in the same transaction. */
	async #letGo(
		claims: readonly Claim[],
		changes: string,
		values: readonly unknown[] = [],
		andThen: (sql: Sql) => Promise<void> = async () => {},
	): Promise<boolean> {
		let isCommitting = false;
		try {
			const isHeld = await this.#store.withJobs(async (sql) => {
				const { rows } = await sql.executeSql(
					`UPDATE ${this.#delivery} AS d SET leased_by = NULL, ${changes}
					FROM unnest($1::bigint[], $2::bigint[]) AS held (id, token)
					WHERE d.id = held.id AND d.token = held.token AND leased_by IS NOT NULL
					RETURNING d.id, endpoint, due_at, wake_id`,
					[...columnsOf(claims), ...values],
				);
				// A job that was sent because the lease had run out stays: whoever takes it finds that it is not this one.
				await this.#store.wakeUps.send(sql, rows.flatMap(wakeUpOf));
				if (rows.length < claims.length) await andThen(sql);
				isCommitting = true;
				return rows.length > 0;
			});
			for (const claim of claims) this.#perhapsEnded.delete(nameOf(claim));
			return isHeld;
		} catch (error) {
			// Before that it was rolled back for certain.
			if (isCommitting) for (const claim of claims) this.#perhapsEnded.add(nameOf(claim));
			throw error;
		}
	}

	/** Takes back the attempts of claims that do not count any more, too; but of none that may have been ended before. */
	#release(claims: readonly Claim[]): Promise<boolean> {
		return this.#letGo(
			claims,
			`attempts = attempts - 1, due_at = least(received_at, ${clockMs}), due_in = 0, wake_id = gen_random_uuid()`,
			[],
			async (sql) => {
				// So many claims came after that one. Where no more attempts are counted, its own is not among them: it was taken
				// back already, or a retry began to count anew. So the attempt of whoever has the delivery now always stays.
				await sql.executeSql(
					`UPDATE ${this.#delivery} AS d SET attempts = attempts - 1
					FROM unnest($1::bigint[], $2::bigint[]) AS lost (id, token)
					WHERE d.id = lost.id AND d.token > lost.token AND attempts > d.token - lost.token AND due_at IS NOT NULL`,
					columnsOf(claims.filter((claim) => !this.#perhapsEnded.has(nameOf(claim)))),
				);
			},
		);
	}

	async #extend(claims: readonly Claim[], lease: Lease): Promise<number[]> {
		if (claims.length === 0) return [];
		const { rows } = await this.#store.write(
			`UPDATE ${this.#delivery} AS d SET leased_by = $3, due_at = ${clockMs} + $4, due_in = $4
			FROM unnest($1::bigint[], $2::bigint[]) AS held (id, token)
			WHERE d.id = held.id AND d.token = held.token AND leased_by IS NOT NULL RETURNING d.id`,
			[...columnsOf(claims), storable(lease.owner), leaseMilliseconds(lease)],
		);
		return rows.map(({ id }) => Number(id));
	}

	async #spoil(claim: Claim, message: string, pauseMs: number | null): Promise<void> {
		const owner = await this.#owner(claim.id);
		if (owner === null) return;
		await this.#letGo(
			[claim],
			`last_error = $3, due_at = ${clockMs} + $4::bigint, due_in = coalesce($4, 0), ${
				pauseMs === null
					? `state = 'dead', settled_at = ${clockMs}, wake_id = NULL`
					: `state = 'failed', attempts = attempts - 1, wake_id = gen_random_uuid()`
			}`,
			[await this.#store.vault.storeText(owner, 'last_error', JSON.stringify(message)), pauseMs],
		);
	}

	/** Whose texts are sealed; `null` where there is no such delivery. */
	async #owner(id: number): Promise<Owner | null> {
		const { rows } = await this.#query(
			`SELECT endpoint, encode(body_sha256, 'hex') AS body_sha256, body_bytes FROM ${this.#delivery} WHERE id = $1`,
			[id],
		);
		return rows[0] === undefined ? null : ownerOf(rows[0]);
	}

	get #delivery(): string {
		return `${this.#store.schema}.delivery`;
	}

	#query(statement: string, values: unknown[] = []): Promise<{ rows: Row[] }> {
		return this.#store.query(statement, values);
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
			throw this.#store.database.errorOf(error, code, what);
		} finally {
			this.#running.delete(running);
		}
	}
}

/** Claims as two arrays for `unnest`. */
function columnsOf(claims: readonly Claim[]): [ids: number[], tokens: number[]] {
	return [claims.map(({ id }) => id), claims.map(({ token }) => token)];
}

function nameOf({ id, token }: Claim): string {
	return `${id} ${token}`;
}
