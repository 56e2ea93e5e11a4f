/** Where a body ends: lengths and chunks that lie, and requests that hide behind them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { signPayload } from 'mindhook';
import {
	chunked,
	type HostileRequest,
	handled,
	hidden,
	inChunks,
	malformed,
	one,
	post,
	saved,
	script,
	secrets,
} from './making.js';

export const lengths: HostileRequest[] = [
	one(
		'Content-Length and Transfer-Encoding together, a second request behind',
		(body) => post(body, { lines: inChunks, tail: Buffer.concat([Buffer.from('0\r\n\r\n'), hidden('CL.TE')]) }),
		malformed,
	),
	one(
		'Transfer-Encoding before a Content-Length that covers a second request',
		(body) =>
			post(body, {
				length: null,
				lines: [...inChunks, 'Content-Length: 4'],
				tail: Buffer.concat([chunked(body), hidden('TE.CL')]),
			}),
		malformed,
	),
	...[
		['xchunked', 'Transfer-Encoding: xchunked'],
		['chunked with a space before the colon', 'Transfer-Encoding : chunked'],
		['chunked, then identity', 'Transfer-Encoding: chunked, identity'],
		['chunked behind a vertical tab', 'Transfer-Encoding: \x0bchunked'],
		['chunked in quotes', 'Transfer-Encoding: "chunked"'],
		['chunked on a folded line', 'Transfer-Encoding:\r\n chunked'],
		['chunked with a NUL behind', 'Transfer-Encoding: chunked\x00'],
		['two headers: identity, chunked', 'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked'],
		['an unknown coding', 'Transfer-Encoding: cow'],
		['gzip alone', 'Transfer-Encoding: gzip'],
	].map(([name, line]) =>
		one(
			`Transfer-Encoding ${name}, beside a Content-Length that hides a request`,
			(body) => post(body, { lines: [String(line)], tail: Buffer.concat([chunked(body), hidden(String(name))]) }),
			malformed,
		),
	),
	one(
		'Transfer-Encoding: chunked twice',
		(body) => post(body, { length: null, lines: [...inChunks, ...inChunks], tail: chunked(body) }),
		malformed,
	),
	one('two Content-Lengths that differ', (body) => post(body, { lines: ['Content-Length: 3'] }), malformed),
	one(
		'two Content-Lengths that agree',
		(body) => post(body, { lines: [`Content-Length: ${body.byteLength}`] }),
		malformed,
	),
	...(
		[
			['a list', (length) => `${length}, ${length}`],
			['a plus', (length) => `+${length}`],
			['a minus', (length) => `-${length}`],
			['a space within', (length) => `${length} 0`],
			['hexadecimal', (length) => `0x${length.toString(16)}`],
			['an exponent', () => '1e2'],
			['a fraction', (length) => `${length}.0`],
			['nothing', () => ''],
			['2^64 + 5', () => '18446744073709551621'],
			['a hundred digits', () => '9'.repeat(100)],
			['an Arabic digit in UTF-8', () => '\xd9\xa3'],
			['a NUL', (length) => `${length}\x00`],
		] as [string, (length: number) => string][]
	).map(([name, make]) =>
		one(`a Content-Length with ${name}`, (body) => post(body, { length: make(body.byteLength) }), malformed),
	),
	one(
		'Content_Length instead of Content-Length: no body, and then something that is no request',
		(body) => post(body, { length: null, lines: [`Content_Length: ${body.byteLength}`] }),
		[['400'], ['401 signature_mismatch', '400']],
	),
	one('a Content-Length of 0 and a body all the same', (body) => post(body, { length: 0 }), [
		['400'],
		['401 signature_mismatch', '400'],
	]),
	one('a Content-Length that is too short', (body) => post(body, { length: 10 }), [
		['400'],
		['401 signature_mismatch', '400'],
	]),
	one('a Content-Length that is too long, and silence', (body) => post(body, { length: body.byteLength + 10 }), [
		'408 body_too_slow',
	]),
	one(
		'a Content-Length that swallows the next request',
		(body) => {
			const next = hidden('swallowed');
			return post(body, { length: body.byteLength + next.byteLength, tail: Buffer.concat([body, next]) });
		},
		['401 signature_mismatch'],
	),
	one('leading zeros in the Content-Length', (body) => post(body, { length: `000${body.byteLength}` }), saved, handled),
];

export const chunks: HostileRequest[] = [
	...(
		[
			['that overflows', 'FFFFFFFFFFFFFFFFF\r\n'],
			['of 2^64 - 1', 'FFFFFFFFFFFFFFFF\r\n'],
			['below zero', '-5\r\n'],
			['with 0x before it', '0x5\r\n'],
			['of letters', 'zz\r\n'],
			['that is empty', '\r\n'],
			['with a space before it', ' 5\r\n'],
		] as [string, string][]
	).map(([name, size]) =>
		one(
			`a chunk size ${name}`,
			(body) => post(body, { length: null, lines: inChunks, tail: `${size}hello\r\n0\r\n\r\n` }),
			name === 'of 2^64 - 1' ? ['408 body_too_slow'] : malformed,
		),
	),
	one(
		'a chunk that is longer than its size',
		(body) => post(body, { length: null, lines: inChunks, tail: `5\r\n${body}\r\n0\r\n\r\n` }),
		malformed,
	),
	one(
		'a chunk that ends in a bare LF',
		(body) => post(body, { length: null, lines: inChunks, tail: `${body.byteLength.toString(16)}\n${body}\n0\n\n` }),
		malformed,
	),
	one(
		'a chunk extension of a few bytes',
		(body) =>
			post(body, {
				length: null,
				lines: inChunks,
				tail: `${body.byteLength.toString(16)};a=b;c="d"\r\n${body}\r\n0\r\n\r\n`,
			}),
		saved,
		handled,
	),
	one(
		'a chunk extension with a line feed and a request in it',
		(body) =>
			post(body, {
				length: null,
				lines: inChunks,
				tail: `5;a=\n${hidden('in a chunk extension').toString('latin1')}\r\nhello\r\n0\r\n\r\n`,
			}),
		malformed,
	),
	one(
		'chunk extensions of 1 MB',
		(body) =>
			post(body, { length: null, lines: inChunks, tail: `${body.byteLength.toString(16)};${'x'.repeat(2 ** 20)}` }),
		['413'],
	),
	one(
		'a body in chunks of one byte',
		(body) => post(body, { length: null, lines: inChunks, tail: chunked(body, 1) }),
		saved,
		handled,
	),
	one(
		'a signature in the trailers',
		(body) =>
			post(body, {
				signature: null,
				length: null,
				lines: [...inChunks, 'Trailer: X-Signature'],
				tail: `${body.byteLength.toString(16)}\r\n${body}\r\n0\r\nX-Signature: ${signPayload(body, secrets.invoices)}\r\n\r\n`,
			}),
		['401 signature_missing'],
	),
	one(
		'trailers of 1 MB',
		(body) =>
			post(body, {
				length: null,
				lines: inChunks,
				tail: `${body.byteLength.toString(16)}\r\n${body}\r\n0\r\n${`X-A: ${'x'.repeat(1000)}\r\n`.repeat(1000)}\r\n`,
			}),
		['431'],
	),
	script(
		'no last chunk, and the connection ends',
		async (line, body) => {
			await line.write(
				post(body, { length: null, lines: inChunks, tail: `${body.byteLength.toString(16)}\r\n${body}\r\n` }),
			);
			await sleep(20);
			line.socket.end();
			await line.closed();
		},
		malformed,
	),
];
