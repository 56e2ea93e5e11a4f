/** The TypeScript of the tests, compiled to `target/tests`. */
import { relative } from 'node:path';
import { wasmVariant } from './build.js';
import { at, filesUnder, run, step, unchanged } from './steps.js';

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
	const page = ['www/src', 'www/tsconfig.json', 'pkg/src/core', 'tests/payload-fixtures.ts', 'target/stamps/wasm'];
	await unchanged({ name: 'page-tests', inputs: page, outputs: [`${COMPILED}/www`] }, () =>
		step('tests of the page: compile', compilePageTests),
	);
}

/** The page's tests hold the page's code as its bundler makes it: with the page's variant of the core, and without its types. */
async function compilePageTests() {
	const esbuild = await import('esbuild');
	await esbuild.build({
		bundle: true,
		platform: 'node',
		format: 'esm',
		target: 'es2023',
		logLevel: 'silent',
		entryPoints: filesUnder(['www/src'], (path) => path.endsWith('.test.ts')).map((path) => relative(at(), path)),
		absWorkingDir: at(),
		outbase: at(),
		outdir: at(COMPILED),
		external: ['mindhook', 'fast-check'],
		plugins: [wasmVariant('web')],
	});
}
