import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { nodeMonitor } from 'mindhook/node';
import { createMonitor } from 'mindhook/receiver';
import { inboxInMemory } from '../receiver/inbox-in-memory.js';

const state = { closing: false, taking: 0, handling: 0, waiting: 0, runaways: 0, bodiesBytes: 0 };

/** Sends requests on one connection, one behind the other, and gives all that is answered until it is closed. */
async function exchange(requests: readonly string[], metrics = { text: () => '' }): Promise<string> {
	const server = createServer(nodeMonitor(createMonitor({ receiver: { state }, inbox: inboxInMemory(), metrics })));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	try {
		const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
		let text = '';
		socket.setEncoding('latin1').on('data', (chunk) => {
			text += chunk;
		});
		const last = requests.length - 1;
		for (const [index, request] of requests.entries()) {
			const [head = '', body = ''] = request.split('\n');
			const close = index === last ? 'Connection: close\r\n' : '';
			socket.write(`${head} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n${close}\r\n${body}`);
		}
		await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
		return text;
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

test('the monitor is answered over a socket: GET, HEAD without a body, 405 and 404, all on one connection', async () => {
	const text = await exchange([
		'GET /healthz',
		'HEAD /healthz',
		'POST /readyz\n{"a":1}',
		'GET /elsewhere',
		'GET /readyz',
	]);
	const answers = text.split(/(?=HTTP\/1\.1 )/);
	assert.deepEqual(
		answers.map((answer) => answer.slice(9, 12)),
		['200', '200', '405', '404', '200'],
	);
	const [get = '', head = '', post = ''] = answers;
	assert.ok(get.endsWith('\r\n\r\n{"status":"ok"}'));
	assert.ok(head.endsWith('\r\n\r\n') && /content-length: 15/i.test(head));
	assert.match(post, /allow: GET, HEAD/i);
});

test('metrics that throw end their request and nothing else', async () => {
	const text = () => {
		throw new Error('no metrics today');
	};
	assert.equal(await exchange(['GET /metrics'], { text }), '');
});
