import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signPayload } from 'mindhook';
import { type LambdaEvent, lambdaHandler } from 'mindhook/lambda';
import { createReceiver, type ReceiverOptions } from 'mindhook/receiver';
import { inboxInMemory } from '../receiver/inbox-in-memory.js';
import { failureBody } from '../receiver/receiver-with.js';

const secret = 'a secret of the tests';
const body = Buffer.from(failureBody(7)).toString().replace('quittung', 'Größe');
const headers = { 'Content-Type': 'application/json', 'X-Signature': signPayload(Buffer.from(body), secret) };
const v1 = { httpMethod: 'POST', path: '/mindee', headers, requestContext: { identity: { sourceIp: '192.0.2.1' } } };
const v2 = {
	version: '2.0',
	rawPath: '/mindee',
	rawQueryString: '',
	headers,
	requestContext: { http: { method: 'POST', path: '/mindee', sourceIp: '192.0.2.2' } },
};

function made(options: Partial<ReceiverOptions> = {}) {
	const inbox = inboxInMemory();
	return { inbox, receiver: createReceiver({ secret, inbox, onPayload() {}, onError() {}, ...options }) };
}

test('events of both formats, with text and with base64, are saved byte for byte', async () => {
	const base64 = Buffer.from(body).toString('base64');
	for (const head of [v1, v2]) {
		for (const given of [{ body, isBase64Encoded: false }, { body: base64, isBase64Encoded: true }, { body }]) {
			const { inbox, receiver } = made();
			const answer = await lambdaHandler(receiver)({ ...head, ...given });
			assert.deepEqual([answer.statusCode, answer.body, answer.isBase64Encoded], [200, '{"outcome":"saved"}', false]);
			assert.equal(Buffer.from(inbox.entries[0]?.body ?? []).toString(), body);
			assert.equal(inbox.entries[0]?.remoteAddress, head === v1 ? '192.0.2.1' : '192.0.2.2');
			await receiver.close();
		}
	}
});

test('events that lack what they may lack are answered', async () => {
	const { receiver } = made();
	const handle = lambdaHandler(receiver);
	for (const event of [
		{ httpMethod: 'POST', path: '/', headers: null, multiValueHeaders: null, body: null },
		{ rawPath: '/', requestContext: { http: { method: 'POST' } } },
	] as LambdaEvent[]) {
		assert.equal((await handle(event)).statusCode, 415);
	}
	assert.equal(JSON.parse((await handle({ ...v1, body: null })).body).outcome, 'signature_mismatch');
	await receiver.close();
});

test('a repeated header and a query of several values come through', async () => {
	const endpoints = { one: { secret, token: 'a & b', path: '/mindee' } };
	const { receiver } = made({ secret: undefined, endpoints });
	const handle = lambdaHandler(receiver);
	const twice = { 'content-type': ['application/json'], 'x-signature': ['a', 'b'] };
	const query = { multiValueQueryStringParameters: { other: ['1', '2'], token: ['a & b'] } };
	const outcomeOf = async (event: LambdaEvent): Promise<string> => JSON.parse((await handle(event)).body).outcome;
	assert.equal(await outcomeOf({ ...v1, ...query, body }), 'saved');
	assert.equal(await outcomeOf({ ...v1, ...query, multiValueHeaders: twice, body }), 'signature_repeated');
	assert.equal(await outcomeOf({ ...v1, body }), 'token_mismatch');
	assert.equal(await outcomeOf({ ...v1, queryStringParameters: { token: 'a & b' }, body }), 'duplicate');
	assert.equal(await outcomeOf({ ...v2, rawQueryString: 'token=a%20%26%20b', body }), 'duplicate');
	await receiver.close();
});

test('the answer waits until the payload was handled, but not for ever, and not where that is unwanted', async () => {
	let handled = 0;
	const inTime = made({
		onPayload: async () => {
			await new Promise((resolve) => setTimeout(resolve, 50));
			handled += 1;
		},
	});
	assert.equal((await lambdaHandler(inTime.receiver)({ ...v2, body })).statusCode, 200);
	assert.equal(handled, 1);
	await inTime.receiver.close();
	for (const idleMilliseconds of [50, 0]) {
		const { receiver, inbox } = made({ onPayload: () => new Promise(() => {}) });
		const begin = Date.now();
		assert.equal((await lambdaHandler(receiver, { idleMilliseconds })({ ...v2, body })).statusCode, 200);
		assert.ok(Date.now() - begin < 5_000);
		assert.equal(inbox.entries.length, 1);
		await receiver.close({ milliseconds: 0 });
	}
});

test('who is refused does not wait for what others have sent', async () => {
	const { receiver } = made({ onPayload: () => new Promise(() => {}) });
	const handle = lambdaHandler(receiver, { idleMilliseconds: 2 ** 31 - 1 });
	const waits = { ...receiver, receive: receiver.receive.bind(receiver), idle: () => assert.fail('it waited') };
	for (const [changes, status] of [
		[{ headers: {} }, 415],
		[{ headers: { 'Content-Type': 'application/json' } }, 401],
		[{ body: '{}' }, 401],
	] as const) {
		assert.equal((await lambdaHandler(waits)({ ...v2, body, ...changes })).statusCode, status);
	}
	const saved = handle({ ...v2, body });
	assert.equal((await handle({ ...v2, body: '{}' })).statusCode, 401);
	await receiver.close({ milliseconds: 0 });
	assert.equal((await saved).statusCode, 200);
});

test('a body that some middleware has parsed is refused', async () => {
	const { receiver } = made();
	const event = { ...v2, body: JSON.parse(body) } as unknown as LambdaEvent;
	assert.equal(JSON.parse((await lambdaHandler(receiver)(event)).body).outcome, 'body_already_read');
	await receiver.close();
});
