/**
 * A receiver with an inbox behind a real socket, as a process that can be killed. Its parent gives {@link ReceiverProcessOptions} in
 * the environment, is told the port, and may ask it to `close`.
 */
import { openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import threads, { type WorkerOptions } from 'node:worker_threads';
import type { Payload } from 'mindhook';
import { openInbox } from 'mindhook/inbox';
import { nodeListener } from 'mindhook/node';
import { createReceiver, type ReceiverOptions } from 'mindhook/receiver';
import { secret } from './payloads.js';

export interface ReceiverProcessOptions {
	/** URL of the inbox. */
	inbox: string;
	/** Where the handler notes the inference ID of each payload that it has handled. */
	handledLog: string;
	/** 0: any. */
	port: number;
	/** The database is opened without its syncs, so that the power cut can be seen to lose something. */
	synchronousOff?: boolean;
	/** SQLite's log is moved into the database file again and again, not only when it is long. */
	moveLogEachMs?: number;
	/** Only saves, and leaves the handling to others on the same inbox. */
	savesOnly?: boolean;
	receiver?: Pick<ReceiverOptions, 'limits' | 'retry' | 'leaseMilliseconds' | 'pollMilliseconds'>;
}

const options = JSON.parse(process.env.FAULTS_RECEIVER ?? '{}') as ReceiverProcessOptions;
if (options.synchronousOff) {
	const { DatabaseSync } = await import('node:sqlite');
	const { exec } = DatabaseSync.prototype;
	const unsynced = (sql: string): string => sql.replace(/synchronous\s*=\s*\w+/i, 'synchronous = OFF');
	DatabaseSync.prototype.exec = function (sql) {
		exec.call(this, unsynced(sql));
	};
	// The thread that writes has a connection of its own.
	const { Worker } = threads;
	threads.Worker = class extends Worker {
		constructor(program: string | URL, options: WorkerOptions = {}) {
			const settings: string[] | undefined = options.workerData?.settings;
			if (settings) options.workerData = { ...options.workerData, settings: settings.map(unsynced) };
			super(program, options);
		}
	};
	syncBuiltinESMExports();
}

const handledLog = openSync(options.handledLog, 'a');
const inbox = await openInbox(options.inbox);
const hoard: unknown[] = [];
if (options.moveLogEachMs) {
	const { DatabaseSync } = await import('node:sqlite');
	const beside = new DatabaseSync(options.inbox.slice('sqlite:'.length));
	setInterval(() => beside.exec('PRAGMA wal_checkpoint(PASSIVE)'), options.moveLogEachMs);
}
const receiver = createReceiver({
	secret,
	inbox,
	...options.receiver,
	onError(error, { stage }) {
		if (process.env.FAULTS_VERBOSE) console.error(process.pid, stage, error);
	},
	onPayload: options.savesOnly ? null : handle,
});
const server = createServer(nodeListener(receiver));
server.listen(options.port, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', async (message) => {
	if (message !== 'close') return;
	server.close();
	server.closeIdleConnections();
	await receiver.close();
	await inbox.close();
	process.exit(0);
});
process.on('disconnect', () => process.exit(1));

async function handle(payload: Payload): Promise<void> {
	switch (payload.fileName) {
		case 'throw.pdf':
			throw new Error('The handler throws.');
		case 'hang.pdf':
			return new Promise<void>(() => {});
		case 'exhaust-memory.pdf':
			for (;;) {
				hoard.push(Array.from({ length: 100_000 }, (_, index) => ({ index })));
				await new Promise(setImmediate);
			}
		case 'exhaust-memory-at-once.pdf':
			for (;;) hoard.push(Array.from({ length: 100_000 }, (_, index) => ({ index })));
	}
	// Written to the kernel before the handler is through: that outlives the process.
	writeSync(handledLog, `${payload.inferenceId}\n`);
}
