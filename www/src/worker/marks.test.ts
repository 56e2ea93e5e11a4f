/** The marks of every payload fixture, held against the locations that `JSON.parse` gives. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { validPayloads } from '../../../tests/payload-fixtures.js';
import { markCalls, tone } from './calls/marks.js';
import { treeCalls } from './calls/tree.js';
import { sessionOf } from './session.js';
import { allRows, extractionBody, openBody, resultBody, testSamples, valueAt } from './test-payload.js';

interface Expected {
	pointer: string;
	polygon: number[];
	tone: number;
}

/** Every place of a body, page by page, by a walk through all of its JSON. */
function expectedMarks(data: unknown): Expected[][] {
	const pages: Expected[][] = [];
	const add = (page: number, pointer: string, polygon: [number, number][], is: number) => {
		pages[page] ??= [];
		pages[page].push({ pointer, polygon: polygon.flat().map(Math.fround), tone: is });
	};
	const visit = (value: unknown, pointer: string) => {
		if (value === null || typeof value !== 'object') return;
		const object = value as Record<string, unknown>;
		const confidence = object.confidence as string | null | undefined;
		if (!Array.isArray(value) && ('value' in object || 'items' in object || 'fields' in object)) {
			const is = tone[(confidence?.toLowerCase() ?? 'none') as keyof typeof tone] ?? tone.none;
			for (const { page, polygon } of (object.locations ?? []) as { page: number; polygon: [number, number][] }[]) {
				add(page, pointer, polygon, is);
			}
		}
		if ('object_type' in object) {
			const { page, polygon } = object.location as { page: number; polygon: [number, number][] };
			add(page, pointer, polygon, tone.crop);
		}
		for (const [key, each] of Object.entries(object)) {
			if (key === 'locations' || key === 'location') continue;
			visit(each, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
		}
	};
	const result = (data as { inference?: { result?: Record<string, unknown> } }).inference?.result ?? {};
	if (Array.isArray(result.pages)) {
		for (const [page, { words }] of (result.pages as { words: { polygon: [number, number][] }[] }[]).entries()) {
			pages[page] = words.map(({ polygon }, word) => ({
				pointer: `/inference/result/pages/${page}/words/${word}`,
				polygon: polygon.flat().map(Math.fround),
				tone: tone.word,
			}));
		}
	} else {
		for (const key of ['fields', 'crops', 'splits', 'classification']) {
			const content = result[key];
			// A field may be called like a key of the contract; what is looked at are fields and what is chained.
			if (key === 'fields')
				for (const [name, each] of Object.entries(content ?? {}))
					visit(each, `/inference/result/fields/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
			else visit(content, `/inference/result/${key}`);
		}
	}
	return Array.from(pages, (page) => page ?? []);
}

for (const { name, body } of validPayloads()) {
	test(`every location is a mark: ${name}`, () => checkMarks(body));
}
testSamples('every location is a mark', checkMarks);

async function checkMarks(body: Uint8Array): Promise<void> {
	const { document, opened } = await openBody(body);
	assert.ok(opened.readable);
	const counts = await markCalls.markCounts({ document });
	if (!opened.tree) {
		assert.equal(counts, null);
		return;
	}
	assert.ok(counts);
	const data = JSON.parse(new TextDecoder().decode(body)) as unknown;
	const expected = expectedMarks(data);
	assert.deepEqual(
		Array.from(counts),
		expected.map(({ length }) => length),
	);
	for (const [page, wanted] of expected.entries()) {
		const marks = await markCalls.marks({ document, page });
		assert.ok(marks);
		const found: Expected[] = [];
		for (let mark = 0; mark < marks.count; mark++) {
			const info = await markCalls.mark({ document, page, mark });
			assert.ok(info);
			const polygon = [...marks.points.subarray(2 * (marks.starts[mark] ?? 0), 2 * (marks.starts[mark + 1] ?? 0))];
			found.push({ pointer: info.pointer, polygon, tone: marks.tones[mark] ?? -1 });
			if (mark % 50 > 0) continue;
			const revealed = await markCalls.reveal({ document, page, mark });
			const index = revealed?.index ?? -1;
			const detail = await treeCalls.detail({ document, index });
			assert.equal(detail?.pointer, info.pointer);
			const own = await markCalls.marksOf({ document, id: detail.id, look: { page, mark } });
			assert.deepEqual(own?.marks[own.at - own.from], { page, mark });
		}
		const sorted = (list: Expected[]) => list.map((each) => JSON.stringify(each)).sort();
		assert.deepEqual(sorted(found), sorted(wanted));
	}
	const behind = await markCalls.marks({ document, page: expected.length });
	assert.equal(behind?.count, 0);
}

test('a row without a location stands for the marks of all that is in it', async () => {
	const polygon = '[[0,0],[1,0],[1,1]]';
	const field = (page: number) => `{"value":1,"locations":[{"page":${page},"polygon":${polygon}}]}`;
	const fields = `"lines":{"items":[{"fields":{"a":${field(0)},"b":${field(2)}}},{"fields":{"a":${field(0)}}}]},"c":${field(0)}`;
	const { document } = await openBody(extractionBody(fields));
	const rows = await allRows(document);
	const marksAt = async (name: string | number, level: number) => {
		const row = rows.find((each) => each.name === name && each.level === level);
		return (await markCalls.marksOf({ document, id: row?.id ?? -1, look: 0 }))?.marks;
	};
	assert.deepEqual(await marksAt('lines', 1), [
		{ page: 0, mark: 0 },
		{ page: 0, mark: 1 },
		{ page: 2, mark: 0 },
	]);
	assert.deepEqual(await marksAt(1, 2), [{ page: 0, mark: 1 }]);
	assert.deepEqual(await marksAt('c', 1), [{ page: 0, mark: 2 }]);
	assert.deepEqual([...((await markCalls.markCounts({ document })) ?? [])], [3, 0, 1]);
});

test('of a row with many marks a window is told, wherever in it one looks', async () => {
	const locations = Array.from({ length: 2500 }, (_, index) => `{"page":${index % 2},"polygon":[[0,0]]}`);
	const { document } = await openBody(
		extractionBody(`"x":{"value":1},"a":{"value":1,"locations":[${locations.join()}]}`),
	);
	const look = async (at: number | { page: number; mark: number | null }) => {
		const found = await markCalls.marksOf({ document, id: 1, look: at });
		return found && [found.total, found.from, found.marks.length, found.at, found.marks[found.at - found.from]];
	};
	assert.deepEqual(await look(0), [2500, 0, 1000, 0, { page: 0, mark: 0 }]);
	assert.deepEqual(await look(1999), [2500, 1000, 1000, 1999, { page: 1, mark: 749 }]);
	assert.deepEqual(await look(2499), [2500, 2000, 500, 2499, { page: 1, mark: 1249 }]);
	assert.deepEqual(await look({ page: 1, mark: 1100 }), [2500, 2000, 500, 2350, { page: 1, mark: 1100 }]);
	assert.deepEqual(await look({ page: 1, mark: null }), [2500, 1000, 1000, 1250, { page: 1, mark: 0 }]);
	assert.deepEqual(await look({ page: 7, mark: null }), [2500, 0, 1000, 0, { page: 0, mark: 0 }]);
	const none = await markCalls.marksOf({ document, id: 0, look: 0 });
	assert.deepEqual(none, { total: 0, from: 0, at: 0, marks: [] });
});

const PLACE = '{"page":0,"polygon":[[0.1,0.1],[0.2,0.1],[0.2,0.2],[0.1,0.2]]}';
const FULL: [of: string, fields: () => string][] = [
	[
		'of many values',
		() => Array.from({ length: 200_000 }, (_, at) => `"f${at}":{"value":1,"locations":[${PLACE}]}`).join(),
	],
	['of one value', () => `"a":{"value":1,"locations":[${`${PLACE} ,`.repeat(199_999)}${PLACE}]}`],
];
for (const [of, fields] of FULL) {
	test(`other calls are answered while the marks of a full page are found and read: ${of}`, async () => {
		const { document } = await openBody(extractionBody(fields()));
		/** What a call gives, and how many others were answered meanwhile. */
		const beside = async <Answer>(call: () => Answer | Promise<Answer>): Promise<[Answer, number]> => {
			let answered = 0;
			let done = false;
			const asked = Promise.resolve(call()).finally(() => {
				done = true;
			});
			while (!done) {
				await new Promise((resolve) => setTimeout(resolve));
				if (!done && (await treeCalls.parent({ document, index: 0 }))) answered++;
			}
			return [await asked, answered];
		};
		const [counts, whileFound] = await beside(() => markCalls.markCounts({ document }));
		const [marks, whileRead] = await beside(() => markCalls.marks({ document, page: 0 }));
		assert.deepEqual([counts?.[0], marks?.count, marks?.points.length], [200_000, 200_000, 1_600_000]);
		assert.ok(whileFound > 1, `${whileFound} calls were answered while they were found`);
		assert.ok(whileRead > 1, `${whileRead} calls were answered while they were read`);
	});
}

test('two pages that are read at once do not hinder each other', async ({ mock }) => {
	const locations = Array.from({ length: 4000 }, (_, index) => `{"page":${index % 2},"polygon":[[0,${index}]]}`);
	const { document } = await openBody(extractionBody(`"a":{"value":1,"locations":[${locations.join()}]}`));
	const table = sessionOf(document)?.tree?.table;
	assert.ok(table);
	const begun = mock.method(table, 'eachLocation');
	await markCalls.markCounts({ document });
	begun.mock.resetCalls();
	// Every step is over at once, so that the two take turns.
	let now = performance.now();
	mock.method(performance, 'now', () => (now += 1000));
	const pages = await Promise.all([0, 1].map((page) => markCalls.marks({ document, page })));
	assert.equal(begun.mock.callCount(), 2);
	for (const [page, marks] of pages.entries()) {
		assert.ok(marks);
		assert.deepEqual([marks.count, ...marks.points.subarray(-2)], [2000, 0, 3998 + page]);
	}
});

test('a coordinate that is no finite number never reaches the page', async () => {
	const polygons = ['[[0,0],[1e400,0]]', '[[-1e400,0],[1,1]]', '[[1e300,0],[1,1]]', '[]', '[[0.5,0.25]]'];
	const locations = polygons.map((polygon) => `{"page":0,"polygon":${polygon}}`);
	const { document } = await openBody(extractionBody(`"a":{"value":1,"locations":[${locations.join()}]}`));
	const marks = await markCalls.marks({ document, page: 0 });
	assert.deepEqual([marks?.count, marks?.dropped], [5, 3]);
	assert.deepEqual([...(marks?.points ?? [])], [0.5, 0.25]);
	assert.deepEqual([...(marks?.starts ?? [])], [0, 0, 0, 0, 0, 1]);
});

test('a place on a page far beyond any document costs nothing', async () => {
	const locations = '[{"page":4294967295,"polygon":[[0,0]]},{"page":1,"polygon":[[0,0]]}]';
	const { document } = await openBody(extractionBody(`"a":{"value":1,"locations":${locations}}`));
	assert.deepEqual([...((await markCalls.markCounts({ document })) ?? [])], [0, 1]);
});

test('the page ranges of a split', async () => {
	const splits = '[{"page_range":[0,1],"document_type":"invoice"},{"page_range":[2,2],"document_type":"\\u00e9"}]';
	const { document } = await openBody(resultBody(`{"splits":${splits}}`));
	const ranges = await markCalls.splits({ document });
	assert.deepEqual(ranges, [
		{ first: 0, last: 1, documentType: 'invoice', pointer: '/inference/result/splits/0' },
		{ first: 2, last: 2, documentType: 'é', pointer: '/inference/result/splits/1' },
	]);
	const data = JSON.parse(resultBody(`{"splits":${splits}}`)) as unknown;
	for (const { pointer, documentType } of ranges ?? []) {
		assert.equal((valueAt(data, pointer) as { document_type: string }).document_type, documentType);
	}
});
