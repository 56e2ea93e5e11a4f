/** Bodies in other encodings, and signed ones that hurt whoever reads them. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { signPayload } from 'mindhook';
import {
	chunked,
	type HostileRequest,
	handled,
	inChunks,
	one,
	payload,
	post,
	quarantined,
	saved,
	secrets,
} from './making.js';

/** A compression that does not know what is in it: 64 MiB of zeros, in 64 KB. */
const bomb = gzipSync(Buffer.alloc(2 ** 26));
const encoded = ['415 encoding_unsupported'];
const otherType = ['415 media_type_unsupported'];

export const encodings: HostileRequest[] = [
	one('a gzip body', (body) => post(gzipSync(body), { lines: ['Content-Encoding: gzip'] }), encoded),
	one(
		'a gzip body under its old name',
		(body) => post(gzipSync(body), { lines: ['Content-Encoding: x-gzip'] }),
		encoded,
	),
	one('a deflate body', (body) => post(deflateSync(body), { lines: ['Content-Encoding: deflate'] }), encoded),
	one('a brotli body', (body) => post(brotliCompressSync(body), { lines: ['Content-Encoding: br'] }), encoded),
	one('a gzip bomb of 64 MiB', () => post(bomb, { lines: ['Content-Encoding: gzip'] }), encoded),
	one(
		'a gzip bomb within a gzip bomb',
		() => post(gzipSync(bomb), { lines: ['Content-Encoding: gzip, gzip'] }),
		encoded,
	),
	one(
		'two Content-Encodings',
		(body) => post(body, { lines: ['Content-Encoding: identity', 'Content-Encoding: gzip'] }),
		encoded,
	),
	one('an unknown Content-Encoding', (body) => post(body, { lines: ['Content-Encoding: rot13'] }), encoded),
	one('Content-Encoding: identity', (body) => post(body, { lines: ['Content-Encoding: Identity'] }), saved, handled),
	one('a signed gzip bomb that does not say so: never unpacked', () => post(bomb), saved, quarantined),
	one('no Content-Type', (body) => post(body, { type: null }), otherType),
	one('an empty Content-Type', (body) => post(body, { type: '' }), otherType),
	one('text/plain', (body) => post(body, { type: 'text/plain' }), otherType),
	one('a form', (body) => post(body, { type: 'application/x-www-form-urlencoded' }), otherType),
	one('multipart', (body) => post(body, { type: 'multipart/form-data; boundary=application/json' }), otherType),
	one('another charset', (body) => post(body, { type: 'application/json; charset=latin1' }), otherType),
	one('two charsets', (body) => post(body, { type: 'application/json; charset=utf-8; charset=utf-16' }), otherType),
	one('two Content-Types', (body) => post(body, { lines: ['Content-Type: text/plain'] }), otherType),
	one(
		'application/json and another type in one header',
		(body) => post(body, { type: 'application/json, text/plain' }),
		otherType,
	),
	one('application/jsonp', (body) => post(body, { type: 'application/jsonp' }), otherType),
	one('10 KB of parameters', (body) => post(body, { type: `application/json${';a=b'.repeat(2_500)}` }), otherType),
	one(
		'APPLICATION/JSON; Charset="UTF-8"',
		(body) => post(body, { type: 'APPLICATION/JSON; Charset="UTF-8"' }),
		saved,
		handled,
	),
];

const label = 'a body that comes twice';
export const bodies: HostileRequest[] = [
	one('an empty body, signed', () => post(''), saved, quarantined),
	one('a body of white space, signed', () => post(' \r\n\t '), saved, quarantined),
	one('a NUL for a body, signed', () => post('\x00'), saved, quarantined),
	one('bytes that are no UTF-8, signed', () => post('{"inference_id":"\xff\xfe\x80"}'), saved, quarantined),
	one('an overlong slash in UTF-8, signed', () => post('{"inference_id":"\xc0\xaf"}'), saved, quarantined),
	one('UTF-16, signed', (body) => post(Buffer.from(String(body), 'utf16le')), saved, quarantined),
	one(
		'UTF-16 with a byte order mark, signed',
		(body) => post(Buffer.from(`\ufeff${body}`, 'utf16le')),
		saved,
		quarantined,
	),
	one(
		'a byte order mark of UTF-8, signed',
		(body) => post(Buffer.concat([Buffer.from('\ufeff'), body])),
		saved,
		handled,
	),
	one('half a body, signed', (body) => post(body.subarray(0, body.byteLength / 2)), saved, quarantined),
	one('two bodies in one, signed', (body) => post(Buffer.concat([body, body])), saved, quarantined),
	one('a request for a body, signed', (body) => post(Buffer.concat([post(body), post(body)])), saved, quarantined),
	one('HTML, signed', () => post('<html><script>alert(1)</script></html>'), saved, quarantined),
	one('the path of a file, signed', () => post('/etc/passwd'), saved, quarantined),
	one('null, signed', () => post('null'), saved, quarantined),
	one('an object that is no payload, signed', () => post('{"a":1}'), saved, quarantined),
	one('100,000 brackets that open, signed', () => post('['.repeat(100_000)), saved, quarantined),
	one(
		'100,000 objects in each other, signed',
		() => post(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
		saved,
		quarantined,
	),
	one('a string that never ends, signed', () => post(`"${'x'.repeat(1_000_000)}`), saved, quarantined),
	one('a million backslashes, signed', () => post(`"${'\\'.repeat(1_000_000)}"`), saved, quarantined),
	one('a key of 900 KB, signed', () => post(`{"${'k'.repeat(900_000)}":1}`), saved, quarantined),
	one('a number of 900 KB, signed', () => post(`{"a":${'9'.repeat(900_000)}}`), saved, quarantined),
	one('200,000 equal keys, signed', () => post(`{${'"":0,'.repeat(200_000)}"":0}`), saved, quarantined),
	one(
		'__proto__ and constructor for keys, signed',
		(body) => post(`{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},${String(body).slice(1)}`),
		saved,
		handled,
	),
	one(
		'every key twice, signed',
		(body) => post(`${String(body).slice(0, -1)},${String(body).slice(1)}`),
		saved,
		handled,
	),
	one(
		'numbers past every bound, signed',
		(body) => post(`{"n":[1e400,-1e400,1e-400,-0],${String(body).slice(1)}`),
		saved,
		handled,
	),
	one('half a surrogate pair, signed', (body) => post(`{"s":"\\ud800",${String(body).slice(1)}`), saved, handled),
	one(
		'a text with escapes of a terminal in it, signed',
		(body) => post(`{"s":"\\u001b[2J\\u0007",${String(body).slice(1)}`),
		saved,
		handled,
	),
	one(label, () => post(payload(label)), saved, handled),
	one('the same a second time', () => post(payload(label)), ['200 duplicate']),
	one('the same with other headers', () => post(payload(label), { lines: ['User-Agent: another', 'X-A: b'] }), [
		'200 duplicate',
	]),
	one(
		'the same in chunks',
		() => post(payload(label), { length: null, lines: inChunks, tail: chunked(payload(label), 7) }),
		['200 duplicate'],
	),
	one(
		'the same at another endpoint, signed for that',
		() => post(payload(label), { target: '/receipts', signature: signPayload(payload(label), secrets.receipts) }),
		saved,
		handled,
	),
	one('the same at another endpoint, signed for the first', () => post(payload(label), { target: '/receipts' }), [
		'401 signature_mismatch',
	]),
	one('1,000,000 fields, signed', () => post(millionFields()), saved, { ...handled, house: 'defaults', memory: 400 }),
	one('10,000,000 brackets that open, signed', () => post('['.repeat(10_000_000)), saved, {
		...quarantined,
		house: 'defaults',
		memory: 200,
	}),
];

function millionFields(): string {
	const id = '64abcf17-cbee-4807-802a-485aff3ac52e';
	const fields = Array.from({ length: 1_000_000 }, (_, n) => `"f${n.toString(36)}":{"value":1}`).join(',');
	const options =
		'"active_options":{"raw_text":false,"polygon":false,"confidence":false,"rag":false,"text_context":false,"data_schema":{"replace":false}}';
	return (
		`{"inference":{"id":"${id}","job":{"id":"${id}"},"model":{"id":"${id}"},"file":{"name":"a","alias":null,` +
		`"page_count":1,"mime_type":"application/pdf"},"result":{"fields":{${fields}}},${options}}}`
	);
}
