import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signPayload } from 'mindhook';
import { fetchHandler } from 'mindhook/fetch';
import { nextHandlers } from 'mindhook/next';
import { createReceiver, type Receiver } from 'mindhook/receiver';
import { type InboxInMemory, inboxInMemory } from '../receiver/inbox-in-memory.js';

const secret = 'a secret of the tests';
const body = '{"inference_id":"64abcf17-cbee-4807-802a-485aff3ac52e"}';

function made(): { receiver: Receiver; inbox: InboxInMemory } {
	const inbox = inboxInMemory();
	return { inbox, receiver: createReceiver({ secret, inbox, onPayload() {}, onError() {} }) };
}

const post = (): Request =>
	new Request('https://example.com/mindee', {
		method: 'POST',
		headers: { 'content-type': 'application/json', 'x-signature': signPayload(Buffer.from(body), secret) },
		body,
	});

test('a Request becomes a Response, and the option is given all that the runtime gives', async () => {
	const { receiver, inbox } = made();
	const handle = fetchHandler<[{ ip: string }]>(receiver, { remoteAddress: (_, { ip }) => ip });
	const response = await handle(post(), { ip: '192.0.2.7' });
	assert.deepEqual([response.status, await response.json()], [200, { outcome: 'saved' }]);
	assert.equal(inbox.entries[0]?.remoteAddress, '192.0.2.7');
	await receiver.close();
});

test('a Request whose body was read, or is being read, is refused', async () => {
	const { receiver } = made();
	const handle = fetchHandler(receiver);
	const used = post();
	await used.json();
	// Its stream is there, not locked, and gives nothing any more.
	const drained = post();
	for await (const _ of drained.body ?? []);
	const locked = post();
	locked.body?.getReader();
	for (const request of [used, drained, locked]) {
		assert.equal(((await (await handle(request)).json()) as { outcome: string }).outcome, 'body_already_read');
	}
	await receiver.close();
});

test('an option that throws or gives nothing costs no delivery', async () => {
	const { receiver, inbox } = made();
	const fail = (): never => {
		throw new Error('no such header');
	};
	assert.equal((await fetchHandler(receiver, { remoteAddress: fail })(post())).status, 200);
	assert.equal((await fetchHandler(receiver, { remoteAddress: () => undefined })(post())).status, 200);
	assert.equal(inbox.entries[0]?.remoteAddress, null);
	await receiver.close();
});

test('a receiver for Next is made with the first request, once, and again where that failed', async () => {
	const { receiver } = made();
	let calls = 0;
	const { POST, GET } = nextHandlers(async () => {
		calls += 1;
		if (calls === 1) throw new Error('no database yet');
		return receiver;
	});
	assert.equal(calls, 0);
	await assert.rejects(POST(post()), /no database yet/);
	const answers = await Promise.all([POST(post()), POST(post()), GET(new Request('https://example.com/mindee'))]);
	assert.deepEqual(
		answers.map(({ status }) => status),
		[200, 200, 405],
	);
	assert.equal(calls, 2);
	await receiver.close();
});
