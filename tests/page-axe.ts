/** The rules of axe-core, in every look of the page: light, dark, in forced colours, and narrow. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

/** A window in which nothing is stacked. */
export const WIDE = { width: 1280, height: 800 };
const looks = [
	{ look: 'light', media: { colorScheme: 'light', forcedColors: 'none' }, viewport: WIDE },
	{ look: 'dark', media: { colorScheme: 'dark', forcedColors: 'none' }, viewport: WIDE },
	{ look: 'forced colours', media: { colorScheme: 'dark', forcedColors: 'active' }, viewport: WIDE },
	{ look: 'narrow', media: { colorScheme: 'light', forcedColors: 'none' }, viewport: { width: 400, height: 800 } },
] as const;

/** Rules of WCAG up to 2.2 AA, of which axe leaves out the size of targets by itself, and the good practice beside it. */
const RULES: RunOptions = { resultTypes: ['violations', 'incomplete'], rules: { 'target-size': { enabled: true } } };

/** What the state of a page breaks in each look, and what axe could not decide. */
export async function brokenRules(page: Page): Promise<{ broken: string[]; undecided: string[] }> {
	const broken: string[] = [];
	const undecided: string[] = [];
	for (const { look, media, viewport } of looks) {
		await page.emulateMedia(media);
		await page.setViewportSize(viewport);
		const { violations, incomplete } = await axe(page);
		for (const { id, help, nodes } of violations) {
			for (const { html, failureSummary } of nodes) broken.push(`${look}: ${id}: ${help}\n${html}\n${failureSummary}`);
		}
		for (const { id, nodes } of incomplete) {
			for (const { html, any } of nodes) undecided.push(`${look}: ${id}: ${any[0]?.message}\n\t${html}`);
		}
		const hangsOver = await page.evaluate(
			() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
		);
		if (hangsOver > 0) broken.push(`${look}: ${hangsOver} pixels hang over the side`);
	}
	return { broken, undecided };
}

/** Runs axe in the page. It comes by the debugging protocol: the page's policy lets no script in. */
async function axe(page: Page): Promise<AxeResults> {
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
