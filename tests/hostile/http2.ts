/** What can be done with HTTP/2 alone. */
import assert from 'node:assert/strict';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { signPayload } from 'mindhook';
import type { Answer, Line } from './line.js';
import { type HostileRequest, handled, limits, nothing, payload, saved, secrets } from './making.js';

type Rest = Partial<Omit<HostileRequest, 'name' | 'send' | 'answers'>>;

/** Through Node's own client: the answers are those of the streams that the script opens, in order. */
const through = (
	name: string,
	run: (ask: (headers: OutgoingHttpHeaders) => ClientHttp2Stream, body: Buffer) => Promise<void>,
	answers: HostileRequest['answers'],
	rest: Rest = {},
): HostileRequest => ({
	name: `HTTP/2: ${name}`,
	async send(_, port) {
		const session = connected(port);
		const answered: Promise<Answer | null>[] = [];
		const body = payload(name);
		const usual = {
			':method': 'POST',
			':path': '/invoices',
			'content-type': 'application/json',
			'x-signature': signPayload(body, secrets.invoices),
		};
		try {
			await run((headers) => {
				const stream = session.request({ ...usual, ...headers });
				answered.push(answerOf(stream));
				return stream;
			}, body);
			return (await Promise.all(answered)).filter((answer) => answer !== null);
		} finally {
			session.destroy();
		}
	},
	answers,
	house: 'secure',
	protocol: 'h2',
	...rest,
});

function connected(port: number): ClientHttp2Session {
	const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
	return session.on('error', () => {});
}

/** `null` where the stream is ended without one. */
async function answerOf(stream: ClientHttp2Stream): Promise<Answer | null> {
	let status: number | undefined;
	let headers = {};
	let body = '';
	stream.on('response', ({ ':status': code, ...others }) => {
		status = code;
		headers = others;
	});
	stream.on('error', () => {});
	stream.setEncoding('utf8').on('data', (text) => {
		body += text;
	});
	await new Promise((resolve) => stream.once('close', resolve));
	return status === undefined ? null : { status, headers, body };
}

/** A frame. */
function frame(type: number, flags: number, stream: number, content: Uint8Array = new Uint8Array(0)): Buffer {
	const head = Buffer.alloc(9);
	head.writeUIntBE(content.byteLength, 0, 3);
	head.writeUInt8(type, 3);
	head.writeUInt8(flags, 4);
	head.writeUInt32BE(stream, 5);
	return Buffer.concat([head, content]);
}

const types = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, continuation: 9 } as const;
const endStream = 1;
const endHeaders = 4;
const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(types.settings, 0, 0)]);

/** A header as HPACK has it when nothing is known of it. */
const literal = ([name, value]: readonly [string, string]): Buffer => {
	const length = (text: string): number[] =>
		text.length < 127 ? [text.length] : [127, ((text.length - 127) & 127) | 128, (text.length - 127) >> 7];
	const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
	return Buffer.concat([Buffer.from([0, ...length(name)]), bytes(name), Buffer.from(length(value)), bytes(value)]);
};

/** The headers of a good request, and what `more` changes about them. */
function headersOf(body: Uint8Array, more: readonly (readonly [string, string])[] = []): Buffer {
	const usual: [string, string][] = [
		[':method', 'POST'],
		[':scheme', 'https'],
		[':authority', 'localhost'],
		[':path', '/invoices'],
		['content-type', 'application/json'],
		['x-signature', signPayload(body, secrets.invoices)],
	];
	return Buffer.concat([...usual, ...more].map(literal));
}

/** The types of the frames that came. */
function typesIn(line: Line): number[] {
	const bytes = Buffer.from(line.received, 'latin1');
	const all: number[] = [];
	for (let at = 0; at + 9 <= bytes.byteLength; at += 9 + bytes.readUIntBE(at, 3)) all.push(bytes.readUInt8(at + 3));
	return all;
}

/** Byte for byte; the server sends no answer. */
const raw = (name: string, run: (line: Line, body: Buffer) => Promise<void>, rest: Rest = {}): HostileRequest => ({
	name: `HTTP/2: ${name}`,
	send: (open) => run(open(), payload(name)).then(nothing),
	answers: [],
	house: 'secure',
	protocol: 'h2',
	...rest,
});

/** The server says something within this, however busy the machine is. */
const patienceMs = 30_000;

async function until(holds: () => boolean): Promise<void> {
	for (const end = performance.now() + patienceMs; !holds(); await sleep(5)) {
		assert.ok(performance.now() < end, 'the server says nothing');
	}
}

/** A request with headers that no request of HTTP/2 may have: its stream is reset, or the connection ended. */
const refusedHeaders = (name: string, more: readonly (readonly [string, string])[]): HostileRequest =>
	raw(name, async (line, body) => {
		const head = frame(types.headers, endHeaders, 1, headersOf(body, more));
		await line.write(Buffer.concat([preface, head, frame(types.data, endStream, 1, body)]));
		await until(() => {
			const came = typesIn(line);
			assert.ok(!came.includes(types.headers), 'it was answered');
			return line.isClosed || came.includes(types.reset) || came.includes(types.goaway);
		});
	});

/** A good request with a header that cannot be one: that is left out, and does not become two. */
const droppedHeader = (name: string, header: readonly [string, string]): HostileRequest =>
	raw(
		name,
		async (line, body) => {
			const head = frame(types.headers, endHeaders, 1, headersOf(body, [header]));
			await line.write(Buffer.concat([preface, head, frame(types.data, endStream, 1, body)]));
			await until(() => line.isClosed || typesIn(line).includes(types.headers));
		},
		{ outcomes: ['saved'], ...handled },
	);

/** A good request on a connection of its own, while somebody is at it. */
async function goodBeside(port: number, label: string): Promise<readonly Answer[]> {
	const session = connected(port);
	const body = payload(label);
	const stream = session.request({
		':method': 'POST',
		':path': '/invoices',
		'content-type': 'application/json',
		'x-signature': signPayload(body, secrets.invoices),
	});
	stream.end(body);
	const answer = await answerOf(stream);
	session.destroy();
	return answer === null ? [] : [answer];
}

/** Frames of no use, many of them: the server may end that connection, and takes good requests on others. */
const flood = (name: string, frames: (body: Buffer) => Iterable<Buffer>): HostileRequest => ({
	name: `HTTP/2: ${name}`,
	async send(open, port) {
		const line = open();
		await line.write(preface);
		for (const piece of frames(payload(`${name}, a refused one`))) await line.write(piece);
		return goodBeside(port, name);
	},
	answers: saved,
	house: 'secure',
	protocol: 'h2',
	memory: 96,
	...handled,
});

export const http2: HostileRequest[] = [
	through('a good request', async (ask, body) => void ask({}).end(body), saved, handled),
	through('a wrong signature', async (ask, body) => void ask({ 'x-signature': '0'.repeat(64) }).end(body), [
		'401 signature_mismatch',
	]),
	through('no signature', async (ask, body) => void ask({ 'x-signature': '' }).end(body), ['401 signature_missing']),
	through(
		'the right signature twice',
		async (ask, body) => {
			const signature = signPayload(body, secrets.invoices);
			ask({ 'x-signature': [signature, signature] }).end(body);
		},
		['401 signature_repeated'],
	),
	through('gzip', async (ask, body) => void ask({ 'content-encoding': 'gzip' }).end(body), [
		'415 encoding_unsupported',
	]),
	through(
		'1 GB by its Content-Length: refused before a byte of it',
		async (ask) => void ask({ 'content-length': 1_073_741_824 }).write('x'),
		['413 body_too_large'],
	),
	through('one byte more than the limit', async (ask) => void ask({}).end(Buffer.alloc(limits.bytes + 1, ' ')), [
		'413 body_too_large',
	]),
	through('a Content-Length that is too low', async (ask, body) => void ask({ 'content-length': 5 }).end(body), []),
	through(
		'a Content-Length that is too high',
		async (ask, body) => void ask({ 'content-length': body.byteLength + 1 }).end(body),
		[],
	),
	through('a head, and silence', async (ask) => void ask({}), ['408 body_too_slow']),
	through(
		// Node's client ends the body with its half before it resets: it is not the one that was signed.
		'half a body, its end, and a reset',
		async (ask, body) => {
			const stream = ask({});
			stream.write(body.subarray(0, 40));
			await sleep(20);
			stream.close(8);
		},
		[],
		{ outcomes: ['signature_mismatch'] },
	),
	raw(
		'half a body, and a reset',
		async (line, body) => {
			const head = frame(types.headers, endHeaders, 1, headersOf(body));
			await line.write(Buffer.concat([preface, head, frame(types.data, 0, 1, body.subarray(0, 40))]));
			await line.write(frame(types.reset, 0, 1, Buffer.from([0, 0, 0, 8])));
		},
		{ outcomes: ['body_incomplete'] },
	),
	through(
		'a hundred half bodies on one connection',
		async (ask, body) => {
			for (let n = 0; n < 100; n++) ask({}).write(body.subarray(0, 40));
		},
		Array(100).fill('408 body_too_slow'),
	),
	refusedHeaders('Transfer-Encoding', [['transfer-encoding', 'chunked']]),
	refusedHeaders('Connection', [['connection', 'close']]),
	droppedHeader('a line break in a value', ['x-a', 'b\r\nx-signature: c']),
	droppedHeader('a line break in a name', ['x-signature: c\r\nx-b', 'c']),
	refusedHeaders('a name in capitals', [['X-A', 'b']]),
	droppedHeader('a NUL in a value', ['x-signature', '\0']),
	refusedHeaders('a second :method', [[':method', 'GET']]),
	refusedHeaders('a second :path', [[':path', '/receipts']]),
	refusedHeaders('an unknown pseudo-header', [[':x', 'y']]),
	raw('a connection on which nothing is said', async (line) => line.closed()),
	raw('a connection on which only its beginning is said', async (line) => {
		await line.write(preface);
		await line.closed();
	}),
	raw('no HTTP/2 at all', async (line) => {
		await line.write('POST /invoices HTTP/1.1\r\nHost: localhost\r\n\r\n');
		await line.closed();
	}),
	raw('headers without an end, which drip', async (line, body) => {
		await line.write(Buffer.concat([preface, frame(types.headers, 0, 1, headersOf(body))]));
		await line.drip(Array(200).fill(frame(types.continuation, 0, 1)), 20);
		await line.closed();
	}),
	raw('headers without an end: 4 MB of them', async (line, body) => {
		await line.write(Buffer.concat([preface, frame(types.headers, 0, 1, headersOf(body))]));
		const more = frame(types.continuation, 0, 1, Buffer.concat(Array(100).fill(literal(['x-a', 'b'.repeat(150)]))));
		await line.flood(more, 4_000_000);
		await line.closed();
	}),
	flood('20,000 pings', () =>
		Array(20).fill(Buffer.concat(Array(1_000).fill(frame(types.ping, 0, 0, Buffer.alloc(8))))),
	),
	flood('20,000 settings', () => Array(20).fill(Buffer.concat(Array(1_000).fill(frame(types.settings, 0, 0))))),
	flood('5,000 requests that are reset at once', function* (body) {
		const cancel = Buffer.from([0, 0, 0, 8]);
		for (let n = 0; n < 5_000; n++) {
			const stream = 2 * n + 1;
			yield Buffer.concat([
				frame(types.headers, endHeaders, stream, headersOf(body)),
				frame(types.reset, 0, stream, cancel),
			]);
		}
	}),
];
