/** The files that leave the page: read again by other means, they hold what the payload holds. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { validPayloads } from '../../../../tests/payload-fixtures.js';
import { type ExportWhat, exportCalls } from '../calls/exports.js';
import { extractionBody, openBody, valueAt } from '../test-payload.js';
import { fileName } from './name.js';

async function made(body: Uint8Array | string, what: ExportWhat, byteOrderMark = false): Promise<Buffer> {
	const { document } = await openBody(body);
	const file = await exportCalls.exportFile({ document, what, byteOrderMark });
	assert.ok(file);
	return Buffer.from(await file.blob.arrayBuffer());
}

/** An extraction with these fields, an object. */
function extraction(fields: string): string {
	return extractionBody(fields.slice(1, -1));
}

/** A reader of RFC 4180. */
function read(csv: string): string[][] {
	const lines: string[][] = [[]];
	let at = 0;
	while (at < csv.length) {
		let cell = '';
		if (csv[at] === '"') {
			for (at++; csv[at] !== '"' || csv[at + 1] === '"'; at++) {
				if (csv[at] === '"') at++;
				cell += csv[at];
			}
			at++;
		} else while (at < csv.length && !',\r\n'.includes(csv[at] as string)) cell += csv[at++];
		lines.at(-1)?.push(cell);
		if (csv[at] === ',') at++;
		else {
			assert.equal(csv.slice(at, at + 2), '\r\n', `a line ends at ${at}`);
			at += 2;
			if (at < csv.length) lines.push([]);
		}
	}
	return lines;
}

test('every value of every fixture has a line, with the pointer that leads to it', async () => {
	for (const { name, body, expected } of validPayloads()) {
		if (['failure', 'job', 'error'].includes(expected.kind)) continue;
		// Both copies have a line, but only one of them is what `JSON.parse` gives.
		if (expected.warnings.some(({ code }) => code?.includes('duplicate'))) continue;
		const [heading, ...lines] = read(String(await made(body, 'fields')));
		assert.deepEqual(heading, ['pointer', 'name', 'value', 'confidence', 'pages', 'replaced']);
		const data = JSON.parse(String(body).replace(/^\ufeff/, '')) as unknown;
		for (const [pointer = '', , value] of lines) {
			if (/^'|\n'|;'/.test(value ?? '') || pointer.startsWith("'")) continue;
			const found = valueAt(data, pointer) as { value?: unknown };
			const plain = typeof found === 'object' && found !== null && 'value' in found ? found.value : null;
			if (typeof plain === 'string')
				assert.equal(value, plain.toWellFormed().replaceAll(/([;\t\r\n]\s*)([=@])/g, "$1'$2"), `${name} ${pointer}`);
			if (typeof plain === 'number') assert.equal(Number(value), plain, `${name} ${pointer}`);
		}
	}
});

test('a line for each field: as written, with its confidence and its pages', async () => {
	const body = extraction(
		'{"total":{"value":-1.10,"confidence":"High","locations":[{"page":0,"polygon":[[0,0]]},{"page":2,"polygon":[[0,0]]}]},"=x":{"items":[{"value":"=1"}]}}',
	);
	assert.equal(
		String(await made(body, 'fields')),
		[
			'pointer,name,value,confidence,pages,replaced',
			'/inference/result/fields/total,total,-1.10,High,0 2,',
			"/inference/result/fields/=x,'=x,,,,",
			"/inference/result/fields/=x/items/0,0,'=1,,,",
			'',
		].join('\r\n'),
	);
});

test('a list is a table: the names of all its items are columns, what is nested has a path', async () => {
	const body = extraction(
		`{"none":{"items":[]},"lines":{"items":[
{"fields":{"name":{"value":"Chair, red"},"price":{"value":1.10},"ship":{"fields":{"city":{"value":"Bern"}}}}},
{"fields":{"price":{"value":-2.50,"locations":[{"page":1,"polygon":[[0,0]]}]},"tags":{"items":[{"value":"a"},{"value":"b"}]}}}]}}`,
	);
	const { document } = await openBody(body);
	const choices = await exportCalls.exportChoices({ document });
	assert.deepEqual(
		choices?.lists.map(({ pointer, items }) => [pointer, items]),
		[['/inference/result/fields/lines', 2]],
	);
	const list = choices?.lists[0]?.id ?? assert.fail();
	assert.equal(
		String(await made(body, { list })),
		['item,name,price,ship/city,tags/0,tags/1,pages', '0,"Chair, red",1.10,Bern,,,', '1,,-2.50,,a,b,1', ''].join(
			'\r\n',
		),
	);
});

test('copies of a duplicate key are told apart, with all that is in them', async () => {
	const field = '/inference/result/fields';
	const body = extraction(
		'{"a":{"fields":{"x":{"value":1}}},"a":{"value":2},"l":{"items":[{"fields":{"p":{"value":3},"p":{"value":4},"q":{"fields":{"r":{"value":0}}},"q":{"value":5}}}]}}',
	);
	const lines = read(String(await made(body, 'fields'))).slice(1);
	assert.deepEqual(
		lines.map(([pointer, , value, , , replaced]) => [pointer?.slice(field.length), value, replaced]),
		[
			['/a', '', 'yes'],
			['/a/fields/x', '1', 'yes'],
			['/a', '2', ''],
			['/l', '', ''],
			['/l/items/0', '', ''],
			['/l/items/0/fields/p', '3', 'yes'],
			['/l/items/0/fields/p', '4', ''],
			['/l/items/0/fields/q', '', 'yes'],
			['/l/items/0/fields/q/fields/r', '0', 'yes'],
			['/l/items/0/fields/q', '5', ''],
		],
	);
	const { document } = await openBody(body);
	const list = (await exportCalls.exportChoices({ document }))?.lists[0]?.id ?? assert.fail();
	// A table has one cell for each: that of the copy that counts.
	assert.equal(String(await made(body, { list })), 'item,p,q,pages\r\n0,4,5,\r\n');
});

test('copies between the items of a list do not count as items', async () => {
	const body = extraction('{"l":{"confidence":"Low","confidence":"High","items":[{"value":1},{"value":2}]}}');
	const lines = read(String(await made(body, 'fields'))).slice(1);
	assert.deepEqual(
		lines.map(([pointer, , value, , , replaced]) => [pointer?.split('/').slice(5).join('/'), value, replaced]),
		[
			['', '', ''],
			['confidence', 'Low', 'yes'],
			['items/0', '1', ''],
			['items/1', '2', ''],
		],
	);
	const { document } = await openBody(body);
	const list = (await exportCalls.exportChoices({ document }))?.lists[0];
	assert.equal(list?.items, 2);
	assert.equal(String(await made(body, { list: list.id })), 'item,value,pages\r\n0,1,\r\n1,2,\r\n');
});

test('lists that a copy of a duplicate key has are no tables, and lists beyond those that are offered are counted', async () => {
	const list = '{"items":[{"value":1}]}';
	const copies = await openBody(extraction(`{"a":${list},"a":${list}}`));
	const one = await exportCalls.exportChoices(copies);
	assert.deepEqual([one?.lists.length, one?.moreLists], [1, 0]);
	const many = await openBody(
		extraction(`{${Array.from({ length: 250 }, (_, index) => `"f${index}":${list}`).join()}}`),
	);
	const choices = await exportCalls.exportChoices(many);
	assert.deepEqual([choices?.lists.length, choices?.moreLists], [200, 50]);
});

test('a list of values has one column for them', async () => {
	const body = extraction('{"x":{"items":[{"value":"a"},{"value":2}]}}');
	const { document } = await openBody(body);
	const list = (await exportCalls.exportChoices({ document }))?.lists[0]?.id ?? assert.fail();
	assert.equal(String(await made(body, { list })), 'item,value,pages\r\n0,a,\r\n1,2,\r\n');
});

test('a byte order mark only where it is wanted, and never before what arrived', async () => {
	const body = extraction('{"x":{"value":"é"}}');
	assert.equal((await made(body, 'fields', true)).subarray(0, 3).toString('hex'), 'efbbbf');
	assert.equal((await made(body, 'fields')).subarray(0, 7).toString(), 'pointer');
	assert.deepEqual(await made(body, 'json', true), Buffer.from(body));
});

test('JSON exactly as it arrived, and indented with every number and duplicate key as written', async () => {
	for (const { name, body } of validPayloads()) {
		assert.deepEqual(await made(body, 'json'), Buffer.from(body), name);
		const text = String(await made(body, 'indented'));
		const plain = String(body).replace(/^\ufeff/, '');
		assert.deepEqual(JSON.parse(text), JSON.parse(plain), name);
		const tokens = (json: string) => json.match(/"(?:[^"\\]|\\.)*"|[^\s"]/gs);
		assert.deepEqual(tokens(text), tokens(plain), name);
	}
	const odd = extraction('{"x":{"value":1.10,"value":9007199254740993,"extra":[],"more":{}}}');
	const text = String(await made(odd, 'indented'));
	assert.match(
		text,
		/\n {10}"value": 1\.10,\n {10}"value": 9007199254740993,\n {10}"extra": \[\],\n {10}"more": \{\}\n/,
	);
});

test('indenting does not make gigabytes of deep brackets', async () => {
	const deep = extraction(`{"x":{"value":1,"deep":${'['.repeat(400)}1${']'.repeat(400)}}}`);
	assert.ok((await made(deep, 'indented')).length < 150_000);
});

test('the text of all pages', async () => {
	const page = (text: string) => `{"content":"${text}","words":[]}`;
	const body = extraction('{}').replace(
		/"result":.*"active_options".*$/s,
		`"result":{"pages":[${page('one\\nline')},${page('zwei')}]}}}`,
	);
	assert.equal(String(await made(body, 'text')), 'one\nline\n\fzwei\n');
});

test('a file that is no longer wanted is not made', async () => {
	const fields = Array.from({ length: 200_000 }, (_, index) => `"f${index}":{"value":${index}}`).join();
	const { document } = await openBody(extraction(`{${fields}}`));
	const first = exportCalls.exportFile({ document, what: 'fields', byteOrderMark: false });
	await exportCalls.exportStop({});
	assert.equal(await first, null);
	assert.equal(await exportCalls.exportFile({ document: -1, what: 'json', byteOrderMark: false }), null);
});

test('names of files are safe on every system', () => {
	for (const [from, name] of [
		['invoice.json', 'invoice.csv'],
		['../../etc/passwd', '_.._etc_passwd.csv'],
		['a\u202egpj.exe', 'a_gpj.exe.csv'],
		['<script>"x"', '_script_x_.csv'],
		['con.json', 'payload_con.csv'],
		['...', 'payload.csv'],
		['', 'payload.csv'],
		['a'.repeat(300), `${'a'.repeat(80)}.csv`],
		['\ud800', '_.csv'],
		['Rechnung 日本.json', 'Rechnung 日本.csv'],
	] as const) {
		assert.equal(fileName(from, 'csv'), name);
	}
});
