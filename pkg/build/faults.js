/**
 * `npm run test:faults`: receivers are killed, cut off from power, disk and database, again and again; what they had answered 200 has to
 * be there. Takes about half an hour; `--quick` a minute. `--seed N` repeats a run's choices, `--only WORD` chooses scenarios.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { COMPILED, compileTests } from './compile-tests.js';
import { setUp } from './setup.js';
import { at, exclusively, main } from './steps.js';

await main(async () => {
	await setUp();
	await exclusively(compileTests);
	const script = at(COMPILED, 'tests/faults/rig/run.js');
	const args = ['--disable-warning=ExperimentalWarning', script, ...process.argv.slice(2)];
	const child = spawn(at('node_modules/.bin/node'), args, { cwd: at(), stdio: 'inherit' });
	const [code] = await once(child, 'exit');
	process.exitCode = code ?? 1;
});
