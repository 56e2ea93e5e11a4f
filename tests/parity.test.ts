/** The package never disagrees with `JSON.parse`: named cases. Generated and mutated ones are in parity-generated.test.ts. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parsePayload, safeParsePayload } from 'mindhook';
import { agree, expectation, extraction, holes, sameValues, WIDE } from './parity-judge.js';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
	Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

/** The bare JSON, and in every hole of a payload. */
function everywhere(json: string): string[] {
	const bodies = [json, ...Object.values(holes).map((hole) => hole(json))];
	for (const body of bodies) assert.equal(agree(body), agree(bytes(body)), JSON.stringify(body));
	return bodies.map((body) => agree(body));
}

/** What is said about JSON as a field's value. */
const asValue = (json: string): string => agree(bytes(extraction(`{"a":{"value":${json}}}`)));

test('every escape, and none that JSON does not know', () => {
	for (let code = 0; code < 0x100; code++) {
		for (const json of [
			`"\\${String.fromCharCode(code)}"`,
			`"\\${String.fromCharCode(code)}0041"`,
			`"x\\u00${String.fromCharCode(code)}1"`,
		]) {
			everywhere(json);
		}
	}
	for (const known of ['"', '\\', '/', 'b', 'f', 'n', 'r', 't', 'u0041', 'uD83D\\uDE00', 'u2028', 'u0000']) {
		assert.equal(asValue(`"\\${known}"`), 'payload');
	}
	for (const wrong of [
		'"\\"',
		'"\\u"',
		'"\\u1"',
		'"\\u12"',
		'"\\u123"',
		'"\\u123"x',
		'"\\U0041"',
		'"\\x41"',
		'"\\0"',
		'"\\\'"',
		'"\\u+041"',
		'"\\u 041"',
		'"\\u004g"',
	]) {
		assert.ok(
			everywhere(wrong).every((said) => said.startsWith('json.')),
			wrong,
		);
	}
});

test('surrogates, alone and in pairs, escaped and raw', () => {
	const halves = [
		'\\ud83d',
		'\\ude00',
		'\\uD83D',
		'\\uDE00',
		'\\ud800',
		'\\udbff',
		'\\udc00',
		'\\udfff',
		'\\ud7ff',
		'\\ue000',
		'\\u0041',
		'a',
		'\u{1f600}',
		'\\\\',
		'\\n',
		'\ud83d',
		'\ude00',
		'\\',
	];
	for (const first of halves) {
		for (const second of halves) {
			for (const third of ['', '\\ud83d', '\\ude00', 'u0041', '\ude00']) {
				const json = `"${first}${second}${third}"`;
				for (const hole of [
					'the value of a field',
					'the name of a field',
					'the name of the file',
					'the value of an unknown key',
				]) {
					agree(holes[hole]?.(json) as string);
				}
				agree(json);
			}
		}
	}
	const payload = parsePayload(extraction('{"\\ud83d":{"value":"\\ude00"},"\\uD83D\\uDE00":{"value":1}}'));
	assert.ok(payload.kind === 'extraction' && payload.fields.has('\ud83d') && payload.fields.has('\u{1f600}'));
	assert.equal(payload.warnings.filter(({ code }) => code === 'json.lone_surrogate').length, 2);
});

test('half a surrogate pair in a string body: in a string, outside, behind backslashes', () => {
	for (const backslashes of ['', '\\', '\\\\', '\\\\\\', '\\\\\\\\']) {
		for (const half of [
			'\ud800',
			'\udfff',
			'\udc00\ud800',
			'\u{1f600}\ud83d',
			'\ud83d\u{1f600}',
			'\ud83d\ud83d\ude00',
		]) {
			for (const json of [
				`"${backslashes}${half}"`,
				`"${backslashes}${half}${backslashes}"`,
				`1${backslashes}${half}`,
				`${half}1`,
				`{"${backslashes}${half}":1}`,
			]) {
				agree(json);
				agree(extraction('{}', `,"more":${json}`));
			}
		}
	}
	assert.equal(agree(`"\\\ud800"`), 'json.invalid_escape');
	assert.equal(agree(extraction(`{"a":{"value":"\\\\\ud800"}}`)), 'payload');
});

test('every control character, in a string and outside', () => {
	for (let code = 0; code <= 0xa0; code++) {
		const character = String.fromCharCode(code);
		const said = everywhere(`"a${character}b"`);
		if (code < 0x20)
			assert.ok(
				said.every((each) => each === 'json.control_character'),
				`U+${code.toString(16)}`,
			);
		everywhere(`[${character}1]`);
		everywhere(`${character}1${character}`);
		everywhere(`{"a"${character}:1}`);
	}
	// White space elsewhere in JavaScript, but not in JSON.
	for (const space of ['\u000b', '\u000c', '\u00a0', '\u1680', '\u2003', '\u2028', '\u2029', '\u3000', '\ufeff']) {
		assert.ok(agree(bytes(`[1,${space}2]`)).startsWith('json.'), JSON.stringify(space));
		const said = asValue(`"${space}"`);
		assert.equal(said, space < ' ' ? 'json.control_character' : 'payload', JSON.stringify(space));
	}
	for (const space of [' ', '\t', '\n', '\r', ' \r\n\t '])
		assert.equal(agree(bytes(`${space}[${space}1${space},2]${space}`)), 'refused');
});

test('a byte order mark is passed over, with a warning; a second one is not', () => {
	const bom = [0xef, 0xbb, 0xbf];
	const body = extraction('{"a":{"value":"\ufeffx"}}');
	const marked = bytes(bom, body);
	assert.equal(agree(marked), 'payload');
	assert.deepEqual(
		parsePayload(marked).warnings.map(({ code }) => code),
		['json.bom'],
	);
	assert.equal(parsePayload(marked).get('/inference/result/fields/a/value'), '\ufeffx');
	assert.equal(agree(`\ufeff${body}`), 'payload');
	assert.equal(agree(bytes(bom, bom, body)), 'json.unexpected_character');
	assert.equal(agree(bytes(' ', bom, body)), 'json.unexpected_character');
	assert.equal(agree(bytes(body, bom)), 'json.trailing_data');
	assert.equal(agree(bytes(bom)), 'json.empty');
	for (const part of [bom.slice(0, 1), bom.slice(0, 2)]) assert.equal(agree(bytes(part)), 'json.unexpected_end');
	assert.ok(agree(bytes([0xff, 0xfe], body)).startsWith('json.'));
});

test('UTF-8 of every length, and every way to break it', () => {
	const lead: number[][] = [];
	for (let first = 0x80; first <= 0xff; first++) {
		for (const second of [undefined, 0x22, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff]) {
			for (const third of [undefined, 0x41, 0x7f, 0x80, 0xbf, 0xc0]) {
				for (const fourth of [undefined, 0x41, 0x80, 0xbf, 0xc0]) {
					lead.push([first, second, third, fourth].filter((byte) => byte !== undefined));
				}
			}
		}
	}
	const [before, after] = extraction('{"a":{"value":"|"}}').split('|') as [string, string];
	for (const [index, sequence] of lead.entries()) {
		agree(bytes('"', sequence, '"'));
		// The other places judge by the same rules: there a part will do.
		if (index % 8 > 0 && sequence.length > 2) continue;
		agree(bytes('"', sequence));
		agree(bytes('{"', sequence, '":1}'));
		agree(bytes('[1', sequence, ']'));
		agree(bytes(sequence));
		agree(bytes('"1234567', sequence, '1234567"'));
	}
	for (let index = 0; index < lead.length; index += 7) agree(bytes(before, lead[index] as number[], after));
	for (const whole of [
		'\u007f',
		'\u0080',
		'\u07ff',
		'\u0800',
		'\ud7ff',
		'\ue000',
		'\uffff',
		'\u{10000}',
		'\u{10ffff}',
	]) {
		assert.equal(asValue(`"${whole}"`), 'payload');
		const encoded = Buffer.from(whole);
		for (let cut = 1; cut < encoded.length; cut++) {
			assert.equal(agree(bytes(before, [...encoded.subarray(0, cut)])), 'json.unexpected_end');
			assert.equal(agree(bytes(before, [...encoded.subarray(0, cut)], after)), 'json.invalid_utf8');
			assert.equal(agree(bytes(before, [...encoded.subarray(cut)], after)), 'json.invalid_utf8');
		}
	}
	// Surrogates, overlong forms, beyond U+10FFFF, bytes that begin nothing.
	for (const wrong of [
		[0xed, 0xa0, 0x80],
		[0xc0, 0x80],
		[0xe0, 0x80, 0x80],
		[0xf0, 0x80, 0x80, 0x80],
		[0xf4, 0x90, 0x80, 0x80],
		[0xf8],
		[0xff],
		[0x80],
	]) {
		assert.equal(agree(bytes(before, wrong, after)), 'json.invalid_utf8');
	}
});

test('numbers of every spelling keep their value and their text', () => {
	const right = [
		'0',
		'-0',
		'0.0',
		'-0.0',
		'0e0',
		'-0e-0',
		'1.10',
		'12.0',
		'1E400',
		'-1E400',
		'1e-400',
		'-1e-400',
		'9007199254740991',
		'9007199254740992',
		'9007199254740993',
		'-9007199254740993',
		'1e308',
		'1.7976931348623157e308',
		'1.7976931348623159e308',
		'5e-324',
		'4.9e-324',
		'2e-324',
		'1e+5',
		'1E5',
		'0.1',
		'0.30000000000000004',
		'123456789012345',
		'1234567890123456',
		'0.1234567890123456789',
		'1'.repeat(400),
		`-${'9'.repeat(400)}`,
		`0.${'0'.repeat(400)}1`,
		`${'1'.repeat(400)}e-399`,
		`1e${'9'.repeat(400)}`,
		`1e-${'9'.repeat(400)}`,
		`1e0${'0'.repeat(50)}5`,
		'999999999999999',
		'9999999999999999',
		'-999999999999999',
		'99999999999999.9',
		'9.99999999999999',
		'999999999999.9999',
	];
	for (const number of right) {
		assert.equal(asValue(number), 'payload', number);
		const payload = parsePayload(extraction(`{"a":{"value":${number}}}`));
		const field = payload.kind === 'extraction' ? payload.fields.get('a') : undefined;
		assert.ok(field?.kind === 'simple' && field.text === number && Object.is(field.value, JSON.parse(number)), number);
		everywhere(number);
		everywhere(`[${number}]`);
	}
	for (const wrong of [
		'+1',
		'01',
		'-01',
		'00',
		'-',
		'--1',
		'1.',
		'.1',
		'-.1',
		'1.e1',
		'1e',
		'1e+',
		'1E-',
		'1e1.5',
		'1e1e1',
		'0x10',
		'1_000',
		'1n',
		'NaN',
		'Infinity',
		'-Infinity',
		'1,5',
		'1 2',
		'- 1',
		'1f',
		'٣',
		'0b1',
		'1.2.3',
		'１',
	]) {
		assert.ok(
			everywhere(wrong).every((said) => said.startsWith('json.')),
			wrong,
		);
	}
});

test('decimals of up to 17 digits, each the nearest double', () => {
	let state = 20261123;
	const random = (below: number): number => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
	for (let round = 0; round < 400; round++) {
		const numbers = Array.from({ length: 50 }, () => {
			const digits = Array.from({ length: 1 + random(17) }, () => random(10))
				.join('')
				.replace(/^0+(?=\d)/, '');
			const point = random(digits.length + 2);
			const text =
				point === 0
					? `0.${digits}`
					: point >= digits.length
						? digits
						: `${digits.slice(0, point)}.${digits.slice(point)}`;
			return `${random(3) === 0 ? '-' : ''}${text}${random(8) === 0 ? `e${random(40) - 20}` : ''}`;
		});
		const body = extraction(`{${numbers.map((number, index) => `"f${index}":{"value":${number}}`).join()}}`);
		assert.equal(agree(bytes(body)), 'payload', numbers.join());
	}
});

test('the last of equal keys counts, however they are written', () => {
	for (const fields of [
		'{"a":{"value":1},"a":{"value":2}}',
		'{"a":{"value":1},"\\u0061":{"value":2}}',
		'{"\\u0061":{"value":1},"b":{"value":3},"a":{"value":2}}',
		'{"a":{"value":1,"value":2}}',
		'{"a":{"value":1,"fields":{},"fields":{}},"a":{"value":2}}',
		'{"a":[1,{"x":1,"x":2}],"a":{"value":2}}',
		'{"a":{"items":[{"value":1}],"items":[{"value":1,"value":3},{"value":2}]}}',
		'{"\\ud83d\\ude00":{"value":1},"\u{1f600}":{"value":2}}',
		'{"\\ud83d":{"value":1},"\\uD83D":{"value":2}}',
		'{"/":{"value":1},"\\/":{"value":2}}',
		'{"a":{"value":1},"a":{"value":2},"a":{"value":3},"a":{"value":4}}',
		'{"__proto__":{"value":1},"__proto__":{"value":2}}',
	]) {
		const said = agree(bytes(extraction(fields)));
		assert.ok(said === 'payload', `${fields}: ${said}`);
		const { warnings } = parsePayload(extraction(fields));
		assert.ok(
			warnings.some(({ code }) => code === 'json.duplicate_key'),
			fields,
		);
	}
	// A member that is replaced may hold anything.
	for (const twice of ['"inference":1,', '"inference":{"id":[]},', '"job":1,"job":2,']) {
		agree(bytes(extraction('{}').replace('{', `{${twice}`)));
	}
	for (const key of ['id', 'result', 'file', 'active_options']) {
		const body = extraction('{"a":{"value":1}}');
		const doubled = body.replace(`"${key}":`, `"${key}":{"fields":{"z":{"value":0}}},"${key}":`);
		assert.equal(agree(bytes(doubled)), 'payload', key);
	}
});

test('no name reaches a prototype', () => {
	const names = [
		'__proto__',
		'constructor',
		'prototype',
		'toString',
		'hasOwnProperty',
		'valueOf',
		'__defineGetter__',
		'length',
		'then',
		'toJSON',
		'',
		'0',
		'-1',
		'~',
		'/',
		'~1',
		'a/b',
		'a~0b',
		' ',
		'\u2028',
		'\\u005f_proto__',
	];
	const before = JSON.stringify(
		[Object.prototype, Array.prototype, Map.prototype].map((each) => Object.getOwnPropertyNames(each)),
	);
	for (const name of names) {
		for (const value of ['1', 'null', '{"polluted":1}', '[1]']) {
			agree(bytes(`{"${name}":${value}}`));
			agree(bytes(extraction(`{"${name}":{"value":1},"o":{"fields":{"${name}":{"items":[{"value":2}]}}}}`)));
			agree(bytes(extraction('{}', `,"${name}":${value}`)));
			agree(bytes(extraction(`{"a":{"value":1,"${name}":${value}}}`)));
		}
		const key = JSON.parse(`"${name}"`) as string;
		const payload = parsePayload(extraction(`{"${name}":{"value":"own"}}`));
		assert.ok(payload.kind === 'extraction' && payload.fields.has(key));
		assert.deepEqual(Object.entries(JSON.parse(JSON.stringify(payload.fields))), [[key, { value: 'own' }]]);
		assert.equal(
			Object.getPrototypeOf(JSON.parse(JSON.stringify(payload.data)).inference.result.fields),
			Object.prototype,
		);
		// What is not in the body is not found, however the name is known to JavaScript.
		const empty = parsePayload(extraction('{}'));
		assert.ok(empty.kind === 'extraction' && !empty.fields.has(key) && empty.fields.get(key) === undefined);
		assert.equal(
			empty.get(`/inference/result/fields/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
			undefined,
			name,
		);
	}
	assert.equal(({} as { polluted?: unknown }).polluted, undefined);
	assert.equal(
		JSON.stringify([Object.prototype, Array.prototype, Map.prototype].map((each) => Object.getOwnPropertyNames(each))),
		before,
	);
});

test('depth from 1 to 100,000', () => {
	for (const depth of [1, 2, 3, 10, 100, 127, 128, 129, 511, 512, 513, 2000, 2047, 2048, 2049, 10_000, 100_000]) {
		for (const [open, inner, close] of [
			['[', '', ']'],
			['{"a":', '0', '}'],
			['[{"":', '[]', '}]'],
		] as const) {
			const json = open.repeat(depth) + inner + close.repeat(depth);
			const levels = depth * (open === '[{"":' ? 2 : 1) + (inner === '[]' ? 1 : 0);
			assert.ok('value' in expectation(json));
			assert.equal(agree(bytes(json)), levels <= 2048 ? 'refused' : 'limited', `${depth} ${open}`);
			const said = safeParsePayload(json).ok || safeParsePayload(json);
			const codes = said === true || said.ok ? [] : said.issues.map(({ code }) => code);
			assert.deepEqual(codes, [
				levels > 512
					? 'limit.depth'
					: open === '[' || open === '[{"":'
						? 'payload.not_an_object'
						: 'payload.unknown_kind',
			]);
			// Cut off in the middle: below the limit the end is what is wrong, beyond it the depth.
			assert.equal(
				agree(bytes(json.slice(0, open.length * depth))),
				depth * (open === '[{"":' ? 2 : 1) <= 2048 ? 'json.unexpected_end' : 'limited',
			);
			if (depth < 1000) {
				const body = extraction('{}', `,"more":${json}`);
				assert.equal(agree(bytes(body)), 'payload');
			}
		}
	}
});

test('a string of 10 MB, and of 10 MB of escapes', () => {
	for (const [json, value] of [
		[`"${'x'.repeat(10_000_000)}"`, 'x'.repeat(10_000_000)],
		[`"${'\\u20ac'.repeat(1_666_667)}"`, '€'.repeat(1_666_667)],
		[`"${'€'.repeat(3_333_333)}"`, '€'.repeat(3_333_333)],
		[`"${'\\\\\\"'.repeat(2_500_000)}"`, '\\"'.repeat(2_500_000)],
	] as const) {
		const payload = parsePayload(extraction(`{"a":{"value":${json}}}`));
		const field = payload.kind === 'extraction' ? payload.fields.get('a') : undefined;
		assert.ok(field?.kind === 'simple' && field.value === value && field.text === value);
		assert.ok(payload.get('/inference/result/fields/a/value') === value);
		assert.equal(agree(bytes(json)), 'refused');
		assert.equal(agree(bytes(json.slice(0, -1))), 'json.unexpected_end');
	}
});

test('arrays of a million elements', () => {
	for (const element of ['1', '{}', '"a"', '-0.5e1']) {
		const json = `[${Array(1_000_000).fill(element).join()}]`;
		const body = extraction('{}', `,"more":${json}`);
		const result = safeParsePayload(bytes(body));
		assert.ok(result.ok && result.payload.warnings.map(({ code }) => code).join() === 'payload.unknown_key');
		assert.deepStrictEqual(result.payload.get('/inference/more/999999'), JSON.parse(element));
		assert.equal(result.payload.get('/inference/more/1000000'), undefined);
		assert.deepEqual(safeParsePayload(json).ok, false);
		assert.ok(!safeParsePayload(`${json.slice(0, -1)},]`).ok);
	}
	const items = `[${Array(300_000).fill('{"value":1}').join()}]`;
	const payload = parsePayload(extraction(`{"a":{"items":${items}}}`));
	const list = payload.kind === 'extraction' ? payload.fields.get('a') : undefined;
	assert.equal(list?.kind === 'list' && list.items.length, 300_000);
});

test('what follows the end, what is missing before it, NUL anywhere', () => {
	const body = extraction('{"a":{"value":"b","confidence":null}}');
	for (const after of ['x', '{}', '1', ',', '}', ']', '"', 'null', '\u0000', '\ufeff', '//', '\u00a0']) {
		assert.equal(agree(bytes(body, after)), 'json.trailing_data', JSON.stringify(after));
	}
	assert.equal(agree(bytes(body, [0xff])), 'json.invalid_utf8');
	for (const after of [' ', '\n', '\r\n\t ']) assert.equal(agree(bytes(body, after)), 'payload');
	const encoded = bytes(body);
	for (let end = 0; end < encoded.length; end++)
		assert.match(agree(encoded.subarray(0, end)), /^json\.(unexpected_end|empty)$/);
	for (let at = 0; at <= encoded.length; at++) {
		agree(bytes([...encoded.subarray(0, at)], [0], [...encoded.subarray(at)]));
		// And one byte less.
		agree(bytes([...encoded.subarray(0, at)], [...encoded.subarray(at + 1)]));
	}
	for (const empty of ['', ' ', '\n\n', '\t']) assert.equal(agree(bytes(empty)), 'json.empty');
});

test('words that are nearly right', () => {
	for (const wrong of [
		'tru',
		'True',
		'TRUE',
		'truefalse',
		'nul',
		'nulll',
		'undefined',
		'fals',
		'falsy',
		"'a'",
		'`a`',
		'[1,]',
		'{"a":1,}',
		'[,1]',
		'{,}',
		'{a:1}',
		"{'a':1}",
		'{"a"}',
		'{"a":}',
		'{"a" 1}',
		'{:1}',
		'{1:1}',
		'[1 2]',
		'[1;2]',
		'/**/1',
		'1//',
		'#1',
		'[',
		']',
		'{',
		'}',
		',',
		':',
		'"',
		'\\',
		'[}',
		'{]',
		'[1}',
		'{"a":1]',
	]) {
		assert.ok(
			everywhere(wrong).every((said) => said.startsWith('json.')),
			wrong,
		);
	}
});

test('JSON that is no payload is refused as a payload, never as JSON', () => {
	for (const json of [
		'1',
		'"a"',
		'null',
		'true',
		'[]',
		'{}',
		'[{}]',
		'{"a":1}',
		'{"inference":null}',
		'{"inference":{}}',
		'{"job":[]}',
		'"{\\"inference\\":{}}"',
	]) {
		assert.equal(agree(bytes(json)), 'refused');
		const result = safeParsePayload(json);
		assert.ok(!result.ok && result.issues.every(({ code }) => code.startsWith('payload.')), json);
	}
});

test('parts of a larger buffer are read within their bounds', () => {
	const body = bytes(extraction('{"a":{"value":12.50,"locations":[{"page":0,"polygon":[[0.1,0.2]]}]}}'));
	const larger = new Uint8Array(body.length + 64).fill(0x39);
	larger.set(body, 13);
	const result = safeParsePayload(larger.subarray(13, 13 + body.length), { limits: WIDE });
	assert.ok(result.ok);
	sameValues(result.payload, JSON.parse(body.toString()));
});
