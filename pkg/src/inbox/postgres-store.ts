import { type InboxEntry, InboxError } from './inbox.js';
import { type PostgresDatabase, type Row, type Sql, sqlStateOf } from './postgres-database.js';
import { isQueueLost, JobsLost, type WakeUp, type WakeUps } from './postgres-jobs.js';
import { migrate } from './postgres-schema.js';
import { entryOf, listedEntryOf, ownerOf } from './stored-entry.js';
import type { Encoding, StoredBody, Vault } from './vault.js';

/** Bodies are read in parts of so many bytes, each of which a link of 3 Mbit/s brings within the limit of a statement. */
export const partBytes = 1024 * 1024;

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

	/** The delivery of a row; rejects where that cannot be read. */
	entry(row: Row): Promise<InboxEntry> {
		return entryOf(row, this.vault, row.is_leased === true);
	}

	/** The same for a list. */
	listedEntry(row: Row): Promise<InboxEntry> {
		return listedEntryOf(row, this.vault, row.is_leased === true);
	}

	/** The body of a delivery, exactly as it came; rejects like {@link Vault.loadBody}. */
	async body(row: Row): Promise<Uint8Array> {
		return this.vault.loadBody(ownerOf(row), await this.storedBody(Number(row.id)));
	}

	/** What is stored of a body, read in parts. */
	async storedBody(id: number): Promise<StoredBody> {
		let parts: Buffer[] = [];
		let first: Row | undefined;
		for (let from = 1; ; from += partBytes) {
			const { rows } = await this.query(
				`SELECT ${inBase64(`substring(bytes FROM $2::int FOR ${partBytes})`)} AS part, length(bytes) AS total, encoding
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
			parts.push(fromBase64(row.part));
			if (from + partBytes > Number(row.total)) {
				const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
				return { bytes, encoding: row.encoding as Encoding };
			}
		}
	}

	/** A fault as it is told where it is that of a single delivery; throws any other. */
	faultOfOne(error: unknown): InboxError {
		const fault = this.database.errorOf(error, 'open', 'It cannot be read');
		// Damaged (XX), not given by the disk (58), not to be made a value of (22); or too large for this process.
		const isOfOne = error instanceof RangeError || /^(XX|58|22)/.test(sqlStateOf(error));
		if (fault instanceof InboxError && (isOfOne || fault.code === 'damaged' || fault.code === 'key')) return fault;
		throw error;
	}
}

/**
 * Bytes on their way here: in base64 they are a third longer. The protocol has them as they are too, but pg takes whatever
 * comes for text; and what it asks for by itself is twice as long.
 */
export function inBase64(bytes: string): string {
	return `encode(${bytes}, 'base64')`;
}

export function fromBase64(text: unknown): Buffer {
	return Buffer.from(String(text), 'base64');
}

/** The job of a row of `delivery`; none where it has none. */
export function wakeUpOf(row: Row): WakeUp[] {
	if (row.wake_id === null) return [];
	return [
		{ wakeId: String(row.wake_id), id: Number(row.id), endpoint: String(row.endpoint), dueAt: Number(row.due_at) },
	];
}
