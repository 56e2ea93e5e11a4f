import { type InboxEntry, InboxError } from './inbox.js';
import type { PostgresDatabase, Row, Sql } from './postgres-database.js';
import { entryOf, type Texts, textColumns, textOrNull } from './postgres-entry.js';
import { isQueueLost, JobsLost, type WakeUp, type WakeUps } from './postgres-jobs.js';
import { migrate } from './postgres-schema.js';
import type { Encoding, Owner, Vault } from './vault.js';

/** Bodies are read in parts of so many bytes: each comes as text of twice the length. */
const partBytes = 4 * 1024 * 1024;
/** Shorter ones are read many at a time. */
const shortBytes = 256 * 1024;

/** What every part of the engine works with. */
export class PostgresStore {
	readonly database: PostgresDatabase;
	readonly schema: string;
	readonly wakeUps: WakeUps;
	readonly vault: Vault;
	/** When it was last looked for deliveries whose job is gone, by a clock that never jumps. */
	lostJobsLookedForAt = Number.NEGATIVE_INFINITY;
	#repairing: Promise<void> | null = null;

	constructor(database: PostgresDatabase, schema: string, wakeUps: WakeUps, vault: Vault) {
		this.database = database;
		this.schema = schema;
		this.wakeUps = wakeUps;
		this.vault = vault;
	}

	query(statement: string, values: unknown[] = []): Promise<{ rows: Row[] }> {
		return this.database.executeSql(statement, values);
	}

	/** One statement that is durable when this resolves. */
	write(statement: string, values: unknown[]): Promise<{ rows: Row[] }> {
		return this.database.transaction((sql) => sql.executeSql(statement, values));
	}

	/** A transaction in which jobs are sent or taken; once more after a repair, where pg-boss was not there as it should be. */
	withJobs<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
		return this.repaired(() => this.database.transaction(work));
	}

	/** Runs `work`, and once more after a repair where pg-boss was not there as it should be. */
	async repaired<Result>(work: () => Promise<Result>): Promise<Result> {
		try {
			return await work();
		} catch (error) {
			if (!(error instanceof JobsLost || isQueueLost(error))) throw error;
			await this.#repair();
			return await work();
		}
	}

	/** As on opening, because several processes find out at a time; once for everything that waits for it here. */
	#repair(): Promise<void> {
		this.#repairing ??= migrate(this.database, this.schema, false, () => this.wakeUps.restart()).finally(() => {
			this.#repairing = null;
			this.lostJobsLookedForAt = Number.NEGATIVE_INFINITY;
		});
		return this.#repairing;
	}

	async entry(row: Row): Promise<InboxEntry> {
		const texts = {} as Texts;
		for (const column of textColumns) {
			const stored = textOrNull(row[column]);
			texts[column] = stored === null ? null : await this.vault.loadText(ownerOf(row), column, stored);
		}
		return entryOf(row, texts);
	}

	/** The stored bytes of these deliveries and how they are encoded, as far as they are short; from one statement. */
	async shortBodies(rows: readonly Row[]): Promise<Map<number, StoredRow>> {
		const short = rows.filter((row) => Number(row.body_bytes) <= shortBytes).map(({ id }) => Number(id));
		if (short.length === 0) return new Map();
		const { rows: found } = await this.query(
			`SELECT id, bytes, encoding FROM ${this.schema}.body JOIN ${this.schema}.delivery ON id = delivery_id
			WHERE id = ANY ($1::bigint[])`,
			[short],
		);
		return new Map(found.map((row) => [Number(row.id), storedOf(row.bytes as Buffer, row)]));
	}

	/**
	 * The body of a delivery, exactly as it came.
	 *
	 * @throws {InboxError} (as a rejection) `key` when its key is not there, `damaged` when it is not what was stored.
	 */
	async body(row: Row, known?: StoredRow): Promise<Uint8Array> {
		return this.vault.loadBody(ownerOf(row), known ?? (await this.storedBody(Number(row.id))));
	}

	/** What is stored of a body, read in parts. */
	async storedBody(id: number): Promise<StoredRow> {
		let parts: Buffer[] = [];
		let first: Row | undefined;
		for (let from = 1; ; from += partBytes) {
			const { rows } = await this.query(
				`SELECT substring(bytes FROM $2::int FOR ${partBytes}) AS part, length(bytes) AS total, encoding
				FROM ${this.schema}.body JOIN ${this.schema}.delivery ON id = delivery_id WHERE id = $1`,
				[id, from],
			);
			const [row] = rows;
			if (row === undefined) throw new InboxError('damaged', 'The body is missing.');
			if (first !== undefined && (row.encoding !== first.encoding || row.total !== first.total)) {
				// It was packed meanwhile.
				first = undefined;
				parts = [];
				from = 1 - partBytes;
				continue;
			}
			first ??= row;
			parts.push(row.part as Buffer);
			if (from + partBytes > Number(row.total)) {
				return storedOf(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts), row);
			}
		}
	}
}

/** A body as it is stored. */
export interface StoredRow {
	readonly bytes: Uint8Array;
	readonly encoding: Encoding;
}

export function ownerOf(row: Row): Owner {
	return {
		endpoint: String(row.endpoint),
		bodySha256: String(row.body_sha256),
		bodyBytes: Number(row.body_bytes),
	};
}

function storedOf(bytes: Buffer, row: Row): StoredRow {
	return { bytes, encoding: row.encoding as Encoding };
}

/** The job of a row of `delivery`; none where it has none. */
export function wakeUpOf(row: Row): WakeUp[] {
	if (row.wake_id === null) return [];
	return [
		{ wakeId: String(row.wake_id), id: Number(row.id), endpoint: String(row.endpoint), dueAt: Number(row.due_at) },
	];
}
