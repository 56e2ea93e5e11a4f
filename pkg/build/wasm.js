/**
 * Makes the wasm in three variants, each in `target/wasm/<variant>/`:
 *   core   what is published
 *   web    for the page: reads a dropped file in slices
 *   panic  for the self-healing tests: has an export that panics
 * Each folder holds `core.wasm`, `deflated.js` (the same, as text), `glue.js` with its types.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { at, BuildError, run, step, unchanged } from './steps.js';

const TARGET = 'wasm32-unknown-unknown';
const VARIANTS = { core: [], web: ['web'], panic: ['force-panic'] };

// Named one by one: with `--all-features` wasm-opt writes what Node 20 refuses. These are what rustc and wasm-bindgen use.
const WASM_FEATURES = [
	'bulk-memory',
	'bulk-memory-opt',
	'mutable-globals',
	'nontrapping-float-to-int',
	'sign-ext',
	'reference-types',
	'multivalue',
];

/** Makes every variant whose sources have changed. */
export async function buildWasm() {
	const inputs = ['Cargo.toml', 'Cargo.lock', 'src', 'pkg/build/wasm.js'];
	const outputs = Object.keys(VARIANTS).flatMap((name) => [
		`target/wasm/${name}/core.wasm`,
		`target/wasm/${name}/glue.js`,
	]);
	await unchanged({ name: 'wasm', inputs, outputs }, async () => {
		await step('Rust: target wasm32-unknown-unknown', addTarget);
		const wasmBindgen = await step('wasm-bindgen-cli (compiled once, takes some minutes)', findWasmBindgen);
		for (const [name, features] of Object.entries(VARIANTS)) {
			await step(`wasm: ${name}`, () => buildVariant(name, features, wasmBindgen));
		}
	});
}

async function addTarget() {
	const advice =
		'Rust is needed to build: install it with rustup (https://rustup.rs), open a new terminal and try again.';
	const sysroot = (await run('rustc', ['--print', 'sysroot'], { advice })).output.trim();
	await run('cargo', ['--version'], { advice });
	if (existsSync(`${sysroot}/lib/rustlib/${TARGET}`)) return;
	await run('rustup', ['target', 'add', TARGET], {
		advice: `The Rust target ${TARGET} is missing and rustup could not add it. Check the network, then run \`rustup target add ${TARGET}\`.`,
	});
}

/** The command-line tool of exactly the crate's version: the two share a private format. */
async function findWasmBindgen() {
	const version = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(readFileSync(at('Cargo.lock'), 'utf8'))?.[1];
	const own = at('target/tools/bin/wasm-bindgen');
	for (const candidate of [own, 'wasm-bindgen']) {
		const { output } = await run(candidate, ['--version'], { allowFailure: true });
		if (output.trim() === `wasm-bindgen ${version}`) return candidate;
	}
	const args = [
		'install',
		'wasm-bindgen-cli',
		'--version',
		version,
		'--no-default-features',
		'--root',
		at('target/tools'),
		'--force',
	];
	// Its own lockfile may name releases that a registry mirror no longer serves.
	const locked = await run('cargo', [...args, '--locked'], { allowFailure: true });
	if (locked.code !== 0) {
		const advice = `wasm-bindgen-cli ${version} could not be installed. Check the network, or put a \`wasm-bindgen\` of that version on the PATH.`;
		await run('cargo', args, { advice });
	}
	return own;
}

async function buildVariant(name, features, wasmBindgen) {
	const out = at('target/wasm', name);
	const raw = at('target', TARGET, 'release/mindhook.wasm');
	await run('cargo', ['build', '--lib', '--release', '--target', TARGET, '--features', features.join()], {
		advice: 'The Rust code does not compile.',
	});
	rmSync(out, { recursive: true, force: true });
	mkdirSync(out, { recursive: true });
	await run(wasmBindgen, [
		'--target',
		'module',
		'--out-dir',
		out,
		'--out-name',
		'exports',
		'--remove-producers-section',
		raw,
	]);
	const optimise = ['-O3', '--strip-debug', ...WASM_FEATURES.map((feature) => `--enable-${feature}`)];
	await run(process.execPath, [
		at('node_modules/binaryen/bin/wasm-opt'),
		...optimise,
		`${out}/exports_bg.wasm`,
		'-o',
		`${out}/core.wasm`,
	]);
	// Deflated before it becomes base64: 95 KB of text where hexadecimal takes 344, for every bundle that holds it.
	const wasm = readFileSync(`${out}/core.wasm`);
	const text = (await packed(wasm)).toString('base64');
	writeFileSync(`${out}/deflated.js`, `export const deflated = '${text}';\nexport const size = ${wasm.length};\n`);
	writeFileSync(`${out}/deflated.d.ts`, 'export declare const deflated: string;\nexport declare const size: number;\n');
	writeFileSync(`${out}/glue.js`, asFactory(readFileSync(`${out}/exports.js`, 'utf8')));
	writeFileSync(
		`${out}/glue.d.ts`,
		"export declare function instantiate(module: WebAssembly.Module): typeof import('./exports.js');\n",
	);
	for (const leftover of ['exports.js', 'exports_bg.wasm', 'exports_bg.wasm.d.ts'])
		rmSync(`${out}/${leftover}`, { force: true });
}

/** Raw DEFLATE data, packed by zopfli: it searches longer than zlib and saves 4 KB of 73, twice in the tarball. */
async function packed(wasm) {
	const { default: zopfli } = await import('@gfx/zopfli');
	return new Promise((resolve, reject) => {
		const done = (error, data) => (error ? reject(error) : resolve(Buffer.from(data)));
		zopfli.deflate(wasm, { numiterations: 15 }, done);
	});
}

/**
 * wasm-bindgen's module, which makes its instance while it is being imported, as a function that does so when it is called.
 *
 * The instance is replaced (`__wbg_reset_state`) before anything else of a call: when Rust has asked for it, and when the call
 * before did not come to its end. wasm-bindgen 0.2.130 does so only after the arguments have been copied into the old instance's
 * memory, and once more before it frees the result there: pointers into one memory would be used in another. A call that is cut
 * short is known by what did not happen after it, because with the stack used up nothing can be done about it on the spot.
 */
function asFactory(source) {
	const names = [...source.matchAll(/^export function (\w+)/gm)].map((match) => match[1]);
	const guard =
		/^function __wbg_call_guard\(\) \{\n {4}if \(__wbg_reinit_scheduled\) \{\n {8}__wbg_reset_state\(\);\n {8}return;\n {4}\}\n\}\n/m;
	const imported = /^import source wasmModule from .*\n/m;
	const body = source
		.replace(/^\/\* @ts-self-types.*\n/, '')
		.replace(imported, '')
		.replace(guard, '')
		.replace(/^ *__wbg_call_guard\(\);\n/gm, '')
		.replace(/^export function /gm, 'function ');
	if (!imported.test(source) || !guard.test(source) || /^(import|export)\b|__wbg_call_guard/m.test(body)) {
		throw new BuildError('The output of wasm-bindgen has a new shape: adapt asFactory() in pkg/build/wasm.js.');
	}
	return `export function instantiate(wasmModule) {
${body}
let ended = true;
const healing = (call) => (...args) => {
    if (__wbg_reinit_scheduled || !ended) {
        ended = false;
        __wbg_reset_state();
    }
    ended = false;
    const result = call(...args);
    ended = true;
    return result;
};
return {
${names.map((name) => `    ${name}: healing(${name}),\n`).join('')}};
}
`;
}
