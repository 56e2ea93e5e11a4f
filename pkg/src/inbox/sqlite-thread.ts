import type { StatementSync } from 'node:sqlite';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { packsLong, zstdBytes, zstdLevel } from './compression.js';
import type { Row } from './sqlite-entry.js';
import { type StatementName, statements } from './sqlite-statements.js';

/**
 * What is written for each delivery, as values of a statement: so it can be done in another thread too. A delivery comes to the
 * number that it has, negative where it was there already; a settlement to whether it counted, as 0 or 1.
 */
export interface Change {
	readonly statement: 'insertDelivery' | 'settle';
	/** Asked for when the transaction begins, or is handed over, because times are among them. */
	readonly values: () => (string | number | null)[];
	/** Of a delivery: its hash, which comes after the first value, and what is stored of its body. */
	readonly bytes: readonly [sha256: Uint8Array, body: Uint8Array] | null;
}

/** What became of the changes of a transaction. */
export type Outcome =
	/** Committed, with so many of them, from the first one on: the time was up. Of their bodies so many bytes were written. */
	| { readonly results: readonly number[]; readonly bytes: number; readonly milliseconds: number }
	/** Nothing was written. So many had begun, and the last of these failed, or what comes after it. */
	| { readonly begun: number; readonly error: unknown }
	/** The thread has ended, of that; nobody knows whether anything was written. */
	| { readonly ended: unknown }
	/** The thread has ended before it came to these. */
	| { readonly untouched: true };

/** Makes a change on this connection, within a transaction. */
export function applyChange(
	{ insertDelivery, findDelivery, insertBody, settle }: Readonly<Record<StatementName, StatementSync>>,
	{ statement, values, bytes }: Change,
): number {
	if (statement === 'settle') return Number(settle.run(...values()).changes);
	const [endpoint = null, ...others] = values();
	const [sha256 = null, body = null] = bytes ?? [];
	const { changes, lastInsertRowid } = insertDelivery.run(endpoint, sha256, ...others);
	if (changes === 0) return -Number((findDelivery.get(endpoint, sha256) as Row).id);
	insertBody.run(lastInsertRowid, body);
	return Number(lastInsertRowid);
}

/**
 * Of the values that cross, so many are those of a change: the length of its body, -1 without, and the values of its statement. The
 * last one of a delivery's is how its body is encoded.
 */
const width = 13;

/**
 * What the thread runs, as text, so that the package can be bundled; it does the same as {@link applyChange}, and packs what is
 * long, where `packsLong`: on other Nodes a thread that did nothing else grew by 400 MB in six seconds, for the collector sees no reason
 * to run there. For the same reason memory of a transaction's own is not left to it. No warning that node:sqlite is new: the first
 * thread has given it.
 */
const program = `
	process.removeAllListeners('warning');
	const { workerData } = require('node:worker_threads');
	const { DatabaseSync } = require('node:sqlite');
	const { zstdCompressSync, constants } = require('node:zlib');
	const { path, settings, port, landed, rooms, milliseconds, texts, packs } = workerData;
	const db = new DatabaseSync(path);
	for (const sql of settings) db.exec(sql);
	const [insertDelivery, insertBody, findDelivery, settle] = texts.map((text) => db.prepare(text));
	const packed = (body) => {
		try {
			const bytes = zstdCompressSync(body, {
				chunkSize: 1 << 16,
				params: { [constants.ZSTD_c_compressionLevel]: ${zstdLevel} },
			});
			if (bytes.length < body.length * 0.9) return bytes;
		} catch {}
	};
	const transact = (values, memory) => {
		const results = [];
		let begun = 0;
		let bytes = 0;
		try {
			db.exec('BEGIN IMMEDIATE');
			const begin = performance.now();
			try {
				let at = 0;
				const take = (length) => {
					const from = at;
					at += (length + 7) & -8;
					return new Uint8Array(memory, from, length);
				};
				for (let i = 0; i < values.length; i += ${width}) {
					if (begun > 0 && performance.now() - begin > milliseconds) break;
					begun += 1;
					const length = values[i];
					if (length < 0) {
						results.push(Number(settle.run(...values.slice(i + 1, i + ${width})).changes));
						continue;
					}
					const endpoint = values[i + 1];
					const sha256 = take(32);
					const body = take(length);
					const encoding = values[i + ${width - 1}];
					const isLong = packs && encoding === null && length >= ${zstdBytes};
					const less = isLong && !findDelivery.get(endpoint, sha256) ? packed(body) : undefined;
					const row = insertDelivery.run(
						endpoint, sha256, ...values.slice(i + 2, i + ${width - 1}), less === undefined ? encoding : 'zstd',
					);
					if (row.changes === 0) results.push(-Number(findDelivery.get(endpoint, sha256).id));
					else {
						const stored = less ?? body;
						insertBody.run(row.lastInsertRowid, stored);
						bytes += stored.length;
						results.push(Number(row.lastInsertRowid));
					}
				}
				db.exec('COMMIT');
				return { results, bytes, milliseconds: performance.now() - begin };
			} catch (error) {
				try {
					db.exec('ROLLBACK');
				} catch {}
				throw error;
			}
		} catch (error) {
			return { begun, error: { message: error.message, errcode: error.errcode } };
		}
	};
	port.on('message', ({ values, room, large, sql }) => {
		if (sql !== undefined) return db.exec(sql);
		if (values === undefined) {
			db.close();
			return port.close();
		}
		port.postMessage(transact(values, large ?? rooms[room]));
		large?.transfer(0);
		Atomics.add(landed, 0, 1);
	});
	port.postMessage(null);
`;

/** What is copied to shared memory begins at whole words: V8 copies there byte by byte otherwise, 220 KB in 49 instead of 9 µs. */
const aligned = (length: number): number => (length + 7) & -8;

/** As the thread gives it: an error of SQLite does not cross with its code. */
type ThreadOutcome =
	| Extract<Outcome, { results: unknown }>
	| { readonly begun: number; readonly error: { readonly message: string; readonly errcode?: number } };

function outcomeOf(outcome: ThreadOutcome): Outcome {
	if ('results' in outcome) return outcome;
	const { message, errcode } = outcome.error;
	return { begun: outcome.begun, error: Object.assign(new Error(message), { errcode }) };
}

/** After so many threads that ended with no outcome since it is given up. */
const failuresMax = 3;
/** So many transactions are handed over at most: the next one lies ready where one ends. */
const handedMax = 2;
/** Room for the bytes of a transaction; one that needs more gets its own. V8 does not count shared memory, so it is made once. */
const roomBytes = 4 * 1024 * 1024 + 64 * 1024;

/**
 * Runs transactions in a thread that has a connection of its own: the event loop takes the next requests while SQLite works and
 * waits for the disk. One transaction after the other.
 */
export class SqliteThread {
	readonly #path: string;
	readonly #settings: [string, string?];
	readonly #milliseconds: number;
	/** Counted up by the thread when an outcome has been posted. */
	readonly #landed = new Int32Array(new SharedArrayBuffer(4));
	/** So many of them have been taken. */
	#taken = 0;
	/** Used in turn. */
	#rooms: Uint8Array<SharedArrayBuffer>[] = [];
	#room = 0;
	#worker: Worker | null = null;
	#port: MessagePort | null = null;
	#state: 'none' | 'starting' | 'ready' | 'impossible' = 'none';
	#isClosing = false;
	/** So many threads have ended since the last outcome. */
	#failures = 0;
	/** Take the outcomes that are waited for, in order. */
	#takes: ((outcome: Outcome) => void)[] = [];

	/**
	 * @param settings SQL that the connection begins with
	 * @param milliseconds after which a transaction takes no more changes
	 */
	constructor(path: string, settings: string, milliseconds: number) {
		this.#path = path;
		this.#settings = [settings];
		this.#milliseconds = milliseconds;
	}

	/** Whether a transaction can be handed over. */
	get hasRoom(): boolean {
		return this.#state === 'ready' && this.#takes.length < handedMax;
	}

	/** Runs SQL on its connection, and on those of the threads that follow it, until it is told other SQL. */
	exec(sql: string): void {
		this.#settings[1] = sql;
		this.#port?.postMessage({ sql });
	}

	/**
	 * Hands over what makes one transaction, where there is {@link hasRoom}. `take` is given what became of it. Throws where it cannot
	 * cross, or there is no memory for it; nothing has been handed over then.
	 */
	hand(changes: readonly Change[], take: (outcome: Outcome) => void): void {
		const port = this.#port as MessagePort;
		let needed = 0;
		for (const { bytes } of changes) for (const part of bytes ?? []) needed += aligned(part.byteLength);
		const large = needed > roomBytes ? new Uint8Array(needed) : null;
		const room = (this.#room + 1) % handedMax;
		const memory = large ?? (this.#rooms[room] as Uint8Array);
		let at = 0;
		const values: (string | number | null)[] = [];
		for (const change of changes) {
			const { bytes } = change;
			values.push(bytes === null ? -1 : bytes[1].byteLength, ...change.values());
			for (const part of bytes ?? []) {
				memory.set(part, at);
				at += aligned(part.byteLength);
			}
		}
		if (large === null) port.postMessage({ values, room });
		else port.postMessage({ values, large: large.buffer }, [large.buffer]);
		// The program may end while nothing is on its way, not while something is: of a thread that has died the port alone does not tell.
		port.ref();
		this.#worker?.ref();
		this.#room = room;
		this.#takes.push(take);
	}

	/** Takes an outcome if it is there already: within a burst of requests, its message would come only after the last of them. */
	poll(): void {
		if (this.#takes.length === 0 || Atomics.load(this.#landed, 0) === this.#taken || this.#port === null) return;
		const received = receiveMessageOnPort(this.#port);
		if (received !== undefined) this.#arrived(outcomeOf(received.message));
	}

	/** Starts the thread, where there is none. Resolves when it is ready, or known to be impossible. */
	async begin(): Promise<void> {
		if (this.#state !== 'none') return;
		this.#state = 'starting';
		const { port1, port2 } = new MessageChannel();
		let worker: Worker;
		try {
			while (this.#rooms.length < handedMax) this.#rooms.push(new Uint8Array(new SharedArrayBuffer(roomBytes)));
			this.#landed[0] = 0;
			this.#taken = 0;
			worker = new Worker(program, {
				eval: true,
				// Without the options that Node was started with: `--input-type=module` would make it read the program as a module.
				execArgv: [],
				workerData: {
					path: this.#path,
					settings: this.#settings,
					port: port2,
					landed: this.#landed,
					rooms: this.#rooms.map(({ buffer }) => buffer),
					milliseconds: this.#milliseconds,
					packs: packsLong,
					texts: [statements.insertDelivery, statements.insertBody, statements.findDelivery, statements.settle],
				},
				transferList: [port2],
			});
		} catch {
			this.#state = 'impossible';
			port1.close();
			return;
		}
		this.#worker = worker;
		this.#port = port1;
		await new Promise<void>((resolve) => {
			port1.on('message', (message: ThreadOutcome | null) => {
				if (message !== null) return this.#arrived(outcomeOf(message));
				this.#state = 'ready';
				// From now on the program may end while nothing is on its way.
				port1.unref();
				// Its end is waited for by whoever closes it.
				if (!this.#isClosing) worker.unref();
				resolve();
			});
			let ended: unknown;
			worker.on('error', (error) => {
				ended = error;
			});
			worker.once('exit', () => {
				// It may have ended behind an outcome.
				const takes = this.#takes;
				const last = takes.map(() => receiveMessageOnPort(port1)?.message as ThreadOutcome | undefined);
				this.#takes = [];
				// The database may have been locked, but not each time.
				this.#failures = last[0] === undefined ? this.#failures + 1 : 1;
				this.#state = this.#failures < failuresMax ? 'none' : 'impossible';
				port1.close();
				this.#worker = null;
				this.#port = null;
				const unknown = last.indexOf(undefined);
				for (const [index, take] of takes.entries()) {
					const outcome = last[index];
					if (outcome !== undefined) take(outcomeOf(outcome));
					// What was handed over later begins only behind that one's outcome.
					else take(index === unknown ? { ended } : { untouched: true });
				}
				resolve();
			});
		});
	}

	/** To be called when nothing is on its way any more. */
	async close(): Promise<void> {
		const worker = this.#worker;
		if (worker === null) return;
		this.#isClosing = true;
		worker.ref();
		const gone = new Promise((resolve) => worker.once('exit', resolve));
		if (this.#state === 'ready') this.#port?.postMessage({});
		else void worker.terminate();
		await gone;
	}

	#arrived(outcome: Outcome): void {
		this.#taken = (this.#taken + 1) | 0;
		this.#failures = 0;
		const take = this.#takes.shift();
		if (this.#takes.length === 0) {
			this.#port?.unref();
			this.#worker?.unref();
		}
		take?.(outcome);
	}
}
