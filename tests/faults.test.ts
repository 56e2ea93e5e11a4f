/** The fault suite in short: `npm run test:faults` is the long run. */
import { test } from 'node:test';
import { scenarios } from './faults/rig/all.js';
import { runScenario } from './faults/rig/scenario.js';

for (const scenario of Object.values(scenarios)) {
	const seed = Math.floor(Math.random() * 1_000_000_000);
	test(`${scenario.sentence} (in short)`, { timeout: 120_000 }, async (context) => {
		context.diagnostic(`seed ${seed}`);
		const { note, ...figures } = await runScenario(scenario, { seed, quick: true, say: () => {} });
		context.diagnostic(`${JSON.stringify(figures)} ${note ?? ''}`);
	});
}
