import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signPayload } from 'mindhook';
import { createReceiver } from 'mindhook/receiver';
import { inboxInMemory } from './inbox-in-memory.js';

test('where the core cannot run a delivery is saved and failed, not quarantined: the body is not at fault', async () => {
	// Before the first call of the core; this file has a process of its own.
	Reflect.deleteProperty(globalThis, 'WebAssembly');
	const inbox = inboxInMemory();
	const receiver = createReceiver({ secret: 'x', inbox, onPayload: () => assert.fail(), onError: () => {} });
	const body = new TextEncoder().encode('{"inference_id":"64abcf17-cbee-4807-802a-485aff3ac52e"}');
	const headers = { 'content-type': 'application/json', 'x-signature': signPayload(body, 'x') };
	assert.equal((await receiver.receive({ method: 'POST', headers, body })).status, 200);
	await receiver.idle();
	assert.equal(inbox.entries[0]?.state, 'failed');
	assert.match(inbox.entries[0]?.lastError ?? '', /core\.unavailable/);
});
