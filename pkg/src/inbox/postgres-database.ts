import type { Pool, PoolClient } from 'pg';
import { InboxError, type InboxErrorCode } from './inbox.js';

/** How long a connection, and then a transaction, may take. A large body has more time, by this rate. */
const limitMs = 5_000;
const bytesPerMs = 4_000;
/** Less than the limit, so that a lock that is not given is told as one. */
const lockMs = 4_000;

export type Row = Record<string, unknown>;

/** What runs statements; pg-boss takes the same. */
export interface Sql {
	executeSql(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}

/** What a transaction is given. */
export interface TransactionOptions {
	/** About how much it sends. */
	bytes?: number;
	/** For what may take longer than the usual limit. */
	milliseconds?: number;
	/** `false` takes back what was written. */
	commit?: boolean;
}

/**
 * The connections to one database. Nothing here waits longer than its limit, whatever became of the network or the server:
 * a connection that does not answer is cut off, and what had been asked of it is rejected.
 */
export class PostgresDatabase implements Sql {
	readonly #pool: Pool;
	readonly #password: string;

	constructor(pool: Pool, password: string) {
		this.#pool = pool;
		this.#password = password;
		// A connection that breaks is replaced by the pool, and what had been asked of it is rejected. Without listeners it would
		// end the process: on the connection too, which has none of the pool's in the moment when it is handed out.
		pool.on('error', () => {});
		pool.on('connect', (client) => client.on('error', () => {}));
	}

	/** One statement by itself. */
	executeSql(text: string, values: unknown[] = [], milliseconds: number | null = limitMs): Promise<{ rows: Row[] }> {
		return this.#connected(milliseconds, (client) => client.query(text, values));
	}

	/** Runs `work` in a transaction, which is durable when this resolves. What throws takes all of it back. */
	transaction<Result>(work: (sql: Sql) => Promise<Result>, options: TransactionOptions = {}): Promise<Result> {
		const { bytes = 0, milliseconds = limitMs, commit = true } = options;
		const limit = Math.ceil(milliseconds + bytes / bytesPerMs);
		return this.#connected(limit, async (client) => {
			// Whatever the server's settings are, a commit waits for the disk, and for the standbys that have to have it too. The
			// limits hold where the server does not learn that this process is gone, so that its locks go with it.
			await client.query(
				`BEGIN ISOLATION LEVEL READ COMMITTED;
				SET LOCAL statement_timeout = ${limit}; SET LOCAL lock_timeout = ${Math.max(lockMs, milliseconds - 1_000)};
				SET LOCAL idle_in_transaction_session_timeout = ${2 * limit};
				SELECT set_config('synchronous_commit', 'on', true)
				WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')`,
			);
			const result = await work({
				executeSql: (text, values = []) => client.query(text, values),
			});
			if (commit) await commitOf(client);
			else await client.query('ROLLBACK');
			return result;
		});
	}

	/** Closes the connections; nothing may be running. */
	async close(): Promise<void> {
		await this.#pool.end();
	}

	/** What a failure is told as: `otherwise`, unless it is known better. */
	errorOf(error: unknown, otherwise: InboxErrorCode, what: string): unknown {
		if (error instanceof InboxError || error instanceof TypeError) return error;
		const state = sqlStateOf(error);
		const busy = ['55P03', '57014', '40P01', '40001'].includes(state);
		const code = busy ? 'busy' : state.startsWith('XX') ? 'damaged' : otherwise;
		const message = messageOf(error);
		const safe = this.#password === '' ? message : message.replaceAll(this.#password, '***');
		return new InboxError(code, `${what}: ${safe}`, error);
	}

	async #connected<Result>(
		milliseconds: number | null,
		work: (client: PoolClient) => Promise<Result>,
	): Promise<Result> {
		const client = await this.#pool.connect();
		let failure: Error | undefined;
		const timer =
			milliseconds === null
				? undefined
				: setTimeout(() => {
						failure ??= new Error(`PostgreSQL did not answer within ${milliseconds} ms`);
						// Breaks the connection, because a statement runs; that statement is rejected then.
						(client as unknown as { end(): Promise<void> }).end().catch(() => {});
					}, milliseconds);
		try {
			return await work(client);
		} catch (error) {
			// Also the better reason, where a statement says only that its connection is gone.
			failure ??= error instanceof Error ? error : new Error(String(error));
			throw failure;
		} finally {
			clearTimeout(timer);
			// A connection that anything failed on is not used again: the server rolls back what it was in the middle of.
			client.release(failure);
		}
	}
}

async function commitOf(client: PoolClient): Promise<void> {
	const warnings: string[] = [];
	const onNotice = ({ severity, message }: { severity?: string | undefined; message?: string | undefined }): void => {
		if (severity === 'WARNING') warnings.push(message ?? '');
	};
	client.on('notice', onNotice);
	const { command } = await client.query('COMMIT').finally(() => client.off('notice', onNotice));
	if (command !== 'COMMIT') throw new Error('The transaction was rolled back.');
	// "The transaction has already committed locally, but might not have been replicated": not what was promised.
	if (warnings.length > 0) throw new Error(warnings.join(' '));
}

/** The SQLSTATE that the server gave; empty where it said nothing. */
export function sqlStateOf(error: unknown): string {
	const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
	return typeof code === 'string' && severity !== undefined ? code : '';
}

/** A connection that is refused on every address has a message on each, and none itself. */
function messageOf(error: unknown): string {
	if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
	return error instanceof Error ? error.message : String(error);
}
