import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { signPayload } from 'mindhook';
import { type NodeServer, type NodeServerOptions, nodeServer } from 'mindhook/node';
import { createReceiver, type Receiver } from 'mindhook/receiver';
import { inboxInMemory } from '../receiver/inbox-in-memory.js';

const secret = 'a secret of the tests';
const body = Buffer.from('{"inference_id":"64abcf17-cbee-4807-802a-485aff3ac52e"}');
const headers = { 'content-type': 'application/json', 'x-signature': signPayload(body, secret) };

async function listening(
	options: NodeServerOptions,
	use: (server: NodeServer, port: number, receiver: Receiver) => Promise<void>,
	save: () => Promise<void> = async () => {},
): Promise<void> {
	const inbox = inboxInMemory();
	const saveNow = inbox.save.bind(inbox);
	inbox.save = async (...args) => {
		await save();
		return saveNow(...args);
	};
	const receiver = createReceiver({ secret, inbox, onPayload() {}, onError() {} });
	const server = nodeServer(receiver, options);
	const { port } = await server.listen(0, '127.0.0.1');
	try {
		await use(server, port, receiver);
	} finally {
		await server.close({ milliseconds: 0 });
		await receiver.close();
	}
}

/** Posts the delivery, and gives status, connection header and body of the answer. */
function post(
	port: number,
	{ agent = new Agent(), tls = false, ca }: { agent?: Agent; tls?: boolean; ca?: Buffer } = {},
): Promise<[status: number, connection: string | undefined, text: string]> {
	return new Promise((resolve, reject) => {
		const common = { port, host: '127.0.0.1', method: 'POST', headers };
		const onResponse = async (response: IncomingMessage): Promise<void> => {
			let text = '';
			for await (const chunk of response.setEncoding('utf8')) text += chunk;
			resolve([response.statusCode ?? 0, response.headers.connection, text]);
		};
		const request = tls
			? httpsRequest({ ...common, agent: false, ...(ca && { ca }), servername: 'localhost' }, onResponse)
			: httpRequest({ ...common, agent }, onResponse);
		request.on('error', reject).end(body);
	});
}

/** What the server sends on a connection until it closes it. */
async function sentTo(port: number, text: string): Promise<string> {
	const socket = connect(port, '127.0.0.1');
	let answer = '';
	socket.setEncoding('latin1').on('data', (chunk) => {
		answer += chunk;
	});
	socket.on('error', () => {});
	socket.write(text);
	await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
	return answer;
}

function certificate(): { cert: Buffer; key: Buffer } {
	const folder = mkdtempSync(join(tmpdir(), 'mindhook-tls-'));
	try {
		const args = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
		const files = ['-keyout', 'key.pem', '-out', 'cert.pem', '-addext', 'subjectAltName=DNS:localhost'];
		execFileSync('openssl', [...args.split(' '), ...files], { cwd: folder, stdio: 'ignore' });
		return { cert: readFileSync(join(folder, 'cert.pem')), key: readFileSync(join(folder, 'key.pem')) };
	} finally {
		rmSync(folder, { recursive: true });
	}
}

test('headers that come too slowly are answered 408, and those that are too many 431', async () => {
	await listening({ headersMilliseconds: 200, headerBytes: 2_000 }, async (_, port) => {
		assert.match(await sentTo(port, 'POST / HTTP/1.1\r\nHost: local'), /^HTTP\/1\.1 408 /);
		assert.match(await sentTo(port, `POST / HTTP/1.1\r\nX: ${'x'.repeat(3_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
	});
});

test('a connection without a request is ended after its time', async () => {
	await listening({ idleMilliseconds: 100 }, async (_, port) => {
		assert.match(await sentTo(port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), /^HTTP\/1\.1 405 .*keep-alive/s);
	});
});

test('close() lets an answer finish, ends connections with and after it, and takes no more', async () => {
	let save = (): void => {};
	const saving = new Promise<void>((resolve) => {
		save = resolve;
	});
	let arrived = (): void => {};
	const isSaving = new Promise<void>((resolve) => {
		arrived = resolve;
	});
	let count = 0;
	await listening(
		{},
		async (server, port) => {
			const agent = new Agent({ keepAlive: true });
			assert.deepEqual((await post(port, { agent })).slice(0, 2), [200, 'keep-alive']);
			const [[idle] = []] = Object.values(agent.freeSockets);
			const slow = post(port, { agent: new Agent({ keepAlive: true }) });
			await isSaving;
			const closed = server.close();
			assert.equal(closed, server.close());
			await once(idle ?? assert.fail('the connection was not kept'), 'close', { signal: AbortSignal.timeout(10_000) });
			await assert.rejects(post(port), { code: 'ECONNREFUSED' });
			save();
			assert.deepEqual(await slow, [200, 'close', '{"outcome":"duplicate"}']);
			await closed;
		},
		async () => {
			count += 1;
			if (count < 2) return;
			arrived();
			await saving;
		},
	);
});

test('close() cuts off what does not end in time', async () => {
	await listening({}, async (server, port) => {
		const socket = connect(port, '127.0.0.1');
		socket.on('error', () => {});
		socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n');
		await new Promise((resolve) => setTimeout(resolve, 50));
		const begin = Date.now();
		await Promise.all([once(socket, 'close'), server.close({ milliseconds: 100 })]);
		assert.ok(Date.now() - begin < 5_000);
	});
});

test('with TLS it speaks HTTP/1.1 and HTTP/2 on one port, and close() ends both', async () => {
	const { cert, key } = certificate();
	await listening({ tls: { cert, key }, http2: true }, async (server, port) => {
		assert.deepEqual(await post(port, { tls: true, ca: cert }), [200, 'close', '{"outcome":"saved"}']);
		const session = connectHttp2(`https://localhost:${port}`, { ca: cert, lookup: (_, __, done) => toLoopback(done) });
		const stream = session.request({ ':method': 'POST', ...headers });
		stream.end(body);
		const [head] = await once(stream, 'response');
		assert.equal(head[':status'], 200);
		assert.equal(head.connection, undefined);
		stream.resume();
		await once(stream, 'close');
		await Promise.all([once(session, 'close'), server.close()]);
	});
	await listening({ tls: { cert, key } }, async (_, port) => {
		assert.equal((await post(port, { tls: true, ca: cert }))[0], 200);
	});
});

function toLoopback(done: unknown): void {
	(done as (error: null, addresses: { address: string; family: number }[]) => void)(null, [
		{ address: '127.0.0.1', family: 4 },
	]);
}

test('what is not the receiver’s can be answered first', async () => {
	const first: NodeServerOptions['first'] = (request, response) => {
		if (request.url !== '/healthz') return false;
		response.end('ok');
		return true;
	};
	await listening({ first }, async (_, port) => {
		const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
		assert.equal(await answer.text(), 'ok');
		assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 405);
	});
});

test('options that make no sense are refused, and so is a port that is taken', async () => {
	const receiver = { receive: () => assert.fail('nobody posts here') };
	assert.throws(() => nodeServer(receiver, { http2: true }), /`http2` needs `tls`/);
	for (const name of ['headersMilliseconds', 'requestMilliseconds', 'idleMilliseconds', 'headerBytes'] as const) {
		for (const value of [0, -1, 1.5, Number.NaN, '10' as unknown as number]) {
			assert.throws(() => nodeServer(receiver, { [name]: value }), new RegExp(`nodeServer: ${name} must be`));
		}
	}
	await listening({}, async (_, port) => {
		const server = nodeServer(receiver);
		await assert.rejects(server.listen(port, '127.0.0.1'), { code: 'EADDRINUSE' });
		await server.close();
	});
});

test('a connection that cannot be taken, because the system has no room for it, ends nothing', async () => {
	await listening({}, async ({ server }, port) => {
		server.emit('error', Object.assign(new Error('accept ENFILE'), { code: 'ENFILE', syscall: 'accept' }));
		assert.equal((await post(port))[0], 200);
	});
});

test('close() that may take for ever cuts nobody off', async () => {
	let save = (): void => {};
	const saving = new Promise<void>((resolve) => {
		save = resolve;
	});
	let arrived = (): void => {};
	const isSaving = new Promise<void>((resolve) => {
		arrived = resolve;
	});
	await listening(
		{},
		async (server, port) => {
			const slow = post(port);
			await isSaving;
			const closed = server.close({ milliseconds: Number.POSITIVE_INFINITY });
			setTimeout(save, 50);
			assert.equal((await slow)[0], 200);
			await closed;
		},
		() => {
			arrived();
			return saving;
		},
	);
});
