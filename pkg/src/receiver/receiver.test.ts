import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Payload, signPayload } from 'mindhook';
import {
	createReceiver,
	type Delivery,
	type ErrorContext,
	type IncomingDelivery,
	type Receiver,
	type ReceiverOptions,
} from 'mindhook/receiver';
import { type InboxInMemory, inboxInMemory } from './inbox-in-memory.js';

const secret = 'a secret of the tests';
const body = failureBody('1');

interface Fixture {
	readonly inbox: InboxInMemory;
	readonly receiver: Receiver;
	readonly handled: { payload: Payload; delivery: Delivery }[];
	readonly errors: { error: unknown; context: ErrorContext }[];
}

function receiverWith(options: Partial<ReceiverOptions> = {}, inbox = inboxInMemory()): Fixture {
	const handled: Fixture['handled'] = [];
	const errors: Fixture['errors'] = [];
	const receiver = createReceiver({
		secret,
		inbox,
		onPayload: (payload, delivery) => handled.push({ payload, delivery }),
		onError: (error, context) => errors.push({ error, context }),
		...options,
	});
	return { inbox, receiver, handled, errors };
}

function failureBody(id: string): Uint8Array {
	const error = { status: 500, title: 'Inference failed', detail: 'Page 3 is empty.', code: '500-012', errors: [] };
	return new TextEncoder().encode(
		JSON.stringify({
			inference_id: `64abcf17-cbee-4807-802a-${id.padStart(12, '0')}`,
			model_id: 'ee950e6b-8f5c-4cd5-9149-d5e9139e2d66',
			file_name: 'quittung.heic',
			created_at: '2026-11-02T08:14:55.120394Z',
			error,
		}),
	);
}

function request(changes: Partial<IncomingDelivery> = {}, bytes: Uint8Array = body): IncomingDelivery {
	const headers = { 'content-type': 'application/json', 'x-signature': signPayload(bytes, secret) };
	return { method: 'POST', headers, body: bytes, remoteAddress: '192.0.2.7', ...changes };
}

function withHeaders(headers: Record<string, string | string[] | undefined>): IncomingDelivery {
	return request({ headers: { ...(request().headers as Record<string, string>), ...headers } });
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('a delivery is saved, answered 200, then handed over and noted as handled', async () => {
	const { inbox, receiver, handled, errors } = receiverWith({ endpoint: 'invoices' });
	const outcome = await receiver.receive(request());
	assert.deepEqual([outcome.name, outcome.status, outcome.id, outcome.body], ['saved', 200, 1, '{"outcome":"saved"}']);
	assert.equal(inbox.entries[0]?.state, 'received');
	assert.equal(handled.length, 0);

	await receiver.idle();
	const [{ payload, delivery } = assert.fail('not handed over')] = handled;
	assert.equal(payload.kind, 'failure');
	const { signal, ...known } = delivery;
	assert.equal(signal.aborted, false);
	assert.deepEqual(known, {
		id: 1,
		endpoint: 'invoices',
		receivedAt: delivery.receivedAt,
		headers: { 'content-type': 'application/json', 'x-signature': signPayload(body, secret) },
		remoteAddress: '192.0.2.7',
		source: 'webhook',
		attempt: 1,
	});
	const [entry = assert.fail('not saved')] = inbox.entries;
	assert.deepEqual(
		[entry.state, entry.attempts, entry.kind, entry.inferenceId],
		['handled', 1, 'failure', '64abcf17-cbee-4807-802a-000000000001'],
	);
	assert.deepEqual(errors, []);
});

test('every outcome has its status, a problem+json body and the headers that belong to it', async () => {
	const half = body.subarray(0, body.length / 2);
	const other = failureBody('2');
	const broken = async function* (): AsyncGenerator<Uint8Array> {
		yield half;
		throw new Error('connection reset');
	};
	const slow = async function* (): AsyncGenerator<Uint8Array> {
		yield half;
		await new Promise(() => {});
	};
	const cases: [name: string, status: number, incoming: IncomingDelivery][] = [
		['saved', 200, request()],
		['duplicate', 200, request()],
		['saved', 200, withHeadersAnd(other, { 'content-type': 'Application/JSON; Charset="UTF-8"' })],
		['duplicate', 200, withHeaders({ 'x-signature': ` ${signPayload(body, secret).toUpperCase()} ` })],
		['duplicate', 200, withHeaders({ 'content-encoding': 'identity' })],
		['duplicate', 200, request({ body: inChunks(body, 7) })],
		['duplicate', 200, request({ body: body.slice().buffer })],
		['method_not_allowed', 405, request({ method: 'GET' })],
		['method_not_allowed', 405, request({ method: 'HEAD', body: null })],
		['method_not_allowed', 405, request({ method: 'post' })],
		['media_type_unsupported', 415, withHeaders({ 'content-type': undefined })],
		['media_type_unsupported', 415, withHeaders({ 'content-type': 'text/json' })],
		['media_type_unsupported', 415, withHeaders({ 'content-type': 'application/jsonp' })],
		['media_type_unsupported', 415, withHeaders({ 'content-type': 'application/json; charset=latin1' })],
		['media_type_unsupported', 415, withHeaders({ 'content-type': 'application/json; profile=x' })],
		['media_type_unsupported', 415, withHeaders({ 'content-type': ['application/json', 'application/json'] })],
		['media_type_unsupported', 415, withHeaders({ 'content-type': 'multipart/form-data; boundary=x' })],
		['encoding_unsupported', 415, withHeaders({ 'content-encoding': 'gzip' })],
		['body_too_large', 413, withHeaders({ 'content-length': '2001' })],
		['body_too_large', 413, request({ body: new Uint8Array(2001) })],
		['body_too_large', 413, request({ body: inChunks(new Uint8Array(2001), 100) })],
		['signature_missing', 401, withHeaders({ 'x-signature': undefined })],
		['signature_missing', 401, withHeaders({ 'x-signature': ' ' })],
		['signature_repeated', 401, withHeaders({ 'x-signature': [signPayload(body, secret), signPayload(body, secret)] })],
		['signature_repeated', 401, withHeaders({ 'x-signature': `${signPayload(body, secret)}, 00` })],
		['signature_repeated', 401, withHeaders({ 'X-Signature': signPayload(body, secret) })],
		['signature_mismatch', 401, withHeaders({ 'x-signature': signPayload(body, 'another secret') })],
		['signature_mismatch', 401, withHeaders({ 'x-signature': 'sha256=00' })],
		['signature_mismatch', 401, request({ body: half })],
		['signature_mismatch', 401, request({ body: null })],
		['body_incomplete', 408, request({ body: broken() })],
		['body_too_slow', 408, request({ body: slow() })],
	];
	const { inbox, receiver } = receiverWith({ limits: { bytes: 2000, bodyMilliseconds: 50 } });
	const seen = new Set<string>();
	for (const [name, status, incoming] of cases) {
		const outcome = await receiver.receive(incoming);
		seen.add(outcome.name);
		assert.deepEqual([outcome.name, outcome.status], [name, status], JSON.stringify(incoming.headers));
		const answer = JSON.parse(outcome.body);
		assert.equal(answer.outcome, name);
		if (status === 200) {
			assert.equal(outcome.headers['content-type'], 'application/json');
		} else {
			assert.equal(outcome.headers['content-type'], 'application/problem+json');
			assert.deepEqual(Object.keys(answer), ['type', 'title', 'status', 'detail', 'outcome']);
			assert.equal(answer.status, status);
			assert.equal(outcome.id, null);
		}
		assert.equal(outcome.headers.allow, status === 405 ? 'POST' : undefined);
		assert.equal('www-authenticate' in outcome.headers, status === 401);
		assert.ok(!outcome.body.includes(secret) && !outcome.body.includes(signPayload(body, secret)), outcome.body);
	}
	assert.equal(inbox.entries.length, 2);
	assert.equal(seen.size, 11);
});

function withHeadersAnd(bytes: Uint8Array, headers: Record<string, string>): IncomingDelivery {
	const signed = request({}, bytes);
	return { ...signed, headers: { ...(signed.headers as Record<string, string>), ...headers } };
}

test('reading stops at the limit, and the source is told', async () => {
	let given = 0;
	let told = false;
	const endless: AsyncIterable<Uint8Array> = {
		[Symbol.asyncIterator]: () => ({
			next: async () => {
				given += 1000;
				return { done: false, value: new Uint8Array(1000) };
			},
			return: async () => {
				told = true;
				return { done: true, value: undefined };
			},
		}),
	};
	const { receiver } = receiverWith({ limits: { bytes: 10_000 } });
	assert.equal((await receiver.receive(request({ body: endless }))).name, 'body_too_large');
	assert.equal(given, 11_000);
	assert.equal(told, true);
});

test('what is handed over shares its memory with no other request', async () => {
	const { receiver, handled } = receiverWith();
	const withNeighbours = Uint8Array.from([1, 2, 3, ...body, 4, 5, 6]);
	await receiver.receive(request({ body: inChunks(withNeighbours.subarray(3, -3), 10_000) }));
	await receiver.idle();
	assert.equal(handled[0]?.payload.raw.buffer.byteLength, body.length);
});

test('without a signature, or too large by its own account, a body is not read at all', async () => {
	const { receiver } = receiverWith();
	const untouchable: AsyncIterable<Uint8Array> = {
		[Symbol.asyncIterator]: () => assert.fail('the body was read'),
	};
	for (const headers of [{ 'x-signature': undefined }, { 'content-length': String(33 * 1024 * 1024) }]) {
		const outcome = await receiver.receive({ ...withHeaders(headers), body: untouchable });
		assert.ok(outcome.status === 401 || outcome.status === 413, outcome.name);
	}
});

test('any of several secrets is good', async () => {
	const { receiver } = receiverWith({ secret: ['the next one', secret] });
	assert.equal((await receiver.receive(request())).name, 'saved');
});

test('a missing or empty secret is refused at once, with what to do', () => {
	for (const wrong of [undefined, '', [], ['good', ''], null, 5] as (string | string[] | undefined)[]) {
		assert.throws(() => receiverWith({ secret: wrong }), /needs `secret`.*environment variable/);
	}
	assert.throws(() => receiverWith({ inbox: undefined as never }), /needs `inbox`.*openInbox/);
	assert.throws(() => receiverWith({ onPayload: undefined as never }), /needs `onPayload`/);
	for (const bytes of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
		assert.throws(() => receiverWith({ limits: { bytes } }), /limits\.bytes/);
	}
});

test('a body that was parsed before is refused, and the error says what to change', async () => {
	const { inbox, receiver, errors } = receiverWith();
	const text = new TextDecoder().decode(body);
	const asText = async function* (): AsyncGenerator<string> {
		yield text;
	};
	for (const parsed of [JSON.parse(text), text, undefined, [1, 2], asText()]) {
		const outcome = await receiver.receive(request({ body: parsed as never }));
		assert.deepEqual([outcome.name, outcome.status], ['body_already_read', 503]);
	}
	assert.equal(errors.length, 5);
	for (const { error, context } of errors) {
		assert.equal(context.stage, 'receive');
		assert.match(String(error), /before app\.use\(express\.json\(\)\)/);
	}
	assert.equal(inbox.entries.length, 0);
});

test('when the inbox cannot save the answer is 503 with Retry-After, and nothing is handed over', async () => {
	const { inbox, receiver, handled, errors } = receiverWith();
	inbox.failure = new Error('the disk is full at /var/secret/path');
	const outcome = await receiver.receive(request());
	assert.deepEqual([outcome.name, outcome.status, outcome.headers['retry-after']], ['inbox_unavailable', 503, '10']);
	assert.doesNotMatch(outcome.body, /disk/);
	assert.equal(errors[0]?.error, inbox.failure);
	await receiver.idle();
	assert.equal(handled.length, 0);

	inbox.failure = null;
	assert.equal((await receiver.receive(request())).name, 'saved');
});

test('what fails inside the receiver is a 503 and never a rejection', async () => {
	const { receiver, errors } = receiverWith();
	const headers = new Proxy({}, { ownKeys: () => assert.fail('headers broke') });
	const outcome = await receiver.receive(request({ headers }));
	assert.deepEqual([outcome.name, outcome.status], ['internal_error', 503]);
	assert.equal(errors.length, 1);
});

test('a handler that throws, rejects, or throws what has no text: failed with its error, and the next one is handled', async () => {
	const thrown: unknown[] = [new RangeError('no room'), 'just text', Object.create(null), null];
	const inbox = inboxInMemory();
	const { receiver, errors } = receiverWith(
		{
			onPayload: (_, { id }) => {
				if (id === 1) throw thrown[0];
				if (id <= thrown.length) return Promise.reject(thrown[id - 1]);
				return undefined;
			},
		},
		inbox,
	);
	for (const id of ['1', '2', '3', '4', '5']) await receiver.receive(request({}, failureBody(id)));
	await receiver.idle();
	assert.deepEqual(
		inbox.entries.map(({ state }) => state),
		['failed', 'failed', 'failed', 'failed', 'handled'],
	);
	const texts = inbox.entries.map(({ lastError }) => lastError ?? '');
	assert.match(texts[0] ?? '', /^RangeError: no room\n\s+at /);
	assert.deepEqual(texts.slice(1), ['just text', 'something that cannot be shown as text was thrown', 'null', '']);
	assert.deepEqual(
		errors.map(({ error, context }) => [error, context.stage, context.id]),
		thrown.map((error, index) => [error, 'handle', index + 1]),
	);
	assert.equal(inbox.entries[0]?.kind, 'failure');
});

test('a signed body that cannot be read is saved, acknowledged and quarantined with its issues', async () => {
	const { inbox, receiver, handled, errors } = receiverWith();
	const truncated = body.subarray(0, 60);
	assert.equal((await receiver.receive(request({}, truncated))).status, 200);
	await receiver.idle();
	const [entry = assert.fail('not saved')] = inbox.entries;
	assert.equal(entry.state, 'quarantined');
	assert.deepEqual(Buffer.from(entry.body), Buffer.from(truncated));
	assert.ok(entry.issues.some(({ severity }) => severity === 'error'));
	assert.deepEqual([errors[0]?.context.stage, errors[0]?.context.id], ['parse', 1]);
	assert.deepEqual(errors[0]?.context.issues, entry.issues);
	assert.equal(handled.length, 0);
	assert.equal((await receiver.receive(request({}, truncated))).name, 'duplicate');
});

test('an error hook that throws costs nothing', async (t) => {
	t.mock.method(console, 'error', () => {});
	const { inbox, receiver } = receiverWith({
		onPayload: () => Promise.reject(new Error('x')),
		onError: () => {
			throw new Error('the hook is broken');
		},
	});
	assert.equal((await receiver.receive(request())).status, 200);
	await receiver.idle();
	assert.equal(inbox.entries[0]?.state, 'failed');
});

test('no more payloads are with the handler at a time than allowed, and all of them come', async () => {
	let now = 0;
	let most = 0;
	let all = 0;
	const { inbox, receiver } = receiverWith({
		limits: { concurrency: 3 },
		onPayload: async () => {
			now += 1;
			most = Math.max(most, now);
			await new Promise((resolve) => setTimeout(resolve, 2));
			now -= 1;
			all += 1;
		},
	});
	for (let id = 1; id <= 40; id += 1) await receiver.receive(request({}, failureBody(String(id))));
	await receiver.idle();
	assert.deepEqual([most, all], [3, 40]);
	assert.ok(inbox.entries.every(({ state }) => state === 'handled'));
});

test('a new receiver takes up what waits at its endpoint, and only that', async () => {
	const inbox = inboxInMemory();
	for (const [id, endpoint] of [
		['1', 'default'],
		['2', 'other'],
		['3', 'default'],
	] as const) {
		await inbox.save({ endpoint, body: failureBody(id) });
	}
	const { receiver, handled } = receiverWith({}, inbox);
	await receiver.idle();
	assert.deepEqual(
		handled.map(({ delivery }) => delivery.id),
		[1, 3],
	);
	assert.deepEqual(
		inbox.entries.map(({ state }) => state),
		['handled', 'received', 'handled'],
	);
});

test('close refuses new requests, finishes what runs, and leaves the rest to the next receiver', async () => {
	const started: number[] = [];
	let finish = (): void => {};
	const held = new Promise<void>((resolve) => {
		finish = resolve;
	});
	const inbox = inboxInMemory();
	const { receiver } = receiverWith(
		{
			limits: { concurrency: 1 },
			onPayload: async (_, { id }) => {
				started.push(id);
				await held;
			},
		},
		inbox,
	);
	for (const id of ['1', '2']) await receiver.receive(request({}, failureBody(id)));
	await new Promise((resolve) => setTimeout(resolve, 10));
	const closing = receiver.close();
	assert.deepEqual([(await receiver.receive(request({}, failureBody('3')))).name, started], ['closing', [1]]);
	finish();
	await closing;
	await receiver.idle();
	assert.deepEqual(
		inbox.entries.map(({ state }) => state),
		['handled', 'received'],
	);
	const next = receiverWith({}, inbox);
	await next.receiver.idle();
	assert.equal(inbox.entries[1]?.state, 'handled');
});

test('fetch: Request in, Response out, with the same decisions', async () => {
	const { inbox, receiver, errors } = receiverWith({
		limits: { bytes: 2000 },
		headerNames: ['X-Request-ID', 'cookie'],
	});
	const headers = {
		'content-type': 'application/json',
		'x-signature': signPayload(body, secret),
		'x-request-id': 'r-1',
	};
	const url = 'https://example.com/webhook';
	const saved = await receiver.fetch(new Request(url, { method: 'POST', headers, body: body.slice() }));
	assert.deepEqual([saved.status, await saved.json()], [200, { outcome: 'saved' }]);
	assert.deepEqual(inbox.entries[0]?.headers, { 'x-request-id': 'r-1' });
	assert.deepEqual(Buffer.from(inbox.entries[0]?.body ?? []), Buffer.from(body));

	const refused = await receiver.fetch(new Request(url));
	assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'POST']);
	assert.equal(refused.headers.get('content-type'), 'application/problem+json');

	let cancelled = false;
	const endless = new ReadableStream({
		pull: (controller) => controller.enqueue(new Uint8Array(500)),
		cancel: () => {
			cancelled = true;
		},
	});
	const large = await receiver.fetch(new Request(url, { method: 'POST', headers, body: endless, ...streaming }));
	assert.deepEqual([large.status, cancelled], [413, true]);

	const used = new Request(url, { method: 'POST', headers, body: body.slice() });
	await used.json();
	assert.equal((await receiver.fetch(used)).status, 503);
	assert.match(String(errors[0]?.error), /already read or parsed/);

	const doubled = new Headers(headers);
	doubled.append('x-signature', 'second');
	const twice = new Request(url, { method: 'POST', headers: doubled, body: body.slice() });
	assert.equal((await (await receiver.fetch(twice)).json()).outcome, 'signature_repeated');
});

/** A request whose body is a stream needs this; the DOM's types do not know it. */
const streaming = { duplex: 'half' } as RequestInit;

test('with onPayload null, deliveries are only saved, and stay `received` for a receiver with a handler', async () => {
	const { inbox, receiver } = receiverWith({ onPayload: null, endpoint: 'invoices' });
	assert.equal((await receiver.receive(request())).name, 'saved');
	await receiver.idle();
	const saved = inbox.entries[0] ?? assert.fail('not saved');
	assert.deepEqual([saved.state, saved.attempts, saved.leasedBy], ['received', 0, null]);
	assert.throws(() => receiver.route('ee950e6b-8f5c-4cd5-9149-d5e9139e2d66', () => {}), /only saved/);
	await receiver.close();
	const other = receiverWith({ endpoint: 'invoices' }, inbox);
	await other.receiver.idle();
	assert.equal(other.handled.length, 1);
	const twins = { handled: { secret }, saved: { secret, onPayload: null } };
	const both = receiverWith({ secret: undefined, endpoints: twins });
	for (const url of ['/handled', '/saved']) await both.receiver.receive(request({ url }));
	await both.receiver.idle();
	assert.deepEqual(
		both.handled.map(({ delivery }) => delivery.endpoint),
		['handled'],
	);
});
