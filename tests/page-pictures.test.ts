/**
 * The walk through the page that docs/inspector.md tells, done by a test that takes a picture of each step, and pictures of the main
 * states. `npm run pictures` puts them into docs/images/; a test run leaves them in target/screenshots/.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { chooseFiles, type Inspector, payloads, root, screenshots, startInspector } from './page-browser.js';
import { settled as allAnswered, prepareHolding } from './page-held-calls.js';
import { turnTo } from './page-states.js';

const folder = process.env.MINDHOOK_WRITE_DOCS ? join(root, 'docs/images') : screenshots;
/** A picture is part of the repository: it has to stay small. */
const MOST_BYTES = 150_000;
const VIEWPORT = { width: 1280, height: 800 };

let inspector: Inspector;
let page: Page;

before(async () => {
	mkdirSync(folder, { recursive: true });
	inspector = await startInspector();
});

after(() => inspector?.close());

beforeEach(async () => {
	page = await inspector.open({ viewport: VIEWPORT, reducedMotion: 'reduce', colorScheme: 'light' });
});

afterEach(() => inspector.finish(page));

test('in three actions one finds where on the page a total was read', async () => {
	await prepareHolding(page);
	await picture('walk-1-start');

	// First: open the payload and its document; here those of the sample.
	await page.getByRole('button', { name: 'Open a sample' }).click();
	await page.locator('.paper canvas').first().waitFor();
	await page.locator('[role=row][aria-level]').first().waitFor();
	await picture('walk-2-opened');

	// Second: type what one looks for.
	// At once: between letters on a busy machine the beginning of the word is looked for too, and found.
	await page.getByLabel('Filter by name or value').fill('total');
	await page.locator('.filter .found', { hasText: /match/ }).waitFor();

	// Third: click on it.
	const row = page.locator('[role=row].matches', { has: page.getByText('total_amount', { exact: true }) });
	await row.waitFor();
	const at = (await row.boundingBox()) ?? assert.fail('a row');
	const list = (await page.getByRole('treegrid').boundingBox()) ?? assert.fail('rows');
	assert.ok(at.y >= list.y && at.y + at.height <= list.y + list.height, 'it is seen without scrolling');
	await row.click();
	const mark = page.locator('.mark-outlines .selected .line');
	await mark.waitFor();
	await page.locator('.breadcrumb', { hasText: 'total_amount' }).waitFor();
	// Until then what is marked may be the row before.
	await allAnswered(page);
	await settled();
	await picture('walk-3-found');

	// It is marked where it can be seen, on the page that the row names.
	const box = (await mark.boundingBox()) ?? assert.fail('a mark');
	const stage = (await page.locator('.stage').boundingBox()) ?? assert.fail('a stage');
	assert.ok(box.x >= stage.x && box.x + box.width <= stage.x + stage.width, 'within the width of the document');
	assert.ok(box.y >= stage.y && box.y + box.height <= stage.y + stage.height, 'within its height');
	assert.match(await row.locator('.on').innerText(), /^1/);

	// And back: a click on the place says what was read there.
	await page.getByRole('treegrid').focus();
	await page.keyboard.press('Home');
	await allAnswered(page);
	await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
	await page.locator('[role=row][aria-selected=true]', { hasText: 'total_amount' }).waitFor();
});

describe('pictures for people', () => {
	test('the desk in the dark', async () => {
		await page.emulateMedia({ colorScheme: 'dark' });
		await openSample();
		await picture('inspector-dark');
	});

	test('words of an OCR on their page', async () => {
		await chooseFiles(page, join(payloads, 'valid/ocr/dense-three-pages-minified.json'));
		await page.locator('[role=row][aria-level]').first().waitFor();
		await page.getByRole('treegrid').focus();
		await page.keyboard.press('ArrowRight');
		await page.keyboard.press('ArrowDown');
		await page.locator('.mark-outlines .selected').waitFor();
		await picture('inspector-words');
	});

	test('the exact bytes', async () => {
		await openSample();
		await turnTo(page, 'Raw');
		await page.getByLabel('Find in the bytes').fill('total');
		await page.keyboard.press('Enter');
		await page.locator('.bytes-scroller .on-found').first().waitFor();
		await picture('inspector-raw');
	});

	test('what is wrong with a body', async () => {
		await chooseFiles(page, join(payloads, 'broken/json/missing-comma-between-members.json'));
		await turnTo(page, 'Problems');
		await page.locator('.excerpt').first().waitFor();
		await picture('inspector-problems');
	});

	test('a split file, and what was read from its parts', async () => {
		await chooseFiles(page, join(payloads, 'valid/split/chained-extraction-responses.json'));
		await page.locator('[role=row][aria-level]').first().waitFor();
		await picture('inspector-split');
	});

	test('a failure', async () => {
		await chooseFiles(page, join(payloads, 'valid/failure/error-with-errors.json'));
		await page.locator('.card').first().waitFor();
		await picture('inspector-failure');
	});

	test('two payloads compared', async () => {
		const path = join(payloads, 'valid/extraction/invoice-indented.json');
		await chooseFiles(page, path);
		await page.getByRole('button', { name: 'Compare…' }).click();
		const other = readFileSync(path, 'utf8')
			.replaceAll('"Certain"', '"High"')
			.replace('RE-2026/00417', 'RE-2026/00471');
		await page
			.locator('.compare input[type=file]')
			.setInputFiles({ name: 'second-reading.json', mimeType: 'application/json', buffer: Buffer.from(other) });
		await page.locator('.compare [role=row]').nth(2).waitFor();
		await picture('inspector-compare');
	});

	test('a signature that does not fit, and why', async () => {
		const { createHmac } = await import('node:crypto');
		const path = join(payloads, 'valid/extraction/invoice-indented.json');
		await chooseFiles(page, path);
		// The start screen has a button of that name too.
		await page.locator('[role=row][aria-level]').first().waitFor();
		await page.getByRole('button', { name: 'Signature…' }).click();
		const minified = JSON.stringify(JSON.parse(readFileSync(path, 'utf8')));
		await page.getByLabel('Value of the header').fill(createHmac('sha256', 'secret').update(minified).digest('hex'));
		await page.getByLabel('Signing secrets').fill('secret');
		await page.getByRole('button', { name: 'Check', exact: true }).click();
		await page.getByText('this is why').waitFor();
		await picture('inspector-signature');
	});

	test('a narrow window', async () => {
		await page.setViewportSize({ width: 400, height: 800 });
		await openSample();
		await picture('inspector-narrow');
	});
});

async function openSample(): Promise<void> {
	await page.getByRole('button', { name: 'Open a sample' }).click();
	await page.locator('.paper canvas').first().waitFor();
	await page.locator('[role=row][aria-level]').first().waitFor();
	await settled();
}

/** Waits until nothing moves any more. */
async function settled(): Promise<void> {
	await page.evaluate(async () => {
		await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined)));
		await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
	});
}

async function picture(name: string): Promise<void> {
	await page.mouse.move(0, 0);
	await settled();
	// A page that is not painted sharply yet is another picture.
	await page.locator('.paper[aria-busy=true]').waitFor({ state: 'detached' });
	const path = join(folder, `${name}.png`);
	await page.screenshot({ path, caret: 'hide' });
	assert.ok(statSync(path).size <= MOST_BYTES, `${name}.png has ${statSync(path).size} bytes`);
}
