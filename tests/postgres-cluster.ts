/** A real PostgreSQL for tests: its own folder, port and processes, and gone afterwards. */
import { spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { freePort } from './free-port.js';

/** For a test's `skip`: why it does not run; only where somebody said that it should not. */
export const withoutPostgres: string | false = process.env.MINDHOOK_WITHOUT_POSTGRES
	? 'MINDHOOK_WITHOUT_POSTGRES is set'
	: false;

/** A server that a test started. */
export interface Cluster {
	readonly port: number;
	/** Where its data lies. */
	readonly folder: string;
	/** The URL of one of its databases, for `openInbox` and `pg`. */
	url(database?: string): string;
	/** Makes a new database, empty or as a copy of one that nobody is connected to, and gives its URL. */
	newDatabase(template?: string): Promise<string>;
	/** Removes one again. */
	dropDatabase(url: string): Promise<void>;
	/** Runs SQL as its superuser, each call on a connection of its own. */
	sql(text: string, url?: string): Promise<Record<string, unknown>[]>;
	start(): Promise<void>;
	/** `fast` ends the connections; `immediate` is a crash: nothing is finished, the next start recovers. */
	stop(mode: 'fast' | 'immediate'): Promise<void>;
	/** Takes away the file that an inbox's long bodies lie in, as a failing disk does; it is restarted for that. */
	loseLongBodies(url: string): Promise<void>;
	/** Stops it for good, with its folder. */
	remove(): Promise<void>;
}

/** Makes and starts a server with these settings, in addition to PostgreSQL's own defaults. */
export async function startCluster(settings: Record<string, string | number> = {}): Promise<Cluster> {
	const programs = process.env.MINDHOOK_POSTGRES_BIN ?? (await findPrograms());
	const folder = mkdtempSync(join(tmpdir(), 'mindhook-postgres-'));
	const data = join(folder, 'data');
	const identity = identityFor(folder);
	const program = async (name: string, ...args: string[]): Promise<void> => {
		const log = join(folder, `${name}.log`);
		const child = spawn(join(programs, name), args, { ...identity, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
		let output = '';
		for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
		// Not 'close': the server that pg_ctl starts keeps the pipes.
		const code = await new Promise((done, fail) => child.on('exit', done).on('error', fail));
		child.stdout.destroy();
		child.stderr.destroy();
		writeFileSync(log, output);
		if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}:\n${output}\n${serverLog()}`);
	};
	const serverLog = (): string => {
		try {
			return readFileSync(join(folder, 'server.log'), 'utf8').slice(-4_000);
		} catch {
			return '';
		}
	};
	/** For a test that ends without having removed it. */
	const abandon = (): void => {
		try {
			const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
			process.kill(pid, 'SIGQUIT');
			// Nothing asynchronous happens any more here; and what still runs would write into the folder.
			for (let waits = 0; waits < 100 && process.kill(pid, 0); waits += 1) {
				Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
			}
		} catch {
			// It does not run, or not any more.
		}
		rmSync(folder, { recursive: true, force: true });
	};
	process.on('exit', abandon);
	const port = await freePort();
	let databases = 0;
	let running = false;

	const cluster: Cluster = {
		port,
		folder: data,
		url: (database = 'postgres') => `postgres://tester:of-the-tests@127.0.0.1:${port}/${database}`,
		newDatabase: async (template) => {
			databases += 1;
			const name = `inbox${databases}`;
			const copied = template === undefined ? 'template0' : new URL(template).pathname.slice(1);
			await cluster.sql(`CREATE DATABASE ${name} TEMPLATE ${copied}`);
			return cluster.url(name);
		},
		dropDatabase: async (url) => {
			await cluster.sql(`DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
		},
		sql: async (text, url = cluster.url()) => {
			const client = new Client({ connectionString: url });
			await client.connect();
			try {
				const { rows = [] } = await client.query(text);
				return rows;
			} finally {
				await client.end();
			}
		},
		start: async () => {
			await program(
				'pg_ctl',
				'start',
				'--wait',
				'--timeout=60',
				`--pgdata=${data}`,
				`--log=${join(folder, 'server.log')}`,
			);
			running = true;
		},
		stop: async (mode) => {
			if (running) await program('pg_ctl', 'stop', '--wait', '--timeout=60', `--mode=${mode}`, `--pgdata=${data}`);
			running = false;
		},
		loseLongBodies: async (url) => {
			const [long] = await cluster.sql(
				`SELECT pg_relation_filepath(reltoastrelid) AS path FROM pg_class WHERE oid = 'mindhook.body'::regclass`,
				url,
			);
			await cluster.stop('fast');
			rmSync(join(data, String(long?.path)));
			await cluster.start();
		},
		remove: async () => {
			await cluster.stop('immediate');
			process.off('exit', abandon);
			rmSync(folder, { recursive: true, force: true });
		},
	};

	const password = join(folder, 'password');
	writeFileSync(password, 'of-the-tests\n');
	await program(
		'initdb',
		'--username=tester',
		`--pwfile=${password}`,
		'--auth=scram-sha-256',
		'--encoding=UTF8',
		'--locale=C',
		`--pgdata=${data}`,
	);
	const all = {
		listen_addresses: '127.0.0.1',
		port,
		unix_socket_directories: folder,
		max_connections: 200,
		log_min_messages: 'warning',
		...settings,
	};
	const lines = Object.entries(all).map(([name, value]) => `${name} = '${value}'\n`);
	writeFileSync(join(data, 'postgresql.conf'), lines.join(''), { flag: 'a' });
	try {
		await cluster.start();
	} catch (error) {
		await cluster.remove();
		throw error;
	}
	return cluster;
}

async function findPrograms(): Promise<string> {
	const { findPostgres } = await import(pathToFileURL(resolve('pkg/build/postgres.js')).href);
	return findPostgres();
}

/** PostgreSQL refuses to run as root: then the folder, and the server, are given to another user. */
function identityFor(folder: string): { uid?: number; gid?: number } {
	if (process.getuid?.() !== 0) return {};
	const users = readFileSync('/etc/passwd', 'utf8')
		.split('\n')
		.map((line) => line.split(':'));
	const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
	const uid = Number(user?.[2]);
	const gid = Number(user?.[3]);
	chownSync(folder, uid, gid);
	return { uid, gid };
}
