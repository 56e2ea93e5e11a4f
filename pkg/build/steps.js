/**
 * What every build script shares: steps that show their progress, commands that speak only when they fail, stamps that skip what
 * is done, and a lock against concurrent runs. Plain JavaScript without dependencies: it runs before anything is installed.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** A path inside the repository. */
export const at = (...parts) => join(root, ...parts);

/** A failure that is explained to the user without a stack. */
export class BuildError extends Error {}

const SHOW_AFTER_MS = 1000;
const TAIL_LINES = 40;

/** Runs `work` and shows its name and time as soon as it takes more than a second. */
export async function step(name, work) {
	const begin = Date.now();
	const seconds = () => ((Date.now() - begin) / 1000).toFixed(1);
	const live = process.stderr.isTTY;
	let shown = false;
	const timer = setInterval(() => {
		if (live) process.stderr.write(`\r\x1b[K  ${name} … ${Math.round((Date.now() - begin) / 1000)} s`);
		else if (!shown) process.stderr.write(`  ${name} …\n`);
		shown = true;
	}, SHOW_AFTER_MS);
	try {
		const result = await work();
		if (shown) process.stderr.write(`${live ? '\r\x1b[K' : ''}  ${name}: ${seconds()} s\n`);
		return result;
	} catch (error) {
		process.stderr.write(`${live && shown ? '\r\x1b[K' : ''}  ${name}: failed after ${seconds()} s\n`);
		throw error;
	} finally {
		clearInterval(timer);
	}
}

/**
 * Runs a command and gives `{ code, output }`. A code other than 0 is a {@link BuildError} with the end of the output and `advice`,
 * unless `allowFailure`. With `show`, the output also goes straight to the terminal.
 */
export function run(command, args, { cwd = root, env, advice, allowFailure = false, show = false } = {}) {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, {
			cwd,
			env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
			stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
		});
		let output = '';
		const collect = (chunk) => {
			output += chunk;
		};
		child.stdout?.setEncoding('utf8').on('data', collect);
		child.stderr?.setEncoding('utf8').on('data', collect);
		child.on('error', (error) => {
			if (allowFailure) return resolve({ code: 127, output: String(error) });
			const missing = error.code === 'ENOENT' ? `\`${command}\` was not found.` : String(error);
			reject(new BuildError([missing, advice].filter(Boolean).join('\n')));
		});
		child.on('close', (code, signal) => {
			if (code === 0 || allowFailure) return resolve({ code: code ?? 1, output });
			const lines = output.trimEnd().split('\n');
			// Some tools say what is wrong first and explain themselves at length afterwards.
			const tail = lines.length > TAIL_LINES ? [...lines.slice(0, 8), '…', ...lines.slice(8 - TAIL_LINES)] : lines;
			const what = `\`${[relative(root, command).startsWith('..') ? command : relative(root, command), ...args].join(' ')}\``;
			reject(
				new BuildError([...tail, `${what} ended with ${signal ?? `code ${code}`}.`, advice].filter(Boolean).join('\n')),
			);
		});
	});
}

/** Every file under the given files and folders, sorted; `keep` chooses by path. Folders that tools fill are left out. */
export function filesUnder(paths, keep = () => true) {
	const found = [];
	const visit = (path) => {
		let entries;
		try {
			entries = readdirSync(path, { withFileTypes: true });
		} catch (error) {
			if (error.code === 'ENOTDIR' && keep(path)) found.push(path);
			return;
		}
		for (const entry of entries) {
			if (['node_modules', 'dist', 'dist-single', 'target', '.git'].includes(entry.name)) continue;
			const child = join(path, entry.name);
			if (entry.isDirectory()) visit(child);
			else if (keep(child)) found.push(child);
		}
	};
	for (const path of paths) visit(at(path));
	return found.sort();
}

/**
 * Runs `work` unless it has run before on inputs of the same content and all `outputs` are still there.
 * The stamp is taken before the work, so that a file saved meanwhile is noticed next time.
 */
export async function unchanged({ name, inputs, keep, salt = '', outputs = [] }, work) {
	const hash = createHash('sha256').update(salt);
	for (const path of filesUnder(inputs, keep)) hash.update(`\0${relative(root, path)}\0`).update(readFileSync(path));
	const stamp = hash.digest('hex');
	const file = at('target/stamps', name);
	const done =
		existsSync(file) && readFileSync(file, 'utf8') === stamp && outputs.every((path) => existsSync(at(path)));
	if (done) return;
	rmSync(file, { force: true });
	await work();
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, stamp);
}

/** Runs `work` while no other process of this repository does; waits for its turn. A lock whose owner died is taken over. */
export async function exclusively(work) {
	const lock = at('target/build.lock');
	mkdirSync(dirname(lock), { recursive: true });
	for (let told = false; !tryLock(lock); await new Promise((resolve) => setTimeout(resolve, 100))) {
		if (!told) process.stderr.write('  waiting for another build of this folder …\n');
		told = true;
	}
	const release = () => rmSync(lock, { force: true });
	process.once('exit', release);
	try {
		return await work();
	} finally {
		process.off('exit', release);
		release();
	}
}

function tryLock(lock) {
	// Written beside and linked into place, so that a lock never lacks its owner's name.
	const aside = `${lock}.${process.pid}`;
	try {
		writeFileSync(aside, String(process.pid));
		linkSync(aside, lock);
		return true;
	} catch (error) {
		if (error.code !== 'EEXIST') throw error;
		const owner = readOwner(lock);
		if (owner !== undefined && !isAlive(owner)) takeAway(lock, owner, aside);
		return false;
	} finally {
		rmSync(aside, { force: true });
	}
}

/** Removes a dead owner's lock; it is moved first, because another process may have taken over between the two looks. */
function takeAway(lock, owner, aside) {
	try {
		renameSync(lock, aside);
		if (readOwner(aside) !== owner) linkSync(aside, lock);
	} catch {
		// Somebody else was first.
	}
}

function readOwner(lock) {
	try {
		return Number(readFileSync(lock, 'utf8'));
	} catch {
		return undefined;
	}
}

function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error.code === 'EPERM';
	}
}

/** Runs a script's main function; a {@link BuildError} is printed without a stack. */
export async function main(work) {
	for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
	try {
		await work();
	} catch (error) {
		process.stderr.write(`\n${error instanceof BuildError ? error.message : (error?.stack ?? error)}\n`);
		process.exitCode = 1;
	}
}
