/** How the package gets into a program: import, require, bundlers, edge runtimes, a forbidden WebAssembly. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { build } from 'esbuild';

const ID = '6f1d3c0a-9f3e-4b8a-8b62-1b2f0c9d7e55';
const CHECK = `const report = mindhook.validateWebhookIds(['${ID}']);
if (!report.ok || report.ids[0] !== '${ID}') throw new Error(JSON.stringify(report));`;

/** Runs a program with this very Node and gives what it printed. */
const run = (type: 'module' | 'commonjs', source: string): string =>
	execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', `--input-type=${type}`, '-'], {
		encoding: 'utf8',
		input: source,
		env: { ...process.env, NODE_OPTIONS: '' },
	});
const module = (source: string): string => run('module', source);
const commonJs = (source: string): string => run('commonjs', source);

/** Puts in front of a program: counts what is compiled. */
const COUNT = `let compiled = 0;
const { Module } = WebAssembly;
WebAssembly.Module = function (bytes) { compiled++; return new Module(bytes); };`;

test('`import` compiles nothing; the first call does, once', () => {
	const source = `${COUNT} const mindhook = await import('mindhook'); const before = compiled; { ${CHECK} } { ${CHECK} } console.log(before, compiled);`;
	assert.equal(module(source), '0 1\n');
});

test('`require` gives the same module as `import`', () => {
	const source = `const mindhook = require('mindhook'); ${CHECK}
import('mindhook').then((imported) => console.log(imported.PayloadError === mindhook.PayloadError, imported.parsePayload === mindhook.parsePayload));`;
	assert.equal(commonJs(source), 'true true\n');
});

test('the CommonJS build works by itself, for tools that cannot `require` a module', () => {
	assert.equal(
		commonJs(
			`${COUNT} const mindhook = require('./pkg/dist/core/index.cjs'); const before = compiled; ${CHECK} console.log(before, compiled);`,
		),
		'0 1\n',
	);
});

test('`import` of the core loads one file and none of the rest', () => {
	const outside =
		/\b(import|export)\b\s*[\w*{$][^;'"]*\bfrom\s*['"]|\bimport\s*['"(]|\brequire\(|import\.meta|^await /m;
	assert.doesNotMatch(readFileSync('pkg/dist/core/index.js', 'utf8'), outside);
	assert.match(readFileSync('pkg/dist/receiver/index.js', 'utf8'), outside, 'the pattern finds what it looks for');
});

test('the folder can be moved and is then still complete', () => {
	const folder = mkdtempSync(join(tmpdir(), 'mindhook-'));
	try {
		cpSync('pkg/dist/core/index.js', join(folder, 'anything.mjs'));
		assert.equal(
			module(
				`const mindhook = await import(${JSON.stringify(`file://${folder}/anything.mjs`)}); ${CHECK} console.log('ok');`,
			),
			'ok\n',
		);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});

test('a bundle for the browser needs no file, no fetch and no Buffer', async () => {
	const { outputFiles } = await build({
		stdin: {
			contents: `import * as mindhook from 'mindhook'; ${CHECK} globalThis.done = 'ok';`,
			resolveDir: process.cwd(),
		},
		bundle: true,
		format: 'iife',
		platform: 'browser',
		write: false,
	});
	const text = outputFiles[0]?.text ?? '';
	const strip =
		'delete globalThis.Buffer; delete globalThis.process; delete globalThis.fetch; delete globalThis.require;';
	const program = `const { log } = console; const run = new Function(${JSON.stringify(text)}); ${strip} run(); log(globalThis.done);`;
	assert.equal(commonJs(program), 'ok\n');
});

for (const condition of ['workerd', 'edge-light']) {
	test(`under \`${condition}\` the wasm is an imported module, and nothing is compiled while running`, async () => {
		const { outputFiles } = await build({
			stdin: {
				contents: `import * as mindhook from 'mindhook'; ${CHECK} console.log('ok');`,
				resolveDir: process.cwd(),
			},
			bundle: true,
			format: 'esm',
			conditions: [condition],
			external: ['*.wasm?module'],
			write: false,
		});
		const [found, name] = /import (\w+) from "[^"]*core\.wasm\?module";/.exec(outputFiles[0]?.text ?? '') ?? [];
		assert.ok(found && name, 'the wasm is imported');
		const compiled = `const ${name} = new WebAssembly.Module(process.getBuiltinModule('node:fs').readFileSync('pkg/dist/core/core.wasm'));
WebAssembly.Module = () => { throw new Error('compiled while running'); };`;
		assert.equal(module((outputFiles[0]?.text ?? '').replace(found, compiled)), 'ok\n');
	});
}

test('where a policy forbids WebAssembly, importing works and the first call says what to allow', () => {
	const source = `WebAssembly.Module = function () { throw new WebAssembly.CompileError("Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not an allowed source of script in the Content Security Policy directive"); };
const mindhook = await import('mindhook');
try { mindhook.parsePayload('{}'); } catch (error) { console.log(error.message.includes("'wasm-unsafe-eval'") || error.stack); }`;
	assert.equal(module(source), 'true\n');
});

test('every entry that package.json names is there', () => {
	const { exports } = createRequire(import.meta.url)('mindhook/package.json') as { exports: Record<string, unknown> };
	const paths = JSON.stringify(exports).match(/\.\/dist\/[^"]+/g) ?? [];
	assert.ok(paths.length > 10);
	for (const path of paths) assert.ok(readFileSync(join('pkg', path)).length > 0, path);
});
