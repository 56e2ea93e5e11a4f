import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { signPayload } from 'mindhook';
import { type NodeListenerOptions, nodeListener } from 'mindhook/node';
import { createReceiver, type Receiver, type ReceiverEvent, type ReceiverOptions } from 'mindhook/receiver';
import { type InboxInMemory, inboxInMemory } from '../receiver/inbox-in-memory.js';

const secret = 'a secret of the tests';
const body = Buffer.from('{"inference_id":"64abcf17-cbee-4807-802a-485aff3ac52e"}');
const signature = signPayload(body, secret);
const headers = { 'content-type': 'application/json', 'x-signature': signature };

interface Setup {
	readonly server: Server;
	readonly receiver: Receiver;
	readonly port: number;
	readonly inbox: InboxInMemory;
	readonly errors: unknown[];
}

interface SetupOptions {
	readonly receiver?: Partial<ReceiverOptions>;
	readonly listener?: NodeListenerOptions;
	readonly server?: ServerOptions;
	/** Runs before the listener, as a framework's middleware does; what it gives is waited for. */
	readonly before?: (request: IncomingMessage) => Promise<void> | void;
}

async function listening(options: SetupOptions, use: (setup: Setup) => Promise<void>): Promise<void> {
	const inbox = inboxInMemory();
	const errors: unknown[] = [];
	const receiver = createReceiver({
		secret,
		inbox,
		onPayload: () => {},
		onError: (error, { stage }) => stage !== 'parse' && errors.push(error),
		...options.receiver,
	});
	const listener = nodeListener(receiver, options.listener);
	const server = createServer(options.server ?? {}, (request, response) => {
		const waits = options.before?.(request);
		if (waits === undefined) listener(request, response);
		else void waits.then(() => listener(request, response));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	try {
		await use({ server, receiver, port: (server.address() as AddressInfo).port, inbox, errors });
		await receiver.idle();
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

interface Answer {
	readonly status: number;
	readonly headers: IncomingMessage['headers'];
	readonly text: string;
}

/** Waits until a connection is closed, but not for ever. */
async function closeOf(socket: Socket): Promise<void> {
	if (!socket.closed) await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
}

/** Sends bytes as they are, and reads until the server closes or `enough` is there. */
async function raw(
	port: number,
	parts: readonly (string | Buffer | number)[],
	enough = /\r\n\r\n\{.*\}$/s,
): Promise<string> {
	const socket = connect(port, '127.0.0.1');
	let text = '';
	socket.setEncoding('latin1').on('data', (chunk) => {
		text += chunk;
		if (enough.test(text)) socket.destroy();
	});
	socket.on('error', () => {});
	const closed = closeOf(socket);
	for (const part of parts) {
		if (typeof part === 'number') await new Promise((resolve) => setTimeout(resolve, part));
		else if (!socket.destroyed) socket.write(part);
	}
	await closed;
	return text;
}

function send(port: number, method: string, sent: Record<string, string | string[]>, bytes?: Buffer): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const request = httpRequest({ port, host: '127.0.0.1', method, headers: sent, agent: false }, async (response) => {
			let text = '';
			for await (const chunk of response.setEncoding('utf8')) text += chunk;
			resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
		});
		request.on('error', reject);
		request.end(bytes);
	});
}

const head = (...lines: string[]): string =>
	[
		'POST /webhook HTTP/1.1',
		'Host: localhost',
		'Content-Type: application/json',
		`X-Signature: ${signature}`,
		...lines,
		'',
		'',
	].join('\r\n');

test('a delivery is saved with its bytes and its sender, and the connection stays open', async () => {
	await listening({}, async ({ port, inbox }) => {
		const answer = await send(port, 'POST', { ...headers, connection: 'keep-alive' }, body);
		assert.deepEqual(
			[answer.status, answer.text, answer.headers.connection],
			[200, '{"outcome":"saved"}', 'keep-alive'],
		);
		assert.deepEqual(Buffer.from(inbox.entries[0]?.body ?? []), body);
		assert.equal(inbox.entries[0]?.remoteAddress, '127.0.0.1');
		assert.equal((await send(port, 'POST', headers, body)).text, '{"outcome":"duplicate"}');
	});
});

test('the sender behind a proxy is whom the option says', async () => {
	const remoteAddress = (request: IncomingMessage): string => String(request.headers['x-forwarded-for']);
	await listening({ listener: { remoteAddress } }, async ({ port, inbox }) => {
		await send(port, 'POST', { ...headers, 'x-forwarded-for': '192.0.2.9' }, body);
		assert.equal(inbox.entries[0]?.remoteAddress, '192.0.2.9');
	});
});

test('an option that throws costs neither the delivery nor the process', async () => {
	const remoteAddress = (): string => {
		throw new Error('no such header');
	};
	await listening({ listener: { remoteAddress } }, async ({ port, inbox }) => {
		assert.equal((await send(port, 'POST', headers, body)).status, 200);
		assert.equal(inbox.entries[0]?.remoteAddress, null);
	});
});

test('GET, HEAD and PUT are answered 405 with Allow, and the connection stays usable', async () => {
	await listening({}, async ({ port }) => {
		for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS']) {
			const answer = await send(port, method, headers, method === 'PUT' ? body : undefined);
			assert.deepEqual([answer.status, answer.headers.allow], [405, 'POST'], method);
			assert.equal(answer.text === '', method === 'HEAD');
		}
		const both = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2);
		assert.match(await raw(port, [both], /405.*405/s), /405.*405/s);
	});
});

test('forged, missing and repeated signatures are answered 401', async () => {
	await listening({}, async ({ port, inbox }) => {
		const forged = signPayload(body, 'another secret');
		for (const [value, outcome] of [
			[forged, 'signature_mismatch'],
			['', 'signature_missing'],
			[[signature, forged], 'signature_repeated'],
			[[signature, signature], 'signature_repeated'],
			[`${signature}, ${signature}`, 'signature_repeated'],
		] as const) {
			const answer = await send(port, 'POST', { ...headers, 'x-signature': value as string | string[] }, body);
			assert.equal(answer.status, 401);
			assert.equal(answer.headers['content-type'], 'application/problem+json');
			assert.equal(JSON.parse(answer.text).outcome, outcome);
			assert.ok(!answer.text.includes(signature));
		}
		assert.equal(inbox.entries.length, 0);
	});
});

test('another content type, two of them, or an encoded body are answered 415', async () => {
	await listening({}, async ({ port }) => {
		for (const changes of [
			{ 'content-type': 'text/plain' },
			{ 'content-type': ['application/json', 'text/plain'] },
			{ 'content-encoding': 'gzip' },
		] as Record<string, string | string[]>[]) {
			assert.equal((await send(port, 'POST', { ...headers, ...changes }, body)).status, 415);
		}
	});
});

test('too large by its Content-Length: answered 413 before the body is sent', async () => {
	await listening({ receiver: { limits: { bytes: 1000 } } }, async ({ port }) => {
		const text = await raw(port, [head('Content-Length: 1001')]);
		assert.match(text, /^HTTP\/1\.1 413 .*connection: close.*"outcome":"body_too_large"/is);
	});
});

test('too large while it streams: answered 413, and the sender can read it although it goes on sending', async () => {
	await listening({ receiver: { limits: { bytes: 100_000 } } }, async ({ port, inbox }) => {
		const chunk = `${(50_000).toString(16)}\r\n${'x'.repeat(50_000)}\r\n`;
		const parts = Array.from({ length: 200 }, () => chunk);
		const text = await raw(port, [head('Transfer-Encoding: chunked'), ...parts]);
		assert.match(text, /^HTTP\/1\.1 413 .*connection: close.*"outcome":"body_too_large"/is);
		// An ordinary client that writes everything before it reads.
		const answer = await send(port, 'POST', { ...headers, 'transfer-encoding': 'chunked' }, Buffer.alloc(5_000_000));
		assert.equal(answer.status, 413);
		assert.equal(inbox.entries.length, 0);
	});
});

test('a sender that reads its answer only after it has sent its body finds it there', async () => {
	await listening({ receiver: { limits: { bytes: 1000 } } }, async ({ port }) => {
		// Nothing is read from the socket before its end: a reset in between would take the answer away.
		const socket = connect(port, '127.0.0.1').pause();
		socket.on('error', () => {});
		socket.write(head('Content-Length: 200000'));
		for (let sent = 0; sent < 200_000; sent += 20_000) {
			await new Promise((resolve) => setTimeout(resolve, 10));
			socket.write(Buffer.alloc(20_000, 'x'));
		}
		await new Promise((resolve) => setTimeout(resolve, 50));
		let text = '';
		socket.setEncoding('latin1').on('data', (chunk) => {
			text += chunk;
		});
		socket.resume();
		await closeOf(socket);
		assert.match(text, /^HTTP\/1\.1 413 .*"outcome":"body_too_large"/s);
	});
});

test('a sender that never stops is let go a moment after its 413', async () => {
	await listening({ receiver: { limits: { bytes: 1000 } } }, async ({ port }) => {
		const socket = connect(port, '127.0.0.1');
		socket.on('error', () => {}).resume();
		socket.write(head('Transfer-Encoding: chunked'));
		const sending = setInterval(() => socket.write('400\r\n'.concat('x'.repeat(1024), '\r\n')), 5);
		try {
			await closeOf(socket);
		} finally {
			clearInterval(sending);
			socket.destroy();
		}
	});
});

test('a slow body is answered 408, whether it drips or stands still', async () => {
	await listening({ receiver: { limits: { bodyMilliseconds: 150 } } }, async ({ port, inbox }) => {
		const start = head(`Content-Length: ${body.length}`);
		const dripping = [...body.subarray(0, 30)].flatMap((byte) => [Buffer.of(byte), 10]);
		for (const parts of [[start], [start, body.subarray(0, 20)], [start, ...dripping]]) {
			const text = await raw(port, parts);
			assert.match(text, /^HTTP\/1\.1 408 .*"outcome":"body_too_slow"/s);
		}
		assert.equal(inbox.entries.length, 0);
	});
});

test('slow headers are answered 408 by the server itself', async () => {
	const server = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };
	await listening({ server }, async ({ port }) => {
		assert.match(await raw(port, ['POST / HTTP/1.1\r\nHost: local'], /408/), /^HTTP\/1\.1 408 /);
	});
});

test('an upload that breaks off leaves no trace', async () => {
	const outcomes: string[] = [];
	const event = (told: ReceiverEvent): void => {
		if (told.type === 'request') outcomes.push(told.outcome);
	};
	await listening({ receiver: { observers: [{ event }] } }, async ({ server, receiver, port, inbox, errors }) => {
		for (const start of [head(`Content-Length: ${body.length}`), head('Transfer-Encoding: chunked')]) {
			const socket = connect(port, '127.0.0.1');
			socket.on('error', () => {});
			socket.write(start);
			socket.write(start.includes('chunked') ? `14\r\n${body.subarray(0, 20)}\r\n` : body.subarray(0, 20));
			await new Promise((resolve) => setTimeout(resolve, 50));
			socket.destroy();
			await new Promise((resolve) => setTimeout(resolve, 20));
			await receiver.idle();
		}
		// And not that it came too slowly, for which the receiver would have waited.
		assert.deepEqual(outcomes, ['body_incomplete', 'body_incomplete']);
		assert.equal(inbox.entries.length, 0);
		assert.deepEqual(errors, []);
		assert.equal(await new Promise((resolve) => server.getConnections((_, count) => resolve(count))), 0);
	});
});

test('a Content-Length that lies never gets anything saved but what was signed', async () => {
	await listening({ receiver: { limits: { bodyMilliseconds: 100 } } }, async ({ port, inbox }) => {
		// Too small: the signature is not that of the first bytes, and the rest is no request; whichever is noticed first.
		const short = await raw(port, [head('Content-Length: 10'), body]);
		assert.match(short, /^HTTP\/1\.1 40[01] /);
		// Too large: the rest never comes.
		const long = await raw(port, [head(`Content-Length: ${body.length + 10}`), body]);
		assert.match(long, /^HTTP\/1\.1 408 /);
		// Two that differ, one beside Transfer-Encoding, one that is no number: the server's parser refuses them.
		for (const lines of [
			[`Content-Length: ${body.length}`, 'Content-Length: 3'],
			[`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked'],
			['Content-Length: 0x10'],
		]) {
			assert.match(await raw(port, [head(...lines), body], /\r\n\r\n/), /^HTTP\/1\.1 400 /);
		}
		assert.equal(inbox.entries.length, 0);
	});
});

test('a body in many chunks, split within its characters, arrives as it was sent', async () => {
	await listening({}, async ({ port, inbox }) => {
		const text = Buffer.from(JSON.stringify({ text: 'Größe 42 €, 👍'.repeat(50) }));
		const signed = head('Transfer-Encoding: chunked').replace(signature, signPayload(text, secret));
		const chunks = [...text].map((byte) => Buffer.concat([Buffer.from('1\r\n'), Buffer.of(byte), Buffer.from('\r\n')]));
		const answer = await raw(port, [signed, ...chunks.slice(0, 100), 20, ...chunks.slice(100), '0\r\n\r\n']);
		assert.match(answer, /^HTTP\/1\.1 200 /);
		assert.deepEqual(Buffer.from(inbox.entries[0]?.body ?? []), text);
	});
});

test('a large body waits without loss while the receiver reads', async () => {
	await listening({}, async ({ port, inbox }) => {
		const large = Buffer.alloc(20 * 1024 * 1024, 'mindhook');
		const answer = await send(port, 'POST', { ...headers, 'x-signature': signPayload(large, secret) }, large);
		assert.equal(answer.status, 200);
		assert.ok(Buffer.from(inbox.entries[0]?.body ?? []).equals(large));
	});
});

/** Whoever else is given chunks of a request, and keeps them. */
const keepers: readonly [what: string, keep: (request: IncomingMessage, given: (chunk: Uint8Array) => void) => void][] =
	[
		['listens too', (request, given) => request.on('data', given)],
		['listens for the first chunk', (request, given) => request.once('data', given)],
		[
			'listens for one chunk later on, before all others',
			(request, given) => request.once('resume', () => request.prependOnceListener('data', given)),
		],
		[
			'iterates too',
			async (request, given) => {
				for await (const chunk of request) given(chunk);
			},
		],
		[
			'pipes it to where it waits',
			(request, given) => {
				request.pipe(new Writable({ highWaterMark: 1 << 20, write: (chunk) => given(chunk) }), { end: false });
			},
		],
		[
			'has put a method in place of `push`',
			(request, given) => {
				const { push } = request;
				request.push = (chunk, ...more) => {
					if (chunk !== null) given(chunk);
					return push.call(request, chunk, ...more);
				};
			},
		],
		[
			'listens through whoever listens',
			(request, given) => {
				const { on } = request;
				request.on = (event: string, listener: (...values: never[]) => void) =>
					on.call(request, event, (...values) => {
						if (event === 'data') given(values[0] as Uint8Array);
						listener(...(values as never[]));
					});
			},
		],
	];

for (const [what, keep] of [['is nobody', null] as const, ...keepers]) {
	test(`the chunks of a body that was copied are freed, unless somebody else may have them: who ${what}`, async (t) => {
		const { transfer } = ArrayBuffer.prototype as { transfer?: (length: number) => ArrayBuffer };
		let freed = 0;
		if (transfer !== undefined) {
			t.mock.method(
				ArrayBuffer.prototype,
				'transfer' as never,
				function (this: ArrayBuffer, length: number) {
					freed += this.byteLength;
					return transfer.call(this, length);
				} as never,
			);
		}
		const kept: Uint8Array[] = [];
		let given = 0;
		const before = (request: IncomingMessage): void => {
			keep?.(request, (chunk) => {
				kept.push(chunk);
				given += chunk.byteLength;
			});
		};
		await listening({ before }, async ({ port, inbox }) => {
			for (const large of [Buffer.alloc(300_001, 'mindhook'), Buffer.alloc(20, 'one chunk')]) {
				kept.length = 0;
				given = 0;
				freed = 0;
				const answer = await send(port, 'POST', { ...headers, 'x-signature': signPayload(large, secret) }, large);
				assert.equal(answer.status, 200);
				assert.ok(Buffer.from(inbox.entries.at(-1)?.body ?? []).equals(large));
				const isFreed = keep === null && transfer !== undefined && large.byteLength > 20;
				assert.equal(freed, isFreed ? large.byteLength : 0);
				assert.equal(Buffer.concat(kept).byteLength, given);
				assert.equal(given > 0, keep !== null);
			}
		});
	});
}

test('the chunks of a body of HTTP/2 are not freed: whoever listens to its stream has them too', async () => {
	const inbox = inboxInMemory();
	const receiver = createReceiver({ secret, inbox, onPayload: () => {} });
	const server = createHttp2Server(nodeListener(receiver));
	const kept: Buffer[] = [];
	server.on('stream', (stream) => stream.on('data', (chunk) => kept.push(chunk as Buffer)));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	try {
		const large = Buffer.alloc(600_001, 'mindhook');
		const stream = session.request({ ':method': 'POST', ...headers, 'x-signature': signPayload(large, secret) });
		stream.end(large);
		const [answer] = await once(stream, 'response');
		assert.equal(answer[':status'], 200);
		assert.ok(Buffer.from(inbox.entries[0]?.body ?? []).equals(large));
		assert.ok(
			kept.some(({ buffer, byteLength }) => buffer.byteLength === byteLength),
			'none has its memory to itself',
		);
		assert.ok(Buffer.concat(kept).equals(large));
		stream.resume();
		await receiver.idle();
	} finally {
		session.close();
		server.close();
	}
});

test('Expect: 100-continue is answered, then the delivery is saved', async () => {
	await listening({}, async ({ port }) => {
		const text = await raw(port, [head('Expect: 100-continue', `Content-Length: ${body.length}`), 30, body]);
		assert.match(text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
	});
});

test('the middleware of a framework: bytes are taken, a parsed body is refused', async () => {
	const reading = async (request: IncomingMessage & { body?: unknown }, keep: boolean): Promise<void> => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const bytes = Buffer.concat(chunks);
		request.body = keep ? bytes : JSON.parse(bytes.toString());
	};
	await listening({ before: (request) => reading(request, true) }, async ({ port, errors }) => {
		assert.equal((await send(port, 'POST', headers, body)).status, 200);
		assert.deepEqual(errors, []);
	});
	await listening({ before: (request) => reading(request, false) }, async ({ port, inbox, errors }) => {
		assert.equal((await send(port, 'POST', headers, body)).status, 503);
		assert.match(String(errors[0]), /before app\.use\(express\.json\(\)\)/);
		assert.equal(inbox.entries.length, 0);
	});
	// Read to its end, and nothing kept.
	const drained = async (request: IncomingMessage): Promise<void> => {
		await once(request.resume(), 'end');
	};
	await listening({ before: drained }, async ({ port }) => {
		assert.equal((await send(port, 'POST', headers, body)).status, 503);
		assert.equal((await send(port, 'POST', { ...headers, 'content-length': '0' })).status, 503);
	});
	// A middleware that waited before it let the request through.
	const waiting = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
	await listening({ before: waiting }, async ({ port }) => {
		assert.equal((await send(port, 'POST', headers, body)).status, 200);
	});
});

test('a HEAD is answered where Node is told to refuse bodies of such answers', async () => {
	await listening({ server: { rejectNonStandardBodyWrites: true } }, async ({ port }) => {
		const { status, headers: answered, text } = await send(port, 'HEAD', {});
		assert.deepEqual([status, text], [405, '']);
		assert.ok(Number(answered['content-length']) > 0);
		const begun = await raw(port, ['HEAD / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n'], /\r\n\r\n/);
		assert.match(begun, /^HTTP\/1\.1 405 .*\r\n\r\n$/s);
	});
});

test('an answer that cannot be sent ends its connection and nothing else', async () => {
	const inbox = inboxInMemory();
	const receiver = createReceiver({ secret, inbox, onPayload: null });
	const listener = nodeListener(receiver);
	const server = createServer((request, response) => {
		// As a middleware does that changes headers when they are written.
		response.writeHead = () => {
			throw new Error('no header can be written');
		};
		listener(request, response);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	try {
		await assert.rejects(send(port, 'POST', headers, body), { code: 'ECONNRESET' });
		assert.equal(inbox.entries.length, 1);
	} finally {
		server.closeAllConnections();
		server.close();
	}
});
