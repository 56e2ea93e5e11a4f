import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock } from './clock.js';
import { type InboxEntry, InboxError } from './inbox.js';
import { SqliteAside } from './sqlite-aside.js';
import type { Row } from './sqlite-entry.js';
import { readError } from './sqlite-error.js';
import { SqliteLog } from './sqlite-log.js';
import { connectionSettings } from './sqlite-open.js';
import { prepareAll, type StatementName } from './sqlite-statements.js';
import { SqliteThread } from './sqlite-thread.js';
import { SqliteWrites, threadMs } from './sqlite-writes.js';
import { entryOf, listedEntryOf, ownerOf } from './stored-entry.js';
import type { Encoding, StoredBody, Vault } from './vault.js';

/** Long work is done in steps of so many rows and bytes, between which the event loop and other processes have their turn. */
export const stepRows = 500;
export const stepBytes = 4 * 1024 * 1024;

/** What all parts of the engine work with: one connection, and how its rows are read. */
export class SqliteStore {
	readonly db: DatabaseSync;
	/** `null` in memory. */
	readonly path: string | null;
	readonly clock: Clock;
	readonly vault: Vault;
	readonly writes: SqliteWrites;
	readonly statements: Record<StatementName, StatementSync>;
	/** For upkeep; `null` in memory, where no second connection can see anything. */
	readonly aside: SqliteAside | null;
	/** For writes; `null` in memory. */
	readonly thread: SqliteThread | null;

	constructor(db: DatabaseSync, path: string | null, clock: Clock, vault: Vault) {
		this.db = db;
		this.path = path;
		this.clock = clock;
		this.vault = vault;
		this.aside = path === null ? null : new SqliteAside(path);
		// The log is moved in yet another thread: writes wait for it at times, and not for a check of the whole file before it.
		const thread = path === null ? null : new SqliteThread(path, connectionSettings, threadMs);
		this.thread = thread;
		const connections = {
			exec(sql: string): void {
				db.exec(sql);
				thread?.exec(sql);
			},
		};
		const log =
			path === null ? null : new SqliteLog(connections, path, new SqliteAside(path), () => this.writes.landed());
		this.statements = prepareAll(db);
		this.writes = new SqliteWrites(db, this.statements, log, thread);
	}

	/** Runs what reads, and tells its errors as they are told to callers. */
	reading<Result>(read: () => Result): Result {
		this.writes.refuseWhenClosed();
		try {
			return read();
		} catch (error) {
			throw readError(error);
		}
	}

	/** The delivery of a row; rejects where that cannot be read. */
	entry(row: Row): Promise<InboxEntry> {
		return entryOf(row, this.vault, this.#isLeased(row));
	}

	/** The same for a list. */
	listedEntry(row: Row): Promise<InboxEntry> {
		return listedEntryOf(row, this.vault, this.#isLeased(row));
	}

	/** What is stored of a body; throws where it cannot be read, or is not there. */
	storedBody(id: number): StoredBody {
		const row = this.reading(() => this.statements.readBody.get(id));
		if (row === undefined) throw new InboxError('damaged', 'The body is missing.');
		return storedOf(row);
	}

	/** The body of a row that has its column `bytes`. */
	async body(row: Row): Promise<Uint8Array> {
		return this.vault.loadBody(ownerOf(row), storedOf(row));
	}

	async close(): Promise<void> {
		await this.writes.close();
		await this.aside?.close();
		this.db.close();
	}

	#isLeased({ leased_by: leasedBy, due_at: dueAt }: Row): boolean {
		return leasedBy !== null && Number(dueAt) > this.clock.now();
	}
}

function storedOf(row: Row): StoredBody {
	return { bytes: row.bytes as Uint8Array, encoding: row.encoding as Encoding };
}
