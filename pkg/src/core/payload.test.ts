/** What callers may hand over, limits, and what is shown of a payload. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { inspect } from 'node:util';
import { type Body, type Limits, PayloadError, parsePayload, safeParsePayload } from 'mindhook';

const inference = (fields: string): string =>
	`{"inference":{"id":"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a10","job":{"id":"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a11"},
"model":{"id":"0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a12"},"file":{"name":"a.pdf","alias":null,"page_count":1,"mime_type":"application/pdf"},
"result":{"fields":${fields}},"active_options":{"raw_text":false,"polygon":false,"confidence":true,"rag":false,"text_context":false,
"data_schema":{"replace":false}}}}`;
const simple = inference('{"total":{"value":1.10,"confidence":"High","locations":[]}}');
const codes = (body: unknown, limits?: Limits): string[] => {
	const result = safeParsePayload(body as Body, { limits });
	return result.ok ? result.payload.warnings.map(({ code }) => code) : result.issues.map(({ code }) => code);
};
const total = (body: Body): unknown => {
	const payload = parsePayload(body);
	const field = payload.kind === 'extraction' ? payload.fields.get('total') : undefined;
	return field?.kind === 'simple' ? field.value : undefined;
};

test('a body may be a string, bytes, a part of a larger buffer or an ArrayBuffer', () => {
	const bytes = new TextEncoder().encode(simple);
	const larger = new Uint8Array(bytes.length + 20).fill(0x7d);
	larger.set(bytes, 7);
	for (const body of [
		simple,
		bytes,
		Buffer.from(simple),
		larger.subarray(7, 7 + bytes.length),
		bytes.buffer as ArrayBuffer,
	]) {
		assert.equal(total(body), 1.1);
	}
});

test('a body that was parsed already is refused by name', () => {
	for (const body of [{}, JSON.parse(simple), null, undefined, 7, true, [], Symbol('body'), () => simple]) {
		assert.deepEqual(codes(body), ['input.not_bytes'], String(body?.toString()));
		assert.throws(() => parsePayload(body), PayloadError);
	}
});

test('a body that is gone or refuses to be looked at is refused, not thrown at', () => {
	const bytes = new TextEncoder().encode(simple);
	const buffer = new TextEncoder().encode(simple).buffer;
	structuredClone([bytes, buffer], { transfer: [bytes.buffer, buffer] });
	assert.deepEqual(codes(bytes), ['json.empty']);
	assert.deepEqual(codes(buffer), ['input.not_bytes']);
	const { proxy, revoke } = Proxy.revocable([], {});
	revoke();
	assert.deepEqual(codes(proxy), ['input.not_bytes']);
	const throwing = {
		get [Symbol.toStringTag](): string {
			throw new Error('not shown');
		},
	};
	assert.deepEqual(codes(throwing), ['input.not_bytes']);
});

test('half a surrogate pair in a string body is read as it is, with a warning', () => {
	const payload = parsePayload(simple.replace('1.10', '"\ud83d"'));
	assert.deepEqual(
		payload.warnings.map(({ code }) => code),
		['json.lone_surrogate'],
	);
	assert.equal(payload.get('/inference/result/fields/total/value'), '\ud83d');
	assert.equal(total(simple.replace('1.10', '"\ud83d\ude00"')), '\u{1f600}');
	// Behind a backslash it is a wrong escape, as for JSON.parse.
	assert.deepEqual(codes(simple.replace('1.10', '"\\\ud83d"')), ['json.invalid_escape']);
	assert.equal(total(simple.replace('1.10', '"\\\\\ud83d"')), '\\\ud83d');
});

test('each limit has its own error, and its neighbour passes', () => {
	const nested = (depth: number): string => inference(`{"a":${'{"items":['.repeat(depth)}${']}'.repeat(depth)}}`);
	const length = Buffer.byteLength(simple);
	assert.deepEqual(codes(simple, { bytes: length }), []);
	assert.deepEqual(codes(simple, { bytes: length - 1 }), ['limit.bytes']);
	assert.deepEqual(codes(nested(3), { depth: 10 }), []);
	assert.deepEqual(codes(nested(3), { depth: 9 }), ['limit.depth']);
	assert.deepEqual(codes(nested(254)), []);
	assert.deepEqual(codes(nested(255)), ['limit.depth']);
	assert.deepEqual(codes(nested(1022), { depth: 2048 }), []);
	assert.deepEqual(codes(nested(3), { fields: 3 }), []);
	assert.deepEqual(codes(nested(3), { fields: 2 }), ['limit.fields']);
	assert.deepEqual(codes(simple, { keyLength: 14 }), []);
	assert.deepEqual(codes(simple, { keyLength: 13 }), ['limit.key_length']);
	const faulty = inference(`{${Array.from({ length: 10 }, (_, index) => `"a${index}":${index}`).join()}}`);
	assert.deepEqual(codes(faulty, { issues: 3 }), [...Array(3).fill('payload.wrong_type'), 'limit.issues']);
	assert.equal(codes(faulty).length, 10);
});

test('errors are listed before warnings when not all fit', () => {
	const fields = Array.from({ length: 8 }, (_, index) => `"A${index}":{"value":1}`);
	assert.deepEqual(codes(inference(`{${fields.join()},"b":7}`), { issues: 2 }), [
		'payload.field_name',
		'payload.wrong_type',
		'limit.issues',
	]);
});

test('a limit that is no whole number is the programmer’s mistake', () => {
	for (const limits of [
		{ bytes: -1 },
		{ depth: 1.5 },
		{ fields: Number.NaN },
		{ issues: 2 ** 32 },
		{ depht: 3 },
		{ bytes: '9' },
	]) {
		assert.throws(() => safeParsePayload(simple, { limits: limits as Limits }), RangeError, JSON.stringify(limits));
	}
});

test('numbers keep their text', () => {
	for (const written of ['1.10', '12.0', '-0', '9007199254740993', '1e400', '0.1e-3', `1${'0'.repeat(400)}`]) {
		const payload = parsePayload(simple.replace('1.10', written));
		const field = payload.kind === 'extraction' ? payload.fields.get('total') : undefined;
		assert.equal(field?.kind, 'simple');
		assert.equal(field?.kind === 'simple' && field.text, written);
		assert.ok(Object.is(field?.kind === 'simple' && field.value, JSON.parse(written)), written);
	}
});

test('__proto__ is a field like any other', () => {
	const payload = parsePayload(inference('{"__proto__":{"value":"x"},"constructor":{"value":"y"}}'));
	assert.equal(payload.kind, 'extraction');
	if (payload.kind !== 'extraction') return;
	assert.deepEqual([...payload.fields.keys()], ['__proto__', 'constructor']);
	assert.equal(payload.get('/inference/result/fields/__proto__/value'), 'x');
	assert.equal(payload.fields.has('toString'), false);
	assert.equal(({} as { value?: unknown }).value, undefined);
	assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(payload.fields))), ['__proto__', 'constructor']);
});

test('a pointer that is none is refused; one that leads nowhere gives undefined', () => {
	const payload = parsePayload(simple);
	for (const pointer of ['inference', '/~', '/~2', '#/inference'])
		assert.throws(() => payload.get(pointer), SyntaxError, pointer);
	for (const pointer of ['/', '/inference/', '/inference/id/0', '/inference/result/fields/total/locations/0']) {
		assert.equal(payload.get(pointer), undefined, pointer);
	}
	const crops = parsePayload(readFileSync('tests/fixtures/payloads/valid/crop/one-object-minified.json'));
	for (const index of ['-1', '00', '1e0', '99999999999', '-', '']) {
		assert.equal(payload.get(`/inference/result/fields/total/locations/${index}`), undefined, index);
		assert.equal(crops.get(`/inference/result/crops/${index}`), undefined, index);
	}
});

test('an error is printed by its name, minified or not', () => {
	const result = safeParsePayload('{');
	assert.match(inspect(new PayloadError(result.ok ? [] : result.issues)), /^PayloadError: json\.unexpected_end/);
});

test('a payload can be printed and serialised', () => {
	const payload = parsePayload(simple);
	assert.deepEqual(JSON.parse(JSON.stringify(payload)), JSON.parse(simple));
	const shown = inspect(payload, { depth: 5 });
	assert.match(shown, /kind: 'extraction'/);
	assert.match(shown, /'total' => \{ value: 1\.1, confidence: 'High', locations: \[\] \}/);
});

test('the message of a PayloadError names the first error and its place', () => {
	assert.throws(() => parsePayload('{"inference": {"id": 1}'), {
		name: 'PayloadError',
		message: 'json.unexpected_end at line 1, column 24: the body ends after 23 bytes; expected a comma or `}`',
	});
});

test('garbage of every length is refused, never thrown', () => {
	let state = 1;
	for (let round = 0; round < 2000; round++) {
		const bytes = new Uint8Array(round % 97);
		for (let index = 0; index < bytes.length; index++) {
			state = (Math.imul(state, 1103515245) + 12345) >>> 0;
			bytes[index] = state >>> 24;
		}
		assert.equal(safeParsePayload(bytes).ok, false);
	}
});
