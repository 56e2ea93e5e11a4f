import { Worker } from 'node:worker_threads';
import type { Row } from './sqlite-entry.js';

/**
 * What the thread runs, as text, so that the package can be bundled. It has a connection of its own. No warning that
 * node:sqlite is new: the first thread has given it.
 */
const program = `
	process.removeAllListeners('warning');
	const { parentPort, workerData } = require('node:worker_threads');
	const { DatabaseSync } = require('node:sqlite');
	const db = new DatabaseSync(workerData);
	db.exec('PRAGMA busy_timeout = 250');
	parentPort.on('message', (sqls) => {
		try {
			let rows = [];
			for (const sql of sqls) rows = db.prepare(sql).all();
			parentPort.postMessage({ rows });
		} catch (error) {
			parentPort.postMessage({ message: error.message, errcode: error.errcode });
		}
	});
`;

/** Runs SQL that takes long beside the event loop, in a thread that begins when it is first needed. */
export class SqliteAside {
	readonly #path: string;
	#worker: Worker | null = null;
	/** One at a time: answers come in the order of the questions. */
	#last: Promise<unknown> = Promise.resolve();

	constructor(path: string) {
		this.#path = path;
	}

	/** Runs statements one after the other and gives the rows of the last one. Rejects with SQLite's error. */
	run(...sqls: string[]): Promise<Row[]> {
		const run = this.#last.then(() => this.#ask(sqls));
		this.#last = run.catch(() => {});
		return run;
	}

	async close(): Promise<void> {
		await this.#last;
		await this.#worker?.terminate();
		this.#worker = null;
	}

	async #ask(sqls: string[]): Promise<Row[]> {
		const worker = this.#worker ?? this.#begin();
		// The program may end while nothing is asked, not while something is.
		worker.ref();
		try {
			const answer = await new Promise<Answer>((resolve, reject) => {
				const gone = (error: unknown): void =>
					reject(error instanceof Error ? error : new Error('The thread is gone.'));
				worker.once('exit', gone);
				worker.once('message', (message: Answer) => {
					worker.off('exit', gone);
					resolve(message);
				});
				worker.postMessage(sqls);
			});
			if (answer.rows !== undefined) return answer.rows;
			throw Object.assign(new Error(answer.message), { errcode: answer.errcode });
		} finally {
			worker.unref();
		}
	}

	#begin(): Worker {
		// Without the options that Node was started with: `--input-type=module` would make it read the program as a module.
		const worker = new Worker(program, { eval: true, workerData: this.#path, execArgv: [] });
		this.#worker = worker;
		// What it dies of is told to whoever waits, by its exit; the next question begins another.
		worker.on('error', () => {});
		worker.once('exit', () => {
			if (this.#worker === worker) this.#worker = null;
		});
		return worker;
	}
}

interface Answer {
	readonly rows?: Row[];
	readonly message?: string;
	readonly errcode?: number;
}
