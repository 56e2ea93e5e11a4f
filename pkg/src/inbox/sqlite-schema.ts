import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './sqlite-transaction.js';

/** Marks a file as a mindhook inbox (`mdhk` in ASCII), so that another program's database is never migrated by mistake. */
export const applicationId = 0x6d64686b;

/**
 * What brings a database from version n to version n + 1. Forward only: a step that was released is never edited.
 *
 * The bytes have a table of their own, so that a change of state does not write a 30 MB body to the log again.
 */
export const migrations: readonly string[] = [
	`
	CREATE TABLE delivery (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		endpoint TEXT NOT NULL,
		body_sha256 BLOB NOT NULL CHECK (length(body_sha256) = 32),
		body_bytes INTEGER NOT NULL,
		headers TEXT NOT NULL,
		remote_address TEXT,
		received_at INTEGER NOT NULL,
		state TEXT NOT NULL DEFAULT 'received',
		attempts INTEGER NOT NULL DEFAULT 0,
		last_error TEXT,
		issues TEXT,
		kind TEXT,
		inference_id TEXT,
		model_id TEXT
	) STRICT;
	CREATE UNIQUE INDEX delivery_once ON delivery (endpoint, body_sha256);
	CREATE INDEX delivery_by_state ON delivery (state, id);
	CREATE TABLE body (
		delivery_id INTEGER PRIMARY KEY REFERENCES delivery (id) ON DELETE CASCADE,
		bytes BLOB NOT NULL
	) STRICT;
	`,
	// `due_at` is when a delivery may be claimed: as long as it is leased, the end of the lease; NULL once it is settled.
	// `due_in` is how far ahead that was when it was written: more than that, the clock was set back since.
	// Inference and job are looked up in groups of 512 deliveries, a step in the index for each: their IDs are random, and each
	// in an index of its own order would write a page of its own (9.4 writes to the files for a delivery of 9 KB; so: 6.7).
	// The three texts that may be sealed become JSON, so that a sealed one cannot be taken for one that is not.
	`
	ALTER TABLE delivery ADD COLUMN source TEXT NOT NULL DEFAULT 'webhook';
	ALTER TABLE delivery ADD COLUMN job_id TEXT;
	ALTER TABLE delivery ADD COLUMN token INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE delivery ADD COLUMN leased_by TEXT;
	ALTER TABLE delivery ADD COLUMN due_at INTEGER;
	ALTER TABLE delivery ADD COLUMN due_in INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE delivery ADD COLUMN settled_at INTEGER;
	ALTER TABLE delivery ADD COLUMN encoding TEXT;
	UPDATE delivery SET
		token = attempts,
		due_at = iif(state IN ('received', 'failed'), received_at, NULL),
		settled_at = iif(state IN ('received', 'failed'), NULL, received_at),
		last_error = iif(last_error IS NULL, NULL, json_quote(last_error));
	DROP INDEX delivery_by_state;
	CREATE INDEX delivery_by_state ON delivery (state, id, body_bytes);
	CREATE INDEX delivery_due ON delivery (endpoint, due_at) WHERE due_at IS NOT NULL;
	CREATE INDEX delivery_settled ON delivery (state, settled_at) WHERE settled_at IS NOT NULL;
	CREATE INDEX delivery_by_inference ON delivery (id >> 9, inference_id) WHERE inference_id IS NOT NULL;
	CREATE INDEX delivery_by_job ON delivery (id >> 9, job_id) WHERE job_id IS NOT NULL;
	CREATE TABLE expected_job (
		job_id TEXT PRIMARY KEY,
		endpoint TEXT NOT NULL,
		model_id TEXT,
		enqueued_at INTEGER NOT NULL,
		state TEXT NOT NULL DEFAULT 'waiting',
		attempts INTEGER NOT NULL DEFAULT 0,
		last_error TEXT,
		due_at INTEGER NOT NULL,
		due_in INTEGER NOT NULL DEFAULT 0,
		settled_at INTEGER
	) STRICT, WITHOUT ROWID;
	CREATE INDEX expected_job_waiting ON expected_job (enqueued_at) WHERE state = 'waiting';
	CREATE INDEX expected_job_settled ON expected_job (settled_at) WHERE settled_at IS NOT NULL;
	CREATE TABLE setting (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
	`,
	// Nothing but the version: bodies may be packed with Zstandard from here on, and an older mindhook would take them for damaged.
	'',
];

/** Brings the database to the newest version; what happens concurrently in another process is waited for. */
export function migrate(db: DatabaseSync): void {
	if (schemaVersion(db) === migrations.length) return;
	inTransaction(db, () => {
		// Again, now that the write lock is ours: another process may have migrated meanwhile.
		for (const step of migrations.slice(schemaVersion(db))) db.exec(step);
		db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`);
	});
}

/**
 * The version of the schema; 0 for a file that is empty yet.
 *
 * @throws when the file is not ours to change.
 */
export function schemaVersion(db: DatabaseSync): number {
	// One statement, so that all three are of the same moment: another process may be migrating.
	const row = db
		.prepare(
			`SELECT user_version, application_id, EXISTS (SELECT 1 FROM sqlite_schema) AS has_tables
			FROM pragma_user_version, pragma_application_id`,
		)
		.get();
	const version = Number(row?.user_version);
	const application = Number(row?.application_id);
	const isEmpty = row?.has_tables === 0 && application === 0 && version === 0;
	if (application !== applicationId && !isEmpty) {
		throw new Error('it is the database of another program');
	}
	if (version > migrations.length) {
		throw new Error(
			`it was written by a newer mindhook (schema ${version}, this one knows ${migrations.length}); update mindhook`,
		);
	}
	return version;
}
