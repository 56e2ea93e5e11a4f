/**
 * The range of every issue covers exactly the offending bytes. What they are is told here from the bytes and the issue's pointer
 * alone, by the table of tests/fixtures/README.md, and not by the offsets that are written beside the fixtures.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { type Issue, type Limits, validateWebhookIds, type WebhookIdsReport, webhookIdsFromText } from 'mindhook';
import { documentedCodes, issuesOf } from './issue-examples.js';
import { brokenPayloads, issueDifferences, validPayloads } from './payload-fixtures.js';

/** An issue with the bytes that it is about, and the input as JSON where it is any. */
interface Subject {
	readonly issue: Issue;
	readonly bytes: Buffer;
	readonly slice: Buffer;
	readonly text: string;
	readonly root: unknown;
}

const stepsOf = (pointer: string): string[] =>
	pointer
		.split('/')
		.slice(1)
		.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

/** The value at the issue's pointer. */
function pointedAt({ issue, root }: Subject): unknown {
	let value = root;
	for (const step of stepsOf(issue.pointer)) value = (value as Record<string, unknown>)[step];
	return value;
}

/** The whole value at the pointer as it is written, nothing around it. */
function isTheValue(subject: Subject): void {
	assert.doesNotMatch(subject.text, /^\s|\s$/);
	assert.deepEqual(JSON.parse(subject.text), pointedAt(subject));
}

/** The opening brace of the object at the pointer. */
function isTheBrace(subject: Subject): void {
	assert.equal(subject.text, '{');
	const value = pointedAt(subject);
	assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value));
	// The object that begins here is that one.
	assert.deepEqual(JSON.parse(objectFrom(subject.bytes.subarray(subject.issue.offset).toString())), value);
}

/** The text of the object that a text of valid JSON begins with. */
function objectFrom(text: string): string {
	let depth = 0;
	for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
		if (token === '{') depth++;
		if (token === '}' && --depth === 0) return text.slice(0, index + 1);
	}
	return text;
}

/** A key with its quotes, followed by a colon; the last step of the pointer. */
function isTheKey(subject: Subject): void {
	assert.equal(JSON.parse(subject.text), stepsOf(subject.issue.pointer).at(-1));
	isBeforeAColon(subject);
}

function isBeforeAColon({ issue, bytes }: Subject): void {
	assert.match(bytes.subarray(issue.offset + issue.length).toString('latin1'), /^\s*:/);
}

/** One of some keys, of the object at the pointer; not the first of them that is there. */
const isOneOf =
	(...keys: string[]) =>
	(subject: Subject): void => {
		assert.ok(keys.includes(JSON.parse(subject.text)), subject.text);
		assert.ok(Object.hasOwn(pointedAt(subject) as object, JSON.parse(subject.text)));
		isBeforeAColon(subject);
	};

/** One whole character of UTF-8. */
function isOneCharacter({ text, slice }: Subject): void {
	assert.equal([...text].length, 1);
	assert.ok(!text.includes('\ufffd') && Buffer.from(text).equals(slice));
}

const matches =
	(pattern: RegExp) =>
	({ text }: Subject): void =>
		assert.match(text, pattern);

const isNothing = ({ slice }: Subject): void => assert.equal(slice.length, 0);

/** What the bytes of an issue must be, by its code. */
const expectations: Record<string, (subject: Subject) => void> = {
	'json.empty': (subject) => {
		isNothing(subject);
		assert.equal(subject.issue.offset, 0);
		assert.match(subject.bytes.toString(), /^\s*$/);
	},
	'json.unexpected_end': (subject) => {
		isNothing(subject);
		assert.equal(subject.issue.offset, subject.bytes.length);
	},
	'json.unexpected_character': isOneCharacter,
	'json.trailing_data': (subject) => {
		isOneCharacter(subject);
		assert.doesNotThrow(() => JSON.parse(subject.bytes.subarray(0, subject.issue.offset).toString()));
		assert.doesNotMatch(subject.text, /[ \t\r\n]/);
	},
	'json.invalid_number': (subject) => {
		matches(/^-?[0-9][0-9.eE+-]*$|^-$/)(subject);
		assert.throws(() => JSON.parse(subject.text), SyntaxError);
		// But for the last character read, or with one more digit, it would be a number.
		assert.ok([subject.text.slice(0, -1), `${subject.text}0`].some((text) => !Number.isNaN(Number(text))));
	},
	'json.invalid_escape': (subject) => {
		matches(/^\\(?:[^u"\\/bfnrt]|u[0-9a-fA-F]{0,3}[^0-9a-fA-F])$/su)(subject);
		assert.throws(() => JSON.parse(`"${subject.text}"`), SyntaxError);
	},
	// biome-ignore lint/suspicious/noControlCharactersInRegex: the very characters
	'json.control_character': matches(/^[\x00-\x1f]$/),
	'json.invalid_utf8': ({ issue, bytes, slice }) => {
		assert.equal(slice.length, 1);
		const decoder = new TextDecoder('utf-8', { fatal: true });
		assert.doesNotThrow(() => decoder.decode(bytes.subarray(0, issue.offset)));
		// With what follows, up to the longest sequence, it is no character.
		for (let length = 1; length <= 4; length++) {
			const sequence = bytes.subarray(issue.offset, issue.offset + length);
			assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(sequence), TypeError);
		}
	},
	'json.bom': ({ issue, slice }) => {
		assert.equal(issue.offset, 0);
		assert.deepEqual([...slice], [0xef, 0xbb, 0xbf]);
	},
	'json.duplicate_key': (subject) => {
		isTheKey(subject);
		const earlier = subject.bytes.subarray(0, subject.issue.offset).toString();
		const keys = [...earlier.matchAll(/"(?:[^"\\]|\\.)*"(?=\s*:)/g)].map(([key]) => JSON.parse(key));
		assert.ok(keys.includes(JSON.parse(subject.text)), 'there is an earlier one');
	},
	'json.unsafe_integer': ({ text }) => {
		const number = BigInt(text);
		assert.ok((number < 0n ? -number : number) > 2n ** 53n);
	},
	'json.number_overflow': ({ text }) =>
		assert.ok(/^-?\d/.test(text) && Math.abs(Number(text)) === Number.POSITIVE_INFINITY),
	'json.lone_surrogate': ({ issue, bytes, text }) => {
		assert.match(text, /^\\u[dD][89a-fA-F][0-9a-fA-F]{2}$/);
		const high = /^\\u[dD][89abAB]/;
		const behind = bytes.subarray(issue.offset + 6, issue.offset + 12).toString('latin1');
		if (high.test(text)) assert.doesNotMatch(behind, /^\\u[dD][c-fC-F]/);
	},
	'payload.not_an_object': isTheValue,
	'payload.v1': isTheBrace,
	'payload.unknown_kind': isTheBrace,
	'payload.ambiguous_kind': isOneOf('fields', 'classification', 'crops', 'pages', 'splits', 'inference', 'job'),
	'payload.missing_key': isTheBrace,
	'payload.wrong_type': isTheValue,
	'payload.unknown_key': isTheKey,
	'payload.unknown_confidence': isTheValue,
	'payload.unknown_status': isTheValue,
	'payload.field_shape': isTheBrace,
	'payload.ambiguous_field': isOneOf('value', 'fields', 'items'),
	'payload.field_name': isTheKey,
	'payload.not_an_integer': isTheValue,
	'payload.out_of_range': isTheValue,
	'payload.point': isTheValue,
	'payload.coordinate': isTheValue,
	'payload.timestamp': isTheValue,
	'payload.id_not_a_uuid': isTheValue,
	'limit.bytes': isNothing,
	'limit.depth': matches(/^[[{]$/),
	'limit.fields': isTheBrace,
	'limit.key_length': (subject) => {
		assert.equal(typeof JSON.parse(subject.text), 'string');
		isBeforeAColon(subject);
	},
	'limit.issues': isNothing,
	'webhook_ids.not_a_list': ({ text }) => assert.doesNotThrow(() => JSON.parse(text)),
	'webhook_ids.bare_string': ({ slice, bytes }) => assert.deepEqual(slice, bytes),
	'webhook_ids.empty_list': isNothing,
	'webhook_ids.syntax': matches(/^$|^[^0-9a-f]/),
	'webhook_ids.not_a_string': ({ text }) => assert.notEqual(typeof JSON.parse(text), 'string'),
	'webhook_ids.empty_id': matches(/^\s*$/),
	'webhook_ids.not_a_uuid': (subject) => {
		// An entry with JSON escapes is pointed at as a whole: its characters have no places of their own.
		if (subject.text.startsWith('"') && subject.text.length > 1) assert.ok(subject.text.includes('\\'));
		else isOneCharacter(subject);
	},
	'webhook_ids.wrong_length': matches(/^(?:[0-9a-f]*|-)$/),
	'webhook_ids.nil': ({ text }) => assert.equal(text.replaceAll('-', ''), '0'.repeat(32)),
	'webhook_ids.max': ({ text }) => assert.equal(text.replaceAll('-', '').toLowerCase(), 'f'.repeat(32)),
	'webhook_ids.wrong_variant': ({ issue, bytes, text }) => {
		assert.match(text, /^[0-7c-f]$/i);
		assert.equal(digitsBefore(bytes, issue.offset), 16);
	},
	'webhook_ids.wrong_version': ({ issue, bytes, text }) => {
		assert.match(text, /^[0-35-9a-f]$/i);
		assert.equal(digitsBefore(bytes, issue.offset), 12);
	},
	'webhook_ids.spelling': matches(/^\{.*\}$|^urn:uuid:|^[0-9a-f]{32}$/i),
	'webhook_ids.white_space': matches(/^[\s\ufeff]+$/),
	'webhook_ids.duplicate': ({ issue, text }) => {
		assert.notEqual(issue.pointer, '/0', 'the first one is no repetition');
		assert.match(text, /^[0-9a-f-]{32,36}$/i);
	},
};

/** How many hexadecimal digits of the entry stand before a place. */
const digitsBefore = (bytes: Buffer, offset: number): number =>
	(/[0-9a-f-]*$/i.exec(bytes.subarray(0, offset).toString('latin1'))?.[0] ?? '').replaceAll('-', '').length;

/** Codes whose issues are about no bytes at all. */
const without = [
	'input.not_bytes',
	'core.unavailable',
	'core.stopped',
	'webhook_ids.unreadable',
	'webhook_ids.too_many',
];

const seen = new Set<string>();

function examine(label: string, issue: Issue, bytes: Buffer, root: unknown): void {
	const what = `${label}: ${issue.code} at '${issue.pointer}' (${issue.offset}+${issue.length})`;
	seen.add(issue.code);
	const expectation = expectations[issue.code];
	assert.ok(expectation, `${what}: this test does not know the code`);
	assert.ok(issue.offset + issue.length <= bytes.length, `${what}: beyond the end`);
	const slice = bytes.subarray(issue.offset, issue.offset + issue.length);
	const before = bytes.subarray(0, issue.offset);
	const line = before.subarray(before.lastIndexOf(0x0a) + 1);
	assert.equal(issue.line, before.filter((byte) => byte === 0x0a).length + 1, `${what}: line`);
	assert.equal(issue.column, line.length + 1, `${what}: column`);
	if (line.equals(Buffer.from(line.toString())))
		assert.equal(issue.columnUtf16, line.toString().length + 1, `${what}: UTF-16`);
	// No range ends in the middle of a character; a byte that is no character is a fault of its own.
	const whole = Buffer.from(slice.toString()).equals(slice) || issue.code === 'json.invalid_utf8';
	assert.ok(whole, `${what}: a part of a character`);
	try {
		expectation({ issue, bytes, slice, text: slice.toString(), root });
	} catch (error) {
		assert.fail(`${what}: ${JSON.stringify(slice.toString())}\n${(error as Error).message}`);
	}
}

/** The input as `JSON.parse` reads it; `undefined` when it does not. */
function parsed(body: Uint8Array): unknown {
	try {
		return JSON.parse(new TextDecoder().decode(body));
	} catch {
		return undefined;
	}
}

test('in every payload fixture, each range covers what its issue is about', () => {
	const fixtures = [...brokenPayloads(), ...validPayloads()];
	let count = 0;
	for (const { name, body } of fixtures) {
		const root = parsed(body);
		for (const issue of issuesOf(body)) {
			examine(name, issue, body, root);
			count++;
		}
	}
	assert.ok(count > 500, `${count} issues`);
});

test('this test would notice a range that is one byte too long or too short', () => {
	const unnoticed = new Map<string, number>();
	let tried = 0;
	for (const { name, body } of brokenPayloads()) {
		const root = parsed(body);
		for (const issue of issuesOf(body)) {
			for (const length of [issue.length - 1, issue.length + 1]) {
				if (length < 0 || issue.offset + length > body.length) continue;
				tried++;
				try {
					examine(name, { ...issue, length }, body, root);
					unnoticed.set(issue.code, (unnoticed.get(issue.code) ?? 0) + 1);
				} catch {
					// Noticed.
				}
			}
		}
	}
	assert.ok(tried > 500, `${tried} ranges`);
	// Numbers of one more digit are too large as well; what was read of a number can be wrong in more than one way.
	for (const code of ['json.unsafe_integer', 'json.invalid_number']) unnoticed.delete(code);
	assert.deepEqual(Object.fromEntries(unnoticed), {});
});

test('past each limit there is the issue that is expected, and without the limit there is not', () => {
	const names = readdirSync('tests/fixtures/limits').filter((name) => !name.endsWith('.expected.json'));
	assert.ok(names.length >= 5);
	for (const name of names) {
		const body = readFileSync(`tests/fixtures/limits/${name}`);
		const expected = JSON.parse(
			readFileSync(`tests/fixtures/limits/${name.replace('.json', '.expected.json')}`, 'utf8'),
		) as {
			limits: Limits;
			issues: Partial<Issue>[];
		};
		const issues = issuesOf(body, expected.limits);
		assert.deepEqual(issueDifferences(expected.issues, issues), [], name);
		for (const issue of issues) examine(name, issue, body, parsed(body));
		assert.ok(
			issuesOf(body).every(({ code }) => !code.startsWith('limit.')),
			name,
		);
	}
});

test('in every list of IDs, each range covers what its issue is about', () => {
	interface IdCase {
		name: string;
		form: string;
		input: unknown;
	}
	const table = JSON.parse(readFileSync('tests/fixtures/webhook_ids.json', 'utf8')) as IdCase[];
	for (const { name, form, input } of table) {
		// Offsets of a form count within its fields, and issues do not name them.
		if (form === 'form') continue;
		const report: WebhookIdsReport = form === 'text' ? webhookIdsFromText(input as string) : validateWebhookIds(input);
		for (const issue of report.issues) {
			// In a list of a program, offsets count within the entry.
			const entry = Array.isArray(input) ? (input as unknown[])[Number(issue.pointer.slice(1))] : input;
			const source = typeof input === 'string' ? input : issue.pointer === '' ? undefined : entry;
			if (typeof source === 'string') examine(`${form}: ${name}`, issue, Buffer.from(source), undefined);
			else assert.deepEqual([issue.offset, issue.length], [0, 0], `${form}: ${name}`);
		}
	}
});

test('every documented code was met', () => {
	const codes = documentedCodes();
	assert.ok(codes.length > 50);
	assert.deepEqual(
		codes.filter((code) => !seen.has(code) && !without.includes(code)),
		[],
		'codes without a fixture',
	);
});
