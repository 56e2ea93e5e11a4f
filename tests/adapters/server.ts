/** The servers that the adapters are tested in: each is a process of its own, with the real framework or runtime. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { freePort } from '../free-port.js';
import { type Client, clientOfHttp1, clientOfHttp2 } from './client.js';
import { examplesOf, writeExample } from './examples.js';
import { secret } from './outcomes.js';

// From target/tests/tests/adapters, where this file runs.
const root = join(import.meta.dirname, '../../../..');
const frameworks = join(root, 'tests/frameworks');
const installed = (path: string): string => join(frameworks, 'node_modules', path);

/** A server that listens. */
export interface Running {
	/** A sender of its own. */
	client(): Client;
	stop(): Promise<void>;
}

/** How to start one. */
export type Start = () => Promise<Running>;

/** What the server says when it listens: a line of JSON, or what Next says. */
const saysPort = /"port":\s*(\d+)|http:\/\/(?:localhost|127\.0\.0\.1):(\d+)/;

async function started(
	command: string,
	args: readonly string[],
	{ cwd = root, client = clientOfHttp1 }: { cwd?: string; client?: (port: number) => Client } = {},
): Promise<Running> {
	if (!existsSync(command)) throw new Error(`${command} is missing: \`npm test\` installs the frameworks.`);
	// For the example of Next: the secret of its receiver, and an inbox that leaves nothing behind.
	const example = { MINDEE_WEBHOOK_SECRET: secret, INBOX_URL: 'sqlite::memory:' };
	const env = { ...process.env, NODE_OPTIONS: '', NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1', ...example };
	const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
	const port = await portOf(child);
	return {
		client: () => client(port),
		stop: () =>
			new Promise((resolve) => {
				child.once('close', () => resolve());
				child.kill('SIGKILL');
			}),
	};
}

function portOf(child: ChildProcess): Promise<number> {
	return new Promise((resolve, reject) => {
		let said = '';
		const timer = setTimeout(() => fail('did not say where it listens'), 30_000);
		const fail = (what: string): void => {
			clearTimeout(timer);
			child.kill('SIGKILL');
			reject(new Error(`The server ${what}:\n${said}`));
		};
		for (const stream of [child.stdout, child.stderr, child.stdio[3]]) {
			stream?.on('data', (chunk: Buffer) => {
				said += chunk.toString();
				const [, plain, inUrl] = saysPort.exec(said) ?? [];
				const port = Number(plain ?? inUrl ?? 0);
				if (port === 0) return;
				clearTimeout(timer);
				resolve(port);
			});
		}
		child.once('error', (error) => fail(String(error)));
		child.once('exit', (code) => fail(`ended with code ${code}`));
	});
}

/** A program of `tests/frameworks/servers`, on Node. */
export const onNode =
	(name: string, ...args: string[]): Start =>
	() =>
		started(process.execPath, [join(frameworks, 'servers', `${name}.js`), ...args], {
			...(args[0] === 'http2' && { client: clientOfHttp2 }),
		});

/** `nodeServer` with TLS, for senders of HTTP/2, or of HTTP/1.1. */
export const onNodeWithTls: Start = async () => {
	const folder = mkdtempSync(join(tmpdir(), 'mindhook-tls-'));
	const args = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
	const files = ['-keyout', 'key.pem', '-out', 'cert.pem', '-addext', 'subjectAltName=DNS:localhost'];
	execFileSync('openssl', [...args.split(' '), ...files], { cwd: folder, stdio: 'ignore' });
	const certificate = readFileSync(join(folder, 'cert.pem'));
	const running = await started(process.execPath, [join(frameworks, 'servers/node.js'), folder], {
		client: (port) => clientOfHttp2(port, certificate),
	});
	rmSync(folder, { recursive: true });
	return running;
};

export const onDeno: Start = () =>
	started(installed('.bin/deno'), [
		...['run', '--quiet', '--no-lock', '--node-modules-dir=manual', '--allow-all'],
		join(frameworks, 'servers/deno.js'),
	]);

export const onBun: Start = () => started(installed('bun/bin/bun.exe'), [join(frameworks, 'servers/bun.js')]);

/** The program as a bundler for Workers makes it, in the runtime of Cloudflare's own machines. */
export const onWorkerd: Start = async () => {
	const folder = join(root, 'target/workerd');
	mkdirSync(folder, { recursive: true });
	await build({
		entryPoints: [join(frameworks, 'servers/workerd.js')],
		bundle: true,
		format: 'esm',
		conditions: ['workerd'],
		external: ['*.wasm?module', 'node:*'],
		outfile: join(folder, 'worker.js'),
		logLevel: 'silent',
	});
	writeFileSync(join(folder, 'core.wasm'), readFileSync(join(root, 'pkg/dist/core/core.wasm')));
	writeFileSync(
		join(folder, 'config.capnp'),
		`using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
	services = [(name = "main", worker = (
		modules = [
			(name = "worker.js", esModule = embed "worker.js"),
			(name = "core.wasm?module", wasm = embed "core.wasm"),
		],
		compatibilityDate = "2026-01-01",
		compatibilityFlags = ["nodejs_compat"],
	))],
	sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`,
	);
	return started(installed('workerd/bin/workerd'), ['serve', '--control-fd=3', join(folder, 'config.capnp')]);
};

/** An example of `docs/adapters.md`, started in its own folder; it says nothing, so it is asked until it answers. */
export async function onExample(name: string): Promise<{ port: number; stop(): Promise<void> }> {
	const port = await freePort();
	const folder = join(frameworks, 'dist/examples', name.replace('.js', ''));
	const file = writeExample(folder, examplesOf(join(root, 'docs/adapters.md')), name, port);
	const commands: Record<string, [string, ...string[]]> = {
		'deno.js': [installed('.bin/deno'), 'run', '--quiet', '--no-lock', '--node-modules-dir=manual', '--allow-all'],
		'bun.js': [installed('bun/bin/bun.exe')],
	};
	const [command, ...args] = commands[name] ?? [process.execPath];
	const env = { ...process.env, NODE_OPTIONS: '', MINDEE_WEBHOOK_SECRET: secret };
	const child = spawn(command, [...args, file], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
	let said = '';
	child.stderr.on('data', (chunk: Buffer) => {
		said += chunk.toString();
	});
	for (const end = Date.now() + 30_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
		const isThere = await fetch(`http://localhost:${port}/`).then(
			() => true,
			() => false,
		);
		if (isThere) break;
		if (child.exitCode !== null || Date.now() > end) {
			child.kill('SIGKILL');
			throw new Error(`The example ${name} does not listen:\n${said}`);
		}
	}
	return {
		port,
		stop: () =>
			new Promise((resolve) => {
				child.once('close', () => resolve());
				child.kill('SIGKILL');
			}),
	};
}

/** The app in `tests/frameworks/next-app`, which `npm test` has built. */
export const onNext: Start = () =>
	started(process.execPath, [installed('next/dist/bin/next'), 'start', '--port', '0', '--hostname', '127.0.0.1'], {
		cwd: join(frameworks, 'next-app'),
	});
