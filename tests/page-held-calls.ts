/** Calls of the page to its worker that wait for a test, as they do behind a large file. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { until } from './page-browser.js';

/** What the page has for it, once {@link prepareHolding} was called. */
interface Holding {
	/** Names of the calls that wait. */
	wanted: string[];
	held: { call: string; go(): void }[];
	/** Calls that were not answered yet. */
	open: number;
}

/** Loads the page anew, so that its calls can be held. */
export async function prepareHolding(page: Page): Promise<void> {
	await page.addInitScript(() => {
		const holding: Holding = { wanted: [], held: [], open: 0 };
		Object.assign(globalThis, { holding });
		const post = Worker.prototype.postMessage;
		const heard = new WeakSet<Worker>();
		Worker.prototype.postMessage = function (this: Worker, message: { call?: string }, ...rest: unknown[]) {
			const go = () => Reflect.apply(post, this, [message, ...rest]);
			const call = message?.call;
			if (call === undefined) return go();
			if (!heard.has(this)) this.addEventListener('message', () => holding.open--);
			heard.add(this);
			holding.open++;
			// What comes later is answered later.
			if (holding.held.length > 0 || holding.wanted.includes(call)) holding.held.push({ call, go });
			else go();
		};
	});
	await page.reload();
	await page.locator('input[type=file]').first().waitFor({ state: 'attached' });
}

/** From now on a call of this name waits, and all that come after it. */
export async function hold(page: Page, call: string): Promise<void> {
	await page.evaluate((name) => {
		(globalThis as unknown as { holding: Holding }).holding.wanted = [name];
	}, call);
}

/** Waits until a call of this name waits, or so many of them. */
export async function isHeld(page: Page, call: string, times = 1): Promise<void> {
	const names = () =>
		page.evaluate(() => (globalThis as unknown as { holding: Holding }).holding.held.map((held) => held.call));
	await until(async () =>
		assert.ok((await names()).filter((name) => name === call).length >= times, `${call} was not called`),
	);
}

/** Lets the call go that waits longest, and waits until it is answered. */
export async function releaseFirst(page: Page): Promise<void> {
	await page.evaluate(() => (globalThis as unknown as { holding: Holding }).holding.held.shift()?.go());
	await page.waitForFunction(() => {
		const { holding } = globalThis as unknown as { holding: Holding };
		return holding.open === holding.held.length;
	});
}

/** Lets all calls go. */
export async function release(page: Page): Promise<void> {
	await page.evaluate(() => {
		const { holding } = globalThis as unknown as { holding: Holding };
		holding.wanted = [];
		for (const { go } of holding.held.splice(0)) go();
	});
}

/** Waits until every call is answered, and what came of that is on the screen. */
export async function settled(page: Page): Promise<void> {
	const openFrames = () =>
		page.evaluate(async () => {
			const { holding } = globalThis as unknown as { holding: Holding };
			let most = holding.open;
			for (let frame = 0; frame < 3; frame++) {
				await new Promise((done) => requestAnimationFrame(done));
				most = Math.max(most, holding.open);
			}
			return most;
		});
	// `waitForFunction` does not wait for what an asynchronous function gives: it takes the promise for a yes.
	await until(async () => assert.equal(await openFrames(), 0, 'calls that were not answered'));
}
