/** What is open stays open whatever fails or comes beside it, everything stays in reach, and what is said is seen and heard. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { pagePixels, png } from './document-makers.js';
import { dropFiles, type Inspector, listenTo, openForEachTest, provoked, screenshots, until } from './page-browser.js';
import { extraction, field } from './page-generated.js';
import { hold, prepareHolding, release } from './page-held-calls.js';
import { openPaper, paper } from './page-states.js';

let inspector: Inspector;
let page: Page;

openForEachTest({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' }, (opened, own) => {
	page = opened;
	inspector = own;
});

describe('what is said in passing', () => {
	test('is seen too: that something was copied, and that it was not', async () => {
		await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
		await openPaper(page);
		await page.getByRole('treegrid').focus();
		await page.keyboard.press('ControlOrMeta+c');
		await page.locator('.toast', { hasText: 'Copied: Value' }).waitFor();
		await page.screenshot({ path: join(screenshots, 'desk-toast.png') });
		await page.evaluate(() => {
			navigator.clipboard.writeText = () => Promise.reject(new Error('refused'));
			document.execCommand = () => false;
		});
		await page.keyboard.press('ControlOrMeta+c');
		await page.locator('.toast', { hasText: 'The browser refused to copy.' }).waitFor();
	});

	test('is seen on the desk as on the start screen, and hides nothing from the pointer', async () => {
		await pasteNothing();
		await page.locator('.toast', { hasText: 'Nothing to read' }).waitFor();
		const toast = page.locator('.toast', { hasText: 'Nothing to read' });
		await openPaper(page);
		// The one from before would be as good.
		await toast.waitFor({ state: 'detached' });
		await pasteNothing();
		await toast.waitFor();
		const box = await toast.boundingBox();
		assert.ok(box && box.x >= 0 && box.x + box.width <= 1280 && box.y + box.height <= 800, 'within the window');
		const below = await page.evaluate(
			([x, y]) => document.elementFromPoint(x ?? 0, y ?? 0)?.classList.contains('toast'),
			[box.x + box.width / 2, box.y + box.height / 2],
		);
		assert.equal(below, false);
	});

	test('is seen over an open dialog, and heard in it', async () => {
		await openPaper(page);
		await page.getByRole('button', { name: 'Export…' }).click();
		const dialog = page.locator('dialog[open]');
		await dialog.waitFor();
		const image = png(pagePixels());
		await dropFiles(page, ...['a.png', 'b.png', 'c.png'].map((name) => ({ name, content: image })));
		const toast = page.locator('.toast', { hasText: '3 files' });
		await toast.waitFor();
		// Both before the picture is taken: it goes by itself.
		const shown = await toast.evaluate((line) => {
			const { left, top, height } = line.getBoundingClientRect();
			return { background: getComputedStyle(line).backgroundColor, left, top, height };
		});
		// Beside a dialog nothing takes the pointer, so that only the picture tells what lies over what.
		const picture = (await page.screenshot()).toString('base64');
		const look = { base64: picture, ...shown };
		const [wanted, found] = await page.evaluate(async ({ base64, background, left, top, height }) => {
			const image = await createImageBitmap(
				new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))]),
			);
			const paper = new OffscreenCanvas(1, 1).getContext('2d');
			if (!paper) throw new Error('no canvas');
			const colour = (): string => paper.getImageData(0, 0, 1, 1).data.join();
			paper.drawImage(image, -Math.round(left + 5), -Math.round(top + height / 2));
			const found = colour();
			paper.fillStyle = background;
			paper.fillRect(0, 0, 1, 1);
			return [colour(), found] as const;
		}, look);
		assert.equal(found, wanted, 'nothing lies over it');
		await dialog.locator('[role=status].unseen').filter({ hasText: /\S/ }).waitFor({ state: 'attached' });
	});

	test('is heard in an open dialog again when it is the same as before it was opened', async () => {
		await pasteNothing();
		await page.locator('.toast', { hasText: 'Nothing to read' }).waitFor();
		await page.keyboard.press('?');
		const region = page.locator('dialog[open] [role=status].unseen');
		await region.waitFor({ state: 'attached' });
		assert.equal(await region.textContent(), '', 'what was said before');
		let heard = '';
		for (let times = 1; times <= 3; times++) {
			await pasteNothing();
			await until(async () => {
				const now = (await region.textContent()) ?? '';
				assert.match(now, /Nothing to read/);
				assert.notEqual(now, heard);
			});
			heard = (await region.textContent()) ?? '';
		}
	});

	test('is heard again when it is the same again', async () => {
		await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
		await openPaper(page);
		const heard = await listenTo(page);
		const copied = async () => (await heard()).filter((text) => text.startsWith('Copied'));
		await page.getByRole('treegrid').focus();
		for (let times = 1; times <= 4; times++) {
			await page.keyboard.press('ControlOrMeta+c');
			await until(async () => assert.equal((await copied()).length, times));
		}
	});

	test('is not said twice, and a border that is moved says nothing of the zoom', async () => {
		await openPaper(page);
		await dropFiles(page, { name: 'cut.png', content: png(pagePixels()).subarray(0, 20) });
		await page.getByText('cut.png is damaged').first().waitFor();
		const live = '[role=status], [role=alert], [aria-live], output';
		const saying = await page
			.locator(live)
			.evaluateAll((found) => found.filter((region) => region.textContent?.includes('cut.png is damaged')).length);
		assert.equal(saying, 1, 'by one live region');
		await page.evaluate((regions) => {
			const said: string[] = [];
			Object.assign(globalThis, { said });
			for (const region of document.querySelectorAll(regions)) {
				const note = () => said.push(region.textContent ?? '');
				new MutationObserver(note).observe(region, { characterData: true, childList: true, subtree: true });
			}
		}, live);
		const splitter = page.getByRole('separator', { name: 'Width of the document' });
		await splitter.focus();
		const before = await splitter.getAttribute('aria-valuenow');
		for (let times = 0; times < 8; times++) await page.keyboard.press('ArrowRight');
		await until(async () => assert.notEqual(await splitter.getAttribute('aria-valuenow'), before));
		await frames();
		assert.deepEqual(await page.evaluate(() => (globalThis as unknown as { said: string[] }).said), []);
		await page.getByRole('button', { name: 'Larger', exact: true }).click();
		await until(async () => assert.match(await announced(), /^\d+ %/, 'but a zoom that was asked for is told'));
	});
});

describe('what is open stays open', () => {
	test('where the part of the page that shows a document cannot be fetched', async () => {
		const { payload, document } = paper();
		await dropFiles(page, { name: 'paper.json', content: payload });
		await page.locator('.paper-sheet').waitFor();
		await page.locator('[role=row]', { hasText: 'supplier' }).waitFor();
		const rows = await page.locator('[role=row]').count();
		await page.route('**/assets/pdf-*.js', (route) => route.abort());
		await dropFiles(page, { name: 'paper.pdf', content: document });
		await page.locator('.document-remarks .wrong', { hasText: /paper\.pdf is not shown: .* fetched/ }).waitFor();
		assert.equal(await page.locator('[role=row]').count(), rows);
		assert.equal(await page.locator('.start').count(), 0);
		const faults = await provoked(page, inspector.faults(page));
		assert.deepEqual(
			faults.filter((fault) => !/\/assets\/pdf-|net::ERR_FAILED/.test(fault)),
			[],
		);
	});

	test('where the locations cannot be had', async () => {
		await page.addInitScript(() => {
			const post = Worker.prototype.postMessage;
			Worker.prototype.postMessage = function (this: Worker, message: { call?: string }, ...rest: unknown[]) {
				const asked = message?.call === 'marks' ? { ...message, call: 'no such call' } : message;
				return Reflect.apply(post, this, [asked, ...rest]);
			};
		});
		await reload();
		await dropFiles(page, { name: 'paper.json', content: paper().payload });
		await page.locator('.document-remarks', { hasText: 'The locations cannot be shown' }).waitFor();
		await page.locator('[role=row]').nth(3).waitFor();
		assert.equal(await page.locator('.start').count(), 0);
	});

	test('while another payload takes its time to be read, and that is shown', async () => {
		await prepareHolding(page);
		await openPaper(page);
		await page.getByRole('treegrid').focus();
		await hold(page, 'open');
		await dropFiles(page, { name: 'second.json', content: extraction({ other: field('of the second') }) });
		await page.locator('.awaited', { hasText: 'Reading second.json…' }).waitFor();
		await page.screenshot({ path: join(screenshots, 'desk-reading.png') });
		assert.ok(await page.locator('[role=rowheader]', { hasText: 'supplier' }).isVisible());
		assert.equal(await page.getByRole('img', { name: /, paper\.pdf$/ }).count(), 1, 'and its document');
		assert.equal(await page.locator('.start').count(), 0);
		assert.match(await announced(), /Reading second\.json…/);
		await release(page);
		await page.locator('[role=row]', { hasText: 'of the second' }).waitFor();
		assert.equal(await page.locator('.awaited').count(), 0);
		assert.equal(await page.locator('[inert]').count(), 0);
		assert.equal(await page.getByRole('img', { name: /, paper\.pdf$/ }).count(), 0, 'which goes with it');
		// The focus is somewhere.
		await page.locator('body :focus').waitFor();
	});

	test('a payload lies on the document that it lay on, after another was looked at', async () => {
		const image = png(pagePixels());
		await dropFiles(
			page,
			{ name: 'x.json', content: extraction({ x: field(1) }) },
			{ name: 'scan.png', content: image },
		);
		const document = page.getByRole('img', { name: /, scan\.png$/ });
		await document.waitFor();
		await dropFiles(page, { name: 'y.json', content: extraction({ y: field(2) }) });
		await page.locator('[role=rowheader]', { hasText: /^y$/ }).waitFor();
		await document.waitFor({ state: 'detached' });
		await page.locator('.shelf-item', { hasText: 'x.json' }).click();
		await page.locator('[role=rowheader]', { hasText: /^x$/ }).waitFor();
		await document.waitFor();
	});
});

describe('everything stays in reach', () => {
	test('by a key that comes just behind the one that closes a dialog', async () => {
		await openPaper(page);
		await page.keyboard.press('?');
		await page.getByRole('dialog').waitFor();
		await page.evaluate(() => {
			for (const key of ['Escape', '3']) {
				const at = key === '3' ? document.body : document.activeElement;
				at?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
			}
		});
		await page.getByRole('tab', { name: /^Raw/, selected: true }).waitFor();
		await page.locator('dialog').waitFor({ state: 'detached' });
		await page.getByRole('button', { name: 'Export…' }).click();
		await page.keyboard.press('Escape');
		await page.locator('dialog').waitFor({ state: 'detached' });
		await page.getByRole('button', { name: 'Export…' }).and(page.locator(':focus')).waitFor();
	});

	test('the check of webhook IDs, beside a payload', async () => {
		await openPaper(page);
		await page.getByRole('button', { name: 'Webhook IDs…' }).click();
		const dialog = page.getByRole('dialog', { name: 'Check webhook IDs' });
		await dialog.getByLabel('webhook_ids').fill('[9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b]');
		await dialog.getByText('1 endpoint will be called').waitFor();
		await page.screenshot({ path: join(screenshots, 'desk-webhook-ids.png') });
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
		assert.ok((await page.locator('[role=row]').count()) > 3, 'the payload is still there');
	});

	test('the start screen: what is open can be closed, and the sample opened', async () => {
		await openPaper(page);
		await page.getByRole('button', { name: 'Close what is open' }).click();
		await page.getByText('Drop a payload here').waitFor();
		assert.equal(await page.locator('.desk').count(), 0);
		// The focus is not lost.
		await page.locator('#main:focus').waitFor();
		await page.getByRole('button', { name: 'Open a sample' }).click();
		await page.locator('[role=row]', { hasText: 'supplier_name' }).waitFor();
		await page.getByRole('img', { name: /, sample-invoice\.png$/ }).waitFor();
	});

	test('the selected row, after it was scrolled away: it is named, and the keys work on it', async () => {
		const fields: Record<string, unknown> = { first: { fields: { inner: field('within') } } };
		for (let index = 0; index < 2000; index++) fields[`f${index}`] = field(index);
		await dropFiles(page, { name: 'long.json', content: extraction(fields) });
		const grid = page.getByRole('treegrid');
		await page.locator('#row-0').waitFor();
		await grid.focus();
		await page.keyboard.press('ArrowRight');
		await page.locator('#row-0[aria-expanded=true]').waitFor();
		await grid.evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight));
		await page.locator('[role=rowheader]', { hasText: 'f1999' }).waitFor();
		const active = await grid.getAttribute('aria-activedescendant');
		assert.equal(active, 'row-0');
		assert.equal(await page.locator('#row-0 [role=rowheader]').textContent(), 'first');
		await page.keyboard.press('ArrowLeft');
		await page.locator('#row-0[aria-expanded=false]').waitFor();
		await until(async () => assert.equal(await grid.evaluate((scroller) => scroller.scrollTop), 0, 'it is seen again'));
	});

	test('files are chosen by what the button says', async () => {
		assert.equal(await page.getByLabel('Choose files…').count(), 1);
		await dropFiles(page, { name: 'paper.json', content: paper().payload });
		await page.locator('.paper-sheet').waitFor();
		assert.equal(await page.getByLabel('Open…', { exact: true }).count(), 1);
		assert.equal(await page.getByLabel('Add the document…').count(), 1);
		await dropFiles(page, { name: 'made.png', content: png(pagePixels()) });
		await page.getByRole('img', { name: /, made\.png$/ }).waitFor();
		assert.equal(await page.getByLabel('Open another document…').count(), 1);
	});
});

function pasteNothing(): Promise<void> {
	return page.evaluate(() => {
		const clipboardData = new DataTransfer();
		document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
	});
}

async function reload(): Promise<void> {
	await page.reload();
	await page.locator('input[type=file]').first().waitFor({ state: 'attached' });
}

/** Two frames: what is to come on the screen has come. */
function frames(): Promise<unknown> {
	return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

async function announced(): Promise<string> {
	return (await page.locator('#page > p.unseen[role=status]').textContent()) ?? '';
}
