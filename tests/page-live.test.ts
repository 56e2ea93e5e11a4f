/**
 * The page as the command line serves it: files that were named, deliveries as they come. Real processes, a real Chromium.
 * Screenshots are kept in `target/screenshots/` for people to look at.
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openInbox } from 'mindhook/inbox';
import type { Browser, Page } from 'playwright-core';
import { inFolder, postSigned, type Run } from './cli-process.js';
import { brokenRules, WIDE } from './page-axe.js';
import {
	dropFiles,
	listenTo,
	payloadFixture,
	policyViolations,
	provoked,
	screenshots,
	startChromium,
	until,
	watchFaults,
} from './page-browser.js';
import { serveFeed, ToldFeed } from './page-feed.js';
import { pdf } from './page-papers.js';

const invoice = payloadFixture('valid/extraction/invoice-indented.json');
const receipt = payloadFixture('valid/extraction/receipt-minified.json');
const ocr = payloadFixture('valid/ocr/dense-three-pages-minified.json');
const inspectorOn = /^inspector on (\S+)$/m;
const listening = /^listening on ([^?\s]+)/m;
const secret = 'a secret of the tests';
const env = { MINDEE_WEBHOOK_SECRET: secret };
/** What the invoice calls its document. */
const invoiceDocument = 'Rechnung_00417.pdf';

let browser: Browser;

before(async () => {
	mkdirSync(screenshots, { recursive: true });
	browser = await startChromium();
});
after(() => browser?.close());

/** Looks at an address for as long as the work goes on; nothing that must not happen happens on the page meanwhile. */
async function looking(url: string, work: (page: Page, faults: string[]) => Promise<void>): Promise<void> {
	// Colours that change little by little are not measured halfway.
	const context = await browser.newContext({ viewport: WIDE, reducedMotion: 'reduce' });
	try {
		const page = await context.newPage();
		const faults = await watchFaults(page, (asked) => asked.startsWith(url));
		page.setDefaultTimeout(40_000);
		await page.goto(url);
		await work(page, faults);
		assert.deepEqual([...faults, ...(await policyViolations(page))], [], 'no error, no foreign request, no violation');
	} finally {
		await context.close();
	}
}

const items = (page: Page) => page.locator('.shelf-item[role=option]');
const item = (page: Page, text: string | RegExp) => items(page).filter({ hasText: text });
const title = (page: Page) => page.locator('.masthead h1');
const countOf = (page: Page) => page.locator('.shelf > .count');

const post = (url: string, body: Uint8Array, key = secret): Promise<number> => postSigned(url, body, key);

const postText = (url: string, text: string): Promise<number> => post(url, Buffer.from(text));
const bodyOf = (file: { content: string | Uint8Array }): Buffer => Buffer.from(file.content);

async function listen(start: (args: readonly string[], env?: NodeJS.ProcessEnv) => Run) {
	const run = start(['listen', '--port=0', '--view'], env);
	return { run, hook: await run.says(listening), url: await run.says(inspectorOn) };
}

/** Looks at a page that shows such a feed. */
async function lookingAt(feed: ToldFeed, work: (page: Page, faults: string[]) => Promise<void>): Promise<void> {
	const { url, close } = await serveFeed(feed);
	try {
		await looking(url, work);
	} finally {
		close();
	}
}

const openIs = (page: Page, id: number): Promise<void> =>
	title(page)
		.filter({ hasText: `paper-${id}.pdf` })
		.waitFor();

describe('files that were named', () => {
	test('lie on the shelf, the first payload is open on the document of its name', async () => {
		await inFolder(async (folder, start) => {
			writeFileSync(join(folder, invoiceDocument), pdf([{}, {}]));
			writeFileSync(join(folder, 'other.pdf'), pdf([{}]));
			const run = start(['view', 'other.pdf', invoice.path, invoiceDocument, receipt.path]);
			await looking(await run.says(inspectorOn), async (page) => {
				await title(page).filter({ hasText: invoiceDocument }).waitFor();
				await item(page, /invoice-indented\.json.*Extraction.*on Rechnung_00417\.pdf/s).waitFor();
				await page.locator('.document-pane, .document, canvas').first().waitFor();
				assert.equal(await items(page).count(), 4);
				assert.match(await item(page, /^other\.pdf/).innerText(), /Document, PDF/);
				assert.equal(await countOf(page).innerText(), '4 files');
				await page.screenshot({ path: join(screenshots, 'shelf-files.png') });

				// A wrong pair is exchanged by hand, and given back to the names.
				const underlay = page.locator('.underlay select');
				await underlay.selectOption({ label: 'other.pdf' });
				await item(page, /invoice-indented\.json.*on other\.pdf/s).waitFor();
				await underlay.selectOption({ label: 'None' });
				await item(page, /invoice-indented\.json(?!.*on )/s).waitFor();
				await underlay.selectOption('names');
				await item(page, /invoice-indented\.json.*on Rechnung_00417\.pdf/s).waitFor();

				// The payload without a document of its name has none.
				await item(page, /receipt-minified\.json/).click();
				await title(page).filter({ hasText: 'IMG_0091.jpg' }).waitFor();
				assert.equal(await underlay.inputValue(), 'names');
			});
		});
	});

	test('a file that is gone when it is opened is said to be so, and what is open stays', async () => {
		await inFolder(async (folder, start) => {
			for (const name of ['a.json', 'b.json', 'c.json']) writeFileSync(join(folder, name), receipt.text);
			const run = start(['view', 'a.json', 'b.json', 'c.json']);
			await looking(await run.says(inspectorOn), async (page, faults) => {
				await title(page).filter({ hasText: 'IMG_0091.jpg' }).waitFor();
				rmSync(join(folder, 'b.json'));
				await item(page, 'b.json').click();
				await item(page, /b\.json.*it is no longer there/s).waitFor();
				await title(page).filter({ hasText: 'IMG_0091.jpg' }).waitFor();
				// It is tried again when it is opened again.
				writeFileSync(join(folder, 'b.json'), ocr.text);
				await item(page, 'b.json').click();
				await item(page, /b\.json.*OCR/s).waitFor();
				await run.kill('SIGINT');
				await item(page, 'c.json').click();
				await item(page, /c\.json.*does not answer/s).waitFor();
				// The refusal and the connection that failed are what this test provoked.
				assert.deepEqual(
					(await provoked(page, faults)).filter((fault) => !/410|net::ERR_|failed: /.test(fault)),
					[],
				);
			});
		});
	});

	test('several that are dropped at once are told apart by their bytes and paired by their names', async () => {
		await inFolder(async (_, start) => {
			const run = start(['view']);
			await looking(await run.says(inspectorOn), async (page) => {
				await page.locator('input[type=file]').first().waitFor({ state: 'attached' });
				await dropFiles(
					page,
					// The names lie: only the bytes count.
					{ name: 'scan.json', content: pdf([{}]) },
					{ name: invoiceDocument, content: pdf([{}]) },
					{ name: 'first.pdf', content: invoice.text },
					{ name: 'scan.txt', content: receipt.text },
				);
				await title(page).filter({ hasText: invoiceDocument }).waitFor();
				await item(page, /first\.pdf.*on Rechnung_00417\.pdf/s).waitFor();
				await item(page, /scan\.txt.*on scan\.json/s).waitFor();
				assert.match(await item(page, /^scan\.json/).innerText(), /Document, PDF/);
			});
		});
	});
});

describe('deliveries', () => {
	test('appear as they come, change in their places, and the one put aside opens with its problems', async () => {
		await inFolder(async (_, start) => {
			const run = start(['listen', '--port=0', '--view', '--forward=http://127.0.0.1:9/', '--attempts=1'], env);
			const hook = await run.says(listening);
			await looking(await run.says(inspectorOn), async (page, faults) => {
				await page.getByText('Nothing has come yet.').waitFor();
				await page.locator('.connection.live').waitFor();
				await post(hook, bodyOf(invoice.file));
				await item(page, /#1.*Dead.*Extraction/s).waitFor();
				await postText(hook, '{"inference": {"id": ');
				await item(page, /#2.*Quarantined/s).waitFor();
				await post(hook, bodyOf(invoice.file));
				await item(page, /#1.*came again/s).waitFor();
				await post(hook, bodyOf(receipt.file), 'forged');
				await page.getByText('2 requests without a new delivery').click();
				await page.getByText('Refused, 401').waitFor();
				await page.getByText('signature_mismatch').waitFor();
				assert.equal(await items(page).count(), 2, 'nothing of what was refused is there to open');

				await item(page, '#2').click();
				await page.getByText('Not a readable payload').first().waitFor();
				await page.getByText('json.unexpected_end').first().waitFor();
				await page.screenshot({ path: join(screenshots, 'shelf-live.png') });

				// Whoever looks later, or again, sees no less.
				await page.reload();
				// The events of the page before ended with it.
				assert.deepEqual(
					(await provoked(page, faults)).filter((fault) => !/^failed: .*\/api\/events$/.test(fault)),
					[],
				);
				await item(page, /#1.*came again/s).waitFor();
				await page.getByText('2 requests without a new delivery').click();
				await page.getByText('Refused, 401').waitFor();
				await page.getByText('#1 came again').waitFor();

				await page.getByLabel('State', { exact: true }).selectOption({ label: 'Dead' });
				await countOf(page).filter({ hasText: '1 delivery' }).waitFor();
				assert.match(await items(page).innerText(), /^#1/);
				await page.getByLabel('State', { exact: true }).selectOption({ label: 'Any state' });
				await item(page, '#2').waitFor();
				await page.getByLabel('Find in the list').fill('extraction');
				await item(page, '#2').waitFor({ state: 'detached' });
				await item(page, '#1').waitFor();
			});
		});
	});

	test('following opens what comes and leaves the focus where it is; whoever types is not disturbed', async () => {
		await inFolder(async (_, start) => {
			const { hook, url } = await listen(start);
			await looking(url, async (page) => {
				await page.locator('.connection.live').waitFor();
				await post(hook, bodyOf(receipt.file));
				await item(page, '#1').waitFor();
				assert.equal(await page.getByRole('option', { selected: true }).filter({ hasText: '#' }).count(), 0, 'off');
				await page.getByLabel('Follow newest').check();
				await post(hook, bodyOf(invoice.file));
				await title(page).filter({ hasText: invoiceDocument }).waitFor();
				const focused = () => page.evaluate(() => document.activeElement?.getAttribute('type'));
				assert.equal(await focused(), 'checkbox');

				const box = page.getByLabel('Find in the list');
				await box.focus();
				await page.keyboard.type('#');
				await post(hook, bodyOf(ocr.file));
				await page.getByRole('button', { name: 'Open #3' }).waitFor();
				await page.keyboard.type('3');
				assert.equal(await box.inputValue(), '#3');
				await title(page).filter({ hasText: invoiceDocument }).waitFor();
				// Done typing: now it is opened.
				await page.getByLabel('Follow newest').focus();
				await page.getByRole('button', { name: 'Open #3' }).waitFor({ state: 'detached' });
				await page.locator('.masthead .kind', { hasText: 'OCR' }).waitFor();
				assert.equal(await focused(), 'checkbox');

				// With the keyboard inside of what would be replaced, it waits too.
				await box.fill('');
				await page.locator('main [role=tab]').first().focus();
				await postText(hook, '{"job":{"id":"4"}}');
				await page.getByRole('button', { name: 'Open #4' }).waitFor();
				await page.locator('.follow').getByText('It waits:').waitFor();
				await page.locator('.masthead .kind', { hasText: 'OCR' }).waitFor();
				await page.getByRole('button', { name: 'Open #4' }).click();
				await page.locator('.shelf-item.open', { hasText: '#4' }).waitFor();
			});
		});
	});

	test('of 5,000 a window is mounted; the keyboard reaches the oldest, and newer ones move nothing', async () => {
		await inFolder(async (folder, start) => {
			const inbox = await openInbox(`sqlite:${join(folder, 'inbox.db')}`);
			const amount = 5_000;
			for (let from = 1; from <= amount; from += 500) {
				const bodies = Array.from({ length: 500 }, (_, index) => Buffer.from(`{"job":{"id":"${from + index}"}}`));
				await Promise.all(bodies.map((body) => inbox.save({ endpoint: 'default', body })));
			}
			try {
				const run = start(['view', '--inbox=sqlite:inbox.db']);
				await looking(await run.says(inspectorOn), async (page) => {
					await countOf(page).filter({ hasText: '500 deliveries and more' }).waitFor();
					await page.getByText('Only mindhook listen --view knows').waitFor();
					const list = page.getByRole('listbox', { name: 'Files and deliveries' });
					await list.focus();
					// Each time the end of what was read is reached, more is read.
					for (let before = ''; before !== '5,000 deliveries'; ) {
						before = await countOf(page).innerText();
						await page.keyboard.press('End');
						if (before !== '5,000 deliveries') {
							await until(async () => assert.notEqual(await countOf(page).innerText(), before));
						}
					}
					await page.keyboard.press('End');
					await page.locator('.shelf-item.active .called', { hasText: /^#1$/ }).waitFor();
					assert.ok((await items(page).count()) <= 100, 'at most 100 rows are mounted');
					const active = await list.getAttribute('aria-activedescendant');
					assert.equal(await page.locator(`#${active}`).getAttribute('aria-posinset'), String(amount));

					const place = () => page.locator('.shelf-item.active').evaluate((row) => row.getBoundingClientRect().top);
					const top = await place();
					await inbox.save({ endpoint: 'default', body: Buffer.from('{"job":{"id":"new"}}') });
					await countOf(page).filter({ hasText: '5,001 deliveries' }).waitFor();
					await page.locator('.shelf-item.active .called', { hasText: /^#1$/ }).waitFor();
					assert.ok(Math.abs((await place()) - top) < 2, 'it stays in its place');
					await page.keyboard.press('Enter');
					await page.locator('.shelf-item.open .called', { hasText: /^#1$/ }).waitFor();
					assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'listbox');
					await page.keyboard.press('Home');
					await page.locator('.shelf-item.active', { hasText: `#${amount + 1}` }).waitFor();
				});
			} finally {
				await inbox.close();
			}
		});
	});

	test('that the server is away is said, and what is open stays', async () => {
		await inFolder(async (_, start) => {
			const { run, hook, url } = await listen(start);
			await looking(url, async (page, faults) => {
				await page.locator('.connection.live').waitFor();
				await post(hook, bodyOf(receipt.file));
				await item(page, '#1').click();
				await title(page).filter({ hasText: 'IMG_0091.jpg' }).waitFor();
				await run.kill('SIGINT');
				await page.locator('.connection.lost', { hasText: 'Connecting again' }).waitFor();
				await title(page).filter({ hasText: 'IMG_0091.jpg' }).waitFor();
				// The next one has another key: this page is not asked back.
				const next = start(['listen', '--port=0', '--view', `--view-port=${new URL(url).port}`], env);
				await next.says(inspectorOn);
				await page.locator('.connection.ended').waitFor();
				await item(page, '#1').waitFor();
				assert.deepEqual(
					(await provoked(page, faults)).filter((fault) => !/404|net::ERR_|failed: /.test(fault)),
					[],
				);
			});
		});
	});

	test('a list that cannot be read is said to be so, and is asked for until it can; a trouble ends too', async () => {
		const feed = new ToldFeed();
		feed.add();
		feed.fails = true;
		await lookingAt(feed, async (page, faults) => {
			const alert = page.locator('.shelf [role=alert]');
			await alert.filter({ hasText: 'The list cannot be read now.' }).waitFor();
			await page.locator('.connection.live').waitFor();
			assert.equal(await page.getByText('Nothing has come yet.').count(), 0, 'nobody knows that');
			feed.fails = false;
			await item(page, '#1').waitFor();
			await alert.waitFor({ state: 'detached' });
			assert.ok((await provoked(page, faults)).every((fault) => fault.includes('500')));

			feed.tell({ name: 'trouble', data: { message: 'The inbox is locked.' } });
			await alert.filter({ hasText: 'The inbox is locked.' }).waitFor();
			feed.add();
			feed.tell({ name: 'gap', data: null });
			await item(page, '#2').waitFor();
			await alert.waitFor({ state: 'detached' });
		});
	});

	test('following goes on with the shelf hidden, and takes what comes with a gap, whatever is listed', async () => {
		const feed = new ToldFeed();
		feed.add();
		await lookingAt(feed, async (page) => {
			await item(page, '#1').waitFor();
			const heard = await listenTo(page);
			await page.getByLabel('Follow newest').check();
			feed.add();
			feed.tell({ name: 'gap', data: null });
			await openIs(page, 2);
			await until(async () => assert.ok((await heard()).some((text) => text.startsWith('1 new delivery.'))));

			await page.getByLabel('State', { exact: true }).selectOption({ label: 'Dead' });
			await page.getByText('Nothing fits.').waitFor();
			feed.add();
			feed.tell({ name: 'gap', data: null });
			await openIs(page, 3);

			await page.getByRole('button', { name: 'Shelf', exact: true }).click();
			await page.locator('.shelf').waitFor({ state: 'detached' });
			feed.come();
			await openIs(page, 4);
		});
	});

	test('a steady flow is followed while it lasts, and with the shelf hidden it is seen that one is held back', async () => {
		const feed = new ToldFeed();
		feed.add();
		await lookingAt(feed, async (page) => {
			await item(page, '#1').click();
			await openIs(page, 1);
			await page.getByLabel('Follow newest').check();
			await page.getByRole('button', { name: 'Shelf', exact: true }).click();
			await page.locator('.shelf').waitFor({ state: 'detached' });
			const flow = setInterval(() => feed.come(), 20);
			try {
				for (let openings = 0; openings < 4; openings++) {
					await title(page)
						.filter({ hasNotText: await title(page).innerText() })
						.waitFor();
				}
			} finally {
				clearInterval(flow);
			}
			await openIs(page, feed.deliveries.length);

			await page.locator('[role=treegrid] [role=row][aria-level]').first().click();
			await page.locator('[role=treegrid]:focus').waitFor();
			feed.come();
			await page.locator('.toast', { hasText: 'It waits:' }).waitFor();
		});
	});

	test('rows are mounted also while older ones cannot be read', async () => {
		const feed = new ToldFeed();
		for (let amount = 0; amount < 1_200; amount++) feed.add();
		await lookingAt(feed, async (page, faults) => {
			await countOf(page).filter({ hasText: '500 deliveries and more' }).waitFor();
			feed.fails = true;
			await page.getByRole('listbox', { name: 'Files and deliveries' }).focus();
			await page.keyboard.press('End');
			const called = (text: string) => items(page).locator('.called').getByText(text, { exact: true });
			await called('#701').waitFor();
			await page.locator('.shelf [role=alert]').waitFor();
			await page.keyboard.press('Home');
			await called('#1200').waitFor();
			feed.fails = false;
			await countOf(page).filter({ hasText: '1,000 deliveries and more' }).waitFor();
			assert.ok((await provoked(page, faults)).every((fault) => fault.includes('500')));
		});
	});

	test('what is looked for is found behind a gap too', async () => {
		const feed = new ToldFeed();
		feed.add({ endpoint: 'rare' });
		for (let amount = 0; amount < 1_100; amount++) feed.add();
		await lookingAt(feed, async (page) => {
			await countOf(page).filter({ hasText: '500 deliveries and more' }).waitFor();
			await page.getByLabel('Find in the list').fill('rare');
			await item(page, '#1').waitFor();
			feed.add({ endpoint: 'rare' });
			feed.tell({ name: 'gap', data: null });
			await item(page, '#1102').waitFor();
			await countOf(page).filter({ hasText: '1,102 deliveries' }).waitFor();
			assert.equal(await items(page).count(), 2);
		});
	});

	test('the focus in the document holds nothing back, and is not lost; in the fields it does, which is said', async () => {
		const feed = new ToldFeed();
		feed.add();
		await lookingAt(feed, async (page) => {
			await item(page, '#1').click();
			await openIs(page, 1);
			await page.getByLabel('Follow newest').check();
			await page.locator('#document').focus();
			feed.come();
			await openIs(page, 2);
			await page.locator('body :focus').waitFor();

			await page.locator('[role=treegrid] [role=row][aria-level]').first().click();
			await page.locator('[role=treegrid]:focus').waitFor();
			feed.come();
			await page.getByRole('button', { name: 'Open #3' }).waitFor();
			await page.locator('.follow').getByText('It waits:').waitFor();
			await page.locator('p.unseen', { hasText: 'It waits:' }).waitFor();
			await openIs(page, 2);
			await page.getByLabel('Follow newest').focus();
			await openIs(page, 3);
			await page.locator('.follow').getByText('It waits:').waitFor({ state: 'detached' });
		});
	});

	test('who begins to work while the bytes of the newest are on their way is not disturbed', async () => {
		const feed = new ToldFeed();
		feed.add();
		const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
		const { promise: there, resolve: arrive } = Promise.withResolvers<void>();
		const body = feed.body;
		feed.body = async (id) => {
			if (id === 2) {
				ask();
				await there;
			}
			return body(id);
		};
		await lookingAt(feed, async (page) => {
			await item(page, '#1').click();
			await openIs(page, 1);
			await page.getByLabel('Follow newest').check();
			feed.come();
			await asked;
			await page.locator('[role=treegrid] [role=row][aria-level]').first().click();
			await page.locator('[role=treegrid]:focus').waitFor();
			arrive();
			await page.getByRole('button', { name: 'Open #2' }).waitFor();
			await page.locator('.follow').getByText('It waits:').waitFor();
			await openIs(page, 1);
			await page.getByLabel('Follow newest').focus();
			await openIs(page, 2);
		});
	});

	test('what was chosen is opened though a newer one comes on its way, which waits as somebody types', async () => {
		const feed = new ToldFeed();
		feed.add();
		feed.add();
		const [chosen, newer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
		const asked = Promise.withResolvers<void>();
		const body = feed.body;
		feed.body = async (id) => {
			if (id === 3) asked.resolve();
			await [undefined, undefined, chosen, newer][id]?.promise;
			return body(id);
		};
		await lookingAt(feed, async (page) => {
			await item(page, '#1').click();
			await openIs(page, 1);
			await page.getByLabel('Follow newest').check();
			await item(page, '#2').click();
			feed.come();
			await asked.promise;
			await page.getByLabel('Find in the list').focus();
			newer.resolve();
			await page.locator('.follow').getByText('It waits:').waitFor();
			chosen.resolve();
			await openIs(page, 2);
			await page.getByRole('button', { name: 'Open #3' }).waitFor();
		});
	});

	test('the newest is offered where an older one was chosen while it was on its way, and not where a newer one was', async () => {
		const feed = new ToldFeed();
		feed.add();
		feed.add();
		const asked = [3, 4].map(() => Promise.withResolvers<void>());
		const there = [3, 4].map(() => Promise.withResolvers<void>());
		const body = feed.body;
		feed.body = async (id) => {
			asked[id - 3]?.resolve();
			await there[id - 3]?.promise;
			return body(id);
		};
		await lookingAt(feed, async (page) => {
			await item(page, '#1').click();
			await openIs(page, 1);
			await page.getByLabel('Follow newest').check();
			feed.come();
			await asked[0]?.promise;
			await item(page, '#2').click();
			await openIs(page, 2);
			await page.getByLabel('Find in the list').focus();
			there[0]?.resolve();
			await page.getByRole('button', { name: 'Open #3' }).waitFor();
			await openIs(page, 2);
			await page.getByLabel('Follow newest').focus();
			await openIs(page, 3);

			feed.come();
			await asked[1]?.promise;
			feed.come();
			await item(page, '#5').click();
			await openIs(page, 5);
			await page.getByLabel('Find in the list').focus();
			const answered = page.waitForResponse((response) => response.url().endsWith('deliveries/4'));
			there[1]?.resolve();
			await (await answered).finished();
			await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
			assert.equal(await page.getByRole('button', { name: /^Open #/ }).count(), 0);
			await page.getByLabel('Follow newest').focus();
			feed.come();
			await openIs(page, 6);
		});
	});

	test('that nothing fits a state is said once that is known', async () => {
		const feed = new ToldFeed();
		feed.add();
		const listed = Promise.withResolvers<void>();
		const list = feed.list;
		feed.list = async (wanted) => {
			if (wanted.states.length > 0) await listed.promise;
			return list.call(feed, wanted);
		};
		await lookingAt(feed, async (page) => {
			await item(page, '#1').waitFor();
			await page.getByLabel('State', { exact: true }).selectOption({ label: 'Dead' });
			await items(page).waitFor({ state: 'detached' });
			assert.equal(await page.locator('.shelf .none').innerText(), '');
			listed.resolve();
			await page.getByText('Nothing fits.').waitFor();
		});
	});

	test('no rule of accessibility is broken while they come', async () => {
		const feed = new ToldFeed();
		await lookingAt(feed, async (page, faults) => {
			const broken: string[] = [];
			const check = async (state: string): Promise<void> => {
				broken.push(...(await brokenRules(page)).broken.map((text) => `${state}, ${text}`));
			};
			await page.getByText('Nothing has come yet.').waitFor();
			await check('nothing yet');

			for (const state of ['received', 'handled', 'failed', 'dead', 'quarantined'] as const) {
				feed.come({ state, kind: 'extraction', attempts: 2, repeats: 3, endpoint: 'invoices' });
			}
			const request = { time: '2026-11-25T08:31:00.000Z', endpoint: null, bytes: 12 };
			for (let index = 0; index < 20; index++) {
				feed.tell({ name: 'request', data: { ...request, outcome: 'duplicate', status: 200, id: 1 } });
				feed.tell({ name: 'request', data: { ...request, outcome: 'signature_mismatch', status: 401, id: null } });
			}
			await page.getByText('40 requests without a new delivery').click();
			await item(page, '#5').click();
			await openIs(page, 5);
			await check('deliveries of each state, requests');

			await page.getByLabel('Follow newest').check();
			await page.locator('[role=treegrid]').focus();
			feed.come();
			await page.locator('.follow').getByText('It waits:').waitFor();
			feed.tell({ name: 'trouble', data: { message: 'The inbox is locked.' } });
			await page.locator('.shelf [role=alert]').waitFor();
			await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
			await page.setViewportSize(WIDE);
			await page.screenshot({ path: join(screenshots, 'shelf-held.png') });
			await check('one is held back, a trouble');

			feed.fails = true;
			await page.getByLabel('State', { exact: true }).selectOption({ label: 'Dead' });
			await page.getByLabel('Follow newest').uncheck();
			await page.locator('.shelf .none').waitFor();
			await check('a list that cannot be read');
			feed.fails = false;
			await item(page, '#4').waitFor();
			assert.ok((await provoked(page, faults)).every((fault) => fault.includes('500')));
			assert.deepEqual(broken, []);
		});
	});
});

test('no rule of accessibility is broken by a shelf of files', async () => {
	await inFolder(async (folder, start) => {
		for (const name of ['a.json', 'b.json']) writeFileSync(join(folder, name), receipt.text);
		writeFileSync(join(folder, 'c.pdf'), pdf([{}]));
		const run = start(['view', 'a.json', 'b.json', 'c.pdf']);
		await looking(await run.says(inspectorOn), async (page) => {
			await page.locator('.underlay select').waitFor();
			await item(page, 'a.json').waitFor();
			assert.deepEqual((await brokenRules(page)).broken, []);
		});
	});
});
