/** What a process of its own cannot be caught at; the rest is in tests/cli-inbox.test.ts. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openInbox } from 'mindhook/inbox';
import { readArguments } from '../arguments.js';
import { Interrupted, type Io } from '../command.js';
import { replay } from './replay.js';

const hasSqlite = process.getBuiltinModule('node:sqlite') !== undefined;

test('a replay that is stopped between two posts posts nothing more, ends at once and says what was posted', {
	skip: hasSqlite ? false : 'the inbox needs Node 22.13',
}, async () => {
	const folder = mkdtempSync(join(tmpdir(), 'mindhook-replay-'));
	let posts = 0;
	const server = createServer((request, response) => {
		posts += 1;
		request.resume().on('end', () => response.end());
	});
	try {
		const url = `sqlite:${join(folder, 'inbox.db')}`;
		const inbox = await openInbox(url);
		for (const body of ['{"a":1}', '{"b":2}', '{"c":3}']) {
			await inbox.save({ endpoint: 'invoices', body: new TextEncoder().encode(body) });
		}
		await inbox.close();
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		const stop = new AbortController();
		const io: Io = {
			env: {},
			columns: undefined,
			colour: false,
			colourOfErrors: false,
			terminal: false,
			stdin: async () => new Uint8Array(),
			warn() {},
			tell() {},
			progress() {},
			interruption: () => stop.signal,
		};
		const words = ['--inbox', url, '--to', `http://127.0.0.1:${port}/`, '--all', '--rate', '1', '--concurrency', '1'];
		const run = replay.run(readArguments(replay, words), io);
		assert.match(String((await run.next()).value), /^#1 {2}200 /);
		// From here on it sleeps until a second has gone by since the first post.
		const next = run.next();
		stop.abort(new Interrupted('stopped'));
		const later = new Promise<'slept on'>((resolve) => setImmediate(resolve, 'slept on'));
		assert.deepEqual(await Promise.race([next, later]), { done: false, value: '1 delivery taken\n' });
		await assert.rejects(run.next(), Interrupted);
		assert.equal(posts, 1);
	} finally {
		server.close();
		server.closeAllConnections();
		rmSync(folder, { recursive: true, force: true });
	}
});
