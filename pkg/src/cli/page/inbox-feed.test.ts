import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { InboxError } from 'mindhook/inbox';
import { type InboxInMemory, inboxInMemory } from '../../receiver/inbox-in-memory.js';
import type { OutcomeName } from '../../receiver/outcome.js';
import { InboxFeed } from './inbox-feed.js';
import type { LiveEvent, ShownDelivery } from './live-protocol.js';

describe('inbox feed', () => {
	let inbox: InboxInMemory;
	let feed: InboxFeed;
	let told: LiveEvent[];
	let stop: () => void;

	beforeEach(() => {
		mock.timers.enable({ apis: ['setTimeout', 'Date'], now: new Date('2026-11-25T12:00:00Z') });
		inbox = inboxInMemory();
		feed = new InboxFeed(inbox, { requestsSince: new Date() });
		told = [];
		stop = () => {};
	});
	afterEach(() => {
		stop();
		mock.timers.reset();
	});

	const follow = async (): Promise<void> => {
		stop = await feed.follow((event) => told.push(event));
	};
	let bodies = 0;
	const save = async (amount = 1): Promise<void> => {
		for (let left = amount; left > 0; left--) {
			await inbox.save({ endpoint: 'default', body: Buffer.from(`{"job":{"id":"${++bodies}"}}`) });
		}
	};
	/** Lets so many looks pass by; gives the names of what was told meanwhile. */
	const looks = async (amount: number): Promise<string[]> => {
		for (let left = amount; left > 0; left--) {
			mock.timers.tick(1_000);
			// A look is a few promises, none of which waits for a clock.
			await new Promise<void>((resolve) => setImmediate(resolve));
		}
		return told.splice(0).map(({ name }) => name);
	};
	/** The same for deliveries alone: the state that each is told to have, which is told once. */
	const toldStates = async (amount: number): Promise<Map<number, string>> => {
		const states = new Map<number, string>();
		for (let left = amount; left > 0; left--) {
			mock.timers.tick(1_000);
			await new Promise<void>((resolve) => setImmediate(resolve));
			for (const { name, data } of told.splice(0)) {
				assert.equal(name, 'deliveries');
				for (const { id, state } of data as readonly ShownDelivery[]) {
					assert.ok(!states.has(id), `${id} was told twice`);
					states.set(id, state);
				}
			}
		}
		return states;
	};
	/** Has the oldest handled by another process. */
	const handle = async (amount: number): Promise<void> => {
		const claimed = await inbox.claim({ limit: amount, lease: { owner: 'another process', milliseconds: 60_000 } });
		assert.equal(claimed.length, amount);
		const parsed = { kind: 'job', inferenceId: null, modelId: null, jobId: null } as const;
		for (const { claim } of claimed) await inbox.settle(claim, { state: 'handled', parsed });
	};
	const prune = () => inbox.prune({ olderThan: new Date(Date.now() + 1), states: ['received'] });
	const request = (outcome: OutcomeName, id: number | null): void =>
		feed.event({
			type: 'request',
			outcome,
			status: id === null ? 401 : 200,
			endpoint: 'default',
			id,
			bytes: 2,
			milliseconds: 1,
		});
	const standing = (name: LiveEvent['name']): unknown => feed.standing().find((event) => event.name === name)?.data;

	test('tells what comes, once', async () => {
		await save();
		await follow();
		assert.deepEqual(await looks(2), [], 'what was there before is listed, not told');
		await save(2);
		mock.timers.tick(1_000);
		await new Promise<void>((resolve) => setImmediate(resolve));
		assert.deepEqual(
			told.map(({ name, data }) => [name, (data as unknown as { id: number }[]).map(({ id }) => id)]),
			[['deliveries', [2, 3]]],
		);
		told.length = 0;
		assert.deepEqual(await looks(2), []);
	});

	test('the end of a trouble is told too: what was missed meanwhile is to be read anew', async () => {
		await follow();
		inbox.failure = new InboxError('open', 'The inbox is locked.');
		assert.deepEqual(await looks(3), ['trouble'], 'once');
		inbox.failure = null;
		assert.deepEqual(await looks(3), ['gap'], 'once');
	});

	test('who begins to read in a trouble is told of it', async () => {
		await follow();
		inbox.failure = new InboxError('open', 'The inbox is locked.');
		await looks(1);
		assert.deepEqual(standing('trouble'), { message: 'The inbox is locked.' });
		inbox.failure = null;
		await looks(1);
		assert.equal(standing('trouble'), undefined);
	});

	test('an inbox that cannot be read when somebody begins to follow says so, and when it can', async () => {
		inbox.failure = new Error('what no user understands');
		await follow();
		assert.deepEqual(told.splice(0), [{ name: 'trouble', data: { message: 'The inbox cannot be read.' } }]);
		inbox.failure = null;
		assert.deepEqual(await looks(2), ['gap']);
	});

	test('an inbox that was emptied is a gap once, and what comes then is told', async () => {
		await save(3);
		await follow();
		await prune();
		assert.deepEqual(await looks(4), ['gap']);
		await save();
		assert.deepEqual(await looks(3), ['deliveries']);
	});

	test('an inbox that is empty from the beginning is no gap', async () => {
		await follow();
		assert.deepEqual(await looks(3), []);
	});

	test('deliveries that went from among the others are a gap once', async () => {
		await save(2);
		await follow();
		mock.timers.tick(5_000);
		await looks(1);
		const before = new Date(Date.now());
		mock.timers.tick(10);
		await save();
		await looks(1);
		await inbox.prune({ olderThan: before, states: ['received'] });
		assert.deepEqual(await looks(3), ['gap']);
	});

	test('more than is looked at came: a gap, and the newest of them', async () => {
		await save();
		await follow();
		await save(300);
		const names = await looks(1);
		assert.equal(names[0], 'gap');
		assert.ok(names.slice(1).every((name) => name === 'deliveries'));
		assert.deepEqual(await looks(2), []);
	});

	test('however many wait, a look asks for a bounded number of them, and what it no longer watches is no gap', async () => {
		let most = 0;
		const counting = {
			list: (query: Parameters<typeof inbox.list>[0]) => {
				most = Math.max(most, query?.ids?.length ?? 0);
				return inbox.list(query);
			},
			read: (id: number) => inbox.read(id),
		};
		feed = new InboxFeed(counting);
		await follow();
		const names: string[] = [];
		for (let round = 0; round < 12; round++) {
			await save(150);
			names.push(...(await looks(1)));
		}
		assert.deepEqual([...new Set(names)], ['deliveries']);
		assert.ok(most > 0 && most <= 400, `${most} were asked for at once`);
		await prune();
		assert.deepEqual(await looks(3), ['gap'], 'that all are gone is told once');
	});

	test('of however many wait, each is told of once its state is another one', async () => {
		await follow();
		for (let round = 0; round < 10; round++) {
			await save(150);
			await looks(1);
		}
		assert.equal((await toldStates(8)).size, 0, 'what is as it was is not told, whenever its turn is');
		await handle(1_500);
		const states = await toldStates(8);
		assert.deepEqual([states.size, [...new Set(states.values())]], [1_500, ['handled']]);
	});

	test('what was listed while it waited is told of too, however far down the list it stands', async () => {
		await save(1_000);
		await follow();
		const listed = await feed.list({ limit: 1_000, states: [] });
		assert.equal((await toldStates(4)).size, 0);
		assert.equal(listed.at(-1)?.id, 1);
		await handle(100);
		assert.deepEqual(
			[...(await toldStates(4)).keys()],
			[...Array(100).keys()].map((index) => index + 1),
		);
	});

	test('how often a delivery came again is kept, also while nobody follows', async () => {
		await save();
		request('duplicate', 1);
		request('duplicate', 1);
		request('signature_mismatch', null);
		request('saved', 1);
		const [listed] = await feed.list({ limit: 1, states: [] });
		assert.equal(listed?.repeats, 2);
		assert.deepEqual(
			(standing('requests') as { outcome: string; id: number | null }[]).map(({ outcome, id }) => [outcome, id]),
			[
				['signature_mismatch', null],
				['duplicate', 1],
				['duplicate', 1],
			],
			'newest first',
		);
		await follow();
		request('duplicate', 1);
		assert.deepEqual(await looks(1), ['request', 'deliveries']);
		assert.equal((await feed.list({ limit: 1, states: [] }))[0]?.repeats, 3);
	});

	test('of the requests the latest are kept', () => {
		for (let id = 1; id <= 250; id++) request('duplicate', id);
		const kept = standing('requests') as { id: number }[];
		assert.deepEqual([kept.length, kept[0]?.id, kept.at(-1)?.id], [100, 250, 151]);
	});

	test('a feed that hears of no requests says nothing of them', () => {
		feed = new InboxFeed(inbox);
		assert.equal(feed.requestsSince, null);
		assert.deepEqual(feed.standing(), []);
	});
});
