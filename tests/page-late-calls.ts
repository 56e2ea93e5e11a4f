/**
 * The page as it is on a busy machine: what it asks of its workers arrives late, one call more than another, in its order. With a seed in
 * `MINDHOOK_LATE` every page that `Inspector.open` opens is so. A test that fails then has read what was not there yet, or the page has lost
 * what somebody did meanwhile.
 */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** The longest that a call is late, in milliseconds. */
const MOST = 1500;
const seed = process.env.MINDHOOK_LATE;
/** Counts pages: each has its own times. */
let pages = 0;

/** Makes the calls of a page late that is not loaded yet, where that is asked for. */
export async function makeCallsLate(page: Page): Promise<void> {
	if (!seed) return;
	assert.match(seed, /^\d{1,9}$/, 'MINDHOOK_LATE is a whole number, by which the times are chosen');
	await page.addInitScript(
		({ first, most }) => {
			let state = first;
			/** A number from 0 to 1, by Numerical Recipes' linear congruence: good enough for waiting. */
			const random = () => {
				state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
				return state / 2 ** 32;
			};
			const post = Worker.prototype.postMessage;
			let before: Promise<unknown> = Promise.resolve();
			Worker.prototype.postMessage = function (this: Worker, ...args: unknown[]) {
				// Many at once, others long after: what is fast and what is slow meet each other.
				const wait = random() < 0.4 ? 0 : random() * most;
				const due = new Promise((done) => setTimeout(done, wait));
				before = Promise.all([before, due]).then(() => Reflect.apply(post, this, args));
			};
		},
		{ first: Number(seed) * 7919 + ++pages * 104_729, most: MOST },
	);
}
