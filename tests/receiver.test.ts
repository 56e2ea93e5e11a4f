/** The receiver with the real inbox, over real sockets: what has to hold between the rooms. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Payload, signPayload } from 'mindhook';
import { type Inbox, openInbox } from 'mindhook/inbox';
import { nodeListener } from 'mindhook/node';
import { createReceiver, type Delivery, type Receiver, type ReceiverOptions } from 'mindhook/receiver';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasSqlite = major > 22 || (major === 22 && minor >= 13);
const skip = hasSqlite ? false : 'the inbox needs Node 22.13';

const secret = 'a secret of the tests';
// From target/tests/tests, where this file runs.
const fixtures = join(import.meta.dirname, '../../../tests/fixtures/payloads/valid');
const fixture = (name: string): Buffer => readFileSync(join(fixtures, `${name}.json`));

interface House {
	readonly file: string;
	readonly url: string;
	readonly inbox: Inbox;
	readonly receiver: Receiver;
	readonly handled: { payload: Payload; delivery: Delivery }[];
	post(
		body: Uint8Array,
		headers?: Record<string, string>,
		path?: string,
	): Promise<{ status: number; outcome: string; text: string }>;
}

/** Opens an inbox, puts a receiver and a server before it, and tidies all of it up. */
async function open(
	file: string,
	options: Partial<ReceiverOptions>,
	use: (house: House) => Promise<void>,
): Promise<void> {
	const inbox = await openInbox(`sqlite:${file}`);
	const handled: House['handled'] = [];
	const receiver = createReceiver({
		...(options.endpoints === undefined ? { secret } : {}),
		inbox,
		onPayload: (payload, delivery) => handled.push({ payload, delivery }),
		onError: () => {},
		...options,
	});
	const server = createServer(nodeListener(receiver)).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	const post: House['post'] = async (body, headers = {}, path = '') => {
		const sent = { 'content-type': 'application/json', 'x-signature': signPayload(body, secret), ...headers };
		const response = await fetch(url + path, { method: 'POST', headers: sent, body: Buffer.from(body) });
		const text = await response.text();
		return { status: response.status, outcome: JSON.parse(text).outcome, text };
	};
	try {
		await use({ file, url, inbox, receiver, handled, post });
	} finally {
		server.closeAllConnections();
		server.close();
		await receiver.close();
		await inbox.close();
	}
}

function houseTest(sentence: string, options: Partial<ReceiverOptions>, use: (house: House) => Promise<void>): void {
	test(sentence, { skip }, async () => {
		const folder = mkdtempSync(join(tmpdir(), 'mindhook-receiver-'));
		try {
			await open(join(folder, 'inbox.db'), options, use);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
}

houseTest('a payload of every kind comes in, is saved byte for byte, and is handed over typed', {}, async (house) => {
	const names = [
		'extraction/invoice-indented',
		'classification/document-type',
		'crop/two-objects',
		'ocr/dense-three-pages-minified',
		'split/three-documents-minified',
		'failure/with-alias',
		'job/processed-two-endpoints-minified',
		'error/422-with-two-errors',
	];
	for (const name of names) assert.equal((await house.post(fixture(name))).outcome, 'saved', name);
	await house.receiver.idle();
	for (const [index, name] of names.entries()) {
		const { payload, delivery } = house.handled[index] ?? assert.fail(`${name} was not handed over`);
		const kind = name.slice(0, name.indexOf('/'));
		assert.equal(payload.kind, kind);
		assert.deepEqual(Buffer.from(payload.raw), fixture(name));
		const entry = (await house.inbox.read(delivery.id)) ?? assert.fail(`${name} was not saved`);
		assert.deepEqual([entry.state, entry.kind, entry.inferenceId], ['handled', kind, payload.inferenceId]);
		assert.deepEqual(Buffer.from(entry.body), fixture(name));
		assert.equal(entry.headers['x-signature'], signPayload(entry.body, secret));
	}
	const [first] = house.handled;
	assert.ok(first?.payload.kind === 'extraction' && first.payload.fields.size > 0);
});

houseTest('64 concurrent identical posts are all answered 200, stored once and handed over once', {}, async (house) => {
	const body = fixture('extraction/receipt-minified');
	const answers = await Promise.all(Array.from({ length: 64 }, () => house.post(body)));
	assert.ok(answers.every(({ status }) => status === 200));
	assert.equal(answers.filter(({ outcome }) => outcome === 'saved').length, 1);
	assert.equal((await house.inbox.list()).length, 1);
	await house.receiver.idle();
	assert.equal(house.handled.length, 1);
});

houseTest('two receivers on one database file store a body once between them', {}, async (house) => {
	await open(house.file, {}, async (other) => {
		const body = fixture('extraction/receipt-minified');
		const answers = await Promise.all(
			Array.from({ length: 64 }, (_, index) => (index % 2 === 0 ? house : other).post(body)),
		);
		assert.ok(answers.every(({ status }) => status === 200));
		assert.equal(answers.filter(({ outcome }) => outcome === 'saved').length, 1);
		assert.equal((await house.inbox.list()).length, 1);
		await Promise.all([house.receiver.idle(), other.receiver.idle()]);
		assert.equal(house.handled.length + other.handled.length, 1);
	});
});

houseTest('refused requests leave nothing in the inbox', { limits: { bytes: 100_000 } }, async (house) => {
	const body = fixture('extraction/receipt-minified');
	const refusals = [
		[401, await house.post(body, { 'x-signature': signPayload(body, 'forged') })],
		[401, await house.post(body, { 'x-signature': '' })],
		[415, await house.post(body, { 'content-type': 'text/plain' })],
		[413, await house.post(Buffer.alloc(100_001))],
	] as const;
	for (const [status, answer] of refusals) assert.equal(answer.status, status);
	assert.equal((await fetch(house.url)).status, 405);
	assert.deepEqual(await house.inbox.list(), []);
});

houseTest('an inbox that has been closed is a 503, and says nothing of the secret', {}, async (house) => {
	await house.inbox.close();
	const { status, outcome, text } = await house.post(fixture('failure/with-alias'));
	assert.deepEqual([status, outcome], [503, 'inbox_unavailable']);
	assert.ok(!text.includes(secret) && !text.includes(house.file));
});

houseTest(
	'a database that takes no writes is a 503 with Retry-After; when it does again, so does the receiver',
	{},
	async (house) => {
		const { DatabaseSync } = await import('node:sqlite');
		const db = new DatabaseSync(house.file);
		db.exec(`CREATE TRIGGER full BEFORE INSERT ON body BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`);
		const body = fixture('failure/with-alias');
		const headers = { 'content-type': 'application/json', 'x-signature': signPayload(body, secret) };
		const refused = await fetch(house.url, { method: 'POST', headers, body: Buffer.from(body) });
		assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '10']);
		assert.deepEqual(await house.inbox.list(), []);
		db.exec('DROP TRIGGER full');
		db.close();
		assert.equal((await house.post(body)).outcome, 'saved');
	},
);

const failsOnFailures: ReceiverOptions['onPayload'] = async (payload) => {
	if (payload.kind === 'failure') throw new Error(`cannot use ${payload.fileName}`);
};

houseTest(
	'a handler that throws: failed, its error kept, and the next one is handled',
	{ onPayload: failsOnFailures, retry: { firstMilliseconds: 60_000 } },
	async (house) => {
		assert.equal((await house.post(fixture('failure/alias-null'))).status, 200);
		assert.equal((await house.post(fixture('ocr/one-page-indented'))).status, 200);
		await house.receiver.idle();
		const [handled, failed] = await house.inbox.list();
		assert.deepEqual([handled?.state, handled?.kind], ['handled', 'ocr']);
		assert.deepEqual([failed?.state, failed?.kind, failed?.attempts], ['failed', 'failure', 1]);
		assert.match(failed?.lastError ?? '', /^Error: cannot use quittung\.heic/);
		assert.deepEqual(Buffer.from((await house.inbox.read(failed?.id ?? 0))?.body ?? []), fixture('failure/alias-null'));
	},
);

houseTest(
	'a signed body that is cut short is answered 200 and quarantined with the place of its fault',
	{},
	async (house) => {
		const cut = fixture('extraction/invoice-indented').subarray(0, 400);
		assert.equal((await house.post(cut)).outcome, 'saved');
		await house.receiver.idle();
		const [entry] = await house.inbox.list();
		assert.equal(entry?.state, 'quarantined');
		const [issue = assert.fail('no issue')] = entry.issues;
		assert.equal(issue.severity, 'error');
		assert.deepEqual([issue.offset, issue.line], [400, cut.toString().split('\n').length]);
		assert.equal(house.handled.length, 0);
	},
);

test('what a receiver saved but did not handle is handed over by the next one, once', { skip }, async () => {
	const folder = mkdtempSync(join(tmpdir(), 'mindhook-receiver-'));
	const file = join(folder, 'inbox.db');
	const names = ['failure/alias-null', 'ocr/one-page-indented', 'split/three-documents-minified'];
	try {
		let release = (): void => {};
		const held = new Promise<void>((resolve) => {
			release = resolve;
		});
		const first = { limits: { concurrency: 1 }, onPayload: () => held };
		await open(file, first, async (house) => {
			for (const name of names) assert.equal((await house.post(fixture(name))).outcome, 'saved');
			const closing = house.receiver.close();
			release();
			await closing;
			assert.equal((await house.inbox.list({ state: 'received' })).length, 2);
		});
		await open(file, {}, async (house) => {
			await house.receiver.idle();
			assert.deepEqual(
				house.handled.map(({ payload }) => payload.kind),
				['ocr', 'split'],
			);
			assert.deepEqual(await house.inbox.list({ state: 'received' }), []);
		});
		await open(file, {}, async (house) => {
			await house.receiver.idle();
			assert.equal(house.handled.length, 0);
		});
	} finally {
		rmSync(folder, { recursive: true });
	}
});

/** Resolves when that is so; the test's own time limit is the one that counts. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
	while (!(await isSo())) await sleep(5);
}

houseTest(
	'two endpoints have each their path, secret and token, and what is posted to both is handled twice',
	{ endpoints: { invoices: { secret }, receipts: { secret: ['old', secret], token: 't-1' } } },
	async (house) => {
		const body = fixture('failure/with-alias');
		const answers = [
			['invoices', 200, 'saved'],
			['receipts?token=t-1', 200, 'saved'],
			['receipts?a=b&token=t-1', 200, 'duplicate'],
			['receipts', 401, 'token_mismatch'],
			['receipts?token=t-2', 401, 'token_mismatch'],
			['', 404, 'unknown_path'],
		] as const;
		for (const [path, status, outcome] of answers) {
			const answer = await house.post(body, {}, path);
			assert.deepEqual([answer.status, answer.outcome], [status, outcome], path);
		}
		assert.equal((await fetch(`${house.url}invoices`)).status, 405);
		assert.equal((await fetch(`${house.url}elsewhere`)).status, 404);
		await house.receiver.idle();
		assert.deepEqual(house.handled.map(({ delivery }) => delivery.endpoint).sort(), ['invoices', 'receipts']);
	},
);

let fails = 2;
houseTest(
	'what fails is tried again until it is handled',
	{
		retry: { firstMilliseconds: 10, maxMilliseconds: 20 },
		onPayload: () => {
			fails -= 1;
			if (fails >= 0) throw new Error('not yet');
		},
	},
	async (house) => {
		await house.post(fixture('failure/with-alias'));
		await until(async () => (await house.inbox.list())[0]?.state === 'handled');
		const [entry] = await house.inbox.list();
		assert.deepEqual([entry?.attempts, entry?.lastError, entry?.nextAttemptAt], [3, null, null]);
	},
);

test('what failed before a restart is tried again after it, when it is due', { skip }, async () => {
	const folder = mkdtempSync(join(tmpdir(), 'mindhook-receiver-'));
	const file = join(folder, 'inbox.db');
	const retry = { firstMilliseconds: 2_000, maxMilliseconds: 2_000 };
	try {
		await open(file, { retry, onPayload: () => Promise.reject(new Error('no')) }, async (house) => {
			await house.post(fixture('failure/with-alias'));
			await house.receiver.idle();
			assert.equal((await house.inbox.list())[0]?.state, 'failed');
		});
		await open(file, { retry, pollMilliseconds: 20 }, async (house) => {
			await until(async () => house.handled.length > 0);
			assert.equal(house.handled[0]?.delivery.attempt, 2);
		});
	} finally {
		rmSync(folder, { recursive: true });
	}
});

houseTest(
	'a handler that takes several leases keeps its delivery from a second receiver on the same file',
	{ leaseMilliseconds: 3_000, onPayload: () => sleep(7_000) },
	async (house) => {
		await open(house.file, { pollMilliseconds: 20 }, async (other) => {
			await house.post(fixture('failure/with-alias'));
			await until(async () => (await house.inbox.list())[0]?.state === 'handled');
			assert.deepEqual([other.handled.length, (await house.inbox.list())[0]?.attempts], [0, 1]);
		});
	},
);

houseTest(
	'a handler that hangs is given up in time; close does not wait for it, and the server answers 503 meanwhile',
	{ limits: { handlerMilliseconds: 50, concurrency: 1 }, onPayload: () => new Promise(() => {}) },
	async (house) => {
		await house.post(fixture('failure/with-alias'));
		await until(async () => (await house.inbox.list())[0]?.state === 'failed');
		assert.match((await house.inbox.list())[0]?.lastError ?? '', /onPayload took longer than 50 ms/);
		assert.equal(house.receiver.state.runaways, 1);
		const closing = house.receiver.close({ milliseconds: 0 });
		const answer = await house.post(fixture('failure/alias-null'));
		assert.deepEqual([answer.status, answer.outcome], [503, 'closing']);
		await closing;
	},
);

houseTest(
	'more bodies than the memory allows are told to come again, and are saved when they do',
	{ limits: { bytes: 200_000, bodiesBytes: 200_000 } },
	async (house) => {
		// Spaces around a payload are legal, and make each another body.
		const bodies = Array.from({ length: 12 }, (_, index) =>
			Buffer.concat([fixture('failure/with-alias'), Buffer.alloc(120_000 + index, ' ')]),
		);
		const first = await Promise.all(bodies.map((body) => house.post(body)));
		assert.ok(first.every(({ outcome }) => outcome === 'saved' || outcome === 'overloaded'));
		for (const body of bodies) assert.equal((await house.post(body)).status, 200);
		assert.equal((await house.inbox.list()).length, 12);
		assert.equal(house.receiver.state.bodiesBytes, 0);
	},
);
