/** What is published: its size, its files, and what importing it does. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import test from 'node:test';
import { gzipSync } from 'node:zlib';

type Packed = { files: { path: string }[] };

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

/**
 * What each room may add to the package, packed. Most of the core is its wasm, three times: inlined for `import` and for
 * `require`, and as a file for edge workers, which compile no bytes.
 */
const budgets: Readonly<Record<string, number>> = {
	core: 260_000,
	receiver: 32_000,
	inbox: 36_000,
	adapters: 10_000,
	cli: 39_000,
	// Half of it is its worker, which has the core in it once more.
	page: 230_000,
	// What the page loads when a PDF or TIFF is opened: two thirds are pdf.js and its worker, the rest decoders and two fonts.
	documents: 820_000,
};

test('no room adds more to the package than it may', () => {
	const { files } = packed();
	const rooms = new Map<string, Buffer[]>();
	for (const { path } of files) {
		const [, folder] = /^dist\/(\w+)\//.exec(path) ?? [];
		if (folder === undefined) continue;
		// Chunks are what the engines of the inbox share, and the one that is loaded only where it is asked for.
		const opensDocuments = folder === 'page' && /\/(pdf|openjpeg|jbig2|Foxit|tiff)[^/]*$/.test(path);
		const room = folder === 'chunks' ? 'inbox' : opensDocuments ? 'documents' : folder;
		rooms.set(room, [...(rooms.get(room) ?? []), readFileSync(`pkg/${path}`)]);
	}
	const sizes = [...rooms].map(([room, contents]) => [
		room,
		gzipSync(Buffer.concat(contents), { level: 9 }).byteLength,
	]);
	assert.deepEqual(sizes.map(([room]) => room).toSorted(), Object.keys(budgets).toSorted());
	assert.deepEqual(
		sizes.filter(([room, size]) => Number(size) > (budgets[String(room)] ?? 0)),
		[],
	);
});

test('the packed package has at most 370 KB beside the page, and holds what it should, nothing else', () => {
	const { files } = packed();
	const besides = files.map(({ path }) => path).filter((path) => !path.startsWith('dist/page/'));
	const tar = execFileSync('tar', ['-cf', '-', '-C', 'pkg', ...besides], { maxBuffer: 1 << 28 });
	const { byteLength } = gzipSync(tar, { level: 9 });
	assert.ok(byteLength <= 370_000, `${byteLength} bytes`);
	const allowed =
		/^(LICENSE|README\.md|package\.json|dist\/core\/core\.wasm|dist\/core\/index\.cjs|dist\/core\/[\w-]+\.d\.cts|dist\/cli\/[\w-]+\.js|dist\/licences\.txt|dist\/page\/(index\.html|live\.html|icon\.svg|licences\.txt|assets\/[\w.-]+\.(js|css|wasm))|dist\/(core|receiver|inbox|adapters|chunks)\/[\w-]+(\.d\.ts|\.js))$/;
	assert.deepEqual(
		files.map(({ path }) => path).filter((path) => !allowed.test(path)),
		[],
	);
	assert.deepEqual(
		files.map(({ path }) => path).filter((path) => /\.test\.|panic/.test(path)),
		[],
	);
	const readme = readFileSync('pkg/README.md', 'utf8');
	assert.deepEqual(readme.match(/^## .*|^\[MIT\]/gm), [
		'## Receive',
		'## Check and read',
		'## See what arrived',
		'## Promised, and tested',
		'## Not yet',
		'[MIT]',
	]);
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
		'dist/page/index.html',
		'dist/page/live.html',
		'dist/page/licences.txt',
	]) {
		assert.ok(
			files.some((file) => file.path === path),
			`${path} is missing`,
		);
	}
});
