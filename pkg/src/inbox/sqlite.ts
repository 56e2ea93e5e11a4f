import { createHash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
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
import { Clock } from './clock.js';
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
import { entryColumns, entryOf, type Row, textOrNull } from './sqlite-entry.js';
import { readError } from './sqlite-error.js';
import { conditionsOf } from './sqlite-filter.js';
import { openDatabase } from './sqlite-open.js';
import { SqliteWrites } from './sqlite-writes.js';

/** SQLite refuses a row past a thousand million bytes. */
const bodyBytesMax = 999_000_000;
/** What {@link Inbox.claim} gives at most, where it is not told. */
const claimBytes = 64 * 1024 * 1024;
/** Long work is done in steps of so many rows, between which the event loop and other processes have their turn. */
const stepRows = 500;
const stepBytes = 16 * 1024 * 1024;

/** What the engine takes beside its location. */
export interface SqliteOptions {
	/** The time of day in milliseconds; for tests of clocks that jump. */
	now?: () => number;
	/** Whether a new inbox is made where there is none. Default `true`. */
	create?: boolean | undefined;
}

/** The engine behind `sqlite:`. `location` is a path, or `:memory:`. */
export async function openSqliteInbox(location: string, options: SqliteOptions = {}): Promise<Inbox> {
	return new SqliteInbox(await openDatabase(location, options.create), new Clock(options.now));
}

class SqliteInbox implements Inbox {
	readonly #db: DatabaseSync;
	readonly #clock: Clock;
	readonly #writes: SqliteWrites;
	readonly #statements: ReturnType<typeof prepareAll>;
	#closed: Promise<void> | null = null;

	constructor(db: DatabaseSync, clock: Clock) {
		this.#db = db;
		this.#clock = clock;
		this.#writes = new SqliteWrites(db);
		this.#statements = prepareAll(db);
	}

	async save(delivery: NewDelivery, lease?: Lease): Promise<SaveResult> {
		const { endpoint, body, headers = {}, remoteAddress = null, receivedAt, source = 'webhook' } = delivery;
		checkDelivery(delivery);
		if (body.byteLength > bodyBytesMax) {
			throw new InboxError('write', `A body of ${body.byteLength} bytes is too large for SQLite (${bodyBytesMax}).`);
		}
		const leaseMs = lease === undefined ? 0 : leaseMilliseconds(lease);
		const token = lease === undefined ? 0 : 1;
		const sha256 = createHash('sha256').update(body).digest();
		const { insertDelivery, insertBody, findDelivery } = this.#statements;
		return this.#writes.write(body.byteLength, () => {
			const now = this.#clock.now();
			const receivedMs = receivedAt?.getTime() ?? now;
			const inserted = insertDelivery.run(
				endpoint,
				sha256,
				body.byteLength,
				JSON.stringify(headers),
				remoteAddress,
				receivedMs,
				source,
				token,
				token,
				lease?.owner ?? null,
				lease === undefined ? Math.min(receivedMs, now) : now + leaseMs,
				leaseMs,
			);
			if (inserted.changes === 0) {
				return { id: Number(findDelivery.get(endpoint, sha256)?.id), duplicate: true, claim: null };
			}
			const id = Number(inserted.lastInsertRowid);
			insertBody.run(id, body);
			return { id, duplicate: false, claim: lease === undefined ? null : { id, token } };
		});
	}

	async read(id: number): Promise<InboxEntryWithBody | null> {
		return this.#reading(() => {
			const row = this.#statements.read.get(id);
			return row === undefined ? null : { ...entryOf(row, this.#clock.now()), body: row.bytes as Uint8Array };
		});
	}

	async list(filter: InboxFilter = {}): Promise<InboxEntry[]> {
		checkFilter(filter);
		return this.#reading(() => {
			const { sql, values } = conditionsOf(filter);
			const now = this.#clock.now();
			return this.#db
				.prepare(`SELECT ${entryColumns} FROM delivery WHERE ${sql} ORDER BY id DESC LIMIT ?`)
				.all(...values, filter.limit ?? 100)
				.map((row) => entryOf(row, now));
		});
	}

	async claim({ endpoints, limit, bytes = claimBytes, lease }: ClaimRequest): Promise<ClaimedDelivery[]> {
		const leaseMs = leaseMilliseconds(lease);
		count('limit', limit);
		count('bytes', bytes);
		await this.#mendTimes();
		// Asked before, because most of the time nothing is due, and a transaction that changes nothing still takes the lock.
		if (limit === 0 || this.#reading(() => this.#due(endpoints, 1).length === 0)) return [];
		const rows = await this.#writes.write(0, () => {
			const now = this.#clock.now();
			const claimed: Row[] = [];
			let total = 0;
			for (const due of this.#due(endpoints, limit)) {
				total += Number(due.body_bytes);
				if (claimed.length > 0 && total > bytes) break;
				const row = this.#statements.claim.get(lease.owner, now + leaseMs, leaseMs, due.id as number);
				if (row !== undefined) claimed.push(row);
			}
			return claimed;
		});
		const claimed: ClaimedDelivery[] = [];
		let sinceTurn = 0;
		for (const row of rows) {
			const entry = entryOf(row, this.#clock.now());
			sinceTurn += entry.bodyBytes;
			if (sinceTurn > stepBytes) {
				sinceTurn = 0;
				await turn();
			}
			const body = this.#reading(() => this.#statements.readBody.get(entry.id)?.bytes as Uint8Array);
			claimed.push({ ...entry, body, claim: { id: entry.id, token: Number(row.token) } });
		}
		return claimed;
	}

	async extend(claims: readonly Claim[], lease: Lease): Promise<number[]> {
		const leaseMs = leaseMilliseconds(lease);
		this.#writes.refuseWhenClosed();
		const possible = claims.filter(isClaim);
		if (possible.length === 0) return [];
		return this.#writes.write(0, () => {
			const until = this.#clock.now() + leaseMs;
			return possible
				.filter(({ id, token }) => this.#statements.extend.run(lease.owner, until, leaseMs, id, token).changes !== 0)
				.map(({ id }) => id);
		});
	}

	async settle(claim: Claim, settlement: Settlement): Promise<boolean> {
		checkSettlement(settlement);
		if (!isClaim(claim)) return false;
		const { id, token } = claim;
		const { settle, release } = this.#statements;
		if (settlement.state === 'released') {
			return this.#writes.write(0, () => release.run(this.#clock.now(), id, token).changes !== 0);
		}
		const parsed: ParsedAs | undefined = 'parsed' in settlement ? settlement.parsed : undefined;
		const error = 'error' in settlement ? JSON.stringify(settlement.error) : null;
		const issues = settlement.state === 'quarantined' ? JSON.stringify(settlement.issues) : null;
		const retryMs =
			settlement.state === 'failed' ? wholeMilliseconds('retryMilliseconds', settlement.retryMilliseconds) : null;
		return this.#writes.write(0, () => {
			const now = this.#clock.now();
			return (
				settle.run(
					settlement.state,
					retryMs === null ? null : now + retryMs,
					retryMs ?? 0,
					retryMs === null ? now : null,
					error,
					issues,
					parsed?.kind ?? null,
					parsed?.inferenceId ?? null,
					parsed?.modelId ?? null,
					parsed?.jobId ?? null,
					id,
					token,
				).changes !== 0
			);
		});
	}

	async retry(filter: Omit<InboxFilter, 'before' | 'limit'>): Promise<number> {
		checkFilter(filter);
		await this.#mendTimes();
		const { sql, values } = conditionsOf(filter);
		return this.#writes.write(0, () => {
			const now = this.#clock.now();
			// The token grows, so that whoever let the lease run out cannot settle what somebody asked to have done again.
			const statement = this.#db.prepare(
				`UPDATE delivery SET state = 'received', attempts = 0, token = token + 1, leased_by = NULL,
				due_at = min(received_at, ?), due_in = 0, settled_at = NULL, issues = NULL
				WHERE (leased_by IS NULL OR due_at <= ?) AND ${sql}`,
			);
			return Number(statement.run(now, now, ...values).changes);
		});
	}

	async prune(policy: PrunePolicy, onProgress?: OnProgress): Promise<PruneResult> {
		checkPolicy(policy);
		await this.#mendTimes();
		const states = JSON.stringify(policy.states ?? ['handled']);
		const removed = { deliveries: 0, bodyBytes: 0 };
		const remove = async (condition: string, value: number, excess: () => number): Promise<void> => {
			let after = 0;
			for (;;) {
				const step = (): { rows: Row[]; more: boolean } => {
					const rows = this.#db
						.prepare(
							`SELECT id, body_bytes FROM delivery WHERE id > ? AND state IN (SELECT value FROM json_each(?))
							AND (leased_by IS NULL OR due_at <= ?) AND ${condition} ORDER BY id LIMIT ${stepRows}`,
						)
						.all(after, states, this.#clock.now(), value);
					const taken: Row[] = [];
					let bytes = 0;
					for (const row of rows) {
						if (bytes > stepBytes || excess() - bytes <= 0) break;
						bytes += Number(row.body_bytes);
						taken.push(row);
						after = Number(row.id);
					}
					if (!policy.dryRun) for (const row of taken) this.#statements.remove.run(row.id as number);
					return { rows: taken, more: taken.length > 0 && excess() - bytes > 0 };
				};
				const { rows, more } = policy.dryRun ? this.#reading(step) : await this.#writes.write(stepBytes, step);
				removed.deliveries += rows.length;
				for (const row of rows) removed.bodyBytes += Number(row.body_bytes);
				if (rows.length > 0) onProgress?.(removed.deliveries, null);
				if (!more) return;
				await turn();
			}
		};
		if (policy.olderThan !== undefined) {
			await remove('ifnull(settled_at, received_at) < ?', policy.olderThan.getTime(), () => Number.POSITIVE_INFINITY);
		}
		const { bodyBytesMax: most } = policy;
		if (most !== undefined) {
			const total = (await this.stats()).bodyBytes - (policy.dryRun ? removed.bodyBytes : 0);
			const before = removed.bodyBytes;
			const condition = policy.dryRun ? 'ifnull(settled_at, received_at) >= ?' : '? IS NOT NULL';
			await remove(
				condition,
				policy.olderThan?.getTime() ?? Number.MIN_SAFE_INTEGER,
				() => total - (removed.bodyBytes - before) - most,
			);
		}
		return removed;
	}

	async vacuum(onProgress?: OnProgress): Promise<void> {
		this.#writes.refuseWhenClosed();
		const free = (): number => Number(this.#db.prepare('PRAGMA freelist_count').get()?.freelist_count);
		const total = free();
		for (let left = total; left > 0; ) {
			this.#reading(() => this.#db.exec('PRAGMA incremental_vacuum(256)'));
			const now = free();
			if (now >= left) break;
			left = now;
			onProgress?.(total - left, total);
			await turn();
		}
	}

	async *check(onProgress?: OnProgress): AsyncIterable<InboxProblem> {
		const faults = this.#reading(() => this.#db.prepare('PRAGMA quick_check').all());
		for (const { quick_check: message } of faults) {
			if (message !== 'ok') yield { id: null, message: String(message) };
		}
		let done = 0;
		for (let after = 0; ; ) {
			const row = this.#reading(() =>
				this.#db
					.prepare(
						`SELECT id, body_sha256, bytes FROM delivery LEFT JOIN body ON body.delivery_id = delivery.id
						WHERE id > ? ORDER BY id LIMIT 1`,
					)
					.get(after),
			);
			if (row === undefined) return;
			after = Number(row.id);
			if (row.bytes === null) yield { id: after, message: 'The body is missing.' };
			else {
				const sha256 = createHash('sha256')
					.update(row.bytes as Uint8Array)
					.digest();
				if (!sha256.equals(row.body_sha256 as Uint8Array))
					yield { id: after, message: 'The body is not what was saved.' };
			}
			done += 1;
			onProgress?.(done, null);
			await turn();
		}
	}

	async stats(): Promise<InboxStats> {
		return this.#reading(() => {
			const deliveries = { received: 0, handled: 0, failed: 0, dead: 0, quarantined: 0 };
			let bodyBytes = 0;
			for (const row of this.#statements.countStates.all()) {
				deliveries[row.state as DeliveryState] = Number(row.count);
				bodyBytes += Number(row.bytes);
			}
			const { page_count: pages, page_size: pageBytes } = this.#statements.pages.get() ?? {};
			const oldest = this.#statements.oldest.get()?.at;
			return {
				deliveries,
				bodyBytes,
				storedBytes: Number(pages) * Number(pageBytes),
				oldestWaitingAt: typeof oldest === 'number' ? new Date(oldest) : null,
				expectedJobs: Number(this.#statements.countJobs.get()?.count),
			};
		});
	}

	async ready(): Promise<void> {
		// A page more, so that it is told when there is no room for a delivery.
		await this.#writes.write(0, () => {
			this.#statements.probe.run();
			this.#statements.unprobe.run();
		});
	}

	async expectJob(job: Parameters<Inbox['expectJob']>[0]): Promise<void> {
		const { modelId = null, enqueuedAt } = job;
		const jobId = text('The jobId of a job', job.jobId);
		const endpoint = text('The endpoint of a job', job.endpoint);
		await this.#writes.write(0, () => {
			const at = enqueuedAt?.getTime() ?? this.#clock.now();
			this.#statements.expectJob.run(jobId, endpoint, modelId, at, Math.min(at, this.#clock.now()));
		});
	}

	async claimOverdueJobs(request: Parameters<Inbox['claimOverdueJobs']>[0]): Promise<ExpectedJob[]> {
		const limit = count('limit', request.limit);
		const leaseMs = wholeMilliseconds('leaseMilliseconds', request.leaseMilliseconds);
		const overdueMs = wholeMilliseconds('overdueMilliseconds', request.overdueMilliseconds);
		await this.#mendTimes();
		const overdue = (most: number): Row[] => {
			const now = this.#clock.now();
			return this.#statements.overdueJobs.all(now - overdueMs, now, most);
		};
		if (limit === 0 || this.#reading(() => overdue(1).length === 0)) return [];
		const jobs: ExpectedJob[] = [];
		for (;;) {
			const more = await this.#writes.write(0, () => {
				const now = this.#clock.now();
				const candidates = overdue(stepRows);
				for (const row of candidates) {
					if (jobs.length === limit) return false;
					const id = row.job_id as string;
					if (this.#statements.findJob.get(id) !== undefined) {
						this.#statements.settleJob.run('arrived', null, now, 0, now, id);
						continue;
					}
					const claimed = this.#statements.claimJob.get(now + leaseMs, leaseMs, id);
					if (claimed !== undefined) jobs.push(jobOf(claimed));
				}
				return candidates.length === stepRows;
			});
			if (!more) return jobs;
		}
	}

	async settleJob(jobId: string, settlement: JobSettlement): Promise<void> {
		const error = 'error' in settlement ? settlement.error : null;
		const retryMs =
			settlement.state === 'waiting' ? wholeMilliseconds('retryMilliseconds', settlement.retryMilliseconds) : 0;
		const found = await this.#writes.write(0, () => {
			const now = this.#clock.now();
			const settledAt = settlement.state === 'waiting' ? null : now;
			return this.#statements.settleJob.run(settlement.state, error, now + retryMs, retryMs, settledAt, jobId).changes;
		});
		if (found === 0) throw new InboxError('not_found', `There is no expected job ${jobId} in this inbox.`);
	}

	close(): Promise<void> {
		this.#closed ??= this.#writes.close().then(() => this.#db.close());
		return this.#closed;
	}

	/** What is due, longest due first. Endpoint by endpoint, because only so each is read from the index alone. */
	#due(endpoints: readonly string[] | undefined, limit: number): Row[] {
		const now = this.#clock.now();
		const due = [...new Set(endpoints ?? this.#endpoints())].flatMap((endpoint) =>
			this.#statements.due.all(endpoint, now, limit),
		);
		due.sort((a, b) => Number(a.due_at) - Number(b.due_at) || Number(a.id) - Number(b.id));
		return due.slice(0, limit);
	}

	/** The endpoints that something waits for, each found by one step in the index. */
	#endpoints(): string[] {
		const endpoints: string[] = [];
		for (let last = ''; ; ) {
			const next = textOrNull(this.#statements.nextEndpoint.get(last)?.endpoint);
			if (next === null) return endpoints;
			endpoints.push(next);
			last = next;
		}
	}

	/**
	 * Shortens what lies further ahead than it ever did: the clock was set back, and a lease of some seconds would last until
	 * the clock is there again. It begins anew instead of being over, so that work that runs is not given to a second worker.
	 */
	async #mendTimes(): Promise<void> {
		this.#writes.refuseWhenClosed();
		if (!this.#clock.wasSetBack()) return;
		const { ahead, mendDelivery, jobsAhead, mendJobs } = this.#statements;
		for (const endpoint of this.#reading(() => this.#endpoints())) {
			while (this.#reading(() => ahead.get(endpoint, this.#clock.now(), this.#clock.now())) !== undefined) {
				await this.#writes.write(0, () => {
					const now = this.#clock.now();
					mendDelivery.run(now, endpoint, now, now, stepRows);
				});
			}
		}
		if (this.#reading(() => jobsAhead.get(this.#clock.now(), this.#clock.now())) !== undefined) {
			await this.#writes.write(0, () => {
				const now = this.#clock.now();
				mendJobs.run(now, now, now, now);
			});
		}
	}

	#reading<Result>(read: () => Result): Result {
		this.#writes.refuseWhenClosed();
		try {
			return read();
		} catch (error) {
			throw readError(error);
		}
	}
}

function prepareAll(db: DatabaseSync): Record<keyof typeof statements, StatementSync> {
	return Object.fromEntries(Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)])) as Record<
		keyof typeof statements,
		StatementSync
	>;
}

const statements = {
	insertDelivery: `INSERT INTO delivery (endpoint, body_sha256, body_bytes, headers, remote_address, received_at, source,
		attempts, token, leased_by, due_at, due_in)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (endpoint, body_sha256) DO NOTHING`,
	// Node 22 takes an empty view for NULL.
	insertBody: "INSERT INTO body (delivery_id, bytes) VALUES (?, ifnull(?, x''))",
	findDelivery: 'SELECT id FROM delivery WHERE endpoint = ? AND body_sha256 = ?',
	read: `SELECT ${entryColumns}, bytes FROM delivery JOIN body ON body.delivery_id = delivery.id WHERE id = ?`,
	readBody: 'SELECT bytes FROM body WHERE delivery_id = ?',
	due: `SELECT id, due_at, body_bytes FROM delivery WHERE endpoint = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?`,
	nextEndpoint: 'SELECT min(endpoint) AS endpoint FROM delivery WHERE due_at IS NOT NULL AND endpoint > ?',
	claim: `UPDATE delivery SET attempts = attempts + 1, token = token + 1, leased_by = ?, due_at = ?, due_in = ?
		WHERE id = ? RETURNING ${entryColumns}`,
	extend: `UPDATE delivery SET leased_by = ?, due_at = ?, due_in = ? WHERE id = ? AND token = ? AND leased_by IS NOT NULL`,
	settle: `UPDATE delivery SET state = ?, leased_by = NULL, due_at = ?, due_in = ?, settled_at = ?, last_error = ?,
		issues = ?, kind = ifnull(?, kind), inference_id = ifnull(?, inference_id), model_id = ifnull(?, model_id),
		job_id = ifnull(?, job_id) WHERE id = ? AND token = ? AND leased_by IS NOT NULL`,
	release: `UPDATE delivery SET attempts = attempts - 1, leased_by = NULL, due_at = min(received_at, ?), due_in = 0
		WHERE id = ? AND token = ? AND leased_by IS NOT NULL`,
	remove: 'DELETE FROM delivery WHERE id = ?',
	ahead: 'SELECT id FROM delivery WHERE endpoint = ? AND due_at > ? AND due_at - due_in > ? LIMIT 1',
	mendDelivery: `UPDATE delivery SET due_at = ? + due_in WHERE id IN (
		SELECT id FROM delivery WHERE endpoint = ? AND due_at > ? AND due_at - due_in > ? LIMIT ?)`,
	jobsAhead: `SELECT 1 FROM expected_job WHERE state = 'waiting' AND (enqueued_at > ? OR due_at - due_in > ?) LIMIT 1`,
	mendJobs: `UPDATE expected_job SET enqueued_at = min(enqueued_at, ?), due_at = min(due_at, ? + due_in)
		WHERE state = 'waiting' AND (enqueued_at > ? OR due_at - due_in > ?)`,
	countStates: 'SELECT state, count(*) AS count, sum(body_bytes) AS bytes FROM delivery GROUP BY state',
	pages: 'SELECT page_count, page_size FROM pragma_page_count, pragma_page_size',
	oldest: `SELECT min(received_at) AS at FROM delivery WHERE state IN ('received', 'failed')`,
	countJobs: `SELECT count(*) AS count FROM expected_job WHERE state = 'waiting'`,
	probe: `INSERT OR REPLACE INTO setting VALUES ('probe', zeroblob(5000))`,
	unprobe: `DELETE FROM setting WHERE name = 'probe'`,
	expectJob: `INSERT INTO expected_job (job_id, endpoint, model_id, enqueued_at, due_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`,
	overdueJobs: `SELECT job_id FROM expected_job WHERE state = 'waiting' AND enqueued_at <= ? AND due_at <= ?
		ORDER BY enqueued_at, job_id LIMIT ?`,
	findJob: 'SELECT 1 FROM delivery WHERE job_id = ? LIMIT 1',
	claimJob: `UPDATE expected_job SET attempts = attempts + 1, due_at = ?, due_in = ? WHERE job_id = ?
		RETURNING job_id, endpoint, model_id, enqueued_at, attempts, last_error`,
	settleJob: `UPDATE expected_job SET state = ?, last_error = ?, due_at = ?, due_in = ?, settled_at = ? WHERE job_id = ?`,
};

function jobOf(row: Row): ExpectedJob {
	return {
		jobId: String(row.job_id),
		endpoint: String(row.endpoint),
		modelId: textOrNull(row.model_id),
		enqueuedAt: new Date(Number(row.enqueued_at)),
		attempts: Number(row.attempts),
		lastError: textOrNull(row.last_error),
	};
}
