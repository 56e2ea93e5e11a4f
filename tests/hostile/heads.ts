/** Heads that are not as they should be, and targets that lead elsewhere. */
import { createHash } from 'node:crypto';
import { signPayload } from 'mindhook';
import { chunked, type HostileRequest, handled, inChunks, malformed, one, post, saved, secrets } from './making.js';

export const heads: HostileRequest[] = [
	one('lines that end in a bare LF', (body) => post(body).toString('latin1').replaceAll('\r\n', '\n'), malformed),
	one('lines that end in a bare CR', (body) => post(body).toString('latin1').replaceAll('\r\n', '\r'), malformed),
	one(
		'a bare CR within a value, and a header behind it',
		(body) => post(body, { lines: ['X-A: a\rContent-Length: 3'] }),
		malformed,
	),
	one('a NUL in a value', (body) => post(body, { lines: ['X-A: a\x00b'] }), malformed),
	one('a NUL in a name', (body) => post(body, { lines: ['X\x00A: a'] }), malformed),
	one('a space in a name', (body) => post(body, { lines: ['X A: a'] }), malformed),
	one('a header without a colon', (body) => post(body, { lines: ['nothing'] }), malformed),
	one('a header without a name', (body) => post(body, { lines: [': a'] }), malformed),
	one(
		'a first header that is folded',
		(body) =>
			post(body, { host: null, lines: ['Host: localhost'] })
				.toString('latin1')
				.replace('\r\n', '\r\n folded: x\r\n'),
		malformed,
	),
	one(
		'a signature on a folded line',
		(body) => post(body, { signature: `\r\n ${signPayload(body, secrets.invoices)}` }),
		malformed,
	),
	one('a control character in a value', (body) => post(body, { lines: ['X-A: \x01'] }), malformed),
	one('bytes past ASCII in a value', (body) => post(body, { lines: ['X-A: \xff\xfe'] }), saved, handled),
	one('no Host', (body) => post(body, { host: null }), malformed),
	one('a header of 1 MB', (body) => post(body, { lines: [`X-A: ${'x'.repeat(2 ** 20)}`] }), ['431']),
	one('1 MB of headers', (body) => post(body, { lines: Array(1000).fill(`X-A: ${'x'.repeat(1000)}`) }), ['431']),
	one('10,000 headers', (body) => post(body, { lines: Array.from({ length: 10_000 }, (_, n) => `X-${n}: 1`) }), [
		'431',
	]),
	one(
		'2,500 headers before the signature',
		(body) =>
			post(body, {
				signature: null,
				lines: [...Array(2_500).fill('a:'), `X-Signature: ${signPayload(body, secrets.invoices)}`],
			}),
		[['431'], ['401 signature_missing']],
	),
	one(
		'headers named like those of an object',
		(body) => post(body, { lines: ['__proto__: x', 'constructor: y', 'toString: z', 'hasOwnProperty: w'] }),
		saved,
		handled,
	),
	one('empty lines before the request', (body) => Buffer.concat([Buffer.from('\r\n\r\n'), post(body)]), saved, handled),
	one('a target of 64 KB', (body) => post(body, { target: `/${'x'.repeat(65_536)}` }), ['431']),
	one('a space in the target', (body) => post(body, { target: '/invoices and more' }), malformed),
	one('a NUL in the target', (body) => post(body, { target: '/invoices\x00' }), malformed),
	one('no version', (body) => post(body, { version: '' }), malformed),
	one('HTTP/0.9: what follows is waited for, and not for ever', () => 'GET /invoices\r\n', ['408']),
	one('HTTP/1.0', (body) => post(body, { version: 'HTTP/1.0', host: null }), saved, handled),
	one(
		'HTTP/1.0 with chunks',
		(body) => post(body, { version: 'HTTP/1.0', length: null, lines: inChunks, tail: chunked(body) }),
		saved,
		handled,
	),
	one('HTTP/1.2', (body) => post(body, { version: 'HTTP/1.2' }), malformed),
	one('HTTP/2.0 in a request line', (body) => post(body, { version: 'HTTP/2.0' }), saved, handled),
	one('the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00', malformed),
	one(
		'the hello of TLS',
		() => Buffer.from('16030100c2010000be0303'.concat('5a'.repeat(32), '20', 'a5'.repeat(32), '00021301'), 'hex'),
		malformed,
	),
	one('the hello of SSH', () => 'SSH-2.0-OpenSSH_9.9\r\n', malformed),
	one('nothing but zeros', () => Buffer.alloc(100_000), malformed),
	one('100 KB of noise', () => Buffer.from(createHash('sha512').update('noise').digest('hex').repeat(800)), malformed),
];

const wrongMethod = ['405 method_not_allowed'];
const noSuchPath = ['404 unknown_path'];

export const targets: HostileRequest[] = [
	...['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND'].map((method) =>
		one(`${method} with a signed body`, (body) => post(body, { method }), wrongMethod),
	),
	one('HEAD', (body) => post(body, { method: 'HEAD', length: null, tail: '' }), ['405'], { isHead: true }),
	one(
		'TRACE without a body, and a secret to be echoed',
		() => 'TRACE /invoices HTTP/1.1\r\nHost: a\r\nCookie: b\r\n\r\n',
		wrongMethod,
	),
	one('CONNECT: closed without a word', () => 'CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n', []),
	one('post in lower case', (body) => post(body, { method: 'post' }), malformed),
	one('a method that there is not', (body) => post(body, { method: 'GIMME' }), malformed),
	one('a method of 100 KB', (body) => post(body, { method: 'POST'.repeat(25_000) }), malformed),
	one(
		'a method that another header would like to replace',
		(body) =>
			post(body, {
				method: 'GET',
				lines: ['X-HTTP-Method-Override: POST'],
			}),
		wrongMethod,
	),
	one(
		'an upgrade to WebSocket',
		() => 'GET /invoices HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
		wrongMethod,
	),
	one(
		'an upgrade to HTTP/2 without TLS',
		(body) =>
			post(body, {
				lines: ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'],
			}),
		saved,
		handled,
	),
	one(
		'a target that names another host',
		(body) => post(body, { target: 'http://evil.example/invoices' }),
		saved,
		handled,
	),
	one('a target that begins with two slashes', (body) => post(body, { target: '//evil/invoices' }), noSuchPath),
	one(
		'a target that names another host, and two slashes',
		(body) => post(body, { target: 'http://evil.example//invoices' }),
		noSuchPath,
	),
	one('a path that climbs', (body) => post(body, { target: '/receipts/../invoices' }), noSuchPath),
	one('a path that climbs in percent signs', (body) => post(body, { target: '/receipts/%2e%2e/invoices' }), noSuchPath),
	one('a path that climbs to a file', (body) => post(body, { target: '/../../../../etc/passwd' }), noSuchPath),
	one('a path with backslashes', (body) => post(body, { target: '/\\evil/invoices' }), noSuchPath),
	one('a path in percent signs', (body) => post(body, { target: '/%69nvoices' }), noSuchPath),
	one('a path with a broken percent sign', (body) => post(body, { target: '/%zz%' }), noSuchPath),
	one(
		'a path with a line end in percent signs',
		(body) => post(body, { target: '/invoices%0d%0aX-A:%20b' }),
		noSuchPath,
	),
	one('a path in capitals', (body) => post(body, { target: '/INVOICES' }), noSuchPath),
	one('a path with a parameter of its own', (body) => post(body, { target: '/invoices;a=b' }), noSuchPath),
	one('a path like a member of every object', (body) => post(body, { target: '/__proto__' }), noSuchPath),
	one('a path like a method of every object', (body) => post(body, { target: '/constructor' }), noSuchPath),
	one('the target *', (body) => post(body, { method: 'OPTIONS', target: '*', length: null, tail: '' }), [
		'404 unknown_path',
	]),
	one('a path of 15 KB', (body) => post(body, { target: `/${'x'.repeat(15_000)}` }), noSuchPath),
	one(
		'a query that nobody asked for',
		(body) => post(body, { target: `/invoices?${'a=b&'.repeat(3_000)}` }),
		saved,
		handled,
	),
];
