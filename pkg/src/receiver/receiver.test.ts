import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { signPayload } from 'mindhook';
import { InboxError } from 'mindhook/inbox';
import type { IncomingDelivery } from 'mindhook/receiver';
import { inboxInMemory } from './inbox-in-memory.js';
import { deferred, failureBody, receiverWith, request, secret, until } from './receiver-with.js';

const body = failureBody(1);

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

test('a body in one chunk that has its memory to itself is not copied', async () => {
	const { receiver, handled } = receiverWith();
	const alone = Uint8Array.from(body);
	await receiver.receive(request({ body: inChunks(alone, 10_000) }));
	await receiver.idle();
	assert.equal(handled[0]?.payload.raw.buffer, alone.buffer);
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
	// What it tries again would be told on the console of a test that comes later.
	await receiver.close();
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

test('several endpoints: each at its path, with its own secret, and no delivery of one is a duplicate of the other', async () => {
	const { inbox, receiver } = receiverWith({
		endpoints: {
			invoices: { secret: [secret, 'the next one'] },
			receipts: { secret: 'another', path: '/hooks/receipts/' },
		},
	});
	const signed = (by: string) => ({ 'content-type': 'application/json', 'x-signature': signPayload(body, by) });
	const cases: [name: string, url: string | undefined, by: string, method?: string][] = [
		['saved', '/invoices', secret],
		['duplicate', '/invoices/?x=1', 'the next one'],
		['duplicate', 'https://example.com:8443/invoices#top', secret],
		['duplicate', '/invoices#?top', secret],
		['signature_mismatch', '/invoices', 'another'],
		['saved', '/hooks/receipts', 'another'],
		['duplicate', '/hooks/receipts/', 'another'],
		['signature_mismatch', '/hooks/receipts', secret],
		['method_not_allowed', '/invoices', secret, 'GET'],
		['unknown_path', '/receipts', 'another'],
		['unknown_path', '/receipts', 'another', 'GET'],
		['unknown_path', '/', secret],
		['unknown_path', undefined, secret],
		['unknown_path', '', secret],
		['unknown_path', '*', secret],
		['unknown_path', '/Invoices', secret],
		['unknown_path', '/invoices//', secret],
		['unknown_path', '//invoices', secret],
		['unknown_path', '/%69nvoices', secret],
		['unknown_path', '/__proto__', secret],
		['unknown_path', 'https://example.com?/invoices', secret],
	];
	for (const [name, url, by, method = 'POST'] of cases) {
		const outcome = await receiver.receive(request({ url, method, headers: signed(by) }));
		assert.equal(outcome.name, name, `${method} ${url}`);
		assert.equal(outcome.status === 404, name === 'unknown_path');
	}
	assert.deepEqual(
		inbox.entries.map(({ endpoint }) => endpoint),
		['invoices', 'receipts'],
	);
	await receiver.close();
});

test('where a token is asked for, exactly one right one must stand in the query string', async () => {
	const token = 'tök en&=';
	const { inbox, receiver } = receiverWith({ token: ['old', token] });
	const right = new URLSearchParams({ token }).toString();
	const cases: [name: string, url: string | undefined][] = [
		['saved', `/any/path?${right}`],
		['duplicate', `/?a=b&${right}&c`],
		['duplicate', '?token=old'],
		['duplicate', 'https://example.com?token=old'],
		['token_mismatch', undefined],
		['token_mismatch', '/'],
		['token_mismatch', '/?token='],
		['token_mismatch', '/?token=ol'],
		['token_mismatch', '/?token=oldx'],
		['token_mismatch', '/?token=Old'],
		['token_mismatch', '/?Token=old'],
		['token_mismatch', '/?token=old&token=old'],
		['token_mismatch', '/?token=%E0%A4%A'],
		['token_mismatch', '/token=old'],
		['token_mismatch', '/#?token=old'],
		['token_mismatch', `/?token=${'o'.repeat(100_000)}`],
	];
	for (const [name, url] of cases) {
		const outcome = await receiver.receive(request({ url }));
		assert.deepEqual([outcome.name, outcome.status], [name, name === 'token_mismatch' ? 401 : 200], url);
		assert.ok(!outcome.body.includes('old'));
	}
	assert.equal((await receiver.receive(request({ method: 'GET' }))).name, 'method_not_allowed');
	assert.equal((await receiver.receive(withHeaders({ 'content-type': 'text/plain' }))).name, 'token_mismatch');
	assert.equal(inbox.entries.length, 1);
	await receiver.close();
});

test('bodies that are being read never take more memory than allowed; what finds none is told to come again', async () => {
	const bodiesBytes = 10_000;
	const { receiver } = receiverWith({ limits: { bytes: 4_000, bodiesBytes } });
	let most = 0;
	const upload = async function* (size: number): AsyncGenerator<Uint8Array> {
		for (let sent = 0; sent < size; sent += 500) {
			await new Promise((resolve) => setTimeout(resolve, 1));
			most = Math.max(most, receiver.state.bodiesBytes);
			yield new Uint8Array(500);
		}
	};
	const refused = { 'x-signature': signPayload(body, 'forged') };
	const outcomes = await Promise.all(
		Array.from({ length: 40 }, (_, index) => {
			// Half of them say how long they are.
			const length = index % 2 === 0 ? { 'content-length': '3000' } : {};
			return receiver.receive({ ...withHeaders({ ...refused, ...length }), body: upload(3_000) });
		}),
	);
	const count = (name: string): number => outcomes.filter((outcome) => outcome.name === name).length;
	assert.ok(
		count('signature_mismatch') >= 1 && count('overloaded') >= 1,
		JSON.stringify(outcomes.map(({ name }) => name)),
	);
	assert.equal(count('signature_mismatch') + count('overloaded'), 40);
	const overloaded = outcomes.find(({ name }) => name === 'overloaded');
	assert.deepEqual([overloaded?.status, overloaded?.headers['retry-after']], [503, '1']);
	assert.ok(most > 0 && most <= bodiesBytes, `${most} bytes`);
	assert.equal(receiver.state.bodiesBytes, 0);
	assert.equal((await receiver.receive(request({ body: inChunks(body, 100) }))).name, 'saved');
	await receiver.close();
});

test('a body whose own account is too low is read on, and bounded all the same', async () => {
	const { receiver } = receiverWith({ limits: { bytes: 600, bodiesBytes: 600 } });
	const few = { 'content-length': '1' };
	assert.equal((await receiver.receive({ ...withHeaders(few), body: inChunks(body, 50) })).name, 'saved');
	const large = receiver.receive({ ...withHeaders(few), body: inChunks(new Uint8Array(601), 50) });
	assert.equal((await large).name, 'body_too_large');
	assert.equal(receiver.state.bodiesBytes, 0);
	await receiver.close();
});

test('a body is held against the memory until it is saved', async () => {
	const inbox = inboxInMemory();
	const held = deferred();
	const save: typeof inbox.save = async (...given) => {
		await held.promise;
		return inbox.save(...given);
	};
	const { receiver } = receiverWith({ inbox: { ...inbox, save }, limits: { bytes: 400, bodiesBytes: 500 } }, inbox);
	const first = receiver.receive(request());
	assert.equal((await receiver.receive(request({}, failureBody(2)))).name, 'overloaded');
	assert.equal(receiver.state.bodiesBytes, body.length);
	held.resolve();
	assert.equal((await first).name, 'saved');
	assert.equal((await receiver.receive(request({}, failureBody(2)))).name, 'saved');
	await receiver.close();
});

test('more requests at a time than allowed are told to come again, before anything of them is read', async () => {
	const { receiver } = receiverWith({ limits: { requests: 2 } });
	const held = deferred();
	const slow = async function* (): AsyncGenerator<Uint8Array> {
		await held.promise;
		yield body;
	};
	const both = [receiver.receive(request({ body: slow() })), receiver.receive(request({ body: slow() }))];
	const untouchable = { [Symbol.asyncIterator]: () => assert.fail('the body was read') };
	const third = await receiver.receive(request({ body: untouchable }));
	assert.deepEqual([third.name, third.status, receiver.state.taking], ['overloaded', 503, 2]);
	held.resolve();
	assert.deepEqual(
		(await Promise.all(both)).map(({ status }) => status),
		[200, 200],
	);
	assert.equal((await receiver.receive(request())).name, 'duplicate');
	await receiver.close();
});

test('a body that is still coming when close has no more time is refused, and nothing of it is saved', async () => {
	const { inbox, receiver } = receiverWith();
	const slow = async function* (): AsyncGenerator<Uint8Array> {
		yield body;
		await new Promise(() => {});
	};
	const slowly = receiver.receive(request({ body: slow() }));
	await until(() => receiver.state.bodiesBytes > 0);
	await receiver.close({ milliseconds: 10 });
	assert.deepEqual([(await slowly).name, inbox.entries.length], ['closing', 0]);
});

test('an upload that is broken off leaves no trace', async () => {
	const { inbox, receiver, errors } = receiverWith();
	const sources: (() => AsyncIterable<Uint8Array>)[] = [
		async function* () {
			yield body.subarray(0, 10);
			throw new Error('reset');
		},
		() => ({
			[Symbol.asyncIterator]: () => ({
				next: () => {
					throw new Error('reset at once');
				},
			}),
		}),
	];
	for (const source of sources) {
		assert.equal((await receiver.receive(request({ body: source() }))).name, 'body_incomplete');
	}
	assert.deepEqual(
		[inbox.entries.length, errors.length, receiver.state.bodiesBytes, receiver.state.taking],
		[0, 0, 0, 0],
	);
	await receiver.close();
});

test('of a request that was answered nothing is held', async () => {
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc') as () => void;
	const { receiver } = receiverWith();
	const taken = async (end: () => void): Promise<WeakRef<object>> => {
		const source = (async function* () {
			yield body;
			end();
		})();
		await receiver.receive(request({ body: source }));
		return new WeakRef(source);
	};
	const sources = [
		await taken(() => {}),
		await taken(() => {
			throw new Error('reset');
		}),
	];
	for (let turn = 0; turn < 100 && sources.some((source) => source.deref()); turn += 1) {
		await new Promise((resolve) => setTimeout(resolve, 5));
		collect();
	}
	assert.deepEqual(
		sources.map((source) => source.deref()),
		[undefined, undefined],
	);
	await receiver.close();
});

test('observers are told of the start and of each request, with nothing of its contents', async () => {
	const { receiver, events } = receiverWith({ endpoints: { a: { secret }, b: { secret } } });
	await receiver.receive(request({ url: '/a' }));
	await receiver.receive(request({ url: '/a' }));
	await receiver.receive(request({ url: '/c' }));
	await receiver.receive(request({ url: '/b', method: 'GET' }));
	await receiver.receive(request({ url: '/b', body: 'parsed' as never }));
	await receiver.idle();
	const bytes = body.length;
	const shown = events.map((event) => {
		if (event.type !== 'request') return event.type === 'started' ? event : event.type;
		const { milliseconds, ...rest } = event;
		assert.ok(milliseconds >= 0);
		return rest;
	});
	const told = { type: 'request', endpoint: 'a', id: null, bytes: null };
	assert.deepEqual(
		shown,
		[
			{ type: 'started', endpoints: ['a', 'b'] },
			{ ...told, outcome: 'saved', status: 200, id: 1, bytes },
			{ ...told, outcome: 'duplicate', status: 200, id: 1, bytes },
			{ ...told, outcome: 'unknown_path', status: 404, endpoint: null },
			{ ...told, outcome: 'method_not_allowed', status: 405, endpoint: 'b' },
			'fault',
			{ ...told, outcome: 'body_already_read', status: 503, endpoint: 'b' },
			'settled',
		].toSorted((a, b) => Number(a === 'settled') - Number(b === 'settled')),
	);
	await receiver.close();
});

test('observers stand around the work, each once and in order, whatever they do', async () => {
	const order: string[] = [];
	const observer = (name: string) => ({
		around: <Result>(what: string, attributes: object, work: () => Promise<Result>): Promise<Result> => {
			order.push(`${name} ${what} ${Object.keys(attributes).join()}`);
			return work();
		},
	});
	const broken = [
		{ around: () => assert.fail('before the work') },
		{
			around: <Result>(_: string, __: object, work: () => Promise<Result>) =>
				work().then(() => assert.fail('after it')),
		},
		{ around: () => new Promise<never>(() => {}) },
		{ around: () => undefined as never },
		{
			around: <Result>(_: string, __: object, work: () => Promise<Result>) => {
				void work();
				return work();
			},
		},
		{ event: () => assert.fail('an event') },
	];
	const { inbox, receiver, handled, errors } = receiverWith({
		observers: [observer('inner'), ...broken, observer('outer')],
	});
	const outcome = await receiver.receive(request());
	await receiver.idle();
	assert.deepEqual(
		[outcome.name, handled.length, inbox.calls.save, inbox.entries[0]?.state],
		['saved', 1, 1, 'handled'],
	);
	assert.deepEqual(order, [
		'outer receive ',
		'inner receive ',
		'outer handle endpoint,id,attempt,bytes',
		'inner handle endpoint,id,attempt,bytes',
	]);
	assert.ok(errors.length > 0 && errors.every(({ context }) => context.stage === 'observe'));
	await receiver.close();
});

test('what goes wrong is one line by default: the class of the error, where to look, and nothing of its text', async (t) => {
	const lines = t.mock.method(console, 'error', () => {});
	const { inbox, receiver } = receiverWith({
		onError: undefined,
		onPayload: () => Promise.reject(new RangeError('Mrs. Smith owes 5 EUR')),
	});
	await receiver.receive(request());
	await receiver.idle();
	await receiver.receive(request({ body: {} as never }));
	inbox.failure = new InboxError('busy', 'locked');
	await receiver.receive(request({}, failureBody(2)));
	const [failed, parsed, busy, ...more] = lines.mock.calls.map(({ arguments: given }) => given.join(' '));
	assert.equal(failed, 'mindhook: handle, delivery 1: RangeError. More: mindhook inbox show 1');
	assert.match(parsed ?? '', /^mindhook: receive: The body reached the receiver already .*express\.raw/);
	assert.equal(busy, 'mindhook: receive: InboxError (busy).');
	assert.deepEqual(more, []);
	inbox.failure = null;
	await receiver.close();
});

test('with a logger, everything goes there and nothing to the console', async (t) => {
	const lines = t.mock.method(console, 'error', () => {});
	const logged: string[] = [];
	const log = (_: object, message: string): void => {
		logged.push(message);
	};
	const { receiver } = receiverWith({
		onError: undefined,
		logger: { debug: log, info: log, warn: log, error: log },
		onPayload: () => Promise.reject(new Error('x')),
	});
	await receiver.receive(request());
	await receiver.idle();
	assert.deepEqual([logged.length, lines.mock.callCount()], [3, 0]);
	await receiver.close();
});

test('a hook or an observer that is async and rejects ends nothing: the delivery is handled', async (context) => {
	const lines = context.mock.method(console, 'error', () => {});
	const rejected = async (): Promise<never> => {
		throw new Error('the service for errors is away');
	};
	const { inbox, receiver } = receiverWith({
		onError: rejected,
		observers: [{ event: rejected }],
		onPayload: (_, { attempt }) => {
			if (attempt === 1) throw new Error('once');
		},
		retry: { firstMilliseconds: 5 },
	});
	await receiver.receive(request());
	await until(() => inbox.entries[0]?.state === 'handled');
	await receiver.close();
	assert.ok(lines.mock.callCount() > 0);
	assert.ok(lines.mock.calls.every(({ arguments: [line] }) => !String(line).includes('away')));
});

test('a receiver is made where the name of the machine may not be read, as in Deno without that permission', (context) => {
	context.mock.method(process, 'getBuiltinModule', () => ({
		hostname: () => {
			throw new Error('Requires sys access to "hostname"');
		},
	}));
	assert.doesNotThrow(() => receiverWith());
});
