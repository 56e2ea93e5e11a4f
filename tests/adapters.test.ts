/** Every adapter, with the real framework over a real socket: every outcome of the receiver's list, and the bytes untouched. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type OutcomeName, outcomeNames } from 'mindhook/receiver';
import type { Client } from './adapters/client.js';
import { examplesOf, writeExample } from './adapters/examples.js';
import { freshBody, outcomes, type Provoke, secret, seenBy, sha256, signed } from './adapters/outcomes.js';
import {
	onBun,
	onDeno,
	onExample,
	onNext,
	onNode,
	onNodeWithTls,
	onWorkerd,
	type Running,
	type Start,
} from './adapters/server.js';

// From target/tests/tests, where this file runs.
const root = join(import.meta.dirname, '../../..');

interface Adapter {
	readonly start: Start;
	/** Outcomes that never reach the sender here: why, and what happens instead. */
	readonly unreachable?: Partial<Record<OutcomeName, { why: string; instead: Provoke }>>;
	/** A header that says where the sender is, where no socket does. */
	readonly addressHeader?: string;
	/** Bodies that are no text do not come through. */
	readonly textOnly?: boolean;
}

/** API Gateway takes the body itself, and calls the function when it has all of it. */
const gateway: NonNullable<Adapter['unreachable']> = {
	body_too_slow: {
		why: 'the gateway waits for the body, and the function gets it whole',
		async instead(client) {
			const body = freshBody();
			const upload = client.begin({ ...signed('/slow', body), chunks: [body.subarray(0, 20)] });
			await new Promise((resolve) => setTimeout(resolve, 500));
			assert.deepEqual((await seenBy(client, 'slow')).outcomes, []);
			await upload.finish([body.subarray(20)]);
			assert.equal((await upload.answer).text, '{"outcome":"saved"}');
		},
	},
	body_incomplete: {
		why: 'the gateway never calls the function for half a body',
		async instead(client, another) {
			const { outcomes: before } = await seenBy(client, 'main');
			const body = freshBody();
			const sender = another();
			const upload = sender.begin({ ...signed('/main', body), chunks: [body.subarray(0, 20)] });
			await new Promise((resolve) => setTimeout(resolve, 50));
			upload.abort();
			sender.close();
			await new Promise((resolve) => setTimeout(resolve, 100));
			assert.deepEqual((await seenBy(client, 'main')).outcomes, before);
		},
	},
};

const adapters: Readonly<Record<string, Adapter>> = {
	'node:http': { start: onNode('node') },
	'node:http2 over TLS': { start: onNodeWithTls },
	'Express 5': { start: onNode('express5') },
	'Express 4': { start: onNode('express4') },
	'Fastify 5': { start: onNode('fastify') },
	'Fastify 5, HTTP/2': { start: onNode('fastify', 'http2') },
	'Koa 3': { start: onNode('koa') },
	'Koa 3, HTTP/2': { start: onNode('koa', 'http2') },
	Hono: { start: onNode('hono') },
	'Hono, HTTP/2': { start: onNode('hono', 'http2') },
	'Next 16': { start: onNext },
	Deno: { start: onDeno },
	Bun: { start: onBun },
	workerd: { start: onWorkerd, addressHeader: 'cf-connecting-ip' },
	'Lambda, v1, base64': { start: onNode('lambda', 'v1', 'base64'), unreachable: gateway },
	'Lambda, v1, text': { start: onNode('lambda', 'v1', 'text'), unreachable: gateway, textOnly: true },
	'Lambda, v2, base64': { start: onNode('lambda', 'v2', 'base64'), unreachable: gateway },
	'Lambda, v2, text': { start: onNode('lambda', 'v2', 'text'), unreachable: gateway, textOnly: true },
};

test('the table has every outcome of the list, and no other', () => {
	assert.deepEqual(Object.keys(outcomes).sort(), [...outcomeNames].sort());
});

// The adapters side by side, the tests of each one after the other.
describe('adapters', { concurrency: 3 }, () => {
	for (const [name, adapter] of Object.entries(adapters))
		describe(name, { concurrency: 1, timeout: 120_000 }, () => testsOf(adapter));
});

test('each adapter fits the types of its framework', async () => {
	const tsc = join(root, 'node_modules/typescript/bin/tsc');
	await promisify(execFile)(process.execPath, [tsc, '-p', join(root, 'tests/frameworks')], {
		env: { ...process.env, NODE_OPTIONS: '' },
	}).catch((error: { stdout?: string }) => assert.fail(error.stdout ?? String(error)));
});

describe('the examples of docs/adapters.md', { concurrency: 2, timeout: 120_000 }, () => {
	const page = join(root, 'docs/adapters.md');

	for (const name of ['node', 'express', 'fastify', 'koa', 'hono', 'deno', 'bun']) {
		test(`${name}.js saves a delivery`, async () => {
			const { port, stop } = await onExample(`${name}.js`);
			try {
				const { path, headers, chunks = [] } = signed('/mindee', freshBody());
				const answer = await fetch(`http://localhost:${port}${path}`, {
					method: 'POST',
					headers: headers as Record<string, string>,
					body: Buffer.concat(chunks),
				});
				assert.deepEqual([answer.status, await answer.text()], [200, '{"outcome":"saved"}']);
			} finally {
				await stop();
			}
		});
	}

	test('lambda.js saves a delivery', async () => {
		const folder = join(root, 'tests/frameworks/dist/examples/lambda');
		const file = writeExample(folder, examplesOf(page), 'lambda.js', 0);
		const body = freshBody();
		const http = { method: 'POST', sourceIp: '192.0.2.1' };
		const { headers } = signed('/mindee', body);
		const event = { rawPath: '/mindee', headers, requestContext: { http }, body: body.toString() };
		const program = `const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)});
			console.log((await handler(${JSON.stringify(event)})).body); process.exit();`;
		const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
			cwd: folder,
			env: { ...process.env, NODE_OPTIONS: '', MINDEE_WEBHOOK_SECRET: secret },
		});
		assert.match(stdout, /^\{"outcome":"saved"\}$/m);
	});

	test('app/mindee/route.js is in the app of the tests, and saves a delivery', async () => {
		const example = examplesOf(page).get('app/mindee/route.js');
		assert.equal(readFileSync(join(root, 'tests/frameworks/next-app/app/mindee/route.js'), 'utf8'), example);
		const running = await onNext();
		const client = running.client();
		try {
			assert.equal((await client.send(signed('/mindee', freshBody()))).text, '{"outcome":"saved"}');
			assert.equal((await client.send({ method: 'PUT', path: '/mindee' })).status, 405);
		} finally {
			client.close();
			await running.stop();
		}
	});
});

function testsOf({ start, unreachable = {}, addressHeader, textOnly = false }: Adapter): void {
	let running: Running;
	let client: Client;
	before(async () => {
		running = await start();
		client = running.client();
	});
	after(async () => {
		client?.close();
		await running?.stop();
	});
	const another = (): Client => running.client();

	for (const [outcome, provoke] of Object.entries(outcomes) as [OutcomeName, Provoke][]) {
		const instead = unreachable[outcome];
		if (instead === undefined) test(outcome, () => provoke(client, another));
		else test(`not ${outcome}: ${instead.why}`, () => instead.instead(client, another));
	}

	test('a chunked body, cut within its characters, is saved byte for byte', async () => {
		const body = Buffer.from(JSON.stringify({ text: 'Größe 42 €, 👍', at: Date.now() }));
		const chunks = Array.from({ length: Math.ceil(body.length / 3) }, (_, at) => body.subarray(at * 3, at * 3 + 3));
		const { headers } = signed('/main', body, { 'content-length': '' });
		const answer = await client.send({ path: '/main', headers, chunks });
		assert.equal(answer.text, '{"outcome":"saved"}');
		assert.equal((await seenBy(client, 'main')).entries.at(-1)?.sha256, sha256(body));
	});

	test('bytes that are no text, and a large body, are saved byte for byte', async () => {
		const broken = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf, 0xff, 0xc0, 0x00]), freshBody()]);
		const large = Buffer.alloc(8 * 1024 * 1024, freshBody());
		for (const body of textOnly ? [large] : [broken, large]) {
			assert.equal((await client.send(signed('/main', body))).text, '{"outcome":"saved"}');
			assert.equal((await seenBy(client, 'main')).entries.at(-1)?.sha256, sha256(body));
		}
		if (textOnly) assert.match((await client.send(signed('/main', broken))).text, /"signature_mismatch"/);
	});

	test('two deliveries on one connection', async () => {
		const sender = another();
		const answers = [];
		for (let count = 0; count < 2; count++) answers.push(await sender.send(signed('/main', freshBody())));
		sender.close();
		assert.deepEqual(
			answers.map(({ text }) => text),
			Array(2).fill('{"outcome":"saved"}'),
		);
		assert.equal(new Set(answers.map(({ port }) => port)).size, 1);
	});

	test('a delivery behind one that was refused with its body unread is not lost to it', async () => {
		const sender = another();
		const large = Buffer.alloc(300_000, 'x');
		for (const changes of [{}, { 'content-length': '' }]) {
			assert.equal((await sender.send(signed('/small', large, changes as Record<string, string>))).status, 413);
			assert.equal((await sender.send(signed('/main', freshBody()))).text, '{"outcome":"saved"}');
		}
		sender.close();
	});

	test('the address of the sender is noted', async () => {
		const expected = addressHeader === undefined ? '127.0.0.1' : '192.0.2.7';
		const changes = addressHeader === undefined ? {} : { [addressHeader]: expected };
		await client.send(signed('/main', freshBody(), changes as Record<string, string>));
		assert.equal((await seenBy(client, 'main')).entries.at(-1)?.remoteAddress, expected);
	});

	test('a body whose bytes were kept by whoever read it is taken', async () => {
		const body = freshBody();
		assert.equal((await client.send(signed('/raw', body))).text, '{"outcome":"saved"}');
		assert.equal((await seenBy(client, 'raw')).entries.at(-1)?.sha256, sha256(body));
	});
}
