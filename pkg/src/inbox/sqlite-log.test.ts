import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SqliteAside } from './sqlite-aside.js';
import { SqliteLog } from './sqlite-log.js';

test('a move of the log that fails leaves it to SQLite until the next one that goes well', async () => {
	const set: string[] = [];
	let isFull = true;
	const aside = {
		run: async () => {
			if (isFull) throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
			return [];
		},
		close: async () => {},
	} as unknown as SqliteAside;
	const db = { exec: (sql: string) => void set.push(sql) } as unknown as ConstructorParameters<typeof SqliteLog>[0];
	const log = new SqliteLog(db, '/no/such/file', aside, async () => {});
	const write = async (): Promise<void> => {
		log.committed(1, 20 * 1024 * 1024);
		await new Promise((resolve) => setImmediate(resolve));
	};
	const autocheckpoint = (pages: number): string => `PRAGMA wal_autocheckpoint = ${pages}`;
	assert.deepEqual(set, [autocheckpoint(0)]);
	await write();
	await write();
	assert.deepEqual(set, [0, 1000].map(autocheckpoint));
	isFull = false;
	await write();
	await write();
	assert.deepEqual(set, [0, 1000, 0].map(autocheckpoint));
	await log.close();
});

test('a log that is long begins anew only when the transaction under way has landed, and none begins until then', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'mindhook-log-'));
	const path = join(folder, 'inbox.db');
	writeFileSync(`${path}-wal`, '');
	truncateSync(`${path}-wal`, 65 * 1024 * 1024);
	const asked: string[] = [];
	const aside = {
		run: async (sql: string) => void asked.push(sql),
		close: async () => {},
	} as unknown as SqliteAside;
	const db = { exec: () => {} };
	let land = (): void => {};
	const landed = new Promise<void>((resolve) => {
		land = resolve;
	});
	const log = new SqliteLog(db, path, aside, () => landed);
	log.committed(1, 20 * 1024 * 1024);
	while (log.pause === null) await new Promise((resolve) => setImmediate(resolve));
	await new Promise((resolve) => setImmediate(resolve));
	const moves = ['PRAGMA wal_checkpoint(PASSIVE)', 'PRAGMA wal_checkpoint(PASSIVE)'];
	assert.deepEqual(asked, moves);
	land();
	await log.pause;
	assert.deepEqual(asked, [...moves, 'PRAGMA wal_checkpoint(RESTART)']);
	await log.close();
	assert.equal(log.pause, null);
	rmSync(folder, { recursive: true });
});
