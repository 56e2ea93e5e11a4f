/** `mindhook listen` as it is called: real processes, sockets, signals and inboxes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createServer as createSecureServer, request as secureRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { signPayload } from 'mindhook';
import { type InboxEntry, openInbox } from 'mindhook/inbox';
import { inFolder, mindhook, type Run, Target, until } from './cli-process.js';

const VALID = 'tests/fixtures/payloads/valid';
const invoice = readFileSync(`${VALID}/extraction/invoice-indented.json`);
const job = readFileSync(`${VALID}/job/pending.json`);
/** Bytes that anyone who parses them and writes them again would change. */
const withMark = Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), job, Buffer.from('\r\n \t')]);
const secret = 'a secret of the tests';
const env = { MINDEE_WEBHOOK_SECRET: secret };
const listening = /^listening on ([^?\s]+)/m;

interface Answer {
	readonly status: number;
	readonly body: string;
}

interface Posting {
	readonly key?: string;
	readonly path?: string;
	readonly ca?: Buffer;
}

function post(url: string, body: Uint8Array, { key = secret, path = '/', ca }: Posting = {}): Promise<Answer> {
	const headers = {
		'content-type': 'application/json; charset=utf-8',
		'x-signature': signPayload(body, key),
		'user-agent': 'a test',
	};
	return new Promise((resolve, reject) => {
		const options = { method: 'POST', headers, agent: false, ...(ca && { ca, servername: 'localhost' }) };
		const target = new URL(path, url);
		const sending = (url.startsWith('https') ? secureRequest : request)(target, options, async (response) => {
			let text = '';
			for await (const chunk of response) text += String(chunk);
			resolve({ status: response.statusCode ?? 0, body: text });
		});
		sending.on('error', reject).end(body);
	});
}

async function entriesIn(folder: string): Promise<InboxEntry[]> {
	const inbox = await openInbox(`sqlite:${join(folder, 'inbox.db')}`);
	try {
		return (await inbox.list()).reverse();
	} finally {
		await inbox.close();
	}
}

const statesIn = async (folder: string): Promise<string[]> => (await entriesIn(folder)).map(({ state }) => state);

async function withTarget(work: (target: Target) => Promise<void>): Promise<void> {
	const target = await new Target().open();
	try {
		await work(target);
	} finally {
		target.close();
	}
}

const ends = async (run: Run, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
	const { code, err } = await run.kill(signal);
	assert.equal(code, 0, err);
};

test('what comes is saved, then passed on byte for byte with its own headers', async () => {
	await withTarget(async (target) => {
		await inFolder(async (folder, start) => {
			const run = start(['listen', '--port=0', '--forward', target.url, '--endpoint', 'invoices'], env);
			const url = await run.says(listening);
			for (const body of [invoice, withMark]) assert.equal((await post(url, body)).status, 200);
			assert.equal((await post(url, invoice)).body, '{"outcome":"duplicate"}');
			await until(() => target.taken.length === 2, 'two deliveries at the target');
			for (const [index, body] of [invoice, withMark].entries()) {
				const { headers, ...taken } = target.taken.find(
					(one) => one.headers['mindhook-delivery'] === `${index + 1}`,
				) ?? {
					headers: assert.fail('not passed on'),
				};
				assert.deepEqual(taken, { method: 'POST', url: '/hook', body });
				assert.deepEqual(
					['content-type', 'x-signature', 'user-agent', 'mindhook-endpoint', 'mindhook-attempt'].map(
						(name) => headers[name],
					),
					['application/json; charset=utf-8', signPayload(body, secret), 'a test', 'invoices', '1'],
				);
			}
			await run.says(/passed on {4}#1 {2}extraction {2}\d+ ms$/m);
			await run.says(/passed on {4}#2 {2}job {2}\d+ ms$/m);
			assert.match(run.out, / {2}saved {8}#1 {2}7\.4 kB {2}/);
			await run.says(/ {2}duplicate {4}#1 {2}/);
			await ends(run);
			assert.deepEqual(await statesIn(folder), ['handled', 'handled']);
		});
	});
});

test('without --forward it only saves, and another run passes on what waits', async () => {
	await withTarget(async (target) => {
		await inFolder(async (folder, start) => {
			const first = start(['listen', '--port=0'], env);
			const url = await first.says(listening);
			assert.match(await first.says(/only saving:.*/), /stay `received`/);
			await post(url, invoice);
			await post(url, Buffer.from('{"not":'));
			await ends(first, 'SIGINT');
			assert.deepEqual(await statesIn(folder), ['received', 'received']);
			const second = start(['listen', '--port=0', '--forward', target.url], env);
			await second.says(/quarantined {2}#2 {2}json\.unexpected_end$/m);
			await until(() => target.taken.length === 1, 'the delivery');
			await second.says(/passed on {4}#1/);
			await ends(second);
			assert.deepEqual(target.taken[0]?.body, invoice);
			assert.deepEqual(await statesIn(folder), ['handled', 'quarantined']);
		});
	});
});

test('a target that is down gets the delivery when it is up; one that refuses is given up after --attempts', async () => {
	await withTarget(async (target) => {
		await inFolder(async (folder, start) => {
			target.close();
			const run = start(['listen', '--port=0', '--forward', target.url], env);
			const url = await run.says(listening);
			assert.equal((await post(url, invoice)).status, 200, 'saved, whatever the target does');
			await run.says(/failed {7}#1 {2}extraction {2}attempt 1 {2}again in .* {2}connect ECONNREFUSED/);
			await target.open();
			await run.says(/passed on {4}#1 {2}extraction {2}attempt \d/);
			assert.deepEqual(target.taken.at(-1)?.body, invoice);
			assert.ok(Number(target.taken.at(-1)?.headers['mindhook-attempt']) > 1);
			await ends(run);

			// A redirect leads somewhere, and is still not followed.
			target.answer = (response) => void response.writeHead(302, { location: '/elsewhere' }).end('no');
			target.taken.length = 0;
			const strict = start(['listen', '--port=0', '--forward', target.url, '--attempts=2'], env);
			await post(await strict.says(listening), job);
			await strict.says(
				/dead {9}#2 {2}job {2}attempt 2 {2}not tried again {2}the target answered 302; redirects are not followed/,
			);
			await ends(strict);
			assert.deepEqual(
				target.taken.map(({ url }) => url),
				['/hook', '/hook'],
			);
			const dead = (await entriesIn(folder))[1];
			assert.deepEqual(
				[dead?.state, dead?.attempts, dead?.lastError],
				['dead', 2, 'ForwardError: the target answered 302; redirects are not followed'],
			);
		});
	});
});

test('killed while it passes on, it does so again after a restart', async () => {
	await withTarget(async (target) => {
		await inFolder(async (folder, start) => {
			target.answer = () => {};
			const args = ['listen', '--port=0', '--forward', target.url];
			const first = start(args, env);
			const url = await first.says(listening);
			for (const body of [invoice, job]) assert.equal((await post(url, body)).status, 200);
			await until(() => target.taken.length === 2, 'both deliveries under way');
			await first.kill('SIGKILL');
			target.taken.length = 0;
			target.answer = (response) => void response.end();
			const second = start(args, env);
			await until(() => target.taken.length === 2, 'both deliveries again');
			await second.says(/passed on .*\n(?:.*\n)*.*passed on .*\n/);
			await ends(second);
			assert.deepEqual(target.taken.map(({ headers, body }) => [headers['mindhook-delivery'], body.length]).sort(), [
				['1', invoice.length],
				['2', job.length],
			]);
			assert.deepEqual(await statesIn(folder), ['handled', 'handled']);
		});
	});
});

test('SIGTERM: nothing new is taken, what is under way is finished; a second one ends at once', async () => {
	await withTarget(async (target) => {
		await inFolder(async (folder, start) => {
			let open = (): void => {};
			target.answer = (response) => {
				open = () => void response.end();
			};
			const args = ['listen', '--port=0', '--forward', target.url];
			const run = start(args, env);
			const url = await run.says(listening);
			await post(url, invoice);
			await until(() => target.taken.length === 1, 'the delivery under way');
			const ended = run.kill('SIGTERM');
			await until(() => run.err.includes('stopping; 1 delivery being passed on …'), 'the word that it stops');
			await assert.rejects(post(url, job), /ECONNREFUSED/);
			open();
			const { code, out } = await ended;
			assert.equal(code, 0);
			assert.match(out, /passed on {4}#1[^\n]*\n$/, 'the line of what was finished last');
			assert.deepEqual(await statesIn(folder), ['handled']);

			const impatient = start(args, env);
			await post(await impatient.says(listening), job);
			await until(() => target.taken.length === 2, 'the second delivery under way');
			void impatient.kill('SIGTERM');
			await until(() => impatient.err.includes('stopping'), 'the word that it stops');
			const second = await impatient.kill('SIGTERM');
			assert.deepEqual([second.code, second.signal], [null, 'SIGTERM']);
			assert.equal((await entriesIn(folder)).length, 2);
		});
	});
});

test('several secrets, a token and a path: what does not fit is refused', async () => {
	await inFolder(async (folder, start) => {
		writeFileSync(join(folder, 'next'), 'the next secret\n');
		writeFileSync(join(folder, 'token'), 'a token\n');
		const run = start(
			['listen', '--port=0', '--secret-file=next', '--token-file=token', '--path=/hook', '--max-bytes=10kB'],
			{ ...env, MINDHOOK_TOKEN: 'hunter2' },
		);
		const url = await run.says(listening);
		assert.match(run.out, /^listening on \S+\/hook\?token=…$/m);
		for (const [body, posting, status] of [
			[invoice, { path: '/hook?token=a%20token' }, 200],
			[job, { path: '/hook?token=hunter2', key: 'the next secret' }, 200],
			[job, { path: '/hook?token=hunter2', key: 'a third' }, 401],
			[job, { path: '/hook?token=no' }, 401],
			[job, { path: '/hook' }, 401],
			[job, { path: '/?token=hunter2' }, 404],
			[Buffer.alloc(10_001, 32), { path: '/hook?token=hunter2' }, 413],
		] as const) {
			assert.equal((await post(url, body, posting)).status, status, JSON.stringify(posting));
		}
		await run.says(/refused {6}413 {2}body_too_large/);
		await ends(run);
		assert.equal((await entriesIn(folder)).length, 2);
		for (const word of [secret, 'the next', 'a token', 'hunter2', 'Rechnung']) assert.ok(!run.out.includes(word), word);
	});
});

test('--json: one line for each event, with no value of a payload and no secret', async () => {
	await withTarget(async (target) => {
		await inFolder(async (_, start) => {
			target.answer = (response) => void response.writeHead(500).end('secret words of the target');
			const forward = target.url.replace('//', '//user:hunter2@');
			const run = start(['listen', '--port=0', '--json', '--attempts=1', '--forward', `${forward}?key=hunter2`], env);
			const { url } = JSON.parse(await run.says(/^(.*"type":"listening".*)$/m)) as { url: string };
			await post(url, invoice);
			await post(url, job, { key: 'forged' });
			await run.says(/"state":"dead"/);
			assert.equal(target.taken[0]?.headers.authorization, `Basic ${Buffer.from('user:hunter2').toString('base64')}`);
			await ends(run);
			const events = run.out
				.trimEnd()
				.split('\n')
				.map((line) => JSON.parse(line) as Record<string, unknown>);
			assert.ok(events.every(({ time, type }) => typeof type === 'string' && !Number.isNaN(Date.parse(String(time)))));
			const settled = events.find(({ type }) => type === 'settled');
			assert.deepEqual(
				[settled?.kind, settled?.errorName, settled?.why],
				['extraction', 'ForwardError', 'the target answered 500'],
			);
			assert.deepEqual(
				events.filter(({ type }) => type === 'request').map(({ outcome }) => outcome),
				['saved', 'signature_mismatch'],
			);
			assert.doesNotMatch(run.out + run.err, /hunter2|secret words|Rechnung|a secret of/);
		});
	});
});

test('--monitor-port: metrics and health on a port of their own', async () => {
	await inFolder(async (_, start) => {
		const run = start(['listen', '--port=0', '--monitor-port=0'], env);
		const url = await run.says(listening);
		const monitor = await run.says(/^monitor on (\S+)\/metrics/m);
		await post(url, invoice);
		for (const path of ['/healthz', '/readyz']) assert.equal((await fetch(monitor + path)).status, 200, path);
		const metrics = await (await fetch(`${monitor}/metrics`)).text();
		assert.match(metrics, /^mindhook_inbox_deliveries\{state="received"\} 1$/m);
		assert.equal(
			(await post(url, invoice, { path: '/metrics' })).body,
			'{"outcome":"duplicate"}',
			'not on the public port',
		);
		await ends(run);
	});
});

test('TLS: takes deliveries over https, and passes on to https only where the certificate is trusted', async () => {
	await inFolder(async (folder, start) => {
		const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
		const files = ['-keyout', 'key.pem', '-out', 'cert.pem', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
		execFileSync('openssl', [...request.split(' '), ...files], { cwd: folder, stdio: 'ignore' });
		const [ca, key] = [readFileSync(join(folder, 'cert.pem')), readFileSync(join(folder, 'key.pem'))];
		const bodies: Buffer[] = [];
		const target = createSecureServer({ cert: ca, key }, async (incoming, response) => {
			const chunks: Buffer[] = [];
			for await (const chunk of incoming) chunks.push(chunk as Buffer);
			bodies.push(Buffer.concat(chunks));
			response.end();
		});
		await once(target.listen(0, '127.0.0.1'), 'listening');
		const forward = `https://127.0.0.1:${(target.address() as AddressInfo).port}/`;
		try {
			const args = ['listen', '--port=0', '--cert=cert.pem', '--key=key.pem', '--forward', forward];
			const run = start(args, { ...env, NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') });
			const url = await run.says(listening);
			assert.match(url, /^https:/);
			assert.equal((await post(url, invoice, { ca })).status, 200);
			await until(() => bodies.length === 1, 'the delivery over https');
			assert.deepEqual(bodies[0], invoice);
			await run.says(/passed on/);
			await ends(run);
			const wary = start(['listen', '--port=0', '--forward', forward], env);
			await post(await wary.says(listening), job);
			await wary.says(/failed {7}#2 .*certificate/);
			await ends(wary);
			assert.equal(bodies.length, 1);

			writeFileSync(join(folder, 'bad.pem'), 'not a certificate');
			for (const [words, message] of [
				[['--cert=bad.pem', '--key=key.pem'], /cannot listen with this certificate and key: /],
				[['--cert=none.pem', '--key=key.pem'], /cannot read none\.pem: there is no such file/],
			] as const) {
				const { code, err } = await mindhook(['listen', '--port=0', ...words], { cwd: folder, env });
				assert.equal(code, 3, err);
				assert.match(err, message);
				assert.match(err, /^[^\n]*\n$/, 'one line, no stack');
			}
		} finally {
			target.closeAllConnections();
			target.close();
		}
	});
});

test('what keeps it from listening is said in one line, and the end is 3; what was asked wrongly, 2', async () => {
	await inFolder(async (cwd) => {
		const other = createServer();
		await once(other.listen(0, '127.0.0.1'), 'listening');
		const { port } = other.address() as AddressInfo;
		for (const args of [[`--port=${port}`], ['--port=0', `--monitor-port=${port}`]]) {
			const { code, err } = await mindhook(['listen', ...args], { cwd, env });
			assert.equal(code, 3, err);
			assert.equal(err, `mindhook: cannot listen on 127.0.0.1:${port}: the port is in use by another program\n`);
		}
		other.close();
		assert.equal((await mindhook(['listen', '--host=192.0.2.1'], { cwd, env })).code, 3);

		const lock = new DatabaseSync(join(cwd, 'locked.db'));
		lock.exec('PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE t (x)');
		lock.exec('BEGIN EXCLUSIVE');
		const locked = await mindhook(['listen', '--port=0', '--inbox=sqlite:locked.db'], { cwd, env });
		lock.close();
		assert.equal(locked.code, 3);
		assert.match(locked.err, /^mindhook: Cannot open the inbox .*locked\.db: another process keeps it locked\n$/);

		for (const [args, message, world] of [
			[[], 'Where is the signing secret? Set MINDEE_WEBHOOK_SECRET', {}],
			[[], 'MINDEE_WEBHOOK_SECRET is empty', { MINDEE_WEBHOOK_SECRET: '' }],
			[[], 'MINDHOOK_TOKEN is empty', { ...env, MINDHOOK_TOKEN: '' }],
			[['here'], 'takes options alone', env],
			[['--port=65536'], '--port takes a port from 0 to 65535, not 65536.', env],
			[['--forward=localhost:80'], '--forward takes an address that begins with http://', env],
			[['--attempts=3'], '--attempts goes with --forward URL.', env],
			[['--cert=a.pem'], '--cert and --key go together.', env],
			[['--endpoint=a/b'], '--endpoint takes 1 to 64 letters', env],
			...['hook', '/é', '/a b', '/a?b', '/a#b', '/\u0001'].map(
				(path) => [[`--path=${path}`], '--path takes a path without query', env] as const,
			),
			[['--max-bytes=0'], '--max-bytes takes a size', env],
			[['--inbox=inbox.db'], 'The inbox URL has no scheme', env],
		] as const) {
			const { code, out, err } = await mindhook(['listen', ...args], { cwd, env: world });
			assert.deepEqual([code, out], [2, ''], err);
			assert.ok(err.startsWith('mindhook: ') && err.includes(message), err);
		}
	});
});
