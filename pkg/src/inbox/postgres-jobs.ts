import type { PgBoss } from 'pg-boss';
import { type PostgresDatabase, type Sql, sqlStateOf } from './postgres-database.js';
import { peer } from './postgres-open.js';

/** A job of pg-boss: have this delivery claimed when it is due. */
export interface WakeUp {
	readonly wakeId: string;
	readonly id: number;
	readonly endpoint: string;
	/** In milliseconds since 1970, by the database's clock. */
	readonly dueAt: number;
}

/** Jobs of higher priority come first. To the second: a priority has 32 bits, which is enough from 1952 to 2088. */
const priorityBaseMs = Date.UTC(2020, 0, 1);

/** pg-boss, or a queue of it, is not there as it was. {@link WakeUps.restart} mends that; no delivery is lost by it. */
export class JobsLost extends Error {}

/**
 * pg-boss as the inbox uses it: one queue for each endpoint, and in it a job for each delivery that waits to be claimed. A job
 * only says when to look at a delivery: who may work on it is decided by the delivery's row. A claim takes its job out of the
 * queue in the transaction that writes the lease, so that there are no active, completed or failed jobs to be kept.
 */
export class WakeUps {
	readonly #database: PostgresDatabase;
	readonly #schema: string;
	#boss: PgBoss | null = null;
	/** Those that were made sure of, or are being so. */
	#queues = new Map<string, Promise<void>>();

	/** `database` is used for nothing else, and `schema` is that of pg-boss. */
	constructor(database: PostgresDatabase, schema: string) {
		this.#database = database;
		this.#schema = schema;
	}

	/** Installs or migrates pg-boss where that is needed. Nobody else may be doing so. */
	async start(): Promise<void> {
		const module = await peer('pg-boss', () => import('pg-boss'));
		// Nothing runs by itself: jobs are sent, fetched and deleted, and nothing is left that has to be supervised.
		const boss = new module.PgBoss({
			db: this.#database,
			schema: this.#schema,
			supervise: false,
			schedule: false,
			registerInstance: false,
		});
		// What it does in the background is tried again; without a listener a failure would end the process.
		boss.on('error', () => {});
		await boss.start();
		this.#boss = boss;
		this.#queues = new Map();
	}

	/** Stops what pg-boss does by itself, and closes its connections for good. */
	async close(): Promise<void> {
		await this.#stop().catch(() => {});
		await this.#database.close();
	}

	async #stop(): Promise<void> {
		await this.#boss?.stop({ graceful: false });
	}

	/** Begins anew, and so installs what is missing: somebody dropped the schema or a queue. */
	async restart(): Promise<void> {
		await this.#stop();
		await this.start();
	}

	/** Makes sure that the queue of an endpoint is there. */
	async ensure(endpoint: string): Promise<void> {
		const queue = queueOf(endpoint);
		const known = this.#queues.get(queue) ?? this.#asked((boss) => boss.createQueue(queue));
		this.#queues.set(queue, known);
		try {
			await known;
		} catch (error) {
			if (this.#queues.get(queue) === known) this.#queues.delete(queue);
			throw error;
		}
	}

	async send(sql: Sql, wakeUps: readonly WakeUp[]): Promise<void> {
		for (const [endpoint, ofEndpoint] of Map.groupBy(wakeUps, (wakeUp) => wakeUp.endpoint)) {
			await this.ensure(endpoint);
			const jobs = ofEndpoint.map(({ wakeId, id, dueAt }) => ({
				id: wakeId,
				data: { delivery: id },
				priority: Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.floor((priorityBaseMs - dueAt) / 1_000))),
				startAfter: new Date(dueAt).toISOString(),
			}));
			await this.#asked((boss) => boss.insert(queueOf(endpoint), jobs, { db: sql }));
		}
	}

	/** Takes the jobs that are due out of the queue, the longest due first. */
	async take(sql: Sql, endpoint: string, limit: number): Promise<{ wakeId: string; id: number }[]> {
		await this.ensure(endpoint);
		const queue = queueOf(endpoint);
		return this.#asked(async (boss) => {
			const jobs = await boss.fetch<{ delivery: number }>(queue, { batchSize: limit, db: sql });
			const wakeIds = jobs.map((job) => job.id);
			if (wakeIds.length > 0) await boss.deleteJob(queue, wakeIds, { db: sql });
			return jobs.map((job) => ({ wakeId: job.id, id: Number(job.data?.delivery) }));
		});
	}

	/** A condition of SQL: the job with the ID that the expression `wakeId` gives still waits to be fetched. */
	isWaiting(wakeId: string): string {
		return `EXISTS (SELECT FROM ${this.#schema}.job WHERE job.id = ${wakeId} AND job.state < 'active')`;
	}

	async #asked<Result>(ask: (boss: PgBoss) => Promise<Result>): Promise<Result> {
		if (this.#boss === null) throw new JobsLost('pg-boss has not been started');
		try {
			return await ask(this.#boss);
		} catch (error) {
			throw isLost(error) ? new JobsLost('pg-boss is not as it was', { cause: error }) : error;
		}
	}
}

/** A schema, table, column, type or function is not there; or a queue, in the words of pg-boss. */
export function isLost(error: unknown): boolean {
	const lost = ['3F000', '42P01', '42703', '42704', '42883'];
	return lost.includes(sqlStateOf(error)) || /^Queue .* does not exist$/.test(String((error as Error)?.message));
}

/** A job was sent to a queue that is not there: the database checks that at the commit. */
export function isQueueLost(error: unknown): boolean {
	return sqlStateOf(error) === '23503' && (error as { constraint?: unknown }).constraint === 'q_fkey';
}

/** Queues are named after endpoints; a character that pg-boss does not take is written as its number. */
function queueOf(endpoint: string): string {
	return endpoint.replaceAll(/[^\w.-]/gu, (character) => `/${character.codePointAt(0)?.toString(16)}/`);
}
