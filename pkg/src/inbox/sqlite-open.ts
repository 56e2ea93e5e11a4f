import { closeSync, existsSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { InboxError } from './inbox.js';
import { isBusy, messageOf } from './sqlite-error.js';
import { migrate, schemaVersion } from './sqlite-schema.js';
import { busyLimitMs, busyPauseMs } from './sqlite-writes.js';

/** How long SQLite itself waits: short, because the event loop stands still meanwhile. The rest is waited without blocking. */
const busyBlockMs = 25;
/** A log that a burst has blown up is cut back to this. */
const walBytesKept = 64 * 1024 * 1024;

/**
 * What each connection that writes begins with. FULL syncs the log at every commit: without it a power cut may take back what was
 * answered 200.
 */
export const connectionSettings = `PRAGMA busy_timeout = ${busyBlockMs}; PRAGMA synchronous = FULL;
	PRAGMA journal_size_limit = ${walBytesKept}`;

/**
 * Opens the database of an inbox, in its newest schema. `location` is a path, or `:memory:`; the `path` that comes out is
 * absolute, and `null` in memory.
 */
export async function openDatabase(
	location: string,
	create = true,
): Promise<{ readonly db: DatabaseSync; readonly path: string | null }> {
	const sqlite = await loadSqlite();
	const path = databasePath(location, create);
	const deadline = performance.now() + busyLimitMs;
	for (;;) {
		const db = new sqlite.DatabaseSync(path, { open: false });
		let isOpen = false;
		try {
			db.open();
			isOpen = true;
			configure(db, path, create);
			migrate(db);
			return { db, path: path === ':memory:' ? null : path };
		} catch (error) {
			if (isOpen) db.close();
			// Switching a new file to WAL does not wait for a second process that does the same: SQLite says busy at once.
			if (isBusy(error) && performance.now() < deadline) {
				await sleep(busyPauseMs);
				continue;
			}
			const why = isBusy(error) ? 'another process keeps it locked' : messageOf(error);
			throw new InboxError(isBusy(error) ? 'busy' : 'open', `Cannot open the inbox ${path}: ${why}`, error);
		}
	}
}

async function loadSqlite(): Promise<typeof import('node:sqlite')> {
	try {
		return await import('node:sqlite');
	} catch (error) {
		throw new InboxError(
			'runtime',
			`The SQLite inbox needs Node.js 22.13 or newer, for its node:sqlite; this is ${process.version}.`,
			error,
		);
	}
}

function databasePath(location: string, create: boolean): string {
	if (location === ':memory:') return location;
	// Both spellings are about: sqlite:///var/inbox.db and sqlite:/var/inbox.db.
	const path = location.startsWith('//') ? location.slice(2) : location;
	if (path === '') throw new InboxError('url', 'The inbox URL names no file. Write it as sqlite:inbox.db');
	const absolute = resolve(path);
	if (!existsSync(dirname(absolute))) {
		throw new InboxError('open', `Cannot open the inbox ${absolute}: its folder does not exist. Make it first.`);
	}
	if (!create && !existsSync(absolute)) throw new InboxError('open', `There is no inbox ${absolute}.`);
	// A file that is there is left to SQLite: closing it here would take away the locks that this process holds on it already.
	if (existsSync(absolute)) return absolute;
	try {
		// Documents hold personal data: only the owner may read a new inbox. SQLite gives its log files the same mode.
		closeSync(openSync(absolute, 'a', 0o600));
	} catch (error) {
		throw new InboxError('open', `Cannot open the inbox ${absolute}: ${messageOf(error)}`, error);
	}
	return absolute;
}

function configure(db: DatabaseSync, path: string, create: boolean): void {
	db.exec(`PRAGMA busy_timeout = ${busyBlockMs}`);
	// Before anything is written: what another program keeps in its database must stay as it is, the journal mode too.
	const isNew = schemaVersion(db) === 0;
	if (isNew && !create && path !== ':memory:') throw new Error('it is no inbox yet: it is empty');
	// Before the first table and before WAL, or never: so that room can be given back in steps. Bodies are of 1 KB to some hundred:
	// in pages of 8 KB they take a third less of the processor than in SQLite's 4 KB, and larger pages take more disk.
	if (isNew) db.exec('PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL');
	const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
	if (mode !== 'wal' && path !== ':memory:') {
		throw new Error(`its file system allows no write-ahead log (SQLite stayed in ${mode} mode); use a local disk`);
	}
	db.exec(connectionSettings);
}
