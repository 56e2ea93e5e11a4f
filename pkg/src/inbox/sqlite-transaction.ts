import type { DatabaseSync } from 'node:sqlite';

/** Runs `work` in one transaction that holds the write lock from its begin. What throws, COMMIT too, takes all of it back. */
export function inTransaction<Result>(db: DatabaseSync, work: () => Result): Result {
	db.exec('BEGIN IMMEDIATE');
	try {
		const result = work();
		db.exec('COMMIT');
		return result;
	} catch (error) {
		try {
			db.exec('ROLLBACK');
		} catch {
			// A full disk or an input/output error has made SQLite roll back already.
		}
		throw error;
	}
}
