import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Issue, PayloadKind } from 'mindhook';
import {
	type DeliveryState,
	type Inbox,
	type InboxEntry,
	type InboxEntryWithBody,
	InboxError,
	type InboxFilter,
	type NewDelivery,
	type ParsedAs,
	type SaveResult,
} from './inbox.js';
import { migrate, schemaVersion } from './sqlite-schema.js';
import { inTransaction } from './sqlite-transaction.js';

/** How long a write waits for other processes before it is given up. */
const busyLimitMs = 5_000;
/** How long SQLite itself waits: short, because the event loop stands still meanwhile. The rest is waited without blocking. */
const busyBlockMs = 50;
const busyPauseMs = 10;
/** A transaction takes no more than this, so that a burst of large bodies does not hold the event loop for long. */
const transactionBytes = 16 * 1024 * 1024;
const transactionWrites = 512;
/** SQLite refuses a row past a thousand million bytes. */
const bodyBytesMax = 999_000_000;
/** A log that a burst has blown up is cut back to this. */
const walBytesKept = 64 * 1024 * 1024;

const entryColumns = `id, endpoint, lower(hex(body_sha256)) AS body_sha256, body_bytes, headers, remote_address, received_at,
	state, attempts, last_error, issues, kind, inference_id, model_id`;

type Row = Record<string, SQLOutputValue>;

/** A write that waits for the next transaction. */
interface Write {
	readonly bytes: number;
	/** Runs inside the transaction; what it returns settles the promise once the transaction is committed. */
	readonly run: () => () => void;
	readonly reject: (error: unknown) => void;
}

/** The engine behind `sqlite:`. `location` is a path, or `:memory:`. */
export async function openSqliteInbox(location: string): Promise<Inbox> {
	const sqlite = await loadSqlite();
	const path = databasePath(location);
	const deadline = Date.now() + busyLimitMs;
	for (;;) {
		const db = new sqlite.DatabaseSync(path, { open: false });
		try {
			db.open();
			configure(db, path);
			migrate(db);
			return new SqliteInbox(db);
		} catch (error) {
			if (db.isOpen) db.close();
			// Switching a new file to WAL does not wait for a second process that does the same: SQLite says busy at once.
			if (isBusy(error) && Date.now() < deadline) {
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

function databasePath(location: string): string {
	if (location === ':memory:') return location;
	// Both spellings are about: sqlite:///var/inbox.db and sqlite:/var/inbox.db.
	const path = location.startsWith('//') ? location.slice(2) : location;
	if (path === '') throw new InboxError('url', 'The inbox URL names no file. Write it as sqlite:inbox.db');
	const absolute = resolve(path);
	if (!existsSync(dirname(absolute))) {
		throw new InboxError('open', `Cannot open the inbox ${absolute}: its folder does not exist. Make it first.`);
	}
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

function configure(db: DatabaseSync, path: string): void {
	db.exec(`PRAGMA busy_timeout = ${busyBlockMs}`);
	// Before anything is written: what another program keeps in its database must stay as it is, the journal mode too.
	schemaVersion(db);
	const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
	if (mode !== 'wal' && path !== ':memory:') {
		throw new Error(`its file system allows no write-ahead log (SQLite stayed in ${mode} mode); use a local disk`);
	}
	// FULL syncs the log at every commit: without it a power cut may take back what was answered 200.
	db.exec(`PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${walBytesKept}`);
}

class SqliteInbox implements Inbox {
	readonly #db: DatabaseSync;
	readonly #statements: ReturnType<typeof prepareAll>;
	#writes: Write[] = [];
	/** When the oldest of `#writes` is given up; set while the database is locked by another process. */
	#busyUntil: number | null = null;
	#scheduled = false;
	#closed: Promise<void> | null = null;

	constructor(db: DatabaseSync) {
		this.#db = db;
		this.#statements = prepareAll(db);
	}

	async save(delivery: NewDelivery): Promise<SaveResult> {
		const { endpoint, body, headers = {}, remoteAddress = null, receivedAt = new Date() } = delivery;
		if (!(body instanceof Uint8Array)) throw new TypeError('The body of a delivery must be a Uint8Array.');
		if (body.byteLength > bodyBytesMax) {
			throw new InboxError('write', `A body of ${body.byteLength} bytes is too large for SQLite (${bodyBytesMax}).`);
		}
		const sha256 = createHash('sha256').update(body).digest();
		const { insertDelivery, insertBody, findDelivery } = this.#statements;
		return this.#write(body.byteLength, () => {
			const inserted = insertDelivery.run(
				endpoint,
				sha256,
				body.byteLength,
				JSON.stringify(headers),
				remoteAddress,
				receivedAt.getTime(),
			);
			if (inserted.changes === 0) {
				return { id: Number(findDelivery.get(endpoint, sha256)?.id), duplicate: true };
			}
			const id = Number(inserted.lastInsertRowid);
			insertBody.run(id, body);
			return { id, duplicate: false };
		});
	}

	async read(id: number): Promise<InboxEntryWithBody | null> {
		this.#refuseWhenClosed();
		const row = this.#statements.read.get(id);
		return row === undefined ? null : { ...entryOf(row), body: row.bytes as Uint8Array };
	}

	async list(filter: InboxFilter = {}): Promise<InboxEntry[]> {
		this.#refuseWhenClosed();
		const conditions: string[] = [];
		const values: SQLInputValue[] = [];
		const where = (condition: string, value: SQLInputValue | undefined): void => {
			if (value === undefined) return;
			conditions.push(condition);
			values.push(value);
		};
		where('endpoint = ?', filter.endpoint);
		where('state = ?', filter.state);
		where('kind = ?', filter.kind);
		where('id < ?', filter.before);
		const clause = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
		return this.#db
			.prepare(`SELECT ${entryColumns} FROM delivery ${clause} ORDER BY id DESC LIMIT ?`)
			.all(...values, filter.limit ?? 100)
			.map(entryOf);
	}

	async pending(filter: { endpoint?: string } = {}): Promise<number[]> {
		this.#refuseWhenClosed();
		return this.#statements.pending.all(filter.endpoint ?? null).map((row) => Number(row.id));
	}

	async markHandled(id: number, parsed: ParsedAs): Promise<void> {
		await this.#mark(id, 'handled', 1, null, null, parsed);
	}

	async markFailed(id: number, error: string, parsed?: ParsedAs): Promise<void> {
		await this.#mark(id, 'failed', 1, error, null, parsed);
	}

	async markQuarantined(id: number, issues: readonly Issue[]): Promise<void> {
		await this.#mark(id, 'quarantined', 0, null, issues);
	}

	close(): Promise<void> {
		this.#closed ??= this.#finish();
		return this.#closed;
	}

	async #finish(): Promise<void> {
		while (this.#writes.length > 0) {
			this.#commitWaiting();
			if (this.#writes.length > 0) await sleep(busyPauseMs);
		}
		this.#db.close();
	}

	async #mark(
		id: number,
		state: DeliveryState,
		attempts: number,
		error: string | null,
		issues: readonly Issue[] | null,
		parsed?: ParsedAs,
	): Promise<void> {
		const found = await this.#write(
			0,
			() =>
				this.#statements.mark.run(
					state,
					attempts,
					error,
					issues === null ? null : JSON.stringify(issues),
					parsed?.kind ?? null,
					parsed?.inferenceId ?? null,
					parsed?.modelId ?? null,
					id,
				).changes !== 0,
		);
		if (!found) throw new InboxError('not_found', `There is no delivery ${id} in this inbox.`);
	}

	/**
	 * Runs `run` in the next transaction, together with every other write of this turn of the event loop: the sync to disk
	 * is what a commit costs, and one serves them all. Resolves after COMMIT.
	 */
	#write<Result>(bytes: number, run: () => Result): Promise<Result> {
		this.#refuseWhenClosed();
		return new Promise<Result>((resolvePromise, reject) => {
			this.#writes.push({
				bytes,
				run: () => {
					const result = run();
					return () => resolvePromise(result);
				},
				reject,
			});
			this.#schedule();
		});
	}

	#schedule(): void {
		if (this.#scheduled || this.#closed !== null) return;
		this.#scheduled = true;
		const turn = (): void => {
			this.#scheduled = false;
			if (this.#closed !== null) return;
			this.#commitWaiting();
			if (this.#writes.length > 0) this.#schedule();
		};
		if (this.#busyUntil === null) setImmediate(turn);
		else setTimeout(turn, busyPauseMs);
	}

	/** Commits as many of the waiting writes as one transaction takes; leaves them waiting while the database is locked. */
	#commitWaiting(): void {
		const batch = this.#nextBatch();
		let settle: (() => void)[];
		try {
			settle = inTransaction(this.#db, () => batch.map((write) => write.run()));
		} catch (error) {
			if (isBusy(error)) {
				this.#busyUntil ??= Date.now() + busyLimitMs;
				if (Date.now() < this.#busyUntil) return;
			}
			this.#busyUntil = null;
			if (isBusy(error)) {
				const reason = new InboxError('busy', 'The inbox could not save: another process keeps it locked.', error);
				for (const write of this.#writes.splice(0)) write.reject(reason);
			} else {
				const reason = new InboxError('write', `The inbox could not save: ${messageOf(error)}`, error);
				for (const write of this.#writes.splice(0, batch.length)) write.reject(reason);
			}
			return;
		}
		this.#busyUntil = null;
		this.#writes.splice(0, batch.length);
		for (const done of settle) done();
	}

	#nextBatch(): Write[] {
		let bytes = 0;
		let count = 0;
		for (const write of this.#writes) {
			bytes += write.bytes;
			if (count > 0 && (bytes > transactionBytes || count === transactionWrites)) break;
			count += 1;
		}
		return this.#writes.slice(0, count);
	}

	#refuseWhenClosed(): void {
		if (this.#closed !== null) throw new InboxError('closed', 'The inbox has been closed.');
	}
}

function prepareAll(
	db: DatabaseSync,
): Record<'insertDelivery' | 'insertBody' | 'findDelivery' | 'read' | 'pending' | 'mark', StatementSync> {
	return {
		insertDelivery: db.prepare(
			`INSERT INTO delivery (endpoint, body_sha256, body_bytes, headers, remote_address, received_at)
			VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (endpoint, body_sha256) DO NOTHING`,
		),
		insertBody: db.prepare('INSERT INTO body (delivery_id, bytes) VALUES (?, ?)'),
		findDelivery: db.prepare('SELECT id FROM delivery WHERE endpoint = ? AND body_sha256 = ?'),
		read: db.prepare(
			`SELECT ${entryColumns}, bytes FROM delivery JOIN body ON body.delivery_id = delivery.id WHERE id = ?`,
		),
		pending: db.prepare(
			`SELECT id FROM delivery WHERE state = 'received' AND endpoint = ifnull(?, endpoint) ORDER BY id`,
		),
		mark: db.prepare(
			`UPDATE delivery SET state = ?, attempts = attempts + ?, last_error = ?, issues = ?,
			kind = ifnull(?, kind), inference_id = ifnull(?, inference_id), model_id = ifnull(?, model_id) WHERE id = ?`,
		),
	};
}

function entryOf(row: Row): InboxEntry {
	return {
		id: Number(row.id),
		endpoint: String(row.endpoint),
		bodySha256: String(row.body_sha256),
		bodyBytes: Number(row.body_bytes),
		headers: JSON.parse(String(row.headers)) as Record<string, string>,
		remoteAddress: textOrNull(row.remote_address),
		receivedAt: new Date(Number(row.received_at)),
		state: row.state as DeliveryState,
		attempts: Number(row.attempts),
		lastError: textOrNull(row.last_error),
		issues: JSON.parse(String(row.issues ?? '[]')) as Issue[],
		kind: textOrNull(row.kind) as PayloadKind | null,
		inferenceId: textOrNull(row.inference_id),
		modelId: textOrNull(row.model_id),
	};
}

function textOrNull(value: SQLOutputValue | undefined): string | null {
	return typeof value === 'string' ? value : null;
}

/** SQLITE_BUSY and SQLITE_LOCKED, with whatever extended code above the lowest byte. */
function isBusy(error: unknown): boolean {
	const code = (error as { errcode?: unknown } | null)?.errcode;
	return typeof code === 'number' && ((code & 0xff) === 5 || (code & 0xff) === 6);
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
