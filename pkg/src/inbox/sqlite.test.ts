import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { InboxError, openInbox } from 'mindhook/inbox';
import { inboxSuite, lease, type Storage, withCode } from './inbox-suite.js';

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
	const { DatabaseSync } = await import('node:sqlite');
	const folder = (): { path: string; remove(): void } => {
		const path = mkdtempSync(join(tmpdir(), 'mindhook-inbox-'));
		return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
	};

	inboxSuite('SQLite', (): Storage => {
		const { path, remove } = folder();
		const file = join(path, 'inbox.db');
		const change = (sql: string): void => {
			const db = new DatabaseSync(file);
			db.exec(sql);
			db.close();
		};
		return {
			open: () => openInbox(`sqlite:${file}`),
			refuseWrites: () => {
				// On the second insert of a save, so that it has to be rolled back.
				for (const table of ['body', 'setting']) {
					change(
						`CREATE TRIGGER refuse_${table} BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'refused by the test'); END`,
					);
				}
				return () => change('DROP TRIGGER refuse_body; DROP TRIGGER refuse_setting');
			},
			damageBody: (id) => change(`UPDATE body SET bytes = CAST('twO' AS BLOB) WHERE delivery_id = ${id}`),
			remove,
		};
	});

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
		let longest = 0;
		for (const begin = Date.now(); Date.now() - begin < 400; ) {
			const before = Date.now();
			await new Promise((resolve) => setTimeout(resolve, 1));
			longest = Math.max(longest, Date.now() - before);
		}
		assert.equal(settled, false);
		assert.ok(longest < 250, `the event loop stood still for ${longest} ms`);
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
}
