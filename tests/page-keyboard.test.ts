/** The whole tour of the page without a pointer: only keys are pressed. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { FileChooser, Locator, Page } from 'playwright-core';
import { type Inspector, payloadFixture, policyViolations, startInspector, watchFaults } from './page-browser.js';
import { serveFeed, ToldFeed } from './page-feed.js';
import { paper } from './page-states.js';

let inspector: Inspector;

before(async () => {
	inspector = await startInspector();
});

after(() => inspector?.close());

test('the whole tour by keyboard', async (context) => {
	const page = await inspector.open({ viewport: { width: 1280, height: 800 } });
	// From the beginning: it takes the browser a moment to hand its choosers over.
	const choosers: FileChooser[] = [];
	page.on('filechooser', (chooser) => choosers.push(chooser));
	/** Opens the file chooser of the input that has the focus, and chooses. */
	const chooseByKey = async (...files: { name: string; mimeType: string; buffer: Buffer }[]): Promise<void> => {
		await page.keyboard.press('Enter');
		const chooser = choosers.shift() ?? (await page.waitForEvent('filechooser', { predicate: () => true }));
		choosers.length = 0;
		await chooser.setFiles(files);
	};
	const { payload, document } = paper();
	const press = async (...keys: string[]): Promise<void> => {
		for (const key of keys) await page.keyboard.press(key);
	};
	const say = (step: string): void => context.diagnostic(step);

	say('files are chosen');
	await tabTo(page, page.locator('input#files'));
	await chooseByKey(
		{ name: 'paper.json', mimeType: 'application/json', buffer: Buffer.from(payload) },
		{ name: 'paper.pdf', mimeType: 'application/pdf', buffer: document },
	);
	await page.locator('.paper canvas').first().waitFor();
	assert.notEqual(
		await page.evaluate(() => globalThis.document.activeElement?.tagName),
		'BODY',
		'the focus is somewhere',
	);

	say('the tree');
	const grid = page.getByRole('treegrid');
	await tabTo(page, grid);
	await press('ArrowDown', 'ArrowDown');
	await selected(page, 'total');
	await page.locator('.mark-outlines .selected').waitFor();
	await press('End');
	await selected(page, 'More');
	await press('Home');
	await selected(page, 'supplier');

	say('rows are opened and closed');
	const shown = await grid.getAttribute('aria-rowcount');
	await press('Home', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown');
	await selected(page, 'lines');
	await press('ArrowLeft');
	await row(page, 'lines', '[aria-expanded=false]').waitFor();
	assert.equal(await row(page, 'text').count(), 0, 'what is in it is not shown');
	await press('ArrowRight');
	await row(page, 'lines', '[aria-expanded=true]').waitFor();
	await press('Enter');
	await row(page, 'lines', '[aria-expanded=false]').waitFor();
	await press('*');
	await row(page, 'text').waitFor();
	assert.equal(await grid.getAttribute('aria-rowcount'), shown, 'all of it is shown again');
	await press('ArrowRight', 'ArrowRight');
	await selected(page, 'text');
	await press('ArrowLeft');
	await selected(page, '[0]');

	say('the filter');
	await press('/');
	await isFocused(page, page.getByLabel('Filter by name or value'));
	await page.keyboard.type('RE-47');
	await page.locator('.filter .found', { hasText: '1 match' }).waitFor();
	await press('Enter');
	await selected(page, 'number');
	await tabTo(page, page.getByRole('button', { name: 'Clear' }));
	await press('Enter');
	await page.locator('[role=treegrid][aria-rowcount="9"]').waitFor();

	say('low confidence, and the places of a field');
	await tabTo(page, grid);
	await press('l');
	await selected(page, 'total');
	await page.locator('.locations', { hasText: '1 of 2' }).first().waitFor();
	await press('n');
	await pageIs(page, 2);
	await press('p');
	await pageIs(page, 1);
	await press('l');
	await selected(page, 'text');
	// Until then the places are those of the row before.
	await page.locator('.selected', { hasText: 'no location' }).waitFor();

	say('the document');
	await tabTo(page, page.getByRole('button', { name: 'Next page' }).first());
	await press('Enter');
	await pageIs(page, 2);
	const zoom = page.locator('.zoom');
	const before = await zoom.innerText();
	await press('+');
	await until(page, zoom, (text) => text !== before);
	await press('0');
	const { width, height } = await sheetSize(page);
	await press('r');
	await page.waitForFunction(
		([wide, high]) => {
			const box = globalThis.document.querySelector('.paper-sheet')?.getBoundingClientRect();
			return box && wide < high === box.width > box.height;
		},
		[width, height] as const,
	);
	await press('[');
	await pageIs(page, 1);
	await tabTo(page, page.getByRole('listbox', { name: /locations/i }));
	await press('ArrowDown', 'ArrowDown', 'Enter');
	await selected(page, 'number');

	say('the bytes');
	await press('3');
	await page.getByLabel('Find in the bytes').waitFor();
	await press('/');
	await isFocused(page, page.getByLabel('Find in the bytes'));
	await page.keyboard.type('4711');
	await press('Enter');
	await page.locator('.bytes-scroller .on-found').first().waitFor();

	say('the splitter');
	const splitter = page.getByRole('separator');
	await tabTo(page, splitter);
	const widthOf = async () => (await page.locator('#document').boundingBox())?.width ?? 0;
	const at = Number(await splitter.getAttribute('aria-valuenow'));
	const first = await widthOf();
	await press('ArrowRight', 'ArrowRight');
	await page.locator(`[role=separator][aria-valuenow="${at + 4}"]`).waitFor();
	assert.ok((await widthOf()) > first, 'the document is wider');
	await press('Home');
	await page.locator(`[role=separator][aria-valuenow="${await splitter.getAttribute('aria-valuemin')}"]`).waitFor();
	assert.ok((await widthOf()) < first, 'the document is as narrow as it can be');
	await press('End');
	await page.locator(`[role=separator][aria-valuenow="${await splitter.getAttribute('aria-valuemax')}"]`).waitFor();
	await press('Home');

	say('problems');
	await tabTo(page, page.getByRole('tab', { name: /^Raw/ }));
	await press('4');
	await page.locator('.view.problems').waitFor();
	await tabTo(page, page.locator('.issue .pointer').first());
	await press('Enter');
	await selected(page, 'More');

	say('copy as');
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await tabTo(page, page.getByRole('button', { name: 'Copy as' }));
	await press('Enter', 'ArrowDown');
	await isFocused(page, page.getByRole('menuitem', { name: /JSONPath/ }));
	await press('Enter');
	await announced(page, 'Copied: JSONPath');
	assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "$['inference']['result']['fields']['More']");

	say('compare');
	await tabTo(page, page.getByRole('button', { name: 'Compare…' }));
	await press('Enter');
	await tabTo(page, page.locator('.compare input[type=file]'));
	const other = payload.replace('RE-4711', 'RE-4712');
	await chooseByKey({ name: 'other.json', mimeType: 'application/json', buffer: Buffer.from(other) });
	await page.getByText(/^1 difference ·/).waitFor();
	await tabTo(page, page.getByRole('grid', { name: 'Differences' }));
	await press('ArrowDown');
	await page.getByText('RE-4712').first().waitFor();
	await tabTo(page, page.getByRole('button', { name: 'Close the comparison' }));
	await press('Enter');
	await page.locator('.compare').waitFor({ state: 'detached' });

	say('the signature');
	const way = page.getByRole('button', { name: 'Signature…' });
	await tabTo(page, way);
	await press('Enter');
	const dialog = page.getByRole('dialog');
	await dialog.waitFor();
	await tabTo(page, dialog.getByLabel('Value of the header'));
	await page.keyboard.type(createHmac('sha256', 'a secret').update(payload).digest('hex'));
	await tabTo(page, dialog.getByLabel('Signing secrets'));
	await page.keyboard.type('a secret');
	await tabTo(page, dialog.getByRole('button', { name: 'Check', exact: true }));
	await press('Enter');
	await dialog.getByText('The signature fits.').first().waitFor();
	await press('Escape');
	await dialog.waitFor({ state: 'detached' });
	await isFocused(page, way);

	say('webhook IDs');
	const idsWay = page.getByRole('button', { name: 'Webhook IDs…' });
	await tabTo(page, idsWay);
	await press('Enter');
	await tabTo(page, dialog.getByLabel('webhook_ids'));
	await page.keyboard.type('[9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b]');
	await dialog.locator('.outcome.good').waitFor();
	await press('Backspace');
	await page.keyboard.type(', 9f3c]');
	await dialog.locator('.outcome.bad').waitFor();
	await press('Escape');
	await dialog.waitFor({ state: 'detached' });
	await isFocused(page, idsWay);

	say('export');
	await tabTo(page, page.getByRole('button', { name: 'Export…' }));
	await press('Enter');
	await tabTo(page, dialog.getByRole('button', { name: /^Save/ }).first());
	const [download] = await Promise.all([page.waitForEvent('download'), press('Enter')]);
	assert.match(download.suggestedFilename(), /\.csv$/);
	await press('Escape');
	await dialog.waitFor({ state: 'detached' });

	say('help');
	await press('?');
	await dialog.locator('kbd').first().waitFor();
	await press('Escape');
	await dialog.waitFor({ state: 'detached' });

	say('pasting, and the text');
	const { text, body } = payloadFixture('valid/ocr/dense-three-pages-minified.json');
	await page.evaluate((clipping) => navigator.clipboard.writeText(clipping), text);
	await tabTo(page, page.getByRole('treegrid'));
	await press('Control+V');
	await page.locator('.masthead .kind', { hasText: 'OCR' }).waitFor();
	// The selected row turns to its own page once its places are known.
	await page.locator('.locations').first().waitFor();
	await press('2');
	const { pages } = (body as { inference: { result: { pages: { content: string }[] } } }).inference.result;
	const content = page.locator('.text pre');
	await until(page, content, (shown) => shown === pages[0]?.content);
	await press('/');
	await isFocused(page, page.getByLabel('Find in the text'));
	const word = pages[1]?.content.match(/\p{L}{6,}/gu)?.find((one) => !pages[0]?.content.includes(one)) ?? 'no word';
	await page.keyboard.type(word);
	await press('Enter');
	await content.locator('mark.at', { hasText: word }).waitFor();
	await until(page, content, (shown) => shown === pages[1]?.content);
	await tabTo(page, page.locator('.view').getByRole('button', { name: 'Next page' }));
	await press('Enter');
	await until(page, content, (shown) => shown === pages[2]?.content);

	say('the shelf, and back');
	const shelf = page.getByRole('button', { name: 'Shelf', exact: true });
	if ((await shelf.getAttribute('aria-pressed')) !== 'true') {
		await tabTo(page, shelf);
		await press('Enter');
	}
	await tabTo(page, page.getByRole('listbox', { name: 'Files and deliveries' }));
	await press('Home', 'Enter');
	// The shelf names the kinds too.
	await page.locator('.masthead .kind.extraction').waitFor();
	await press('1');
	await selected(page, 'supplier');
	await tabTo(page, page.getByRole('treegrid'));
	await press('ArrowDown');
	await selected(page, 'number');

	say('what is open is closed, and the sample opened');
	await tabTo(page, page.getByRole('button', { name: 'Close what is open' }));
	await press('Enter');
	await tabTo(page, page.getByRole('button', { name: 'Open a sample' }));
	await press('Enter');
	await page.getByRole('img', { name: /, sample-invoice\.png$/ }).waitFor();
	await inspector.finish(page);

	say('deliveries as they come');
	await followDeliveries();
});

test('help that is asked for right behind an Escape opens, and is not shut as the dialog before is told to be', async () => {
	const page = await inspector.open();
	const [dialog, title] = [page.getByRole('dialog'), page.locator('#panel-title')];
	await page.keyboard.press('?');
	await dialog.locator('kbd').first().waitFor();
	const before = await dialog.elementHandle();
	// In the same turn as the dialog goes: the browser tells that it was closed in a later one.
	await page.evaluate(async (one) => {
		const press = (key: string) => {
			const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
			(globalThis.document.activeElement ?? globalThis.document.body).dispatchEvent(event);
		};
		const told = new Promise((resolve) => one?.addEventListener('close', resolve, { once: true }));
		new MutationObserver((_, observer) => {
			if (one?.isConnected) return;
			observer.disconnect();
			press('?');
		}).observe(globalThis.document, { childList: true, subtree: true });
		press('Escape');
		await told;
		for (let frame = 0; frame < 3; frame++) await new Promise((done) => requestAnimationFrame(done));
	}, before);
	assert.equal(await title.count(), 1);
	assert.equal(await before?.evaluate((one) => one.isConnected), false, 'it is another one');
	await inspector.finish(page);
});

test('an Escape that something within a dialog has taken does not close the dialog', async () => {
	const page = await inspector.open();
	await page.keyboard.press('?');
	const dialog = page.getByRole('dialog');
	await dialog.locator('kbd').first().waitFor();
	await dialog.getByRole('button', { name: 'Close' }).evaluate((button) => {
		const take = (event: Event) => event.preventDefault();
		button.addEventListener('keydown', take, { once: true });
		button.focus();
	});
	await page.keyboard.press('Escape');
	await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
	assert.equal(await dialog.count(), 1);
	await page.keyboard.press('Escape');
	await dialog.waitFor({ state: 'detached' });
	await inspector.finish(page);
});

/** The tour's last part, on the page as `mindhook listen --view` serves it. */
async function followDeliveries(): Promise<void> {
	const feed = new ToldFeed();
	feed.add({ endpoint: 'invoices' });
	const { url, close } = await serveFeed(feed);
	const context = await inspector.browser.newContext({ viewport: { width: 1280, height: 800 } });
	try {
		const page = await context.newPage();
		const faults = await watchFaults(page, (asked) => asked.startsWith(url));
		await page.goto(url);
		const press = (key: string): Promise<void> => page.keyboard.press(key);
		const title = page.locator('.masthead h1');
		const opens = (id: number): Promise<void> => title.filter({ hasText: `paper-${id}.pdf` }).waitFor();
		const items = page.locator('.shelf-item[role=option]');
		await items.filter({ hasText: '#1' }).waitFor();

		await tabTo(page, page.getByLabel('Follow newest'));
		await press('Space');
		feed.come();
		await opens(2);
		await tabTo(page, page.getByRole('listbox', { name: 'Files and deliveries' }));
		await press('End');
		await press('Enter');
		await opens(1);

		await tabTo(page, page.getByLabel('Find in the list'));
		await page.keyboard.type('invoices');
		await items.filter({ hasText: '#2' }).waitFor({ state: 'detached' });
		await press('ControlOrMeta+a');
		await press('Delete');
		await items.filter({ hasText: '#2' }).waitFor();
		await tabTo(page, page.getByLabel('State', { exact: true }));
		await page.keyboard.type('Dead');
		await page.getByText('Nothing fits.').waitFor();
		await press('Home');
		await items.filter({ hasText: '#2' }).waitFor();

		await tabTo(page, page.getByRole('treegrid'));
		feed.come();
		// It waits until the focus leaves the fields.
		await page.getByRole('button', { name: 'Open #3' }).waitFor();
		await tabTo(page, page.getByLabel('Follow newest'));
		await opens(3);
		assert.deepEqual([...faults, ...(await policyViolations(page))], []);
	} finally {
		await context.close();
		close();
	}
}

/** Presses Tab until something has the focus. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
	await wanted.first().waitFor({ state: 'attached' });
	for (let stop = 0; stop < 120; stop++) {
		if (await hasFocus(wanted)) return;
		await page.keyboard.press('Tab');
	}
	assert.fail(`${wanted} is not reached with Tab`);
}

function hasFocus(wanted: Locator): Promise<boolean> {
	return wanted.first().evaluate((element) => element === element.ownerDocument.activeElement);
}

async function isFocused(page: Page, wanted: Locator): Promise<void> {
	const element = await wanted.first().elementHandle();
	await page
		.waitForFunction((one) => one === document.activeElement, element)
		.catch(async () => {
			const focused = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
			assert.fail(`the focus is not on ${wanted}, but on ${focused}`);
		});
}

/** Waits until the row with this name is selected. */
async function selected(page: Page, name: string): Promise<void> {
	const header = page.locator('[role=treegrid] [role=row][aria-selected=true] [role=rowheader]');
	await header.getByText(name, { exact: true }).waitFor();
}

/** A row by its name, in a state that a selector tells. */
function row(page: Page, name: string, state = ''): Locator {
	return page
		.locator(`[role=treegrid] [role=row]${state}`)
		.filter({ has: page.getByRole('rowheader', { name, exact: true }) });
}

async function pageIs(page: Page, number: number): Promise<void> {
	await page.waitForFunction(
		(wanted) => document.querySelector<HTMLInputElement>('.page-number')?.value === String(wanted),
		number,
	);
}

async function announced(page: Page, text: string): Promise<void> {
	await page.locator('p.unseen[role=status]', { hasText: text }).waitFor({ state: 'attached' });
}

async function until(page: Page, element: Locator, holds: (text: string) => boolean): Promise<void> {
	while (!holds((await element.textContent()) ?? '')) await page.evaluate(() => new Promise(requestAnimationFrame));
}

async function sheetSize(page: Page): Promise<{ width: number; height: number }> {
	return (await page.locator('.paper-sheet').boundingBox()) ?? assert.fail('a sheet');
}
