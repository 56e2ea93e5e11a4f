import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { MessagePort, type Worker } from 'node:worker_threads';
import zlib, { deflateRawSync } from 'node:zlib';
import {
	type Inbox,
	InboxError,
	type InboxOptions,
	type InboxProblem,
	openInbox,
	type SaveResult,
} from 'mindhook/inbox';
import { zeroPageWith } from '../../../tests/torn-page.js';
import { packsLong } from './compression.js';
import {
	claimOf,
	delivery,
	handled,
	inboxSuite,
	lease,
	parsedAs,
	problemsOf,
	type Storage,
	text,
	withCode,
} from './inbox-suite.js';
import { openSqliteInbox } from './sqlite.js';
import { migrations } from './sqlite-schema.js';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasSqlite = major > 22 || (major === 22 && minor >= 13);

test('an URL without an engine is refused with a list of those there are', async () => {
	for (const [url, message] of [
		['inbox.db', /has no scheme.*sqlite:/],
		['', /has no scheme.*sqlite:/],
		['mysql://user:pass@host/db', /no inbox of the scheme mysql.*sqlite:/],
		['constructor:x', /no inbox of the scheme constructor.*sqlite:/],
	] as const) {
		await assert.rejects(openInbox(url), (error: unknown) => {
			assert.ok(withCode('url')(error), url);
			assert.match((error as Error).message, message);
			assert.doesNotMatch((error as Error).message, /pass/);
			return true;
		});
	}
	await assert.rejects(openInbox(undefined as unknown as string), withCode('url'));
});

test('before Node 22.13 the inbox says what it needs', { skip: hasSqlite && 'this Node has node:sqlite' }, async () => {
	await assert.rejects(openInbox('sqlite::memory:'), (error: unknown) => {
		assert.ok(withCode('runtime')(error));
		assert.match((error as Error).message, /22\.13/);
		return true;
	});
});

if (hasSqlite) {
	const { DatabaseSync, StatementSync } = await import('node:sqlite');
	const folder = (): { path: string; remove(): void } => {
		const path = mkdtempSync(join(tmpdir(), 'mindhook-inbox-'));
		return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
	};

	const idsOfProblems = async (inbox: Inbox): Promise<number[]> =>
		((await problemsOf(inbox)) as InboxProblem[]).flatMap(({ id }) => id ?? []);

	const storage = (options: InboxOptions, open = openInbox): Storage => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const change = (sql: string): void => {
			const db = new DatabaseSync(file);
			db.exec(sql);
			db.close();
		};
		return {
			open: () => open(`sqlite:${file}`, options),
			refuseWrites: () => {
				// On the second insert of a save, so that it has to be rolled back.
				for (const table of ['body', 'setting']) {
					change(
						`CREATE TRIGGER refuse_${table} BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'refused by the test'); END`,
					);
				}
				return () => change('DROP TRIGGER refuse_body; DROP TRIGGER refuse_setting');
			},
			damageHeaders: (id) => change(`UPDATE delivery SET headers = '{"a":"b"' WHERE id = ${id}`),
			damageBody: (id) => change(`UPDATE body SET bytes = CAST('twO' AS BLOB) WHERE delivery_id = ${id}`),
			remove,
		};
	};
	inboxSuite('SQLite', () => storage({}));
	inboxSuite('SQLite, written by a thread from the start', () =>
		storage({}, (url) => openSqliteInbox(url.slice('sqlite:'.length), { threadAtOnce: true })),
	);
	inboxSuite('SQLite, encrypted', () => storage({ encryptionKey: 'ab'.repeat(32) }));

	/** Every connection that is opened while `body` runs, which may be given more settings. */
	const withConnections = async (
		settings: string,
		body: (connections: DatabaseSync[]) => Promise<void>,
	): Promise<void> => {
		const { exec } = DatabaseSync.prototype;
		const connections: DatabaseSync[] = [];
		DatabaseSync.prototype.exec = function (sql) {
			exec.call(this, sql);
			if (!sql.includes('PRAGMA synchronous')) return;
			connections.push(this);
			exec.call(this, settings);
		};
		try {
			await body(connections);
		} finally {
			DatabaseSync.prototype.exec = exec;
		}
	};

	test('an inbox in memory works', async () => {
		const inbox = await openInbox('sqlite::memory:');
		const { id } = await inbox.save({ endpoint: 'a', body: Uint8Array.of(1) });
		assert.deepEqual(
			(await inbox.claim({ limit: 9, lease: lease() })).map((claimed) => claimed.id),
			[id],
		);
		await inbox.close();
	});

	test('every commit is synced: WAL, synchronous=FULL, one transaction for one turn', async () => {
		const { path, remove } = folder();
		const commits: string[] = [];
		const settings: unknown[] = [];
		const { exec, prepare } = DatabaseSync.prototype;
		DatabaseSync.prototype.exec = function (sql) {
			exec.call(this, sql);
			if (sql !== 'COMMIT') return;
			commits.push(sql);
			settings.push(prepare.call(this, 'PRAGMA synchronous').get()?.synchronous);
			settings.push(prepare.call(this, 'PRAGMA journal_mode').get()?.journal_mode);
		};
		try {
			const inbox = await openInbox(`sqlite:${join(path, 'inbox.db')}`);
			// Those of the migration.
			commits.length = 0;
			settings.length = 0;
			await Promise.all(
				Array.from({ length: 50 }, (_, index) => inbox.save({ endpoint: 'a', body: Uint8Array.of(index) })),
			);
			assert.equal(commits.length, 1);
			assert.deepEqual(settings, [2, 'wal']);
			await inbox.close();
		} finally {
			DatabaseSync.prototype.exec = exec;
			remove();
		}
	});

	test('a save is not answered before its COMMIT', async () => {
		const { path, remove } = folder();
		const inbox = await openInbox(`sqlite:${join(path, 'inbox.db')}`);
		const { exec } = DatabaseSync.prototype;
		DatabaseSync.prototype.exec = (sql) => {
			if (sql === 'COMMIT') throw new Error('the disk is gone');
		};
		try {
			await assert.rejects(inbox.save({ endpoint: 'a', body: Uint8Array.of(1) }), withCode('write'));
		} finally {
			DatabaseSync.prototype.exec = exec;
		}
		await inbox.close();
		remove();
	});

	test('while another process holds the lock a save waits, without holding the event loop', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openInbox(`sqlite:${file}`);
		const other = new DatabaseSync(file);
		other.exec('BEGIN IMMEDIATE');
		let settled = false;
		const saving = inbox.save({ endpoint: 'a', body: Uint8Array.of(1) }).finally(() => {
			settled = true;
		});
		// A write that held it would do so at each try; a busy machine does once or twice.
		let stalls = 0;
		for (let turn = 0; turn < 60; turn += 1) {
			const before = Date.now();
			await new Promise((resolve) => setTimeout(resolve, 5));
			if (Date.now() - before >= 250) stalls += 1;
		}
		assert.equal(settled, false);
		assert.ok(stalls < 3, `the event loop stood still ${stalls} times`);
		other.exec('ROLLBACK');
		other.close();
		assert.equal((await saving).duplicate, false);
		await inbox.close();
		remove();
	});

	test('a lock that stays makes the save fail after some seconds, and a later save succeeds', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openInbox(`sqlite:${file}`);
		const other = new DatabaseSync(file);
		other.exec('BEGIN IMMEDIATE');
		await assert.rejects(inbox.save({ endpoint: 'a', body: Uint8Array.of(1) }), withCode('busy'));
		other.exec('ROLLBACK');
		other.close();
		assert.equal((await inbox.save({ endpoint: 'a', body: Uint8Array.of(1) })).duplicate, false);
		await inbox.close();
		remove();
	});

	test('processes that make the same new file at the same moment all open it, and save a body once between them', async () => {
		const { path, remove } = folder();
		const script = `
			import { openInbox } from 'mindhook/inbox';
			process.stdin.once('data', async (url) => {
				const inbox = await openInbox(String(url));
				const { duplicate } = await inbox.save({ endpoint: 'a', body: Uint8Array.of(1) });
				await inbox.close();
				console.log(duplicate ? 'duplicate' : 'saved');
				process.exit();
			});
			console.log('ready');
		`;
		const processes = Array.from({ length: 6 }, () => {
			const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
				// Here, so that the package is found.
				cwd: import.meta.dirname,
				env: { ...process.env, NODE_NO_WARNINGS: '1' },
				stdio: ['pipe', 'pipe', 'inherit'],
			});
			return { child, lines: child.stdout[Symbol.asyncIterator]() };
		});
		for (const { lines } of processes) assert.equal(String((await lines.next()).value), 'ready\n');
		for (const { child } of processes) child.stdin.write(`sqlite:${join(path, 'inbox.db')}`);
		const answers = await Promise.all(processes.map(async ({ lines }) => String((await lines.next()).value)));
		assert.deepEqual(answers.sort(), [...Array(5).fill('duplicate\n'), 'saved\n']);
		remove();
	});

	test('a program that was started with options for its own modules can check its inbox', async () => {
		const script = `
			import { openInbox } from 'mindhook/inbox';
			const inbox = await openInbox(process.env.TEST_URL);
			const problems = await Array.fromAsync(inbox.check()).catch(String);
			await inbox.close();
			console.log(JSON.stringify(problems));
		`;
		const { path, remove } = folder();
		const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
			cwd: import.meta.dirname,
			env: { ...process.env, NODE_NO_WARNINGS: '1', TEST_URL: `sqlite:${join(path, 'inbox.db')}` },
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const [answer] = (await once(child.stdout, 'data')) as [Buffer];
		assert.equal(String(answer), '[]\n');
		remove();
	});

	test('a new inbox is readable to its owner only', { skip: process.platform === 'win32' }, async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openInbox(`sqlite://${file}`);
		await inbox.save({ endpoint: 'a', body: Uint8Array.of(1) });
		for (const name of [file, `${file}-wal`]) assert.equal(statSync(name).mode & 0o777, 0o600, name);
		await inbox.close();
		remove();
	});

	test('a file that is no inbox is left as it is', async () => {
		const { path, remove } = folder();
		const foreign = join(path, 'foreign.db');
		const db = new DatabaseSync(foreign);
		db.exec('CREATE TABLE theirs (x)');
		db.close();
		const foreignBytes = readFileSync(foreign);
		const newer = join(path, 'newer.db');
		await (await openInbox(`sqlite:${newer}`)).close();
		const newerDb = new DatabaseSync(newer);
		newerDb.exec('PRAGMA user_version = 99');
		newerDb.close();
		const noDatabase = join(path, 'letter.txt');
		writeFileSync(noDatabase, 'Dear Sir or Madam, '.repeat(1000));
		for (const [file, message] of [
			[foreign, /another program/],
			[newer, /newer mindhook \(schema 99/],
			[noDatabase, /not a database/],
			[path, /Cannot open/],
			[join(path, 'missing', 'inbox.db'), /folder does not exist/],
		] as const) {
			await assert.rejects(openInbox(`sqlite:${file}`), (error: unknown) => {
				assert.ok(error instanceof InboxError && error.code === 'open', String(error));
				assert.match(error.message, message);
				assert.ok(error.message.includes(file), error.message);
				return true;
			});
		}
		assert.deepEqual(readFileSync(foreign), foreignBytes);
		assert.equal(existsSync(join(path, 'missing')), false);
		remove();
	});

	test('an inbox of which a part is missing is refused in words', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		await (await openInbox(`sqlite:${file}`)).close();
		const db = new DatabaseSync(file);
		db.exec('DROP INDEX delivery_by_job');
		db.close();
		await assert.rejects(openInbox(`sqlite:${file}`), withCode('open'));
		remove();
	});

	test('an inbox of every earlier schema is brought to the newest with all that is in it', async () => {
		for (let version = 1; version < migrations.length; version += 1) {
			const { path, remove } = folder();
			const file = join(path, 'inbox.db');
			const db = new DatabaseSync(file);
			db.exec(
				`${migrations[0]}; PRAGMA application_id = ${0x6d64686b}; PRAGMA user_version = ${version}; PRAGMA journal_mode = WAL`,
			);
			const states = ['received', 'handled', 'failed', 'quarantined'];
			for (const [index, state] of states.entries()) {
				const body = Buffer.from(`{"delivery":${index}}`);
				db.prepare(
					`INSERT INTO delivery (endpoint, body_sha256, body_bytes, headers, remote_address, received_at, state, attempts,
					last_error, issues, kind, inference_id, model_id) VALUES ('a', ?, ?, '{"x-a":"b"}', '192.0.2.7', ?, ?, ?, ?, ?, ?, ?, ?)`,
				).run(
					createHash('sha256').update(body).digest(),
					body.byteLength,
					1_000 + index,
					state,
					index,
					state === 'failed' ? 'Error: "no"\n\tat x' : null,
					state === 'quarantined' ? '[{"code":"json.syntax"}]' : null,
					index === 0 ? null : 'ocr',
					index === 0 ? null : 'the inference',
					index === 0 ? null : 'the model',
				);
				db.prepare('INSERT INTO body (delivery_id, bytes) VALUES (?, ?)').run(index + 1, body);
			}
			for (const step of migrations.slice(1, version)) db.exec(step);
			db.close();

			const inbox = await openInbox(`sqlite:${file}`);
			const entries = (await inbox.list()).toReversed();
			assert.deepEqual(
				entries.map(({ state, attempts, lastError, issues, kind, settledAt, nextAttemptAt }) => [
					state,
					attempts,
					lastError,
					issues,
					kind,
					settledAt?.getTime() ?? null,
					nextAttemptAt?.getTime() ?? null,
				]),
				[
					['received', 0, null, [], null, null, null],
					['handled', 1, null, [], 'ocr', 1_001, null],
					['failed', 2, 'Error: "no"\n\tat x', [], 'ocr', null, 1_002],
					['quarantined', 3, null, [{ code: 'json.syntax' }], 'ocr', 1_003, null],
				],
			);
			for (const [index, entry] of entries.entries()) {
				assert.equal(text(await inbox.read(entry.id)), `{"delivery":${index}}`);
				assert.deepEqual(
					[entry.headers, entry.remoteAddress, entry.source, entry.receivedAt.getTime(), entry.jobId, entry.leasedBy],
					[{ 'x-a': 'b' }, '192.0.2.7', 'webhook', 1_000 + index, null, null],
				);
			}
			assert.deepEqual(await problemsOf(inbox), []);
			// What an earlier version left undone is done now.
			const claimed = await inbox.claim({ limit: 9, lease: lease() });
			assert.deepEqual(
				claimed.map(({ id, attempts }) => [id, attempts]),
				[
					[1, 1],
					[3, 3],
				],
			);
			assert.equal((await inbox.list({ inferenceId: 'the inference' })).length, 3);
			assert.equal((await inbox.save(delivery('{"delivery":0}'))).duplicate, true);
			await inbox.close();
			remove();
		}
	});

	test('a file of an earlier schema gives its room back too, after it was written anew once', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const old = new DatabaseSync(file);
		old.exec(`${migrations[0]}; PRAGMA application_id = ${0x6d64686b}; PRAGMA user_version = 1`);
		old.close();
		for (let time = 0; time < 2; time += 1) {
			const inbox = await openInbox(`sqlite:${file}`);
			for (let index = 0; index < 40; index += 1) {
				await inbox.settle(claimOf(await inbox.save(delivery('x'.repeat(100_000 + index)), lease())), handled());
			}
			const before = (await inbox.stats()).storedBytes;
			await inbox.prune({ olderThan: new Date(Date.now() + 60_000) });
			await inbox.vacuum();
			const after = (await inbox.stats()).storedBytes;
			assert.ok(before > 4_000_000 && after < 500_000, `${before} → ${after}`);
			assert.deepEqual(await problemsOf(inbox), []);
			await inbox.close();
			assert.ok(statSync(file).size < 500_000);
		}
		remove();
	});

	test('nothing that an inbox asks of its tables makes SQLite read all of one', async () => {
		const { prepare } = DatabaseSync.prototype;
		const asked = new Set<string>();
		DatabaseSync.prototype.prepare = function (sql) {
			if (/^\s*(SELECT|UPDATE|DELETE|INSERT)/.test(sql)) asked.add(sql);
			return prepare.call(this, sql);
		};
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		try {
			const inbox = await openInbox(`sqlite:${file}`);
			const { id } = await inbox.save(delivery('1'));
			for (const filter of [
				{},
				{ ids: [id], state: 'dead', jobId: 'j' },
				{ state: 'dead' },
				{ state: ['dead', 'failed'], endpoint: 'a', kind: 'ocr', modelId: 'm', source: 'webhook' },
				{ inferenceId: 'i', state: 'dead', endpoint: 'a' },
				{ jobId: 'j', inferenceId: 'i' },
				{ endpoint: 'a', receivedSince: new Date(0), receivedBefore: new Date(), before: 9 },
			] as const) {
				await inbox.list(filter);
				await inbox.retry(filter);
			}
			const states = ['received', 'handled', 'failed', 'dead', 'quarantined'] as const;
			await inbox.prune({ olderThan: new Date(), bodyBytesMax: 0, states, dryRun: true });
			await inbox.stats();
			await inbox.close();
		} finally {
			DatabaseSync.prototype.prepare = prepare;
		}
		assert.ok(asked.size > 40, `${asked.size}`);
		const db = new DatabaseSync(file);
		for (const sql of asked) {
			for (const { detail } of db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()) {
				// Of the expected jobs, those that wait are few, and have an index of their own.
				const scan = /^SCAN (delivery|body|expected_job)\b(?!.* INDEX expected_job_waiting)/.test(String(detail));
				assert.ok(!scan, `${detail}\n${sql}`);
				assert.doesNotMatch(String(detail), /USE TEMP B-TREE FOR (GROUP|DISTINCT)/, sql);
			}
		}
		db.close();
		remove();
	});

	test('a burst is committed in transactions that are short, and the event loop goes on between them', async (t: TestContext) => {
		const { path, remove } = folder();
		const inbox = await openInbox(`sqlite:${join(path, 'inbox.db')}`);
		let turns = 0;
		let isOver = false;
		const turn = (): void => {
			turns += 1;
			if (!isOver) setImmediate(turn);
		};
		turn();
		const delay = monitorEventLoopDelay({ resolution: 1 });
		const bodies = Array.from({ length: 2_000 }, (_, index) => Buffer.alloc(9_000, `small ${index} `));
		bodies.push(...Array.from({ length: 6 }, (_, index) => Buffer.alloc(4_000_000, `large ${index} `)));
		const transactions: Buffer[][] = [];
		const toldInTurn = new Map<number, number>();
		let transaction: Buffer[] | null = null;
		const saves = bodies.map(async (body) => {
			const { id } = await inbox.save({ endpoint: 'a', body }, lease());
			if (transaction === null) {
				transaction = [];
				transactions.push(transaction);
				toldInTurn.set(turns, (toldInTurn.get(turns) ?? 0) + 1);
				// All of one transaction are told in one go; of two that lie ready in one turn of the event loop, one after the other.
				process.nextTick(() => {
					transaction = null;
				});
			}
			transaction.push(body);
			return id;
		});
		await new Promise((resolve) => setImmediate(resolve));
		delay.enable();
		assert.equal(new Set(await Promise.all(saves)).size, bodies.length);
		delay.disable();
		isOver = true;
		const milliseconds = (nanoseconds: number): string => (nanoseconds / 1e6).toFixed(1);
		t.diagnostic(
			`${transactions.length} transactions; event loop delay p99 ${milliseconds(delay.percentile(99))} ms, max ${milliseconds(delay.max)} ms`,
		);
		// As many as are handed over at a time, and more where the thread that tells them was kept waiting for the processor.
		assert.ok(toldInTurn.size >= transactions.length / 4, String([...toldInTurn.values()]));
		for (const saved of transactions) {
			assert.ok(saved.length <= 512, `${saved.length} in one transaction`);
			const bytes = saved.reduce((sum, { length }) => sum + length, 0);
			assert.ok(bytes <= 4 * 1024 * 1024, `${bytes} bytes in one transaction`);
		}
		await inbox.close();
		remove();
	});

	/** Runs `body`, which is told how many transactions were committed by this thread. */
	const countingCommits = async (body: (commits: () => number) => Promise<void>): Promise<void> => {
		const { exec } = DatabaseSync.prototype;
		let commits = 0;
		DatabaseSync.prototype.exec = function (sql) {
			exec.call(this, sql);
			if (sql === 'COMMIT') commits += 1;
		};
		try {
			await body(() => commits);
		} finally {
			DatabaseSync.prototype.exec = exec;
		}
	};
	const saveMany = (inbox: Inbox, name: string, count: number, bytes = 0): Promise<SaveResult>[] =>
		Array.from({ length: count }, (_, index) => inbox.save(delivery(`${name} ${index} `.padEnd(bytes, '.')), lease()));

	/** Runs `body` while what is handed to a thread does not reach it before `release`, and counts it. */
	const holdingBack = async (body: (handed: number[], release: () => void) => Promise<void>): Promise<void> => {
		const { postMessage } = MessagePort.prototype;
		const handed: number[] = [];
		let held: (() => void)[] | null = [];
		MessagePort.prototype.postMessage = function (...args: unknown[]) {
			const { values } = args[0] as { values?: unknown[] };
			const post = (): void => Reflect.apply(postMessage, this, args);
			if (values !== undefined) handed.push(values.length);
			if (values === undefined || held === null) post();
			else held.push(post);
		};
		const release = (): void => {
			for (const post of held ?? []) post();
			held = null;
		};
		try {
			await body(handed, release);
		} finally {
			MessagePort.prototype.postMessage = postMessage;
			release();
		}
	};

	test('a thread that writes and dies takes only the answers with it, and another one follows', async () => {
		const { path, remove } = folder();
		const threads = new Set<Worker>();
		const note = (worker: Worker): void => {
			threads.add(worker);
			worker.once('exit', () => threads.delete(worker));
		};
		process.on('worker', note);
		const inbox = await openSqliteInbox(join(path, 'inbox.db'));
		const kept: number[] = [];
		let deaths = 0;
		// A thread that is being ended from outside is no reason for a process to go on.
		const alive = setInterval(() => {}, 1_000);
		try {
			await countingCommits(async (commits) => {
				for (let round = 0; deaths < 3 && round < 100; round += 1) {
					let isAside = false;
					for (let tries = 0; !isAside && tries < 1_000; tries += 1) {
						const before = commits();
						await Promise.all(saveMany(inbox, `${round} ${tries}`, 5));
						isAside = commits() === before;
						await new Promise((resolve) => setTimeout(resolve, 10));
					}
					assert.ok(isAside, `no thread writes after ${deaths} deaths`);
					const saves = saveMany(inbox, `${round}`, 200, 5_000);
					await new Promise((resolve) => setTimeout(resolve, round % 5));
					await Promise.all([...threads].map((thread) => thread.terminate()));
					let lost = 0;
					for (const save of await Promise.allSettled(saves)) {
						if (save.status === 'fulfilled') kept.push(save.value.id);
						else {
							assert.ok(withCode('write')(save.reason), String(save.reason));
							lost += 1;
						}
					}
					if (lost > 0) deaths += 1;
				}
			});
			assert.equal(deaths, 3, 'transactions of three threads were under way when they died');
			const there = new Set((await inbox.list({ limit: 100_000 })).map(({ id }) => id));
			assert.deepEqual(
				kept.filter((id) => !there.has(id)),
				[],
			);
			assert.deepEqual(await problemsOf(inbox), []);
		} finally {
			process.off('worker', note);
			clearInterval(alive);
			await inbox.close();
			remove();
		}
	});

	test('of a thread that dies, only what it was at is in doubt: what lay ready for it is saved', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const threads: Worker[] = [];
		const note = (worker: Worker): void => {
			threads.push(worker);
		};
		process.on('worker', note);
		const inbox = await openSqliteInbox(file, { threadAtOnce: true });
		await Promise.all(saveMany(inbox, 'a', 64));
		process.off('worker', note);
		let saves: Promise<SaveResult>[] = [];
		await holdingBack(async (handed) => {
			saves = saveMany(inbox, 'b', 200);
			assert.equal(handed.length, 2);
			await Promise.all(threads.map((thread) => thread.terminate()));
		});
		const lost = (await Promise.allSettled(saves)).filter(({ status }) => status === 'rejected');
		// The first transaction: nothing reached the thread, but that cannot be known from here.
		assert.equal(lost.length, 32);
		assert.equal((await inbox.stats()).deliveries.received, 264 - lost.length);
		await inbox.close();
		remove();
	});

	test('a save by the thread that writes is not answered before its COMMIT, and that is synced', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openSqliteInbox(file, { threadAtOnce: true });
		const db = new DatabaseSync(file);
		// A foreign key that is looked at last: everything succeeds but COMMIT.
		db.exec(`
			CREATE TABLE one (id INTEGER PRIMARY KEY);
			CREATE TABLE late (x REFERENCES one DEFERRABLE INITIALLY DEFERRED);
			CREATE TABLE asked (synchronous);
			CREATE TRIGGER fails AFTER INSERT ON body BEGIN INSERT INTO late VALUES (1); END;
		`);
		for (const { status } of await Promise.allSettled(saveMany(inbox, 'a', 8))) assert.equal(status, 'rejected');
		assert.deepEqual(await inbox.list(), []);
		db.exec(`
			DROP TRIGGER fails;
			CREATE TRIGGER asks AFTER INSERT ON body BEGIN INSERT INTO asked SELECT synchronous FROM pragma_synchronous; END;
		`);
		await Promise.all(saveMany(inbox, 'b', 8));
		assert.deepEqual(
			db
				.prepare('SELECT DISTINCT synchronous FROM asked')
				.all()
				.map((row) => row.synchronous),
			[2],
		);
		db.close();
		await inbox.close();
		remove();
	});

	test('the next transaction lies ready with the thread that writes, and waits with the one before for whoever locks', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openSqliteInbox(file, { threadAtOnce: true });
		const other = new DatabaseSync(file);
		await holdingBack(async (handed, release) => {
			other.exec('BEGIN IMMEDIATE');
			const saves = saveMany(inbox, 'a', 300);
			assert.equal(handed.length, 2, 'within the turn of whoever asks');
			release();
			// Less than a write waits for whoever locks.
			const until = performance.now() + 4_000;
			while (handed.length < 5 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
			assert.ok(handed.length > 4, 'asked again while it is locked');
			other.exec('COMMIT');
			const ids = (await Promise.all(saves)).map(({ id }) => id);
			assert.equal(new Set(ids).size, 300);
			// What only this thread can do has its turn between them; who closes waits for all.
			const more = [...saveMany(inbox, 'b', 200), inbox.ready(), ...saveMany(inbox, 'c', 200)];
			await inbox.close();
			assert.equal((await Promise.all(more)).length, 401);
		});
		assert.deepEqual({ ...other.prepare('SELECT count(*) AS count FROM body').get() }, { count: 700 });
		other.close();
		remove();
	});

	/** An inbox with a thread that writes, and that cannot save a body of 1,000 bytes. */
	const refusing1000 = async (): Promise<{ inbox: Inbox; close(): Promise<void> }> => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openSqliteInbox(file, { threadAtOnce: true });
		const db = new DatabaseSync(file);
		db.exec(`CREATE TRIGGER fails AFTER INSERT ON delivery WHEN new.body_bytes = 1000
			BEGIN SELECT RAISE(ABORT, 'a page is torn'); END`);
		db.close();
		return {
			inbox,
			async close() {
				await inbox.close();
				remove();
			},
		};
	};

	test('a delivery that cannot be saved takes no other with it, and is told soon, however many come behind it', async () => {
		const { inbox, close } = await refusing1000();
		const refused: string[] = [];
		const told: number[] = [];
		let saved = 0;
		const bodies = (function* () {
			for (let index = 0; index < 3_000; index += 1) yield `${index}`.padEnd(index % 700 === 40 ? 1_000 : 100);
		})();
		const sender = async (): Promise<void> => {
			for (const body of bodies) {
				const before = saved;
				try {
					await inbox.save(delivery(body), lease());
					saved += 1;
				} catch (error) {
					assert.ok(withCode('write')(error), String(error));
					refused.push(body.trim());
					told.push(saved - before);
				}
			}
		};
		await Promise.all(Array.from({ length: 200 }, sender));
		assert.deepEqual(refused, ['40', '740', '1440', '2140', '2840']);
		assert.equal(saved, 2_995);
		assert.ok(Math.max(...told) < 700, `${told} others were saved before they were told`);
		assert.equal((await inbox.stats()).deliveries.received, 2_995);
		await close();
	});

	test('two transactions that fail beside each other are taken apart in few more', async () => {
		const { inbox, close } = await refusing1000();
		await holdingBack(async (handed, release) => {
			const saves = Array.from({ length: 300 }, (_, index) =>
				inbox.save(delivery(`${index}`.padEnd(index === 5 || index === 32 ? 1_000 : 100)), lease()),
			);
			assert.equal(handed.length, 2);
			release();
			const refused = (await Promise.allSettled(saves)).flatMap(({ status }, index) =>
				status === 'rejected' ? index : [],
			);
			// The sixth of the first transaction, and the first of the second.
			assert.deepEqual(refused, [5, 32]);
			assert.ok(handed.length < 30, `${handed.length} transactions for 300 deliveries`);
		});
		await close();
	});

	test('beside the thread that writes, what only this one can do is committed once in a turn of the event loop', async () => {
		const { path, remove } = folder();
		const inbox = await openSqliteInbox(join(path, 'inbox.db'), { threadAtOnce: true });
		await countingCommits(async (commits) => {
			const saved = await Promise.all(saveMany(inbox, 'a', 64));
			assert.equal(commits(), 0);
			const releases = saved.map((one) => inbox.settle(claimOf(one), { state: 'released' }));
			assert.equal(commits(), 0, 'within the turn of whoever asks');
			await Promise.all(releases);
			assert.equal(commits(), 1);
			await new Promise((resolve) => setTimeout(resolve, 50));
			assert.equal(commits(), 1, 'a transaction of nothing');
			const { run } = StatementSync.prototype;
			let ran = 0;
			StatementSync.prototype.run = function (...values: unknown[]) {
				ran += 1;
				return Reflect.apply(run, this, values);
			};
			try {
				await Promise.all([...saveMany(inbox, 'b', 20), inbox.ready(), ...saveMany(inbox, 'c', 20)]);
			} finally {
				StatementSync.prototype.run = run;
			}
			assert.equal(commits(), 2);
			assert.equal(ran, 2, 'those of ready: deliveries are left to the thread');
		});
		await inbox.close();
		remove();
	});

	test('what cannot cross to the thread that writes is refused, and what follows is saved as it is', async () => {
		const { path, remove } = folder();
		const inbox = await openSqliteInbox(join(path, 'inbox.db'), { threadAtOnce: true });
		for (const round of ['first', 'second']) {
			const remoteAddress = (() => '') as unknown as string;
			const bodies = Array.from({ length: 20 }, (_, index) => `${round} ${index}`);
			const saves = bodies.map((body, index) =>
				inbox.save({ ...delivery(body), ...(index === 3 ? { remoteAddress } : {}) }).catch((error: unknown) => error),
			);
			for (const [index, saved] of (await Promise.all(saves)).entries()) {
				if (saved instanceof Error) assert.equal(index, 3, String(saved));
				else assert.equal(text(await inbox.read((saved as SaveResult).id)), bodies[index]);
			}
		}
		assert.equal((await inbox.list()).length, 38);
		await inbox.close();
		remove();
	});

	/** Runs a program with the path of an inbox; gives what it printed. */
	const runProgram = (file: string, program: string, flags: string[]): string => {
		const { status, stdout, stderr } = spawnSync(
			process.execPath,
			[...flags, '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program, file],
			{ encoding: 'utf8', timeout: 60_000 },
		);
		assert.equal(status, 0, stderr);
		return stdout.trim();
	};
	const program = `
		import { openInbox } from 'mindhook/inbox';
		let threads = 0;
		process.on('worker', () => { threads += 1; });
		const inbox = await openInbox('sqlite:' + process.argv[1]);
		for (let round = 0; round < 20; round += 1) {
			const bodies = Array.from({ length: 10 }, (_, index) => Buffer.from(round + ' ' + index));
			const saves = bodies.map((body) => inbox.save({ endpoint: 'a', body }));
			if (round < 19) await Promise.all(saves);
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
	`;

	test('a program that ends without closing its inbox has saved all that it asked for', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		assert.equal(runProgram(file, `${program} console.log(threads);`, []), '1');
		const inbox = await openInbox(`sqlite:${file}`);
		assert.equal((await inbox.stats()).deliveries.received, 200);
		await inbox.close();
		remove();
	});

	test('an inbox that is closed while its thread begins is closed before the program ends', () => {
		const { path, remove } = folder();
		const closes = `
			import { openInbox } from 'mindhook/inbox';
			const inbox = await openInbox('sqlite:' + process.argv[1]);
			await Promise.all([1, 2, 3, 4, 5].map((body) => inbox.save({ endpoint: 'a', body: Uint8Array.of(body) })));
			// That the thread is ready is known only in the next turn, when it is being ended.
			for (const until = performance.now() + 500; performance.now() < until; );
			await inbox.close();
			console.log('closed');
		`;
		assert.equal(runProgram(join(path, 'inbox.db'), closes, []), 'closed');
		remove();
	});

	test('the memory in which large bodies cross is given back', async () => {
		const { path, remove } = folder();
		const measured = runProgram(
			join(path, 'inbox.db'),
			`${program}
			const rss = [];
			for (let index = 0; index < 40; index += 1) {
				await inbox.save({ endpoint: 'large', body: Buffer.alloc(6_000_000, String(index)) });
				gc();
				if (index === 9 || index === 39) rss.push(process.memoryUsage().rss / 1e6);
			}
			console.log(threads > 0 ? rss[1] - rss[0] : NaN);`,
			['--expose-gc'],
		);
		assert.ok(Number(measured) < 90, `${measured} MB more after 180 MB of bodies`);
		remove();
	});

	test('where no thread can be had, it writes without', {
		skip: major < 24 && 'Node permits all, or says it otherwise',
	}, async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const flags = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'];
		assert.equal(runProgram(file, `${program} await inbox.close(); console.log(threads);`, flags), '0');
		const inbox = await openInbox(`sqlite:${file}`);
		assert.equal((await inbox.stats()).deliveries.received, 200);
		await inbox.close();
		remove();
	});

	test('bodies of all sizes cross to the thread that writes', async () => {
		const { path, remove } = folder();
		const inbox = await openSqliteInbox(join(path, 'inbox.db'), { threadAtOnce: true });
		const sizes = [0, 1, 5_000_000, 9_000, 20_000_000, 300_000, 0, 4_259_840, 4_259_841, 7];
		const bodies = sizes.map((size, index) => (index % 2 === 0 ? randomBytes(size) : Buffer.alloc(size, `${index}`)));
		const all = await Promise.all(bodies.map((body) => inbox.save({ endpoint: `${body.byteLength}`, body })));
		for (const [index, { id }] of all.entries()) {
			assert.ok(bodies[index]?.equals((await inbox.read(id))?.body as Uint8Array), `${sizes[index]} bytes`);
		}
		assert.deepEqual(
			all.map(({ duplicate }) => duplicate),
			sizes.map((size, index) => index === 6 && size === 0),
		);
		await inbox.close();
		remove();
	});

	/** Text of words, as that of a document. */
	const words = (bytes: number, seed: string): Buffer => {
		const text = Array.from({ length: bytes / 7 }, (_, index) => `${seed}${(index * 7919) % 499} word `).join('');
		return Buffer.from(text.slice(0, bytes));
	};
	const hasZstd = 'zstdCompressSync' in zlib;
	const storedOf = (file: string): { encoding: unknown; bytes: number }[] => {
		const db = new DatabaseSync(file);
		const rows = db
			.prepare('SELECT encoding, length(bytes) AS bytes FROM delivery JOIN body ON delivery_id = id ORDER BY id')
			.all();
		db.close();
		return rows.map(({ encoding, bytes }) => ({ encoding, bytes: Number(bytes) }));
	};

	test('a long body is packed by the thread that writes, where this Node can, and given as it came', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openSqliteInbox(file, { threadAtOnce: true });
		const bodies = [
			words(65_536, 'a'),
			words(900_000, 'b'),
			// Too short, and what packing makes no shorter.
			words(65_535, 'c'),
			randomBytes(100_000),
		];
		const save = (): Promise<SaveResult[]> =>
			Promise.all(bodies.map((body) => inbox.save({ endpoint: 'a', body }, lease())));
		const saved = await save();
		assert.ok((await save()).every(({ duplicate }) => duplicate));
		const stored = storedOf(file);
		const encoding = packsLong ? 'zstd' : null;
		assert.deepEqual(
			stored.map((one) => one.encoding),
			[encoding, encoding, null, null],
		);
		for (const [index, body] of bodies.entries()) {
			const { bytes = -1 } = stored[index] ?? {};
			assert.ok(stored[index]?.encoding === null ? bytes === body.byteLength : bytes < body.byteLength / 2, `${bytes}`);
			const entry = await inbox.read(saved[index]?.id ?? 0);
			assert.equal(entry?.bodyBytes, body.byteLength);
			assert.ok(body.equals(entry.body));
		}
		for (const one of saved) assert.ok(await inbox.settle(claimOf(one), handled()));
		await inbox.vacuum();
		// Not packed once more.
		if (packsLong) assert.deepEqual(storedOf(file).slice(0, 2), stored.slice(0, 2));
		assert.deepEqual(await problemsOf(inbox), []);
		await inbox.retry({});
		const claimed = await inbox.claim({ limit: 9, lease: lease() });
		assert.deepEqual(
			claimed.map(({ body }) => Buffer.from(body)),
			bodies,
		);
		await inbox.close();
		remove();
	});

	test('a packed body that is not what was stored is damaged, and only that', {
		skip: !hasZstd && 'no Zstandard',
	}, async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openSqliteInbox(file, { threadAtOnce: true });
		const bodies = Array.from({ length: 6 }, (_, index) => words(70_000, `${index}`));
		const saved = await Promise.all(bodies.map((body) => inbox.save({ endpoint: 'a', body })));
		const db = new DatabaseSync(file);
		const [whole, cut, other, bomb, none, unlike] = saved.map(({ id }) => id);
		const put = (id: number | undefined, bytes: Uint8Array): void => {
			db.prepare('UPDATE body SET bytes = ? WHERE delivery_id = ?').run(bytes, id ?? 0);
			// Not every Node that can unpack does pack.
			db.prepare("UPDATE delivery SET encoding = 'zstd' WHERE id = ?").run(id ?? 0);
		};
		put(whole, zlib.zstdCompressSync(bodies[0] as Buffer));
		put(cut, zlib.zstdCompressSync(bodies[1] as Buffer).subarray(0, -9));
		put(other, zlib.zstdCompressSync(bodies[0] as Buffer));
		put(bomb, zlib.zstdCompressSync(Buffer.alloc(300_000_000)));
		put(none, Buffer.from('no frame'));
		put(unlike, zlib.zstdCompressSync(bodies[5] as Buffer));
		db.prepare('UPDATE delivery SET body_bytes = 0 WHERE id = ?').run(unlike ?? 0);
		db.close();
		for (const id of [cut, other, bomb, none, unlike]) await assert.rejects(inbox.read(id ?? 0), withCode('damaged'));
		assert.deepEqual(await idsOfProblems(inbox), [cut, other, bomb, none, unlike]);
		const claimed = await inbox.claim({ limit: 9, lease: lease() });
		assert.deepEqual(
			claimed.map(({ id }) => id),
			[whole],
		);
		assert.equal((await inbox.stats()).deliveries.dead, 5);
		await inbox.close();
		remove();
	});

	/** An inbox with a packed delivery, which this Node cannot unpack now, and a plain one. */
	const withoutUnpacking = async (
		broken: Partial<typeof zlib>,
		body: (inbox: Inbox, packed: number, plain: number) => Promise<void>,
	): Promise<void> => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openSqliteInbox(file, { threadAtOnce: true });
		const [packed, plain] = await Promise.all([
			inbox.save({ endpoint: 'a', body: words(70_000, 'a') }),
			inbox.save(delivery('plain')),
		]);
		const db = new DatabaseSync(file);
		// As a newer Node stores it.
		db.prepare("UPDATE delivery SET encoding = 'zstd' WHERE id = ?").run(packed.id);
		if (hasZstd) {
			const bytes = zlib.zstdCompressSync(words(70_000, 'a'));
			db.prepare('UPDATE body SET bytes = ? WHERE delivery_id = ?').run(bytes, packed.id);
		}
		db.close();
		const { zstdDecompress, zstdDecompressSync } = zlib;
		Object.assign(zlib, broken);
		try {
			await body(inbox, packed.id, plain.id);
		} finally {
			if (hasZstd) Object.assign(zlib, { zstdDecompress, zstdDecompressSync });
		}
		if (hasZstd) {
			await inbox.retry({ ids: [packed.id] });
			assert.deepEqual(text((await inbox.claim({ limit: 9, lease: lease() }))[0]), text({ body: words(70_000, 'a') }));
		}
		await inbox.close();
		remove();
	};

	/** It waits, with no attempt counted, and the other is given. */
	const assertWaits = async (inbox: Inbox, packed: number, plain: number, why: RegExp): Promise<void> => {
		const claimed = await inbox.claim({ limit: 9, lease: lease() });
		assert.deepEqual(
			claimed.map(({ id }) => id),
			[plain],
		);
		const [entry] = await inbox.list({ ids: [packed] });
		assert.deepEqual([entry?.state, entry?.attempts], ['failed', 0]);
		assert.match(entry?.lastError ?? '', why);
		assert.ok((entry?.nextAttemptAt?.getTime() ?? 0) > Date.now());
	};

	test('where there is no Zstandard, what was packed with it is told so and waits, and the others are given', async () => {
		await withoutUnpacking({ zstdDecompress: undefined } as never, async (inbox, packed, plain) => {
			await assert.rejects(inbox.read(packed), (error: unknown) => {
				assert.ok(withCode('runtime')(error));
				assert.match((error as Error).message, /Zstandard.*22\.15/);
				return true;
			});
			assert.deepEqual(await idsOfProblems(inbox), [packed]);
			await assertWaits(inbox, packed, plain, /Zstandard/);
		});
	});

	test('a body that is stored in a way that is not known waits for a newer mindhook: it is not taken for damaged', async () => {
		for (const encoding of ['brotli', 'zstd+sealed', 'sealed+plain', 'x'.repeat(10_000)]) {
			const { path, remove } = folder();
			const file = join(path, 'inbox.db');
			const inbox = await openSqliteInbox(file);
			const strange = await inbox.save(delivery('strange'));
			const plain = await inbox.save(delivery('plain'));
			const db = new DatabaseSync(file);
			db.prepare('UPDATE delivery SET encoding = ? WHERE id = ?').run(encoding, strange.id);
			db.close();
			await assert.rejects(inbox.read(strange.id), withCode('runtime'));
			assert.deepEqual(await idsOfProblems(inbox), [strange.id]);
			await assertWaits(inbox, strange.id, plain.id, /newer mindhook: .{1,40}\.$/);
			await inbox.close();
			remove();
		}
	});

	test('where there is no memory to unpack a delivery, it waits: it is not taken for damaged', {
		skip: !hasZstd && 'no Zstandard',
	}, async () => {
		const faults = [
			new RangeError('Array buffer allocation failed'),
			Object.assign(new Error('Allocation error'), { code: 'ZSTD_error_memory_allocation' }),
			Object.assign(new Error('Initialization failed'), { code: 'ERR_ZLIB_INITIALIZATION_FAILED' }),
		];
		for (const fault of faults) {
			const zstdDecompressSync = (): never => {
				throw fault;
			};
			await withoutUnpacking({ zstdDecompressSync }, async (inbox, packed, plain) => {
				await assert.rejects(inbox.read(packed), withCode('open'));
				await assertWaits(inbox, packed, plain, /unpacked/);
			});
		}
	});

	test('the log is moved into the file while deliveries come, and does not grow for ever', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openInbox(`sqlite:${file}`);
		let longest = 0;
		for (let round = 0; round < 60; round += 1) {
			// Of which no thread can make less.
			const bodies = Array.from({ length: 5 }, () => randomBytes(1_000_000));
			await Promise.all(bodies.map((body) => inbox.save({ endpoint: 'a', body })));
			longest = Math.max(longest, statSync(`${file}-wal`).size);
		}
		const { size } = statSync(file);
		assert.ok(longest < 200_000_000, `the log grew to ${longest} bytes`);
		assert.ok(size > 100_000_000, `only ${size} of 300,000,000 bytes are in the file`);
		assert.equal((await inbox.stats()).deliveries.received, 300);
		await inbox.close();
		const again = await openInbox(`sqlite:${file}`);
		assert.deepEqual(await problemsOf(again), []);
		await again.close();
		remove();
	});

	test('a full disk refuses what does not fit, keeps what was saved, and takes deliveries again when there is room', async () => {
		const { path, remove } = folder();
		await withConnections('PRAGMA max_page_count = 70', async (connections) => {
			const inbox = await openInbox(`sqlite:${join(path, 'inbox.db')}`);
			await inbox.ready();
			const results = await Promise.allSettled(
				Array.from({ length: 100 }, (_, index) =>
					inbox.save({ endpoint: 'a', body: Buffer.alloc(9_000, `${index} `) }, lease()),
				),
			);
			const saved = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.id] : []));
			assert.ok(saved.length > 5 && saved.length < 60, `${saved.length} were saved`);
			for (const result of results) {
				if (result.status === 'fulfilled') continue;
				assert.ok(withCode('write')(result.reason), String(result.reason));
				assert.match(String(result.reason), /full/);
			}
			await assert.rejects(inbox.ready(), withCode('write'));
			assert.deepEqual(
				(await inbox.list()).map(({ id }) => id).toSorted((a, b) => a - b),
				saved.toSorted((a, b) => a - b),
			);
			assert.deepEqual(await problemsOf(inbox), []);
			connections[0]?.exec('PRAGMA max_page_count = 100000');
			await inbox.ready();
			assert.equal((await inbox.save(delivery('x'.repeat(90_000)))).duplicate, false);
			await inbox.close();
		});
		remove();
	});

	test('a database that takes no write says so, and can still be read', async () => {
		const { path, remove } = folder();
		const url = `sqlite:${join(path, 'inbox.db')}`;
		const first = await openInbox(url);
		const { id } = await first.save(delivery('1'));
		await first.close();
		await withConnections('PRAGMA query_only = ON', async (connections) => {
			const inbox = await openInbox(url);
			for (const write of [
				() => inbox.save(delivery('2')),
				() => inbox.claim({ limit: 1, lease: lease() }),
				() => inbox.ready(),
				() => inbox.retry({}),
			]) {
				await assert.rejects(
					write(),
					(error) => withCode('write')(error) && /readonly/.test(String(error)),
					String(write),
				);
			}
			assert.equal(text(await inbox.read(id)), '1');
			assert.equal((await inbox.list()).length, 1);
			connections[0]?.exec('PRAGMA query_only = OFF');
			await inbox.ready();
			await inbox.close();
		});
		remove();
	});

	test('one write that cannot succeed does not take the others of its transaction with it', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openInbox(`sqlite:${file}`);
		const db = new DatabaseSync(file);
		db.exec(
			`CREATE TRIGGER refuse BEFORE INSERT ON body WHEN length(new.bytes) = 3 BEGIN SELECT RAISE(ABORT, 'no'); END`,
		);
		db.close();
		const results = await Promise.allSettled(
			['1', '22', '333', '4444', '333 ', '666'].map((body) => inbox.save(delivery(body))),
		);
		assert.deepEqual(
			results.map(({ status }) => status),
			['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'rejected'],
		);
		assert.equal((await inbox.list()).length, 4);
		await inbox.close();
		remove();
	});

	test('a file that is damaged is told by check and by whoever reads it', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openInbox(`sqlite:${file}`);
		for (let index = 0; index < 50; index += 1) await inbox.save(delivery(`${index} `.repeat(3_000)));
		await inbox.close();
		const bytes = readFileSync(file);
		for (let offset = 100_000; offset < bytes.length - 8_192; offset += 40_960)
			bytes.fill(0xee, offset, offset + 2_048);
		writeFileSync(file, bytes);
		const damaged = await openInbox(`sqlite:${file}`);
		const isRead = await Promise.all(
			(await damaged.list()).map(async ({ id }) => {
				const read = await damaged.read(id).catch((error) => assert.ok(withCode('damaged')(error), String(error)));
				// Without a body, there is nothing to read.
				return [id, read != null] as const;
			}),
		);
		const unread = isRead.filter(([, isSo]) => !isSo).map(([id]) => id);
		assert.ok(isRead.length === 50 && unread.length > 5 && unread.length < 45, `${unread.length} of ${isRead.length}`);
		assert.deepEqual(await idsOfProblems(damaged), unread.reverse());
		await damaged.close();
		remove();
	});

	/** Five deliveries, all handled, of which a page of each of these texts is then zeros. */
	const withTornPages = async (...torn: string[]): Promise<{ inbox: Inbox; remove(): void }> => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const whole = await openInbox(`sqlite:${file}`);
		for (const number of [1, 2, 3, 4, 5]) {
			const filling = 'x'.repeat(12_000);
			const saved = await whole.save(
				{
					endpoint: 'a',
					body: Buffer.from(`"${filling} body ${number}. ${filling}"`),
					headers: { 'x-long': `${filling} header ${number}. ${filling}` },
				},
				lease(),
			);
			await whole.settle(claimOf(saved), handled(parsedAs({})));
		}
		await whole.close();
		for (const text of torn) zeroPageWith(file, text);
		return { inbox: await openInbox(`sqlite:${file}`), remove };
	};

	test('check names each delivery of which a page is gone, and goes on to the last', async () => {
		const { inbox, remove } = await withTornPages('body 2.', 'header 4.');
		const read: (number | null)[][] = [];
		const problems: InboxProblem[] = [];
		for await (const problem of inbox.check((done, total) => read.push([done, total]))) problems.push(problem);
		// What SQLite itself finds comes first, and names no delivery.
		assert.equal(problems[0]?.id, null);
		const ofOne = problems.filter(({ id }) => id !== null);
		assert.deepEqual(
			ofOne.map(({ id }) => id),
			[2, 4],
		);
		for (const { message } of ofOne) assert.match(message, /malformed/);
		assert.deepEqual(read.at(-1), [5, 5]);
		await inbox.close();
		remove();
	});

	test('check tells where it cannot go on', async () => {
		const { get } = StatementSync.prototype;
		const { inbox, remove } = await withTornPages();
		StatementSync.prototype.get = function (...values: unknown[]) {
			if (/^SELECT id, body_bytes FROM delivery WHERE/.test(this.sourceSQL) && Number(values[0]) >= 2) {
				throw Object.assign(new Error('database disk image is malformed'), { errcode: 11 });
			}
			return Reflect.apply(get, this, values);
		};
		try {
			const problems = await problemsOf(inbox);
			assert.deepEqual(problems, [
				{
					id: null,
					message:
						'What is behind delivery 2 cannot be checked: The inbox could not be read: database disk image is malformed',
				},
			]);
		} finally {
			StatementSync.prototype.get = get;
		}
		await inbox.close();
		remove();
	});

	test('vacuum leaves a delivery of which a page is gone as it is, and goes on', async () => {
		// Those that lie so far in front that none of their pages has to move: SQLite cannot move what it does not find.
		const { inbox, remove } = await withTornPages('body 1.', 'header 2.');
		const { bodyBytes, storedBytes } = await inbox.stats();
		const progress: (number | null)[][] = [];
		await inbox.vacuum((done, total) => progress.push([done, total]));
		assert.deepEqual(progress.at(-1), [5, 5]);
		const after = await inbox.stats();
		assert.equal(after.bodyBytes, bodyBytes);
		assert.ok(storedBytes - after.storedBytes > 50_000, `${storedBytes} bytes before, ${after.storedBytes} after`);
		assert.deepEqual(await idsOfProblems(inbox), [1, 2]);
		await inbox.close();
		remove();
	});

	test('check tells of a delivery that its index has lost, which nobody would ever claim', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openInbox(`sqlite:${file}`);
		const change = (work: (db: DatabaseSync) => void): void => {
			const db = new DatabaseSync(file, { defensive: false } as object);
			db.exec('PRAGMA writable_schema = ON');
			work(db);
			db.close();
		};
		// What is inserted while the index is hidden is not in it.
		let index: Record<string, SQLOutputValue> = {};
		change((db) => {
			index = db.prepare(`SELECT * FROM sqlite_schema WHERE name = 'delivery_due'`).get() ?? {};
			db.exec(`DELETE FROM sqlite_schema WHERE name = 'delivery_due'`);
		});
		const sha256 = createHash('sha256').update('1').digest('hex');
		change((db) => {
			db.exec(`INSERT INTO delivery (endpoint, body_sha256, body_bytes, headers, received_at, due_at)
				VALUES ('a', x'${sha256}', 1, '{}', 1, 1); INSERT INTO body VALUES (1, CAST('1' AS BLOB))`);
			const insert = db.prepare(
				'INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES (?, ?, ?, ?, ?)',
			);
			insert.run(
				index.type ?? null,
				index.name ?? null,
				index.tbl_name ?? null,
				index.rootpage ?? null,
				index.sql ?? null,
			);
		});
		assert.deepEqual(await inbox.claim({ limit: 9, lease: lease() }), []);
		assert.match(JSON.stringify(await problemsOf(inbox)), /missing from index delivery_due/);
		await inbox.close();
		remove();
	});

	test('a clock that jumps back a day holds up neither a lease nor a retry nor a job', async () => {
		let time = Date.UTC(2026, 10, 23, 12);
		const day = 86_400_000;
		const inbox = await openSqliteInbox(':memory:', { now: () => time });
		const leased = await inbox.save(delivery('leased'), lease(15_000));
		const failed = await inbox.save(delivery('failed'), lease(15_000));
		await inbox.settle(claimOf(failed), { state: 'failed', error: 'x', retryMilliseconds: 60_000 });
		await inbox.save(delivery('received'));
		await inbox.expectJob({ jobId: 'j', endpoint: 'a' });
		assert.deepEqual((await inbox.claim({ limit: 9, lease: lease(15_000) })).map(text), ['received']);

		time -= day;
		// Nobody has it yet: what was leased stays so for its length once more, from now on.
		assert.deepEqual(await inbox.claim({ limit: 9, lease: lease(15_000) }), []);
		assert.equal((await inbox.read(leased.id))?.leasedUntil?.getTime(), time + 15_000);
		assert.deepEqual(await inbox.extend([claimOf(leased)], lease(15_000)), [leased.id]);
		time += 15_000;
		assert.deepEqual((await inbox.claim({ limit: 9, lease: lease(15_000) })).map(text).toSorted(), [
			'leased',
			'received',
		]);
		assert.equal((await inbox.read(failed.id))?.nextAttemptAt?.getTime(), time + 45_000);
		time += 45_000;
		assert.ok((await inbox.claim({ limit: 9, lease: lease(15_000) })).some(({ id }) => id === failed.id));
		const overdue = { overdueMilliseconds: 600_000, limit: 9, leaseMilliseconds: 1_000 };
		assert.deepEqual(await inbox.claimOverdueJobs(overdue), []);
		time += 600_000;
		assert.equal((await inbox.claimOverdueJobs(overdue)).length, 1);
		await inbox.close();
	});

	test('an inbox that was written by a clock a day ahead is mended when it is opened', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		let time = Date.UTC(2026, 10, 23, 12);
		const before = await openSqliteInbox(file, { now: () => time });
		await before.save(delivery('leased'), lease(15_000));
		await before.save(delivery('received'));
		await before.close();
		time -= 86_400_000;
		const after = await openSqliteInbox(file, { now: () => time });
		assert.deepEqual((await after.claim({ limit: 9, lease: lease() })).map(text), ['received']);
		time += 15_001;
		assert.deepEqual((await after.claim({ limit: 9, lease: lease() })).map(text), ['leased']);
		await after.close();
		remove();
	});

	test('a clock that jumps ahead ends leases, and the claim that is lost is told so', async () => {
		let time = Date.UTC(2026, 10, 23, 12);
		const inbox = await openSqliteInbox(':memory:', { now: () => time });
		const saved = await inbox.save(delivery('1'), lease(15_000));
		time += 86_400_000;
		const [claimed] = await inbox.claim({ limit: 9, lease: lease(15_000) });
		assert.equal(claimed?.id, saved.id);
		assert.equal(await inbox.settle(claimOf(saved), handled()), false);
		assert.equal(await inbox.settle(claimed?.claim ?? assert.fail(), handled()), true);
		await inbox.close();
	});

	test('vacuum stores bodies that are handled or dead in less room, and leaves the others', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openInbox(`sqlite:${file}`);
		const body = JSON.stringify(Array(300).fill({ value: 'twelve', confidence: 'High' }));
		const save = async (first: string, settlement?: Parameters<typeof inbox.settle>[1]): Promise<void> => {
			const saved = await inbox.save(delivery(first + body), lease());
			if (settlement !== undefined) await inbox.settle(claimOf(saved), settlement);
		};
		await save('1', handled(parsedAs({})));
		await save('2', { state: 'dead', error: 'x' });
		await save('3', { state: 'failed', error: 'x', retryMilliseconds: 0 });
		await save('4', { state: 'quarantined', issues: [] });
		await save('5');
		const progress: (number | null)[][] = [];
		await inbox.vacuum((done, total) => progress.push([done, total]));
		assert.deepEqual(progress.at(-1), [2, 2]);
		const db = new DatabaseSync(file);
		const stored = (): unknown[] =>
			db
				.prepare(
					'SELECT encoding, length(bytes) < 1000 AS short FROM delivery JOIN body ON delivery_id = id ORDER BY id',
				)
				.all()
				.map(({ encoding, short }) => [encoding, short]);
		const packed = [
			['deflate', 1],
			['deflate', 1],
			[null, 0],
			[null, 0],
			[null, 0],
		];
		assert.deepEqual(stored(), packed);
		await inbox.vacuum();
		assert.deepEqual(stored(), packed);
		// Damage within a packed body is told, and does not stand in the way of what can be read.
		db.exec(`UPDATE body SET bytes = substr(bytes, 1, 20) WHERE delivery_id = 1`);
		db.close();
		await assert.rejects(inbox.read(1), withCode('damaged'));
		assert.equal((await problemsOf(inbox)).length, 1);
		await inbox.vacuum();
		await inbox.retry({ ids: [1] });
		assert.deepEqual(
			(await inbox.claim({ limit: 9, lease: lease() })).map(({ id }) => id),
			[3],
		);
		assert.deepEqual((await inbox.list({ state: 'dead' })).map(({ id, lastError }) => [id, lastError]).at(-1), [
			1,
			'The stored body cannot be unpacked.',
		]);
		await inbox.close();
		remove();
	});

	test('a delivery that is packed between its claim and the reading of its body comes out as it was saved', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openInbox(`sqlite:${file}`);
		// So long that the second is read a turn of the event loop after the first.
		const bodies = ['a', 'b'].map((letter) => letter.repeat(3_000_000));
		for (const body of bodies) await inbox.save(delivery(body));
		const claiming = inbox.claim({ limit: 2, lease: lease() });
		const other = new DatabaseSync(file);
		const left = other.prepare('SELECT count(*) AS count FROM delivery WHERE leased_by IS NULL');
		while (left.get()?.count !== 0) await new Promise((resolve) => setImmediate(resolve));
		other.prepare('UPDATE body SET bytes = ? WHERE delivery_id = 2').run(deflateRawSync(bodies[1] ?? ''));
		other.exec(`UPDATE delivery SET encoding = 'deflate' WHERE id = 2`);
		other.close();
		assert.deepEqual(
			(await claiming).map((claimed) => text(claimed) === bodies[claimed.id - 1]),
			[true, true],
		);
		await inbox.close();
		remove();
	});

	test('a delivery whose body is gone is put away as dead, and the others are given', async () => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const inbox = await openInbox(`sqlite:${file}`);
		const { id } = await inbox.save(delivery('gone'));
		await inbox.save(delivery('there'));
		const other = new DatabaseSync(file);
		other.exec(`DELETE FROM body WHERE delivery_id = ${id}`);
		other.close();
		assert.deepEqual((await inbox.claim({ limit: 2, lease: lease() })).map(text), ['there']);
		const [entry] = await inbox.list({ ids: [id] });
		assert.deepEqual([entry?.state, entry?.lastError], ['dead', 'The body is missing.']);
		await inbox.close();
		remove();
	});

	test('a delivery that the disk does not give is put off, and the others are given', async () => {
		const { path, remove } = folder();
		const { get } = StatementSync.prototype;
		const inbox = await openInbox(`sqlite:${join(path, 'inbox.db')}`);
		const { id } = await inbox.save(delivery('unreadable'));
		await inbox.save(delivery('there'));
		let isBroken = true;
		StatementSync.prototype.get = function (...values: unknown[]) {
			if (isBroken && Number(values[0]) === id && /^SELECT bytes/.test(this.sourceSQL)) {
				throw Object.assign(new Error('disk I/O error'), { errcode: 266 });
			}
			return get.apply(this, values as Parameters<typeof get>);
		};
		try {
			assert.deepEqual((await inbox.claim({ limit: 2, lease: lease() })).map(text), ['there']);
			const [entry] = await inbox.list({ ids: [id] });
			assert.deepEqual([entry?.state, entry?.attempts], ['failed', 0]);
			assert.match(String(entry?.lastError), /disk I\/O error/);
			assert.ok(Number(entry?.nextAttemptAt) > Date.now());
			isBroken = false;
			await inbox.retry({ ids: [id] });
			assert.deepEqual((await inbox.claim({ limit: 2, lease: lease() })).map(text), ['unreadable']);
		} finally {
			StatementSync.prototype.get = get;
		}
		await inbox.close();
		remove();
	});

	test('closing waits for a body whose hash is still being taken', async () => {
		const { path, remove } = folder();
		const url = `sqlite:${join(path, 'inbox.db')}`;
		const inbox = await openInbox(url);
		const saving = inbox.save({ endpoint: 'a', body: Buffer.alloc(3_000_000, 'x') });
		await inbox.close();
		const { id } = await saving;
		const again = await openInbox(url);
		assert.equal((await again.read(id))?.bodyBytes, 3_000_000);
		await again.close();
		remove();
	});
}
