/** The text of a payload: page by page, that of chained extractions too, and what is looked for in it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { validPayloads } from '../../../tests/payload-fixtures.js';
import { type TextPlace, textCalls } from './calls/text.js';
import { openBody, resultBody } from './test-payload.js';

const ocr = (...pages: string[]) =>
	resultBody(`{"pages":[${pages.map((content) => `{"content":${JSON.stringify(content)},"words":[]}`).join()}]}`);

async function textOf(document: number, page: number): Promise<string> {
	let content = '';
	for (;;) {
		const answer = await textCalls.text({ document, page, from: content.length });
		assert.equal(answer?.from, content.length);
		content += answer.content;
		if (content.length >= answer.length) return content;
	}
}

async function find(document: number, text: string, page = 0, from = 0, backwards = false): Promise<TextPlace | null> {
	const answer = await textCalls.textFind({ document, text, page, from, backwards });
	assert.ok(answer);
	return answer.place;
}

test('a text beyond the first stretch of a page is found', async () => {
	const { document } = await openBody(ocr(`${'x'.repeat(600_000)}Total${'y'.repeat(600_000)}total`, 'nothing'));
	const first = { page: 0, at: 600_000, index: 0, total: 2 };
	const second = { page: 0, at: 1_200_005, index: 1, total: 2 };
	assert.deepEqual(await find(document, 'TOTAL'), first);
	assert.deepEqual(await find(document, 'total', 0, first.at + 1), second);
	assert.deepEqual(await find(document, 'total', 0, second.at + 1), first, 'around the end');
	assert.deepEqual(await find(document, 'total', 0, second.at, true), first);
	assert.deepEqual(await find(document, 'total', 0, first.at, true), second, 'around the beginning');
	assert.deepEqual(await find(document, 'total', 1), first, 'from another page');
	assert.equal(await find(document, 'nowhere'), null);
	assert.equal(await find(document, ''), null);
});

test('places are those that a search of the whole page finds, wherever its parts end', async () => {
	const part = 1 << 18;
	const content = `${'a'.repeat(part - 1)}😀aba${'ab'.repeat(part / 2)}İß*(`;
	const { document } = await openBody(ocr(content));
	for (const text of ['A', 'aba', '😀a', 'a😀', 'aa', 'ẞ', '*(', 'i']) {
		const expected: number[] = [];
		for (const { index } of content.matchAll(new RegExp(text.replace(/[*(]/g, '\\$&'), 'giu'))) expected.push(index);
		const [first, last] = [await find(document, text), await find(document, text, 0, 0, true)];
		assert.deepEqual([first?.at, first?.total], [expected[0], expected.length || undefined], text);
		assert.deepEqual(
			[last?.at, last?.index],
			[expected.at(-1), expected.length ? expected.length - 1 : undefined],
			text,
		);
	}
});

test('a newer search wins, and one in a payload that was left finds nothing', async ({ mock }) => {
	// Every step is over at once.
	let now = performance.now();
	mock.method(performance, 'now', () => (now += 1000));
	const { document } = await openBody(ocr(...Array.from({ length: 50 }, () => 'x'.repeat(200_000))));
	const older = textCalls.textFind({ document, text: 'older', page: 0, from: 0, backwards: false });
	assert.equal(await find(document, 'newer'), null);
	assert.equal(await older, null);
	const late = textCalls.textFind({ document, text: 'late', page: 0, from: 0, backwards: false });
	await openBody(ocr('y'));
	assert.equal(await late, null);
	assert.equal(await textCalls.textFind({ document, text: 'x', page: 0, from: 0, backwards: false }), null);
});

test('a stretch does not begin within a character', async () => {
	const { document } = await openBody(ocr('😀😀'));
	const answer = await textCalls.text({ document, page: 0, from: 1 });
	assert.deepEqual([answer?.from, answer?.content], [2, '😀']);
});

const chained = (pages: string[]) => {
	const raw = JSON.stringify({ pages: pages.map((content) => ({ content })) });
	return resultBody(`{"raw_text":${raw},"fields":{}}`);
};

test('the raw text of chained extractions is text of the part they are of', async () => {
	const split = (range: string, pages: string[] | null) =>
		`{"page_range":${range},"document_type":"invoice","extraction_response":${pages && chained(pages)}}`;
	const splits = [split('[0,1]', ['one "a"\n', 'two']), split('[2,2]', null), split('[3,4]', ['four', 'five', 'six'])];
	const { document, opened } = await openBody(resultBody(`{"splits":[${splits.join()}]}`));
	assert.ok(opened.readable);
	assert.equal(opened.textPages, 5);
	assert.deepEqual([...(opened.textsOn ?? [])], [0, 1, 3, 4, 4]);
	const texts = await Promise.all([0, 1, 2, 3, 4].map((page) => textOf(document, page)));
	assert.deepEqual(texts, ['one "a"\n', 'two', 'four', 'five', 'six']);
	const { part } = (await textCalls.text({ document, page: 3, from: 0 })) ?? assert.fail();
	assert.deepEqual(part, { of: 'split', index: 2, type: 'invoice', page: 1, pages: 3 });
	assert.deepEqual(await find(document, 'FIVE'), { page: 3, at: 0, index: 0, total: 1 });

	const crop = `{"object_type":"receipt","location":{"page":2,"polygon":[]},"extraction_response":${chained(['cropped'])}}`;
	const crops = await openBody(resultBody(`{"crops":[${crop}]}`));
	assert.ok(crops.opened.readable);
	assert.deepEqual([...(crops.opened.textsOn ?? [])], [2]);
	assert.equal(await textOf(crops.document, 0), 'cropped');

	const classified = `{"document_type":"invoice","extraction_response":${chained(['classified'])}}`;
	const classification = await openBody(resultBody(`{"classification":${classified}}`));
	assert.ok(classification.opened.readable);
	assert.deepEqual([...(classification.opened.textsOn ?? [])], [0]);
	assert.equal(await textOf(classification.document, 0), 'classified');
});

test('every raw text of every fixture is shown, and no other', async () => {
	for (const { name, body } of validPayloads()) {
		const { document, opened } = await openBody(body);
		const expected: string[] = [];
		JSON.parse(new TextDecoder().decode(body), (key, value: unknown) => {
			if (key !== 'raw_text') return value;
			const { pages } = (value ?? {}) as { pages?: { content: string }[] };
			expected.push(...(pages ?? []).map(({ content }) => content));
			return value;
		});
		if (!opened.readable || opened.kind === 'ocr') continue;
		const texts = await Promise.all(Array.from({ length: opened.textPages }, (_, page) => textOf(document, page)));
		assert.deepEqual(texts, expected, name);
	}
});
