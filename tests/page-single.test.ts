/** The page as one file: opened from the disk, without a network, it does everything and asks for nothing. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { inFolder } from './cli-process.js';
import {
	dropFiles,
	payloadFixture,
	policyViolations,
	provoked,
	root,
	screenshots,
	startChromium,
	watchFaults,
} from './page-browser.js';
import { pdf } from './page-papers.js';

const built = join(root, 'www/dist-single/inspector.html');
const html = readFileSync(built, 'utf8');
const invoice = payloadFixture('valid/extraction/invoice-indented.json');

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64');
const between = (open: string, close: string): string => {
	const from = html.indexOf(open) + open.length;
	return html.slice(from, html.indexOf(close, from));
};

let browser: Browser;

before(async () => {
	mkdirSync(screenshots, { recursive: true });
	browser = await startChromium();
});
after(() => browser?.close());

/** The file on its own in a folder, in a browser that is offline; nothing is asked for but the file. */
async function opened(work: (page: Page, faults: string[], asked: string[]) => Promise<void>): Promise<void> {
	await inFolder(async (folder) => {
		// A name that a URL has to escape.
		const path = join(folder, 'an inspector #1.html');
		copyFileSync(built, path);
		const url = pathToFileURL(path).href;
		const context = await browser.newContext({ offline: true, viewport: { width: 1280, height: 800 } });
		try {
			const page = await context.newPage();
			page.setDefaultTimeout(40_000);
			const asked: string[] = [];
			context.on('request', (request) => asked.push(request.url()));
			const faults = await watchFaults(page, (each) => each === url);
			await page.goto(url);
			await work(page, faults, asked);
			assert.deepEqual([...faults, ...(await policyViolations(page))], []);
			// Workers are made of the page's own text.
			assert.deepEqual(
				asked.filter((each) => !each.startsWith('blob:') && !each.startsWith('data:')),
				[url],
			);
		} finally {
			await context.close();
		}
	});
}

describe('one file', () => {
	test('names no other file, and its policy allows one script and one style', () => {
		const policy = between('http-equiv="Content-Security-Policy" content="', '"');
		const directives = new Map(policy.split('; ').map((each) => each.split(/ (.*)/s).slice(0, 2) as [string, string]));
		assert.equal(directives.get('default-src'), "'none'");
		assert.equal(directives.get('connect-src'), "'none'");
		assert.equal(
			directives.get('script-src'),
			`'sha256-${hashOf(between('<script type="module">', '</script>'))}' 'wasm-unsafe-eval'`,
		);
		assert.equal(directives.get('style-src'), `'sha256-${hashOf(between('<style>', '</style>'))}'`);
		assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|https?:|'self'|\*/);
		const markup = html.replace(/<(script|style)\b[\s\S]*?<\/\1>/g, '');
		assert.doesNotMatch(markup, /(src|href)="(?!data:)/);
		assert.equal(html.match(/<script\b/g)?.length, 1);
	});

	test('from the disk and offline, a payload opens on its PDF', async () => {
		await opened(async (page) => {
			await page.locator('input[type=file]').first().waitFor({ state: 'attached' });
			const paper = pdf([{ draw: '0.2 g 100 500 300 200 re f' }, {}]);
			await dropFiles(page, invoice.file, { name: 'Rechnung_00417.pdf', content: paper });
			await page.locator('.masthead h1', { hasText: 'Rechnung_00417.pdf' }).waitFor();
			await page.locator('[role=row]', { hasText: 'RE-2026/00417' }).first().waitFor();
			// The box is painted: pdf.js runs in its worker.
			await page.waitForFunction(() =>
				[...document.querySelectorAll('canvas')].some((canvas) => {
					const { width, height } = canvas;
					if (width < 100 || height < 100) return false;
					const { data } = canvas.getContext('2d')?.getImageData(0, 0, width, height) ?? { data: [] };
					let dark = 0;
					for (let at = 0; at < data.length; at += 4) if ((data[at] ?? 255) < 80 && data[at + 3] === 255) dark++;
					return dark > (width * height) / 50;
				}),
			);
			await page.screenshot({ path: join(screenshots, 'single-file.png') });
		});
	});

	test('nothing can be sent, not even by a script of the page itself', async () => {
		await opened(async (page, faults, asked) => {
			const violations = await page.evaluate(async () => {
				await fetch('https://foreign.invalid/').catch(() => {});
				const image = new Image();
				await new Promise((resolve) => {
					image.onerror = resolve;
					image.src = 'https://foreign.invalid/?a-payload';
				});
				const stopped = new Promise<void>((resolve) =>
					addEventListener('securitypolicyviolation', ({ violatedDirective }) => {
						if (violatedDirective === 'script-src-elem') resolve();
					}),
				);
				document.head.append(Object.assign(document.createElement('script'), { text: 'globalThis.ran = true' }));
				await stopped;
				return (globalThis as unknown as { violations: string[] }).violations.splice(0);
			});
			const kinds = violations.map((each) => each.split(':')[0]).toSorted();
			assert.deepEqual(kinds, ['connect-src', 'img-src', 'script-src-elem']);
			assert.equal(await page.evaluate(() => (globalThis as { ran?: boolean }).ran), undefined);
			// What was provoked is told on the console too, and by the browser's tools as a request that was stopped.
			const told = /Content Security Policy|^(failed|foreign): https:\/\/foreign\.invalid\//;
			assert.deepEqual(
				(await provoked(page, faults)).filter((fault) => !told.test(fault)),
				[],
			);
			asked.splice(1);
		});
	});
});
