import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { SqliteAside } from './sqlite-aside.js';

/** After so many bytes of log, what is in it is moved into the file. */
const moveBytes = 16 * 1024 * 1024;
/** A log that is longer is begun anew, for which writes have to pause. */
const longBytes = 64 * 1024 * 1024;
/** About what a write takes in the log beside its bytes: the pages of the row and of its indexes. */
const writeBytes = 16 * 1024;

/**
 * Moves the write-ahead log into the database file, in the thread beside. Left to SQLite, that happens within some commit, and
 * whoever commits stands still for two syncs and thousands of pages: without it twice as many deliveries are saved a second,
 * and the longest pause is a third.
 */
export class SqliteLog {
	readonly #connections: Pick<DatabaseSync, 'exec'>;
	readonly #path: string;
	readonly #aside: SqliteAside;
	readonly #landed: () => Promise<void>;
	#bytes: number;
	#moving: Promise<void> | null = null;
	#pause: Promise<unknown> | null = null;
	/** As every connection begins. */
	#isLeftToSqlite = true;

	/**
	 * @param connections all that write
	 * @param landed resolves when no transaction is under way; none begins while there is a {@link pause}
	 */
	constructor(connections: Pick<DatabaseSync, 'exec'>, path: string, aside: SqliteAside, landed: () => Promise<void>) {
		this.#connections = connections;
		this.#path = path;
		this.#aside = aside;
		this.#landed = landed;
		// What processes that were killed have left is moved too.
		this.#bytes = logBytes(path);
		this.#leaveToSqlite(false);
	}

	/** Resolves when writes may go on; `null` when they may at once. */
	get pause(): Promise<unknown> | null {
		return this.#pause;
	}

	/** Told after each commit what was written. */
	committed(writes: number, bytes: number): void {
		this.#bytes += bytes + writes * writeBytes;
		if (this.#bytes < moveBytes || this.#moving !== null) return;
		this.#bytes = 0;
		this.#moving = this.#move().finally(() => {
			this.#moving = null;
		});
	}

	/** Resolves when nothing is being moved, and ends the thread. */
	async close(): Promise<void> {
		await this.#moving;
		await this.#aside.close();
	}

	async #move(): Promise<void> {
		try {
			await this.#aside.run('PRAGMA wal_checkpoint(PASSIVE)');
			this.#leaveToSqlite(false);
			// SQLite cuts a log that it begins anew to just that length.
			if (logBytes(this.#path) <= longBytes) return;
			// What was written meanwhile, so that the pause is short.
			await this.#aside.run('PRAGMA wal_checkpoint(PASSIVE)');
			// Under load there is always one more commit: only where none is, can the log begin at its start again. SQLite would look for
			// that moment in steps of up to 100 ms: 60 ms a second at 9 KB, 20 % of the time at 220 KB.
			this.#pause = this.#landed().then(() => this.#aside.run('PRAGMA wal_checkpoint(RESTART)'));
			await this.#pause;
		} catch {
			// No thread can be had, or the disk is full: as SQLite does it then, until it goes well here again.
			this.#leaveToSqlite(true);
		} finally {
			this.#pause = null;
		}
	}

	#leaveToSqlite(isLeft: boolean): void {
		if (this.#isLeftToSqlite === isLeft) return;
		this.#isLeftToSqlite = isLeft;
		this.#connections.exec(`PRAGMA wal_autocheckpoint = ${isLeft ? 1000 : 0}`);
	}
}

/** The length of the log. */
export function logBytes(path: string): number {
	return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
