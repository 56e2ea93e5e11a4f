import type { SaveResult } from './inbox.js';
import { type Row, type Sql, sqlStateOf } from './postgres-database.js';
import { Values } from './postgres-entry.js';
import { clockMs } from './postgres-schema.js';
import type { PostgresStore } from './postgres-store.js';

/** A transaction takes no more saves past any of these. */
const transactionBytes = 8 * 1024 * 1024;
const transactionSaves = 256;
/** So many transactions save at a time; what comes meanwhile is saved together by the next. */
const transactions = 3;

/** A delivery as it is written. */
export interface StoredDelivery {
	readonly endpoint: string;
	readonly sha256: Buffer;
	readonly bodyBytes: number;
	readonly stored: Uint8Array;
	readonly encoding: string | null;
	readonly headers: string;
	readonly remoteAddress: string | null;
	/** `null`: now, by the database's clock. */
	readonly receivedMs: number | null;
	readonly source: string;
	readonly lease: { readonly owner: string; readonly milliseconds: number } | null;
}

interface Save {
	readonly delivery: StoredDelivery;
	readonly resolve: (result: SaveResult) => void;
	readonly reject: (error: unknown) => void;
}

/** Writes deliveries, many to a transaction when many come at a time. */
export class Saves {
	readonly #store: PostgresStore;
	#waiting: Save[] = [];
	#running = 0;
	#scheduled = false;

	constructor(store: PostgresStore) {
		this.#store = store;
	}

	save(delivery: StoredDelivery): Promise<SaveResult> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({ delivery, resolve, reject });
			this.#schedule();
		});
	}

	/** Writes one delivery and takes it back: that it could be saved is all that is asked. */
	async probe(delivery: StoredDelivery): Promise<void> {
		await this.#store.database.transaction(
			async (sql) => {
				// With a number of its own, so that asking does not use up those of deliveries.
				await this.#insert(sql, [delivery], -Math.ceil(Math.random() * Number.MAX_SAFE_INTEGER));
			},
			{ commit: false },
		);
	}

	#schedule(): void {
		if (this.#scheduled || this.#running === transactions) return;
		this.#scheduled = true;
		setImmediate(() => {
			this.#scheduled = false;
			while (this.#running < transactions && this.#waiting.length > 0) {
				this.#running += 1;
				void this.#saveTogether(this.#nextBatch()).finally(() => {
					this.#running -= 1;
					if (this.#waiting.length > 0) this.#schedule();
				});
			}
		});
	}

	#nextBatch(): Save[] {
		let bytes = 0;
		let count = 0;
		for (const { delivery } of this.#waiting) {
			bytes += delivery.stored.byteLength;
			if (count > 0 && (bytes > transactionBytes || count === transactionSaves)) break;
			count += 1;
		}
		return this.#waiting.splice(0, count);
	}

	/** Never rejects: each save is told by its own promise. */
	async #saveTogether(saves: readonly Save[]): Promise<void> {
		// Of equal ones the first is saved, and the rest are its duplicates. Always in the same order, so that processes that
		// save the same deliveries wait for one another and not in a circle.
		const equal = Map.groupBy(saves, ({ delivery }) => `${delivery.sha256.toString('hex')} ${delivery.endpoint}`);
		const groups = [...equal].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group as [Save, ...Save[]]);
		try {
			const results = await this.#write(groups.map(([{ delivery }]) => delivery));
			for (const [index, group] of groups.entries()) {
				const result = results[index] as SaveResult;
				for (const [place, { resolve }] of group.entries()) {
					resolve(place === 0 ? result : { ...result, duplicate: true, claim: null });
				}
			}
		} catch (error) {
			if (groups.length > 1 && isOfOneRow(error)) for (const group of groups) await this.#saveTogether(group);
			else for (const { reject } of saves) reject(error);
		}
	}

	async #write(deliveries: readonly StoredDelivery[]): Promise<SaveResult[]> {
		const bytes = deliveries.reduce((sum, { stored }) => sum + stored.byteLength, 0);
		return this.#store.repaired(async () => {
			for (const { endpoint } of deliveries) await this.#store.wakeUps.ensure(endpoint);
			return this.#store.database.transaction(
				async (sql) => {
					const results = await this.#insert(sql, deliveries);
					const missing = deliveries.map((_, index) => index).filter((index) => results[index] === undefined);
					// In a statement of its own: it sees what others have committed while the first one waited for them.
					for (const { index, id } of await this.#find(sql, deliveries, missing)) {
						results[index] = { id, duplicate: true, claim: null };
					}
					if (missing.some((index) => results[index] === undefined))
						throw new Error('What was here already was removed');
					return results as SaveResult[];
				},
				{ bytes },
			);
		});
	}

	/** Inserts what is not here yet, with its body and its job; gives nothing for the rest. */
	async #insert(
		sql: Sql,
		deliveries: readonly StoredDelivery[],
		id: number | null = null,
	): Promise<(SaveResult | undefined)[]> {
		const values = new Values();
		const fixed = values.add(id);
		const rows = deliveries.map(({ lease, ...delivery }, index) =>
			[
				`(${index}::int`,
				`${values.add(delivery.endpoint)}::text`,
				`${values.add(delivery.sha256)}::bytea`,
				`${values.add(delivery.bodyBytes)}::bigint`,
				`${values.add(delivery.headers)}::text`,
				`${values.add(delivery.remoteAddress)}::text`,
				`${values.add(delivery.receivedMs)}::bigint`,
				`${values.add(delivery.source)}::text`,
				`${values.add(delivery.encoding)}::text`,
				`${values.add(lease?.owner ?? null)}::text`,
				`${values.add(lease?.milliseconds ?? null)}::bigint)`,
			].join(', '),
		);
		const inserted = await sql.executeSql(
			`WITH new (place, endpoint, sha256, bytes, headers, remote_address, received_at, source, encoding, owner, lease)
			AS (VALUES ${rows.join(', ')}),
			saved AS (
				INSERT INTO ${this.#store.schema}.delivery (id, endpoint, body_sha256, body_bytes, headers, remote_address, received_at,
					source, encoding, attempts, token, leased_by, due_at, due_in, wake_id)
				SELECT coalesce(${fixed}::bigint, nextval('${this.#store.schema}.delivery_id_seq')), endpoint, sha256, bytes, headers,
					remote_address, coalesce(received_at, clock), source, encoding, (lease IS NOT NULL)::int,
					(lease IS NOT NULL)::int, owner, coalesce(clock + lease, least(received_at, clock)), coalesce(lease, 0),
					CASE WHEN lease IS NULL THEN gen_random_uuid() END
				FROM (SELECT new.*, ${clockMs} AS clock FROM new ORDER BY place) AS ordered
				ON CONFLICT (endpoint, body_sha256) DO NOTHING
				RETURNING id, endpoint, body_sha256, due_at, wake_id
			)
			SELECT saved.id, saved.due_at, saved.wake_id, place FROM saved
			JOIN new ON new.endpoint = saved.endpoint AND sha256 = body_sha256`,
			values.list,
		);
		const results: (SaveResult | undefined)[] = deliveries.map(() => undefined);
		if (inserted.rows.length === 0) return results;
		const bodies = new Values();
		const wakeUps = [];
		const bodyRows: string[] = [];
		for (const row of inserted.rows) {
			const place = Number(row.place);
			const { stored, endpoint, lease } = deliveries[place] as StoredDelivery;
			const saved = Number(row.id);
			results[place] = { id: saved, duplicate: false, claim: lease === null ? null : { id: saved, token: 1 } };
			bodyRows.push(`(${bodies.add(saved)}::bigint, ${bodies.add(bufferOf(stored))}::bytea)`);
			if (row.wake_id !== null)
				wakeUps.push({ id: saved, endpoint, dueAt: Number(row.due_at), wakeId: String(row.wake_id) });
		}
		await sql.executeSql(`INSERT INTO ${this.#store.schema}.body VALUES ${bodyRows.join(', ')}`, bodies.list);
		await this.#store.wakeUps.send(sql, wakeUps);
		return results;
	}

	async #find(
		sql: Sql,
		deliveries: readonly StoredDelivery[],
		places: readonly number[],
	): Promise<{ index: number; id: number }[]> {
		if (places.length === 0) return [];
		const values = new Values();
		const wanted = places.map((place) => {
			const { endpoint, sha256 } = deliveries[place] as StoredDelivery;
			return `(${place}, ${values.add(endpoint)}::text, ${values.add(sha256)}::bytea)`;
		});
		// A lock is written to the log, so that the commit waits for the disk and the standbys: what is here already may not have
		// come so far, where whoever saved it was told that it failed.
		const { rows } = await sql.executeSql(
			`SELECT place, id FROM (VALUES ${wanted.join(', ')}) AS wanted (place, endpoint, sha256)
			JOIN ${this.#store.schema}.delivery ON delivery.endpoint = wanted.endpoint AND body_sha256 = sha256
			FOR KEY SHARE OF delivery`,
			values.list,
		);
		return rows.map((row: Row) => ({ index: Number(row.place), id: Number(row.id) }));
	}
}

/** pg sends a Buffer as it is, and any other array as text. */
function bufferOf(bytes: Uint8Array): Buffer {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Whether the others may well be saved without the row that this is about: bad data (22), a broken rule (23), a limit (54); or
 * two transactions that waited for each other (40).
 */
function isOfOneRow(error: unknown): boolean {
	return /^(22|23|40|54)/.test(sqlStateOf(error)) || (error as Error)?.message === 'What was here already was removed';
}
