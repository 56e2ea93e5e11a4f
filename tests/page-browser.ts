/**
 * What the tests of the page share: the built page on an address of its own, one Chromium for a test file, and fresh profiles in it in
 * which everything that must not happen is noted.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, delimiter, join } from 'node:path';
import { after, afterEach, before, beforeEach } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { pageListener } from '../pkg/src/cli/page/page-files.js';
import { makeCallsLate } from './page-late-calls.js';

/** The repository; the tests run compiled, from `target/tests/tests`. */
export const root = join(import.meta.dirname, '../../..');
/** The payload fixtures. */
export const payloads = join(root, 'tests/fixtures/payloads');
/** Where pictures of a test run are put for people to look at. */
export const screenshots = join(root, 'target/screenshots');

/** Below a path, so that an absolute URL in the page would be noticed. */
const MOUNT = '/some/path';

const FLAGS = [
	'--headless',
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

/** Longer than anything takes on a busy machine, shorter than a reader's patience with a failing run. */
const PATIENCE = 30_000;

/** The built page on an address of its own. */
export interface ServedPage {
	/** Ends with a slash. */
	address: string;
	close(): void;
}

/** A browser and the built page. */
export interface Inspector {
	address: string;
	browser: Browser;
	/** The page in a fresh profile, ready for a file. */
	open(options?: BrowserContextOptions): Promise<Page>;
	/** What was noted on a page so far; what a test provokes on purpose can be taken out. */
	faults(page: Page): string[];
	/** Closes a page, and fails if anything happened on it that must not. */
	finish(page: Page): Promise<void>;
	/** Finishes every page that is open. */
	finishAll(): Promise<void>;
	close(): Promise<void>;
}

/** Serves a folder of the built page on a free port. */
export async function servePage(folder = join(root, 'www/dist')): Promise<ServedPage> {
	const listener = pageListener(folder);
	const server = createServer((request, response) => {
		const url = request.url ?? '/';
		request.url = url.startsWith(`${MOUNT}/`) ? url.slice(MOUNT.length) : '/no-such-file';
		listener(request, response);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		address: `http://127.0.0.1:${(server.address() as AddressInfo).port}${MOUNT}/`,
		close: () => void server.close(),
	};
}

/** Starts Chromium; `flags` come on top of those that keep it quiet. */
export function startChromium(...flags: string[]): Promise<Browser> {
	return chromium.launch({ executablePath: findChromium(), args: [...FLAGS, ...flags] });
}

/** Serves the built page and starts a browser for it. */
export async function startInspector(...flags: string[]): Promise<Inspector> {
	const served = await servePage();
	const browser = await startChromium(...flags);
	const { address } = served;
	/** What must not happen on each open page. */
	const noted = new Map<Page, string[]>();
	const finish = async (page: Page): Promise<void> => {
		const faults = noted.get(page) ?? [];
		noted.delete(page);
		faults.push(...(await policyViolations(page)));
		await page.context().close();
		assert.deepEqual(faults, [], 'no console error, no foreign request, no violation of the policy');
	};
	return {
		address,
		browser,
		async open(options) {
			const context = await browser.newContext(options);
			const page = await context.newPage();
			noted.set(page, await watchFaults(page, (url) => url.startsWith(address)));
			page.setDefaultTimeout(PATIENCE);
			await makeCallsLate(page);
			await page.goto(address);
			await page.locator('input[type=file]').first().waitFor({ state: 'attached' });
			return page;
		},
		faults: (page) => noted.get(page) ?? [],
		finish,
		async finishAll() {
			for (const page of noted.keys()) await finish(page);
		},
		async close() {
			await browser.close();
			served.close();
		},
	};
}

/** One browser for a test file and a fresh page for each of its tests, which fails where {@link Inspector.finish} does. */
export function openForEachTest(
	options: BrowserContextOptions,
	given: (page: Page, inspector: Inspector) => void,
): void {
	let inspector: Inspector | undefined;
	before(async () => {
		mkdirSync(screenshots, { recursive: true });
		inspector = await startInspector();
	});
	after(() => inspector?.close());
	beforeEach(async () => {
		if (inspector) given(await inspector.open(options), inspector);
	});
	afterEach(() => inspector?.finishAll());
}

/** Notes console errors, thrown errors, requests that fail and such as are not `ours`; also those of workers. To be called before the page is loaded. */
export async function watchFaults(page: Page, ours: (url: string) => boolean): Promise<string[]> {
	const faults: string[] = [];
	page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
	page.on('pageerror', (error) => faults.push(error.message));
	page.on('requestfailed', (request) => {
		// What is fetched behind the load is broken off by whoever leaves the page before it is there.
		const isBehind = /\/(icon\.svg|assets\/[^/]+)$/.test(request.url());
		const isLeft = isBehind && request.failure()?.errorText === 'net::ERR_ABORTED';
		if (!isLeft) faults.push(`failed: ${request.url()}`);
	});
	const context = page.context();
	// A file that a page makes of its own data asks nobody for anything.
	const local = (url: string): boolean => url.startsWith('blob:') || url.startsWith('data:');
	context.on('request', (request) => {
		if (!local(request.url()) && !ours(request.url())) faults.push(`foreign: ${request.url()}`);
	});
	context.on('response', (response) => {
		if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
	});
	await page.addInitScript(() => {
		const violations: string[] = [];
		Object.assign(globalThis, { violations });
		addEventListener('securitypolicyviolation', (event) =>
			violations.push(`${event.violatedDirective}: ${event.blockedURI}`),
		);
	});
	return faults;
}

/** Takes out what was noted on a page that a test provoked something on, once the browser has told all of it. */
export async function provoked(page: Page, faults: string[]): Promise<string[]> {
	const last = 'This is the last of what was provoked.';
	// What comes from the page comes in its order, but later than what it was asked for.
	await page.evaluate((line) => console.error(line), last);
	await until(async () => assert.ok(faults.includes(last)));
	return faults.splice(0).filter((fault) => fault !== last);
}

/** What the page's policy has stopped so far. */
export function policyViolations(page: Page): Promise<string[]> {
	return page.evaluate(() => (globalThis as unknown as { violations: string[] }).violations);
}

/** Notes what the page tells the ear from now on, which the next thing that is told takes away; gives what was told so far. */
export async function listenTo(page: Page): Promise<() => Promise<string[]>> {
	await page.evaluate(() => {
		const heard: string[] = [];
		Object.assign(globalThis, { heard });
		const region = document.querySelector('#page > p.unseen[role=status]');
		if (!region) throw new Error('no live region');
		const note = () => heard.push(region.textContent ?? '');
		new MutationObserver(note).observe(region, { characterData: true, childList: true, subtree: true });
	});
	return () => page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);
}

/** Waits until a check holds; fails with what it says then. */
export async function until(check: () => Promise<void>): Promise<void> {
	const end = Date.now() + PATIENCE;
	for (;;) {
		try {
			return await check();
		} catch (fault) {
			if (Date.now() > end) throw fault;
			await pause(50);
		}
	}
}

/** A file that is given to the page without lying on the disk. */
export interface GivenFile {
	name: string;
	content: string | Uint8Array;
}

/** Drops files on the page, all at once. */
export async function dropFiles(page: Page, ...files: GivenFile[]): Promise<void> {
	const encoded = files.map(({ name, content }) => ({ name, base64: Buffer.from(content).toString('base64') }));
	const dataTransfer = await page.evaluateHandle((dropped) => {
		const transfer = new DataTransfer();
		for (const { name, base64 } of dropped) {
			const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
			transfer.items.add(new File([bytes], name));
		}
		return transfer;
	}, encoded);
	await page.dispatchEvent('body', 'drop', { dataTransfer });
}

/** Chooses files of the disk in the page's file chooser. */
export function chooseFiles(page: Page, ...paths: string[]): Promise<void> {
	return page.locator('input[type=file]').first().setInputFiles(paths);
}

/** A payload fixture: its path, the file for {@link dropFiles}, and of a valid one what `JSON.parse` makes of it. */
export function payloadFixture(path: string): { path: string; file: GivenFile; text: string; body: unknown } {
	const whole = join(payloads, path);
	const content = readFileSync(whole);
	const text = content.toString('utf8');
	return {
		path: whole,
		file: { name: basename(path), content },
		text,
		body: path.startsWith('valid/') ? JSON.parse(text) : null,
	};
}

function findChromium(): string {
	const names = ['chromium', 'chromium-browser', 'google-chrome'];
	const folders = (process.env.PATH ?? '').split(delimiter);
	const candidates = [
		process.env.MINDHOOK_CHROMIUM ?? [],
		folders.flatMap((folder) => names.map((name) => join(folder, name))),
	].flat();
	const found = candidates.find((path) => existsSync(path));
	assert.ok(found, 'the tests of the page need Chromium or Chrome: install one, or name it in MINDHOOK_CHROMIUM');
	return found;
}
