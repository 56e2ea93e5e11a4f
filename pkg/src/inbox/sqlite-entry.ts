import type { SQLOutputValue } from 'node:sqlite';

export type Row = Record<string, SQLOutputValue>;

/** What `entryOf` needs of table `delivery`. */
export const entryColumns = `id, endpoint, lower(hex(body_sha256)) AS body_sha256, body_bytes, headers, remote_address,
	received_at, source, state, attempts, token, leased_by, due_at, settled_at, last_error, issues, kind, inference_id, model_id,
	job_id, encoding`;
