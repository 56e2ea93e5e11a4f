/** Every state of the page by the rules of axe-core: light, dark, in forced colours, and narrow. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { brokenRules, WIDE } from './page-axe.js';
import { type Inspector, root, startInspector } from './page-browser.js';
import { states } from './page-states.js';

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
			const { broken, undecided: open } = await brokenRules(page);
			undecided.push(...open.map((text) => `${name}, ${text}`));
			assert.deepEqual(broken, []);
		});
	}
});
