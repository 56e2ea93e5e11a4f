/** Every state of the page by the rules of axe-core: light, dark, in forced colours, and narrow. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';
import { type Inspector, root, startInspector } from './page-browser.js';
import { states } from './page-states.js';

const WIDE = { width: 1280, height: 800 };
const looks = [
	{ look: 'light', media: { colorScheme: 'light', forcedColors: 'none' }, viewport: WIDE },
	{ look: 'dark', media: { colorScheme: 'dark', forcedColors: 'none' }, viewport: WIDE },
	{ look: 'forced colours', media: { colorScheme: 'dark', forcedColors: 'active' }, viewport: WIDE },
	{ look: 'narrow', media: { colorScheme: 'light', forcedColors: 'none' }, viewport: { width: 400, height: 800 } },
] as const;

/** Rules of WCAG up to 2.2 AA, and the good practice beside it. */
const RULES: RunOptions = { resultTypes: ['violations', 'incomplete'] };

let inspector: Inspector;
let page: Page;
/** What axe could not decide, for people to look at. */
const undecided: string[] = [];

before(async () => {
	inspector = await startInspector();
});

after(async () => {
	await inspector?.close();
	mkdirSync(join(root, 'target/page'), { recursive: true });
	writeFileSync(join(root, 'target/page/axe-undecided.txt'), `${undecided.join('\n')}\n`);
});

beforeEach(async () => {
	page = await inspector.open({ viewport: WIDE, reducedMotion: 'reduce' });
});

afterEach(() => inspector.finish(page));

describe('no rule of accessibility is broken', () => {
	for (const [name, reach] of Object.entries(states)) {
		test(name, async () => {
			await reach(page);
			const broken: string[] = [];
			for (const { look, media, viewport } of looks) {
				await page.emulateMedia(media);
				await page.setViewportSize(viewport);
				const { violations, incomplete } = await axe();
				for (const { id, help, nodes } of violations) {
					for (const { html, failureSummary } of nodes)
						broken.push(`${look}: ${id}: ${help}\n${html}\n${failureSummary}`);
				}
				for (const { id, nodes } of incomplete) {
					for (const { html, any } of nodes) undecided.push(`${name}, ${look}: ${id}: ${any[0]?.message}\n\t${html}`);
				}
				const hangsOver = await page.evaluate(
					() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
				);
				if (hangsOver > 0) broken.push(`${look}: ${hangsOver} pixels hang over the side`);
			}
			assert.deepEqual(broken, []);
		});
	}
});

/** Runs axe in the page. It comes by the debugging protocol: the page's policy lets no script in. */
async function axe(): Promise<AxeResults> {
	const session = await page.context().newCDPSession(page);
	if (!(await page.evaluate(() => 'axe' in globalThis))) {
		await session.send('Runtime.evaluate', { expression: axeSource });
	}
	await session.detach();
	return page.evaluate(
		(options) => (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run(options),
		RULES,
	);
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
