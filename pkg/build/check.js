/** `npm run check`: formatting and lints of every language; `npm run fix` (`--fix`) mends what can be mended by itself. */
import { setUp } from './setup.js';
import { at, BuildError, main, run, step } from './steps.js';

const biome = [at('node_modules/@biomejs/biome/bin/biome')];
const denyWarnings = ['--', '-D', 'warnings'];

const fixes = [
	['cargo fmt', 'cargo', ['fmt']],
	['biome', process.execPath, [...biome, 'check', '--write', '--colors=off', '--log-level=error', '.']],
];

const checks = [
	['cargo fmt', 'cargo', ['fmt', '--check'], { advice: '`npm run fix` formats.' }],
	['clippy', 'cargo', ['clippy', '--quiet', '--all-targets', ...denyWarnings]],
	[
		'clippy for wasm',
		'cargo',
		[
			'clippy',
			'--quiet',
			'--lib',
			'--target',
			'wasm32-unknown-unknown',
			'--features',
			'web,force-panic',
			...denyWarnings,
		],
	],
	['cargo doc', 'cargo', ['doc', '--quiet', '--no-deps'], { env: { RUSTDOCFLAGS: '-D warnings' } }],
	[
		'biome',
		process.execPath,
		[...biome, 'ci', '--error-on-warnings', '--colors=off', '--log-level=warn', '.'],
		{ advice: '`npm run fix` mends most of it.' },
	],
	['tsc: tests', process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('tests'), '--noEmit']],
	['tsc: page', 'npm', ['run', '--silent', 'check', '--if-present', '--workspace', 'www']],
];

async function rustComponents() {
	for (const [command, component] of [
		['fmt', 'rustfmt'],
		['clippy', 'clippy'],
	]) {
		const { code } = await run('cargo', [command, '--version'], { allowFailure: true });
		const advice = `\`cargo ${command}\` is needed: \`rustup component add ${component}\`.`;
		if (code !== 0) await run('rustup', ['component', 'add', component], { advice });
	}
}

await main(async () => {
	await setUp();
	await step('Rust: clippy and rustfmt', rustComponents);
	const failures = [];
	for (const [name, command, args, options] of process.argv.includes('--fix') ? fixes : checks) {
		await step(name, () => run(command, args, options)).catch((error) => failures.push(error));
	}
	if (failures.length > 0) throw new BuildError(failures.map((error) => error.message).join('\n\n'));
	process.stdout.write(
		process.argv.includes('--fix') ? 'fixed\n' : `check: ${checks.length} of ${checks.length} passed\n`,
	);
});
