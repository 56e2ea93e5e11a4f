/** `mindhook listen` and `mindhook inbox` on a real PostgreSQL: what they do there is what they do on a file. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { signPayload } from 'mindhook';
import { openInbox } from 'mindhook/inbox';
import { inFolder, mindhook, type Outcome, Target } from './cli-process.js';
import { type Cluster, startCluster, withoutPostgres } from './postgres-cluster.js';

const invoice = readFileSync('tests/fixtures/payloads/valid/extraction/invoice-indented.json');
const secret = 'a secret of the tests';
let cluster: Cluster;

before(async () => {
	if (!withoutPostgres) cluster = await startCluster();
});
after(() => cluster?.remove());

test('a server that goes away during a replay is told of in one line', { skip: withoutPostgres }, async () => {
	let stopped: Promise<void> | undefined;
	const target = await new Target().open();
	try {
		await inFolder(async (cwd) => {
			const url = await cluster.newDatabase();
			const inbox = await openInbox(url);
			for (let number = 1; number <= 30; number++) {
				await inbox.save({ endpoint: 'a', body: Buffer.from(String(number)) });
			}
			await inbox.close();
			target.answer = (response) => {
				stopped ??= cluster.stop('fast');
				void stopped.then(() => response.end());
			};
			// More at a time than there are: whatever fails does so while the next are waited for, not the answers.
			const some = ['--all', '--concurrency=64', '--rate=2'];
			const { code, err } = await mindhook(['inbox', 'replay', '--to', target.url, ...some], {
				cwd,
				env: { MINDHOOK_INBOX: url },
			});
			assert.equal(code, 3, err);
			assert.match(err, /^mindhook: [^\n]*\n$/);
		});
	} finally {
		target.close();
		await stopped;
		if (stopped) await cluster.start();
	}
});

test('deliveries are saved, passed on, listed, exported, tried again, checked and removed', {
	skip: withoutPostgres,
}, async () => {
	const target = await new Target().open();
	try {
		await inFolder(async (cwd, start) => {
			const url = await cluster.newDatabase();
			const env = { MINDHOOK_INBOX: url, MINDEE_WEBHOOK_SECRET: secret };
			const inbox = (...args: string[]): Promise<Outcome> => mindhook(['inbox', ...args], { cwd, env });
			const none = await inbox('list');
			assert.equal(none.code, 3, none.err);
			assert.match(none.err, /^mindhook: There is no inbox [^\n]*\n$/);

			const run = start(['listen', '--port=0', '--forward', target.url], env);
			const headers = { 'content-type': 'application/json', 'x-signature': signPayload(invoice, secret) };
			const answer = await fetch(await run.says(/^listening on (\S+)/m), { method: 'POST', headers, body: invoice });
			assert.equal(answer.status, 200);
			await run.says(/passed on {4}#1 {2}extraction/);
			const { code, out, err } = await run.kill('SIGTERM');
			assert.equal(code, 0, err);
			assert.deepEqual(target.taken[0]?.body, invoice);
			const { password } = new URL(url);
			if (password !== '') assert.ok(!(out + err).includes(password));

			assert.match((await inbox('list', '--state', 'handled', '--id=1-5')).out, /\n1 .* handled .* default /);
			assert.deepEqual((await inbox('show', '--raw', '1')).bytes, invoice);
			assert.equal((await inbox('export', '--to', 'out')).out, '1 file written\n');
			assert.deepEqual(readFileSync(join(cwd, 'out/000001-64abcf17-cbee-4807-802a-485aff3ac52e.json')), invoice);
			assert.equal((await inbox('replay', '--to', target.url, '--all')).code, 0);
			assert.deepEqual(target.taken[1]?.body, invoice);
			assert.equal((await inbox('check')).out, '1 delivery read: fine\n');
			assert.equal((await inbox('replay', '--all')).out, '1 delivery waits to be handled again\n');
			assert.equal(JSON.parse((await inbox('stats', '--json')).out).deliveries.received, 1);
			assert.equal(
				(await inbox('prune', '--older-than', '0s', '--state', 'received', '--vacuum')).out,
				'1 delivery (7.4 kB) removed\nthe space was given back\n',
			);
			assert.equal((await inbox('list')).out, 'no delivery\n');
		});
	} finally {
		target.close();
	}
});

test('a body that the disk does not give is told of, and costs no other', { skip: withoutPostgres }, async () => {
	await inFolder(async (cwd) => {
		const url = await cluster.newDatabase();
		const saving = await openInbox(url);
		await saving.save({ endpoint: 'a', body: randomBytes(20_000) });
		await saving.save({ endpoint: 'a', body: Buffer.from('whole') });
		await saving.close();
		await cluster.loseLongBodies(url);
		const inbox = (...args: string[]): Promise<Outcome> =>
			mindhook(['inbox', ...args], { cwd, env: { MINDHOOK_INBOX: url } });
		const exported = await inbox('export', '--to', 'out');
		assert.deepEqual([exported.code, exported.out], [1, '1 file written, 1 delivery unreadable\n']);
		assert.match(exported.err, /#1 cannot be read: .*could not open file/);
		const shown = await inbox('show', '1');
		assert.equal(shown.code, 1);
		assert.match(shown.out, /\nnumber {5}1\n/);

		await cluster.stop('fast');
		const gone = await inbox('export', '--to', 'out');
		assert.equal(gone.code, 3, 'a storage that is away ends the command');
		await cluster.start();
	});
});
