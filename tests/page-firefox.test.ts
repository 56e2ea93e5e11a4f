/** The main way through the page in Firefox. Playwright's way to a stock Firefox does not know ESR; Puppeteer's, WebDriver BiDi, does. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { root, type ServedPage, servePage } from './page-browser.js';
import { paper } from './page-states.js';

const firefox = process.env.MINDHOOK_FIREFOX;
const oneFile = join(root, 'www/dist-single/inspector.html');
/** Nobody is called: no updates, no experiments, no look whether there is a network. */
const QUIET = {
	'app.normandy.enabled': false,
	'app.update.disabledForTesting': true,
	'browser.safebrowsing.malware.enabled': false,
	'browser.safebrowsing.phishing.enabled': false,
	'datareporting.policy.dataSubmissionEnabled': false,
	'extensions.getAddons.cache.enabled': false,
	'network.captive-portal-service.enabled': false,
	'network.connectivity-service.enabled': false,
	'network.dns.disablePrefetch': true,
	'network.prefetch-next': false,
	'toolkit.telemetry.enabled': false,
};

describe('in Firefox', { skip: !firefox && 'there is no Firefox: install one, or name it in MINDHOOK_FIREFOX' }, () => {
	let served: ServedPage;
	let browser: Browser;
	const folder = join(root, 'target/page');
	const other = join(folder, 'other.json');
	const files = [join(folder, 'paper.json'), join(folder, 'paper.pdf')] as const;

	before(async () => {
		mkdirSync(folder, { recursive: true });
		const { payload, document } = paper();
		writeFileSync(files[0], payload);
		writeFileSync(files[1], document);
		writeFileSync(other, payload.replace('RE-4711', 'RE-4712'));
		served = await servePage();
		browser = await launch({
			browser: 'firefox',
			executablePath: firefox ?? '',
			headless: true,
			extraPrefsFirefox: QUIET,
			defaultViewport: { width: 1280, height: 800 },
		});
	});

	after(async () => {
		await browser?.close();
		served?.close();
	});

	test('a payload lies on its document, and every view of it opens', async () => {
		const { page, faults } = await opened(served.address);
		await theMainWay(page);
		await faultless(page, faults);
	});

	test('the page in one file works from the disk', {
		skip: !existsSync(oneFile) && `${oneFile} is not built`,
	}, async () => {
		const { page, faults } = await opened(pathToFileURL(oneFile).href);
		await theMainWay(page);
		await faultless(page, faults);
	});

	async function opened(address: string): Promise<{ page: Page; faults: string[] }> {
		const page = await browser.newPage();
		page.setDefaultTimeout(60_000);
		const faults: string[] = [];
		page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
		page.on('pageerror', (error) => faults.push(String(error)));
		page.on('requestfailed', (request) => faults.push(`failed: ${request.url()}`));
		page.on('request', (request) => {
			const ours = ['blob:', 'data:', address.startsWith('file:') ? address : served.address];
			if (!ours.some((start) => request.url().startsWith(start))) faults.push(`foreign: ${request.url()}`);
		});
		await page.evaluateOnNewDocument(() => {
			const violations: string[] = [];
			Object.assign(globalThis, { violations });
			addEventListener('securitypolicyviolation', (event) =>
				violations.push(`${event.violatedDirective}: ${event.blockedURI}`),
			);
		});
		await page.goto(address);
		return { page, faults };
	}

	async function theMainWay(page: Page): Promise<void> {
		await choose(page, 'input#files', ...files);
		// The page of the PDF is painted, and is not blank.
		await page.waitForFunction(() => {
			const canvas = document.querySelector<HTMLCanvasElement>('.paper canvas');
			if (!canvas || canvas.width === 0) return false;
			const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
			return pixels?.some((shade, index) => index % 4 !== 3 && shade < 128) ?? false;
		});
		await page.focus('[role=treegrid]');
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('ArrowDown');
		await page.waitForFunction(
			() => document.querySelector('[role=row][aria-selected=true] [role=rowheader]')?.textContent?.trim() === 'total',
		);
		// Until then what is drawn as selected is the row before.
		await page.waitForFunction(() => document.querySelector('.locations')?.textContent?.startsWith('1 of 2'));
		await page.waitForSelector('.mark-outlines .selected');
		const place = await page.$eval('.mark-outlines .selected .line', (line) => {
			const mark = line.getBoundingClientRect();
			const sheet = document.querySelector('.paper-sheet')?.getBoundingClientRect();
			if (!sheet) return null;
			return {
				left: (mark.left - sheet.left) / sheet.width,
				top: (mark.top - sheet.top) / sheet.height,
				pixel: 1 / sheet.width,
			};
		});
		assert.ok(place);
		assert.ok(Math.abs(place.left - 0.6) <= 3 * place.pixel, `left ${place.left}`);
		assert.ok(Math.abs(place.top - 0.8) <= 3 * place.pixel, `top ${place.top}`);

		await page.keyboard.press('4');
		await page.waitForSelector('.issue .code');
		assert.equal(await page.$eval('.issue .code', (code) => code.textContent), 'payload.field_name');
		await page.waitForSelector('.excerpt');
		await page.click('.issue .place');
		await page.waitForFunction(() => document.querySelector('.view.raw .raw-row:not(.probe)') !== null);
		await page.keyboard.press('2');
		await page.waitForSelector('.view.text');
		await page.keyboard.press('1');
		await page.waitForSelector('.view.fields');

		await page.locator('::-p-aria(Compare…[role="button"])').click();
		await choose(page, '.compare input[type=file]', other);
		await page.waitForFunction(() => document.querySelector('.compare')?.textContent?.includes('RE-4712'));
	}

	async function choose(page: Page, selector: string, ...paths: string[]): Promise<void> {
		const input = (await page.waitForSelector(selector)) as Awaited<ReturnType<typeof page.$<'input'>>>;
		await input?.uploadFile(...paths);
	}

	async function faultless(page: Page, faults: string[]): Promise<void> {
		const violations = await page.evaluate(() => (globalThis as unknown as { violations: string[] }).violations);
		await page.close();
		assert.deepEqual([...faults, ...violations], []);
	}
});
