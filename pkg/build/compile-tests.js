/** The TypeScript of the tests, compiled to `target/tests`. */
import { at, run, step, unchanged } from './steps.js';

export const COMPILED = 'target/tests';

/** Compiles what has changed; rejects where there are type errors. */
export async function compileTests() {
	const inputs = ['tests', 'pkg/src', 'www/src/document', 'tsconfig.base.json', 'target/stamps/package'];
	const keep = (path) => !/\/(fixtures|runtimes|frameworks)\//.test(path);
	await unchanged({ name: 'tests', inputs, keep, outputs: [COMPILED] }, () =>
		step('tests: compile', () => {
			const tsc = [at('node_modules/typescript/bin/tsc'), '-p', at('tests')];
			return run(process.execPath, tsc, { advice: 'The tests have type errors.' });
		}),
	);
}
