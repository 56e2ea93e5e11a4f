import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { signPayload } from 'mindhook';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasSqlite = major > 22 || (major === 22 && minor >= 13);

const rounds = 200;
/** Lanes of rounds at a time, each with a database file of its own. */
const lanes = 2;
const secret = 'a secret of the tests';

/** The process that is killed: it prints its port and receives until then. */
const receiverProcess = `
	import { createServer } from 'node:http';
	import { openInbox } from 'mindhook/inbox';
	import { nodeListener } from 'mindhook/node';
	import { createReceiver } from 'mindhook/receiver';
	const inbox = await openInbox('sqlite:' + process.env.TEST_INBOX);
	const receiver = createReceiver({ secret: process.env.TEST_SECRET, inbox, onPayload() {}, onError() {} });
	const server = createServer(nodeListener(receiver));
	server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

test('A request is answered 200 only after its bytes can be read back from the database file by another process', {
	skip: hasSqlite ? false : 'the inbox needs Node 22.13',
	timeout: 300_000,
}, async () => {
	const { DatabaseSync } = await import('node:sqlite');
	const lane = async (number: number): Promise<void> => {
		const folder = mkdtempSync(join(tmpdir(), 'mindhook-durability-'));
		const file = join(folder, 'inbox.db');
		const sent: Buffer[] = [];
		try {
			for (let round = number; round < rounds; round += lanes) {
				// Sizes from one page of the database to hundreds of them, and bytes that nothing could have guessed.
				const body = Buffer.from(
					JSON.stringify({ round, noise: randomBytes(10 ** (1 + (round % 5))).toString('base64') }),
				);
				await postAndKill(file, body);
				sent.push(body);
				const db = new DatabaseSync(file);
				const rows = db.prepare('SELECT bytes FROM body ORDER BY delivery_id DESC LIMIT 1').all();
				assert.ok(Buffer.from(rows[0]?.bytes as Uint8Array).equals(body), `round ${round}: the bytes are not there`);
				db.close();
			}
			// And every kill left alone what was saved before it.
			const db = new DatabaseSync(file);
			const saved = db.prepare('SELECT bytes FROM body ORDER BY delivery_id').all();
			assert.deepEqual(
				saved.map(({ bytes }) => Buffer.from(bytes as Uint8Array).toString()),
				sent.map(String),
			);
			assert.equal(db.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok');
			db.close();
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	};
	await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
});

/** Posts `body` to a fresh receiver process, which is killed the moment the status line of its answer is here. */
async function postAndKill(file: string, body: Buffer): Promise<void> {
	const child = spawn(process.execPath, ['--input-type=module', '--eval', receiverProcess], {
		// Here, so that `mindhook` is found.
		cwd: import.meta.dirname,
		env: { ...process.env, TEST_INBOX: file, TEST_SECRET: secret, NODE_NO_WARNINGS: '1' },
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const exited = once(child, 'exit');
	try {
		const port = await portOf(child);
		const headers = {
			'content-type': 'application/json',
			'content-length': body.length,
			'x-signature': signPayload(body, secret),
		};
		const status = await new Promise<number>((resolve, reject) => {
			const sending = request({ host: '127.0.0.1', port, method: 'POST', headers, agent: false }, (response) => {
				child.kill('SIGKILL');
				response.on('error', () => {}).resume();
				resolve(response.statusCode ?? 0);
			});
			sending.on('error', reject).end(body);
		});
		assert.equal(status, 200);
	} finally {
		child.kill('SIGKILL');
	}
	const [code, signal] = await exited;
	assert.deepEqual([code, signal], [null, 'SIGKILL'], 'the process had ended before it was killed');
}

async function portOf(child: ChildProcess): Promise<number> {
	let text = '';
	for await (const chunk of child.stdout ?? []) {
		text += String(chunk);
		if (text.endsWith('\n')) return Number(text);
	}
	throw new Error('The receiver process ended before it listened.');
}
