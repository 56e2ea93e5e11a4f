/**
 * The package never disagrees with `JSON.parse`: generated JSON, mutated payloads, broken bytes. `MINDHOOK_PARITY_INPUTS` says how many
 * inputs (30,000 unless told), `MINDHOOK_PARITY_SEED` which ones.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { agree, holes } from './parity-judge.js';

const inputs = Number(process.env.MINDHOOK_PARITY_INPUTS ?? 30_000);
const seed = Number(process.env.MINDHOOK_PARITY_SEED ?? 20_261_123);

/** How often each answer was given: a run that only ever hears one of them checks nothing. */
const said = new Map<string, number>();
let checked = 0;

function check(body: Uint8Array | string): void {
	const answer = agree(body);
	said.set(answer, (said.get(answer) ?? 0) + 1);
	checked++;
}

/** Runs the property on as many bodies as its share of the inputs. */
function hold<Input>(
	share: number,
	each: number,
	arbitrary: fc.Arbitrary<Input>,
	property: (input: Input) => void,
): void {
	fc.assert(fc.property(arbitrary, property), { numRuns: Math.ceil((inputs * share) / each), seed });
}

/** JSON as text: every spelling of every value, with white space wherever it may stand. */
const space = fc.constantFrom('', '', '', '', ' ', '\n', '\t', '\r', ' \r\n ');
const character = fc.oneof(
	{
		weight: 8,
		arbitrary: fc.constantFrom(
			'a',
			'b',
			'_',
			'0',
			' ',
			'/',
			'~',
			'\u007f',
			'é',
			'\u2028',
			'€',
			'\uffff',
			'\u{1f600}',
			'\ufeff',
		),
	},
	{
		weight: 4,
		arbitrary: fc.constantFrom(
			'\\"',
			'\\\\',
			'\\/',
			'\\b',
			'\\f',
			'\\n',
			'\\r',
			'\\t',
			'\\u0061',
			'\\u0000',
			'\\u20AC',
			'\\u007e',
		),
	},
	{
		weight: 2,
		arbitrary: fc.constantFrom('\\ud83d', '\\ude00', '\\uD83D\\uDE00', '\\udbff\\udfff', '\\ud7ff', '\\ue000'),
	},
);
const string = fc.array(character, { maxLength: 12 }).map((parts) => `"${parts.join('')}"`);
const key = fc.oneof(
	{ weight: 3, arbitrary: string },
	{
		weight: 5,
		arbitrary: fc.constantFrom(
			'"a"',
			'"\\u0061"',
			'"b"',
			'""',
			'"__proto__"',
			'"constructor"',
			'"value"',
			'"fields"',
			'"items"',
			'"confidence"',
			'"locations"',
			'"0"',
		),
	},
);
const digits = fc
	.array(fc.constantFrom('0', '1', '5', '9'), { minLength: 1, maxLength: 25 })
	.map((all) => all.join(''));
const number = fc
	.tuple(
		fc.constantFrom('', '-'),
		fc.oneof(
			fc.constantFrom('0', '9007199254740991', '9007199254740993'),
			digits.map((all) => all.replace(/^0+(?=\d)/, '')),
		),
		fc.option(digits, { nil: undefined }),
		fc.option(
			fc.tuple(
				fc.constantFrom('e', 'E', 'e+', 'E-', 'e-'),
				fc.oneof(fc.constantFrom('0', '00', '1', '15', '22', '308', '309', '323', '324', '400'), digits),
			),
			{ nil: undefined },
		),
	)
	.map(
		([minus, whole, fraction, exponent]) =>
			minus + whole + (fraction ? `.${fraction}` : '') + (exponent?.join('') ?? ''),
	);
const { json } = fc.letrec<{ json: string }>((tie) => ({
	json: fc.oneof(
		{ maxDepth: 6, depthSize: 'small' },
		fc.constantFrom('true', 'false', 'null', '{}', '[]', '0'),
		number,
		string,
		fc
			.array(fc.tuple(space, tie('json'), space), { maxLength: 5 })
			.map((items) => `[${items.map((item) => item.join('')).join()}]`),
		fc
			.array(fc.tuple(space, key, space, space, tie('json'), space), { maxLength: 5 })
			.map((members) => `{${members.map(([a, name, b, c, value, d]) => `${a}${name}${b}:${c}${value}${d}`).join()}}`),
	),
}));

/** Fields with every part spelt freely, mostly right. */
const point = fc.tuple(number, number).map((pair) => `[${pair}]`);
const locations = fc.oneof(
	fc.constantFrom(
		'null',
		'[]',
		'[{"page":0,"polygon":[[0.1,0.2],[0.3,0.2],[0.3,0.4]]}]',
		'[{"polygon":[],"page":1.0,"x":1}]',
	),
	fc.array(point, { maxLength: 4 }).map((points) => `[{"page": 0, "polygon": [${points}]}]`),
);
const confidence = fc.constantFrom('"Certain"', '"High"', '"Medium"', '"Low"', 'null', '"\\u0048igh"');
const { fields } = fc.letrec<{ field: string; fields: string }>((tie) => ({
	field: fc
		.tuple(
			fc.oneof(
				{ maxDepth: 5, depthSize: 'small' },
				fc.oneof(number, string, fc.constantFrom('true', 'false', 'null')).map((value) => `"value":${value}`),
				tie('fields').map((inner) => `"fields":${inner}`),
				fc.array(tie('field'), { maxLength: 4 }).map((items) => `"items":[${items}]`),
			),
			fc.option(
				confidence.map((word) => `"confidence":${word}`),
				{ nil: undefined },
			),
			fc.option(
				locations.map((list) => `"locations":${list}`),
				{ nil: undefined },
			),
			fc.option(
				fc.tuple(key, fc.oneof(number, string)).map(([name, value]) => `${name}:${value}`),
				{ nil: undefined, freq: 9 },
			),
			space,
		)
		.map(
			([content, ...more]) =>
				`{${[content, ...more.slice(0, 3)].filter((part) => part !== undefined).join(`,${more[3]}`)}}`,
		),
	fields: fc
		.array(
			fc.tuple(fc.oneof(fc.constantFrom('"a"', '"b_1"', '"total"', '"\\u0061"', '"__proto__"'), string), tie('field')),
			{ maxLength: 5 },
		)
		.map((members) => `{${members.map(([name, field]) => `${name}:${field}`)}}`),
}));

test('generated JSON, bare and in every hole of a payload', () => {
	const all = Object.values(holes);
	hold(0.3, 1 + all.length, json, (text) => {
		for (const body of [text, ...all.map((hole) => hole(text))]) check(Buffer.from(body));
	});
});

test('generated fields, each way to read them', () => {
	const body = holes['the fields'] as (fields: string) => string;
	hold(0.1, 1, fields, (text) => check(Buffer.from(body(text))));
});

/** Real and made payloads, and what chance would not find. */
const files = ['tests/fixtures/payloads', 'tests/fixtures/fuzz', '../shared/samples']
	.filter((folder) => existsSync(folder))
	.flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
	.filter((entry) => entry.isFile() && !/\.(expected\.json|pdf|png|jpe?g|webp|tiff?|heic|gif|md)$/.test(entry.name))
	.map((entry) => readFileSync(join(entry.parentPath, entry.name)))
	.sort((one, other) => Buffer.compare(one, other));
const small = files.filter(({ length }) => length <= 3000);
const large = files.filter(({ length }) => length > 3000 && length < 60_000);
const token = fc
	.constantFrom(
		...[
			'"',
			'\\',
			'{',
			'}',
			'[',
			']',
			',',
			':',
			' ',
			'\n',
			'0',
			'-',
			'.',
			'e',
			'1',
			'\0',
			'\u001f',
			'\u007f',
			'é',
			'€',
			'\u{1f600}',
			'\ufeff',
			'\u2028',
		],
		...[
			'null',
			'true',
			'1e400',
			'-0',
			'9007199254740993',
			'\\ud83d',
			'\\ude00',
			'\\u0061',
			'"a":1,',
			'"value":',
			'"fields":{},',
			'"items":[]',
			'[[',
			'{"',
			'"__proto__":{},',
		],
	)
	.map((text) => Buffer.from(text));
const rawBytes = fc.oneof(
	fc
		.constantFrom(
			[0x80],
			[0xbf],
			[0xc0, 0x80],
			[0xc2],
			[0xe2, 0x82],
			[0xed, 0xa0, 0x80],
			[0xf0, 0x9f, 0x98],
			[0xf4, 0x90, 0x80, 0x80],
			[0xff],
		)
		.map((bytes) => Buffer.from(bytes)),
	fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
);
const place = fc.nat({ max: 1_000_000 });
const mutation = fc.oneof(
	fc.record({ kind: fc.constant('insert' as const), at: place, bytes: token }),
	fc.record({
		kind: fc.constant('overwrite' as const),
		at: place,
		bytes: fc.oneof({ weight: 3, arbitrary: token }, rawBytes),
	}),
	fc.record({ kind: fc.constant('remove' as const), at: place, length: fc.oneof(fc.constant(1), fc.nat({ max: 40 })) }),
	fc.record({ kind: fc.constant('repeat' as const), at: place, length: fc.nat({ max: 80 }), to: place }),
	fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat({ max: 7 }) }),
	fc.record({ kind: fc.constant('cut' as const), at: place }),
	fc.record({
		kind: fc.constant('splice' as const),
		at: place,
		file: fc.nat({ max: 100_000 }),
		from: place,
		length: fc.nat({ max: 120 }),
	}),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer Value> ? Value : never;

function mutated(body: Buffer, change: Mutation): Buffer {
	const at = change.at % (body.length + 1);
	const [before, after] = [body.subarray(0, at), body.subarray(at)];
	switch (change.kind) {
		case 'insert':
			return Buffer.concat([before, change.bytes, after]);
		case 'overwrite':
			return Buffer.concat([before, change.bytes, after.subarray(change.bytes.length)]);
		case 'remove':
			return Buffer.concat([before, after.subarray(change.length)]);
		case 'repeat': {
			const to = change.to % (body.length + 1);
			return Buffer.concat([body.subarray(0, to), after.subarray(0, change.length), body.subarray(to)]);
		}
		case 'flip': {
			const copy = Buffer.from(body);
			if (at < copy.length) copy[at] = (copy[at] as number) ^ (1 << change.bit);
			return copy;
		}
		case 'cut':
			// Whole bodies are of more interest than their beginnings.
			return at % 3 === 0 ? before : body;
		case 'splice': {
			const other = small[change.file % small.length] as Buffer;
			const from = change.from % (other.length + 1);
			return Buffer.concat([before, other.subarray(from, from + change.length), after]);
		}
	}
}

const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });
const changed = (body: Buffer, changes: Mutation[]): Buffer => changes.reduce(mutated, body);

test('payloads and samples with bytes changed, cut, repeated and mixed', () => {
	// Five where the samples are not there, which lie outside of the project.
	assert.ok(small.length > 400 && large.length >= 5, `${small.length} and ${large.length} files`);
	hold(0.35, 1, fc.tuple(fc.constantFrom(...small), mutations), ([body, changes]) => check(changed(body, changes)));
	hold(0.02, 1, fc.tuple(fc.constantFrom(...large), mutations), ([body, changes]) => check(changed(body, changes)));
});

test('generated JSON with bytes changed', () => {
	hold(
		0.15,
		1,
		fc.tuple(
			json,
			mutations,
			fc.constantFrom(...Object.values(holes), (text: string) => text),
		),
		([text, changes, hole]) => {
			const changedText = changed(Buffer.from(text), changes);
			// The hole's own bytes stay whole, the changed ones need not be UTF-8.
			const [before, after] = hole('|').split('|') as [string, string];
			check(Buffer.concat([Buffer.from(before), changedText, Buffer.from(after)]));
		},
	);
});

test('string bodies with halves of surrogate pairs in and outside strings', () => {
	const unit = fc.oneof(
		fc.constantFrom(
			'\ud83d',
			'\ude00',
			'\ud800',
			'\udfff',
			'\u{1f600}',
			'\\',
			'\\\\',
			'\\"',
			'\\u',
			'\\ud83d',
			'\\ude00',
			'de00',
			'a',
			'"',
			',',
			':',
		),
		fc.string({ unit: 'binary', maxLength: 2 }),
	);
	const text = fc.array(unit, { maxLength: 10 }).map((units) => units.join(''));
	const forms = [
		(inner: string) => `"${inner}"`,
		(inner: string) => `["${inner}","${inner}"]`,
		(inner: string) => `{"${inner}":"${inner}"}`,
		(inner: string) => inner,
	];
	hold(
		0.08,
		1,
		fc.tuple(
			text,
			fc.constantFrom(...forms),
			fc.constantFrom(...Object.values(holes), (inner: string) => inner),
		),
		([inner, form, hole]) => check(hole(form(inner))),
	);
});

test('every answer was given, and nothing was left behind on a prototype', (context) => {
	context.diagnostic(
		`${checked} inputs: ${[...said]
			.sort(([, one], [, other]) => other - one)
			.map(([answer, count]) => `${count} ${answer}`)
			.join(', ')}`,
	);
	assert.ok(checked >= inputs, `${checked} inputs`);
	for (const answer of [
		'payload',
		'refused',
		'json.unexpected_end',
		'json.unexpected_character',
		'json.trailing_data',
		'json.invalid_number',
		'json.invalid_escape',
		'json.control_character',
		'json.invalid_utf8',
	]) {
		assert.ok((said.get(answer) ?? 0) >= inputs / 3000, `${answer} was said ${said.get(answer) ?? 0} times`);
	}
	assert.ok((said.get('payload') ?? 0) > inputs / 10, 'payloads that are accepted');
	assert.deepEqual(Object.keys(Object.prototype), []);
	assert.equal(({} as { value?: unknown; fields?: unknown }).value, undefined);
});
