import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { InboxError } from './inbox.js';
import { isBusy, messageOf } from './sqlite-error.js';
import type { SqliteLog } from './sqlite-log.js';
import { inTransaction } from './sqlite-transaction.js';

/** How long a write waits for other processes before it is given up. */
export const busyLimitMs = 5_000;
export const busyPauseMs = 10;
/** A transaction takes no more writes past any of these, so that a burst does not hold the event loop for long. */
const transactionWrites = 512;
const transactionMs = 20;
/** How many bytes it takes depends on what the disk did with the one before: between these, to be about as long as that. */
const leastBytes = 512 * 1024;
const mostBytes = 4 * 1024 * 1024;

/** A write that waits for the next transaction. */
interface Write {
	readonly bytes: number;
	/** Runs inside the transaction; what it returns settles the promise once the transaction is committed. */
	readonly run: () => () => void;
	readonly reject: (error: unknown) => void;
}

/**
 * The writes of one connection, many to a transaction: the sync to disk is what a commit costs, and one serves all writes
 * that came while the one before was running.
 */
export class SqliteWrites {
	readonly #db: DatabaseSync;
	readonly #log: SqliteLog | null;
	#waiting: Write[] = [];
	/** When the oldest of `#waiting` is given up, by `performance.now()`; set while the database is locked by another process. */
	#busyUntil: number | null = null;
	/** So many of the next writes have a transaction each: one of them made their common one fail. */
	#alone = 0;
	#bytesMax = mostBytes / 2;
	#scheduled = false;
	#closed: Promise<void> | null = null;

	/** `log` is told of what was written; `null` where there is none. */
	constructor(db: DatabaseSync, log: SqliteLog | null) {
		this.#db = db;
		this.#log = log;
	}

	get closed(): boolean {
		return this.#closed !== null;
	}

	/** Runs `run` in the next transaction and resolves after its COMMIT. `bytes` is about what it writes. */
	write<Result>(bytes: number, run: () => Result): Promise<Result> {
		this.refuseWhenClosed();
		return new Promise<Result>((resolve, reject) => {
			this.#waiting.push({
				bytes,
				run: () => {
					const result = run();
					return () => resolve(result);
				},
				reject,
			});
			this.#schedule();
		});
	}

	refuseWhenClosed(): void {
		if (this.#closed !== null) throw new InboxError('closed', 'The inbox has been closed.');
	}

	/** Finishes what waits and takes nothing more. */
	close(): Promise<void> {
		this.#closed ??= this.#finish();
		return this.#closed;
	}

	async #finish(): Promise<void> {
		while (this.#waiting.length > 0) {
			await this.#log?.pause?.catch(() => {});
			this.#commitWaiting();
			if (this.#waiting.length > 0) await sleep(this.#busyUntil === null ? 0 : busyPauseMs);
		}
		await this.#log?.close();
	}

	#schedule(): void {
		if (this.#scheduled || this.#closed !== null) return;
		this.#scheduled = true;
		const turn = (): void => {
			this.#scheduled = false;
			if (this.#closed !== null) return;
			if ((this.#log?.pause ?? null) === null) this.#commitWaiting();
			if (this.#waiting.length > 0) this.#schedule();
		};
		const pause = this.#log?.pause ?? null;
		if (pause !== null) void pause.catch(() => {}).then(turn);
		else if (this.#busyUntil === null) setImmediate(turn);
		else setTimeout(turn, busyPauseMs);
	}

	/** Commits as many of the waiting writes as one transaction takes; leaves them waiting while the database is locked. */
	#commitWaiting(): void {
		const settle: (() => void)[] = [];
		let begun = 0;
		let bytes = 0;
		const start = performance.now();
		try {
			inTransaction(this.#db, () => {
				const most = this.#alone > 0 ? 1 : transactionWrites;
				const until = start + transactionMs;
				for (const write of this.#waiting) {
					if (begun > 0) {
						if (begun === most || bytes + write.bytes > this.#bytesMax || performance.now() > until) break;
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
		const took = performance.now() - start;
		if (took > transactionMs) this.#bytesMax = Math.max(leastBytes, this.#bytesMax / 2);
		else if (took < transactionMs / 2) this.#bytesMax = Math.min(mostBytes, this.#bytesMax * 2);
		this.#busyUntil = null;
		this.#alone = Math.max(0, this.#alone - begun);
		this.#waiting.splice(0, begun);
		for (const done of settle) done();
		this.#log?.committed(begun, bytes);
	}

	#failed(error: unknown, begun: number): void {
		if (isBusy(error)) {
			this.#busyUntil ??= performance.now() + busyLimitMs;
			if (performance.now() < this.#busyUntil) return;
			this.#busyUntil = null;
			const reason = new InboxError('busy', 'The inbox could not save: another process keeps it locked.', error);
			for (const write of this.#waiting.splice(0)) write.reject(reason);
			return;
		}
		this.#busyUntil = null;
		if (begun > 1) {
			// Not all of them need be at fault: a small body may still fit on a full disk.
			this.#alone = begun;
			return;
		}
		this.#alone = Math.max(0, this.#alone - 1);
		const reason = error instanceof InboxError ? error : writeError(error);
		// Where no transaction could begin, none of them has a chance.
		for (const write of this.#waiting.splice(0, begun === 0 ? this.#waiting.length : 1)) write.reject(reason);
	}
}

function writeError(error: unknown): InboxError {
	return new InboxError('write', `The inbox could not save: ${messageOf(error)}`, error);
}
