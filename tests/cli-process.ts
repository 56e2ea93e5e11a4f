/** Runs the real command line, and real servers for it to talk to. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { signPayload } from 'mindhook';

const CLI = resolve('pkg/dist/cli/index.js');
/** Nothing that is waited for takes so long. */
const waitMs = 40_000;

/** How a run ended. */
export interface Outcome {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly out: string;
	/** The same, byte for byte. */
	readonly bytes: Buffer;
	readonly err: string;
}

interface World {
	readonly cwd: string;
	readonly env?: NodeJS.ProcessEnv;
}

/** A run of `mindhook` that may not have ended yet. */
export class Run {
	readonly #child: ChildProcess;
	readonly #out: Buffer[] = [];
	#err = '';
	readonly ended: Promise<Outcome>;

	constructor(args: readonly string[], { cwd, env = {} }: World) {
		// No settings and no secret of whoever runs the tests.
		this.#child = spawn(process.execPath, [CLI, ...args], { cwd, env: { PATH: process.env.PATH, ...env } });
		this.#child.stdin?.end();
		this.#child.stdout?.on('data', (chunk: Buffer) => this.#out.push(chunk));
		this.#child.stderr?.on('data', (chunk: Buffer) => {
			this.#err += String(chunk);
		});
		this.ended = once(this.#child, 'close').then(([code, signal]) => {
			const bytes = Buffer.concat(this.#out);
			return { code, signal, out: bytes.toString(), bytes, err: this.#err };
		});
	}

	get out(): string {
		return Buffer.concat(this.#out).toString();
	}

	get pid(): number | undefined {
		return this.#child.pid;
	}

	get err(): string {
		return this.#err;
	}

	kill(signal: NodeJS.Signals): Promise<Outcome> {
		this.#child.kill(signal);
		return this.ended;
	}

	/** What the output has at the first group of `pattern`, once it has it. */
	async says(pattern: RegExp): Promise<string> {
		let isOver = false;
		void this.ended.then(() => {
			isOver = true;
		});
		const deadline = Date.now() + waitMs;
		for (;;) {
			const last = isOver || Date.now() > deadline;
			const found = pattern.exec(this.out);
			if (found) return found[1] ?? found[0];
			if (last) assert.fail(`${isOver ? 'ended' : 'runs on'} without ${pattern}:\n${this.out}${this.err}`);
			await pause(10);
		}
	}
}

/** A run to its end. */
export const mindhook = (args: readonly string[], world: World): Promise<Outcome> => new Run(args, world).ended;

/** The work's own folder, removed afterwards; what still runs is killed. */
export async function inFolder(
	work: (folder: string, start: (args: readonly string[], env?: NodeJS.ProcessEnv) => Run) => Promise<void>,
): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'mindhook-cli-'));
	const runs: Run[] = [];
	try {
		await work(folder, (args, env = {}) => {
			const run = new Run(args, { cwd: folder, env });
			runs.push(run);
			return run;
		});
	} finally {
		await Promise.all(runs.map((run) => run.kill('SIGKILL')));
		rmSync(folder, { recursive: true, force: true });
	}
}

/** A request that a {@link Target} took. */
export interface Taken {
	readonly method: string;
	readonly url: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: Buffer;
}

/** A server that deliveries are passed on to. */
export class Target {
	readonly taken: Taken[] = [];
	/** Answers a request, or not. */
	answer: (response: ServerResponse, taken: Taken) => void = (response) => void response.end();
	#server: Server | undefined;
	port = 0;

	/** Listens, on the same port as before. */
	async open(): Promise<this> {
		this.#server = createServer(async (request, response) => {
			const chunks: Buffer[] = [];
			for await (const chunk of request) chunks.push(chunk as Buffer);
			const { method = '', url = '', headers } = request;
			const taken = { method, url, headers, body: Buffer.concat(chunks) };
			this.taken.push(taken);
			this.answer(response, taken);
		});
		this.#server.listen(this.port, '127.0.0.1');
		await once(this.#server, 'listening');
		this.port = (this.#server.address() as AddressInfo).port;
		return this;
	}

	get url(): string {
		return `http://127.0.0.1:${this.port}/hook`;
	}

	close(): void {
		this.#server?.close();
		this.#server?.closeAllConnections();
	}
}

const pause = (milliseconds: number): Promise<void> =>
	new Promise((resolvePromise) => setTimeout(resolvePromise, milliseconds));

/** Waits until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
	const deadline = Date.now() + waitMs;
	while (!(await isSo())) {
		if (Date.now() > deadline) assert.fail(`waited in vain for ${what}`);
		await pause(20);
	}
}

/** Posts a body with its signature; gives the status. */
export function postSigned(url: string, body: Uint8Array, key: string): Promise<number> {
	const headers = { 'content-type': 'application/json', 'x-signature': signPayload(body, key) };
	return new Promise((fulfil, reject) => {
		request(url, { method: 'POST', headers, agent: false }, (response) => {
			response.resume().on('end', () => fulfil(response.statusCode ?? 0));
		})
			.on('error', reject)
			.end(body);
	});
}
