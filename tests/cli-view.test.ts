/** `mindhook view` and `listen --view` as they are called: real processes and sockets. The page itself is in page-live.test.ts. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { type Inbox, openInbox } from 'mindhook/inbox';
import { inFolder, mindhook, postSigned, type Run, until } from './cli-process.js';

const VALID = resolve('tests/fixtures/payloads/valid');
const invoicePath = `${VALID}/extraction/invoice-indented.json`;
const invoice = readFileSync(invoicePath);
const job = readFileSync(`${VALID}/job/pending.json`);
const inspectorOn = /^inspector on (\S+)$/m;
const secret = 'a secret of the tests';
const env = { MINDEE_WEBHOOK_SECRET: secret };

interface Answer {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: Buffer;
}

/** What is asked goes out as it is: `fetch` would tidy paths and set headers of its own. */
function ask(url: string, { path = '', method = 'GET', headers = {} } = {}): Promise<Answer> {
	const { hostname, port, pathname } = new URL(url);
	return new Promise((fulfil, reject) => {
		const options = { host: hostname, port, path: path.startsWith('/') ? path : pathname + path, method, headers };
		request({ ...options, agent: false }, async (response) => {
			const chunks: Buffer[] = [];
			for await (const chunk of response) chunks.push(chunk as Buffer);
			fulfil({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
		})
			.on('error', reject)
			.end();
	});
}

const json = async <Value>(url: string, path: string): Promise<Value> =>
	JSON.parse((await ask(url, { path })).body.toString()) as Value;

interface Listed {
	deliveries: { id: number; state: string; bytes: number; kind: string | null }[];
	more: boolean;
}

/** A reader of server-sent events. */
class Events {
	readonly got: { id: string; name: string; data: unknown }[] = [];
	#response: IncomingMessage | undefined;
	#text = '';

	/** Resolves once the stream has begun. */
	open(url: string, lastEventId?: string): Promise<this> {
		return new Promise((fulfil, reject) => {
			const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
			request(new URL('api/events', url), { agent: false, headers }, (response) => {
				this.#response = response;
				response.setEncoding('utf8').on('data', (chunk: string) => this.#take(chunk));
				response.on('error', () => {});
				fulfil(this);
			})
				.on('error', reject)
				.end();
		});
	}

	#take(chunk: string): void {
		const parts = (this.#text + chunk).split('\n\n');
		this.#text = parts.pop() ?? '';
		for (const part of parts) {
			const fields = Object.fromEntries(part.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));
			if (fields.event) this.got.push({ id: fields.id, name: fields.event, data: JSON.parse(fields.data) });
		}
	}

	/** The states that each delivery was told to have, in order. */
	statesOf(id: number): string[] {
		return this.got
			.filter(({ name }) => name === 'deliveries')
			.flatMap(({ data }) => data as Listed['deliveries'])
			.filter((delivery) => delivery.id === id)
			.map(({ state }) => state);
	}

	names(): string[] {
		return this.got.map(({ name }) => name);
	}

	close(): void {
		this.#response?.destroy();
	}
}

const post = (url: string, body: Uint8Array, key = secret): Promise<number> => postSigned(url, body, key);

async function withInbox(folder: string, work: (inbox: Inbox) => Promise<void>): Promise<void> {
	const inbox = await openInbox(`sqlite:${join(folder, 'inbox.db')}`);
	try {
		await work(inbox);
	} finally {
		await inbox.close();
	}
}

const bodyOf = (number: number): Buffer => Buffer.from(`{"job":{"id":"${number}"}}`);

const ends = async (run: Run): Promise<void> => assert.equal((await run.kill('SIGINT')).code, 0, run.err);

describe('who may look', () => {
	test('only whoever has the key; every other path has nothing, and says nothing', async () => {
		await inFolder(async (_, start) => {
			const run = start(['view', invoicePath]);
			const url = await run.says(inspectorOn);
			assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/$/);
			const key = new URL(url).pathname.slice(1, -1);
			for (const path of [
				'/',
				'/index.html',
				'/api/shelf',
				'/api/files/0',
				'/x/api/files/0',
				`/${key.slice(0, -1)}/`,
				`/${key}x/`,
				`/${key.toLowerCase()}/`.replace(key, 'x'),
				`//${key}/`,
				`/%2f${key}/`,
				`/x/../${key}/`,
				`/?${key}/`,
			]) {
				const { status, body } = await ask(url, { path });
				assert.equal(status, 404, path);
				assert.ok(!body.includes(key), path);
			}
			assert.equal((await ask(url)).status, 200);
			// Without its slash, the files of the page would be looked for beside it.
			const { status, headers } = await ask(url, { path: `/${key}` });
			assert.deepEqual([status, headers.location], [308, `/${key}/`]);
			await ends(run);
		});
	});

	test('another name of this machine, another origin and another site are refused, even with the key', async () => {
		await inFolder(async (_, start) => {
			const run = start(['view', invoicePath]);
			const url = await run.says(inspectorOn);
			const { host, port } = new URL(url);
			for (const headers of [
				{ host: `evil.example:${port}` },
				{ host: `127.0.0.1.evil.example:${port}` },
				{ host: '192.0.2.1' },
				{ origin: 'http://evil.example' },
				{ origin: 'null' },
				{ origin: 'http://127.0.0.1:1' },
				{ origin: `https://${host}` },
				{ 'sec-fetch-site': 'cross-site' },
				{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' },
				{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
			]) {
				for (const path of ['', 'api/files/0']) {
					const { status, body } = await ask(url, { path, headers });
					assert.equal(status, 403, JSON.stringify(headers));
					assert.ok(body.length < 100);
				}
			}
			for (const headers of [
				{ host: `localhost:${port}` },
				// A tunnel ends at another port.
				{ host: 'localhost:8080' },
				{ host: `[::1]:${port}` },
				{ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' },
				{ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
				{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
			]) {
				assert.equal((await ask(url, { headers })).status, 200, JSON.stringify(headers));
			}
			await ends(run);
		});
	});

	test('only reading is answered, and what is sent cannot become a page', async () => {
		await inFolder(async (folder, start) => {
			writeFileSync(join(folder, 'evil.html'), '<script>alert(1)</script>');
			const run = start(['view', 'evil.html']);
			const url = await run.says(inspectorOn);
			for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
				for (const path of ['', 'api/shelf', 'api/files/0']) {
					assert.equal((await ask(url, { path, method })).status, 405, `${method} ${path}`);
				}
			}
			const sent = await ask(url, { path: 'api/files/0' });
			assert.equal(sent.headers['content-type'], 'application/octet-stream');
			assert.equal(sent.headers['x-content-type-options'], 'nosniff');
			assert.match(String(sent.headers['content-security-policy']), /^default-src 'none'; sandbox/);
			assert.equal(sent.headers['cache-control'], 'no-store');
			assert.equal(sent.headers['access-control-allow-origin'], undefined);
			const head = await ask(url, { path: 'api/files/0', method: 'HEAD' });
			assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, '25', 0]);
			const page = await ask(url);
			assert.match(String(page.headers['content-security-policy']), /connect-src 'self'.*frame-ancestors 'none'/);
			await ends(run);
		});
	});
});

describe('files', () => {
	test('are offered by number, each with its bytes; nothing else is', async () => {
		await inFolder(async (folder, start) => {
			mkdirSync(join(folder, 'a b'));
			writeFileSync(join(folder, 'a b/<i>.pdf'), '%PDF-1.7');
			writeFileSync(join(folder, 'empty.json'), '');
			writeFileSync(join(folder, 'secret.txt'), 'secret');
			const run = start(['view', invoicePath, 'a b/<i>.pdf', 'empty.json']);
			const url = await run.says(inspectorOn);
			await run.says(/^3 files in it$/m);
			assert.deepEqual(await json(url, 'api/shelf'), {
				files: [
					{ index: 0, name: 'invoice-indented.json', path: invoicePath, bytes: invoice.length },
					{ index: 1, name: '<i>.pdf', path: 'a b/<i>.pdf', bytes: 8 },
					{ index: 2, name: 'empty.json', path: 'empty.json', bytes: 0 },
				],
				deliveries: false,
				requestsSince: null,
			});
			assert.deepEqual((await ask(url, { path: 'api/files/0' })).body, invoice);
			assert.equal((await ask(url, { path: 'api/files/1' })).body.toString(), '%PDF-1.7');
			assert.equal((await ask(url, { path: 'api/files/2' })).body.length, 0);
			for (const path of [
				'api/files/3',
				'api/files/-1',
				'api/files/0/',
				'api/files/00000000000000000000',
				'api/files/secret.txt',
				'api/files/..%2fsecret.txt',
				'api/files/../../secret.txt',
				`api/files/${folder}/secret.txt`,
				'api/files',
				'api/',
				'api/deliveries',
				'api/deliveries/1',
				'api/events',
				'secret.txt',
				'../secret.txt',
				'%2e%2e/%2e%2e/package.json',
				'assets/../../../package.json',
				'constructor',
			]) {
				const { status, body } = await ask(url, { path });
				assert.equal(status, 404, path);
				assert.ok(!body.includes('secret'), path);
			}
			await ends(run);
		});
	});

	test('a huge one is streamed: the process does not grow with it', async () => {
		await inFolder(async (folder, start) => {
			const piece = Buffer.alloc(1 << 20, 'mindhook ');
			const pieces = 300;
			for (let index = 0; index < pieces; index++) writeFileSync(join(folder, 'huge.json'), piece, { flag: 'a' });
			const run = start(['view', 'huge.json']);
			const url = await run.says(inspectorOn);
			const hash = createHash('sha256');
			let length = 0;
			await new Promise<void>((fulfil, reject) => {
				request(new URL('api/files/0', url), { agent: false }, async (response) => {
					for await (const chunk of response) {
						hash.update(chunk as Buffer);
						length += (chunk as Buffer).length;
					}
					fulfil();
				})
					.on('error', reject)
					.end();
			});
			assert.equal(length, pieces * piece.length);
			const expected = createHash('sha256');
			for (let index = 0; index < pieces; index++) expected.update(piece);
			assert.equal(hash.digest('hex'), expected.digest('hex'));
			// Whoever hangs up in the middle, or reads nothing, leaves nothing behind that keeps the end waiting.
			const { port, pathname } = new URL(url);
			const socket = connect(Number(port), '127.0.0.1');
			socket.on('error', () => {}).write(`GET ${pathname}api/files/0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
			await until(() => socket.bytesRead > 0 || socket.readableLength > 0, 'the first bytes');
			socket.pause();
			if (process.platform === 'linux') {
				const kilobytes = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${run.pid}/status`, 'utf8'))?.[1]);
				assert.ok(kilobytes < 200_000, `at most ${kilobytes} kB of memory`);
			}
			await ends(run);
			socket.destroy();
		});
	});

	test('what is removed, forbidden or exchanged meanwhile is said as such', async () => {
		await inFolder(async (folder, start) => {
			for (const name of ['gone', 'folder', 'grows', 'denied']) writeFileSync(join(folder, name), name);
			symlinkSync('gone', join(folder, 'link'));
			const run = start(['view', 'gone', 'folder', 'grows', 'link', 'denied']);
			const url = await run.says(inspectorOn);
			rmSync(join(folder, 'gone'));
			rmSync(join(folder, 'folder'));
			mkdirSync(join(folder, 'folder'));
			writeFileSync(join(folder, 'grows'), ' and grows', { flag: 'a' });
			chmodSync(join(folder, 'denied'), 0);
			for (const [index, status, body] of [
				[0, 410, '{"fault":"gone"}'],
				[1, 410, '{"fault":"gone"}'],
				[2, 200, 'grows and grows'],
				[3, 410, '{"fault":"gone"}'],
			] as const) {
				const answer = await ask(url, { path: `api/files/${index}` });
				assert.deepEqual([answer.status, answer.body.toString()], [status, body]);
			}
			// Nothing is forbidden to root.
			if (process.getuid?.() !== 0) assert.equal((await ask(url, { path: 'api/files/4' })).status, 403);
			await ends(run);
		});
	});

	test('what cannot be shown is said before anything is served', async () => {
		await inFolder(async (cwd) => {
			writeFileSync(join(cwd, 'a.json'), '{}');
			mkdirSync(join(cwd, 'folder'));
			for (const [args, code, message] of [
				[['a.json', 'none.json'], 3, 'cannot read none.json: there is no such file'],
				[['folder'], 2, 'folder is a folder, not a file.'],
				[['a.json/b'], 3, 'cannot read a.json/b: a part of the path is no folder'],
				[['-', '-'], 2, 'The standard input can be read only once.'],
				[['--port=x'], 2, '--port takes a port from 0 to 65535, not x.'],
				[['--inbox=sqlite:none.db'], 3, 'There is no inbox '],
				[['--inbox=inbox.db'], 2, 'The inbox URL has no scheme'],
				[['--save=x'], 2, '`mindhook view` has no option --save.'],
			] as const) {
				const run = await mindhook(['view', ...args], { cwd });
				assert.deepEqual([run.code, run.out], [code, ''], args.join(' '));
				assert.ok(run.err.startsWith('mindhook: ') && run.err.includes(message), run.err);
				assert.match(run.err, /^[^\n]*\n$/, 'one line');
			}
		});
	});

	test('the standard input is a file like others, and a port can be chosen', async () => {
		await inFolder(async (_, start) => {
			const run = start(['view', '-']);
			const url = await run.says(inspectorOn);
			assert.equal((await ask(url, { path: 'api/files/0' })).status, 200);
			const { port } = new URL(url);
			const other = await mindhook(['view', `--port=${port}`], { cwd: '.' });
			assert.equal(other.code, 3);
			assert.match(other.err, /cannot listen on 127\.0\.0\.1:\d+: the port is in use by another program/);
			await ends(run);
			const again = start(['view', `--port=${port}`]);
			const second = await again.says(inspectorOn);
			assert.equal(new URL(second).port, port);
			assert.notEqual(second, url, 'the key is another one');
			assert.equal((await ask(url.replace(/:\d+/, `:${port}`))).status, 404);
			// With nothing to offer, it is the page that reaches nothing.
			assert.match(String((await ask(second)).headers['content-security-policy']), /connect-src 'none'/);
			await ends(again);
		});
	});

	test('--open gives the address to the browser, and says so where there is none', { skip: noXdg() }, async () => {
		await inFolder(async (folder, start) => {
			const bin = join(folder, 'bin');
			mkdirSync(bin);
			const none = start(['view', '--open'], { PATH: bin });
			await none.says(inspectorOn);
			await until(() => none.err.includes('no browser could be opened here'), 'the word that there is none');
			await ends(none);
			writeFileSync(join(bin, 'xdg-open'), `#!/bin/sh\necho "$1" > ${folder}/opened\n`, { mode: 0o755 });
			const run = start(['view', '--open'], { PATH: `${bin}:${process.env.PATH}` });
			const url = await run.says(inspectorOn);
			await until(() => readIf(join(folder, 'opened')).endsWith('\n'), 'the browser');
			// What a browser is started with can be read by others: it works once.
			const link = readIf(join(folder, 'opened')).trim();
			assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/open\/[\w-]{22}$/);
			assert.equal((await ask(link, { headers: { host: 'evil.example' } })).status, 403);
			const { status, headers } = await ask(link);
			assert.deepEqual([status, headers.location], [303, new URL(url).pathname]);
			assert.equal((await ask(link)).status, 404);
			assert.equal((await ask(link, { path: '/open/' })).status, 404);
			await ends(run);
		});
	});
});

function noXdg(): string | false {
	return process.platform === 'darwin' || process.platform === 'win32' ? 'this system has a browser of its own' : false;
}

function readIf(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}

describe('deliveries of an inbox', () => {
	test('are listed newest first, page by page and by state, with their exact bytes', async () => {
		await inFolder(async (folder, start) => {
			await withInbox(folder, async (inbox) => {
				for (let number = 1; number <= 1_200; number++) await inbox.save({ endpoint: 'e', body: bodyOf(number) });
				const [first] = await inbox.claim({ limit: 1, lease: { owner: 'test', milliseconds: 60_000 } });
				assert.ok(first);
				await inbox.settle(first.claim, { state: 'dead', error: 'it was refused' });
			});
			const run = start(['view', '--inbox=sqlite:inbox.db']);
			const url = await run.says(inspectorOn);
			await run.says(/^showing sqlite:inbox\.db$/m);
			assert.deepEqual(await json(url, 'api/shelf'), { files: [], deliveries: true, requestsSince: null });
			const ids: number[] = [];
			for (let more = true; more; ) {
				const before = ids.length === 0 ? '' : `&before=${ids.at(-1)}`;
				const page = await json<Listed>(url, `api/deliveries?limit=500${before}`);
				ids.push(...page.deliveries.map(({ id }) => id));
				more = page.more;
			}
			assert.deepEqual(
				ids,
				Array.from({ length: 1_200 }, (_, index) => 1_200 - index),
			);
			const [dead, ...others] = (await json<Listed>(url, 'api/deliveries?state=dead&state=nonsense')).deliveries;
			assert.deepEqual([others.length, dead?.id, dead?.state], [0, 1, 'dead']);
			assert.deepEqual((await ask(url, { path: 'api/deliveries/700' })).body, bodyOf(700));
			assert.deepEqual((await ask(url, { path: 'api/deliveries/1201' })).body.toString(), '{"fault":"gone"}');
			for (const query of ['limit=0', 'limit=1e9', 'limit=-1', 'before=x', 'before=', 'state=', '%', 'limit=999999']) {
				const { status, body } = await ask(url, { path: `api/deliveries?${query}` });
				assert.equal(status, 200, query);
				assert.ok((JSON.parse(body.toString()) as Listed).deliveries.length <= 500, query);
			}
			await ends(run);
		});
	});

	test('what comes and what becomes of it is told, though another process does it', async () => {
		await inFolder(async (folder, start) => {
			await withInbox(folder, async (inbox) => {
				await inbox.save({ endpoint: 'e', body: bodyOf(1) });
				const run = start(['view', '--inbox=sqlite:inbox.db']);
				const events = await new Events().open(await run.says(inspectorOn));
				await until(() => events.names().includes('gap'), 'the beginning');
				await inbox.save({ endpoint: 'e', body: invoice });
				await until(() => events.statesOf(2).length > 0, 'the new one');
				const claimed = await inbox.claim({ limit: 2, lease: { owner: 'test', milliseconds: 60_000 } });
				for (const { id, claim } of claimed) {
					await inbox.settle(
						claim,
						id === 1
							? { state: 'quarantined', issues: [] }
							: {
									state: 'handled',
									parsed: { kind: 'extraction', inferenceId: 'i', modelId: null, jobId: null },
								},
					);
				}
				await until(() => events.statesOf(1).includes('quarantined'), 'the one put aside');
				await until(() => events.statesOf(2).at(-1) === 'handled', 'the one handled');
				assert.equal(events.statesOf(2)[0], 'received');
				events.close();
				await ends(run);
			});
		});
	});
});

describe('listen --view', () => {
	const listening = /^listening on ([^?\s]+)/m;

	test('tells what comes, what is refused and what was there already, on a port of its own', async () => {
		await inFolder(async (_, start) => {
			const run = start(['listen', '--port=0', '--view', '--forward=http://127.0.0.1:9/', '--attempts=1'], env);
			const hook = await run.says(listening);
			const url = await run.says(inspectorOn);
			assert.notEqual(new URL(url).port, new URL(hook).port);
			assert.equal(
				(await ask(hook, { path: `${new URL(url).pathname}api/shelf` })).status,
				405,
				'not on the public one',
			);
			const events = await new Events().open(url);
			await until(() => events.names().includes('gap'), 'the beginning');
			assert.equal(await post(hook, invoice), 200);
			assert.equal(await post(hook, Buffer.from('{"cut":')), 200);
			assert.equal(await post(hook, invoice), 200);
			assert.equal(await post(hook, job, 'forged'), 401);
			await until(() => events.statesOf(1).at(-1) === 'dead', 'the one that cannot be passed on');
			await until(() => events.statesOf(2).at(-1) === 'quarantined', 'the one put aside');
			const requests = () => events.got.filter(({ name }) => name === 'request').map(({ data }) => data);
			await until(() => requests().length === 2, 'both requests that changed no delivery');
			assert.deepEqual(
				requests().map((data) => {
					const { outcome, status, id, bytes } = data as Record<string, unknown>;
					return { outcome, status, id, bytes };
				}),
				[
					{ outcome: 'duplicate', status: 200, id: 1, bytes: invoice.length },
					{ outcome: 'signature_mismatch', status: 401, id: null, bytes: job.length },
				],
			);
			const { deliveries } = await json<Listed>(url, 'api/deliveries');
			assert.deepEqual(
				deliveries.map(({ id, state }) => [id, state]),
				[
					[2, 'quarantined'],
					[1, 'dead'],
				],
			);
			assert.equal((await ask(url, { path: 'api/deliveries/2' })).body.toString(), '{"cut":');
			events.close();
			await ends(run);
		});
	});

	test('a reader that comes back goes on where it was; one from elsewhere is told to begin anew', async () => {
		await inFolder(async (_, start) => {
			const run = start(['listen', '--port=0', '--view'], env);
			const hook = await run.says(listening);
			const url = await run.says(inspectorOn);
			const first = await new Events().open(url);
			await until(() => first.names().includes('gap'), 'the beginning');
			await post(hook, bodyOf(1));
			await until(() => first.statesOf(1).length > 0, 'the first one');
			const last = first.got.at(-1)?.id ?? '';
			const witness = await new Events().open(url);
			first.close();
			await post(hook, bodyOf(2));
			await until(() => witness.statesOf(2).length > 0, 'the second one');
			const back = await new Events().open(url, last);
			await until(() => back.statesOf(2).length > 0, 'what was missed');
			assert.ok(!back.names().includes('gap'));
			assert.deepEqual(back.statesOf(1), [], 'nothing twice');
			const stranger = await new Events().open(url, 'x.1');
			await until(() => stranger.names().includes('gap'), 'the beginning');
			for (const each of [witness, back, stranger]) each.close();
			await ends(run);
		});
	});

	test('a reader that does not read holds nobody up', async () => {
		await inFolder(async (_, start) => {
			const run = start(['listen', '--port=0', '--view'], env);
			const hook = await run.says(listening);
			const url = await run.says(inspectorOn);
			const { port, pathname } = new URL(url);
			const slow = connect(Number(port), '127.0.0.1');
			slow.on('error', () => {}).write(`GET ${pathname}api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
			slow.pause();
			const quick = await new Events().open(url);
			await until(() => quick.names().includes('gap'), 'the beginning');
			for (let round = 0; round < 20; round++) {
				await Promise.all(Array.from({ length: 50 }, () => post(hook, bodyOf(0), 'forged')));
			}
			await post(hook, bodyOf(1));
			await until(() => quick.statesOf(1).length > 0, 'the delivery, by the reader that reads');
			quick.close();
			await ends(run);
			slow.destroy();
		});
	});

	test('--json names the inspector, and --view-port chooses its port', async () => {
		await inFolder(async (cwd, start) => {
			const run = start(['listen', '--port=0', '--view', '--view-port=0', '--json'], env);
			const { inspector } = JSON.parse(await run.says(/^(.*"type":"listening".*)$/m)) as { inspector: string };
			assert.equal((await ask(inspector)).status, 200);
			const taken = await mindhook(['listen', '--port=0', '--view', `--view-port=${new URL(inspector).port}`], {
				cwd,
				env,
			});
			assert.equal(taken.code, 3);
			assert.match(taken.err, /the port is in use by another program/);
			await ends(run);
			const alone = await mindhook(['listen', '--view-port=1'], { cwd, env });
			assert.deepEqual([alone.code, alone.err], [2, 'mindhook: --view-port goes with --view.\n']);
		});
	});
});
