import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Issue } from 'mindhook';
import {
	type Claim,
	type ClaimedDelivery,
	type Inbox,
	type InboxEntry,
	InboxError,
	type InboxErrorCode,
	type Lease,
	type NewDelivery,
	type ParsedAs,
	type Settlement,
} from 'mindhook/inbox';
import { InboxError as InboxErrorOfSource } from './inbox.js';

/** Storage that begins empty. */
export interface Storage {
	/** Opens an inbox on it; several may be open at a time, as by several processes. */
	open(): Promise<Inbox>;
	/** Makes every write of a body fail, and `ready` too, until the function it gives is called. */
	refuseWrites(): (() => void | Promise<void>) | Promise<() => void | Promise<void>>;
	/** Changes a byte of a stored body, behind the inbox's back. */
	damageBody(id: number): void | Promise<void>;
	/** Makes the stored headers of a delivery something that is no JSON, behind the inbox's back. */
	damageHeaders(id: number): void | Promise<void>;
	/** Removes it; every inbox on it has been closed. */
	remove(): void | Promise<void>;
}

/** What every engine has to do. `create` makes fresh storage for one test. */
export function inboxSuite(engine: string, create: () => Storage | Promise<Storage>): void {
	const inboxTest = (sentence: string, body: (inbox: Inbox, storage: Storage) => Promise<void>): void => {
		test(sentence, async () => {
			const storage = await create();
			const inbox = await storage.open();
			try {
				await body(inbox, storage);
			} finally {
				await inbox.close();
				await storage.remove();
			}
		});
	};

	/** Runs `body` with more inboxes on the same storage. */
	const withMore = async (storage: Storage, count: number, body: (more: Inbox[]) => Promise<void>): Promise<void> => {
		const more = await Promise.all(Array.from({ length: count }, () => storage.open()));
		try {
			await body(more);
		} finally {
			await Promise.all(more.map((inbox) => inbox.close()));
		}
	};

	describe(`inbox on ${engine}: saving`, () => {
		inboxTest(
			'a saved delivery comes back with exactly its bytes, from another connection too',
			async (inbox, storage) => {
				const body = Uint8Array.from({ length: 70_000 }, (_, index) => index & 0xff);
				const receivedAt = new Date('2026-11-23T10:11:12.345Z');
				const headers = { 'content-type': 'application/json', 'x-signature': 'abc' };
				const { id, duplicate, claim } = await inbox.save({
					endpoint: 'invoices',
					body,
					headers,
					remoteAddress: '192.0.2.7',
					receivedAt,
					source: 'reconcile',
				});
				assert.deepEqual([duplicate, claim], [false, null]);

				await withMore(storage, 1, async ([other]) => {
					const { body: bytes, ...entry } = (await other?.read(id)) ?? assert.fail('not found');
					assert.deepEqual(Buffer.from(bytes), Buffer.from(body));
					assert.deepEqual(entry, {
						id,
						endpoint: 'invoices',
						bodySha256: createHash('sha256').update(body).digest('hex'),
						bodyBytes: 70_000,
						headers,
						remoteAddress: '192.0.2.7',
						receivedAt,
						source: 'reconcile',
						state: 'received',
						attempts: 0,
						nextAttemptAt: null,
						settledAt: null,
						leasedBy: null,
						leasedUntil: null,
						lastError: null,
						issues: [],
						kind: null,
						inferenceId: null,
						modelId: null,
						jobId: null,
					});
				});
			},
		);

		inboxTest('an empty body, and bytes that are no text, are saved as they are', async (inbox) => {
			for (const body of [new Uint8Array(0), Uint8Array.of(0, 0xff, 0xfe, 0xc3, 0x28, 0)]) {
				const { id } = await inbox.save({ endpoint: 'a', body });
				assert.deepEqual([...((await inbox.read(id))?.body ?? assert.fail('not found'))], [...body]);
			}
		});

		inboxTest('a view into a larger buffer is saved without its surroundings', async (inbox) => {
			const { id } = await inbox.save({ endpoint: 'a', body: new TextEncoder().encode('[1234]').subarray(1, 5) });
			assert.equal(Buffer.from((await inbox.read(id))?.body ?? []).toString(), '1234');
		});

		inboxTest('a delivery without headers and a source is one of the webhook, received now', async (inbox) => {
			const before = Date.now();
			const entry = await inbox.read((await inbox.save(delivery('1'))).id);
			assert.deepEqual([entry?.headers, entry?.remoteAddress, entry?.source], [{}, null, 'webhook']);
			assertBetween(entry?.receivedAt, before - clockSkewMs, Date.now() + clockSkewMs);
		});

		inboxTest('the same body at the same endpoint is saved once, whatever became of it', async (inbox) => {
			const first = await inbox.save(delivery('same'));
			const again = { id: first.id, duplicate: true, claim: null };
			assert.deepEqual(await inbox.save(delivery('same')), again);
			assert.deepEqual(await inbox.save({ ...delivery('same'), source: 'reconcile' }, lease()), again);
			await inbox.settle(await claimOne(inbox), handled());
			assert.deepEqual(await inbox.save(delivery('same'), lease()), again);
			const [entry, ...others] = await inbox.list();
			assert.deepEqual([entry?.state, entry?.source, entry?.attempts, others.length], ['handled', 'webhook', 1, 0]);
		});

		inboxTest('the same body at another endpoint is another delivery', async (inbox) => {
			const first = await inbox.save(delivery('same', 'staging'));
			const second = await inbox.save(delivery('same', 'prod'));
			assert.equal(second.duplicate, false);
			assert.notEqual(second.id, first.id);
		});

		inboxTest(
			'64 concurrent saves of one body, through four connections, make one row and one claim',
			async (inbox, storage) => {
				await withMore(storage, 3, async (more) => {
					const all = [inbox, ...more];
					const results = await Promise.all(
						Array.from({ length: 64 }, (_, index) => at(all, index % 4).save(delivery('same'), lease())),
					);
					assert.equal(results.filter(({ duplicate }) => !duplicate).length, 1);
					assert.equal(results.filter(({ claim }) => claim !== null).length, 1);
					assert.equal(new Set(results.map(({ id }) => id)).size, 1);
					assert.equal((await inbox.list()).length, 1);
				});
			},
		);

		inboxTest('saves of one turn that are different are all kept', async (inbox) => {
			const results = await Promise.all(Array.from({ length: 700 }, (_, index) => inbox.save(delivery(String(index)))));
			assert.equal(new Set(results.map(({ id }) => id)).size, 700);
			for (const index of [0, 350, 699]) {
				assert.equal(text(await inbox.read(at(results, index).id)), String(index));
			}
		});

		inboxTest(
			'a write that fails is rejected, leaves nothing, and the next one goes through',
			async (inbox, storage) => {
				await inbox.ready();
				const allow = await storage.refuseWrites();
				const results = await Promise.allSettled([
					inbox.save(delivery('1')),
					inbox.save(delivery('2'), lease()),
					inbox.ready(),
				]);
				for (const result of results) {
					assert.ok(result.status === 'rejected' && withCode('write')(result.reason), JSON.stringify(result));
				}
				assert.deepEqual(await inbox.list(), []);
				await allow();
				await inbox.ready();
				assert.deepEqual(await inbox.list(), []);
				assert.equal((await inbox.save(delivery('1'))).duplicate, false);
			},
		);

		inboxTest('what has the wrong type is refused before anything is written', async (inbox) => {
			const wrong = [
				() => inbox.save({ endpoint: 'a', body: 'text' as unknown as Uint8Array }),
				() => inbox.save({ endpoint: '', body: Uint8Array.of(1) }),
				() => inbox.save({ endpoint: 1 as unknown as string, body: Uint8Array.of(1) }),
				() => inbox.save({ ...delivery('1'), receivedAt: new Date(Number.NaN) }),
				() => inbox.save(delivery('1'), lease(0)),
				() => inbox.save(delivery('1'), lease(-1)),
				() => inbox.save(delivery('1'), lease(Number.NaN)),
				() => inbox.save(delivery('1'), lease('5' as unknown as number)),
				() => inbox.save(delivery('1'), { owner: '', milliseconds: 5 }),
				() => inbox.claim({ limit: 1.5, lease: lease() }),
				() => inbox.claim({ limit: -1, lease: lease() }),
				() => inbox.claim({ limit: 1, lease: lease(Number.NaN) }),
				() => inbox.list({ limit: Number.NaN }),
				() => inbox.list({ receivedSince: new Date(Number.NaN) }),
				() => inbox.settle({ id: 1, token: 1 }, { state: 'failed', error: 'x', retryMilliseconds: Number.NaN }),
				() => inbox.settle({ id: 1, token: 1 }, { state: 'received' } as unknown as Settlement),
				() => inbox.prune({ bodyBytesMax: Number.NaN }),
				() => inbox.prune({ olderThan: new Date(Number.NaN) }),
				() => inbox.expectJob({ jobId: '', endpoint: 'a' }),
			];
			for (const [index, call] of wrong.entries()) await assert.rejects(call(), TypeError, `case ${index}`);
			assert.deepEqual(await inbox.list(), []);
			assert.equal(await inbox.read(7), null);
			assert.equal(await inbox.read(1.5), null);
		});

		inboxTest('close finishes what was asked for, then everything is refused', async (inbox, storage) => {
			const saving = inbox.save(delivery('last'));
			const closing = inbox.close();
			const { id } = await saving;
			await closing;
			await inbox.close();
			const claim = { id, token: 1 };
			for (const late of [
				() => inbox.save(delivery('late')),
				() => inbox.read(id),
				() => inbox.list(),
				() => inbox.claim({ limit: 1, lease: lease() }),
				() => inbox.extend([claim], lease()),
				() => inbox.settle(claim, { state: 'released' }),
				() => inbox.retry({}),
				() => inbox.prune({ olderThan: new Date() }),
				() => inbox.vacuum(),
				() => problemsOf(inbox),
				() => inbox.stats(),
				() => inbox.ready(),
				() => inbox.expectJob({ jobId: 'j', endpoint: 'a' }),
				() => inbox.claimOverdueJobs({ overdueMilliseconds: 1, limit: 1, leaseMilliseconds: 1 }),
				() => inbox.settleJob('j', { state: 'arrived' }),
			]) {
				await assert.rejects(late(), withCode('closed'), String(late));
			}
			await withMore(storage, 1, async ([again]) => {
				assert.equal(text(await again?.read(id)), 'last');
			});
		});
	});

	describe(`inbox on ${engine}: claims`, () => {
		inboxTest('a delivery that is saved with a lease is claimed by the same write', async (inbox) => {
			const before = Date.now();
			const { id, claim } = await inbox.save(delivery('1'), { owner: 'worker 1', milliseconds: 60_000 });
			assert.equal(claim?.id, id);
			const entry = await inbox.read(id);
			assert.deepEqual([entry?.state, entry?.attempts, entry?.leasedBy], ['received', 1, 'worker 1']);
			assertBetween(entry?.leasedUntil, before + 60_000 - clockSkewMs, Date.now() + 60_000 + clockSkewMs);
			assert.deepEqual(await inbox.claim({ limit: 10, lease: lease() }), []);
			assert.equal(await inbox.settle(claim ?? assert.fail(), handled()), true);
			assert.equal((await inbox.read(id))?.state, 'handled');
		});

		inboxTest('claim gives what waits, oldest first, with its bytes, and counts the attempt', async (inbox) => {
			const ids: number[] = [];
			for (const body of ['1', '2', '3']) {
				ids.push((await inbox.save({ ...delivery(body), headers: { 'x-a': body } })).id);
			}
			const claimed = await inbox.claim({ limit: 2, lease: { owner: 'worker 1', milliseconds: 60_000 } });
			assert.deepEqual(claimed.map(text), ['1', '2']);
			const [first] = claimed;
			assert.deepEqual(
				[first?.id, first?.claim.id, first?.attempts, first?.leasedBy, first?.headers, first?.state],
				[ids[0], ids[0], 1, 'worker 1', { 'x-a': '1' }, 'received'],
			);
			assert.ok(first?.leasedUntil instanceof Date);
			assert.deepEqual((await inbox.claim({ limit: 2, lease: lease() })).map(text), ['3']);
			assert.deepEqual(await inbox.claim({ limit: 2, lease: lease() }), []);
		});

		inboxTest('what was received first is claimed first, whenever it was saved', async (inbox) => {
			for (const [body, second] of [
				['late', 3],
				['early', 1],
				['middle', 2],
			] as const) {
				await inbox.save({ ...delivery(body), receivedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, second)) });
			}
			const claimed = await inbox.claim({ limit: 9, lease: lease() });
			assert.deepEqual(claimed.map(text), ['early', 'middle', 'late']);
		});

		inboxTest('a delivery that says it was received in the future waits no longer for that', async (inbox) => {
			await inbox.save({ ...delivery('1'), receivedAt: new Date(Date.now() + 86_400_000) });
			assert.equal((await claimAll(inbox)).length, 1);
		});

		inboxTest('claim narrows to endpoints, and to so many bytes, but for the first', async (inbox) => {
			for (const [body, endpoint] of [
				['12345678', 'a'],
				['1234', 'b'],
				['123', 'a'],
				['12', 'c'],
			] as const) {
				await inbox.save(delivery(body, endpoint));
			}
			const claim = async (bytes: number | undefined, ...endpoints: string[]): Promise<string[]> =>
				(await inbox.claim({ limit: 10, lease: lease(), endpoints, ...(bytes === undefined ? {} : { bytes }) })).map(
					text,
				);
			assert.deepEqual(await claim(undefined), []);
			assert.deepEqual(await claim(undefined, 'unknown'), []);
			assert.deepEqual(await claim(4, 'a', 'b'), ['12345678']);
			assert.deepEqual(await claim(7, 'b', 'a', 'a'), ['1234', '123']);
			assert.deepEqual((await inbox.claim({ limit: 10, lease: lease() })).map(text), ['12']);
			await inbox.save(delivery('last', 'd'));
			assert.deepEqual(await inbox.claim({ limit: 0, lease: lease() }), []);
			assert.deepEqual(await claim(0, 'd'), ['last']);
		});

		inboxTest(
			'of deliveries that nobody ended as many are given as asked for, and whatever is due behind',
			async (inbox) => {
				for (let body = 0; body < 40; body += 1)
					await inbox.save(delivery(`old ${body}`, body < 30 ? 'a' : 'b'), lease(20));
				await eventually(async () => (await inbox.list()).every(({ leasedBy }) => leasedBy === null));
				for (const endpoint of ['a', 'b', 'c']) await inbox.save(delivery('new', endpoint));
				const claim = async (limit: number, unended: number, endpoints?: string[]): Promise<string[]> => {
					const request = {
						limit,
						unended: { attempts: 1, limit: unended },
						lease: lease(),
						...(endpoints && { endpoints }),
					};
					return (await inbox.claim(request)).map((one) => `${text(one).slice(0, 3)} ${one.endpoint}`);
				};
				assert.deepEqual(await claim(2, 1, ['a']), ['old a', 'new a']);
				assert.deepEqual(await claim(1, 0, ['b', 'c']), ['new b']);
				assert.deepEqual(await claim(9, 0), ['new c']);
				assert.deepEqual(await claim(9, 0), []);
				assert.deepEqual(await claim(9, 3, ['b']), ['old b', 'old b', 'old b']);
				assert.deepEqual(await claim(1, 3, ['b']), ['old b']);
				const left = await inbox.claim({ limit: 99, lease: lease() });
				assert.deepEqual([left.length, new Set(left.map(({ attempts }) => attempts))], [35, new Set([2])]);
				for (const unended of [
					{ attempts: -1, limit: 1 },
					{ attempts: 1, limit: 0.5 },
				]) {
					await assert.rejects(inbox.claim({ limit: 1, unended, lease: lease() }), TypeError);
				}
			},
		);

		inboxTest(
			'a process that dies right after each claim counts one attempt each time, once several are counted',
			async (inbox) => {
				for (let body = 0; body < 9; body += 1) await inbox.save(delivery(String(body)));
				for (let death = 0; death < 8; death += 1) {
					const asked = { limit: 9, unended: { attempts: 3, limit: 1 }, lease: lease() };
					const claimed = await eventually(() => inbox.claim(asked));
					assert.equal(claimed.length, death < 3 ? 9 : 1);
					const claims = claimed.map(({ claim }) => claim);
					await inbox.extend(claims, lease(1));
					await eventually(async () => (await inbox.list()).every(({ leasedBy }) => leasedBy === null));
				}
				const attempts = (await inbox.list()).map((entry) => entry.attempts);
				assert.equal(
					attempts.reduce((sum, each) => sum + each),
					9 * 3 + 5,
				);
				assert.ok(Math.max(...attempts) < 8, String(attempts));
			},
		);

		inboxTest(
			'64 concurrent claims through four connections give each delivery to one only',
			async (inbox, storage) => {
				const saved = await Promise.all(Array.from({ length: 150 }, (_, index) => inbox.save(delivery(String(index)))));
				await withMore(storage, 3, async (more) => {
					const all = [inbox, ...more];
					const given: number[] = [];
					for (let empty = 0; empty < 2; ) {
						const rounds = await Promise.all(
							Array.from({ length: 64 }, (_, index) => at(all, index % 4).claim({ limit: 2, lease: lease() })),
						);
						const ids = rounds.flat().map(({ id }) => id);
						given.push(...ids);
						empty = ids.length === 0 ? empty + 1 : 0;
					}
					assert.deepEqual(given.toSorted(byNumber), saved.map(({ id }) => id).toSorted(byNumber));
				});
			},
		);

		inboxTest(
			'when a lease is over the delivery is given to another, with a claim that grows',
			async (inbox, storage) => {
				const { id, claim: first } = await inbox.save(delivery('1'), lease(60));
				await withMore(storage, 1, async ([other]) => {
					const second = await claimOne(other ?? inbox);
					assert.ok(second.token > (first?.token ?? 0));
					const entry = await inbox.read(id);
					assert.deepEqual([entry?.attempts, entry?.state, text(entry)], [2, 'received', '1']);
				});
			},
		);

		inboxTest('deliveries that cannot be read are dead, and cost the others nothing', async (inbox, storage) => {
			const damaged = await inbox.save({ ...delivery('one'), headers: { a: 'b' } });
			const changed = await inbox.save(delivery('two'));
			const good = await Promise.all(Array.from({ length: 20 }, (_, index) => inbox.save(delivery(`good ${index}`))));
			await storage.damageHeaders(damaged.id);
			await storage.damageBody(changed.id);
			// Whatever stands in front of it, one that can be read is given.
			const claimed = [...(await inbox.claim({ limit: 1, lease: lease() })), ...(await claimAll(inbox))];
			assert.deepEqual(claimed.map(({ id, attempts }) => [id, attempts]).sort(), good.map(({ id }) => [id, 1]).sort());
			assert.deepEqual(await claimAll(inbox), []);
			for (const { id } of [damaged, changed]) {
				await assert.rejects(inbox.read(id), withCode('damaged'));
				assert.equal((await inbox.list({ ids: [id] }))[0]?.state, 'dead');
			}
			assert.match(String((await inbox.list({ ids: [changed.id] }))[0]?.lastError), /body/);
		});

		inboxTest('a list tells of what cannot be read, and gives the rest', async (inbox, storage) => {
			const ids: number[] = [];
			for (const body of ['1', '2', '3']) {
				ids.push((await inbox.save({ ...delivery(body), headers: { 'x-a': body } })).id);
			}
			await storage.damageHeaders(at(ids, 1));
			const entries = await inbox.list();
			assert.deepEqual(
				entries.map(({ id, headers, state, bodyBytes }) => [id, headers, state, bodyBytes]),
				[
					[ids[2], { 'x-a': '3' }, 'received', 1],
					[ids[1], {}, 'received', 1],
					[ids[0], { 'x-a': '1' }, 'received', 1],
				],
			);
			assert.match(String(entries[1]?.unreadable), /headers/);
			assert.ok(!('unreadable' in (entries[0] ?? {})));
			assert.deepEqual(
				(await problemsOf(inbox)).map((problem) => (problem as { id: number }).id),
				[ids[1]],
			);
		});

		inboxTest('nobody holds a delivery whose lease is over', async (inbox) => {
			const { id } = await inbox.save(delivery('1'), lease(30));
			await eventually(async () => (await inbox.read(id))?.leasedBy === null);
			assert.equal((await inbox.read(id))?.leasedUntil, null);
		});

		inboxTest('extend holds on to what is still the caller’s, and says which', async (inbox) => {
			const held = await inbox.save(delivery('held'), lease());
			const settled = await inbox.save(delivery('settled'), lease());
			const lost = await inbox.save(delivery('lost'), lease(30));
			const over = await inbox.save(delivery('over', 'b'), lease(30));
			await inbox.settle(claimOf(settled), handled());
			const [taken] = await eventually(() => inbox.claim({ limit: 9, lease: lease(), endpoints: ['a'] }));
			assert.equal(taken?.id, lost.id);
			await eventually(async () => (await inbox.read(over.id))?.leasedBy === null);

			const claims = [held, settled, lost, over].map(claimOf);
			await inbox.extend([claimOf(held)], lease(200));
			assert.deepEqual(
				(await inbox.extend([...claims, { id: 9_999, token: 1 }], lease())).toSorted(byNumber),
				[held.id, over.id].toSorted(byNumber),
			);
			assert.deepEqual(await inbox.extend([], lease()), []);
			await sleep(250);
			assert.deepEqual(await inbox.claim({ limit: 9, lease: lease() }), []);
			assert.equal(await inbox.settle(claimOf(held), handled()), true);
		});

		inboxTest('a claim whose lease has run out still counts as long as nobody took the delivery', async (inbox) => {
			const { id, claim } = await inbox.save(delivery('1'), lease(30));
			await eventually(async () => (await inbox.read(id))?.leasedBy === null);
			assert.equal(await inbox.settle(claim ?? assert.fail(), handled()), true);
			assert.deepEqual(await inbox.claim({ limit: 9, lease: lease() }), []);
		});

		inboxTest('a claim that another has taken over changes nothing any more', async (inbox) => {
			const { id, claim } = await inbox.save(delivery('1'), lease(30));
			const second = await claimOne(inbox);
			const before = await inbox.read(id);
			const parsed = parsedAs({ modelId: 'wrong' });
			for (const settlement of [
				handled(parsed),
				{ state: 'failed', error: 'wrong', retryMilliseconds: 0, parsed },
				{ state: 'dead', error: 'wrong', parsed },
				{ state: 'quarantined', issues: [issue] },
			] satisfies Settlement[]) {
				assert.equal(await inbox.settle(claim ?? assert.fail(), settlement), false, settlement.state);
			}
			assert.deepEqual(await inbox.read(id), before);
			assert.equal(await inbox.settle(second, handled()), true);
		});

		inboxTest(
			'of a claim that was lost before anything was begun the attempt is not counted, and only that',
			async (inbox) => {
				const released: Settlement = { state: 'released' };
				const { id, claim: first } = await inbox.save(delivery('1'), lease(30));
				const second = await claimOne(inbox, 30);
				const third = await claimOne(inbox);
				const before = await inbox.read(id);
				assert.equal(before?.attempts, 3);
				assert.equal(await inbox.settle(second, released), false);
				assert.deepEqual(await inbox.read(id), { ...before, attempts: 2 });
				await inbox.extend([third], lease(30));
				const fourth = await claimOne(inbox);
				assert.equal((await inbox.read(id))?.attempts, 3);
				assert.equal(await inbox.settle(fourth, { state: 'failed', error: 'x', retryMilliseconds: 60_000 }), true);
				assert.equal(await inbox.settle(third, released), false);
				const failed = await inbox.read(id);
				assert.deepEqual([failed?.state, failed?.attempts, failed?.lastError], ['failed', 2, 'x']);
				assert.equal(await inbox.retry({ ids: [id] }), 1);
				const last = await claimOne(inbox);
				for (const old of [first ?? assert.fail(), fourth]) assert.equal(await inbox.settle(old, released), false);
				assert.equal((await inbox.read(id))?.attempts, 1, 'counted since the retry');
				assert.equal(await inbox.settle(last, handled()), true);
				assert.equal(await inbox.settle(fourth, released), false);
				assert.equal((await inbox.read(id))?.attempts, 1);
			},
		);

		inboxTest(
			'a delivery that is claimed again and again and never begun has no attempt counted but the last',
			async (inbox) => {
				await inbox.save(delivery('1'));
				let lost: Claim | null = null;
				for (let round = 0; round < 12; round += 1) {
					const [claimed] = await eventually(() => inbox.claim({ limit: 1, lease: lease(5) }));
					assert.ok((claimed?.attempts ?? 99) <= 2, `${claimed?.attempts} attempts`);
					// Whoever had it before finds out only now.
					if (lost !== null) assert.equal(await inbox.settle(lost, { state: 'released' }), false);
					lost = claimed?.claim ?? assert.fail();
				}
				assert.equal((await inbox.read(lost?.id ?? 0))?.attempts, 1);
			},
		);
	});

	describe(`inbox on ${engine}: settling`, () => {
		inboxTest('handled keeps what was read, and lets go for good', async (inbox) => {
			const { id, claim } = await inbox.save(delivery('body'), lease());
			const before = Date.now();
			const parsed = parsedAs({ inferenceId: 'i', modelId: 'm', jobId: 'j' });
			assert.equal(await inbox.settle(claim ?? assert.fail(), handled(parsed)), true);
			const entry = await inbox.read(id);
			assert.deepEqual(
				[entry?.state, entry?.attempts, entry?.kind, entry?.inferenceId, entry?.modelId, entry?.jobId],
				['handled', 1, 'ocr', 'i', 'm', 'j'],
			);
			assert.deepEqual(
				[entry?.leasedBy, entry?.leasedUntil, entry?.nextAttemptAt, entry?.lastError, text(entry)],
				[null, null, null, null, 'body'],
			);
			assertBetween(entry?.settledAt, before - clockSkewMs, Date.now() + clockSkewMs);
			assert.equal(await inbox.settle(claim ?? assert.fail(), { state: 'dead', error: 'x' }), false);
			assert.equal(await inbox.settle({ id: 9_999, token: 1 }, handled()), false);
			assert.equal((await inbox.read(id))?.state, 'handled');
			assert.deepEqual(await inbox.claim({ limit: 9, lease: lease() }), []);
		});

		inboxTest('failed is tried again when its time has come, not before', async (inbox) => {
			const { id, claim } = await inbox.save(delivery('1'), lease());
			const before = Date.now();
			const parsed = parsedAs({ modelId: 'm' });
			await inbox.settle(claim ?? assert.fail(), {
				state: 'failed',
				error: 'Error: no',
				retryMilliseconds: 60_000,
				parsed,
			});
			const failed = await inbox.read(id);
			assert.deepEqual(
				[failed?.state, failed?.attempts, failed?.lastError, failed?.modelId, failed?.settledAt, failed?.leasedBy],
				['failed', 1, 'Error: no', 'm', null, null],
			);
			assertBetween(failed?.nextAttemptAt, before + 60_000 - clockSkewMs, Date.now() + 60_000 + clockSkewMs);
			assert.deepEqual(await inbox.claim({ limit: 9, lease: lease() }), []);

			const soon = await inbox.save(delivery('2'), lease());
			await inbox.settle(claimOf(soon), { state: 'failed', error: 'x', retryMilliseconds: 50 });
			const [again] = await eventually(() => inbox.claim({ limit: 9, lease: lease() }));
			assert.deepEqual([again?.id, again?.state, again?.attempts, again?.lastError], [soon.id, 'failed', 2, 'x']);
			await inbox.settle(again?.claim ?? assert.fail(), handled());
			const handledEntry = await inbox.read(soon.id);
			assert.deepEqual(
				[handledEntry?.state, handledEntry?.attempts, handledEntry?.lastError, handledEntry?.nextAttemptAt],
				['handled', 2, null, null],
			);
		});

		inboxTest('dead is left alone, with its error', async (inbox) => {
			const { id, claim } = await inbox.save(delivery('1'), lease());
			await inbox.settle(claim ?? assert.fail(), {
				state: 'dead',
				error: 'the last',
				parsed: parsedAs({ jobId: 'j' }),
			});
			const entry = await inbox.read(id);
			assert.deepEqual(
				[entry?.state, entry?.attempts, entry?.lastError, entry?.jobId, entry?.nextAttemptAt],
				['dead', 1, 'the last', 'j', null],
			);
			assert.ok(entry?.settledAt instanceof Date);
			assert.deepEqual(await inbox.claim({ limit: 9, lease: lease() }), []);
		});

		inboxTest('quarantined keeps its issues', async (inbox) => {
			const { id, claim } = await inbox.save(delivery('{'), lease());
			await inbox.settle(claim ?? assert.fail(), { state: 'quarantined', issues: [issue] });
			const entry = await inbox.read(id);
			assert.deepEqual(
				[entry?.state, entry?.attempts, entry?.issues, entry?.lastError],
				['quarantined', 1, [issue], null],
			);
			assert.ok(entry?.settledAt instanceof Date);
			assert.deepEqual(await inbox.claim({ limit: 9, lease: lease() }), []);
		});

		inboxTest('released counts no attempt, and may be claimed at once in the state it had', async (inbox) => {
			const { id, claim } = await inbox.save(delivery('1'), lease());
			assert.equal(await inbox.settle(claim ?? assert.fail(), { state: 'released' }), true);
			const released = await inbox.read(id);
			assert.deepEqual([released?.state, released?.attempts, released?.leasedBy], ['received', 0, null]);
			const again = await claimOne(inbox);
			assert.ok(again.token > (claim?.token ?? 0));
			await inbox.settle(again, { state: 'failed', error: 'x', retryMilliseconds: 0 });
			const third = await claimOne(inbox);
			await inbox.settle(third, { state: 'released' });
			const failed = await inbox.read(id);
			assert.deepEqual([failed?.state, failed?.attempts, failed?.lastError], ['failed', 1, 'x']);
			assert.equal((await claimOne(inbox)).id, id);
			assert.equal(await inbox.settle(claim ?? assert.fail(), handled()), false);
		});

		inboxTest('a delivery to an endpoint whose name is half a character can be read and claimed', async (inbox) => {
			const { id } = await inbox.save(delivery('1', 'a\ud800'));
			assert.equal(text(await inbox.read(id)), '1');
			assert.deepEqual((await inbox.claim({ limit: 9, endpoints: ['a\ud800'], lease: lease() })).map(text), ['1']);
		});

		inboxTest('no text that a payload or a handler can hold keeps a delivery from being settled', async (inbox) => {
			for (const hostile of ['a\u0000b', '\ud800', '😀'.repeat(1_000), "'; DROP TABLE delivery; --", '"', '']) {
				const { id, claim } = await inbox.save(delivery(`of ${hostile}`), lease());
				const parsed = parsedAs({ inferenceId: hostile, modelId: hostile, jobId: hostile });
				assert.equal(
					await inbox.settle(claim ?? assert.fail(), { state: 'dead', error: hostile, parsed }),
					true,
					JSON.stringify(hostile),
				);
				const entry = await inbox.read(id);
				assert.equal(entry?.state, 'dead');
				assert.equal(entry.inferenceId, hostile.toWellFormed().replaceAll('\0', '\ufffd'));
				assert.ok(
					(await inbox.list({ jobId: hostile })).some((found) => found.id === id),
					JSON.stringify(hostile),
				);
			}
		});
	});

	describe(`inbox on ${engine}: asking for a retry`, () => {
		inboxTest('what is settled or failed is received again, with no attempt counted', async (inbox) => {
			const settlements: Settlement[] = [
				handled(parsedAs({ modelId: 'm' })),
				{ state: 'failed', error: 'x', retryMilliseconds: 60_000 },
				{ state: 'dead', error: 'x' },
				{ state: 'quarantined', issues: [issue] },
			];
			for (const [index, settlement] of settlements.entries()) {
				await inbox.settle(claimOf(await inbox.save(delivery(String(index)), lease())), settlement);
			}
			assert.equal(await inbox.retry({ state: 'dead' }), 1);
			assert.equal(await inbox.retry({ state: ['handled', 'failed', 'quarantined'] }), 3);
			for (const entry of await inbox.list()) {
				assert.deepEqual(
					[entry.state, entry.attempts, entry.nextAttemptAt, entry.settledAt, entry.issues],
					['received', 0, null, null, []],
				);
			}
			assert.equal((await inbox.claim({ limit: 9, lease: lease() })).length, 4);
		});

		inboxTest('what somebody works on is left to them', async (inbox) => {
			const { id, claim } = await inbox.save(delivery('1'), lease());
			assert.equal(await inbox.retry({ ids: [id] }), 0);
			assert.equal(await inbox.retry({}), 0);
			assert.equal((await inbox.read(id))?.attempts, 1);
			assert.equal(await inbox.settle(claim ?? assert.fail(), handled()), true);
			assert.equal(await inbox.retry({ ids: [id, 9_999] }), 1);
		});

		inboxTest('a claim from before a retry does not count after it', async (inbox) => {
			const { id, claim } = await inbox.save(delivery('1'), lease(30));
			await eventually(async () => (await inbox.read(id))?.leasedBy === null);
			assert.equal(await inbox.retry({ ids: [id] }), 1);
			assert.equal(await inbox.settle(claim ?? assert.fail(), handled()), false);
			const next = await claimOne(inbox);
			assert.ok(next.token > (claim?.token ?? 0));
			assert.equal((await inbox.read(id))?.attempts, 1);
			assert.equal(await inbox.settle(claim ?? assert.fail(), handled()), false);
			assert.equal(await inbox.settle(next, handled()), true);
		});
	});

	describe(`inbox on ${engine}: looking and tidying`, () => {
		inboxTest('list gives the newest first, narrowed by each key of the filter, page by page', async (inbox) => {
			const hour = (hours: number): Date => new Date(Date.UTC(2026, 0, 1, hours));
			const save = async (body: string, more: Partial<NewDelivery>, settlement?: Settlement): Promise<number> => {
				const saved = await inbox.save({ ...delivery(body), ...more }, lease());
				if (settlement !== undefined) await inbox.settle(claimOf(saved), settlement);
				return saved.id;
			};
			const ids = [
				await save('1', { receivedAt: hour(1) }, handled(parsedAs({ kind: 'split', inferenceId: 'i1' }))),
				await save('2', { receivedAt: hour(2) }, handled(parsedAs({ modelId: 'm2' }))),
				await save('3', { receivedAt: hour(3) }, { state: 'dead', error: 'x', parsed: parsedAs({ jobId: 'j3' }) }),
				await save('4', { receivedAt: hour(4), source: 'reconcile' }),
				await save('5', { receivedAt: hour(5), endpoint: 'b' }, { state: 'quarantined', issues: [issue] }),
			];
			const listed = async (filter: Parameters<Inbox['list']>[0]): Promise<string[]> => {
				const entries = await inbox.list(filter);
				return Promise.all(entries.map(async ({ id }) => text(await inbox.read(id))));
			};
			const fourth = at(ids, 3);
			const cases: [Parameters<Inbox['list']>[0], string[]][] = [
				[undefined, ['5', '4', '3', '2', '1']],
				[{}, ['5', '4', '3', '2', '1']],
				[{ limit: 2 }, ['5', '4']],
				[{ limit: 0 }, []],
				[{ limit: 2, before: fourth }, ['3', '2']],
				[{ before: at(ids, 0) }, []],
				[{ ids: [fourth, at(ids, 0), 9_999] }, ['4', '1']],
				[{ ids: [] }, []],
				[{ endpoint: 'b' }, ['5']],
				[{ endpoint: 'c' }, []],
				[{ state: 'handled' }, ['2', '1']],
				[{ state: 'handled', limit: 1 }, ['2']],
				[{ state: ['dead', 'handled', 'dead'] }, ['3', '2', '1']],
				[{ state: ['dead', 'handled'], limit: 2, before: at(ids, 2) }, ['2', '1']],
				[{ state: [] }, []],
				[{ source: 'reconcile' }, ['4']],
				[{ kind: 'split' }, ['1']],
				[{ kind: 'ocr' }, ['3', '2']],
				[{ inferenceId: 'i1' }, ['1']],
				[{ modelId: 'm2' }, ['2']],
				[{ jobId: 'j3' }, ['3']],
				[{ jobId: 'i1' }, []],
				[{ receivedSince: hour(2) }, ['5', '4', '3', '2']],
				[{ receivedBefore: hour(2) }, ['1']],
				[{ receivedSince: hour(2), receivedBefore: hour(4), endpoint: 'a' }, ['3', '2']],
				[{ endpoint: 'a', state: ['handled', 'received'], source: 'webhook', before: fourth }, ['2', '1']],
			];
			for (const [filter, expected] of cases) assert.deepEqual(await listed(filter), expected, JSON.stringify(filter));
		});

		inboxTest('stats count every state, the bytes, what waits and the expected jobs', async (inbox) => {
			const empty = await inbox.stats();
			assert.deepEqual(
				{ ...empty, storedBytes: 0 },
				{
					deliveries: { received: 0, handled: 0, failed: 0, dead: 0, quarantined: 0 },
					bodyBytes: 0,
					storedBytes: 0,
					oldestWaitingAt: null,
					expectedJobs: 0,
				},
			);
			const early = new Date(Date.UTC(2026, 0, 1));
			await inbox.settle(
				claimOf(await inbox.save({ ...delivery('1234'), receivedAt: new Date(0) }, lease())),
				handled(),
			);
			await inbox.save({ ...delivery('12'), receivedAt: early }, lease());
			await inbox.settle(claimOf(await inbox.save(delivery('1'), lease())), {
				state: 'failed',
				error: 'x',
				retryMilliseconds: 60_000,
			});
			await inbox.save({ ...delivery('x'.repeat(100_000)) });
			await inbox.expectJob({ jobId: 'j', endpoint: 'a' });
			const { storedBytes, ...rest } = await inbox.stats();
			assert.deepEqual(rest, {
				deliveries: { received: 2, handled: 1, failed: 1, dead: 0, quarantined: 0 },
				bodyBytes: 100_007,
				oldestWaitingAt: early,
				expectedJobs: 1,
			});
			assert.ok(storedBytes > 0);
		});

		inboxTest('prune by age removes what was settled before, and only what is handled', async (inbox) => {
			const settled: InboxEntry[] = [];
			for (const [index, settlement] of (
				[handled(), handled(), { state: 'dead', error: 'x' }, handled()] satisfies Settlement[]
			).entries()) {
				const saved = await inbox.save(delivery(`12${index}`), lease());
				await sleep(3);
				await inbox.settle(claimOf(saved), settlement);
				settled.push((await inbox.read(saved.id)) ?? assert.fail());
			}
			const waits = await inbox.save({ ...delivery('old'), receivedAt: new Date(0) });
			const olderThan = at(settled, 3).settledAt ?? assert.fail();
			assert.deepEqual(await inbox.prune({ olderThan, dryRun: true }), { deliveries: 2, bodyBytes: 6 });
			assert.equal((await inbox.list()).length, 5);
			const progress: number[] = [];
			assert.deepEqual(await inbox.prune({ olderThan }, (done) => progress.push(done)), {
				deliveries: 2,
				bodyBytes: 6,
			});
			assert.equal(progress.at(-1), 2);
			assert.deepEqual(
				(await inbox.list()).map(({ id }) => id),
				[waits.id, at(settled, 3).id, at(settled, 2).id],
			);
			assert.equal(await inbox.read(at(settled, 0).id), null);
			assert.deepEqual(await inbox.prune({ olderThan }), { deliveries: 0, bodyBytes: 0 });
			assert.deepEqual(await inbox.prune({ olderThan, states: ['received', 'dead'] }), { deliveries: 2, bodyBytes: 6 });
			assert.equal((await inbox.list()).length, 1);
			// What was removed may come again.
			assert.equal((await inbox.save(delivery('120'))).duplicate, false);
		});

		inboxTest('prune by size removes the oldest until the rest fits', async (inbox) => {
			const ids: number[] = [];
			for (const body of ['1____', '2____', '3____', '4____']) {
				const saved = await inbox.save(delivery(body), lease());
				await inbox.settle(claimOf(saved), handled());
				ids.push(saved.id);
				await sleep(3);
			}
			await inbox.save(delivery('waits'));
			assert.deepEqual(await inbox.prune({ bodyBytesMax: 25 }), { deliveries: 0, bodyBytes: 0 });
			assert.deepEqual(await inbox.prune({ bodyBytesMax: 14, dryRun: true }), { deliveries: 3, bodyBytes: 15 });
			assert.deepEqual(await inbox.prune({ bodyBytesMax: 15 }), { deliveries: 2, bodyBytes: 10 });
			assert.deepEqual(
				(await inbox.list({ state: 'handled' })).map(({ id }) => id),
				[ids[3], ids[2]],
			);
			// What waits is not removed, however little may stay.
			assert.deepEqual(await inbox.prune({ bodyBytesMax: 0 }), { deliveries: 2, bodyBytes: 10 });
			assert.equal((await inbox.list()).length, 1);
		});

		inboxTest('prune by age and size removes what either asks for, each once', async (inbox) => {
			const settled: InboxEntry[] = [];
			for (const body of ['1____', '2____', '3____', '4____']) {
				const saved = await inbox.save(delivery(body), lease());
				await inbox.settle(claimOf(saved), handled());
				settled.push((await inbox.read(saved.id)) ?? assert.fail());
				await sleep(3);
			}
			const olderThan = at(settled, 1).settledAt ?? assert.fail();
			for (const dryRun of [true, false]) {
				assert.deepEqual(await inbox.prune({ olderThan, bodyBytesMax: 14, dryRun }), { deliveries: 2, bodyBytes: 10 });
			}
			assert.deepEqual(await inbox.prune({}), { deliveries: 0, bodyBytes: 0 });
			assert.equal((await inbox.list()).length, 2);
		});

		inboxTest('what somebody works on is not pruned', async (inbox) => {
			const { id, claim } = await inbox.save(delivery('1'), lease());
			await inbox.save(delivery('2'), lease(20));
			await sleep(30);
			const policy = { olderThan: new Date(Date.now() + 60_000), bodyBytesMax: 0, states: ['received'] } as const;
			assert.deepEqual(await inbox.prune(policy), { deliveries: 1, bodyBytes: 1 });
			assert.deepEqual(
				(await inbox.list()).map((entry) => entry.id),
				[id],
			);
			assert.equal(await inbox.settle(claim ?? assert.fail(), handled()), true);
		});

		inboxTest('pruning many is done in steps, between which others save', async (inbox, storage) => {
			await Promise.all(
				Array.from({ length: 1_200 }, async (_, index) =>
					inbox.settle(claimOf(await inbox.save(delivery(String(index)), lease())), handled()),
				),
			);
			await withMore(storage, 1, async ([other]) => {
				const saves: Promise<unknown>[] = [];
				const steps: number[] = [];
				const result = await inbox.prune({ olderThan: new Date(Date.now() + 60_000) }, (done) => {
					steps.push(done);
					saves.push((other ?? inbox).save(delivery(`new ${done}`)));
				});
				await Promise.all(saves);
				assert.equal(result.deliveries, 1_200);
				assert.ok(steps.length >= 3, `${steps}`);
				assert.deepEqual(steps, steps.toSorted(byNumber));
				assert.equal((await inbox.list()).length, steps.length);
			});
		});

		inboxTest('vacuum leaves every delivery as it is', async (inbox) => {
			const bodies = [JSON.stringify(Array(2_000).fill({ value: 12, text: 'twelve' })), '', 'x', randomText(40_000)];
			const before: InboxEntry[] = [];
			for (const body of bodies) {
				const saved = await inbox.save({ ...delivery(body), headers: { 'x-a': 'b' } }, lease());
				await inbox.settle(claimOf(saved), handled());
			}
			const waiting = await inbox.save(delivery(`${bodies[0]} `));
			const gone = await inbox.save(delivery('y'.repeat(300_000)), lease());
			await inbox.settle(claimOf(gone), { state: 'dead', error: 'x' });
			await inbox.prune({ olderThan: new Date(Date.now() + 60_000), states: ['dead'] });
			before.push(...(await inbox.list()));
			for (let time = 0; time < 2; time += 1) {
				await inbox.vacuum(() => {});
				assert.deepEqual(await inbox.list(), before);
				for (const [index, body] of bodies.entries()) {
					assert.equal(text(await inbox.read(at(before, before.length - 1 - index).id)), body);
				}
				assert.deepEqual(await problemsOf(inbox), []);
			}
			const [claimed] = await inbox.claim({ limit: 9, lease: lease() });
			assert.deepEqual([claimed?.id, text(claimed)], [waiting.id, `${bodies[0]} `]);
			// A body that vacuum has packed is claimed like any other, and still known when it comes again.
			await inbox.retry({ state: 'handled' });
			assert.deepEqual((await inbox.claim({ limit: 9, lease: lease() })).map(text).toSorted(), bodies.toSorted());
			assert.equal((await inbox.save(delivery(at(bodies, 0)))).duplicate, true);
		});

		inboxTest('check finds a body that is not what was saved, and nothing else', async (inbox, storage) => {
			const ids: number[] = [];
			for (const body of ['one', 'two', 'three']) ids.push((await inbox.save(delivery(body))).id);
			assert.deepEqual(await problemsOf(inbox), []);
			await storage.damageBody(at(ids, 1));
			const progress: number[] = [];
			const problems: unknown[] = [];
			for await (const { id, message } of inbox.check((done) => progress.push(done)))
				problems.push([id, typeof message]);
			assert.deepEqual(problems, [[ids[1], 'string']]);
			assert.equal(progress.at(-1), 3);
		});
	});

	describe(`inbox on ${engine}: expected jobs`, () => {
		const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
		const overdue = { overdueMilliseconds: 600_000, limit: 100, leaseMilliseconds: 60_000 };

		inboxTest(
			'a job that is overdue is given, oldest first, to one only until its lease is over',
			async (inbox, storage) => {
				await inbox.expectJob({ jobId: 'new', endpoint: 'a' });
				await inbox.expectJob({ jobId: 'second', endpoint: 'a', modelId: 'm', enqueuedAt: hoursAgo(1) });
				await inbox.expectJob({ jobId: 'first', endpoint: 'b', enqueuedAt: hoursAgo(2) });
				await inbox.expectJob({ jobId: 'first', endpoint: 'c', enqueuedAt: hoursAgo(0) });
				const jobs = await inbox.claimOverdueJobs({ ...overdue, leaseMilliseconds: 60 });
				assert.deepEqual(
					jobs.map(({ enqueuedAt, ...job }) => job),
					[
						{ jobId: 'first', endpoint: 'b', modelId: null, attempts: 1, lastError: null },
						{ jobId: 'second', endpoint: 'a', modelId: 'm', attempts: 1, lastError: null },
					],
				);
				assertBetween(jobs[0]?.enqueuedAt, Date.now() - 7_260_000, Date.now() - 7_140_000);
				await withMore(storage, 1, async ([other]) => {
					const again = await eventually(() => (other ?? inbox).claimOverdueJobs(overdue));
					assert.ok(again.length > 0);
					assert.deepEqual(again[0]?.attempts, 2);
				});
				assert.deepEqual(await inbox.claimOverdueJobs({ ...overdue, limit: 0 }), []);
			},
		);

		inboxTest('a job whose delivery is here is noted and not given, even if it came before the job', async (inbox) => {
			const settle = async (jobId: string): Promise<void> => {
				const saved = await inbox.save(delivery(`{"job":"${jobId}"}`), lease());
				await inbox.settle(claimOf(saved), handled(parsedAs({ jobId })));
			};
			await settle('before');
			for (const jobId of ['before', 'after', 'never']) {
				await inbox.expectJob({ jobId, endpoint: 'a', enqueuedAt: hoursAgo(1) });
			}
			await settle('after');
			assert.deepEqual(
				(await inbox.claimOverdueJobs({ ...overdue, limit: 1 })).map(({ jobId }) => jobId),
				['never'],
			);
			assert.equal((await inbox.stats()).expectedJobs, 1);
		});

		inboxTest('what became of a job is kept, and it is asked for again when that was said', async (inbox) => {
			for (const jobId of ['arrived', 'fetched', 'lost', 'later', 'soon']) {
				await inbox.expectJob({ jobId, endpoint: 'a', enqueuedAt: hoursAgo(1) });
			}
			assert.equal((await inbox.claimOverdueJobs(overdue)).length, 5);
			await inbox.settleJob('arrived', { state: 'arrived' });
			await inbox.settleJob('fetched', { state: 'fetched' });
			await inbox.settleJob('lost', { state: 'lost', error: 'HTTP 404' });
			await inbox.settleJob('later', { state: 'waiting', error: null, retryMilliseconds: 60_000 });
			await inbox.settleJob('soon', { state: 'waiting', error: 'HTTP 503', retryMilliseconds: 20 });
			assert.equal((await inbox.stats()).expectedJobs, 2);
			const [again, ...others] = await eventually(() => inbox.claimOverdueJobs(overdue));
			assert.deepEqual([again?.jobId, again?.lastError, again?.attempts, others], ['soon', 'HTTP 503', 2, []]);
			await assert.rejects(inbox.settleJob('unknown', { state: 'arrived' }), withCode('not_found'));
			await inbox.expectJob({ jobId: 'lost', endpoint: 'a', enqueuedAt: hoursAgo(1) });
			assert.deepEqual(await inbox.claimOverdueJobs(overdue), []);
		});

		inboxTest('concurrent claims of overdue jobs give each to one only', async (inbox, storage) => {
			await Promise.all(
				Array.from({ length: 40 }, (_, index) =>
					inbox.expectJob({ jobId: `job ${index}`, endpoint: 'a', enqueuedAt: hoursAgo(1) }),
				),
			);
			await withMore(storage, 3, async (more) => {
				const all = [inbox, ...more];
				const given: string[] = [];
				for (let empty = 0; empty < 2; ) {
					const rounds = await Promise.all(
						Array.from({ length: 16 }, (_, index) => at(all, index % 4).claimOverdueJobs({ ...overdue, limit: 2 })),
					);
					const ids = rounds.flat().map(({ jobId }) => jobId);
					given.push(...ids);
					empty = ids.length === 0 ? empty + 1 : 0;
				}
				assert.equal(given.length, 40);
				assert.equal(new Set(given).size, 40);
			});
		});
	});
}

/** Whether an error is an {@link InboxError} of that code, the package's or that of an engine opened beside it; for `assert.rejects`. */
export function withCode(code: InboxErrorCode): (error: unknown) => boolean {
	return (error) => (error instanceof InboxError || error instanceof InboxErrorOfSource) && error.code === code;
}

/** A lease that no test outlives, unless it is told another length. */
export function lease(milliseconds = 60_000): Lease {
	return { owner: 'a worker', milliseconds };
}

export function delivery(body: string, endpoint = 'a'): NewDelivery {
	return { endpoint, body: new TextEncoder().encode(body) };
}

export function parsedAs(parsed: Partial<ParsedAs>): ParsedAs {
	return { kind: 'ocr', inferenceId: null, modelId: null, jobId: null, ...parsed };
}

export function handled(parsed: ParsedAs = parsedAs({})): Settlement {
	return { state: 'handled', parsed };
}

/** The bytes of a delivery as text. */
export function text(entry: { body: Uint8Array } | null | undefined): string {
	return new TextDecoder().decode(entry?.body ?? assert.fail('not found'));
}

/** The claim that came with a save. */
export function claimOf({ claim }: { claim: Claim | null }): Claim {
	return claim ?? assert.fail('no claim');
}

/** Waits until one delivery is due, and gives the claim on it. */
async function claimOne(inbox: Inbox, milliseconds?: number): Promise<Claim> {
	const [claimed] = await eventually(() => inbox.claim({ limit: 1, lease: lease(milliseconds) }));
	return claimed?.claim ?? assert.fail('nothing was claimed');
}

async function claimAll(inbox: Inbox): Promise<ClaimedDelivery[]> {
	return inbox.claim({ limit: 1_000, lease: lease() });
}

/** Everything that `check` finds. */
export async function problemsOf(inbox: Inbox): Promise<unknown[]> {
	const problems: unknown[] = [];
	for await (const problem of inbox.check()) problems.push(problem);
	return problems;
}

/** Asks until the answer is not empty, nor `false`. */
async function eventually<Result>(ask: () => Promise<Result>): Promise<Result> {
	for (const end = Date.now() + 10_000; Date.now() < end; await sleep(5)) {
		const answer = await ask();
		if (Array.isArray(answer) ? answer.length > 0 : answer) return answer;
	}
	return assert.fail('it did not happen within 10 seconds');
}

/** A database server may have a clock of its own. */
const clockSkewMs = 2_000;

function assertBetween(date: Date | null | undefined, from: number, to: number): void {
	const time = date?.getTime() ?? assert.fail('no date');
	assert.ok(time >= from && time <= to, `${time} is not between ${from} and ${to}`);
}

function at<Item>(items: readonly Item[], index: number): Item {
	return items[index] ?? assert.fail(`there is no item ${index}`);
}

function byNumber(a: number, b: number): number {
	return a - b;
}

/** Text that cannot be packed well, the same each time. */
function randomText(length: number): string {
	let digits = '';
	for (let index = 0; digits.length < length; index += 1) {
		digits += createHash('sha256').update(String(index)).digest('base64');
	}
	return digits.slice(0, length);
}

const issue: Issue = {
	code: 'json.syntax',
	severity: 'error',
	pointer: '',
	offset: 1,
	length: 0,
	line: 1,
	column: 2,
	columnUtf16: 2,
	message: 'The body ends too early.',
};
