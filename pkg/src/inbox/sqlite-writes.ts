import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { InboxError } from './inbox.js';
import { isBusy, messageOf } from './sqlite-error.js';
import type { SqliteLog } from './sqlite-log.js';
import type { StatementName } from './sqlite-statements.js';
import { applyChange, type Change, type Outcome, type SqliteThread } from './sqlite-thread.js';
import { inTransaction } from './sqlite-transaction.js';

/** How long a write waits for other processes before it is given up. */
export const busyLimitMs = 5_000;
export const busyPauseMs = 10;
/** A transaction takes no more writes past any of these, so that a burst does not hold the event loop for long. */
const transactionWrites = 512;
const transactionMs = 20;
/** In the thread it holds nobody here, but the lock: twice as long, a twentieth more is saved in the same time. */
export const threadMs = 2 * transactionMs;
/** How many bytes it takes depends on what the disk did with the one before: between these, to be about as long as that. */
const leastBytes = 512 * 1024;
const mostBytes = 4 * 1024 * 1024;

/** From so many writes or bytes in one transaction on, the thread is worth its start. */
const busyWrites = 4;
const busyBytes = 256 * 1024;
/** What waits is handed over at once from so much on; less, when the requests that came with it have been read. */
const handedWrites = 32;
const handedBytes = 512 * 1024;
/** Beside a transaction that is with the thread, the next one takes more writes: fewer syncs, and it would only lie there. */
const nextWrites = 64;

/** A write that waits for the next transaction. */
interface Write {
	readonly bytes: number;
	/** Runs inside a transaction of this thread; what it returns settles the promise once the transaction is committed. */
	readonly run: () => () => void;
	/** What the other thread can do of it; `null` where it cannot. */
	readonly change: Change | null;
	/** Settles the promise with what the change came to. */
	readonly done: (result: number) => void;
	readonly reject: (error: unknown) => void;
}

/** What makes one transaction in the thread. */
interface Handed {
	readonly writes: readonly Write[];
	/** It is the one write that it is, because it made a common transaction fail, or had begun in that one. */
	readonly isAlone: boolean;
}

/**
 * The writes of one inbox, many to a transaction: the sync to disk is what a commit costs, and one serves all writes that came
 * while the one before was running. All transactions are in the thread, or one is here.
 */
export class SqliteWrites {
	readonly #db: DatabaseSync;
	readonly #log: SqliteLog | null;
	readonly #thread: SqliteThread | null;
	readonly #statements: Readonly<Record<StatementName, StatementSync>>;
	#waiting: Write[] = [];
	#waitingBytes = 0;
	/** What is with the thread, oldest first. */
	readonly #away: Handed[] = [];
	/** Called when all of it is back. */
	#whenBack: (() => void)[] = [];
	/** When the oldest of `#waiting` is given up, by `performance.now()`; set while the database is locked by another process. */
	#busyUntil: number | null = null;
	/** So many of the next writes have a transaction each, with nothing beside it: one of them made their common one fail. */
	#alone = 0;
	/** What waits longest could not be handed over: not tried again, and copied, for each write that comes behind it. */
	#isForHere = false;
	#bytesMax = mostBytes / 2;
	#scheduled = false;
	#closed: Promise<void> | null = null;

	/** `log` is told of what was written; `null` where there is none, as `thread`. */
	constructor(
		db: DatabaseSync,
		statements: Readonly<Record<StatementName, StatementSync>>,
		log: SqliteLog | null,
		thread: SqliteThread | null,
	) {
		this.#db = db;
		this.#statements = statements;
		this.#log = log;
		this.#thread = thread;
	}

	get closed(): boolean {
		return this.#closed !== null;
	}

	/** Runs `run` in the next transaction and resolves after its COMMIT. `bytes` is about what it writes. */
	write<Result>(bytes: number, run: () => Result): Promise<Result> {
		this.refuseWhenClosed();
		return new Promise<Result>((resolve, reject) => {
			this.#push({
				bytes,
				run: () => {
					const result = run();
					return () => resolve(result);
				},
				change: null,
				done: () => {},
				reject,
			});
		});
	}

	/** The same for a change; `give` makes of its number what the promise resolves with. */
	change<Result>(change: Change, give: (result: number) => Result): Promise<Result> {
		this.refuseWhenClosed();
		return new Promise<Result>((resolve, reject) => {
			const done = (result: number): void => resolve(give(result));
			this.#push({
				bytes: change.bytes === null ? 0 : change.bytes[1].byteLength,
				run: () => {
					const result = applyChange(this.#statements, change);
					return () => done(result);
				},
				change,
				done,
				reject,
			});
		});
	}

	refuseWhenClosed(): void {
		if (this.#closed !== null) throw new InboxError('closed', 'The inbox has been closed.');
	}

	/** Resolves when no transaction is under way. */
	async landed(): Promise<void> {
		if (this.#away.length > 0) await new Promise<void>((resolve) => this.#whenBack.push(resolve));
	}

	/** Finishes what waits and takes nothing more. */
	close(): Promise<void> {
		this.#closed ??= this.#finish();
		return this.#closed;
	}

	async #finish(): Promise<void> {
		while (this.#waiting.length > 0 || this.#away.length > 0) {
			await this.#log?.pause?.catch(() => {});
			this.#commitWaiting();
			await this.landed();
			if (this.#waiting.length > 0) await sleep(this.#busyUntil === null ? 0 : busyPauseMs);
		}
		await this.#log?.close();
		await this.#thread?.close();
	}

	#push(write: Write): void {
		this.#waiting.push(write);
		this.#waitingBytes += write.bytes;
		if (this.#away.length > 0) this.#thread?.poll();
		if (this.#isMuch()) this.#handOver();
		else this.#schedule();
	}

	/** Whether what waits is enough for a transaction. */
	#isMuch(): boolean {
		const writes = this.#away.length === 0 ? handedWrites : nextWrites;
		return this.#waiting.length >= writes || this.#waitingBytes >= handedBytes;
	}

	/** Whether what waits longest can be given to the thread, beside what it has. */
	#canHand(): boolean {
		if (this.#isForHere || (this.#alone > 0 && this.#away.length > 0)) return false;
		return this.#thread?.hasRoom === true && this.#waiting[0]?.change != null;
	}

	/** What waits is handed over without waiting for the end of this turn of the event loop, if it can be now. */
	#handOver(): void {
		const isFree = this.#busyUntil === null && this.#closed === null && (this.#log?.pause ?? null) === null;
		if (isFree && this.#canHand()) this.#commitWaiting();
		this.#schedule();
	}

	#schedule(): void {
		if (this.#scheduled || this.#closed !== null || this.#away.length > 0) return;
		this.#scheduled = true;
		const turn = (): void => {
			this.#scheduled = false;
			if (this.#closed !== null || this.#away.length > 0) return;
			if ((this.#log?.pause ?? null) === null) this.#commitWaiting();
			if (this.#waiting.length > 0) this.#schedule();
		};
		const pause = this.#log?.pause ?? null;
		if (pause !== null) void pause.catch(() => {}).then(turn);
		else if (this.#busyUntil === null) setImmediate(turn);
		else setTimeout(turn, busyPauseMs);
	}

	/**
	 * Commits as many of the waiting writes as one transaction takes, or hands them over; leaves them waiting while the database
	 * is locked, or while what is with the thread has to come back first.
	 */
	#commitWaiting(): void {
		const isAlone = this.#alone > 0;
		const most = isAlone ? 1 : transactionWrites;
		if (this.#canHand()) {
			const changes: Change[] = [];
			let bytes = 0;
			for (const { change, bytes: more } of this.#waiting) {
				if (change === null || changes.length === most) break;
				if (changes.length > 0 && bytes + more > this.#bytesMax) break;
				bytes += more;
				changes.push(change);
			}
			try {
				this.#thread?.hand(changes, this.#back);
				this.#away.push({ writes: this.#take(changes.length), isAlone });
				return;
			} catch {
				this.#isForHere = true;
			}
		}
		if (this.#waiting.length === 0 || this.#away.length > 0) return;
		this.#isForHere = false;
		const settle: (() => void)[] = [];
		let begun = 0;
		let bytes = 0;
		let start = 0;
		try {
			inTransaction(this.#db, () => {
				// Not the wait for the lock: that says nothing of the disk.
				start = performance.now();
				const until = start + transactionMs;
				for (const write of this.#waiting) {
					if (begun > 0) {
						if (begun === most || bytes + write.bytes > this.#bytesMax || performance.now() > until) break;
						// What the thread can do is left to it.
						if (this.#thread?.hasRoom && write.change !== null) break;
					}
					begun += 1;
					bytes += write.bytes;
					settle.push(write.run());
				}
			});
		} catch (error) {
			this.#failed(error, begun);
			return;
		}
		this.#take(begun);
		this.#committed(begun, bytes, (performance.now() - start) / transactionMs, isAlone);
		for (const done of settle) done();
		if (begun >= busyWrites || bytes >= busyBytes) void this.#thread?.begin();
	}

	/** Takes what became of the oldest transaction that is with the thread. */
	readonly #back = (outcome: Outcome): void => {
		const { writes, isAlone } = this.#away.shift() as Handed;
		// The one before has failed meanwhile. This one waits behind those that go alone of it, and is tried again.
		const isBeside = !isAlone && this.#alone > 0;
		if ('ended' in outcome) {
			const message = 'The inbox could not save: its thread that writes has ended.';
			const reason = new InboxError('write', message, outcome.ended);
			this.#busyUntil = null;
			if (isAlone) this.#alone -= 1;
			for (const write of writes) write.reject(reason);
		} else if ('untouched' in outcome) this.#putBack(writes, isAlone);
		else if ('error' in outcome) {
			this.#putBack(writes, isAlone);
			if (!isBeside) this.#failed(outcome.error, outcome.begun);
		} else {
			const { results, bytes, milliseconds } = outcome;
			const done = writes.slice(0, results.length);
			this.#putBack(writes.slice(results.length), isAlone);
			this.#committed(done.length, bytes, milliseconds / threadMs, isAlone);
			for (const [index, write] of done.entries()) write.done(results[index] as number);
		}
		if (this.#away.length === 0) for (const wake of this.#whenBack.splice(0)) wake();
		if (this.#isMuch()) this.#handOver();
		else if (this.#waiting.length > 0) this.#schedule();
	};

	/** The first of those that wait; they do so no more. */
	#take(count: number): Write[] {
		const taken = this.#waiting.splice(0, count);
		this.#waitingBytes -= bytesOf(taken);
		return taken;
	}

	/** They wait again, before all others but those that go alone. */
	#putBack(writes: readonly Write[], isAlone: boolean): void {
		this.#waiting.splice(isAlone ? 0 : this.#alone, 0, ...writes);
		this.#waitingBytes += bytesOf(writes);
	}

	/** `share` is how much it took of the time that a transaction may. */
	#committed(writes: number, bytes: number, share: number, isAlone: boolean): void {
		if (share > 1) this.#bytesMax = Math.max(leastBytes, this.#bytesMax / 2);
		else if (share < 1 / 2) this.#bytesMax = Math.min(mostBytes, this.#bytesMax * 2);
		this.#busyUntil = null;
		if (isAlone) this.#alone -= 1;
		this.#log?.committed(writes, bytes);
	}

	/** Of those that wait, so many had begun in a transaction that did not commit; the last of them made it fail, or what came after it. */
	#failed(error: unknown, begun: number): void {
		if (isBusy(error)) {
			this.#busyUntil ??= performance.now() + busyLimitMs;
			if (performance.now() < this.#busyUntil) return;
			this.#busyUntil = null;
			this.#alone = 0;
			const reason = new InboxError('busy', 'The inbox could not save: another process keeps it locked.', error);
			for (const write of this.#take(this.#waiting.length)) write.reject(reason);
			return;
		}
		this.#busyUntil = null;
		if (begun > 1) {
			// Not all of them need be at fault: a small body may still fit on a full disk.
			this.#alone = begun;
			return;
		}
		const reason = error instanceof InboxError ? error : writeError(error);
		// Where no transaction could begin, none of them has a chance.
		const hopeless = this.#take(begun === 0 ? this.#waiting.length : 1);
		this.#alone = begun === 0 ? 0 : Math.max(0, this.#alone - 1);
		for (const write of hopeless) write.reject(reason);
	}
}

function bytesOf(writes: readonly Write[]): number {
	let total = 0;
	for (const { bytes } of writes) total += bytes;
	return total;
}

function writeError(error: unknown): InboxError {
	return new InboxError('write', `The inbox could not save: ${messageOf(error)}`, error);
}
