import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { signPayload } from 'mindhook';
import { type NodeServer, type NodeServerOptions, nodeServer } from 'mindhook/node';
import { createReceiver, type Receiver } from 'mindhook/receiver';
import { inboxInMemory } from '../receiver/inbox-in-memory.js';
import { certificate } from './certificate.js';

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

/** What the server sends on a connection until it closes it; `drip` is written again and again meanwhile. */
async function sentTo(
	to: number | Socket,
	text: string | Buffer,
	drip?: { piece: string | Buffer; everyMs: number },
): Promise<string> {
	const socket = typeof to === 'number' ? connect(to, '127.0.0.1') : to;
	let answer = '';
	socket.setEncoding('latin1').on('data', (chunk) => {
		answer += chunk;
	});
	socket.on('error', () => {});
	socket.write(text);
	const timer = drip && setInterval(() => socket.write(drip.piece), drip.everyMs);
	// Not `once` of node:events: a reset, because a piece was on its way when the server closed, would make it reject.
	await new Promise<void>((resolve, reject) => {
		const late = setTimeout(() => reject(new Error('The server does not close.')), 20_000);
		socket.once('close', () => {
			clearTimeout(late);
			resolve();
		});
	}).finally(() => clearInterval(timer));
	return answer;
}

/** A connection that speaks that protocol over TLS. */
const securely = (port: number, protocol: 'http/1.1' | 'h2'): Socket =>
	connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: [protocol] });

/** A frame of HTTP/2. */
const frame = (type: number, flags: number, stream: number, payload: readonly number[] = []): Buffer =>
	Buffer.from([0, 0, payload.length, type, flags, 0, 0, 0, stream, ...payload]);
/** How a client begins, its settings included. */
const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]);

test('headers that come too slowly are answered 408, and those that are too many 431', async () => {
	await listening({ headersMilliseconds: 200, headerBytes: 2_000 }, async (_, port) => {
		assert.match(await sentTo(port, 'POST / HTTP/1.1\r\nHost: local'), /^HTTP\/1\.1 408 /);
		assert.match(await sentTo(port, `POST / HTTP/1.1\r\nX: ${'x'.repeat(3_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
	});
});

const noneElse = { requestMilliseconds: 3_600_000, idleMilliseconds: 3_600_000 };

test('who still sends when it is refused is told why, and is cut off when it never stops', async () => {
	const tls = certificate();
	const limits = { ...noneElse, headersMilliseconds: 3_600_000, headerBytes: 2_000 };
	for (const options of [{}, { tls }, { tls, http2: true }]) {
		await listening({ ...options, ...limits }, async (_, port) => {
			const line = (): Socket => ('tls' in options ? securely(port, 'http/1.1') : connect(port, '127.0.0.1'));
			const head = `POST / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(3_000)}\r\n`;
			const drip = { piece: `X: ${'x'.repeat(30_000)}\r\n`, everyMs: 5 };
			const late = line();
			late.on('error', () => {}).write(head);
			// Reads only after it has sent for a while: whatever was lost by then does not come any more.
			for (let n = 0; n < 20; n++) {
				await new Promise((resolve) => setTimeout(resolve, drip.everyMs));
				late.write(drip.piece);
			}
			let told = '';
			for await (const text of late.setEncoding('latin1')) told += text;
			assert.match(told, /^HTTP\/1\.1 431 .*\r\nConnection: close\r\n\r\n$/);

			const endless = line();
			// Ends of the other side alone end nothing here.
			endless.allowHalfOpen = true;
			assert.match(await sentTo(endless, head, drip), /^HTTP\/1\.1 431 /);
		});
	}
});

test('headers that drip over TLS are answered 408, and too many 431, whether or not the server speaks HTTP/2 too', async () => {
	const tls = certificate();
	const limits = { ...noneElse, headersMilliseconds: 300, headerBytes: 2_000 };
	for (const http2 of [false, true]) {
		await listening({ tls, http2, ...limits }, async (_, port) => {
			const drip = { piece: 'X-A: b\r\n', everyMs: 50 };
			const head = 'POST / HTTP/1.1\r\nHost: localhost\r\n';
			assert.match(await sentTo(securely(port, 'http/1.1'), head, drip), /^HTTP\/1\.1 408 /);
			const large = `${head}X: ${'x'.repeat(3_000)}\r\n\r\n`;
			assert.match(await sentTo(securely(port, 'http/1.1'), large), /^HTTP\/1\.1 431 /);
		});
	}
});

test('what is no request is left to whoever listens for it', async () => {
	await listening({}, async ({ server }, port) => {
		server.on('clientError', (_: Error, socket: Socket) => socket.end('HTTP/1.1 418 mine\r\n\r\n'));
		assert.equal(await sentTo(port, 'nothing\r\n\r\n'), 'HTTP/1.1 418 mine\r\n\r\n');
	});
});

test('requests sent behind one another are forgotten when their connection breaks', async () => {
	setFlagsFromString('--expose-gc');
	const gc = runInNewContext('gc') as () => void;
	const responses: WeakRef<object>[] = [];
	const first: NodeServerOptions['first'] = (_, response) => {
		responses.push(new WeakRef(response));
		return false;
	};
	const held = new Promise<void>((resolve) => setTimeout(resolve, 1_000).unref());
	const save = (): Promise<void> => held;
	await listening(
		{ first },
		async (_, port) => {
			const socket = connect(port, '127.0.0.1').on('error', () => {});
			const lines = Object.entries({ ...headers, host: 'localhost', 'content-length': body.byteLength });
			const head = `POST / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
			socket.write(
				Buffer.concat([Buffer.from(head), body, Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(50))]),
			);
			const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
			while (responses.length < 51) await tick();
			socket.resetAndDestroy();
			await held;
			const left = (): number => responses.filter((response) => response.deref() !== undefined).length;
			for (let tries = 0; tries < 100 && left() > 0; tries++) {
				await tick();
				gc();
			}
			assert.equal(left(), 0);
		},
		save,
	);
});

test('a request of HTTP/1.1 without a Host is answered 400, with TLS or without, beside HTTP/2 too', async () => {
	const tls = certificate();
	const request = 'POST / HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}';
	await listening({}, async (_, port) => assert.match(await sentTo(port, request), /^HTTP\/1\.1 400 /));
	for (const http2 of [false, true]) {
		await listening({ tls, http2 }, async (_, port) => {
			assert.match(await sentTo(securely(port, 'http/1.1'), request), /^HTTP\/1\.1 400 /);
		});
	}
});

test('a request that drips over TLS is answered 408, and a connection without one is ended, beside HTTP/2 too', async () => {
	const tls = certificate();
	for (const http2 of [false, true]) {
		// Taken by somebody who waits for the body for ever.
		const limits = {
			headersMilliseconds: 1_500,
			requestMilliseconds: 2_000,
			idleMilliseconds: 3_600_000,
			first: () => true,
		};
		await listening({ tls, http2, ...limits }, async (_, port) => {
			const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n';
			const answer = await sentTo(securely(port, 'http/1.1'), head, { piece: 'x', everyMs: 50 });
			assert.match(answer, /^HTTP\/1\.1 408 /);
		});
		await listening({ tls, http2, idleMilliseconds: 1_500 }, async (_, port) => {
			const head = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
			assert.match(await sentTo(securely(port, 'http/1.1'), head), /^HTTP\/1\.1 405 .*keep-alive/s);
		});
	}
});

test('who does not set up TLS in time is let go', async () => {
	const tls = certificate();
	for (const http2 of [false, true]) {
		await listening({ tls, http2, ...noneElse, headersMilliseconds: 300 }, async (_, port) => {
			assert.equal(await sentTo(port, ''), '');
			assert.equal(await sentTo(port, '\x16\x03\x01\x02\x00'), '');
		});
	}
});

test('a session of HTTP/2 whose headers drip, or never come, is ended', async () => {
	const tls = certificate();
	await listening({ tls, http2: true, ...noneElse, headersMilliseconds: 300 }, async (_, port) => {
		// Headers that have no end, and then continuations that are empty, pings, nothing.
		const begun = Buffer.concat([preface, frame(1, 1, 1, [0x82])]);
		await sentTo(securely(port, 'h2'), begun, { piece: frame(9, 0, 1), everyMs: 50 });
		await sentTo(securely(port, 'h2'), begun);
		await sentTo(securely(port, 'h2'), preface, { piece: frame(6, 0, 0, Array(8).fill(0)), everyMs: 50 });
		await sentTo(securely(port, 'h2'), preface);
		// The same behind a good request: GET / and its end.
		const request = frame(1, 5, 1, [0x82, 0x84, 0x87, 0x41, 1, 0x61]);
		const behind = Buffer.concat([preface, request, frame(1, 1, 3, [0x82])]);
		await sentTo(securely(port, 'h2'), behind, { piece: frame(9, 0, 3), everyMs: 50 });
	});
});

test('a session of HTTP/2 without a request is ended after its time, pings or not, and one with requests stays', async () => {
	const tls = certificate();
	await listening({ tls, http2: true, headersMilliseconds: 300, idleMilliseconds: 3_000 }, async (_, port) => {
		const session = connectHttp2(`https://localhost:${port}`, {
			ca: tls.cert,
			lookup: (_, __, done) => toLoopback(done),
		});
		const ended = once(session, 'close', { signal: AbortSignal.timeout(20_000) });
		// For several times as long as headers may take, and with pauses in which a look may find no request.
		for (const begin = performance.now(); performance.now() - begin < 6_000; ) {
			const stream = session.request({ ':method': 'POST', ...headers });
			stream.end(body);
			const [head] = await once(stream, 'response');
			assert.equal(head[':status'], 200);
			stream.resume();
			await once(stream, 'close');
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
		const pings = setInterval(() => session.destroyed || session.ping(() => {}), 50);
		await ended.finally(() => clearInterval(pings));
	});
});

test('a request of HTTP/2 whose answer is not taken is ended after its time', async () => {
	const tls = certificate();
	await listening(
		{ tls, http2: true, headersMilliseconds: 200, requestMilliseconds: 400, idleMilliseconds: 1_000 },
		async (_, port) => {
			// A window of nothing: the answer cannot be sent. With pings the session is never idle to Node.
			const settings = frame(4, 0, 0, [0, 4, 0, 0, 0, 0]);
			const request = frame(1, 5, 1, [0x82, 0x84, 0x87, 0x41, 1, 0x61]);
			const ping = { piece: frame(6, 0, 0, Array(8).fill(0)), everyMs: 50 };
			await sentTo(securely(port, 'h2'), Buffer.concat([preface, settings, request]), ping);
		},
	);
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
