/**
 * What is measured on the page, for its test and for `npm run bench:page`. Times are the browser's own; nothing here judges them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { chooseFiles, type Inspector } from './page-browser.js';

/** A row of the tree that is mounted; its head is none. */
export const ROWS = '[role=treegrid] [role=row][aria-level]';

/** A file that the first screen asks for. */
export interface FirstScreenFile {
	name: string;
	kind: 'document' | 'script' | 'style' | 'worker' | 'other';
	bytes: number;
	gzip: number;
}

/** Every file that the page asks for until it has come to rest, as sent and compressed. */
export async function firstScreenFiles(inspector: Inspector): Promise<FirstScreenFile[]> {
	const context = await inspector.browser.newContext();
	const page = await context.newPage();
	const workers = new Set<string>();
	page.on('worker', (worker) => workers.add(worker.url()));
	const answers: Promise<FirstScreenFile>[] = [];
	context.on('response', (response) => {
		const url = response.url();
		const type = response.request().resourceType();
		const read = async (): Promise<FirstScreenFile> => {
			const body = await response.body();
			const kind = type === 'stylesheet' ? 'style' : type === 'document' || type === 'script' ? type : 'other';
			return {
				name: url.slice(url.lastIndexOf('/') + 1),
				kind,
				bytes: body.length,
				gzip: gzipSync(body, { level: 9 }).length,
			};
		};
		answers.push(read());
	});
	await page.goto(inspector.address, { waitUntil: 'networkidle' });
	const files = await Promise.all(answers);
	await context.close();
	const ofWorkers = new Set([...workers].map((url) => url.slice(url.lastIndexOf('/') + 1)));
	return files.map((file) => (ofWorkers.has(file.name) ? { ...file, kind: 'worker' } : file));
}

/** What is loaded before anybody opens anything, in bytes of gzip: script and style, without the worker and the wasm in it. */
export function firstScreenSize(files: readonly FirstScreenFile[]): number {
	return files.filter(({ kind }) => kind === 'script' || kind === 'style').reduce((sum, { gzip }) => sum + gzip, 0);
}

/** Milliseconds since the navigation began. */
export interface Readiness {
	/** The load event of the page. */
	load: number;
	/** A file can be opened, and the frame that shows it is painted. */
	ready: number;
	/** The load event of an empty page of the same server's kind, in a new profile of the same browser. */
	empty: number;
}

/** Opens an empty page and the page in turn, each in a new profile. */
export async function readiness(inspector: Inspector, rounds: number): Promise<Readiness[]> {
	const server = createServer((_request, response) => {
		response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
		response.end(
			'<!doctype html><html lang="en"><title>empty</title><link rel="icon" href="data:,"><p>nothing</p></html>',
		);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const emptyAddress = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	const results: Readiness[] = [];
	for (let round = 0; round < rounds; round++) {
		const empty = await inFreshPage(inspector.browser, async (page) => {
			await page.goto(emptyAddress, { waitUntil: 'load' });
			return loadEvent(page);
		});
		results.push(
			await inFreshPage(inspector.browser, async (page) => {
				await page.addInitScript(noteReady);
				await page.goto(inspector.address, { waitUntil: 'load' });
				await page.waitForFunction(() => (globalThis as unknown as Noted).readyAt !== undefined);
				const ready = await page.evaluate(() => (globalThis as unknown as Noted).readyAt);
				return { load: await loadEvent(page), ready, empty };
			}),
		);
	}
	server.close();
	return results;
}

interface Noted {
	readyAt: number;
}

/** Runs in the page: notes when there is something to open a file with, and it was painted. */
function noteReady(): void {
	new MutationObserver((_changes, observer) => {
		if (!document.querySelector('input[type=file]')) return;
		observer.disconnect();
		requestAnimationFrame(() => setTimeout(() => Object.assign(globalThis, { readyAt: performance.now() })));
	}).observe(document, { childList: true, subtree: true });
}

function loadEvent(page: Page): Promise<number> {
	return page.evaluate(
		() =>
			new Promise<number>((resolve) => {
				const look = (): void => {
					const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
					if (entry && entry.loadEventEnd > 0) resolve(entry.loadEventEnd);
					else setTimeout(look);
				};
				look();
			}),
	);
}

async function inFreshPage<Result>(browser: Browser, work: (page: Page) => Promise<Result>): Promise<Result> {
	const context = await browser.newContext();
	try {
		return await work(await context.newPage());
	} finally {
		await context.close();
	}
}

/** What opening a large payload was like. */
export interface LargeOpening {
	/** From the choice of the file until rows are painted, in milliseconds. */
	shown: number;
	/** From the choice of the file until an arrow key has moved the selection, and that is painted. */
	interactive: number;
	/** Tasks of the main thread above 50 ms, in milliseconds, from the choice of the file until this is asked. */
	longTasks(): Promise<number[]>;
	/** Most rows that were mounted at once so far. */
	mostRows(): Promise<number>;
}

interface Watched {
	chosenAt: number;
	shownAt: number;
	movedAt: number;
	longTasks: number[];
	mostRows: number;
}

/** Opens a payload in a page that was just opened, and waits until an arrow key has moved in its rows. */
export async function openLarge(page: Page, path: string): Promise<LargeOpening> {
	await page.evaluate((rows) => {
		const watched: Watched = { chosenAt: 0, shownAt: 0, movedAt: 0, longTasks: [], mostRows: 0 };
		Object.assign(globalThis, { watched });
		addEventListener(
			'change',
			() => {
				watched.chosenAt ||= performance.now();
			},
			{ capture: true },
		);
		new PerformanceObserver((list) => {
			for (const { duration } of list.getEntries()) watched.longTasks.push(duration);
		}).observe({ type: 'longtask' });
		const painted = (note: () => void): void => void requestAnimationFrame(() => setTimeout(note));
		/** As soon as there are rows, the next one is selected by keyboard. */
		const pressDown = (): void => {
			const grid = document.querySelector<HTMLElement>('[role=treegrid]');
			const before = grid?.getAttribute('aria-activedescendant');
			grid?.focus();
			grid?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }));
			new MutationObserver((_changes, observer) => {
				if (grid?.getAttribute('aria-activedescendant') === before) return;
				observer.disconnect();
				painted(() => {
					watched.movedAt = performance.now();
				});
			}).observe(document, { attributes: true, subtree: true });
		};
		new MutationObserver(() => {
			const { length } = document.querySelectorAll(rows);
			watched.mostRows = Math.max(watched.mostRows, length);
			if (length === 0 || watched.shownAt !== 0) return;
			watched.shownAt = -1;
			painted(() => {
				watched.shownAt = performance.now();
				pressDown();
			});
		}).observe(document, { childList: true, subtree: true });
	}, ROWS);
	await chooseFiles(page, path);
	await page.waitForFunction(() => (globalThis as unknown as { watched: Watched }).watched.movedAt > 0, null, {
		timeout: 120_000,
	});
	const watched = () => page.evaluate(() => (globalThis as unknown as { watched: Watched }).watched);
	const { chosenAt, shownAt, movedAt } = await watched();
	return {
		shown: shownAt - chosenAt,
		interactive: movedAt - chosenAt,
		longTasks: async () => (await watched()).longTasks,
		mostRows: async () => (await watched()).mostRows,
	};
}

/** Opens the last page of words, goes to its last word, and waits until that is seen. */
export async function reachLastWord(page: Page, word: string): Promise<void> {
	await page.getByRole('treegrid').focus();
	const active = page.locator(`${ROWS}[aria-selected=true]`);
	await page.keyboard.press('End');
	await page.locator(`${ROWS}[aria-selected=true][aria-expanded=false]`).waitFor();
	await page.keyboard.press('ArrowRight');
	await page.locator(`${ROWS}[aria-selected=true][aria-expanded=true]`).waitFor();
	await page.keyboard.press('End');
	await active.getByText(word, { exact: true }).waitFor();
}

/**
 * Memory of the browser's processes in bytes, shared pages divided among those that share them: of those that run pages, and of all.
 * `null` where the system does not tell.
 */
export function memory(browser: Browser): { pages: number; all: number } | null {
	const root = browserProcess(browser);
	if (root === null) return null;
	let pages = 0;
	let all = 0;
	for (const pid of descendants(root)) {
		try {
			const held =
				Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024;
			all += held;
			if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer')) pages += held;
		} catch {
			// It ended meanwhile.
		}
	}
	return { pages, all };
}

/** The browser's first process: the child of this one that has children of a browser. */
function browserProcess(browser: Browser): number | null {
	if (process.platform !== 'linux' || !browser.isConnected()) return null;
	return children(process.pid).find((pid) => /chrom/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))) ?? null;
}

function descendants(pid: number): number[] {
	return [pid, ...children(pid).flatMap(descendants)];
}

function children(pid: number): number[] {
	try {
		return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
			readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
		);
	} catch {
		return [];
	}
}

/** What it is like to move the pointer over the sheet, a step in every frame. */
export interface Hovering {
	/** Work of the main thread for each frame, in milliseconds. */
	work: number;
	/** Milliseconds from each frame to the next, shortest first. */
	intervals: number[];
	/** How often another mark was under the pointer. */
	changes: number;
}

/** Moves the pointer over the whole sheet, and waits for nothing but the next frame. */
export async function hover(page: Page, frames: number): Promise<Hovering> {
	const sheet = page.locator('.paper-sheet');
	await sheet.hover();
	await page.locator('.mark-outlines .hovered').waitFor();
	const session = await page.context().newCDPSession(page);
	await session.send('Performance.enable', { timeDomain: 'threadTicks' });
	const busy = async (): Promise<number> => {
		const { metrics } = await session.send('Performance.getMetrics');
		return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
	};
	const before = await busy();
	const moved = await sheet.evaluate(async (element, steps) => {
		const { left, top, width, height } = element.getBoundingClientRect();
		const times: number[] = [];
		let changes = 0;
		let last = '';
		for (let step = 0; step < steps; step++) {
			times.push(await new Promise<number>(requestAnimationFrame));
			const clientX = left + width * (0.05 + 0.9 * ((step * 7) / steps - Math.floor((step * 7) / steps)));
			const clientY = top + height * (0.05 + (0.9 * step) / steps);
			const target = document.elementFromPoint(clientX, clientY) ?? element;
			target.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY, bubbles: true, pointerType: 'mouse' }));
			const path = document.querySelector('.mark-outlines .hovered path')?.getAttribute('d') ?? '';
			if (path !== last) changes++;
			last = path;
		}
		return { times, changes };
	}, frames);
	const work = ((await busy()) - before) / frames;
	await session.detach();
	const intervals = moved.times.slice(1).map((time, index) => time - (moved.times[index] ?? 0));
	return { work, intervals: intervals.sort((a, b) => a - b), changes: moved.changes };
}
