/** The rows of every payload fixture, held against what `JSON.parse` makes of the same bytes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Payload, parsePayload } from 'mindhook';
import { brokenPayloads, validPayloads } from '../../../tests/payload-fixtures.js';
import { payloadCalls } from './calls/payload.js';
import { type Detail, type Filter, type Row, treeCalls } from './calls/tree.js';
import { fileOf } from './readable-file.js';

let serial = 0;

function openText(body: Uint8Array | string) {
	const document = ++serial;
	const opened = payloadCalls.open({ document, slot: 'a', file: fileOf(body) });
	assert.ok(!(opened instanceof Promise));
	return { document, opened };
}

async function allRows(document: number): Promise<Row[]> {
	const rows: Row[] = [];
	for (;;) {
		const answer = await treeCalls.rows({ document, from: rows.length, count: 1000 });
		assert.ok(answer);
		rows.push(...answer.rows);
		if (rows.length >= answer.total) return rows;
	}
}

async function detailOf(document: number, index: number): Promise<Detail> {
	const detail = await treeCalls.detail({ document, index });
	assert.ok(detail);
	return detail;
}

/** The value at a pointer in what `JSON.parse` gave. */
function resolve(data: unknown, pointer: string): unknown {
	let at = data as Record<string, unknown> | undefined;
	for (const step of pointer.split('/').slice(1)) {
		const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
		assert.ok(at !== null && typeof at === 'object' && Object.hasOwn(at, key), `${pointer} leads nowhere at ${key}`);
		at = at[key] as Record<string, unknown>;
	}
	return at;
}

/** The value at a normalized JSONPath, read with code of its own. */
function resolvePath(data: unknown, path: string): unknown {
	let at = data as Record<string | number, unknown>;
	for (const [, index, name] of path.slice(1).matchAll(/\[(?:(\d+)|'((?:[^'\\]|\\.)*)')\]/g)) {
		const key = index ?? JSON.parse(`"${(name ?? '').replaceAll("\\'", "'").replaceAll('"', '\\"')}"`);
		at = at[key] as Record<string, unknown>;
	}
	return at;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

for (const { name, body } of validPayloads()) {
	test(`every row leads to its value: ${name}`, async () => {
		const { document, opened } = openText(body);
		assert.ok(opened.readable);
		const payload = parsePayload(body);
		const data = payload.data;
		if (!opened.tree) {
			assert.ok(['failure', 'job', 'error'].includes(payload.kind));
			return;
		}
		await treeCalls.expandAll({ document, index: null, expanded: true });
		const rows = await allRows(document);
		assert.equal(rows.filter(({ level }) => level === 1).length, opened.tree.top);
		for (const row of rows) {
			const detail = await detailOf(document, row.index);
			const { offset, length } = detail.range;
			const written = decoder.decode(body.subarray(offset, offset + length));
			if (!detail.shadowed && !(await isWithinShadowed(document, row.index))) {
				const value = resolve(data, detail.pointer);
				assert.deepEqual(JSON.parse(written), value, detail.pointer);
				assert.deepEqual(payload.get(detail.pointer), value, detail.pointer);
				assert.deepEqual(resolvePath(data, detail.jsonPath), value, detail.jsonPath);
				if (detail.code !== null) assert.deepEqual(plain(evaluate(detail.code, payload)), plain(value), detail.code);
				else assert.ok(detail.shape === 'string', 'every value of the contract has code');
			} else assert.equal(detail.code, null);
			if (detail.nameRange) {
				const { offset: at, length: size } = detail.nameRange;
				assert.equal(JSON.parse(decoder.decode(body.subarray(at, at + size))), row.name);
			}
			if (detail.valueRange) {
				const { offset: at, length: size } = detail.valueRange;
				const text = decoder.decode(body.subarray(at, at + size));
				assert.equal(row.shape === 'string' ? JSON.parse(text) : text, detail.text);
			}
			assert.equal(detail.length, detail.text.length);
			const located = await import('./calls/marks.js').then(({ markCalls }) =>
				markCalls.locate({ document, pointer: detail.pointer }),
			);
			if (!detail.shadowed && !(await isWithinShadowed(document, row.index))) {
				assert.equal(located?.index, row.index, `${detail.pointer} is found again`);
			}
			if (row.level > 1) {
				const parent = (await treeCalls.parent({ document, index: row.index }))?.index ?? -1;
				assert.equal(rows[parent]?.level, row.level - 1);
			}
		}
	});
}

async function isWithinShadowed(document: number, index: number): Promise<boolean> {
	for (let at = index; at >= 0; at = (await treeCalls.parent({ document, index: at }))?.index ?? -1) {
		if ((await detailOf(document, at)).shadowed) return true;
	}
	return false;
}

function evaluate(code: string, payload: Payload): unknown {
	return new Function('payload', `return ${code}`)(payload);
}

function plain(value: unknown): unknown {
	return JSON.parse(JSON.stringify(value));
}

for (const { name, body } of brokenPayloads()) {
	test(`what could be read is shown: ${name}`, async () => {
		const { document, opened } = openText(body);
		assert.ok(!opened.readable);
		let data: unknown;
		try {
			data = JSON.parse(decoder.decode(body).replace(/^\ufeff/, ''));
		} catch {
			data = undefined;
		}
		if (data !== undefined) assert.ok(opened.json, 'all of what is JSON is read');
		if (!opened.tree) return;
		await treeCalls.expandAll({ document, index: null, expanded: true });
		for (const row of await allRows(document)) {
			const detail = await detailOf(document, row.index);
			assert.equal(detail.code, null);
			const { offset, length } = detail.range;
			assert.ok(length >= 0 && offset + length <= body.length);
			if (data === undefined || /duplicate/.test(name)) continue;
			const written = decoder.decode(body.subarray(offset, offset + length));
			assert.deepEqual(JSON.parse(written), resolve(data, detail.pointer), detail.pointer);
		}
	});
}

test('both copies of a duplicate key are rows, and the earlier one is marked', async () => {
	const fixture = validPayloads().find(({ name }) => name.endsWith('duplicate-keys-the-last-one-counts.json'));
	assert.ok(fixture);
	const { document } = openText(fixture.body);
	await treeCalls.expandAll({ document, index: null, expanded: true });
	const rows = (await allRows(document)).map(({ level, name, shape, text, shadowed }) => [
		level,
		name,
		shape,
		text,
		shadowed,
	]);
	assert.deepEqual(rows, [
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
	const fixture = validPayloads().find(({ name }) => name.endsWith('duplicate-key-the-earlier-one-is-broken.json'));
	assert.ok(fixture);
	const { document } = openText(fixture.body);
	await treeCalls.expandAll({ document, index: null, expanded: true });
	const rows = (await allRows(document)).map(({ level, name, shape, text, shadowed }) => [
		level,
		name,
		shape,
		text,
		shadowed,
	]);
	assert.deepEqual(rows, [
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
	const { document } = openText(fixture.body);
	const before = (await allRows(document)).length;
	const answer = await treeCalls.filter({ document, filter: { ...NOTHING, text: 'POSTAL' } });
	assert.ok(answer && answer.matches > 0);
	const rows = await allRows(document);
	assert.equal(rows.length, answer.total);
	for (const row of rows) {
		if (row.matches) assert.match(String(row.name) + row.text, /postal/i);
		else assert.ok(row.size > 0, 'what does not match holds a match');
	}
	assert.equal(rows.filter(({ matches }) => matches).length, answer.matches);
	await treeCalls.filter({ document, filter: null });
	assert.equal((await allRows(document)).length, before);
});

test('a newer filter wins over an older one that is still at work', async () => {
	const fields = Array.from({ length: 200_000 }, (_, index) => `"f${index}":{"value":"v${index}"}`).join();
	const { document } = openText(extraction(fields));
	const older = treeCalls.filter({ document, filter: { ...NOTHING, text: 'v1' } });
	const newer = treeCalls.filter({ document, filter: { ...NOTHING, text: 'v199999' } });
	assert.equal(await older, null);
	assert.deepEqual(await newer, { matches: 1, total: 1 });
});

/** A body with these fields. */
function extraction(fields: string): string {
	const ids = '"id":"a","job":{"id":"b"},"model":{"id":"c"}';
	const file = '"file":{"name":"x.pdf","page_count":1,"mime_type":"application/pdf"}';
	const options =
		'"active_options":{"raw_text":false,"polygon":false,"confidence":false,"rag":false,"text_context":false,"data_schema":{"replace":false}}';
	return `{"inference":{${ids},${file},"result":{"fields":{${fields}}},${options}}}`;
}
