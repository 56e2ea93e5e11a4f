/**
 * Makes the package: wasm (see wasm.js), then one JavaScript bundle per entry and its types, in `pkg/dist/`; then the page.
 * Needs what setup.js installs; `npm run build` is the command.
 */
import {
	chmodSync,
	cpSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { at, BuildError, run, step, unchanged } from './steps.js';
import { buildWasm } from './wasm.js';

/** What can be imported; the core first. */
const ENTRIES = [
	'core/index.ts',
	'receiver/index.ts',
	'inbox/index.ts',
	...['node', 'express', 'fastify', 'koa', 'hono', 'next', 'fetch', 'lambda'].map((name) => `adapters/${name}.ts`),
];

/** What `mindhook` on the command line runs. */
const COMMAND_LINE = 'pkg/src/cli/index.ts';

/** Where the package holds the page. */
const PAGE = 'pkg/dist/page';

/** Makes everything that is not up to date. */
export async function build() {
	await buildWasm();
	const inputs = [
		'pkg/src',
		'pkg/build/build.js',
		'pkg/package.json',
		'pkg/tsconfig.json',
		'tsconfig.base.json',
		'LICENSE',
		'README.md',
		'target/stamps/wasm',
	];
	await unchanged(
		{
			name: 'package',
			inputs,
			keep: (path) => !path.endsWith('.test.ts'),
			outputs: ['pkg/dist/core/index.js', 'pkg/dist/cli/index.js'],
		},
		async () => {
			const begin = Date.now();
			await step('package: bundles', bundle);
			await step('package: types', types);
			removeOlderThan(at('pkg/dist'), begin);
		},
	);
	await buildPage();
}

/** Aliases for esbuild: `#wasm/…` is what wasm.js made, and with `imported` the wasm is a module of its own. */
export function wasmVariant(variant, imported = false) {
	return {
		name: 'wasm',
		setup(build) {
			build.onResolve({ filter: /^#wasm\// }, ({ path }) => ({
				path: `${at('target/wasm', variant, path.slice('#wasm/'.length))}.js`,
			}));
			if (imported)
				build.onResolve({ filter: /^\.\/instance-inlined\.js$/ }, () => ({
					path: at('pkg/src/core/instance-imported.ts'),
				}));
		},
	};
}

async function bundle() {
	const esbuild = await import('esbuild');
	// `conditions: []`: the code itself must not depend on where it runs.
	const common = {
		bundle: true,
		target: 'es2022',
		charset: 'utf8',
		legalComments: 'none',
		logLevel: 'silent',
		conditions: [],
		minifyWhitespace: true,
		minifySyntax: true,
	};
	// Three files hold the core's JavaScript, and every bundle that is made with it: minified, each is half as long.
	const core = { ...common, platform: 'neutral', minify: true, plugins: [wasmVariant('core')] };
	const entry = at('pkg/src/core/index.ts');
	const jobs = [];
	if (existsSync(entry)) {
		jobs.push(
			{ ...core, entryPoints: [entry], format: 'esm', outfile: at('pkg/dist/core/index.js') },
			{
				...core,
				entryPoints: [entry],
				format: 'cjs',
				outfile: at('pkg/dist/core/index.cjs'),
				// The wasm first: the JavaScript then stands right before that of index.js in the tarball, which is packed as a whole.
				inject: [at('target/wasm/core/deflated.js')],
			},
			{
				...core,
				entryPoints: [entry],
				format: 'esm',
				outfile: at('pkg/dist/core/edge.js'),
				plugins: [wasmVariant('core', true)],
				external: ['./core.wasm?module'],
			},
		);
	}
	// The loader by itself, around the core that can be made to panic.
	jobs.push({
		...common,
		platform: 'neutral',
		format: 'esm',
		entryPoints: [at('pkg/src/core/instance.ts')],
		outfile: at('target/wasm/panic/instance.js'),
		plugins: [wasmVariant('panic')],
	});
	// The core stays outside of the other entries, so that a program never holds two.
	const others = ENTRIES.slice(1)
		.map((path) => at('pkg/src', path))
		.filter(existsSync);
	if (others.length > 0) {
		// And so do the packages that only those have who use them.
		const external = ['mindhook', 'mindhook/*', 'pg', 'pg-boss'];
		jobs.push({
			...common,
			platform: 'node',
			format: 'esm',
			entryPoints: others,
			outbase: at('pkg/src'),
			outdir: at('pkg/dist'),
			minify: true,
			chunkNames: 'chunks/[name]-[hash]',
			splitting: true,
			external,
		});
	}
	// The command line: one file that starts, and one for each command that is loaded when it is called. Nobody
	// imports it, so that its names can be short.
	jobs.push({
		...common,
		platform: 'node',
		format: 'esm',
		minify: true,
		entryPoints: [at(COMMAND_LINE)],
		outbase: at('pkg/src'),
		outdir: at('pkg/dist'),
		chunkNames: 'cli/[name]-[hash]',
		splitting: true,
		external: ['mindhook', 'mindhook/*'],
	});
	for (const job of jobs) {
		const { outputFiles } = await esbuild.build({ ...job, write: false }).catch((error) => {
			throw new BuildError(`${error.message}\nThe TypeScript of the package has errors.`);
		});
		for (const { path, text } of outputFiles) {
			mkdirSync(dirname(path), { recursive: true });
			writeFileSync(path, await withShortNames(path, job.outbase === at('pkg/src') ? unindented(text) : text));
		}
	}
	chmodSync(at('pkg/dist/cli/index.js'), 0o755);
	mkdirSync(at('pkg/dist/core'), { recursive: true });
	// What others wrote is in the bundles, and their licences ask to be there too: the core's inflate, the command line's table of
	// wide characters.
	const licences = ['tiny-inflate/LICENSE', 'get-east-asian-width/license'].map(
		(path) => `${dirname(path)}\n\n${readFileSync(at('node_modules', path), 'utf8').trim()}\n`,
	);
	writeFileSync(at('pkg/dist/licences.txt'), licences.join('\n\n'));
	writeFileSync(at('pkg/dist/core/core.wasm'), readFileSync(at('target/wasm/core/core.wasm')));
	// npm packs these two only from the package's own folder.
	if (existsSync(at('LICENSE'))) writeFileSync(at('pkg/LICENSE'), readFileSync(at('LICENSE')));
	writeFileSync(at('pkg/README.md'), readmeOfPackage(readFileSync(at('README.md'), 'utf8')));
}

/** Without what can only be done, or is only to be known, where the whole repository is. */
function readmeOfPackage(readme) {
	const parts = readme.split(/^(?=## |\[MIT\])/m);
	return parts.filter((part) => !/^## (Try it|How it is made)\n/.test(part)).join('');
}

/** What is minified is indented only where it is text: SQL, and the programs of threads, which mean the same without. */
function unindented(text) {
	return text.replaceAll(/\n\t+/g, '\n');
}

/** Names anew what esbuild has named: the minifier of Vite, which makes the page, saves another 2.4 KB of the tarball so. */
async function withShortNames(path, text) {
	const { minify } = await import('vite');
	const options = { module: !path.endsWith('.cjs'), compress: false, mangle: { toplevel: true } };
	const { code, errors } = await minify(path, text, options);
	if (errors.length > 0) throw new BuildError(`${path}: ${errors[0].message}`);
	return code;
}

async function types() {
	const tsc = [at('node_modules/typescript/bin/tsc'), '-p', at('pkg/tsconfig.json')];
	await run(process.execPath, tsc, { advice: 'The TypeScript of the package has errors.' });
	keepPublicTypes();
	for (const name of readdirSync(at('pkg/dist'), { recursive: true }).filter((name) => name.endsWith('.d.ts'))) {
		// Indented by tabs they are shorter.
		const text = readFileSync(at('pkg/dist', name), 'utf8');
		writeFileSync(
			at('pkg/dist', name),
			text.replace(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4)),
		);
	}
	// `require` has its own types: the same, under the names that TypeScript expects there.
	const core = at('pkg/dist/core');
	for (const name of readdirSync(core).filter((name) => name.endsWith('.d.ts'))) {
		const text = readFileSync(join(core, name), 'utf8').replace(IMPORTED, '$1.cjs$3');
		writeFileSync(join(core, name.replace(/\.d\.ts$/, '.d.cts')), text);
	}
}

/** A relative import within a declaration file: what stands before its `.js`, the path alone, what stands behind. */
const IMPORTED = /((?:from|import\()\s*['"](\.[^'"]+))\.js(['"])/g;

/** Removes the declarations that no entry leads to. */
function keepPublicTypes() {
	const reached = new Set();
	const visit = (file) => {
		if (reached.has(file)) return;
		reached.add(file);
		for (const [, , path] of readFileSync(file, 'utf8').matchAll(IMPORTED)) visit(join(dirname(file), `${path}.d.ts`));
	};
	for (const path of ENTRIES) visit(at('pkg/dist', path.replace(/\.ts$/, '.d.ts')));
	for (const name of readdirSync(at('pkg/dist'), { recursive: true })) {
		const file = at('pkg/dist', name);
		if (/\.d\.c?ts$/.test(name) && !reached.has(file)) rmSync(file);
	}
}

/** Removes what an earlier build left and this one no longer makes; the page has its own turn. */
function removeOlderThan(folder, begin) {
	for (const entry of readdirSync(folder, { recursive: true })) {
		const path = join(folder, entry);
		if (path.startsWith(at(PAGE))) continue;
		const { mtimeMs } = statSync(path);
		if (!statSync(path).isDirectory() && mtimeMs < begin - 1000) rmSync(path);
	}
}

/** The page, which the package holds too: the command line serves it. */
async function buildPage() {
	const inputs = ['www', 'pkg/src/core', 'pkg/src/cli/page', 'target/stamps/wasm'];
	const keep = (path) => !/\.test\.tsx?$/.test(path);
	await unchanged(
		{ name: 'page', inputs, keep, outputs: ['www/dist/index.html', 'www/dist-single/inspector.html'] },
		() =>
			step('page', () =>
				run('npm', ['run', '--silent', 'build', '--workspace', 'www'], { advice: 'The page does not build.' }),
			),
	);
	await unchanged({ name: 'page-in-package', inputs: ['target/stamps/page'], outputs: [PAGE] }, () => {
		rmSync(at(PAGE), { recursive: true, force: true });
		cpSync(at('www/dist'), at(PAGE), { recursive: true });
	});
}
