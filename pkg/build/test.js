/**
 * `npm test`: all set-up, then the Rust tests, then every TypeScript test on Node 24, then the same list on the oldest supported
 * Node of each line and on the newest. `npm test -- word` runs only the TypeScript tests whose path has the word, on Node 24.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { COMPILED, compileTests } from './compile-tests.js';
import { findPostgres } from './postgres.js';
import { npmInstall, setUp } from './setup.js';
import { at, BuildError, exclusively, filesUnder, main, run, step, unchanged } from './steps.js';

/** The test that needs the frameworks; they take their time to install. */
const ADAPTERS = 'tests/adapters.test.ts';
/** The test that needs a second browser. */
const FIREFOX = 'tests/page-firefox.test.ts';
const word = process.argv[2];

/** The runs: which Node, and which test files suit it. */
const runtimes = [
	{ node: at('node_modules/.bin/node'), suits: () => true },
	{ node: at('tests/runtimes/node_modules/node20/bin/node'), suits: (source) => !needsSqlite(source) && !once(source) },
	{ node: at('tests/runtimes/node_modules/node22/bin/node'), suits: (source) => !once(source) },
	{ node: at('tests/runtimes/node_modules/node26/bin/node'), suits: (source) => !once(source) },
];

/** Tests across rooms that need the inbox, which is Node's own SQLite: from 22.13. Those beside the code know themselves what to skip. */
const needsSqlite = ({ path, text }) =>
	path.startsWith('tests/') && /['"](node:sqlite|mindhook\/(inbox|receiver|node))['"]|demo\.js/.test(text);

/** What does not depend on the Node that runs the test (the page, the contents of the package), takes long, or wants a new Node. */
const once = ({ path, text }) =>
	path.startsWith('www/') ||
	/['"](\.\/page-browser\.js|playwright-core|puppeteer-core|\.\/postgres-cluster\.js)['"]/.test(text) ||
	['tests/packaging.test.ts', 'tests/faults.test.ts', ADAPTERS].includes(path);

async function prepare() {
	await setUp();
	await exclusively(async () => {
		const runtimeInputs = ['tests/runtimes/package.json', 'tests/runtimes/package-lock.json'];
		const outputs = runtimes.slice(1).map(({ node }) => relative(at(), node));
		if (!word) {
			await unchanged({ name: 'runtimes', inputs: runtimeInputs, outputs }, () =>
				step('Node 20, 22 and 26, for the tests', () => npmInstall(at('tests/runtimes'))),
			);
		}
		if (ADAPTERS.includes(word ?? '')) await prepareFrameworks();
		await compileTests().catch((error) => {
			// The chosen tests may well run while others are being written.
			if (!word) throw error;
			process.stderr.write(`${error.message}\n\n`);
		});
	});
	process.env.MINDHOOK_CHROMIUM ??= await findChromium();
	if (FIREFOX.includes(word ?? '')) await findFirefox();
	await needOpenssl();
	if (!process.env.MINDHOOK_WITHOUT_POSTGRES) process.env.MINDHOOK_POSTGRES_BIN ??= await findPostgres();
}

/** The frameworks and runtimes that the adapters are tested with, and an app of Next. */
async function prepareFrameworks() {
	const folder = 'tests/frameworks';
	const installed = (path) => `${folder}/node_modules/${path}`;
	const lock = [`${folder}/package.json`, `${folder}/package-lock.json`];
	const outputs = ['next/package.json', 'fastify/package.json', '.bin/deno', '.bin/bun', 'workerd/bin/workerd'];
	await unchanged({ name: 'frameworks', inputs: lock, outputs: outputs.map(installed) }, () =>
		step('Frameworks, for the tests of the adapters', () => npmInstall(at(folder))),
	);
	const app = `${folder}/next-app`;
	const inputs = [app, `${folder}/receivers.js`, 'target/stamps/package', 'target/stamps/frameworks'];
	await unchanged({ name: 'next-app', inputs, outputs: [`${app}/dist/BUILD_ID`] }, () =>
		step('An app of Next, for the tests', () =>
			run(at('node_modules/.bin/node'), [at(installed('next/dist/bin/next')), 'build'], {
				cwd: at(app),
				env: { NEXT_TELEMETRY_DISABLED: '1' },
				advice: 'The app in tests/frameworks/next-app does not build.',
			}),
		),
	);
}

async function findChromium() {
	const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
	const apps = ['Google Chrome.app/Contents/MacOS/Google Chrome', 'Chromium.app/Contents/MacOS/Chromium'];
	const advice =
		'Chromium could not be installed: run `sudo apt-get install chromium`, or name a Chrome in MINDHOOK_CHROMIUM.';
	const install = () => step('Chromium, for the tests of the page', () => aptInstall('chromium', advice));
	const browser = await findProgram(names, apps, install);
	if (browser) return browser;
	throw new BuildError('The tests of the page need Chromium or Chrome: install one, or name it in MINDHOOK_CHROMIUM.');
}

/** Names a Firefox in MINDHOOK_FIREFOX. Without one the test of the page in it is skipped, and says so. */
async function findFirefox() {
	const names = ['firefox-esr', 'firefox'];
	const apps = ['Firefox.app/Contents/MacOS/firefox'];
	const install = () => step('Firefox, for the tests of the page', () => aptInstall('firefox-esr', ''));
	const found =
		process.env.MINDHOOK_FIREFOX ?? (await findProgram(names, apps, () => install().catch(() => undefined)));
	if (found) process.env.MINDHOOK_FIREFOX = found;
}

/** The first of these programs; where there is none and Debian's packages are at hand, once more after `install`. */
async function findProgram(names, apps, install) {
	const folders = (process.env.PATH ?? '').split(delimiter);
	const places = folders.flatMap((folder) => names.map((name) => join(folder, name)));
	places.push(...apps.map((app) => join('/Applications', app)));
	const found = () => places.find((path) => existsSync(path));
	if (!found() && existsSync('/usr/bin/apt-get')) await install();
	return found();
}

/** The tests of TLS make their certificates with it. */
async function needOpenssl() {
	const found = async () => (await run('openssl', ['version'], { allowFailure: true })).code === 0;
	if (await found()) return;
	if (existsSync('/usr/bin/apt-get')) {
		await step('OpenSSL, for the tests of TLS', () => aptInstall('openssl', 'OpenSSL could not be installed.'));
	}
	if (!(await found())) throw new BuildError('The tests of TLS need the command `openssl`: install it.');
}

async function aptInstall(name, advice) {
	const sudo = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive'];
	for (const args of [['update'], ['install', '--yes', '--no-install-recommends', name]]) {
		const [command, ...rest] = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
		await run(command, rest, { advice });
	}
}

/** Runs the Rust tests; gives the closing lines of cargo's runners, and what went wrong. */
async function rustTests() {
	const { code, output } = await step('Rust tests', () => run('cargo', ['test'], { allowFailure: true }));
	keepLog('cargo', output);
	const closing = [];
	let runner = '';
	let passed = 0;
	for (const line of output.split('\n')) {
		runner = /^\s+(?:Running (?:unittests )?(\S+)|(Doc-tests \w+))/.exec(line)?.slice(1).find(Boolean) ?? runner;
		const count = /^test result: .*?(\d+) passed/.exec(line)?.[1];
		if (count === undefined) continue;
		passed += Number(count);
		closing.push(`${line}  (${runner})`);
	}
	if (code !== 0) return { closing, failure: cargoFailures(output) };
	return { closing, failure: passed === 0 ? 'cargo ran no tests.' : undefined };
}

const cargoFailures = (output) => {
	const begin = output.search(/^(failures:|error(\[|:))/m);
	return output.slice(Math.max(begin, 0)).trimEnd().split('\n').slice(0, 120).join('\n');
};

/** Runs the TypeScript tests that suit one Node; gives the runner's closing lines, and what went wrong. */
async function typescriptTests({ node, suits }) {
	const version = (await run(node, ['--version'])).output.trim();
	const files = filesUnder(['tests', 'pkg/src', 'www/src'], (path) => path.endsWith('.test.ts'))
		.map((path) => ({ path: relative(at(), path), text: readFileSync(path, 'utf8') }))
		.filter((source) => suits(source) && source.path.includes(word ?? ''))
		.map(({ path }) => join(COMPILED, path.replace(/\.ts$/, '.js')));
	const name = `TypeScript tests on Node ${version.slice(1)}`;
	if (files.length === 0) return { closing: [], failure: `${name}: no test files.` };
	const args = ['--disable-warning=ExperimentalWarning', '--test', '--test-reporter=spec', ...files];
	const { code, output } = await step(`${name}, ${files.length} files`, () => run(node, args, { allowFailure: true }));
	keepLog(`node-${version}`, output);
	const summary = output.match(/^ℹ (tests|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/gm) ?? [];
	const count = (what) => Number(summary.find((line) => line.startsWith(`ℹ ${what} `))?.split(' ')[2]);
	const closing = [`Node ${version.slice(1).padEnd(8)} ${summary.join('  ')}`];
	if (code !== 0)
		return {
			closing,
			failure: `${name}:\n${output.slice(Math.max(output.lastIndexOf('✖ failing tests:'), 0)).trimEnd()}`,
		};
	return { closing, failure: count('pass') > 0 && count('fail') === 0 ? undefined : `${name}: no test passed.` };
}

function keepLog(name, output) {
	mkdirSync(at('target/test-logs'), { recursive: true });
	writeFileSync(at('target/test-logs', `${name}.log`), output);
}

await main(async () => {
	await prepare();
	const results = word ? [] : [await rustTests()];
	for (const runtime of word ? runtimes.slice(0, 1) : runtimes) results.push(await typescriptTests(runtime));
	const failures = results.flatMap(({ failure }) => failure ?? []);
	for (const failure of failures) process.stdout.write(`\n${failure}\n`);
	process.stdout.write(`\n${results.flatMap(({ closing }) => closing).join('\n')}\n`);
	process.stdout.write(
		failures.length === 0 ? '\nnpm test: all passed\n' : `\nnpm test: FAILED (full output in target/test-logs/)\n`,
	);
	process.exitCode = failures.length === 0 ? 0 : 1;
});
