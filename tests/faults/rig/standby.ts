import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, rmSync, statSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { freePort } from '../../free-port.js';
import type { Cluster } from '../../postgres-cluster.js';

type Program = (name: string, ...args: string[]) => Promise<void>;

/** A server that follows another one, and can take its place. */
export class Standby {
	readonly port: number;
	readonly #folder: string;
	readonly #program: Program;

	private constructor(port: number, folder: string, program: Program) {
		this.port = port;
		this.#folder = folder;
		this.#program = program;
	}

	/** Copies a running server, and follows it from then on: the primary waits for it with every commit. */
	static async of(primary: Cluster): Promise<Standby> {
		const port = await freePort();
		const programs = process.env.MINDHOOK_POSTGRES_BIN ?? (await findPrograms());
		const home = dirname(primary.folder);
		const folder = join(home, `standby-${port}`);
		// PostgreSQL refuses to run as root: as whom the primary runs, its folder tells.
		const { uid, gid } = statSync(primary.folder);
		const identity: SpawnOptions = process.getuid?.() === 0 ? { uid, gid } : {};
		const program: Program = async (name, ...args) => {
			const child = spawn(join(programs, name), args, { ...identity, cwd: home, stdio: 'ignore' });
			const [code] = await once(child, 'exit');
			if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}`);
		};
		await program(
			'pg_basebackup',
			'--write-recovery-conf',
			'--checkpoint=fast',
			`--dbname=${primary.url()}`,
			`--pgdata=${folder}`,
		);
		appendFileSync(join(folder, 'postgresql.auto.conf'), `port = ${port}\nsynchronous_standby_names = ''\n`);
		const standby = new Standby(port, folder, program);
		await standby.#start();
		await primary.sql(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
		await primary.sql('SELECT pg_reload_conf()');
		for (;;) {
			const [row] = await primary.sql('SELECT sync_state FROM pg_stat_replication');
			if (row?.sync_state === 'sync') return standby;
			await sleep(50);
		}
	}

	/** Takes the primary's place. */
	async promote(): Promise<void> {
		await this.#program('pg_ctl', 'promote', '--wait', `--pgdata=${this.#folder}`);
	}

	async remove(): Promise<void> {
		await this.#program('pg_ctl', 'stop', '--wait', '--mode=immediate', `--pgdata=${this.#folder}`).catch(() => {});
		rmSync(this.#folder, { recursive: true, force: true });
	}

	#start(): Promise<void> {
		return this.#program('pg_ctl', 'start', '--wait', `--log=${this.#folder}.log`, `--pgdata=${this.#folder}`);
	}
}

async function findPrograms(): Promise<string> {
	const { findPostgres } = await import(pathToFileURL(resolve('pkg/build/postgres.js')).href);
	return findPostgres();
}

/** The address that clients know: it leads to whichever server is the primary, and can be cut. */
export class Switch {
	readonly port: number;
	readonly #server: ReturnType<typeof createServer>;
	readonly #open: Set<Socket>;
	#target: number | null;

	private constructor(server: ReturnType<typeof createServer>, open: Set<Socket>, port: number, target: number) {
		this.#server = server;
		this.#open = open;
		this.port = port;
		this.#target = target;
	}

	static async to(target: number): Promise<Switch> {
		const open = new Set<Socket>();
		const server = createServer((client) => {
			const port = made.#target;
			if (port === null) return void client.destroy();
			const primary = createConnection(port, '127.0.0.1');
			for (const [socket, other] of [
				[client, primary],
				[primary, client],
			] as const) {
				open.add(socket);
				socket.on('error', () => {});
				socket.on('close', () => {
					open.delete(socket);
					other.destroy();
				});
				socket.pipe(other);
			}
		});
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const address = server.address();
		const made: Switch = new Switch(server, open, typeof address === 'object' && address ? address.port : 0, target);
		return made;
	}

	/** Cuts every connection and leads new ones there; `null`: nowhere. */
	lead(target: number | null): void {
		this.#target = target;
		for (const socket of this.#open) socket.destroy();
	}

	close(): void {
		this.lead(null);
		this.#server.close();
	}
}
