/** The rows of every payload fixture, held against what `JSON.parse` makes of the same bytes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { type Payload, parsePayload } from 'mindhook';
import { brokenPayloads, validPayloads } from '../../../tests/payload-fixtures.js';
import { markCalls } from './calls/marks.js';
import { type ByteRange, type Detail, type Filter, type Row, treeCalls } from './calls/tree.js';
import { allRows, extractionBody, openBody, resultBody, testSamples, valueAt, visibleRows } from './test-payload.js';

async function detailOf(document: number, index: number): Promise<Detail> {
	const detail = await treeCalls.detail({ document, index });
	assert.ok(detail);
	return detail;
}

/** The value at a normalized JSONPath, read with code of its own. */
function valueAtPath(data: unknown, path: string): unknown {
	let at = data as Record<string | number, unknown>;
	for (const [, index, name] of path.slice(1).matchAll(/\[(?:(\d+)|'((?:[^'\\]|\\.)*)')\]/g)) {
		const key = index ?? JSON.parse(`"${(name ?? '').replaceAll("\\'", "'").replaceAll('"', '\\"')}"`);
		at = at[key] as Record<string, unknown>;
	}
	return at;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

for (const { name, body } of validPayloads()) {
	test(`every row leads to its value: ${name}`, () => checkRows(body));
}
testSamples('every row leads to its value', checkRows);

async function checkRows(body: Uint8Array): Promise<void> {
	const { document, opened } = await openBody(body);
	assert.ok(opened.readable);
	const payload = parsePayload(body);
	if (!opened.tree) {
		assert.ok(['failure', 'job', 'error'].includes(payload.kind));
		return;
	}
	const rows = await allRows(document);
	assert.equal(rows.filter(({ level }) => level === 1).length, opened.tree.top);
	/** Level of the copy that is replaced and that one is within. */
	let replaced = Number.POSITIVE_INFINITY;
	for (const row of rows) {
		if (row.level <= replaced) replaced = row.shadowed ? row.level : Number.POSITIVE_INFINITY;
		const detail = await detailOf(document, row.index);
		assertWritten(body, row.name, detail);
		if (replaced === Number.POSITIVE_INFINITY) {
			assertLeadsTo(payload, detail, written(body, detail.range));
			const located = await markCalls.locate({ document, pointer: detail.pointer });
			assert.equal(located?.index, row.index, `${detail.pointer} is found again`);
		} else assert.equal(detail.code, null);
		if (row.level > 1) {
			const parent = await treeCalls.parent({ document, index: row.index });
			assert.equal(rows[parent?.index ?? -1]?.level, row.level - 1);
		}
	}
}

function written(body: Uint8Array, { offset, length }: ByteRange): string {
	return decoder.decode(body.subarray(offset, offset + length));
}

function assertLeadsTo(payload: Payload, detail: Detail, json: string): void {
	const value = valueAt(payload.data, detail.pointer);
	assert.deepEqual(JSON.parse(json), value, detail.pointer);
	assert.deepEqual(payload.get(detail.pointer), value, detail.pointer);
	assert.deepEqual(valueAtPath(payload.data, detail.jsonPath), value, detail.jsonPath);
	assert.deepEqual(plain(evaluate(detail.code ?? 'no code', payload)), plain(value), detail.code ?? '');
}

function assertWritten(body: Uint8Array, name: Row['name'], detail: Detail): void {
	if (detail.nameRange) assert.equal(JSON.parse(written(body, detail.nameRange)), name);
	if (detail.valueRange) {
		const text = written(body, detail.valueRange);
		assert.equal(detail.shape === 'string' ? JSON.parse(text) : text, detail.text);
	}
	assert.equal(detail.length, detail.text.length);
}

function evaluate(code: string, payload: Payload): unknown {
	return new Function('payload', `return ${code}`)(payload);
}

function plain(value: unknown): unknown {
	return JSON.parse(JSON.stringify(value));
}

for (const { name, body } of brokenPayloads()) {
	test(`what could be read is shown: ${name}`, async () => {
		const { document, opened } = await openBody(body);
		assert.ok(!opened.readable);
		let data: unknown;
		try {
			data = JSON.parse(decoder.decode(body).replace(/^\ufeff/, ''));
		} catch {
			data = undefined;
		}
		if (data !== undefined) assert.ok(opened.json, 'all of what is JSON is read');
		if (!opened.tree) return;
		for (const row of await allRows(document)) {
			const detail = await detailOf(document, row.index);
			assert.equal(detail.code, null);
			const { offset, length } = detail.range;
			assert.ok(length >= 0 && offset + length <= body.length);
			if (data === undefined || /duplicate/.test(name)) continue;
			assert.deepEqual(JSON.parse(written(body, detail.range)), valueAt(data, detail.pointer), detail.pointer);
		}
	});
}

test('the copied code is JavaScript that a compiler takes', { timeout: 120_000 }, async () => {
	const expressions: string[] = [];
	for (const { body } of validPayloads()) {
		const { document, opened } = await openBody(body);
		for (const { index } of opened.tree ? await allRows(document) : []) {
			const { code } = await detailOf(document, index);
			if (code !== null) expressions.push(code);
		}
	}
	assert.ok(expressions.length > 1000);
	const folder = mkdtempSync(join(tmpdir(), 'mindhook-'));
	const file = join(folder, 'copied.js');
	try {
		const lines = expressions.map((code) => `values.push(${code});`).join('\n');
		writeFileSync(
			file,
			`/** @param {any} payload @param {unknown[]} values */\nexport function read(payload, values) {\n${lines}\n}\n`,
		);
		const options = ['--allowJs', '--checkJs', '--strict', '--noEmit', '--target', 'es2023', '--ignoreConfig'];
		const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', ...options, file], {
			encoding: 'utf8',
		});
		assert.equal(tsc.stdout + tsc.stderr, '');
		assert.equal(tsc.status, 0);
	} finally {
		rmSync(folder, { recursive: true });
	}
});

/** What the rows of a fixture with duplicate keys show. */
async function copiesIn(fixture: string): Promise<unknown[][]> {
	const body = validPayloads().find(({ name }) => name.endsWith(fixture))?.body;
	assert.ok(body);
	const { document } = await openBody(body);
	const rows = await allRows(document);
	return rows.map(({ level, name, shape, text, shadowed }) => [level, name, shape, text, shadowed]);
}

test('both copies of a duplicate key are rows, and the earlier one is marked', async () => {
	assert.deepEqual(await copiesIn('duplicate-keys-the-last-one-counts.json'), [
		[1, 'name', 'string', 'first.pdf', true],
		[1, 'total', 'list', '', true],
		[1, 'lines', 'list', '', false],
		[2, 0, 'object', '', false],
		[3, 'sku', 'string', 'A', true],
		[3, 'sku', 'string', 'B', false],
		[1, 'total', 'number', '2', false],
		[2, 'value', 'number', '1', true],
	]);
});

test('an earlier copy that breaks the contract is shown as the JSON that it is', async () => {
	assert.deepEqual(await copiesIn('duplicate-key-the-earlier-one-is-broken.json'), [
		[1, 'total', 'object', '', true],
		[2, 'value', 'list', '', false],
		[2, 'confidence', 'string', 'certain', false],
		[2, 'colour', 'number', '1', false],
		[1, 'total', 'number', '1', false],
		[1, 'active_options', 'null', 'null', true],
	]);
});

const NOTHING: Filter = { text: '', confidence: null, shapes: null, unlocated: false };

test('a filter shows matches with those that hold them, and the way back', async () => {
	const fixture = validPayloads().find(({ name }) => name.endsWith('extraction/invoice-indented.json'));
	assert.ok(fixture);
	const { document } = await openBody(fixture.body);
	const before = (await visibleRows(document)).length;
	const answer = await treeCalls.filter({ document, filter: { ...NOTHING, text: 'POSTAL' } });
	assert.ok(answer && answer.matches > 0);
	const rows = await visibleRows(document);
	assert.equal(rows.length, answer.total);
	for (const row of rows) {
		if (row.matches) assert.match(String(row.name) + row.text, /postal/i);
		else assert.ok(row.size > 0, 'what does not match holds a match');
	}
	assert.equal(rows.filter(({ matches }) => matches).length, answer.matches);
	await treeCalls.filter({ document, filter: null });
	assert.equal((await visibleRows(document)).length, before);
});

test('a newer filter wins over an older one that is still at work', async () => {
	const fields = Array.from({ length: 200_000 }, (_, index) => `"f${index}":{"value":"v${index}"}`).join();
	const { document } = await openBody(extractionBody(fields));
	const older = treeCalls.filter({ document, filter: { ...NOTHING, text: 'v1' } });
	const newer = treeCalls.filter({ document, filter: { ...NOTHING, text: 'v199999' } });
	assert.equal(await older, null);
	assert.deepEqual(await newer, { matches: 1, total: 1 });
});

test('a filter finds what a comparison of every row finds', async () => {
	const letters = fc.constantFrom('a', 'B', 'ß', 'É', 'σ', 'Σ', 'ς', '\\u0041', 'İ', '€', '😀', ' ');
	const word = fc.array(letters, { maxLength: 6 }).map((parts) => parts.join(''));
	const level = fc.constantFrom('"Certain"', '"High"', '"Medium"', '"Low"', 'null');
	const located = fc.constantFrom('[]', 'null', '[{"page":0,"polygon":[[0,0]]}]');
	const simple = fc
		.tuple(word, level, located)
		.map(
			([value, confidence, locations]) => `{"value":"${value}","confidence":${confidence},"locations":${locations}}`,
		);
	const object = fc.array(fc.tuple(word, simple), { maxLength: 4 }).map((each) => `{"fields":{${members(each)}}}`);
	const fields = fc.array(fc.tuple(word, fc.oneof(simple, object)), { maxLength: 8 }).map(members);
	const filter = fc.record<Filter>({
		text: fc.oneof(
			fc.constant(''),
			word.map((each) => each.replaceAll('\\u0041', 'A')),
		),
		confidence: fc.option(fc.subarray(['Certain', 'High', 'Medium', 'Low', 'none'] as const)),
		shapes: fc.option(fc.subarray(['string', 'object'] as const)),
		unlocated: fc.boolean(),
	});
	await fc.assert(
		fc.asyncProperty(fields, filter, async (body, wanted) => {
			const { document } = await openBody(extractionBody(body));
			const rows = await allRows(document);
			const expected = rows.filter((row) => isMeant(row, wanted)).map(({ name, text }) => [name, text]);
			const answer = await treeCalls.filter({ document, filter: wanted });
			assert.equal(answer?.matches, expected.length);
			if (Object.values(wanted).every((each) => !each)) return;
			const found = await visibleRows(document);
			assert.deepEqual(
				found.filter(({ matches }) => matches).map(({ name, text }) => [name, text]),
				expected,
			);
			assert.equal(found.length, answer?.total);
			for (const row of found) {
				const parent = (await treeCalls.parent({ document, index: row.index }))?.index ?? -1;
				assert.equal(row.level, parent < 0 ? 1 : (found[parent]?.level ?? 0) + 1);
				assert.ok(row.matches || row.expanded, 'what does not match holds a match');
			}
		}),
		{ numRuns: 300 },
	);
});

/** Members with names of their own. */
function members(each: [string, string][]): string {
	return each.map(([name, value], index) => `"${name}${index}":${value}`).join();
}

function isMeant(row: Row, { text, confidence, shapes, unlocated }: Filter): boolean {
	const folded = (each: string) => each.toUpperCase().toLowerCase().replaceAll('ς', 'σ');
	const isValue = row.shape === 'string';
	if (shapes && !shapes.includes(row.shape)) return false;
	if (confidence && row.confidence && !confidence.includes(row.confidence)) return false;
	if (confidence && !row.confidence && !(isValue && confidence.includes('none'))) return false;
	if (unlocated && !(isValue && row.locations === 0)) return false;
	return [String(row.name), row.text].some((each) => folded(each).includes(folded(text)));
}

test('rows are opened and closed one by one, under a filter too', async () => {
	const fixture = validPayloads().find(({ name }) => name.endsWith('three-deep-list-of-objects-of-lists.json'));
	assert.ok(fixture);
	const { document } = await openBody(fixture.body);
	for (const filter of [null, { ...NOTHING, shapes: ['string', 'number'] as const }]) {
		await treeCalls.filter({ document, filter });
		const all = await allRows(document);
		const pointers = await pointersOf(document);
		assert.equal(new Set(pointers).size, all.length);
		for (const { index, size } of all) {
			const closed = await treeCalls.expand({ document, index, expanded: false });
			const within = all.slice(index + 1).findIndex(({ level }) => level <= (all[index]?.level ?? 0));
			const hidden = size === 0 ? 0 : within < 0 ? all.length - index - 1 : within;
			assert.equal(closed?.total, all.length - hidden);
			const left = await pointersOf(document);
			assert.deepEqual(left, pointers.toSpliced(index + 1, hidden));
			await treeCalls.expandAll({ document, index, expanded: true });
			assert.deepEqual(await pointersOf(document), pointers);
		}
		await treeCalls.expandAll({ document, index: null, expanded: false });
		assert.ok((await visibleRows(document)).every(({ level, expanded }) => level === 1 && !expanded));
		// What is looked for comes to light with all that holds it.
		for (const [index, pointer] of pointers.entries()) {
			const found = await markCalls.locate({ document, pointer });
			assert.equal((await pointersOf(document))[found?.index ?? -1], pointer);
			assert.equal(found?.filterDropped, false);
			assert.ok((found?.total ?? 0) >= index + 1 - (found?.index ?? 0));
		}
	}
});

async function pointersOf(document: number): Promise<string[]> {
	const rows = await visibleRows(document);
	return Promise.all(rows.map(async ({ index }) => (await detailOf(document, index)).pointer));
}

test('what a filter hides is shown when it is looked for, and that is said', async () => {
	const { document } = await openBody(extractionBody('"a":{"value":1},"b":{"fields":{"c":{"value":2}}}'));
	await treeCalls.filter({ document, filter: { ...NOTHING, text: 'a' } });
	const found = await markCalls.locate({ document, pointer: '/inference/result/fields/b/fields/c/confidence' });
	assert.deepEqual(found, { index: 2, total: 3, filterDropped: true });
	assert.deepEqual(await markCalls.locate({ document, pointer: '/inference/file' }), {
		index: -1,
		total: 3,
		filterDropped: false,
	});
});

test('the next low confidence, match, value without a place, issue: forwards, backwards and around', async () => {
	const low = '"confidence":"Low","locations":[{"page":0,"polygon":[]}]';
	const sure = '"confidence":"High","locations":[{"page":0,"polygon":[]}]';
	const body = `"a":{"value":1,${low}},"b":{"fields":{"c":{"value":2,${sure}},"d":{"value":9007199254740993,${low}}}},"e":{"value":4}`;
	const { document } = await openBody(extractionBody(body));
	await treeCalls.expandAll({ document, index: null, expanded: false });
	const next = async (from: number, what: 'low' | 'match' | 'unlocated' | 'issue', backwards = false) => {
		const found = await treeCalls.next({ document, from, what, backwards });
		return found && found.index >= 0 ? (await detailOf(document, found.index)).pointer.split('/').at(-1) : null;
	};
	assert.equal(await next(-1, 'low'), 'a');
	assert.equal(await next(0, 'low'), 'd');
	assert.equal(await next(3, 'low'), 'a');
	assert.equal(await next(0, 'low', true), 'd');
	assert.equal(await next(0, 'unlocated'), 'e');
	assert.equal(await next(4, 'issue'), 'd');
	assert.equal(await next(0, 'match'), null);
	await treeCalls.filter({ document, filter: { ...NOTHING, text: 'c' } });
	assert.equal(await next(-1, 'match'), 'c');
	assert.equal(await next(-1, 'low'), null);
});

test('issues are counted on the row they lie on and on those that hold it', async () => {
	const { document } = await openBody(
		extractionBody('"b":{"fields":{"c":{"value":9007199254740993}}},"d":{"value":1}'),
	);
	const rows = await allRows(document);
	assert.deepEqual(
		rows.map(({ name, issues, issuesBelow }) => [name, issues, issuesBelow]),
		[
			['b', 0, 1],
			['c', 1, 0],
			['d', 0, 0],
		],
	);
	const { issues } = await detailOf(document, 1);
	assert.deepEqual(
		issues.map(({ code }) => code),
		['json.unsafe_integer'],
	);
});

test('what is no JSON lies on the row in which it was met', async () => {
	const cases: [string, string][] = [
		['{"a":{"b":[1,2 3]},"c":1}', '/a/b'],
		['{"a":{"b":[[1]x]}}', '/a/b'],
		['{"a":{"b":[1,', '/a/b'],
		['{"a":{"b":tru}}', '/a/b'],
	];
	for (const [body, pointer] of cases) {
		const { document } = await openBody(body);
		const found = (await allRows(document)).filter(({ issues }) => issues > 0);
		assert.deepEqual([found.length, found[0]?.issuesBelow], [1, 0], body);
		assert.ok((await detailOf(document, found[0]?.index ?? -1)).pointer.startsWith(pointer), body);
		const next = await treeCalls.next({ document, from: -1, what: 'issue', backwards: false });
		assert.equal(next?.index, found[0]?.index);
	}
});

test('the whole value is given for copying, as written', async () => {
	const long = 'é😀'.repeat(20_000);
	const fields = `"s":{"value":"${long}\\n"},"n":{"value":1.10},"o":{"fields": {"x": {"value" :null}} },"t":{"value":true}`;
	const { document } = await openBody(extractionBody(fields));
	await treeCalls.expandAll({ document, index: null, expanded: false });
	const values: (string | undefined)[] = [];
	for (const { id } of await visibleRows(document)) {
		values.push(await (await treeCalls.whole({ document, id, form: 'value' }))?.text());
	}
	assert.deepEqual(values, [`${long}\n`, '1.10', '{"fields": {"x": {"value" :null}} }', 'true']);
	const detail = await detailOf(document, 0);
	assert.equal(detail.length, long.length + 1);
	assert.ok(detail.text.length < 20_002 && detail.text.endsWith('…'));
});

test('what a detail had to cut is said, and the whole of it is given: pointer, path and value', async () => {
	const name = `/~'${'n'.repeat(60_000)}`;
	const fields = `"s":{"value":"${'v'.repeat(20_001)}"},"t":{"value":"${'v'.repeat(20_000)}"},"${name}":{"value":1}`;
	const { document } = await openBody(extractionBody(fields));
	const whole = async (id: number, form: 'pointer' | 'jsonPath' | 'value') =>
		(await treeCalls.whole({ document, id, form }))?.text();
	const cuts = await Promise.all([0, 1, 2].map(async (index) => (await detailOf(document, index)).cut));
	assert.deepEqual(cuts, [['value'], [], ['pointer', 'jsonPath']]);
	assert.equal(await whole(0, 'value'), 'v'.repeat(20_001));
	assert.equal(await whole(2, 'pointer'), `/inference/result/fields/~1~0'${name.slice(3)}`);
	assert.equal(await whole(2, 'jsonPath'), `$['inference']['result']['fields']['/~\\'${name.slice(3)}']`);
});

test('a detail stands for its entry, whichever rows are seen by now', async () => {
	const value = 'v'.repeat(30_000);
	const { document } = await openBody(extractionBody(`"a":{"fields":{"b":{"value":1}}},"s":{"value":"${value}"}`));
	await treeCalls.expandAll({ document, index: null, expanded: false });
	const { id } = await detailOf(document, 1);
	const filter: Filter = { text: 'matches nothing', confidence: null, shapes: null, unlocated: false };
	for (const change of [
		() => treeCalls.expandAll({ document, index: null, expanded: true }),
		() => treeCalls.filter({ document, filter }),
	]) {
		await change();
		const whole = await (await treeCalls.whole({ document, id, form: 'value' }))?.text();
		assert.ok(whole === value, `it is ${whole?.slice(0, 20)}`);
	}
	assert.equal(await treeCalls.whole({ document, id: 99, form: 'value' }), null);
});

test('the text of a page is copied as text, however long it is', async () => {
	const content = 'é'.repeat(20_001);
	const { document } = await openBody(
		resultBody(`{"pages":[{"content":"${content}","words":[]},{"content":"","words":[]}]}`),
	);
	const [first, second] = [await detailOf(document, 0), await detailOf(document, 1)];
	const whole = async ({ id }: Detail) => (await treeCalls.whole({ document, id, form: 'value' }))?.text();
	assert.deepEqual(first.cut, ['value']);
	assert.equal(await whole(first), content);
	assert.equal(await whole(second), '{"content":"","words":[]}');
});

test('the path of an earlier copy within an array names the element by its index', async () => {
	const fields = '"a":{"value":1,"locations":[{"page":0,"page":1,"polygon":[]}]}';
	const { document } = await openBody(extractionBody(fields));
	const copy = (await allRows(document)).find(({ shadowed }) => shadowed);
	const { pointer, jsonPath } = await detailOf(document, copy?.index ?? -1);
	assert.equal(pointer, '/inference/result/fields/a/locations/0/page');
	assert.equal(jsonPath, "$['inference']['result']['fields']['a']['locations'][0]['page']");
});

test('locations are told as written', async () => {
	const { document } = await openBody(
		extractionBody('"a":{"value":1,"locations":[{"polygon":[[0.10,0],[1,1e0]],"page":3},{"page":0,"polygon":[]}]}'),
	);
	const detail = await detailOf(document, 0);
	assert.deepEqual(detail.locations, [
		{ page: 3, polygon: '[[0.10,0],[1,1e0]]' },
		{ page: 0, polygon: '[]' },
	]);
	assert.deepEqual(detail.pages, [3, 0]);
});

test('a call about a payload that was left is answered by nothing', async () => {
	const { document } = await openBody(extractionBody('"a":{"value":1}'));
	await openBody(extractionBody('"b":{"value":1}'));
	assert.equal(await treeCalls.rows({ document, from: 0, count: 1 }), null);
	assert.equal(await treeCalls.filter({ document, filter: null }), null);
	assert.equal(await treeCalls.next({ document, from: 0, what: 'low', backwards: false }), null);
	assert.equal(await markCalls.marks({ document, page: 0 }), null);
});
