import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { entryColumns } from './sqlite-entry.js';

/** Every statement that does not depend on what is asked for. */
export const statements = {
	insertDelivery: `INSERT INTO delivery (endpoint, body_sha256, body_bytes, headers, remote_address, received_at, source,
		attempts, token, leased_by, due_at, due_in, encoding)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (endpoint, body_sha256) DO NOTHING`,
	// Node 22 takes an empty view for NULL.
	insertBody: "INSERT INTO body (delivery_id, bytes) VALUES (?, ifnull(?, x''))",
	findDelivery: 'SELECT id FROM delivery WHERE endpoint = ? AND body_sha256 = ?',
	read: `SELECT ${entryColumns}, bytes FROM delivery JOIN body ON body.delivery_id = delivery.id WHERE id = ?`,
	// How they are encoded too: they may have been packed since the delivery was claimed.
	readBody: 'SELECT bytes, encoding FROM delivery JOIN body ON body.delivery_id = delivery.id WHERE id = ?',
	due: `SELECT id, due_at, body_bytes, state = 'received' AND attempts >= ? AS is_unended FROM delivery
		WHERE endpoint = ? AND due_at <= ? AND is_unended <= ? ORDER BY due_at, id LIMIT ?`,
	nextEndpoint: 'SELECT min(endpoint) AS endpoint FROM delivery WHERE due_at IS NOT NULL AND endpoint > ?',
	claim: `UPDATE delivery SET attempts = attempts + 1, token = token + 1, leased_by = ?, due_at = ?, due_in = ?
		WHERE id = ? RETURNING ${entryColumns}`,
	extend: `UPDATE delivery SET leased_by = ?, due_at = ?, due_in = ? WHERE id = ? AND token = ? AND leased_by IS NOT NULL`,
	settle: `UPDATE delivery SET state = ?, leased_by = NULL, due_at = ?, due_in = ?, settled_at = ?, last_error = ?,
		issues = ?, kind = ifnull(?, kind), inference_id = ifnull(?, inference_id), model_id = ifnull(?, model_id),
		job_id = ifnull(?, job_id) WHERE id = ? AND token = ? AND leased_by IS NOT NULL`,
	release: `UPDATE delivery SET attempts = attempts - 1, leased_by = NULL, due_at = min(received_at, ?), due_in = 0
		WHERE id = ? AND token = ? AND leased_by IS NOT NULL`,
	// So many claims came after that one. Where no more attempts are counted, its own is not among them: it was taken back
	// already, or a retry began to count anew. So the attempt of whoever has the delivery now always stays.
	takeBack: `UPDATE delivery SET attempts = attempts - 1
		WHERE id = ? AND token > ? AND attempts > token - ? AND due_at IS NOT NULL`,
	remove: 'DELETE FROM delivery WHERE id = ?',
	ahead: 'SELECT id FROM delivery WHERE endpoint = ? AND due_at > ? AND due_at - due_in > ? LIMIT 1',
	mendDelivery: `UPDATE delivery SET due_at = ? + due_in WHERE id IN (
		SELECT id FROM delivery WHERE endpoint = ? AND due_at > ? AND due_at - due_in > ? LIMIT ?)`,
	jobsAhead: `SELECT 1 FROM expected_job WHERE state = 'waiting' AND (enqueued_at > ? OR due_at - due_in > ?) LIMIT 1`,
	mendJobs: `UPDATE expected_job SET enqueued_at = min(enqueued_at, ?), due_at = min(due_at, ? + due_in)
		WHERE state = 'waiting' AND (enqueued_at > ? OR due_at - due_in > ?)`,
	pages: 'SELECT page_count, page_size FROM pragma_page_count, pragma_page_size',
	countJobs: `SELECT count(*) AS count FROM expected_job WHERE state = 'waiting'`,
	probe: `INSERT OR REPLACE INTO setting VALUES ('probe', zeroblob(131072))`,
	unprobe: `DELETE FROM setting WHERE name = 'probe'`,
	expectJob: `INSERT INTO expected_job (job_id, endpoint, model_id, enqueued_at, due_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`,
	overdueJobs: `SELECT job_id, enqueued_at FROM expected_job WHERE state = 'waiting' AND enqueued_at <= ? AND due_at <= ?
		ORDER BY enqueued_at, job_id LIMIT ?`,
	// Back to the group in which deliveries came before the job was there.
	findJob: `WITH RECURSIVE part (n) AS (
			SELECT max(id) >> 9 FROM delivery
			UNION ALL SELECT n - 1 FROM part
			WHERE n > 0 AND (SELECT received_at FROM delivery WHERE id >= n << 9 ORDER BY id LIMIT 1) >= ?
		)
		SELECT 1 FROM part CROSS JOIN delivery INDEXED BY delivery_by_job ON id >> 9 = n AND job_id = ?
		AND job_id IS NOT NULL LIMIT 1`,
	claimJob: `UPDATE expected_job SET attempts = attempts + 1, due_at = ?, due_in = ? WHERE job_id = ?
		RETURNING job_id, endpoint, model_id, enqueued_at, attempts, last_error`,
	settleJob: `UPDATE expected_job SET state = ?, last_error = ?, due_at = ?, due_in = ?, settled_at = ? WHERE job_id = ?`,
	lastId: 'SELECT max(id) AS id FROM delivery',
	owner: 'SELECT endpoint, lower(hex(body_sha256)) AS body_sha256, body_bytes FROM delivery WHERE id = ?',
	spoil: `UPDATE delivery SET state = ?, attempts = attempts - ?, leased_by = NULL, due_at = ?, due_in = ?, settled_at = ?,
		last_error = ? WHERE id = ? AND token = ? AND leased_by IS NOT NULL`,
	nextSettled: `SELECT id, body_bytes, settled_at FROM delivery INDEXED BY delivery_settled
		WHERE state = ? AND settled_at < ? AND (settled_at, id) > (?, ?) ORDER BY settled_at, id LIMIT ?`,
	countState: `SELECT count(*) AS count, ifnull(sum(body_bytes), 0) AS bytes, max(id) AS last FROM (
		SELECT id, body_bytes FROM delivery INDEXED BY delivery_by_state WHERE state = ? AND id > ? ORDER BY id LIMIT ?)`,
	firstOfState: `SELECT received_at FROM delivery INDEXED BY delivery_by_state WHERE state = ? ORDER BY id LIMIT 1`,
	// These two walk along, and what is behind a damaged page of one delivery is to be found too: nothing of a delivery that may
	// be long is read.
	nextOfState: `SELECT id FROM delivery INDEXED BY delivery_by_state WHERE state = ? AND id > ? ORDER BY id LIMIT 1`,
	nextToCheck: 'SELECT id, body_bytes FROM delivery WHERE id > ? ORDER BY id LIMIT 1',
	// All of the row: what cannot be read of it cannot be written again either.
	toPack: `SELECT ${entryColumns} FROM delivery WHERE id = ?`,
	setEncoding: 'UPDATE delivery SET encoding = ? WHERE id = ? AND encoding IS ?',
	setBody: 'UPDATE body SET bytes = ? WHERE delivery_id = ?',
	removeJobs: `DELETE FROM expected_job WHERE job_id IN (
		SELECT job_id FROM expected_job WHERE settled_at < ? LIMIT ?)`,
	knownKeys: `SELECT name, value FROM setting WHERE name LIKE 'key:%' ORDER BY name`,
	rememberKey: 'INSERT OR IGNORE INTO setting VALUES (?, ?)',
};

export type StatementName = keyof typeof statements;

/** Compiles all {@link statements}, once for each connection. */
export function prepareAll(db: DatabaseSync): Record<StatementName, StatementSync> {
	return Object.fromEntries(Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)])) as Record<
		StatementName,
		StatementSync
	>;
}
