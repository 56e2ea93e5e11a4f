/** Several machines on one PostgreSQL: receivers and workers that are killed, a server that crashes, connections that are cut. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signPayload } from 'mindhook';
import { openInbox } from 'mindhook/inbox';
import { type Cluster, startCluster, withoutPostgres } from './postgres-cluster.js';

const secret = 'a secret of the tests';
const leaseMs = 5_000;

/** One of the processes: it receives, or handles, or both, until it is killed. What it handles it writes down as it begins and ends. */
const program = `
	import { appendFileSync } from 'node:fs';
	import { createServer } from 'node:http';
	import { setTimeout as sleep } from 'node:timers/promises';
	import { openInbox } from 'mindhook/inbox';
	import { nodeListener } from 'mindhook/node';
	import { createReceiver } from 'mindhook/receiver';
	const { TEST_URL, TEST_SECRET, TEST_LOG, TEST_NAME, TEST_RECEIVES, TEST_HANDLES, TEST_LEASE } = process.env;
	let inbox;
	// The database may be restarting right now.
	while (inbox === undefined) inbox = await openInbox(TEST_URL).catch(() => sleep(200));
	const note = (what, id) => appendFileSync(TEST_LOG, JSON.stringify([TEST_NAME, what, id, Date.now()]) + '\\n');
	const receiver = createReceiver({
		secret: TEST_SECRET,
		inbox,
		onPayload: TEST_HANDLES === '' ? null : async (payload, { id }) => {
			note('begin', id);
			try {
				await sleep(5 + Math.random() * 20);
				if (Math.random() < 0.03) throw new Error('not this time');
				note('handled', id);
			} catch (error) {
				note('failed', id);
				throw error;
			}
		},
		leaseMilliseconds: Number(TEST_LEASE),
		pollMilliseconds: 200,
		retry: { firstMilliseconds: 50, maxMilliseconds: 500, attempts: 100 },
		onError() {},
	});
	if (TEST_RECEIVES === '') console.log('0');
	else {
		const server = createServer(nodeListener(receiver));
		server.listen(0, '127.0.0.1', () => console.log(server.address().port));
	}
	process.stdin.resume().on('end', () => process.exit());
`;

let cluster: Cluster;
let folder: string;
before(async () => {
	if (withoutPostgres) return;
	cluster = await startCluster();
	folder = mkdtempSync(join(tmpdir(), 'mindhook-machines-'));
});
after(async () => {
	if (withoutPostgres) return;
	await cluster.remove();
	rmSync(folder, { recursive: true, force: true });
});

/** Processes that ended without being killed. */
const endedThemselves: string[] = [];

/** A process that is there again after each kill. */
class Machine {
	readonly #name: string;
	readonly #environment: Record<string, string>;
	#child: ChildProcess | null = null;
	/** Where it listens; `null` while it does not. */
	port: number | null = null;
	lives = 0;

	constructor(name: string, environment: Record<string, string>) {
		this.#name = name;
		this.#environment = environment;
	}

	/** Resolves when it works. */
	async start(): Promise<void> {
		this.lives += 1;
		const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
			// Here, so that `mindhook` is found.
			cwd: import.meta.dirname,
			env: { ...process.env, ...this.#environment, TEST_NAME: `${this.#name}.${this.lives}`, NODE_NO_WARNINGS: '1' },
			// Its standard input ends with this process, and with that the process.
			stdio: ['pipe', 'pipe', 'inherit'],
		});
		this.#child = child;
		child.on('exit', (code, signal) => {
			if (signal !== 'SIGKILL') endedThemselves.push(`${this.#name}.${this.lives}: ${code}`);
		});
		const [line] = (await once(child.stdout ?? assert.fail(), 'data')) as [Buffer];
		if (this.#child === child) this.port = Number(line);
	}

	/** Kills it; gives which life that was, and when it was over. */
	async kill(): Promise<{ name: string; at: number }> {
		const child = this.#child ?? assert.fail('it does not run');
		this.port = null;
		this.#child = null;
		const exited = once(child, 'exit');
		if (child.kill('SIGKILL')) await exited;
		return { name: `${this.#name}.${this.lives}`, at: Date.now() };
	}
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** The status of a post; 0 when there was no answer. */
function post(port: number, body: Buffer): Promise<number> {
	return new Promise((resolve) => {
		const headers = {
			'content-type': 'application/json',
			'content-length': body.length,
			'x-signature': signPayload(body, secret),
		};
		const sending = request({ host: '127.0.0.1', port, method: 'POST', headers, agent }, (response) => {
			response
				.on('error', () => resolve(0))
				.on('end', () => resolve(response.statusCode ?? 0))
				.resume();
		});
		sending.setTimeout(15_000, () => sending.destroy());
		sending.on('error', () => resolve(0)).end(body);
	});
}

/** A payload that no other is equal to. */
function newBody(): Buffer {
	const failure = {
		inference_id: crypto.randomUUID(),
		model_id: crypto.randomUUID(),
		file_name: `${randomBytes(4).toString('hex')}.pdf`,
		created_at: '2026-11-23T10:00:00.000000Z',
		error: {
			status: 500,
			title: 'Failed',
			detail: randomBytes(randomInt(20, 20_000)).toString('base64'),
			code: '500-012',
		},
	};
	return Buffer.from(JSON.stringify(failure));
}

test('three receivers and three workers, killed again and again on a server that crashes too, lose nothing and do nothing at the same time', {
	skip: withoutPostgres,
	timeout: 240_000,
}, async (context) => {
	const url = await cluster.newDatabase();
	const log = join(folder, 'handled.log');
	const machine = (name: string, roles: { receives: boolean; handles: boolean }): Machine =>
		new Machine(name, {
			TEST_URL: url,
			TEST_SECRET: secret,
			TEST_LOG: log,
			TEST_LEASE: String(leaseMs),
			TEST_RECEIVES: roles.receives ? '1' : '',
			TEST_HANDLES: roles.handles ? '1' : '',
		});
	// One receiver also handles what it receives, as in most installations.
	const receivers = [1, 2, 3].map((number) => machine(`receiver ${number}`, { receives: true, handles: number === 1 }));
	const workers = [1, 2, 3].map((number) => machine(`worker ${number}`, { receives: false, handles: true }));
	const deaths = new Map<string, number>();
	try {
		await Promise.all([...receivers, ...workers].map((each) => each.start()));

		const acknowledged = new Map<string, number>();
		let refused = 0;
		let isOver = false;
		const sendOne = async (): Promise<void> => {
			const body = newBody();
			for (;;) {
				const port = receivers[randomInt(3)]?.port;
				const status = typeof port === 'number' ? await post(port, body) : 0;
				if (status === 200) break;
				refused += 1;
				// The platform tries again.
				await sleep(20 + randomInt(100));
			}
			acknowledged.set(createHash('sha256').update(body).digest('hex'), body.length);
		};
		const sender = async (): Promise<void> => {
			while (!isOver || acknowledged.size < 2_000) {
				await sendOne();
				// So that the load lasts as long as the kills do.
				await sleep(acknowledged.size > 1_500 && !isOver ? 300 : 40);
			}
		};
		const sending = Promise.all(Array.from({ length: 12 }, sender));

		const kills = 24;
		for (let round = 0; round < kills / 2; round += 1) {
			await sleep(300 + randomInt(400));
			const pair = [receivers[round % 3], workers[randomInt(3)]] as [Machine, Machine];
			for (const victim of pair) {
				const { name, at } = await victim.kill();
				deaths.set(name, at);
			}
			if (round % 4 === 1) {
				await cluster.stop('immediate');
				await cluster.start();
			} else if (round % 4 === 3) {
				await cluster.sql(
					`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mindhook' AND pid <> pg_backend_pid()`,
				);
			}
			await Promise.all(pair.map((victim) => victim.start()));
		}
		isOver = true;
		await sending;

		// One more body at 64 connections, to all three receivers.
		const same = newBody();
		const statuses = await Promise.all(
			Array.from({ length: 64 }, (_, index) => post(receivers[index % 3]?.port ?? assert.fail(), same)),
		);
		assert.deepEqual(new Set(statuses), new Set([200]));
		acknowledged.set(createHash('sha256').update(same).digest('hex'), same.length);

		const inbox = await openInbox(url);
		try {
			const waits = async (): Promise<number> => {
				const { received, failed } = (await inbox.stats()).deliveries;
				return received + failed;
			};
			for (const end = Date.now() + 90_000; (await waits()) > 0; await sleep(200)) {
				assert.ok(Date.now() < end, `${await waits()} deliveries are still waiting`);
			}
			const stats = await inbox.stats();
			// A save whose answer was lost is sent again and is a duplicate: so there is exactly one for each body.
			assert.deepEqual(stats.deliveries, {
				received: 0,
				handled: acknowledged.size,
				failed: 0,
				dead: 0,
				quarantined: 0,
			});
			for await (const problem of inbox.check()) assert.fail(`${problem.id}: ${problem.message}`);
		} finally {
			await inbox.close();
		}
		const rows = await cluster.sql(
			`SELECT id, encode(sha256(bytes), 'hex') AS hash, length(bytes) AS length FROM mindhook.delivery
			JOIN mindhook.body ON delivery_id = id`,
			url,
		);
		const stored = new Map(rows.map(({ hash, length }) => [String(hash), Number(length)]));
		assert.equal(rows.length, stored.size);
		for (const [hash, length] of acknowledged) assert.equal(stored.get(hash), length, 'an acknowledged body is lost');

		for (const each of [...receivers, ...workers]) {
			const { name, at } = await each.kill();
			deaths.set(name, at);
		}
		const { attempts, handled, overlaps } = readLog(log, deaths);
		assert.deepEqual(overlaps, []);
		assert.deepEqual(endedThemselves, []);
		for (const { id } of rows) assert.ok(handled.has(Number(id)), `delivery ${id} was not handled`);
		assert.ok(acknowledged.size > 2_000);
		const jobs = await cluster.sql('SELECT count(*)::int AS count FROM mindhook_jobs.job', url);
		context.diagnostic(
			`${acknowledged.size} acknowledged, ${refused} posts refused, ${kills} kills, ${attempts} attempts at ${handled.size} deliveries, ${jobs[0]?.count} jobs left`,
		);
	} finally {
		await Promise.allSettled([...receivers, ...workers].map((each) => each.kill()));
	}
});

/** What the processes wrote down: each delivery that was handled, and each that two processes had in hand at the same time. */
function readLog(
	log: string,
	deaths: ReadonlyMap<string, number>,
): { attempts: number; handled: Set<number>; overlaps: string[] } {
	const attempts = new Map<number, { name: string; begin: number; end: number }[]>();
	const handled = new Set<number>();
	let count = 0;
	for (const line of readFileSync(log, 'utf8').trimEnd().split('\n')) {
		const [name, what, id, at] = JSON.parse(line) as [string, string, number, number];
		const known = attempts.get(id) ?? [];
		attempts.set(id, known);
		if (what === 'begin') {
			count += 1;
			// Until it ends, or its process does.
			known.push({ name, begin: at, end: deaths.get(name) ?? assert.fail(`${name} has not ended`) });
		} else {
			const attempt = known.findLast((one) => one.name === name) ?? assert.fail(`${name} ended what it never began`);
			attempt.end = at;
			if (what === 'handled') handled.add(id);
		}
	}
	const overlaps: string[] = [];
	for (const [id, all] of attempts) {
		all.sort((a, b) => a.begin - b.begin);
		for (const [index, next] of all.entries()) {
			const before = all[index - 1];
			if (before !== undefined && next.begin < before.end) {
				overlaps.push(`delivery ${id}: ${before.name} until ${before.end}, ${next.name} from ${next.begin}`);
			}
		}
	}
	return { attempts: count, handled, overlaps };
}
