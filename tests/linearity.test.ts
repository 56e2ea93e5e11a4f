/**
 * No body takes more than its share of time or memory, and past each limit there is one clear issue. The table of all sizes up to 64 MB is
 * `npm run bench:linearity`; here the bounds are generous, for the machine may be busy.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { type Limits, parsePayload, safeParsePayload } from 'mindhook';
import { extraction } from './parity-judge.js';

interface Row {
	name: string;
	expected: string;
	runs: { bytes: number; milliseconds: number; said: string; perMegabyte: number }[];
}

// Time is no matter of the Node that runs the tests: one is enough.
const skip = process.versions.node.startsWith('24.') ? false : 'measured on Node 24';

const valid = extraction('{"a":{"value":1}}');

/** What is said about a body, and how long it took; a payload afterwards shows that the core is alive. */
function judged(body: Uint8Array, limits?: Limits): { codes: string[]; milliseconds: number } {
	const begin = performance.now();
	const result = safeParsePayload(body, { limits });
	const milliseconds = performance.now() - begin;
	assert.equal(parsePayload(valid).kind, 'extraction');
	const issues = result.ok ? result.payload.warnings : result.issues;
	return { codes: issues.map(({ code }) => code), milliseconds };
}

test('four times the bytes take about four times as long, for every family', { skip }, () => {
	const output = execFileSync(process.execPath, ['benches/linearity.js', '--sizes=0.5,2', '--json'], {
		encoding: 'utf8',
	});
	const rows = JSON.parse(output) as Row[];
	assert.ok(rows.length > 60, `${rows.length} families`);
	for (const { name, runs } of rows) {
		const [small, large] = runs as [Row['runs'][0], Row['runs'][0]];
		const shown = `${name}: ${small.perMegabyte} ms/MB at ${small.bytes} bytes, ${large.perMegabyte} at ${large.bytes}`;
		// Quadratic time would be 4 times as much a megabyte.
		assert.ok(large.perMegabyte < 3 * small.perMegabyte + 30, shown);
		assert.ok(large.perMegabyte < 600, shown);
	}
});

test('bombs of 10 MB end soon, with the right issue', { skip }, () => {
	const size = 10_000_000;
	const bombs: [name: string, body: string, codes: string[], limits?: Limits][] = [
		['arrays', '['.repeat(size), ['limit.depth']],
		['objects', '{"a":'.repeat(size / 5), ['limit.depth']],
		['arrays, closed', '['.repeat(size / 2) + ']'.repeat(size / 2), ['limit.depth']],
		['fields in fields', extraction(`{"a":${'{"fields":{"a":'.repeat(size / 15)}`), ['limit.depth']],
		['lists in lists', extraction(`{"a":${'{"items":['.repeat(size / 10)}`), ['limit.depth']],
		[
			'fields',
			extraction(`{"a":{"items":[${Array(Math.floor(size / 12)).fill('{"value":1}')}]}}`),
			['limit.fields'],
			{ fields: 500_000 },
		],
		['bytes', ' '.repeat(size), ['limit.bytes'], { bytes: size - 1 }],
		['a key', `{"${'k'.repeat(size)}":1}`, ['limit.key_length']],
		[
			'errors',
			extraction(`{"a":{"items":[${Array(size / 2).fill('1')}]}}`),
			[...Array(100).fill('payload.wrong_type'), 'limit.issues'],
		],
		[
			'warnings',
			extraction('{}', `,"more":"${'\\ud800'.repeat(size / 6)}"`),
			[...Array(100).fill('json.lone_surrogate'), 'limit.issues'],
		],
	];
	for (const [name, body, codes, limits] of bombs) {
		const found = judged(Buffer.from(body), limits);
		assert.deepEqual(found.codes, codes, name);
		// The target is 1 s, the rest is for a busy machine.
		assert.ok(found.milliseconds < 5000, `${name}: ${found.milliseconds} ms`);
	}
});

test('a report stays small, however deep its issues and however long the keys above them', () => {
	const depth = 100;
	const open = Array.from({ length: depth }, (_, level) => `{"${level}${'k'.repeat(60_000)}":`).join('');
	const body = Buffer.from(extraction('{}', `,"more":${open}{"a":1,"a":2,"b":1e999}${'}'.repeat(depth)}`));
	const result = safeParsePayload(body);
	assert.ok(result.ok);
	const { warnings } = result.payload;
	assert.deepEqual(
		warnings.map(({ code }) => code),
		['payload.unknown_key', 'json.duplicate_key', 'json.number_overflow'],
	);
	for (const { pointer, offset, length } of warnings) {
		assert.ok(pointer.length <= 16_384, `${pointer.length}`);
		// The pointer may end early, but it leads to what is around the place, which is exact.
		assert.notEqual(result.payload.get(pointer), undefined);
		assert.ok(['"more"', '"a"', '1e999'].includes(body.subarray(offset, offset + length).toString()));
	}
});

test('half a surrogate pair behind a million backslashes takes no longer than its neighbours', () => {
	const body = extraction(`{"a":{"value":"${'\\'.repeat(1_000_000)}\ud800"}}`);
	const begin = performance.now();
	const result = safeParsePayload(body);
	assert.ok(result.ok && result.payload.warnings[0]?.code === 'json.lone_surrogate');
	assert.ok(performance.now() - begin < 3000);
});

test('a limit beyond what is possible is taken as the largest that is', () => {
	const nested = (depth: number): Uint8Array => Buffer.from('['.repeat(depth) + ']'.repeat(depth));
	assert.deepEqual(judged(nested(2048), { depth: 2 ** 32 - 1 }).codes, ['payload.not_an_object']);
	assert.deepEqual(judged(nested(2049), { depth: 2 ** 32 - 1 }).codes, ['limit.depth']);
	const key = (length: number): Uint8Array => Buffer.from(extraction(`{"${'k'.repeat(length)}":{"value":1}}`));
	assert.deepEqual(judged(key(2 ** 22 - 1), { keyLength: 2 ** 32 - 1 }).codes, []);
	assert.deepEqual(judged(key(2 ** 22), { keyLength: 2 ** 32 - 1 }).codes, ['limit.key_length']);
	assert.deepEqual(judged(key(65_536)).codes, []);
	assert.deepEqual(judged(key(65_537)).codes, ['limit.key_length']);
});

test('no issues allowed still lists the worst one', () => {
	const body = Buffer.from(extraction('{"A":{"value":1},"b":1,"c":2}'));
	assert.deepEqual(judged(body, { issues: 0 }).codes, ['payload.wrong_type', 'limit.issues']);
});
