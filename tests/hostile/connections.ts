/** Senders that are slow, stop, flood, or come in crowds. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Line } from './line.js';
import {
	chunked,
	type HostileRequest,
	handled,
	inChunks,
	limits,
	type Parts,
	payload,
	post,
	saved,
	script,
} from './making.js';

const start = (body: Uint8Array, parts: Parts = {}): Buffer => post(body, { ...parts, tail: '' });
const GB = 1_073_741_824;
/** What a flood is made of. */
const piece = Buffer.alloc(262_144, 'x');
const chunkPiece = Buffer.concat([Buffer.from('40000\r\n'), piece, Buffer.from('\r\n')]);
const tooLarge = ['413 body_too_large'];
/** What is dropped is garbage until V8 collects it; it must not be the flood. */
const flooded = { memory: 128 };
const tooSlow = ['408 body_too_slow'];

/** Longer than the receiver leaves a body alone that does not get on. */
const impatientMs = 400;
const goodOnes = 40;

/** Good requests, one after the other, each on a connection of its own, while others hold all the room. */
async function goodRequests(open: () => Line, label: string): Promise<void> {
	for (let n = 0; n < goodOnes; n++) {
		const line = open();
		await line.write(post(payload(`${label} ${n}`)));
		await line.answers(1);
		line.hangUp();
	}
}

/** Every good one is saved; of the others none is. */
function allGoodSaved(answers: readonly string[]): void {
	const count = (answer: string): number => answers.filter((one) => one === answer).length;
	assert.equal(count('200 saved'), goodOnes, answers.join());
	assert.equal(count('200 saved') + count('503 overloaded') + count('408 body_too_slow'), answers.length);
}

/** What a thousand were answered. A busy machine comes to some too late: Node itself says 408 then, or lets go of the connection. */
function crowd(answers: readonly string[]): { busy: number; slow: number } {
	const count = (answer: string): number => answers.filter((one) => one === answer).length;
	const [busy, slow] = [count('503 overloaded'), count('408 body_too_slow')];
	assert.equal(busy + slow + count('408'), answers.length);
	return { busy, slow };
}

/** Those who stand still or drip. */
export const slow: HostileRequest[] = [
	script(
		'a head, and silence',
		async (line, body) => {
			await line.write(start(body));
			await line.answers(1);
		},
		tooSlow,
	),
	script(
		'half a body, and silence',
		async (line, body) => {
			await line.write(start(body));
			await line.write(body.subarray(0, 40));
			await line.answers(1);
		},
		tooSlow,
	),
	script(
		'a body that drips, byte by byte',
		async (line, body) => {
			await line.write(start(body));
			await line.drip(
				Array.from(body.subarray(0, 100), (byte) => Uint8Array.of(byte)),
				8,
			);
			await line.answers(1);
		},
		tooSlow,
	),
	script(
		'a body whose last byte never comes',
		async (line, body) => {
			await line.write(start(body));
			await line.write(body.subarray(0, -1));
			await line.answers(1);
		},
		tooSlow,
	),
	script(
		'chunks that drip',
		async (line, body) => {
			await line.write(start(body, { length: null, lines: inChunks }));
			await line.drip(
				Array.from(body.subarray(0, 100), (byte) => `1\r\n${String.fromCharCode(byte)}\r\n`),
				8,
			);
			await line.answers(1);
		},
		tooSlow,
	),
	script(
		'a chunk extension that drips',
		async (line, body) => {
			await line.write(start(body, { length: null, lines: inChunks }));
			await line.write('5;');
			await line.drip(Array(100).fill('x'), 8);
			await line.answers(1);
		},
		tooSlow,
	),
	script(
		'trailers that drip',
		async (line, body) => {
			await line.write(start(body, { length: null, lines: inChunks }));
			await line.write(`${body.byteLength.toString(16)}\r\n${body}\r\n0\r\n`);
			await line.drip(Array(100).fill('X-A: b\r\n'), 8);
			await line.answers(1);
		},
		tooSlow,
	),
	script(
		'a request line that drips',
		async (line) => {
			await line.drip(`POST /${'x'.repeat(100)}`, 12);
			await line.answers(1);
		},
		['408'],
	),
	script(
		'headers that drip, one every few milliseconds',
		async (line) => {
			await line.write('POST /invoices HTTP/1.1\r\nHost: a\r\n');
			await line.drip(
				Array.from({ length: 100 }, (_, n) => `X-${n}: b\r\n`),
				12,
			);
			await line.answers(1);
		},
		['408'],
	),
	script(
		'a connection on which nothing is ever sent',
		async (line) => {
			await line.closed();
		},
		[['408'], []],
		{ outcomes: [] },
	),
];

export const connections: HostileRequest[] = [
	script(
		'half a body, and the sender closes',
		async (line, body) => {
			await line.write(start(body));
			await line.write(body.subarray(0, 40));
			await sleep(20);
			line.socket.end();
			await line.closed();
		},
		[[], ['400'], ['408 body_incomplete']],
		{ outcomes: ['body_incomplete'] },
	),
	script(
		'half a body, and a reset',
		async (line, body) => {
			await line.write(start(body));
			await line.write(body.subarray(0, 40));
			await sleep(20);
			line.reset();
		},
		[],
		{ outcomes: ['body_incomplete'] },
	),
	script(
		'half a chunk, and a reset',
		async (line, body) => {
			await line.write(start(body, { length: null, lines: inChunks }));
			await line.write(`ffff\r\n${body}`);
			await sleep(20);
			line.reset();
		},
		[],
		{ outcomes: ['body_incomplete'] },
	),
	script(
		'a whole body, and a reset before the answer',
		async (line, body) => {
			await line.write(post(body));
			line.reset();
			await sleep(50);
		},
		[[], saved],
		{ outcomes: ['saved'], ...handled },
	),
	script(
		'1 GB by its Content-Length: refused before a byte of it',
		async (line, body) => {
			await line.write(start(body, { length: GB }));
			await line.answers(1);
		},
		tooLarge,
	),
	script(
		'1 GB by its Content-Length, sent without a look at the answer',
		async (line, body) => {
			line.socket.pause();
			await line.write(start(body, { length: GB }));
			await Promise.race([line.flood(piece, GB), sleep(2_500)]);
			line.socket.resume();
			await line.closed();
		},
		[tooLarge, []],
		{ outcomes: ['body_too_large'], ...flooded },
	),
	script(
		'1 GB in chunks',
		async (line, body) => {
			await line.write(start(body, { length: null, lines: inChunks }));
			await line.flood(chunkPiece, GB);
			await line.closed();
		},
		tooLarge,
		flooded,
	),
	script(
		'1 GB in chunks, sent without a look at the answer',
		async (line, body) => {
			line.socket.pause();
			await line.write(start(body, { length: null, lines: inChunks }));
			await Promise.race([line.flood(chunkPiece, GB), sleep(2_500)]);
			line.socket.resume();
			await line.closed();
		},
		[tooLarge, []],
		{ outcomes: ['body_too_large'], ...flooded },
	),
	script(
		'1 GB in one chunk',
		async (line, body) => {
			await line.write(start(body, { length: null, lines: inChunks }));
			await line.write('40000000\r\n');
			await line.flood(piece, GB);
			await line.closed();
		},
		tooLarge,
		flooded,
	),
	script(
		'one byte more than the limit',
		async (line) => {
			const large = Buffer.alloc(limits.bytes + 1, ' ');
			await line.write(post(large, { length: null, lines: inChunks, tail: chunked(large, 65_536) }));
			await line.answers(1);
		},
		tooLarge,
	),
	script(
		'1 MiB in chunks of one byte: they take little more than their bytes',
		async (line, body) => {
			const large = Buffer.concat([body, Buffer.alloc(2 ** 20 - body.byteLength, ' ')]);
			const tail = Buffer.from(
				large
					.toString('latin1')
					.replace(/[\s\S]/g, '1\r\n$&\r\n')
					.concat('0\r\n\r\n'),
				'latin1',
			);
			await line.write(post(large, { length: null, lines: inChunks, tail }));
			await line.answers(1);
		},
		saved,
		{ ...handled, house: 'defaults', memory: 128 },
	),
	script(
		'Expect: 100-continue, and a good body',
		async (line, body) => {
			await line.write(start(body, { lines: ['Expect: 100-continue'] }));
			await line.answers(1);
			await line.write(body);
			await line.answers(2);
		},
		['100', '200 saved'],
		handled,
	),
	script(
		'Expect: 100-continue, and 1 GB: refused before the body is sent',
		async (line, body) => {
			await line.write(start(body, { length: GB, lines: ['Expect: 100-continue'] }));
			await line.answers(2);
		},
		['100', '413 body_too_large'],
	),
	script(
		'Expect: 100-continue without a signature: refused before the body is sent',
		async (line, body) => {
			await line.write(start(body, { signature: null, lines: ['Expect: 100-continue'] }));
			await line.answers(2);
		},
		['100', '401 signature_missing'],
	),
	script(
		'Expect: 100-continue, and then nothing',
		async (line, body) => {
			await line.write(start(body, { lines: ['Expect: 100-continue'] }));
			await line.answers(2);
		},
		['100', '408 body_too_slow'],
	),
	script(
		'an expectation that nobody can meet',
		async (line, body) => {
			await line.write(start(body, { lines: ['Expect: a-miracle'] }));
			await line.answers(1);
		},
		['417'],
	),
	script(
		'two good requests in one segment',
		async (line, body) => {
			await line.write(Buffer.concat([post(body), post(payload('the second of two'))]));
			await line.answers(2);
		},
		['200 saved', '200 saved'],
		{ inbox: ['handled', 'handled'] },
	),
	script(
		'a hundred pipelined requests, good and bad in turn',
		async (line) => {
			const all = Array.from({ length: 100 }, (_, n) =>
				post(payload(`pipelined ${n}`), n % 2 === 0 ? {} : { signature: '0'.repeat(64) }),
			);
			await line.write(Buffer.concat(all));
			await line.answers(100);
		},
		Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? '200 saved' : '401 signature_mismatch')),
		{ inbox: Array(50).fill('handled') },
	),
	script(
		'a good request behind one that is refused before its body',
		async (line, body) => {
			await line.write(Buffer.concat([post(body, { type: 'text/plain' }), post(body)]));
			await line.answers(2);
		},
		[['415 media_type_unsupported', '200 saved'], ['415 media_type_unsupported']],
		{ outcomes: ['media_type_unsupported', 'saved'], ...handled },
	),
	script(
		'a request cut into single bytes',
		async (line, body) => {
			for (const byte of post(body)) await line.write(Uint8Array.of(byte));
			await line.answers(1);
		},
		saved,
		{ ...handled, house: 'defaults' },
	),
	script(
		'a request on a connection that was closed for writing',
		async (line, body) => {
			line.socket.end(post(body));
			await line.closed();
		},
		[saved, []],
		{ outcomes: ['saved'], ...handled },
	),
	{
		name: '1,100 connections that are opened and say nothing: a good request gets through',
		async send(open) {
			// More than there may be requests.
			const lines = Array.from({ length: 1_100 }, open);
			await sleep(50);
			const last = open();
			await last.write(post(payload('among 1,100 idle')));
			await last.answers(1);
			for (const line of lines) line.hangUp();
		},
		answers: saved,
		...handled,
		house: 'defaults',
	},
	{
		name: '1,000 half bodies at a time: more than the memory for bodies is refused, and none is held for long',
		async send(open) {
			const body = Buffer.alloc(100_000, ' ');
			const lines = Array.from({ length: 1_000 }, open);
			await Promise.all(
				lines.map(async (line) => {
					await line.write(start(body));
					await line.write(body.subarray(0, 60_000));
					await line.answers(1);
				}),
			);
		},
		answers(answers) {
			const { busy, slow } = crowd(answers);
			assert.ok(slow >= 50 && busy >= 100, `${slow} slow, ${busy} overloaded`);
		},
		memory: limits.bodiesBytes / 2 ** 20 + 120,
	},
	{
		name: 'a hundred silent senders that announce the largest body: a good request gets through',
		async send(open) {
			const silent = Array.from({ length: 100 }, open);
			await Promise.all(silent.map((line) => line.write(start(Buffer.from('{}'), { length: limits.bytes }))));
			const last = open();
			await last.write(post(payload('beside a hundred silent ones')));
			await Promise.all([...silent, last].map((line) => line.answers(1)));
		},
		answers: [...Array(100).fill('408 body_too_slow'), '200 saved'],
		...handled,
	},
	{
		name: '450 senders hold all 300 places with one byte of a body, and come back when they are refused: good requests get through',
		async send(open) {
			let isOver = false;
			const sender = async (): Promise<void> => {
				while (!isOver) {
					const line = open();
					await line.write(start(Buffer.from('x'), { length: 100 }));
					await line.write('x');
					await line.answers(1);
					line.hangUp();
					await sleep(1_000);
				}
			};
			const senders = Array.from({ length: 450 }, sender);
			await sleep(impatientMs);
			await goodRequests(open, 'among 450 that hold every place');
			isOver = true;
			await Promise.all(senders);
		},
		answers: allGoodSaved,
		inbox: Array(goodOnes).fill('handled'),
		house: 'patient',
		memory: 128,
	},
	{
		name: 'nine bodies of 1 MiB without their last byte hold all the memory: good requests get through',
		async send(open) {
			const whole = Buffer.alloc(limits.bytes, ' ');
			const hogs = Array.from({ length: 9 }, open);
			await Promise.all(
				hogs.map(async (line) => {
					await line.write(start(whole));
					await line.write(whole.subarray(1));
				}),
			);
			await sleep(impatientMs);
			await goodRequests(open, 'among nine that hold all the memory');
		},
		answers: allGoodSaved,
		inbox: Array(goodOnes).fill('handled'),
		house: 'patient',
	},
	{
		name: '1,000 requests at a time that all announce the largest body: not more than so many are waited for',
		async send(open) {
			const lines = Array.from({ length: 1_000 }, open);
			await Promise.all(
				lines.map(async (line) => {
					await line.write(start(Buffer.from('{}'), { length: limits.bytes }));
					await line.answers(1);
				}),
			);
		},
		answers(answers) {
			const { busy, slow } = crowd(answers);
			assert.ok(slow >= 100 && busy >= 100, `${slow} slow, ${busy} overloaded`);
		},
		memory: 120,
	},
];
