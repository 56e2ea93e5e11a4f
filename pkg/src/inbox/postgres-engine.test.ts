/** What only the engine on PostgreSQL has to do; what every engine has to do is in inbox-suite.ts. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
	closeSync,
	cpSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readFileSync,
	rmSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Inbox, type InboxError, openInbox as open } from 'mindhook/inbox';
import { type Cluster, startCluster, withoutPostgres } from '../../../tests/postgres-cluster.js';
import { claimOf, delivery, handled, lease, parsedAs, problemsOf, text, withCode } from './inbox-suite.js';

const isOld = Number(process.versions.node.split('.')[0]) < 22 && 'the inbox needs Node 22';

/** Those that a test left open when it failed, which would keep the process. */
const opened = new Set<Inbox>();
const openInbox: typeof open = async (...args) => {
	const inbox = await open(...args);
	opened.add(inbox);
	return inbox;
};

describe('the PostgreSQL engine', { skip: withoutPostgres || isOld }, () => {
	let cluster: Cluster;
	let template: string;
	before(async () => {
		// As careless as a server can be set up, but for fsync: an inbox has to ask for what it needs.
		cluster = await startCluster({ synchronous_commit: 'off', DateStyle: 'SQL, DMY', TimeZone: 'Asia/Kathmandu' });
		template = await cluster.newDatabase();
		await (await openInbox(template)).close();
	});
	after(async () => {
		await Promise.allSettled([...opened].map((inbox) => inbox.close()));
		await cluster.remove();
	});

	/** Runs `body` with an inbox of its own. */
	const withInbox = async (body: (inbox: Inbox, url: string) => Promise<void>): Promise<void> => {
		const url = await cluster.newDatabase(template);
		const inbox = await openInbox(url);
		try {
			await body(inbox, url);
		} finally {
			await inbox.close();
		}
	};
	const ids = (entries: readonly { id: number }[]): number[] => entries.map(({ id }) => id);
	/** A claim of everything that is due. */
	const claimAll = (inbox: Inbox): ReturnType<Inbox['claim']> => inbox.claim({ limit: 100, lease: lease() });
	const eventually = async <Result>(ask: () => Promise<Result[]>): Promise<Result[]> => {
		for (const end = Date.now() + 20_000; Date.now() < end; await sleep(50)) {
			const found = await ask();
			if (found.length > 0) return found;
		}
		return assert.fail('it did not happen within 20 seconds');
	};

	describe('opening', () => {
		test('a URL that makes no sense is refused, and no message holds a password', async () => {
			for (const [url, code, message] of [
				['postgres:', 'url', /postgres:\/\/user:password@host\/database/],
				['postgres://tester:hunter2@[broken/x', 'url', /cannot be read/],
				['postgres://u:hunter2@h/d?schema=Robert"); DROP', 'url', /schema/],
				['postgres://u:hunter2@h/d?schema=pg_catalog', 'url', /schema/],
				[`postgres://u:hunter2@h/d?schema=${'x'.repeat(41)}`, 'url', /1 to 40/],
				['postgres://tester:hunter2@127.0.0.1:1/d', 'open', /127\.0\.0\.1:1\/d.*ECONNREFUSED/],
				[`postgres://tester:hunter2@127.0.0.1:${cluster.port}/postgres`, 'open', /password authentication failed/],
				[`${cluster.url('nowhere')}`, 'open', /database "nowhere" does not exist/],
			] as const) {
				await assert.rejects(openInbox(url), (error: unknown) => {
					assert.ok(withCode(code)(error), `${url}: ${error}`);
					assert.match((error as Error).message, message);
					assert.doesNotMatch((error as Error).message, /hunter2|of-the-tests/);
					return true;
				});
			}
		});

		test('without the packages it says which to install', async () => {
			const folder = mkdtempSync(join(tmpdir(), 'mindhook-alone-'));
			try {
				// The package by itself, as where nobody installed its optional peers.
				mkdirSync(join(folder, 'node_modules/mindhook'), { recursive: true });
				cpSync(resolve('pkg/dist'), join(folder, 'node_modules/mindhook/dist'), { recursive: true });
				cpSync(resolve('pkg/package.json'), join(folder, 'node_modules/mindhook/package.json'));
				writeFileSync(
					join(folder, 'open.mjs'),
					`import { openInbox } from 'mindhook/inbox';
					await openInbox('postgres://u:p@127.0.0.1:1/d').catch((error) => console.log(error.code, error.message));`,
				);
				const { stdout } = await promisify(execFile)(process.execPath, ['open.mjs'], { cwd: folder });
				assert.match(stdout, /^runtime .*package pg\b.*npm install pg pg-boss/);
			} finally {
				rmSync(folder, { recursive: true, force: true });
			}
		});

		test('many processes may open a new inbox at the same time', async () => {
			const url = await cluster.newDatabase();
			const inboxes = await Promise.all(Array.from({ length: 6 }, () => openInbox(url)));
			await Promise.all(inboxes.map((inbox, index) => inbox.save(delivery(String(index)))));
			assert.equal((await inboxes[0]?.list())?.length, 6);
			await Promise.all(inboxes.map((inbox) => inbox.close()));
		});

		test('an inbox that is not there is not made where that was not asked for', async () => {
			const url = await cluster.newDatabase();
			await assert.rejects(openInbox(url, { create: false }), withCode('open'));
			assert.deepEqual(await cluster.sql(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'mindhook%'`, url), []);
			await (await openInbox(url)).close();
			await (await openInbox(url, { create: false })).close();
		});

		test('two schemas of one database are two inboxes', async () => {
			const url = await cluster.newDatabase();
			const [one, two] = await Promise.all(['one', 'two'].map((schema) => openInbox(`${url}?schema=${schema}`)));
			if (one === undefined || two === undefined) assert.fail();
			await one.save(delivery('same'));
			assert.equal((await two.save(delivery('same'))).duplicate, false);
			assert.deepEqual((await claimAll(two)).map(text), ['same']);
			assert.deepEqual((await claimAll(one)).map(text), ['same']);
			await Promise.all([one.close(), two.close()]);
		});

		test("another program's schema is left alone", async () => {
			const url = await cluster.newDatabase();
			await cluster.sql('CREATE SCHEMA mindhook; CREATE TABLE mindhook.mine (x int)', url);
			await assert.rejects(
				openInbox(url),
				(error: unknown) => withCode('open')(error) && /another program/.test(`${error}`),
			);
			assert.equal((await cluster.sql(`SELECT FROM pg_tables WHERE schemaname = 'mindhook'`, url)).length, 1);
		});

		test('an inbox of every version is brought to the newest with all that is in it', async () => {
			const newest = Number((await cluster.sql('SELECT version FROM mindhook.mindhook_inbox', template))[0]?.version);
			for (let version = 1; version <= newest; version += 1) {
				const url = await cluster.newDatabase();
				await cluster.sql(readFileSync(`tests/fixtures/inboxes/postgres-${version}.sql`, 'utf8'), url);
				assert.deepEqual(await cluster.sql('SELECT version FROM mindhook.mindhook_inbox', url), [{ version }]);
				const inbox = await openInbox(url);
				assert.deepEqual(await cluster.sql('SELECT version FROM mindhook.mindhook_inbox', url), [{ version: newest }]);
				const entries = (await inbox.list()).reverse();
				assert.deepEqual(
					entries.map(({ state, headers, attempts, lastError }) => [state, headers['x-a'], attempts, lastError]),
					[
						['received', 'received', 0, null],
						['handled', 'handled', 1, null],
						['failed', 'failed', 1, 'no'],
						['dead', 'dead', 1, 'no'],
						['quarantined', '{', 1, null],
						['received', 'leased', 1, null],
					],
				);
				assert.deepEqual(
					entries.map(({ kind, inferenceId, modelId, jobId }) => [kind, inferenceId, modelId, jobId])[1],
					['ocr', 'i', 'm', 'j'],
				);
				assert.deepEqual(await problemsOf(inbox), []);
				// Its jobs were not kept: what waits is found all the same.
				assert.deepEqual((await claimAll(inbox)).map(text), ['received', 'failed', 'leased']);
				assert.equal((await inbox.save({ ...delivery('handled'), endpoint: 'invoices' })).duplicate, true);
				assert.equal((await inbox.stats()).expectedJobs, 1);
				await inbox.close();
			}
		});

		test('an inbox of a newer version is refused', async () => {
			const url = await cluster.newDatabase(template);
			await cluster.sql('UPDATE mindhook.mindhook_inbox SET version = version + 1', url);
			await assert.rejects(
				openInbox(url),
				(error: unknown) => withCode('open')(error) && /newer mindhook/.test(`${error}`),
			);
		});

		test('a server without fsync is refused, unless the URL says that it is durable', async () => {
			const careless = await startCluster({ fsync: 'off' });
			try {
				await assert.rejects(
					openInbox(careless.url()),
					(error: unknown) => withCode('open')(error) && /fsync/.test(`${error}`),
				);
				await (await openInbox(`${careless.url()}?fsync=off`)).close();
			} finally {
				await careless.remove();
			}
		});
	});

	describe('durability', () => {
		test('what is saved waits for the disk, although the server is set up not to', async () => {
			await withInbox(async (inbox, url) => {
				// Asked of the transaction itself, from within.
				await cluster.sql(
					`CREATE TABLE seen (setting text);
					CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
						$$ BEGIN INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
					CREATE TRIGGER see AFTER INSERT OR UPDATE OR DELETE ON mindhook.delivery FOR EACH STATEMENT EXECUTE FUNCTION see()`,
					url,
				);
				const { claim } = await inbox.save(delivery('1'), lease());
				await inbox.settle(claimOf({ claim }), handled());
				await inbox.save(delivery('2'));
				await claimAll(inbox);
				await inbox.retry({ state: 'handled' });
				await inbox.prune({ olderThan: new Date(Date.now() + 1_000), states: ['received'] });
				const seen = await cluster.sql('SELECT setting, count(*)::int FROM seen GROUP BY setting', url);
				assert.deepEqual(
					seen.map(({ setting }) => setting),
					['on'],
				);
			});
		});

		test('what was acknowledged is there after a crash of the server, and the inbox goes on by itself', async () => {
			await withInbox(async (inbox) => {
				const bodies = new Set<string>();
				let isOver = false;
				const sender = async (number: number): Promise<void> => {
					for (let index = 0; !isOver; index += 1) {
						const body = `${number} ${index}`;
						await inbox.save(delivery(body)).then(
							() => bodies.add(body),
							(error: unknown) => assert.ok(withCode('write')(error), String(error)),
						);
						await sleep(5);
					}
				};
				const sending = Promise.all(Array.from({ length: 8 }, (_, number) => sender(number)));
				const more = async (count: number): Promise<void> => {
					const enough = bodies.size + count;
					await eventually(async () => (bodies.size >= enough ? [true] : []));
				};
				try {
					for (let crash = 0; crash < 2; crash += 1) {
						await more(20);
						await cluster.stop('immediate');
						await assert.rejects(inbox.ready(), withCode('write'));
						await assert.rejects(inbox.list(), withCode('open'));
						await assert.rejects(claimAll(inbox), withCode('write'));
						await cluster.start();
					}
					await eventually(async () =>
						inbox.ready().then(
							() => [true],
							() => [],
						),
					);
					await more(20);
				} finally {
					isOver = true;
					await sending;
				}
				const stored = new Set((await eventually(() => claimAllOf(inbox))).map(text));
				for (const body of bodies) assert.ok(stored.has(body), `${body} is lost`);
			});
		});

		test('connections that are cut fail what runs on them at most, and nothing is saved twice', async () => {
			await withInbox(async (inbox, url) => {
				const bodies = Array.from({ length: 600 }, (_, index) => `body ${index}`);
				let isOver = false;
				let done = 0;
				const cutting = (async () => {
					while (!isOver) {
						const before = done;
						await cluster.sql(
							`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
							WHERE application_name = 'mindhook' AND datname = current_database()`,
							url,
						);
						await sleep(30);
						// Where it takes longer to connect and save, nothing would ever come through.
						while (!isOver && done === before) await sleep(5);
					}
				})();
				const save = async (body: string): Promise<number> => {
					for (;;) {
						const saved = await inbox.save(delivery(body)).catch((error: unknown) => {
							assert.ok(withCode('write')(error), String(error));
							return null;
						});
						if (saved === null) continue;
						done += 1;
						return saved.id;
					}
				};
				const saved: number[] = [];
				try {
					for (let from = 0; from < bodies.length; from += 20) {
						saved.push(...(await Promise.all(bodies.slice(from, from + 20).map(save))));
					}
				} finally {
					isOver = true;
					await cutting;
				}
				assert.equal(new Set(saved).size, bodies.length);
				assert.equal((await inbox.stats()).deliveries.received, bodies.length);
				assert.deepEqual((await claimAllOf(inbox)).map(text).toSorted(), bodies.toSorted());
			});
		});

		test('a network that swallows everything rejects within seconds, and what comes after it is saved', async () => {
			const url = await cluster.newDatabase(template);
			const proxy = await swallowingProxy(cluster.port);
			const inbox = await openInbox(url.replace(`:${cluster.port}/`, `:${proxy.port}/`));
			try {
				await inbox.save(delivery('before'));
				proxy.swallow(true);
				const begin = performance.now();
				const results = await Promise.allSettled([
					inbox.save(delivery('lost')),
					inbox.ready(),
					inbox.list(),
					claimAll(inbox),
				]);
				assert.deepEqual(
					results.map((result) => result.status === 'rejected' && (result.reason as InboxError).code),
					['write', 'write', 'open', 'write'],
				);
				assert.ok(performance.now() - begin < 15_000, `${performance.now() - begin} ms`);
				proxy.swallow(false);
				await eventually(async () =>
					inbox.ready().then(
						() => [true],
						() => [],
					),
				);
				assert.equal((await inbox.save(delivery('before'))).duplicate, true);
				await inbox.save(delivery('lost'));
				assert.deepEqual((await inbox.list()).length, 2);
			} finally {
				await inbox.close();
				proxy.close();
			}
		});

		test('a claim whose end was committed unheard takes back its attempt once, however often it is asked for', async () => {
			const url = await cluster.newDatabase(template);
			const direct = await openInbox(url);
			let isCut = false;
			const proxy = await proxyTo(cluster.port, () => {
				let isOver = false;
				return (chunk, to, from) => {
					if (isOver) {
						to.destroy();
						from.destroy();
					} else to.write(chunk);
					isOver ||= isCut && to.remotePort === cluster.port && chunk.includes('COMMIT\0');
				};
			});
			const inbox = await openInbox(url.replace(`:${cluster.port}/`, `:${proxy.port}/`));
			try {
				// A process died with it, so that an attempt is counted that is none of these.
				const { id } = await direct.save(delivery('1'), lease(1));
				const [claimed] = await eventually(() => claimAll(inbox));
				const { claim, attempts } = claimed ?? assert.fail();
				assert.equal(attempts, 2);
				isCut = true;
				await assert.rejects(inbox.settle(claim, { state: 'released' }), withCode('write'));
				isCut = false;
				await eventually(async () => ((await direct.read(id))?.attempts === 1 ? [id] : []));
				const [other] = await eventually(() => claimAll(direct));
				assert.equal(other?.attempts, 2);
				assert.equal(await inbox.settle(claim, { state: 'released' }), false);
				assert.equal((await direct.read(id))?.attempts, 2);
			} finally {
				await Promise.all([inbox.close(), direct.close()]);
				proxy.close();
			}
		});

		test('a backlog that a slow link does not bring within a lease comes a share at a time, each delivery once', async () => {
			const url = await cluster.newDatabase(template);
			const direct = await openInbox(url);
			for (let index = 0; index < 60; index += 1) {
				await direct.save({ endpoint: 'a', body: Buffer.alloc(250_000, `${index} `) });
			}
			const link = await slowLink(cluster.port, 4_000_000);
			const inbox = await openInbox(url.replace(`:${cluster.port}/`, `:${link.port}/`));
			try {
				const given: number[] = [];
				let claims = 0;
				for (; given.length < 60; claims += 1) {
					const claimed = await inbox.claim({ limit: 60, lease: lease(6_000) });
					assert.ok(claimed.length > 0);
					for (const { claim, attempts } of claimed) {
						assert.equal(attempts, 1);
						assert.equal(await direct.settle(claim, handled()), true);
						given.push(claim.id);
					}
				}
				assert.equal(new Set(given).size, 60);
				assert.ok(claims > 1, 'the link was not slow');
			} finally {
				await Promise.all([inbox.close(), direct.close()]);
				link.close();
			}
		});

		test('a body that takes longer than a lease to come is nobody else’s meanwhile', async () => {
			const url = await cluster.newDatabase(template);
			const direct = await openInbox(url);
			const saved = await direct.save({ endpoint: 'a', body: Buffer.alloc(24_000_000, 'x') });
			const link = await slowLink(cluster.port, 3_000_000);
			const inbox = await openInbox(url.replace(`:${cluster.port}/`, `:${link.port}/`));
			try {
				let isHere = false;
				const claiming = inbox.claim({ limit: 1, lease: lease(6_000) }).finally(() => {
					isHere = true;
				});
				while ((await direct.list({ ids: [saved.id] }))[0]?.leasedBy === null) await sleep(20);
				while (!isHere) {
					assert.deepEqual(ids(await claimAll(direct)), []);
					await sleep(50);
				}
				const [claimed] = await claiming;
				assert.equal(claimed?.body.byteLength, 24_000_000);
				assert.equal(await direct.settle(claimed.claim, handled()), true);
			} finally {
				await Promise.all([inbox.close(), direct.close()]);
				link.close();
			}
		});

		test('a delivery that another transaction is just saving is waited for, and then a duplicate', async () => {
			await withInbox(async (inbox, url) => {
				// A second inbox whose transaction is held open before its commit.
				await cluster.sql(
					`CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
					CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON mindhook.body DEFERRABLE INITIALLY DEFERRED
					FOR EACH ROW EXECUTE FUNCTION wait()`,
					url,
				);
				const other = await openInbox(url);
				let isSaved = false;
				const saving = inbox.save(delivery('same'), lease()).finally(() => {
					isSaved = true;
				});
				const held = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`;
				await eventually(async () => (isSaved ? [{}] : cluster.sql(held, url)));
				const second = await other.save(delivery('same'), lease());
				const first = await saving;
				assert.deepEqual(second, { id: first.id, duplicate: true, claim: null });
				await other.close();
			});
		});

		test('one delivery that the server refuses does not take the others of its transaction with it', async () => {
			await withInbox(async (inbox, url) => {
				await cluster.sql(`ALTER TABLE mindhook.delivery ADD CONSTRAINT c CHECK (endpoint <> 'bad')`, url);
				const results = await Promise.allSettled(
					Array.from({ length: 20 }, (_, index) => inbox.save(delivery(`${index}`, index === 7 ? 'bad' : 'a'))),
				);
				assert.deepEqual(
					results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : [])),
					[7],
				);
				assert.equal((await inbox.list()).length, 19);
			});
		});
	});

	describe('the jobs of pg-boss', () => {
		test('a delivery has a job while it waits, and none while somebody works on it or when it is settled', async () => {
			await withInbox(async (inbox, url) => {
				const jobs = async (): Promise<unknown[]> =>
					(await cluster.sql(`SELECT data->>'delivery' AS id FROM mindhook_jobs.job ORDER BY 1`, url)).map(({ id }) =>
						Number(id),
					);
				const waiting = await inbox.save(delivery('1'));
				const leased = await inbox.save(delivery('2'), lease());
				assert.deepEqual(await jobs(), [waiting.id]);
				const [claimed] = await claimAll(inbox);
				assert.deepEqual([claimed?.id, await jobs()], [waiting.id, []]);
				await inbox.settle(claimed?.claim ?? assert.fail(), handled());
				await inbox.settle(claimOf(leased), { state: 'failed', error: 'x', retryMilliseconds: 60_000 });
				assert.deepEqual(await jobs(), [leased.id]);
				await inbox.retry({ ids: [waiting.id, leased.id] });
				assert.deepEqual(ids(await claimAll(inbox)), [waiting.id, leased.id]);
				// The job of the failed attempt, which had become another's, is gone when its time comes; here it never does.
				assert.deepEqual(await jobs(), [leased.id]);
			});
		});

		test('a delivery and its job are saved together or not at all', async () => {
			await withInbox(async (inbox, url) => {
				await inbox.save(delivery('1'));
				await cluster.sql(`ALTER TABLE mindhook_jobs.job ADD CONSTRAINT c CHECK (data->>'delivery' = '1')`, url);
				await assert.rejects(inbox.save(delivery('2')), withCode('write'));
				assert.equal((await inbox.list()).length, 1);
			});
		});

		test('nothing is lost when the jobs, a queue or all of pg-boss are gone', async () => {
			for (const sql of [
				'DELETE FROM mindhook_jobs.job',
				`UPDATE mindhook_jobs.job SET state = 'cancelled'`,
				'DELETE FROM mindhook_jobs.job; DELETE FROM mindhook_jobs.queue',
				'DROP SCHEMA mindhook_jobs CASCADE',
			]) {
				const url = await cluster.newDatabase(template);
				const inbox = await openInbox(url);
				await inbox.save(delivery('before'));
				await cluster.sql(sql, url);
				await inbox.save(delivery('after'));
				assert.deepEqual((await claimAll(inbox)).map(text), ['after'], sql);
				await inbox.close();
				// What is due for some seconds and has no job is found by whoever looks first.
				await cluster.sql('UPDATE mindhook.delivery SET due_at = due_at - 60000 WHERE leased_by IS NULL', url);
				const again = await openInbox(url);
				assert.deepEqual((await claimAll(again)).map(text), ['before'], sql);
				await again.close();
			}
		});

		test('a job that was sent twice, or whose delivery is gone, gives nothing twice', async () => {
			await withInbox(async (inbox, url) => {
				await inbox.save(delivery('1'));
				const pruned = await inbox.save(delivery('2'));
				await cluster.sql(
					`INSERT INTO mindhook_jobs.job (name, data, policy) SELECT name, data, policy FROM mindhook_jobs.job`,
					url,
				);
				await inbox.prune({ olderThan: new Date(Date.now() + 1_000), states: ['received'], bodyBytesMax: 0 });
				await inbox.save(delivery('3'));
				assert.deepEqual((await claimAll(inbox)).map(text), ['3']);
				assert.equal(await inbox.read(pruned.id), null);
				assert.deepEqual(await claimAll(inbox), []);
				assert.deepEqual(await cluster.sql('SELECT id FROM mindhook_jobs.job', url), []);
			});
		});

		test('a delivery whose lease was extended after it had run out is left to whoever extended it', async () => {
			await withInbox(async (inbox) => {
				const saved = await inbox.save(delivery('1'), lease(20));
				await sleep(40);
				// Its job is sent by this claim, for another endpoint that has nothing.
				assert.deepEqual(await inbox.claim({ endpoints: ['b'], limit: 1, lease: lease() }), []);
				assert.deepEqual(await inbox.extend([claimOf(saved)], lease()), [saved.id]);
				assert.deepEqual(await claimAll(inbox), []);
				await inbox.extend([claimOf(saved)], lease(30));
				assert.deepEqual(ids(await eventually(() => claimAll(inbox))), [saved.id]);
			});
		});

		test('when the clock of the database is set back, leases and pauses do not last until it is there again', async () => {
			const url = await cluster.newDatabase(template);
			const inbox = await openInbox(url);
			const leased = await inbox.save(delivery('leased'), lease(1_000));
			const failed = await inbox.save(delivery('failed'), lease());
			await inbox.settle(claimOf(failed), { state: 'failed', error: 'x', retryMilliseconds: 1_000 });
			await inbox.close();
			// As it looks afterwards: everything was written a day ahead.
			await cluster.sql(
				`UPDATE mindhook.delivery SET due_at = due_at + 86400000;
				UPDATE mindhook_jobs.job SET start_after = start_after + interval '1 day'`,
				url,
			);
			const again = await openInbox(url);
			const claimed = new Set<number>();
			while (claimed.size < 2) for (const id of ids(await eventually(() => claimAll(again)))) claimed.add(id);
			assert.deepEqual(claimed, new Set([leased.id, failed.id]));
			await again.close();
		});

		test('an endpoint of any name has a queue of its own', async () => {
			await withInbox(async (inbox) => {
				const names = ['a', 'a b', 'a/20/b', 'ä', '😀', "'; DROP", 'x'.repeat(300), 'A', '.', '-'];
				for (const name of names) await inbox.save(delivery('1', name));
				for (const name of names) {
					const claimed = await inbox.claim({ endpoints: [name], limit: 9, lease: lease() });
					assert.deepEqual(
						claimed.map(({ endpoint }) => endpoint),
						[name],
					);
				}
			});
		});
	});

	describe('bodies', () => {
		test('a body of 20 MiB of any bytes is claimed, read, checked and compressed as it came', async () => {
			await withInbox(async (inbox) => {
				const body = new Uint8Array(20 * 1024 * 1024 + 3);
				for (let at = 0; at < body.length; at += 64 * 1024)
					body.set(randomBytes(1_000).subarray(0, body.length - at), at);
				const saved = await inbox.save({ endpoint: 'a', body });
				const [claimed] = await claimAll(inbox);
				assert.ok(Buffer.from(body).equals(claimed?.body ?? assert.fail()));
				await inbox.settle(claimed?.claim ?? assert.fail(), handled(parsedAs({})));
				const before = (await inbox.stats()).storedBytes;
				await inbox.vacuum();
				assert.ok(Buffer.from(body).equals((await inbox.read(saved.id))?.body ?? assert.fail()));
				assert.deepEqual(await problemsOf(inbox), []);
				// The room is used again; the file itself becomes shorter only where its end is free.
				await inbox.save({ endpoint: 'b', body: body.subarray(0, 16 * 1024 * 1024) });
				const { storedBytes } = await inbox.stats();
				assert.ok(storedBytes < before * 1.1, `${storedBytes}, before ${before}`);
			});
		});

		test('an encrypted inbox shows nothing of a body, a header or an error to who reads its tables', async () => {
			const url = await cluster.newDatabase();
			const inbox = await openInbox(url, { encryptionKey: 'cd'.repeat(32) });
			const saved = await inbox.save(
				{ ...delivery('confidential body'), headers: { 'x-a': 'confidential header' } },
				lease(),
			);
			await inbox.settle(claimOf(saved), { state: 'dead', error: 'confidential error' });
			await inbox.vacuum();
			const rows = await cluster.sql(
				`SELECT d::text AS d, encode(bytes, 'escape') AS b FROM mindhook.delivery AS d JOIN mindhook.body ON delivery_id = id`,
				url,
			);
			assert.equal(rows.length, 1);
			assert.doesNotMatch(JSON.stringify(rows), /confidential/);
			const entry = await inbox.read(saved.id);
			assert.deepEqual(
				[text(entry), entry?.headers, entry?.lastError],
				['confidential body', { 'x-a': 'confidential header' }, 'confidential error'],
			);
			await inbox.close();
			await assert.rejects(openInbox(url), withCode('key'));
			await assert.rejects(openInbox(url, { encryptionKey: 'ef'.repeat(32) }), withCode('key'));
		});

		test('a page of long values that is damaged costs what lies on it, and no other an attempt', async () => {
			const url = await cluster.newDatabase(template);
			let inbox = await openInbox(url);
			const body = await inbox.save({ endpoint: 'a', body: randomBytes(20_000) });
			const headers = await inbox.save({ ...delivery('1'), headers: { 'x-a': randomBytes(9_000).toString('hex') } });
			const good = await Promise.all(Array.from({ length: 20 }, (_, index) => inbox.save(delivery(`good ${index}`))));
			await inbox.close();
			const paths = await cluster.sql(
				`SELECT pg_relation_filepath(reltoastrelid) AS path FROM pg_class
				WHERE oid IN ('mindhook.body'::regclass, 'mindhook.delivery'::regclass)`,
				url,
			);
			await cluster.stop('fast');
			for (const { path } of paths) {
				const file = openSync(join(cluster.folder, String(path)), 'r+');
				writeSync(file, Buffer.alloc(200, 0xff), 0, 200, 0);
				closeSync(file);
			}
			await cluster.start();
			inbox = await openInbox(url);
			assert.deepEqual(ids(await inbox.list()).length, 22);
			assert.deepEqual(ids((await problemsOf(inbox)) as { id: number }[]), [body.id, headers.id]);
			assert.deepEqual(
				(await claimAll(inbox)).map(({ id, attempts }) => `${id}: ${attempts}`).toSorted(),
				good.map(({ id }) => `${id}: 1`).toSorted(),
			);
			for (const { id } of [body, headers]) {
				await assert.rejects(inbox.read(id), withCode('damaged'));
				assert.equal((await inbox.list({ ids: [id] }))[0]?.state, 'dead');
			}
			assert.match(String((await inbox.list({ ids: [headers.id] }))[0]?.unreadable), /block 0/);
			await inbox.vacuum().catch((error: unknown) => assert.ok(withCode('damaged')(error), String(error)));
			await inbox.close();
		});

		test('a check goes on behind a body that the disk does not give', async () => {
			const url = await cluster.newDatabase(template);
			let inbox = await openInbox(url);
			const long = await inbox.save({ endpoint: 'a', body: randomBytes(20_000) });
			await inbox.save(delivery('whole'));
			await inbox.close();
			await cluster.loseLongBodies(url);
			inbox = await openInbox(url);
			const problems = (await problemsOf(inbox)) as { id: number; message: string }[];
			assert.deepEqual(ids(problems), [long.id]);
			assert.match(String(problems[0]?.message), /could not open file/);
			await inbox.close();
		});

		test('what cannot be read is put aside, and the rest is claimed', async () => {
			const url = await cluster.newDatabase();
			const first = await openInbox(url, { encryptionKey: 'cd'.repeat(32) });
			const unreadable = await first.save(delivery('of the first key'));
			await first.close();
			const both = await openInbox(url, { encryptionKey: ['ef'.repeat(32), 'cd'.repeat(32)] });
			const damaged = await both.save(delivery('damaged'));
			await both.save(delivery('whole'));
			await both.close();
			await cluster.sql(
				`UPDATE mindhook.body SET bytes = set_byte(bytes, 20, get_byte(bytes, 20) # 1) WHERE delivery_id = ${damaged.id}`,
				url,
			);
			const second = await openInbox(url, { encryptionKey: 'ef'.repeat(32) });
			assert.deepEqual((await claimAll(second)).map(text), ['whole']);
			assert.deepEqual(await claimAll(second), []);
			await second.close();
			const again = await openInbox(url, { encryptionKey: ['ef'.repeat(32), 'cd'.repeat(32)] });
			const states = await again.list();
			assert.deepEqual(
				[unreadable, damaged]
					.map(({ id }) => states.find((entry) => entry.id === id))
					.map((entry) => [entry?.state, entry?.attempts]),
				[
					['failed', 0],
					['dead', 1],
				],
			);
			await again.close();
		});
	});
});

/** Everything that is due, however much that is. */
async function claimAllOf(inbox: Inbox): ReturnType<Inbox['claim']> {
	const all = [];
	for (;;) {
		const claimed = await inbox.claim({ limit: 500, lease: lease() });
		if (claimed.length === 0) return all;
		all.push(...claimed);
	}
}

/** A proxy that can swallow what goes through it, in both directions, without closing anything. */
async function swallowingProxy(port: number): Promise<{ port: number; swallow(is: boolean): void; close(): void }> {
	let swallows = false;
	const proxy = await proxyTo(port, () => {
		const gone = swallows;
		return (chunk, to) => {
			if (!swallows && !gone) to.write(chunk);
		};
	});
	return {
		...proxy,
		swallow: (is) => {
			swallows = is;
		},
	};
}

/** A proxy through which so many bytes a second come back, of all connections together. */
async function slowLink(port: number, bytesPerSecond: number): Promise<{ port: number; close(): void }> {
	let freeAt = 0;
	return proxyTo(port, () => (chunk, to, from) => {
		if (to.remotePort === port) return to.write(chunk);
		from.pause();
		freeAt = Math.max(freeAt, performance.now()) + (chunk.length / bytesPerSecond) * 1_000;
		return setTimeout(
			() => {
				to.write(chunk);
				from.resume();
			},
			Math.max(0, freeAt - performance.now()),
		);
	});
}

/** A proxy that passes on as it is told, for each connection anew. */
async function proxyTo(
	port: number,
	passing: () => (chunk: Buffer, to: Socket, from: Socket) => unknown,
): Promise<{ port: number; close(): void }> {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		const upstream = connect(port, '127.0.0.1');
		const pass = passing();
		for (const [from, to] of [
			[socket, upstream],
			[upstream, socket],
		] as const) {
			sockets.add(from);
			from.on('error', () => {}).on('close', () => to.destroy());
			from.on('data', (chunk: Buffer) => pass(chunk, to, from));
		}
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const address = server.address();
	return {
		port: typeof address === 'object' && address !== null ? address.port : 0,
		close: () => {
			for (const socket of sockets) socket.destroy();
			server.close();
		},
	};
}
