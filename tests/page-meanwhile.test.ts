/** What is done while the worker is busy, or while another payload is on its way, is done to what is in sight. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { pagePixels, png } from './document-makers.js';
import { chooseFiles, dropFiles, openForEachTest, payloadFixture, root } from './page-browser.js';
import { extraction, extractionWithMarks, field, inference } from './page-generated.js';
import { hold, isHeld, prepareHolding, release, releaseFirst, settled } from './page-held-calls.js';
import { openPaper, turnTo } from './page-states.js';

let page: Page;

openForEachTest({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' }, (opened) => {
	page = opened;
});

const rowheader = (text: string | RegExp) => page.locator('[role=rowheader]', { hasText: text });
const second = { name: 'second.json', content: extraction({ supplier2: field(1), total2: field(2) }) };

describe('what is copied', () => {
	test('is the row that was selected as the keys were pressed, though the worker takes its time', async () => {
		await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
		await prepareHolding(page);
		const fields = { one: field('value of one'), two: field('value of two'), three: field('value of three') };
		await dropFiles(page, { name: 'a.json', content: extraction(fields) });
		await page.getByRole('treegrid').focus();
		await page.locator('.selected .whole', { hasText: 'value of one' }).waitFor();
		await hold(page, 'detail');
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('ControlOrMeta+c');
		await page.keyboard.press('ArrowDown');
		await page.locator('[role=treegrid][aria-activedescendant=row-2]').waitFor();
		await release(page);
		await page.locator('.toast', { hasText: 'Copied: Value' }).waitFor();
		assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'value of two');
	});

	test('is a whole page of text or nothing, where the payload goes before all of it was read', async () => {
		await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
		await prepareHolding(page);
		const content = 'word '.repeat(400_000);
		await dropFiles(page, { name: 'long.json', content: inference({ pages: [{ content, words: [] }] }) });
		await turnTo(page, 'Text');
		await settled(page);
		await page.evaluate(() => navigator.clipboard.writeText('as before'));
		await hold(page, 'text');
		await page.getByRole('button', { name: 'Copy page' }).click();
		await isHeld(page, 'text');
		await dropFiles(page, second);
		await isHeld(page, 'open');
		await release(page);
		await page.locator('.toast', { hasText: 'Nothing was copied: another payload came' }).waitFor();
		assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'as before');
	});
});

describe('while another payload is read', () => {
	test('a filter is that of the one in sight, and goes with it', async () => {
		await prepareHolding(page);
		await dropFiles(page, { name: 'first.json', content: extraction({ supplier: field(1), total: field(2) }) });
		await rowheader('supplier').waitFor();
		const box = page.getByLabel('Filter by name or value');
		await box.focus();
		await hold(page, 'open');
		await dropFiles(page, second);
		await isHeld(page, 'open');
		// With the keyboard one could no longer, but what was typed just before comes as late.
		await box.evaluate((input: HTMLInputElement) => {
			input.value = 'total';
			input.dispatchEvent(new InputEvent('input', { bubbles: true }));
		});
		await isHeld(page, 'filter');
		await release(page);
		await rowheader('total2').waitFor();
		await settled(page);
		assert.deepEqual(await page.locator('.tree [role=rowheader]').allInnerTexts(), ['supplier2', 'total2']);
		assert.equal(await box.inputValue(), '');
	});

	test('a document that is dropped for it is shown as it turns, not under the one in sight', async () => {
		await prepareHolding(page);
		await openPaper(page);
		await hold(page, 'open');
		const content = extraction({ other: field(1) }, { fileName: 'scan.png' });
		await dropFiles(page, { name: 'second.json', content });
		await page.locator('.awaited', { hasText: 'Reading second.json…' }).waitFor();
		const scan = { name: 'scan.png', content: png(pagePixels()) };
		const [before, after] = [/, paper\.pdf$/, /, scan\.png$/].map((name) => page.getByRole('img', { name }));
		assert.ok(before && after);
		await dropFiles(page, scan);
		const item = page.locator('.shelf-item', { hasText: /^scan\.png/ });
		await item.waitFor();
		await settledFrames();
		assert.deepEqual([await before.count(), await after.count()], [1, 0], 'dropped');
		await item.dispatchEvent('click');
		await settledFrames();
		assert.deepEqual([await before.count(), await after.count()], [1, 0], 'opened from the shelf');
		await release(page);
		await rowheader('other').waitFor();
		await after.waitFor();
	});
});

test('a payload lies on the document that it was seen on, though another was opened before its rows were there', async () => {
	await prepareHolding(page);
	await hold(page, 'rows');
	await dropFiles(
		page,
		{ name: 'x.json', content: extraction({ x: field(1) }) },
		{ name: 'scan.png', content: png(pagePixels()) },
	);
	const document = page.getByRole('img', { name: /, scan\.png$/ });
	await document.waitFor();
	await isHeld(page, 'rows');
	await dropFiles(page, { name: 'y.json', content: extraction({ y: field(2) }) });
	await isHeld(page, 'open');
	await release(page);
	await rowheader('y').waitFor();
	await page.locator('.shelf-item', { hasText: 'x.json' }).click();
	await rowheader('x').waitFor();
	await document.waitFor();
});

test('a row that is reached stays in sight as what is known of it comes below', async () => {
	await prepareHolding(page);
	await hold(page, 'detail');
	const fields = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`f${index}`, field(index)]));
	await dropFiles(page, { name: 'long.json', content: extraction(fields) });
	await rowheader('f0').waitFor();
	await page.getByRole('treegrid').focus();
	await page.keyboard.press('End');
	const seen = () =>
		page.getByRole('treegrid').evaluate((scroller) => ({
			height: scroller.clientHeight,
			last: scroller.querySelector('#row-199')?.getBoundingClientRect().bottom,
			bottom: scroller.getBoundingClientRect().bottom,
		}));
	await isHeld(page, 'detail', 2);
	const before = (await seen()).height;
	// What is fetched for the window waits behind them.
	await release(page);
	await page.locator('.breadcrumb', { hasText: 'f199' }).waitFor();
	await settled(page);
	const { height, last, bottom } = await seen();
	assert.ok(height < before, 'less of the list is seen');
	assert.ok(last !== undefined && last <= bottom + 1, `${last} of ${bottom}`);
});

test('a filter that is set while another is taken off stays', async () => {
	await prepareHolding(page);
	await dropFiles(page, { name: 'first.json', content: extraction({ supplier: field(1), total: field(2) }) });
	const box = page.getByLabel('Filter by name or value');
	await box.fill('total');
	await page.locator('.found', { hasText: /^1 match$/ }).waitFor();
	await settled(page);
	await hold(page, 'filter');
	await page.getByRole('button', { name: 'Clear' }).click();
	await box.fill('supplier');
	await isHeld(page, 'filter', 2);
	await releaseFirst(page);
	await release(page);
	await page.locator('.found', { hasText: /^1 match$/ }).waitFor();
	await settled(page);
	assert.deepEqual(await page.locator('.tree [role=rowheader]').allInnerTexts(), ['supplier']);
	assert.equal(await box.inputValue(), 'supplier');
});

test('a row that was just found stays selected as the filter is taken off', async () => {
	await prepareHolding(page);
	await dropFiles(page, { name: 'first.json', content: extraction({ supplier: field(1), total: field(2) }) });
	await page.locator('.breadcrumb', { hasText: 'supplier' }).waitFor();
	await settled(page);
	await hold(page, 'detail');
	await page.getByLabel('Filter by name or value').fill('total');
	await page.locator('.found', { hasText: /^1 match$/ }).waitFor();
	await isHeld(page, 'detail');
	await page.getByRole('button', { name: 'Clear' }).click();
	await isHeld(page, 'filter');
	await release(page);
	await settled(page);
	assert.deepEqual(await page.locator('.tree [role=rowheader]').allInnerTexts(), ['supplier', 'total']);
	assert.equal(await page.locator('.tree [aria-selected=true] [role=rowheader]').innerText(), 'total');
});

test('a line that is asked for before the bytes are there is gone to as soon as they are', async () => {
	await prepareHolding(page);
	await chooseFiles(page, payloadFixture('valid/extraction/invoice-indented.json').path);
	await rowheader('invoice_number').waitFor();
	await hold(page, 'rawSize');
	await page.getByRole('tab', { name: 'Raw' }).click();
	await isHeld(page, 'rawSize');
	const line = page.getByLabel('Line', { exact: true });
	await line.fill('150');
	await line.press('Enter');
	await release(page);
	await page.locator('.bytes-scroller .gutter:text-is("150")').waitFor();
	await settled(page);
	assert.notEqual(await line.getAttribute('aria-invalid'), 'true');
});

test('a page that was turned stays, though the places of the selected row are known only later', async () => {
	await prepareHolding(page);
	const polygon = [
		[0.1, 0.1],
		[0.2, 0.1],
		[0.2, 0.2],
	];
	const on = (index: number) => field(index, { locations: [{ page: index, polygon }] });
	await hold(page, 'marksOf');
	await dropFiles(page, { name: 'two.json', content: extraction({ first: on(0), second: on(1) }) });
	await isHeld(page, 'marksOf');
	const [number, next] = [page.getByLabel('Page number'), page.getByRole('button', { name: 'Next page' })];
	await next.first().click();
	assert.equal(await number.inputValue(), '2');
	await release(page);
	await settled(page);
	assert.equal(await number.inputValue(), '2');
	// And where nobody turns it, it is turned to what is selected.
	await rowheader('first').click();
	await page.locator('.mark-outlines .selected').waitFor();
	assert.equal(await number.inputValue(), '1');
});

for (const call of ['detail', 'marksOf'])
	test(`a step to the next location is one of the row that is selected, though its ${call} takes time`, async () => {
		await prepareHolding(page);
		const polygon = [
			[0.1, 0.1],
			[0.2, 0.1],
			[0.2, 0.2],
		];
		const on = (...pages: number[]) => field('on', { locations: pages.map((index) => ({ page: index, polygon })) });
		const content = extraction({ first: on(0, 1, 4), second: on(0, 2, 3), third: on(0, 5) });
		await dropFiles(page, { name: 'three.json', content });
		await page.locator('.locations', { hasText: '1 of 3' }).first().waitFor();
		await settled(page);
		await hold(page, call);
		await page.getByRole('treegrid').focus();
		await page.keyboard.press('ArrowDown');
		await isHeld(page, call);
		await page.keyboard.press('n');
		await page.keyboard.press('n');
		await settledFrames();
		const number = page.getByLabel('Page number');
		assert.equal(await number.inputValue(), '1');
		await release(page);
		await page.locator('.locations', { hasText: '3 of 3' }).first().waitFor();
		await settled(page);
		assert.equal(await number.inputValue(), '4');
		// Whoever goes on to another row meanwhile is not taken along in it.
		await number.fill('1');
		await number.press('Enter');
		await settled(page);
		await hold(page, call);
		await page.getByRole('treegrid').focus();
		await page.keyboard.press('ArrowUp');
		await isHeld(page, call);
		await page.keyboard.press('n');
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('ArrowDown');
		await release(page);
		await page.locator('.locations', { hasText: '1 of 2' }).first().waitFor();
		await settled(page);
		assert.equal(await number.inputValue(), '1');
	});

test('of two lines that are asked for, one right behind the other, the later one is gone to', async () => {
	await prepareHolding(page);
	await chooseFiles(page, payloadFixture('valid/extraction/invoice-indented.json').path);
	await rowheader('invoice_number').waitFor();
	await page.getByRole('tab', { name: 'Raw' }).click();
	await page.locator('.bytes-scroller .gutter:text-is("1")').waitFor();
	await settled(page);
	const line = page.getByLabel('Line', { exact: true });
	const last = Number(await line.getAttribute('max'));
	// Nearer to the end it is found sooner.
	for (const [later, isLine] of [
		[last, true],
		[last + 1, false],
	] as const) {
		await hold(page, 'rawRows');
		await line.fill('2');
		await line.press('Enter');
		await isHeld(page, 'rawRows');
		await line.fill(String(later));
		await line.press('Enter');
		await release(page);
		await settled(page);
		await page.locator(`.bytes-scroller .gutter:text-is("${last}")`).waitFor();
		assert.equal(await line.getAttribute('aria-invalid'), String(!isLine));
	}
});

test('what is found in a text can be asked for before the text is there', async () => {
	await prepareHolding(page);
	await hold(page, 'text');
	const content = 'Some words, and some more.';
	await dropFiles(page, { name: 'text.json', content: inference({ pages: [{ content, words: [] }] }) });
	await isHeld(page, 'text');
	await page.getByRole('tab', { name: 'Text' }).click();
	await page.keyboard.press('/');
	await page.keyboard.type('some m');
	await release(page);
	await page.locator('.text mark.at', { hasText: 'some m' }).waitFor();
	assert.equal(await page.locator('input:focus').inputValue(), 'some m');
});

test('a pointer that rests on the sheet is on a mark as soon as there are marks', async () => {
	await prepareHolding(page);
	await hold(page, 'marks');
	await dropFiles(page, { name: 'marks.json', content: extractionWithMarks(1) });
	await page.locator('.paper-sheet').hover();
	await isHeld(page, 'marks');
	assert.equal(await page.locator('.mark-outlines .hovered').count(), 0);
	await release(page);
	await page.locator('.mark-outlines .hovered').waitFor();
});

test('what can be exported is that of the payload in sight, and is saved of the one it was listed for', async () => {
	await prepareHolding(page);
	const list = (name: string) => ({ items: [{ fields: { [name]: field(name) } }], confidence: null });
	await dropFiles(page, { name: 'first.json', content: extraction({ lines: list('of the first') }) });
	await page.getByRole('button', { name: 'Export…' }).click();
	const dialog = page.getByRole('dialog', { name: 'Export' });
	const [before, after] = ['lines', 'others'].map((name) => dialog.getByRole('button', { name: new RegExp(name) }));
	assert.ok(before && after);
	await before.waitFor();
	await hold(page, 'exportChoices');
	await dropFiles(page, { name: 'second.json', content: extraction({ others: list('of the second') }) });
	await isHeld(page, 'exportChoices');
	await before.click();
	await isHeld(page, 'exportFile');
	await release(page);
	await dialog.locator('.made', { hasText: 'Stopped' }).waitFor();
	const [saved] = await Promise.all([page.waitForEvent('download'), after.click()]);
	assert.match(readFileSync(await saved.path(), 'utf8'), /of the second/);
	assert.equal(await before.count(), 0);
});

test('a file that is gone from the disk closes nothing that is open, and is said to be unreadable', async () => {
	const folder = join(root, 'target/page');
	mkdirSync(folder, { recursive: true });
	const [first, later] = ['gone.json', 'there.json'].map((name) => join(folder, name));
	assert.ok(first && later);
	writeFileSync(first, extraction({ gone: field(1) }));
	writeFileSync(later, extraction({ there: field(2) }));
	await chooseFiles(page, first);
	await rowheader('gone').waitFor();
	await chooseFiles(page, later);
	await rowheader('there').waitFor();
	rmSync(first);
	const item = page.locator('.shelf-item', { hasText: 'gone.json' });
	await item.click();
	await item.filter({ hasText: 'it could not be read' }).waitFor();
	await rowheader('there').waitFor();
	assert.equal(await page.locator('.start').count(), 0);
});

/** Three frames: what is to come on the screen has come. */
async function settledFrames(): Promise<void> {
	await page.evaluate(async () => {
		for (let frame = 0; frame < 3; frame++) await new Promise((done) => requestAnimationFrame(done));
	});
}
