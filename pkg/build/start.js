/** `npm start`: all set-up, then the demonstration on real HTTP. Arguments after `--` go to it. */
import { spawn } from 'node:child_process';
import { setUp } from './setup.js';
import { at, main } from './steps.js';

await main(async () => {
	await setUp();
	const child = spawn(at('node_modules/.bin/node'), [at('pkg/build/demo.js'), ...process.argv.slice(2)], {
		stdio: 'inherit',
	});
	// The demonstration decides how to end on Ctrl-C; this process ends with it.
	for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal).on(signal, () => child.kill(signal));
	process.exitCode = await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
});
