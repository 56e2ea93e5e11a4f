import { statSync } from 'node:fs';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import {
	type DeliveryState,
	InboxError,
	type InboxProblem,
	type InboxStats,
	type OnProgress,
	type PrunePolicy,
	type PruneResult,
} from './inbox.js';
import type { SqliteAside } from './sqlite-aside.js';
import type { Row } from './sqlite-entry.js';
import { faultOfOne, readError } from './sqlite-error.js';
import { logBytes } from './sqlite-log.js';
import { type SqliteStore, stepBytes, stepRows } from './sqlite-store.js';
import { busyLimitMs, busyPauseMs } from './sqlite-writes.js';
import { ownerOf } from './stored-entry.js';
import { type Encoding, isUnseen, type StoredBody } from './vault.js';

const states = ['received', 'handled', 'failed', 'dead', 'quarantined'] as const satisfies DeliveryState[];
/** States that a delivery does not stay in: it has no time at which it was settled. */
const waiting: readonly DeliveryState[] = ['received', 'failed'];
/** Rows that one step counts from an index: some milliseconds. */
const countedRows = 50_000;
/** Rows that one step removes: each has pages of its own in the indexes and for its body. */
const removedRows = 200;
/** Numbers that one step looks through for rows to remove. */
const walkedRows = 5_000;
/** Pages that one step gives back. */
const freedPages = 256;
/** How many bodies are compressed at a time; the threads that do it are four. */
const packedRows = 32;

/** See `Inbox.stats`. Counted in steps, so that it is of no single moment while others write. */
export async function stats(store: SqliteStore): Promise<InboxStats> {
	const { countState, firstOfState, pages, countJobs } = store.statements;
	const deliveries = { received: 0, handled: 0, failed: 0, dead: 0, quarantined: 0 };
	let bodyBytes = 0;
	for (const state of states) {
		for (let after: number | null = 0; after !== null; ) {
			const from: number = after;
			const row: Row | undefined = store.reading(() => countState.get(state, from, countedRows));
			deliveries[state] += Number(row?.count);
			bodyBytes += Number(row?.bytes);
			after = Number(row?.count) === countedRows ? Number(row?.last) : null;
			if (after !== null) await turn();
		}
	}
	return store.reading(() => {
		const { page_count: count, page_size: size } = pages.get() ?? {};
		const log =
			store.path === null
				? 0
				: logBytes(store.path) + (statSync(`${store.path}-shm`, { throwIfNoEntry: false })?.size ?? 0);
		const oldest = waiting
			.map((state) => firstOfState.get(state)?.received_at)
			.filter((at) => typeof at === 'number')
			.sort((a, b) => a - b)[0];
		return {
			deliveries,
			bodyBytes,
			storedBytes: Number(count) * Number(size) + log,
			oldestWaitingAt: oldest === undefined ? null : new Date(oldest),
			expectedJobs: Number(countJobs.get()?.count),
		};
	});
}

/** Where a search goes on: behind the row of this number and, where it goes by time, of this time. */
interface Position {
	readonly at: number;
	readonly id: number;
}

/** Rows that are to be removed, and where the search goes on: `null` at the end. */
type Search = (from: Position) => { rows: Row[]; next: Position | null };

/** See `Inbox.prune`. */
export async function prune(store: SqliteStore, policy: PrunePolicy, onProgress?: OnProgress): Promise<PruneResult> {
	const states = [...new Set(policy.states ?? (['handled'] as const))];
	const { bodyBytesMax: most, dryRun = false } = policy;
	const olderThan = policy.olderThan?.getTime();
	const removed = { deliveries: 0, bodyBytes: 0 };

	const remove = async (search: Search, bytesLeft: () => number): Promise<void> => {
		for (let from: Position | null = { at: Number.MIN_SAFE_INTEGER, id: 0 }; from !== null; ) {
			const begin: Position = from;
			const step = (): { rows: Row[]; next: Position | null } => {
				const found = search(begin);
				const rows: Row[] = [];
				let bytes = 0;
				for (const row of found.rows) {
					if (bytes >= bytesLeft()) return { rows, next: null };
					if (rows.length > 0 && bytes + Number(row.body_bytes) > stepBytes) return { rows, next: positionOf(rows) };
					rows.push(row);
					bytes += Number(row.body_bytes);
					if (!dryRun) store.statements.remove.run(row.id as number);
				}
				return { rows, next: found.next };
			};
			const { rows, next } = dryRun ? store.reading(step) : await store.writes.write(stepBytes, step);
			removed.deliveries += rows.length;
			for (const row of rows) removed.bodyBytes += Number(row.body_bytes);
			if (rows.length > 0) onProgress?.(removed.deliveries, null);
			from = next;
			if (from !== null) await turn();
		}
	};

	if (olderThan !== undefined) {
		const waits = states.filter((state) => waiting.includes(state));
		for (const state of states.filter((one) => !waits.includes(one))) {
			await remove(settledBefore(store, state, olderThan), () => Number.POSITIVE_INFINITY);
		}
		if (waits.length > 0) {
			await remove(alongNumbers(store, waits, 'received_at < ?', olderThan), () => Number.POSITIVE_INFINITY);
		}
		if (!dryRun) await removeOldJobs(store, olderThan);
	}
	if (most !== undefined) {
		const byAge = removed.bodyBytes;
		const excess = (await stats(store)).bodyBytes - (dryRun ? byAge : 0) - most;
		// What a dry run has counted by its age is still there.
		const since = dryRun ? (olderThan ?? Number.MIN_SAFE_INTEGER) : Number.MIN_SAFE_INTEGER;
		const search = alongNumbers(store, states, 'ifnull(settled_at, received_at) >= ?', since);
		if (excess > 0) await remove(search, () => excess - (removed.bodyBytes - byAge));
	}
	return removed;
}

/** What was settled before a moment, by the index of that. */
function settledBefore(store: SqliteStore, state: DeliveryState, before: number): Search {
	return ({ at, id }) => {
		const rows = store.statements.nextSettled.all(state, before, at, id, removedRows);
		return { rows, next: rows.length < removedRows ? null : positionOf(rows) };
	};
}

/** What nobody works on, oldest first; a step looks through some numbers, so that it is short where nothing is found. */
function alongNumbers(store: SqliteStore, states: DeliveryState[], condition: string, value: number): Search {
	const statement = store.reading(() =>
		store.db.prepare(
			`SELECT id, body_bytes FROM delivery INDEXED BY delivery_by_state
			WHERE state IN (SELECT value FROM json_each(?)) AND id > ? AND id <= ? AND (leased_by IS NULL OR due_at <= ?)
			AND ${condition} ORDER BY id LIMIT ?`,
		),
	);
	const end = store.reading(() => Number(store.statements.lastId.get()?.id ?? 0));
	return ({ id }) => {
		const to = id + walkedRows;
		const rows = statement.all(JSON.stringify(states), id, to, store.clock.now(), value, removedRows);
		if (rows.length === removedRows) return { rows, next: positionOf(rows) };
		return { rows, next: to < end ? { at: 0, id: to } : null };
	};
}

function positionOf(rows: Row[]): Position {
	const last = rows.at(-1);
	return { at: Number(last?.settled_at ?? 0), id: Number(last?.id ?? 0) };
}

/** Expected jobs of which it is known long enough what became of them. */
async function removeOldJobs(store: SqliteStore, olderThan: number): Promise<void> {
	while ((await store.writes.write(0, () => store.statements.removeJobs.run(olderThan, stepRows).changes)) !== 0) {
		await turn();
	}
}

/**
 * See `Inbox.vacuum`. A file that was made before room could be given back in steps is written anew once, beside the event
 * loop; others cannot write meanwhile.
 */
export async function vacuum(store: SqliteStore, onProgress?: OnProgress): Promise<void> {
	store.writes.refuseWhenClosed();
	const bodies = store.statements.countState;
	const total = store.reading(() =>
		(['handled', 'dead'] as const).reduce((sum, state) => sum + Number(bodies.get(state, 0, -1)?.count), 0),
	);
	let done = 0;
	for (const state of ['handled', 'dead'] as const) {
		for (let after = 0; ; ) {
			const rows: Row[] = [];
			let bytes = 0;
			let seen = 0;
			while (rows.length < packedRows && bytes < stepBytes && seen < stepRows) {
				const next = store.reading(() => store.statements.nextOfState.get(state, after));
				if (next === undefined) break;
				after = Number(next.id);
				seen += 1;
				const row = unseenRow(store, after);
				if (row === null) continue;
				rows.push(row);
				bytes += Number(row.body_bytes);
			}
			if (seen === 0) break;
			await Promise.all(rows.map((row) => packRow(store, row)));
			done += seen;
			onProgress?.(done, total);
			await turn();
		}
	}
	await giveBack(store);
}

/** What is known of a body that vacuum has not seen yet; `null` for another one. */
function unseenRow(store: SqliteStore, id: number): Row | null {
	try {
		const row = store.reading(() => store.statements.toPack.get(id));
		return row !== undefined && isUnseen(row.encoding as Encoding) ? row : null;
	} catch (error) {
		return leftAsItIs(error);
	}
}

/** What cannot be read is left as it is: `check` tells of it. */
function leftAsItIs(error: unknown): null {
	faultOfOne(error);
	return null;
}

async function packRow(store: SqliteStore, row: Row): Promise<void> {
	const id = row.id as number;
	let packed: StoredBody | null;
	try {
		packed = await store.vault.packBody(ownerOf(row), store.storedBody(id));
	} catch (error) {
		packed = leftAsItIs(error);
	}
	if (packed === null) return;
	await store.writes.write(packed.bytes.byteLength, () => {
		const { changes } = store.statements.setEncoding.run(packed.encoding, id, row.encoding as string | null);
		// Not where another process was faster, or has removed it; and a body that is stored as before need not be written.
		if (changes !== 0 && packed.encoding !== 'plain') store.statements.setBody.run(packed.bytes, id);
	});
}

async function giveBack(store: SqliteStore): Promise<void> {
	const pragma = (name: string): number =>
		Number(store.reading(() => store.db.prepare(`PRAGMA ${name}`).get())?.[name]);
	if (pragma('auto_vacuum') === 0) {
		await beside(store.aside, 'PRAGMA auto_vacuum = INCREMENTAL', 'VACUUM');
	}
	for (let left = pragma('freelist_count'); left > 0; ) {
		await store.writes.write(stepBytes, () => store.db.exec(`PRAGMA incremental_vacuum(${freedPages})`));
		const now = pragma('freelist_count');
		if (now >= left) break;
		left = now;
		await turn();
	}
	// The file is as long as before until the log is in it. Where somebody is just moving it there, if only our own writes, no length
	// is told. Where a reader is in the way it is: waiting for him holds the lock for writes, and is not tried again.
	for (const until = performance.now() + busyLimitMs; ; await sleep(busyPauseMs)) {
		const [moved] = await beside(store.aside, 'PRAGMA wal_checkpoint(TRUNCATE)');
		if (moved?.busy !== 1 || moved.log !== -1 || performance.now() > until) return;
	}
}

/** Runs SQL in the thread beside, and tells its errors as they are told to callers. */
async function beside(aside: SqliteAside | null, ...sqls: string[]): Promise<Row[]> {
	try {
		return (await aside?.run(...sqls)) ?? [];
	} catch (error) {
		throw readError(error);
	}
}

/** See `Inbox.check`. The structure is read beside the event loop. */
export async function* check(store: SqliteStore, onProgress?: OnProgress): AsyncGenerator<InboxProblem> {
	store.writes.refuseWhenClosed();
	// Not quick_check: that misses what an index has lost, and by an index it is found what is to be handled.
	const sql = 'PRAGMA integrity_check';
	const faults =
		store.aside === null ? store.reading(() => store.db.prepare(sql).all()) : await beside(store.aside, sql);
	for (const { integrity_check: message } of faults) {
		if (message !== 'ok') yield { id: null, message: String(message) };
	}
	let done = 0;
	let bytes = 0;
	for (let after = 0; ; ) {
		const next = nextToCheck(store, after);
		if (next instanceof InboxError) {
			yield { id: null, message: `What is behind delivery ${after} cannot be checked: ${next.message}` };
			break;
		}
		if (next === undefined) break;
		after = Number(next.id);
		const message = await faultOf(store, after);
		if (message !== null) yield { id: after, message };
		done += 1;
		bytes += Number(next.body_bytes);
		if (bytes > stepBytes || done % stepRows === 0) {
			bytes = 0;
			onProgress?.(done, null);
			await turn();
		}
	}
	onProgress?.(done, done);
}

function nextToCheck(store: SqliteStore, after: number): Row | undefined | InboxError {
	try {
		return store.reading(() => store.statements.nextToCheck.get(after));
	} catch (error) {
		return faultOfOne(error);
	}
}

async function faultOf(store: SqliteStore, id: number): Promise<string | null> {
	try {
		const row = store.reading(() => store.statements.read.get(id));
		if (row === undefined) {
			// Unless it was pruned meanwhile.
			return store.reading(() => store.statements.owner.get(id)) === undefined ? null : 'The body is missing.';
		}
		await store.entry(row);
		await store.body(row);
		return null;
	} catch (error) {
		return faultOfOne(error).message;
	}
}
