/** Payloads that were made to hurt: everything is answered, in the time that its size takes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { markCalls } from './calls/marks.js';
import { rawCalls } from './calls/raw.js';
import { treeCalls } from './calls/tree.js';
import { allRows, extractionBody, openBody, resultBody } from './test-payload.js';

test('a million opened brackets are bounded', async () => {
	for (const body of [
		'['.repeat(1_000_000),
		`${'{"a":'.repeat(300_000)}1${'}'.repeat(300_000)}`,
		'[{"a":'.repeat(200_000),
	]) {
		const { document, opened } = await openBody(body);
		assert.ok(!opened.readable);
		const rows = await allRows(document);
		assert.ok(rows.length > 100 && rows.length <= 1000, 'deep ones share a row');
		const detail = await treeCalls.detail({ document, index: rows.length - 1 });
		assert.equal(detail?.shape, 'broken');
		assert.equal((await rawCalls.rawSize({ document }))?.bytes, body.length);
	}
});

test('a branch of a hundred thousand rows is opened and closed, and its last row is reached', async () => {
	const fields = Array.from({ length: 100_000 }, (_, index) => `"f${index}":{"value":${index}}`).join();
	const { document } = await openBody(extractionBody(`"all":{"fields":{${fields}}},"last":{"value":"x"}`));
	assert.equal((await treeCalls.expand({ document, index: 0, expanded: true }))?.total, 100_002);
	const answer = await treeCalls.rows({ document, from: 99_990, count: 100 });
	assert.deepEqual(
		answer?.rows.slice(-2).map(({ name, level, position }) => [name, level, position]),
		[
			['f99999', 2, 100_000],
			['last', 1, 2],
		],
	);
	const pointer = '/inference/result/fields/all/fields/f77777';
	const found = await markCalls.locate({ document, pointer });
	assert.equal((await treeCalls.detail({ document, index: found?.index ?? -1 }))?.pointer, pointer);
	assert.equal((await treeCalls.expand({ document, index: 0, expanded: false }))?.total, 2);
});

test('opening everything stops at its limit, and that is said', async () => {
	const item = '{"fields":{"a":{"value":1},"b":{"value":2}}}';
	const list = `"list":{"items":[${Array(60_000).fill(item).join()}]}`;
	const { document } = await openBody(extractionBody(list));
	const answer = await treeCalls.expandAll({ document, index: null, expanded: true });
	assert.equal(answer?.complete, false);
	assert.ok((answer?.total ?? 0) > 60_000 && (answer?.total ?? 0) <= 100_001);
	const last = await treeCalls.rows({ document, from: (answer?.total ?? 0) - 1, count: 5 });
	assert.equal(last?.rows.length, 1);
});

test('names and values that are code, markup or a megabyte long are text like any other', async () => {
	const long = 'k'.repeat(60_000);
	const names = ['<script>alert(1)</script>', 'javascript:alert(1)', '__proto__', 'constructor', '\u202egnp.exe', long];
	const fields = names.map((name) => `${JSON.stringify(name)}:{"value":${JSON.stringify(name)}}`).join();
	const { document, opened } = await openBody(extractionBody(fields));
	assert.ok(opened.readable);
	const rows = await allRows(document);
	assert.deepEqual(
		rows.map(({ name }) => name),
		names.map((name) => (name === long ? `${'k'.repeat(240)}…` : name)),
	);
	for (const { index, name, text } of rows) {
		assert.equal(name, text);
		const detail = await treeCalls.detail({ document, index });
		assert.ok((detail?.pointer.length ?? 0) <= 20_001);
	}
	const broken = await openBody(`{"${'k'.repeat(5_000_000)}": "<script>", "b": [1, 2`);
	const shown = await allRows(broken.document);
	assert.deepEqual(
		shown.map(({ text, shape }) => [text, shape]),
		[
			['<script>', 'string'],
			['', 'list'],
			['1', 'number'],
			['2', 'number'],
		],
	);
	assert.equal((await treeCalls.detail({ document: broken.document, index: 0 }))?.range.length, 10);
});

test('ten thousand copies of a key are rows, and more of them do no harm', async () => {
	const copies = Array.from({ length: 12_000 }, (_, index) => `"a":{"value":${index}}`).join();
	const { document, opened } = await openBody(extractionBody(copies));
	assert.equal(opened.issues.length + opened.unlisted, 11_999);
	const answer = await treeCalls.rows({ document, from: 0, count: 3 });
	assert.ok((answer?.total ?? 0) >= 10_000);
	assert.deepEqual(
		answer?.rows.map(({ text, shadowed }) => [text, shadowed]),
		[
			['0', true],
			['1', true],
			['2', true],
		],
	);
	const last = await treeCalls.rows({ document, from: (answer?.total ?? 0) - 1, count: 1 });
	assert.deepEqual([last?.rows[0]?.text, last?.rows[0]?.shadowed], ['11999', false]);
});

test('issues beyond the limit are counted', async () => {
	const fields = Array.from({ length: 1500 }, (_, index) => `"f${index}":{"value":9007199254740993}`).join();
	const { opened } = await openBody(extractionBody(fields));
	assert.deepEqual([opened.issues.length, opened.unlisted], [1000, 500]);
	assert.ok(opened.issues.every(({ code }) => code !== 'limit.issues'));
});

test('nothing, white space, another encoding, bytes that are no text: told, and shown as they are', async () => {
	const utf16 = new Uint8Array(new Uint16Array([...'{"a":1}'].map((char) => char.charCodeAt(0))).buffer);
	for (const body of [
		'',
		' \n',
		'true',
		'"{}"',
		'{',
		'{"a"',
		'[1,]',
		'{"a":tru}',
		utf16,
		new Uint8Array(300).fill(0xff),
	]) {
		const { document, opened } = await openBody(body);
		assert.ok(!opened.readable && opened.issues.length > 0);
		if (opened.tree) await allRows(document);
		const size = await rawCalls.rawSize({ document });
		const rows = await rawCalls.rawRows({ document, from: 0, count: 10 });
		assert.equal(rows?.rows.length, size?.rows);
		assert.deepEqual(await markCalls.splits({ document }), []);
	}
});

test('a chained extraction is below its crop, whatever is around it', async () => {
	const chained = extractionBody(
		'"total":{"value":1.10,"confidence":"Low","locations":[{"page":0,"polygon":[[0,0]]}]}',
	);
	const crop = (response: string) =>
		`{"object_type":"receipt","location":{"page":1,"polygon":[[0,0],[1,1]]}, "extraction_response" : ${response}}`;
	const { document, opened } = await openBody(resultBody(`{"crops":[${crop('null')}, ${crop(chained)}]}`));
	assert.ok(opened.readable && opened.kind === 'crop');
	const rows = await allRows(document);
	assert.deepEqual(
		rows.map(({ name, shape, text, size, pages, locations }) => [name, shape, text, size, pages, locations]),
		[
			[0, 'crop', 'receipt', 0, [1], 1],
			[1, 'crop', 'receipt', 1, [1], 1],
			['total', 'number', '1.10', 0, [0], 1],
		],
	);
	const detail = await treeCalls.detail({ document, index: 2 });
	assert.equal(
		detail?.code,
		'payload.data.inference.result.crops[1].extraction_response.inference.result.fields.total',
	);
	assert.deepEqual([...((await markCalls.markCounts({ document })) ?? [])], [1, 2]);
});
