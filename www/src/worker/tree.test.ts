/** The rows of every payload fixture, held against what `JSON.parse` makes of the same bytes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Payload, parsePayload } from 'mindhook';
import { brokenPayloads, validPayloads } from '../../../tests/payload-fixtures.js';
import { markCalls } from './calls/marks.js';
import { type ByteRange, type Detail, type Filter, type Row, treeCalls } from './calls/tree.js';
import { allRows, extractionBody, openBody, valueAt, visibleRows } from './test-payload.js';

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
	test(`every row leads to its value: ${name}`, async () => {
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
	});
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

test('both copies of a duplicate key are rows, and the earlier one is marked', async () => {
	const fixture = validPayloads().find(({ name }) => name.endsWith('duplicate-keys-the-last-one-counts.json'));
	assert.ok(fixture);
	const { document } = await openBody(fixture.body);
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
	const { document } = await openBody(fixture.body);
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
