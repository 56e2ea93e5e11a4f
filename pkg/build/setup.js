/**
 * All set-up, from a fresh clone to a built package; what is done already is skipped. `npm run build` runs it, and so do
 * `npm start` and `npm test`.
 */
import { existsSync } from 'node:fs';
import { at, BuildError, exclusively, main, run, step, unchanged } from './steps.js';

/** Installs and builds whatever is missing or out of date. */
export async function setUp() {
	checkNode();
	await exclusively(async () => {
		await installPackages();
		const { build } = await import('./build.js');
		await build();
	});
}

function checkNode() {
	const [major, minor] = process.versions.node.split('.').map(Number);
	if (major < 20 || (major === 20 && minor < 19)) {
		throw new BuildError(`Node ${process.versions.node} is too old: 20.19 or newer is needed (https://nodejs.org).`);
	}
}

async function installPackages() {
	const inputs = ['package.json', 'package-lock.json', 'pkg/package.json', 'www/package.json', '.npmrc'];
	const outputs = ['node_modules/.package-lock.json', 'node_modules/.bin/node', 'node_modules/mindhook'];
	await unchanged({ name: 'npm', inputs, outputs }, () => step('npm packages', () => npmInstall(at())));
	if (!existsSync(at('node_modules/.bin/node'))) {
		throw new BuildError(
			'npm did not install its own Node: install scripts seem to be switched off (`npm config get ignore-scripts`).',
		);
	}
}

/** `npm ci` for a first installation; `npm install` afterwards, which changes only what has to change. */
export async function npmInstall(folder) {
	const command = existsSync(`${folder}/node_modules`) ? 'install' : 'ci';
	await run('npm', [command, '--no-audit', '--no-fund', '--loglevel=error'], {
		cwd: folder,
		advice: 'The npm packages could not be installed. Check the network; then `npm install` shows more.',
	});
}

if (process.argv[1] === import.meta.filename) await main(setUp);
