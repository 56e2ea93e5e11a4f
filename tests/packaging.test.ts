/** What is published: its size, its files, and what importing it does. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import test from 'node:test';

type Packed = { size: number; files: { path: string }[] };

const packed = (): Packed =>
	JSON.parse(
		execFileSync('npm', ['pack', '--dry-run', '--json', '--workspace', 'pkg'], {
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
		}),
	)[0];

test('the wasm has at most 180 KB', () => {
	const { size } = statSync('pkg/dist/core/core.wasm');
	assert.ok(size <= 180_000, `${size} bytes`);
});

test('the packed package has at most 300 KB and holds what it should, nothing else', () => {
	const { size, files } = packed();
	assert.ok(size <= 300_000, `${size} bytes`);
	const allowed =
		/^(LICENSE|README\.md|package\.json|dist\/core\/core\.wasm|dist\/core\/index\.cjs|dist\/core\/[\w-]+\.d\.cts|dist\/cli\/([\w-]+\.js|get-east-asian-width\.license)|dist\/core\/tiny-inflate\.license|dist\/(core|receiver|inbox|adapters|chunks)\/[\w-]+(\.d\.ts|\.js))$/;
	assert.deepEqual(
		files.map(({ path }) => path).filter((path) => !allowed.test(path)),
		[],
	);
	assert.deepEqual(
		files.map(({ path }) => path).filter((path) => /\.test\.|panic/.test(path)),
		[],
	);
	for (const path of [
		'LICENSE',
		'README.md',
		'dist/core/index.js',
		'dist/core/index.cjs',
		'dist/core/edge.js',
		'dist/core/core.wasm',
		'dist/core/index.d.ts',
		'dist/core/index.d.cts',
		'dist/receiver/index.js',
		'dist/inbox/index.js',
		...['node', 'express', 'fastify', 'koa', 'hono', 'next', 'fetch', 'lambda'].map(
			(name) => `dist/adapters/${name}.js`,
		),
		'dist/cli/index.js',
	]) {
		assert.ok(
			files.some((file) => file.path === path),
			`${path} is missing`,
		);
	}
});
