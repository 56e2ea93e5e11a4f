/**
 * The page's sizes, and large payloads in it. Times are measured by `npm run bench:page` on a quiet machine; here they are printed, and
 * only what no busy machine can turn red is asserted.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { dropFiles, type Inspector, root, startInspector, until } from './page-browser.js';
import { extractionWithMarks, LAST_WORD, ocrFile } from './page-generated.js';
import {
	firstScreenFiles,
	firstScreenSize,
	hover,
	type LargeOpening,
	memory,
	openLarge,
	reachLastWord,
	readiness,
} from './page-measures.js';

const MB = 1_000_000;
const FIRST_SCREEN = 40_000;
const ROWS_AT_ONCE = 100;
const MEMORY_FOR_THE_FILE = 4;
/** What a busy machine may make of a time that is promised for a quiet one. */
const BUSY = 10;
const inputs = join(root, 'target/page-inputs');

let inspector: Inspector;
let page: Page | undefined;

before(async () => {
	inspector = await startInspector();
});

after(() => inspector?.close());

afterEach(async () => {
	const opened = page;
	page = undefined;
	if (opened) await inspector.finish(opened);
});

describe('the first screen', () => {
	test('asks for at most 40 kB of script and style, compressed, before anything is opened', async (context) => {
		const files = await firstScreenFiles(inspector);
		for (const { name, kind, gzip } of files) context.diagnostic(`${kind} ${name}: ${gzip} bytes of gzip`);
		const size = firstScreenSize(files);
		context.diagnostic(`script and style: ${size} bytes of gzip`);
		assert.ok(files.some(({ kind }) => kind === 'script') && files.some(({ kind }) => kind === 'style'));
		assert.ok(size <= FIRST_SCREEN, `${size} bytes of gzip`);
	});

	test('is ready soon after it is loaded', async (context) => {
		const rounds = await readiness(inspector, 5);
		const late = rounds.map(({ ready, empty }) => ready - empty).sort((a, b) => a - b);
		context.diagnostic(`ready behind the load of an empty page: ${late.map((time) => Math.round(time)).join(', ')} ms`);
		assert.ok((late[2] ?? 0) <= 300 * BUSY, `${late[2]} ms`);
	});
});

describe('large payloads', () => {
	test('10 MB of OCR can be worked in at once', async (context) => {
		page = await inspector.open();
		const { path } = ocrFile(inputs, 10 * MB);
		const opening = await openLarge(page, path);
		context.diagnostic(
			`rows after ${Math.round(opening.shown)} ms, keyboard after ${Math.round(opening.interactive)} ms`,
		);
		assert.ok(opening.interactive <= 1000 * BUSY, `${opening.interactive} ms`);
		await checkRows(opening);
	});

	test('100 MB of OCR open, a window of rows is mounted, the last one is reached, and memory is bounded', async (context) => {
		// In a browser that has held nothing else: what others left there would be counted too.
		await inspector.close();
		inspector = await startInspector();
		page = await inspector.open();
		const { path, size } = ocrFile(inputs, 100 * MB);
		const opening = await openLarge(page, path);
		context.diagnostic(
			`rows after ${Math.round(opening.shown)} ms, keyboard after ${Math.round(opening.interactive)} ms`,
		);
		await reachLastWord(page, LAST_WORD);
		await checkRows(opening);
		const tasks = await opening.longTasks();
		context.diagnostic(`longest task of the main thread: ${Math.round(Math.max(0, ...tasks))} ms`);
		assert.ok(Math.max(0, ...tasks) <= 200 * BUSY, `${tasks} ms`);
		let held = memory(inspector.browser);
		// What the core leaves behind is collected a moment later.
		await until(async () => {
			held = memory(inspector.browser);
			assert.ok(!held || held.pages <= MEMORY_FOR_THE_FILE * size, `${held?.pages} bytes for a file of ${size}`);
		});
		if (held) {
			context.diagnostic(
				`memory: ${Math.round(held.pages / MB)} MB in its pages, ${Math.round(held.all / MB)} MB in all`,
			);
		}
	});

	test('10,000 polygons on one page follow the pointer', async (context) => {
		page = await inspector.open();
		await dropFiles(page, { name: 'marks.json', content: extractionWithMarks(10_000) });
		const { work, intervals, changes } = await hover(page, 120);
		const rate = 1000 / (intervals[intervals.length >> 1] ?? 0);
		context.diagnostic(
			`work for each frame: ${work.toFixed(1)} ms, ${rate.toFixed(0)} frames a second, ${changes} marks`,
		);
		assert.ok(changes > 60, `${changes} marks were pointed at`);
		assert.ok(work <= (1000 / 60) * BUSY, `${work} ms`);
	});
});

async function checkRows(opening: LargeOpening): Promise<void> {
	const most = await opening.mostRows();
	assert.ok(most > 0 && most <= ROWS_AT_ONCE, `${most} rows are mounted`);
}
