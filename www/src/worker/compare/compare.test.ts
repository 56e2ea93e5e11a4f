/** What becomes of the values of a payload, one change at a time; and what holds for any two payloads. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { validPayloads } from '../../../../tests/payload-fixtures.js';
import { type CompareRow, type CompareSummary, compareCalls } from '../calls/compare.js';
import { payloadCalls } from '../calls/payload.js';
import { fileOf } from '../test-payload.js';
import { isSameNumber } from './decimal.js';

let serial = 0;
const ALL = { kinds: null, equal: true };

async function open(slot: 'a' | 'b', body: Uint8Array | string): Promise<number> {
	const document = ++serial;
	await payloadCalls.open({ document, slot, file: fileOf(body) });
	return document;
}

type Compared = CompareSummary & { comparison: number };

async function begin(a: Uint8Array | string, b: Uint8Array | string): Promise<Compared> {
	let state = await compareCalls.compareBegin({ a: await open('a', a), b: await open('b', b) });
	while (state && !state.summary) state = await compareCalls.compareGoOn({ comparison: state.comparison });
	assert.ok(state?.summary);
	return { comparison: state.comparison, ...state.summary };
}

async function compare(a: Uint8Array | string, b: Uint8Array | string): Promise<Compared & { rows: CompareRow[] }> {
	const summary = await begin(a, b);
	const rows: CompareRow[] = [];
	for (;;) {
		const { comparison } = summary;
		const answer = await compareCalls.compareRows({ comparison, filter: ALL, from: rows.length, count: 500 });
		assert.ok(answer);
		rows.push(...answer.rows);
		if (rows.length >= answer.total) return { ...summary, rows };
	}
}

/** Rows that differ, each as its path and its changes. */
async function differences(a: string, b: string): Promise<string[]> {
	const { rows } = await compare(a, b);
	return rows.filter(({ kinds }) => kinds.length > 0).map(({ path, kinds }) => `${path.join('/')}: ${kinds.join(' ')}`);
}

const ID = '64abcf17-cbee-4807-802a-485aff3ac52e';

function inference(result: string, options = ''): string {
	return `{"inference":{"id":"${ID}","job":{"id":"${ID}"},"model":{"id":"${ID}"},"file":{"name":"a.pdf","alias":null,"page_count":3,
"mime_type":"application/pdf"},"result":${result},"active_options":{"raw_text":false,"polygon":true,"confidence":true,"rag":false,
"text_context":false,"data_schema":{"replace":false}${options}}}}`;
}

const extraction = (fields: string, options = ''): string => inference(`{"fields":${fields}}`, options);

const box = (x: number, y: number, width = 0.1, height = 0.05): string =>
	JSON.stringify([
		[x, y],
		[x + width, y],
		[x + width, y + height],
		[x, y + height],
	]);

const place = (page: number, x: number, y: number, width?: number, height?: number): string =>
	`"locations":[{"page":${page},"polygon":${box(x, y, width, height)}}]`;

const simple = (value: string, more = ''): string => `{"value":${value}${more && `,${more}`}}`;
const list = (...items: string[]): string => `{"items":[${items.join()}]}`;
const line = (name: string, price: string, more = ''): string =>
	`{"fields":{"name":${simple(JSON.stringify(name))},"price":${simple(price)},"currency":${simple('"EUR"')}}${more && `,${more}`}}`;

test('a value: another one, the same number written otherwise, another type', async () => {
	const of = (value: string) => extraction(`{"x":${simple(value)}}`);
	for (const [from, to, kinds] of [
		['"a"', '"b"', 'value'],
		['1.10', '1.1', 'written'],
		['100', '1e2', 'written'],
		['9007199254740993', '9007199254740992', 'value'],
		['1.1', '"1.1"', 'type'],
		['1.1', '"1.2"', 'value type'],
		['true', '"true"', 'type'],
		['null', '"a"', 'value'],
		['"a"', 'null', 'value'],
	] as const) {
		assert.deepEqual(await differences(of(from), of(to)), [`x: ${kinds}`], `${from} and ${to}`);
	}
	assert.deepEqual(await differences(of('"\\u00e9"'), of('"é"')), [], 'an escape is no difference');
});

test('a value that became an object', async () => {
	const a = extraction(`{"x":${simple('1')}}`);
	assert.deepEqual(await differences(a, extraction(`{"x":{"fields":{"y":${simple('1')}}}}`)), ['x: type']);
});

test('numbers are compared by their digits', () => {
	for (const [a, b, same] of [
		['0', '-0.00', true],
		['0.10e1', '1', true],
		['1e400', '10e399', true],
		['-1', '1', false],
		['123456789012345678901', '123456789012345678902', false],
	] as const) {
		assert.equal(isSameNumber(a, b), same, `${a} and ${b}`);
	}
});

test('a confidence goes up or down', async () => {
	const of = (sure: string) => extraction(`{"x":${simple('1', `"confidence":${sure}`)}}`);
	assert.deepEqual(await differences(of('"Low"'), of('"High"')), ['x: up']);
	assert.deepEqual(await differences(of('"Certain"'), of('"Medium"')), ['x: down']);
	assert.deepEqual(await differences(of('null'), of('"Low"')), ['x: up']);
});

test('a location moves, grows, or turns to another page; a hair is no move', async () => {
	const of = (locations: string) => extraction(`{"x":${simple('1', locations)}}`);
	const from = of(place(0, 0.1, 0.1));
	assert.deepEqual(await differences(from, of(place(0, 0.104, 0.1))), []);
	assert.deepEqual(await differences(from, of(place(0, 0.11, 0.1))), ['x: moved']);
	assert.deepEqual(await differences(from, of(place(0, 0.1, 0.1, 0.2))), ['x: moved']);
	assert.deepEqual(await differences(from, of(place(1, 0.1, 0.1))), ['x: moved']);
	assert.deepEqual(await differences(from, of('"locations":[]')), [], 'one of them says nothing of places at all');
});

test('fields are added and removed', async () => {
	const a = extraction(`{"x":${simple('1')},"y":${simple('2')}}`);
	const b = extraction(`{"z":{"fields":{"v":${simple('3')}}},"x":${simple('1')}}`);
	assert.deepEqual(await differences(a, b), ['y: removed', 'z: added']);
});

test('an item that is put before the others makes no other', async () => {
	const items = ['Chair', 'Table', 'Lamp'].map((name, index) => line(name, String(index)));
	const a = extraction(`{"lines":${list(...items)}}`);
	const b = extraction(`{"lines":${list(line('Desk', '77'), ...items)}}`);
	assert.deepEqual(await differences(a, b), ['lines/0: added']);
	assert.deepEqual(await differences(b, a), ['lines/0: removed']);
});

test('an item of which one value changed is found again, also at another place', async () => {
	const a = extraction(`{"lines":${list(line('Chair', '10'), line('Table', '20'), line('Lamp', '30'))}}`);
	const b = extraction(`{"lines":${list(line('Lamp', '31'), line('Chair', '10'), line('Table', '20'))}}`);
	assert.deepEqual(await differences(a, b), ['lines/2: order', 'lines/2/price: value']);
});

test('an item that was read quite otherwise is known by its place', async () => {
	const item = (name: string, price: string, y: number) => line(name, price, place(0, 0.1, y));
	const a = extraction(`{"lines":${list(item('Chair', '10', 0.1), item('Table', '20', 0.2))}}`);
	const b = extraction(`{"lines":${list(item('Ghair', '1O', 0.1).replace('1O', '1'), item('Table', '20', 0.2))}}`);
	assert.deepEqual(await differences(a, b), ['lines/0/name: value', 'lines/0/price: value']);
});

test('equal items are matched in their order', async () => {
	const a = extraction(`{"x":${list(simple('"a"'), simple('"a"'), simple('"b"'))}}`);
	const b = extraction(`{"x":${list(simple('"a"'), simple('"b"'))}}`);
	assert.deepEqual(await differences(a, b), ['x/1: removed']);
});

test('a changed value of a list of values is a change, not one less and one more', async () => {
	const of = (...values: string[]) => extraction(`{"x":${list(...values.map((value) => simple(value)))}}`);
	assert.deepEqual(await differences(of('1', '2', '3'), of('1', '7', '3')), ['x/1: value']);
});

test('of a list of 10,000 items some are moved, changed, taken away and added', { timeout: 60_000 }, async () => {
	const item = (index: number, price = index) => line(`Article ${index}`, String(price));
	const items = Array.from({ length: 10_000 }, (_, index) => item(index));
	const changed = [...items];
	changed[5000] = item(5000, 123456);
	changed.splice(7000, 1);
	changed.unshift(item(99_999));
	const found = await begin(extraction(`{"x":${list(...items)}}`), extraction(`{"x":${list(...changed)}}`));
	const { value, added, removed, order } = found.counts;
	assert.deepEqual([value, added, removed, order], [1, 1, 1, 0]);
	// Nothing in common.
	const others = Array.from({ length: 10_000 }, (_, index) => line(`Other ${index}`, String(-index)));
	const nothing = await begin(extraction(`{"x":${list(...items)}}`), extraction(`{"x":${list(...others)}}`));
	assert.equal(nothing.counts.removed, nothing.counts.added);
});

test('words of OCR: read otherwise, put in, left out, moved', async () => {
	const of = (...words: [string, number][]) =>
		inference(
			`{"pages":[{"content":"${words.map(([word]) => word).join(' ')}","words":[${words
				.map(([word, x]) => `{"content":"${word}","polygon":${box(x, 0.1)}}`)
				.join()}]}]}`,
		).replace(/,"active_options.*}/s, '}}');
	const a = of(['Total', 0.1], ['1OO', 0.3], ['EUR', 0.5]);
	assert.deepEqual(await differences(a, a), []);
	assert.deepEqual(await differences(a, of(['Total', 0.1], ['100', 0.3], ['EUR', 0.5])), ['0/1: value']);
	assert.deepEqual(await differences(a, of(['Total', 0.1], ['EUR', 0.5])), ['0/1: removed']);
	assert.deepEqual(await differences(a, of(['Total', 0.1], ['1OO', 0.3], ['VAT', 0.4], ['EUR', 0.5])), ['0/2: added']);
	assert.deepEqual(await differences(a, of(['Total', 0.1], ['1OO', 0.35], ['EUR', 0.5])), ['0/1: moved']);
});

test('crops are matched by where they are, splits by their pages, with the extractions that are chained to them', async () => {
	const crop = (type: string, x: number) =>
		`{"object_type":"${type}","location":{"page":0,"polygon":${box(x, 0.1, 0.2, 0.2)}}}`;
	const crops = (...all: string[]) => inference(`{"crops":[${all.join()}]}`).replace(/,"active_options.*}/s, '}}');
	const a = crops(crop('receipt', 0.1), crop('receipt', 0.6));
	assert.deepEqual(await differences(a, crops(crop('receipt', 0.6), crop('invoice', 0.1))), ['0: value order']);
	assert.deepEqual(await differences(a, crops(crop('receipt', 0.1))), ['1: removed']);
	assert.deepEqual(await differences(a, crops(crop('receipt', 0.1), crop('receipt', 0.65))), ['1: moved']);

	const split = (type: string, first: number, last: number, total: string) =>
		`{"page_range":[${first},${last}],"document_type":"${type}","extraction_response":${extraction(`{"total":${simple(total)}}`)}}`;
	const splits = (...all: string[]) =>
		inference(`{"splits":[${all.join()}]}`).replace(/,"active_options[^{]*{[^{}]*{[^{}]*}}}}$/s, '}}');
	const two = splits(split('invoice', 0, 1, '1'), split('receipt', 2, 2, '2'));
	assert.deepEqual(await differences(two, splits(split('invoice', 0, 1, '1'), split('receipt', 2, 2, '3'))), [
		'1/total: value',
	]);
	assert.deepEqual(await differences(two, splits(split('invoice', 0, 0, '1'), split('receipt', 2, 2, '2'))), [
		'0: moved',
	]);
});

test('a classification', async () => {
	const of = (type: string) =>
		inference(`{"classification":{"document_type":"${type}"}}`).replace(/,"active_options.*}/s, '}}');
	assert.deepEqual(await differences(of('invoice'), of('receipt')), ['classification: value']);
});

test('facts about the whole: the file, the model, the options', async () => {
	const a = extraction('{}');
	const b = extraction('{}', ',"multipage_context":true')
		.replace('a.pdf', 'b.pdf')
		.replace('"page_count":3', '"page_count":4');
	const { facts, different } = await compare(a, b);
	assert.equal(different, 0);
	assert.deepEqual(
		facts.map(({ key, a: from, b: to }) => [key, from, to]),
		[
			['fileName', 'a.pdf', 'b.pdf'],
			['pageCount', '3', '4'],
			['option:multipage_context', null, 'true'],
		],
	);
});

test('two kinds are told, not compared', async () => {
	const { kinds, compared, rows } = await compare(
		extraction('{}'),
		'{"status":401,"title":"t","detail":"d","code":"401-001","errors":[]}',
	);
	assert.deepEqual([kinds, compared, rows], [['extraction', 'error'], false, []]);
});

test('of a duplicate key the copies that count belong together, and the earlier ones by themselves', async () => {
	const copies = (...values: string[]) =>
		extraction(`{${[...values.map((value) => `"a":${simple(value)}`), `"b":${simple('0')}`].join()}}`);
	const { rows } = await compare(copies('1', '2'), copies('2'));
	assert.deepEqual(
		rows.map(({ path, kinds, a, b }) => [path.join('/'), kinds.join(' '), a?.shadowed, b?.shadowed]),
		[
			['a', 'removed', true, undefined],
			['a', '', false, false],
			['b', '', false, false],
		],
	);
	assert.deepEqual(await differences(copies('2'), copies('1', '2')), ['a: added']);
	assert.deepEqual(await differences(copies('1', '2', '3'), copies('9', '2', '3')), ['a: value']);
	// Of what breaks the contract too.
	assert.deepEqual(await differences('{"a":1,"a":2}', '{"a":2}'), ['a: removed']);
});

test('what has no rows of its own, and what is broken, is compared as the JSON that it is', async () => {
	const error = (code: string) => `{"status":401,"title":"t","detail":"d","code":"${code}","errors":[]}`;
	assert.deepEqual(await differences(error('401-001'), error('401-002')), ['code: value']);
	assert.deepEqual(await differences('{"a":[1,2]}', '{"a":[1,3],"b":null}'), ['a/1: value', 'b: added']);
	await compare('', '{');
});

test('files of which one holds nothing to compare are not said to be the same', async () => {
	for (const [a, b] of [
		['hello', 'world'],
		['hello', '{"a":1}'],
		['{"a":1}', 'hello'],
	] as const) {
		const { compared, rows } = await compare(a, b);
		assert.deepEqual([compared, rows], [false, []], `${a} and ${b}`);
	}
	assert.equal((await compare('{"a":1}', '{"a":1}')).compared, true);
});

test('where a row is: its pointer, and the places on both sides', async () => {
	const of = (x: number) => extraction(`{"a/b":${simple('1', place(1, x, 0.1))}}`);
	const { comparison } = await compare(of(0.1), of(0.5));
	const found = await compareCalls.comparePlaces({ comparison, filter: ALL, index: 0 });
	assert.equal(found?.pointer, '/inference/result/fields/a~1b');
	assert.deepEqual([found?.a[0]?.page, found?.a[0]?.polygon[0], found?.b[0]?.polygon[0]], [1, [0.1, 0.1], [0.5, 0.1]]);
});

test('the next and the previous difference, past what is the same', async () => {
	const of = (...values: number[]) =>
		extraction(`{${values.map((value, index) => `"f${index}":${simple(String(value))}`).join()}}`);
	const { comparison } = await compare(of(1, 2, 3, 4), of(1, 9, 3, 9));
	const next = async (
		from: number,
		backwards: boolean,
		filter = ALL as Parameters<typeof compareCalls.compareNext>[0]['filter'],
	) => (await compareCalls.compareNext({ comparison, filter, from, backwards }))?.index;
	assert.deepEqual(
		[await next(-1, false), await next(1, false), await next(3, false), await next(1, true)],
		[1, 3, 1, 3],
	);
	assert.equal(await next(-1, false, { kinds: ['added'], equal: false }), -1);
	const onlyValues = await compareCalls.compareRows({
		comparison,
		filter: { kinds: ['value'], equal: false },
		from: 0,
		count: 9,
	});
	assert.deepEqual(
		onlyValues?.rows.map(({ path }) => path),
		[['f1'], ['f3']],
	);
});

test('copies between the items of a list are matched apart from the items', async () => {
	const items = (values: number[], more = '') =>
		extraction(`{"l":{${more}"items":[${values.map((value) => simple(String(value))).join()}]}}`);
	const copies = '"confidence":"Low","confidence":"Low",';
	const same = '"confidence":"Low",';
	assert.deepEqual(await differences(items([1, 2], copies), items([2, 1], same)), [
		'l/confidence: removed',
		'l/0: order',
	]);
});

test('a long comparison goes step by step, says how far it is, and can be left', { timeout: 120_000 }, async () => {
	const of = (add: number) => {
		const fields = Array.from({ length: 100_000 }, (_, index) => `"f${index}":${simple(String(index + add))}`);
		const lines = Array.from({ length: 20_000 }, (_, index) => line(`n${index}`, String(index + add)));
		return extraction(`{${fields.join()},"lines":${list(...lines)}}`);
	};
	const documents = { a: await open('a', of(0)), b: await open('b', of(1)) };
	let state = await compareCalls.compareBegin(documents);
	const progress: number[] = [];
	while (state && !state.summary) {
		progress.push(state.progress);
		const { comparison } = state;
		assert.equal(await compareCalls.compareRows({ comparison, filter: ALL, from: 0, count: 1 }), null, 'not yet');
		state = await compareCalls.compareGoOn({ comparison });
	}
	assert.ok(progress.length > 1, 'more than one step');
	assert.deepEqual(
		progress,
		progress.toSorted((a, b) => a - b),
	);
	assert.ok(progress.every((part) => part >= 0 && part <= 1));
	assert.equal(state?.summary?.counts.value, 120_000);

	const left = await compareCalls.compareBegin(documents);
	const comparison = left?.comparison ?? -1;
	assert.equal(left?.summary, null);
	await compareCalls.compareEnd({ comparison });
	assert.equal(await compareCalls.compareGoOn({ comparison }), null);
	const closed = await compareCalls.compareBegin(documents);
	await payloadCalls.close({ document: documents.b });
	assert.equal(await compareCalls.compareGoOn({ comparison: closed?.comparison ?? -1 }), null);
});

test('a comparison that was left is answered null', async () => {
	const { comparison } = await compare('{}', '{}');
	await compareCalls.compareEnd({ comparison });
	assert.equal(await compareCalls.compareRows({ comparison, filter: ALL, from: 0, count: 1 }), null);
	assert.equal(await compareCalls.compareBegin({ a: -1, b: -2 }), null);
});

test('every valid fixture compared with itself has no difference', async () => {
	for (const { name, body } of validPayloads()) {
		const { different, facts, rows } = await compare(body, body);
		assert.deepEqual([different, facts, rows.filter(({ kinds }) => kinds.length > 0)], [0, [], []], name);
	}
});

const scalar = fc.oneof(
	fc.constantFrom('1', '1.0', '2', 'null', 'true', '"a"', '"b"', '"1"'),
	fc.integer().map(String),
);
const { field } = fc.letrec<{ field: string }>((tie) => ({
	field: fc.oneof(
		{ depthSize: 'small', withCrossShrink: true },
		fc
			.record({ value: scalar, sure: fc.constantFrom('null', '"Low"', '"High"'), x: fc.integer({ min: 0, max: 3 }) })
			.map(({ value, sure, x }) => simple(value, `"confidence":${sure},${place(0, x / 4, 0.1)}`)),
		fc.array(tie('field'), { maxLength: 5 }).map((items) => list(...items)),
		fc
			.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('field'), { maxKeys: 4 })
			.map((fields) => `{"fields":${object(fields)}}`),
	),
}));
const payload = fc
	.dictionary(fc.constantFrom('a', 'b', 'c'), field, { maxKeys: 3 })
	.map((fields) => extraction(object(fields)));

function object(fields: Record<string, string>): string {
	return `{${Object.entries(fields)
		.map(([name, value]) => `"${name}":${value}`)
		.join()}}`;
}

test('any payload compared with itself has no difference, and the other way round each difference is the opposite', async () => {
	await fc.assert(
		fc.asyncProperty(payload, payload, async (a, b) => {
			assert.equal((await compare(a, a)).different, 0);
			const [there, back] = [(await compare(a, b)).counts, (await compare(b, a)).counts];
			assert.deepEqual(back, { ...there, added: there.removed, removed: there.added, up: there.down, down: there.up });
		}),
		{ numRuns: 300 },
	);
});
