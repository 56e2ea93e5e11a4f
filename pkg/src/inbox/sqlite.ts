import { hash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import {
	checkDelivery,
	checkFilter,
	checkPolicy,
	checkSettlement,
	checkUnended,
	count,
	isClaim,
	leaseMilliseconds,
	storableOrNull,
	text,
	wholeMilliseconds,
} from './checked.js';
import { ClaimReader, type Reading } from './claim-reader.js';
import { Clock } from './clock.js';
import { longBody } from './compression.js';
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
import { admit, type Sealer } from './sealing.js';
import { entryColumns, type Row } from './sqlite-entry.js';
import { faultOfOne, readError } from './sqlite-error.js';
import { conditionsOf, matching } from './sqlite-list.js';
import { openDatabase } from './sqlite-open.js';
import { SqliteStore, stepBytes, stepRows } from './sqlite-store.js';
import { check, prune, stats, vacuum } from './sqlite-upkeep.js';
import { jobOf, ownerOf, textOrNull } from './stored-entry.js';
import { hashOf, type StoredBody, Vault } from './vault.js';

/** SQLite refuses a row past a thousand million bytes. */
const bodyBytesMax = 999_000_000;
/** What {@link Inbox.claim} gives at most, where it is not told. */
const claimBytes = 64 * 1024 * 1024;
/** How much earlier than its job a delivery may seem to have come, by clocks that differ. */
const earlyMs = 3_600_000;

/** What the engine takes beside its location. */
export interface SqliteOptions {
	/** See `InboxOptions`. */
	create?: boolean | undefined;
	/** What encrypts; nothing is encrypted without. */
	sealer?: Sealer | null;
	/** The time of day in milliseconds; for tests of clocks that jump. */
	now?: () => number;
	/** The clock that never jumps, in milliseconds; for tests whose time stands still. */
	steady?: () => number;
	/** Begins the thread that writes at once and waits for it; for tests. It begins when there is much to write. */
	threadAtOnce?: boolean;
}

/** The engine behind `sqlite:`. `location` is a path, or `:memory:`. */
export async function openSqliteInbox(location: string, options: SqliteOptions = {}): Promise<Inbox> {
	const { create, sealer = null, now, steady, threadAtOnce = false } = options;
	const { db, path } = await openDatabase(location, create);
	let store: SqliteStore;
	try {
		store = new SqliteStore(db, path, new Clock(now, steady), new Vault(sealer));
	} catch (error) {
		db.close();
		throw readError(error);
	}
	try {
		const { knownKeys, rememberKey } = store.statements;
		const known = store.reading(() => knownKeys.all());
		const admitted = await admit(
			sealer,
			known.map(({ name, value }) => ({ keyId: String(name).slice('key:'.length), sealed: String(value) })),
		);
		if (admitted !== null) {
			await store.writes.write(0, () => rememberKey.run(`key:${admitted.keyId}`, admitted.sealed));
		}
		if (threadAtOnce) await store.thread?.begin();
		return new SqliteInbox(store);
	} catch (error) {
		await store.close();
		throw error;
	}
}

class SqliteInbox implements Inbox {
	readonly #store: SqliteStore;
	/** What has to happen before a write that was asked for can wait in line: hashing, sealing. */
	readonly #preparing = new Set<Promise<unknown>>();
	readonly #claims: ClaimReader<ClaimedRow>;
	#closed: Promise<void> | null = null;

	constructor(store: SqliteStore) {
		this.#store = store;
		this.#claims = new ClaimReader<ClaimedRow>({
			read: (rows) => this.#readClaimed(rows),
			spoil: (row, message, pauseMs) => this.#spoil(row, message, pauseMs),
			extend: (claims, lease) => this.extend(claims, lease),
			release: (claims) => this.#release(claims),
		});
	}

	async save(delivery: NewDelivery, lease?: Lease): Promise<SaveResult> {
		const { endpoint, body, headers = {} } = delivery;
		this.#refuseWhenClosed();
		checkDelivery(delivery);
		if (body.byteLength > bodyBytesMax) {
			throw new InboxError('write', `A body of ${body.byteLength} bytes is too large for SQLite (${bodyBytesMax}).`);
		}
		const leaseMs = lease === undefined ? 0 : leaseMilliseconds(lease);
		const json = JSON.stringify(headers);
		const { vault } = this.#store;
		// What most deliveries are takes no turn of the event loop.
		if (vault.sealer === null && body.byteLength < longBody) {
			const sha256 = hash('sha256', body, 'buffer');
			return this.#insert(delivery, lease, leaseMs, sha256, json, { bytes: body, encoding: null });
		}
		return this.#prepared(async () => {
			const sha256 = await hashOf(body);
			// As SQLite gives it back: what is sealed is bound to the name.
			const owner = {
				endpoint: endpoint.toWellFormed(),
				bodySha256: sha256.toString('hex'),
				bodyBytes: body.byteLength,
			};
			const stored = await vault.storeBody(owner, body);
			const headersStored = await vault.storeText(owner, 'headers', json);
			return () => this.#insert(delivery, lease, leaseMs, sha256, headersStored, stored);
		});
	}

	async read(id: number): Promise<InboxEntryWithBody | null> {
		const row = this.#reading(() => this.#store.statements.read.get(id));
		return row === undefined ? null : { ...(await this.#store.entry(row)), body: await this.#store.body(row) };
	}

	async list(filter: InboxFilter = {}): Promise<InboxEntry[]> {
		this.#refuseWhenClosed();
		checkFilter(filter);
		const entries: InboxEntry[] = [];
		for await (const rows of matching(this.#store, entryColumns, filter, filter.limit ?? 100)) {
			for (const row of rows) entries.push(await this.#store.listedEntry(row));
		}
		return entries;
	}

	async claim({ endpoints, limit, bytes = claimBytes, unended, lease }: ClaimRequest): Promise<ClaimedDelivery[]> {
		const { statements, clock, writes } = this.#store;
		const leaseMs = leaseMilliseconds(lease);
		count('limit', limit);
		count('bytes', bytes);
		const few = checkUnended(unended);
		const claiming = this.#claims.claim(lease, async () => {
			await this.#mendTimes();
			// Asked before, because most of the time nothing is due, and a transaction that changes nothing still takes the lock.
			if (limit === 0 || this.#reading(() => this.#due(endpoints, 1, few).length === 0)) return [];
			return writes.write(0, () => {
				const until = clock.now() + leaseMs;
				const claimed: ClaimedRow[] = [];
				let total = 0;
				for (const due of this.#due(endpoints, limit, few)) {
					total += Number(due.body_bytes);
					if (claimed.length > 0 && total > bytes) break;
					const row = statements.claim.get(lease.owner, until, leaseMs, due.id as number);
					if (row !== undefined) claimed.push({ id: Number(row.id), token: Number(row.token), row });
				}
				return claimed;
			});
		});
		// What it does not give has to be let go before the file is closed.
		this.#preparing.add(claiming);
		try {
			return await claiming;
		} finally {
			this.#preparing.delete(claiming);
		}
	}

	async extend(claims: readonly Claim[], lease: Lease): Promise<number[]> {
		const { statements, clock, writes } = this.#store;
		const leaseMs = leaseMilliseconds(lease);
		this.#refuseWhenClosed();
		const possible = claims.filter(isClaim);
		if (possible.length === 0) return [];
		return writes.write(0, () => {
			const until = clock.now() + leaseMs;
			return possible
				.filter(({ id, token }) => statements.extend.run(lease.owner, until, leaseMs, id, token).changes !== 0)
				.map(({ id }) => id);
		});
	}

	async settle(claim: Claim, settlement: Settlement): Promise<boolean> {
		const { statements, clock, writes, vault } = this.#store;
		this.#refuseWhenClosed();
		checkSettlement(settlement);
		const retryMs =
			settlement.state === 'failed' ? wholeMilliseconds('retryMilliseconds', settlement.retryMilliseconds) : null;
		if (!isClaim(claim)) return false;
		const { id, token } = claim;
		if (settlement.state === 'released') {
			return this.#release([claim]);
		}
		const parsed: ParsedAs | undefined = 'parsed' in settlement ? settlement.parsed : undefined;
		const error = 'error' in settlement ? JSON.stringify(String(settlement.error)) : null;
		const issues = settlement.state === 'quarantined' ? JSON.stringify(settlement.issues) : null;
		const settle = (errorStored: string | null, issuesStored: string | null): Promise<boolean> => {
			const values = (): (string | number | null)[] => {
				const now = clock.now();
				return [
					settlement.state,
					retryMs === null ? null : now + retryMs,
					retryMs ?? 0,
					retryMs === null ? now : null,
					errorStored,
					issuesStored,
					parsed?.kind ?? null,
					storableOrNull(parsed?.inferenceId),
					storableOrNull(parsed?.modelId),
					storableOrNull(parsed?.jobId),
					id,
					token,
				];
			};
			return writes.change({ statement: 'settle', values, bytes: null }, (changes) => changes !== 0);
		};
		if (vault.sealer === null || (error === null && issues === null)) return settle(error, issues);
		return this.#prepared(async () => {
			const row = this.#store.reading(() => statements.owner.get(id));
			if (row === undefined) return async () => false;
			const seal = (column: string, json: string | null): Promise<string> | null =>
				json === null ? null : vault.storeText(ownerOf(row), column, json);
			const sealed = [await seal('last_error', error), await seal('issues', issues)] as const;
			return () => settle(...sealed);
		});
	}

	async retry(filter: Omit<InboxFilter, 'before' | 'limit'>): Promise<number> {
		checkFilter(filter);
		await this.#mendTimes();
		const { db, clock, writes } = this.#store;
		const { sql, values } = conditionsOf(filter);
		// The token grows, so that whoever let the lease run out cannot settle what somebody asked to have done again.
		const statement = this.#reading(() =>
			db.prepare(
				`UPDATE delivery SET state = 'received', attempts = 0, token = token + 1, leased_by = NULL,
				due_at = min(received_at, ?), due_in = 0, settled_at = NULL, issues = NULL
				WHERE id IN (SELECT value FROM json_each(?)) AND (leased_by IS NULL OR due_at <= ?) AND ${sql}`,
			),
		);
		let changed = 0;
		for await (const rows of matching(this.#store, 'id', filter, Number.MAX_SAFE_INTEGER)) {
			const ids = JSON.stringify(rows.map(({ id }) => id));
			changed += await writes.write(0, () => {
				const now = clock.now();
				return Number(statement.run(now, ids, now, ...values).changes);
			});
		}
		return changed;
	}

	async prune(policy: PrunePolicy, onProgress?: OnProgress): Promise<PruneResult> {
		checkPolicy(policy);
		await this.#mendTimes();
		return prune(this.#store, policy, onProgress);
	}

	async vacuum(onProgress?: OnProgress): Promise<void> {
		this.#refuseWhenClosed();
		await vacuum(this.#store, onProgress);
	}

	async *check(onProgress?: OnProgress): AsyncIterable<InboxProblem> {
		this.#refuseWhenClosed();
		yield* check(this.#store, onProgress);
	}

	async stats(): Promise<InboxStats> {
		this.#refuseWhenClosed();
		return stats(this.#store);
	}

	async ready(): Promise<void> {
		this.#refuseWhenClosed();
		const { statements, writes } = this.#store;
		// So large, so that it is told when there is no room for a delivery.
		await writes.write(0, () => {
			statements.probe.run();
			statements.unprobe.run();
		});
	}

	async expectJob(job: Parameters<Inbox['expectJob']>[0]): Promise<void> {
		const { statements, clock, writes } = this.#store;
		this.#refuseWhenClosed();
		const { modelId = null, enqueuedAt } = job;
		const jobId = text('The jobId of a job', job.jobId);
		const endpoint = text('The endpoint of a job', job.endpoint);
		await writes.write(0, () => {
			const at = enqueuedAt?.getTime() ?? clock.now();
			statements.expectJob.run(jobId, endpoint, modelId, at, Math.min(at, clock.now()));
		});
	}

	async claimOverdueJobs(request: Parameters<Inbox['claimOverdueJobs']>[0]): Promise<ExpectedJob[]> {
		const { statements, clock, writes } = this.#store;
		const limit = count('limit', request.limit);
		const leaseMs = wholeMilliseconds('leaseMilliseconds', request.leaseMilliseconds);
		const overdueMs = wholeMilliseconds('overdueMilliseconds', request.overdueMilliseconds);
		await this.#mendTimes();
		const overdue = (most: number): Row[] => statements.overdueJobs.all(clock.now() - overdueMs, clock.now(), most);
		if (limit === 0 || this.#reading(() => overdue(1).length === 0)) return [];
		const jobs: ExpectedJob[] = [];
		for (let more = true; more; ) {
			const claimed: ExpectedJob[] = [];
			more = await writes.write(0, () => {
				claimed.length = 0;
				const now = clock.now();
				const candidates = overdue(stepRows);
				for (const row of candidates) {
					if (jobs.length + claimed.length === limit) return false;
					const id = row.job_id as string;
					if (statements.findJob.get(Number(row.enqueued_at) - earlyMs, id) !== undefined) {
						statements.settleJob.run('arrived', null, now, 0, now, id);
						continue;
					}
					const job = statements.claimJob.get(now + leaseMs, leaseMs, id);
					if (job !== undefined) claimed.push(jobOf(job));
				}
				return candidates.length === stepRows;
			});
			jobs.push(...claimed);
		}
		return jobs;
	}

	async settleJob(jobId: string, settlement: JobSettlement): Promise<void> {
		const { statements, clock, writes } = this.#store;
		this.#refuseWhenClosed();
		const error = 'error' in settlement ? settlement.error : null;
		const waits = settlement.state === 'waiting';
		const retryMs = waits ? wholeMilliseconds('retryMilliseconds', settlement.retryMilliseconds) : 0;
		const found = await writes.write(0, () => {
			const now = clock.now();
			return statements.settleJob.run(settlement.state, error, now + retryMs, retryMs, waits ? null : now, jobId)
				.changes;
		});
		if (found === 0) throw new InboxError('not_found', `There is no expected job ${jobId} in this inbox.`);
	}

	close(): Promise<void> {
		this.#closed ??= this.#finish();
		return this.#closed;
	}

	async #finish(): Promise<void> {
		await Promise.allSettled(this.#preparing);
		await this.#claims.letGo();
		await this.#store.close();
	}

	#insert(
		{ endpoint, body, remoteAddress = null, receivedAt, source = 'webhook' }: NewDelivery,
		lease: Lease | undefined,
		leaseMs: number,
		sha256: Uint8Array,
		headers: string,
		stored: StoredBody,
	): Promise<SaveResult> {
		const token = lease === undefined ? 0 : 1;
		const values = (): (string | number | null)[] => {
			const now = this.#store.clock.now();
			const receivedMs = receivedAt?.getTime() ?? now;
			return [
				endpoint,
				body.byteLength,
				headers,
				remoteAddress,
				receivedMs,
				source,
				token,
				token,
				lease?.owner ?? null,
				lease === undefined ? Math.min(receivedMs, now) : now + leaseMs,
				leaseMs,
				stored.encoding,
			];
		};
		const bytes = [sha256, stored.bytes] as const;
		return this.#store.writes.change({ statement: 'insertDelivery', values, bytes }, (result) => {
			const id = Math.abs(result);
			const duplicate = result < 0;
			return { id, duplicate, claim: lease === undefined || duplicate ? null : { id, token } };
		});
	}

	/** Does what `prepare` does first, then what it gives; `close` waits until that stands in line. */
	async #prepared<Result>(prepare: () => Promise<() => Promise<Result>>): Promise<Result> {
		let result: Promise<Result> | undefined;
		const preparing = prepare().then((write) => {
			result = write();
			// Whoever asked is told; here it only has to stand in line.
			result.catch(() => {});
		});
		this.#preparing.add(preparing);
		try {
			await preparing;
		} finally {
			this.#preparing.delete(preparing);
		}
		return result as Promise<Result>;
	}

	async *#readClaimed(rows: readonly ClaimedRow[]): AsyncGenerator<Reading> {
		let read = 0;
		for (const { id, row } of rows) {
			read += Number(row.body_bytes);
			if (read > stepBytes) {
				read = 0;
				await turn();
			}
			yield await this.#readOne(id, row).catch(faultOfOne);
		}
	}

	async #readOne(id: number, row: Row): Promise<InboxEntryWithBody> {
		const body = await this.#store.vault.loadBody(ownerOf(row), this.#store.storedBody(id));
		return { ...(await this.#store.entry(row)), body };
	}

	async #spoil({ id, token }: Claim, message: string, pauseMs: number | null): Promise<void> {
		const { statements, clock, writes } = this.#store;
		await writes.write(0, () => {
			const now = clock.now();
			statements.spoil.run(
				pauseMs === null ? 'dead' : 'failed',
				pauseMs === null ? 0 : 1,
				pauseMs === null ? null : now + pauseMs,
				pauseMs ?? 0,
				pauseMs === null ? now : null,
				JSON.stringify(message),
				id,
				token,
			);
		});
	}

	/** Gives whether any of the claims still counted. Of the others the attempts are taken back all the same. */
	#release(claims: readonly Claim[]): Promise<boolean> {
		const { statements, clock, writes } = this.#store;
		return writes.write(0, () => {
			const held = claims.filter(({ id, token }) => {
				if (statements.release.run(clock.now(), id, token).changes !== 0) return true;
				statements.takeBack.run(id, token, token);
				return false;
			});
			return held.length > 0;
		});
	}

	/** What is due, longest due first. Endpoint by endpoint, because only so each is read from the index alone. */
	#due(endpoints: readonly string[] | undefined, limit: number, few: Required<ClaimRequest>['unended']): Row[] {
		const now = this.#store.clock.now();
		const wanted = [...new Set(endpoints ?? this.#endpoints())];
		const first = (rows: Row[]): Row[] => {
			rows.sort((a, b) => Number(a.due_at) - Number(b.due_at) || Number(a.id) - Number(b.id));
			return rows.slice(0, limit);
		};
		const due = (unended: 0 | 1): Row[] =>
			first(wanted.flatMap((endpoint) => this.#store.statements.due.all(few.attempts, endpoint, now, unended, limit)));
		const all = due(1);
		const unended = all.filter(({ is_unended }) => is_unended === 1);
		// Rarely: what is due behind them is looked for by itself.
		return unended.length <= few.limit ? all : first([...unended.slice(0, few.limit), ...due(0)]);
	}

	/** The endpoints that something waits for, each found by one step in the index. */
	#endpoints(): string[] {
		const endpoints: string[] = [];
		for (let last = ''; ; ) {
			const next = textOrNull(this.#store.statements.nextEndpoint.get(last)?.endpoint);
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
		this.#refuseWhenClosed();
		if (!this.#store.clock.wasSetBack()) return;
		const { ahead, mendDelivery, jobsAhead, mendJobs } = this.#store.statements;
		for (const endpoint of this.#reading(() => this.#endpoints())) {
			while (this.#reading(() => ahead.get(endpoint, this.#store.clock.now(), this.#store.clock.now())) !== undefined) {
				await this.#store.writes.write(0, () => {
					const now = this.#store.clock.now();
					mendDelivery.run(now, endpoint, now, now, stepRows);
				});
			}
		}
		if (this.#reading(() => jobsAhead.get(this.#store.clock.now(), this.#store.clock.now())) !== undefined) {
			await this.#store.writes.write(0, () => {
				const now = this.#store.clock.now();
				mendJobs.run(now, now, now, now);
			});
		}
	}

	#reading<Result>(read: () => Result): Result {
		this.#refuseWhenClosed();
		return this.#store.reading(read);
	}

	#refuseWhenClosed(): void {
		if (this.#closed !== null) throw new InboxError('closed', 'The inbox has been closed.');
	}
}

/** A delivery as it was when it was leased. */
interface ClaimedRow extends Claim {
	readonly row: Row;
}
