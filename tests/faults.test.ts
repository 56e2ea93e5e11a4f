/** The fault suite in short: `npm run test:faults` is the long run. */
import { describe, test } from 'node:test';
import { scenarios } from './faults/rig/all.js';
import { runScenario } from './faults/rig/scenario.js';

// Most of them wait for leases and time limits most of the time.
describe('The fault suite, in short', { concurrency: 3 }, () => {
	for (const { sentence, skip = false, run } of Object.values(scenarios)) {
		const seed = Math.floor(Math.random() * 1_000_000_000);
		test(sentence, { timeout: 600_000, skip }, async (context) => {
			context.diagnostic(`seed ${seed}`);
			const { note, ...figures } = await runScenario({ sentence, run }, { seed, quick: true, say: () => {} });
			context.diagnostic(`${JSON.stringify(figures)} ${note ?? ''}`);
		});
	}
});
