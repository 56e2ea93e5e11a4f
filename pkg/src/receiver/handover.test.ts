import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Inbox, InboxError } from 'mindhook/inbox';
import type { Delivery, ReceiverEvent } from 'mindhook/receiver';
import { type InboxInMemory, inboxInMemory } from './inbox-in-memory.js';
import { deferred, failureBody, modelId, receiverWith, request, secret, until } from './receiver-with.js';

const soon = { attempts: 3, firstMilliseconds: 20, factor: 2 };
const never = (): Promise<void> => new Promise(() => {});
type Event<Type extends ReceiverEvent['type']> = Extract<ReceiverEvent, { type: Type }>;
const settledOf = (events: ReceiverEvent[]): Event<'settled'>[] => events.filter((event) => event.type === 'settled');
/** Lets time go by at once, until that is so: a minute in each turn, for as long as nobody would wait. */
function passing(context: TestContext): (isSo: () => boolean) => Promise<void> {
	context.mock.timers.enable({ apis: ['setTimeout'] });
	return async (isSo) => {
		for (let turn = 0; turn < 1_000 && !isSo(); turn += 1) {
			await new Promise((resolve) => setImmediate(resolve));
			context.mock.timers.tick(60_000);
		}
		assert.ok(isSo(), 'it never came to that');
	};
}
/** The same, but for the first question: that one is never answered. */
function deafAtFirst<Given extends unknown[], Answer>(answer: (...given: Given) => Promise<Answer>) {
	const deaf = {
		asked: 0,
		ask(...given: Given): Promise<Answer> {
			deaf.asked += 1;
			return deaf.asked === 1 ? new Promise(() => {}) : answer(...given);
		},
	};
	return deaf;
}
const statesOf = ({ entries }: InboxInMemory): string[] => entries.map(({ state }) => state);

test('a handler that throws, rejects, or throws what has no text: failed with its error, and the next one is handled', async () => {
	const thrown: unknown[] = [new RangeError('no room'), 'just text', Object.create(null), null];
	const inbox = inboxInMemory();
	const { receiver, errors } = receiverWith(
		{
			onPayload: (_, { id }) => {
				if (id === 1) throw thrown[0];
				if (id <= thrown.length) return Promise.reject(thrown[id - 1]);
				return undefined;
			},
		},
		inbox,
	);
	for (const id of ['1', '2', '3', '4', '5']) await receiver.receive(request({}, failureBody(id)));
	await receiver.idle();
	assert.deepEqual(
		inbox.entries.map(({ state }) => state),
		['failed', 'failed', 'failed', 'failed', 'handled'],
	);
	const texts = inbox.entries.map(({ lastError }) => lastError ?? '');
	assert.match(texts[0] ?? '', /^RangeError: no room\n\s+at /);
	assert.deepEqual(texts.slice(1), ['just text', 'something that cannot be shown as text was thrown', 'null', '']);
	assert.deepEqual(
		errors.map(({ error, context }) => [error, context.stage, context.id]),
		thrown.map((error, index) => [error, 'handle', index + 1]),
	);
	assert.equal(inbox.entries[0]?.kind, 'failure');
});

test('several may wait for idle at a time, and none keeps another waiting', async () => {
	const { inbox, receiver } = receiverWith({ onPayload() {} });
	await Promise.all(
		['1', '2', '3'].map(async (id) => {
			await receiver.receive(request({}, failureBody(id)));
			await receiver.idle();
		}),
	);
	assert.deepEqual(statesOf(inbox), ['handled', 'handled', 'handled']);
});

test('no more payloads are with the handler at a time than allowed, and all of them come', async () => {
	let now = 0;
	let most = 0;
	let all = 0;
	const { inbox, receiver } = receiverWith({
		limits: { concurrency: 3 },
		onPayload: async () => {
			now += 1;
			most = Math.max(most, now);
			await new Promise((resolve) => setTimeout(resolve, 2));
			now -= 1;
			all += 1;
		},
	});
	for (let id = 1; id <= 40; id += 1) await receiver.receive(request({}, failureBody(String(id))));
	await receiver.idle();
	assert.deepEqual([most, all], [3, 40]);
	assert.ok(inbox.entries.every(({ state }) => state === 'handled'));
});

test('a new receiver takes up what waits at its endpoint, and only that', async () => {
	const inbox = inboxInMemory();
	for (const [id, endpoint] of [
		['1', 'default'],
		['2', 'other'],
		['3', 'default'],
	] as const) {
		await inbox.save({ endpoint, body: failureBody(id) });
	}
	const { receiver, handled } = receiverWith({}, inbox);
	await receiver.idle();
	assert.deepEqual(
		handled.map(({ delivery }) => delivery.id),
		[1, 3],
	);
	assert.deepEqual(
		inbox.entries.map(({ state }) => state),
		['handled', 'received', 'handled'],
	);
});

test('close refuses new requests, finishes what runs, and leaves the rest to the next receiver', async () => {
	const started: number[] = [];
	let finish = (): void => {};
	const held = new Promise<void>((resolve) => {
		finish = resolve;
	});
	const inbox = inboxInMemory();
	const { receiver } = receiverWith(
		{
			limits: { concurrency: 1 },
			onPayload: async (_, { id }) => {
				started.push(id);
				await held;
			},
		},
		inbox,
	);
	for (const id of ['1', '2']) await receiver.receive(request({}, failureBody(id)));
	await until(() => started.length === 1);
	const closing = receiver.close();
	assert.deepEqual([(await receiver.receive(request({}, failureBody('3')))).name, started], ['closing', [1]]);
	finish();
	await closing;
	await receiver.idle();
	assert.deepEqual(
		inbox.entries.map(({ state }) => state),
		['handled', 'received'],
	);
	assert.equal(inbox.entries[1]?.attempts, 0);
	const next = receiverWith({}, inbox);
	await next.receiver.idle();
	assert.equal(inbox.entries[1]?.state, 'handled');
});

test('what fails is tried again after growing pauses, and is dead after its last attempt', async () => {
	const attempts: number[] = [];
	const { inbox, receiver, events } = receiverWith({
		retry: soon,
		pollMilliseconds: 60_000,
		onPayload: (_, { attempt }) => {
			attempts.push(attempt);
			throw new RangeError(`no. ${attempt}`);
		},
	});
	await receiver.receive(request());
	await until(() => inbox.entries[0]?.state === 'dead');
	await until(() => settledOf(events).length === 3);
	assert.deepEqual(attempts, [1, 2, 3]);
	const [first, second, third] = settledOf(events);
	assert.deepEqual(
		[first, second, third].map((event) => [event?.state, event?.attempt, event?.errorName, event?.kind]),
		[
			['failed', 1, 'RangeError', 'failure'],
			['failed', 2, 'RangeError', 'failure'],
			['dead', 3, 'RangeError', 'failure'],
		],
	);
	const pauses = [first, second, third].map((event) => event?.retryMilliseconds ?? null);
	const [a = 0, b = 0] = pauses as number[];
	assert.ok(a >= 10 && a <= 20 && b >= 20 && b <= 40 && pauses[2] === null, String(pauses));
	const [entry] = inbox.entries;
	assert.match(entry?.lastError ?? '', /^RangeError: no\. 3/);
	assert.deepEqual([entry?.attempts, entry?.nextAttemptAt, entry?.leasedBy], [3, null, null]);
	await receiver.close();
});

test('nothing is tried again before its time, by the clock of the inbox', async () => {
	let now = 1_000_000;
	const inbox = inboxInMemory({ now: () => now });
	let fails = true;
	const { receiver } = receiverWith(
		{ retry: { firstMilliseconds: 60_000 }, pollMilliseconds: 5, onPayload: () => (fails ? Promise.reject('x') : 0) },
		inbox,
	);
	await receiver.receive(request());
	await receiver.idle();
	const due = inbox.entries[0]?.nextAttemptAt?.getTime() ?? 0;
	assert.ok(due >= now + 30_000 && due <= now + 60_000);
	fails = false;
	now = due - 1;
	const { claim = 0 } = inbox.calls;
	await until(() => (inbox.calls.claim ?? 0) > claim + 2);
	assert.deepEqual(statesOf(inbox), ['failed']);
	now = due;
	await until(() => inbox.entries[0]?.state === 'handled');
	assert.deepEqual([inbox.entries[0]?.attempts, inbox.entries[0]?.lastError], [2, null]);
	await receiver.close();
});

test('whatever a handler gives or throws, its attempt ends and so does its neighbour', async () => {
	const thrown: (() => unknown)[] = [
		() => {
			throw new Error('sync');
		},
		() => Promise.reject(undefined),
		() => ({
			// biome-ignore lint/suspicious/noThenProperty: a promise of another make, a broken one.
			get then() {
				throw new Error('then');
			},
		}),
		() => ({
			// biome-ignore lint/suspicious/noThenProperty: the same.
			then: () => {
				throw new Error('called');
			},
		}),
		() => {
			throw {
				get message() {
					throw new Error('message');
				},
			};
		},
		() => {
			throw Object.defineProperty(new Error('x'), 'stack', { get: () => assert.fail('stack') });
		},
		() => {
			throw Object.assign(new Error('x'), { name: 'Bill of Mrs. Smith, 5 EUR' });
		},
		() => {
			throw Symbol('s');
		},
	];
	const { inbox, receiver, events } = receiverWith({ onPayload: (_, { id }) => thrown[id - 1]?.() });
	for (let id = 1; id <= thrown.length + 1; id += 1) await receiver.receive(request({}, failureBody(id)));
	await receiver.idle();
	assert.deepEqual(statesOf(inbox), [...thrown.map(() => 'failed'), 'handled']);
	const settled = settledOf(events).sort((a, b) => a.id - b.id);
	assert.deepEqual(
		settled.map(({ errorName }) => errorName),
		['Error', 'undefined', 'Error', 'Error', 'object', 'Error', 'Error', 'symbol', null],
	);
	await receiver.close();
});

test('a handler that never returns is aborted, fails in time, and its slot is free for the next', async () => {
	const held = deferred();
	const signals: AbortSignal[] = [];
	const { inbox, receiver, errors, events } = receiverWith({
		limits: { concurrency: 1, handlerMilliseconds: 20 },
		onPayload: (_, { id, signal }) => {
			if (id !== 1) return undefined;
			signals.push(signal);
			return held.promise;
		},
	});
	await receiver.receive(request());
	await receiver.receive(request({}, failureBody(2)));
	await receiver.idle();
	assert.deepEqual(statesOf(inbox), ['failed', 'handled']);
	const [signal] = signals;
	assert.deepEqual([signal?.aborted, signal?.reason.name], [true, 'TimeoutError']);
	assert.match(inbox.entries[0]?.lastError ?? '', /onPayload took longer than 20 ms \(limits\.handlerMilliseconds\)/);
	assert.equal(settledOf(events)[0]?.errorName, 'TimeoutError');
	assert.deepEqual([errors.length, errors[0]?.context.stage, receiver.state.runaways], [1, 'handle', 1]);
	held.resolve();
	await until(() => receiver.state.runaways === 0);
	assert.deepEqual(statesOf(inbox), ['failed', 'handled']);
	await receiver.close();
});

test('a handler that looks at its signal late finds it aborted', async () => {
	const held = deferred();
	const late: AbortSignal[] = [];
	const { receiver } = receiverWith({
		limits: { handlerMilliseconds: 20 },
		onPayload: async (_, delivery) => {
			await held.promise;
			late.push(delivery.signal);
		},
	});
	await receiver.receive(request());
	await receiver.idle();
	held.resolve();
	await until(() => late.length === 1);
	assert.deepEqual([late[0]?.aborted, late[0]?.reason.name], [true, 'TimeoutError']);
	await receiver.close();
});

test('poisonous payloads do not hold up the others: one hangs, one throws, one cannot be read, a hundred are handled', async () => {
	const { inbox, receiver } = receiverWith({
		limits: { concurrency: 2 },
		onPayload: (_, { id }) => {
			if (id === 1) return never();
			if (id === 2) throw new Error('poison');
			return undefined;
		},
	});
	for (let id = 1; id <= 103; id += 1) {
		await receiver.receive(request({}, id === 3 ? new TextEncoder().encode('{"inference":') : failureBody(id)));
	}
	await until(() => statesOf(inbox).filter((state) => state === 'handled').length === 100);
	assert.deepEqual(statesOf(inbox).slice(0, 3), ['received', 'failed', 'quarantined']);
	await receiver.close({ milliseconds: 0 });
});

test('a lease is renewed while a handler runs, with one call for all, and nobody else takes the deliveries', async () => {
	// Time goes on with each renewal alone: a machine that stands still ends no lease.
	let now = 0;
	const inbox = inboxInMemory({ now: () => now });
	const held = deferred();
	const extend = (...asked: Parameters<typeof inbox.extend>): Promise<number[]> => {
		now += 150;
		return inbox.extend(...asked);
	};
	const renewing = { ...inbox, extend };
	const options = { leaseMilliseconds: 450, inbox: renewing, onPayload: () => held.promise };
	const one = receiverWith(options, inbox);
	for (const id of [1, 2, 3]) await one.receiver.receive(request({}, failureBody(id)));
	const other = receiverWith({ pollMilliseconds: 5 }, inbox);
	await until(() => (inbox.calls.extend ?? 0) >= 5);
	assert.equal(other.handled.length, 0);
	held.resolve();
	await one.receiver.idle();
	assert.deepEqual(
		inbox.entries.map(({ state, attempts }) => [state, attempts]),
		[1, 2, 3].map(() => ['handled', 1]),
	);
	assert.equal(other.handled.length, 0);
	await Promise.all([one.receiver.close(), other.receiver.close()]);
});

test('a claim that is lost aborts its handler, is told, and notes nothing; the other worker ends the delivery', async () => {
	const inbox = inboxInMemory();
	// It stopped for so long that others took its deliveries, and only then it renews.
	let asked = 0;
	const seen: Delivery[] = [];
	const extend = async (...given: Parameters<typeof inbox.extend>): Promise<number[]> => {
		asked += 1;
		return seen.length === 0 ? inbox.extend(...given) : [];
	};
	const paused = { ...inbox, extend };
	const released = deferred();
	const one = receiverWith(
		{
			leaseMilliseconds: 300,
			pollMilliseconds: 60_000,
			inbox: paused,
			onPayload: (_, delivery) => {
				seen.push(delivery);
				return released.promise;
			},
		},
		inbox,
	);
	await one.receiver.receive(request());
	await until(() => seen[0]?.signal.aborted === true);
	assert.equal(seen[0]?.signal.reason.name, 'AbortError');
	// Its handler runs on, and the claim is as lost as it was.
	await until(() => asked > 2);
	assert.deepEqual(
		one.events.filter(({ type }) => type === 'claim_lost'),
		[{ type: 'claim_lost', endpoint: 'default', id: 1, attempt: 1 }],
	);
	const other = receiverWith({ pollMilliseconds: 5 }, inbox);
	await until(() => inbox.entries[0]?.state === 'handled');
	const { settle } = inbox.calls;
	released.reject(new Error('aborted'));
	await one.receiver.idle();
	assert.deepEqual([inbox.calls.settle, inbox.entries[0]?.state, inbox.entries[0]?.attempts], [settle, 'handled', 2]);
	assert.deepEqual([other.handled[0]?.delivery.attempt, settledOf(one.events).length], [2, 0]);
	await Promise.all([one.receiver.close(), other.receiver.close()]);
});

test('a delivery whose lease may have run out while it was claimed is begun only once it is held for certain', async () => {
	const inbox = inboxInMemory();
	const slow: Inbox = {
		...inbox,
		claim: async (asked) => {
			const claimed = await inbox.claim(asked);
			await new Promise((resolve) => setTimeout(resolve, asked.lease.milliseconds + 50));
			return claimed;
		},
	};
	for (const id of [1, 2]) await inbox.save({ endpoint: 'default', body: failureBody(id) });
	const extended: (number | undefined)[] = [];
	const { receiver } = receiverWith(
		{ inbox: slow, leaseMilliseconds: 300, onPayload: () => extended.push(inbox.calls.extend) },
		inbox,
	);
	await receiver.idle();
	assert.equal(extended.length, 2);
	assert.ok(extended.every((calls) => calls !== undefined && calls > 0));
	await receiver.close();
});

test('where the inbox takes most of a lease to save and to renew, deliveries are begun all the same', async () => {
	const inbox = inboxInMemory();
	const leaseMilliseconds = 600;
	const slowly = async <Result>(result: Promise<Result>): Promise<Result> => {
		const given = await result;
		await new Promise((resolve) => setTimeout(resolve, leaseMilliseconds * 0.75));
		return given;
	};
	const slow: Inbox = {
		...inbox,
		save: (...asked) => slowly(inbox.save(...asked)),
		extend: (...asked) => slowly(inbox.extend(...asked)),
	};
	const { receiver, handled } = receiverWith(
		{ inbox: slow, leaseMilliseconds, pollMilliseconds: 60_000, limits: { concurrency: 1 } },
		inbox,
	);
	try {
		await Promise.all([1, 2, 3].map((id) => receiver.receive(request({}, failureBody(id)))));
		await until(() => handled.length === 3);
		assert.ok((inbox.calls.extend ?? 0) > 0, 'the leases were too short to begin without');
	} finally {
		await receiver.close();
	}
	assert.deepEqual(statesOf(inbox), ['handled', 'handled', 'handled']);
});

test('a delivery that another worker has taken over by the time it was claimed is not begun', async () => {
	const inbox = inboxInMemory();
	await inbox.save({ endpoint: 'default', body: failureBody(1) });
	const slow: Inbox = {
		...inbox,
		claim: async (asked) => {
			const claimed = await inbox.claim(asked);
			if (claimed.length > 0) await until(() => inbox.entries[0]?.state === 'handled');
			return claimed;
		},
	};
	const one = receiverWith({ inbox: slow, leaseMilliseconds: 100, pollMilliseconds: 60_000 }, inbox);
	await until(() => inbox.entries[0]?.attempts === 1);
	const other = receiverWith({ pollMilliseconds: 5 }, inbox);
	await one.receiver.idle();
	assert.deepEqual([one.handled.length, other.handled.length], [0, 1]);
	assert.ok(one.events.some(({ type }) => type === 'claim_lost'));
	await Promise.all([one.receiver.close(), other.receiver.close()]);
});

test('a delivery that workers lose to each other again and again before they begin it is handled, and does not end as dead', async () => {
	const inbox = inboxInMemory();
	await inbox.save({ endpoint: 'default', body: failureBody(1) });
	let late = 24;
	// Each learns what it has claimed only when the other has claimed it too.
	const slow: Inbox = {
		...inbox,
		claim: async (asked) => {
			const claimed = await inbox.claim(asked);
			const owner = inbox.entries[0]?.leasedBy;
			if (claimed.length > 0 && late > 0) {
				late -= 1;
				await until(() => inbox.entries[0]?.leasedBy !== owner || late === 0);
			}
			return claimed;
		},
	};
	const workers = [1, 2].map(() =>
		receiverWith({ inbox: slow, leaseMilliseconds: 100, pollMilliseconds: 5, retry: { attempts: 3 } }, inbox),
	);
	await until(() => late === 0 && !['received', 'failed'].includes(statesOf(inbox)[0] ?? ''));
	assert.deepEqual(statesOf(inbox), ['handled']);
	await Promise.all(workers.map(({ receiver }) => receiver.close()));
	assert.equal(workers.flatMap(({ handled }) => handled).length, 1);
});

test('an attempt that another worker takes back while the next one runs does not make that one the last', async () => {
	const inbox = inboxInMemory();
	await inbox.save({ endpoint: 'default', body: failureBody(1) });
	let begun = 0;
	const slow: Inbox = {
		...inbox,
		claim: async (asked) => {
			const claimed = await inbox.claim(asked);
			if (claimed.length > 0) await until(() => begun === 1);
			return claimed;
		},
	};
	const retry = { attempts: 2, firstMilliseconds: 10 };
	const one = receiverWith({ inbox: slow, leaseMilliseconds: 100, pollMilliseconds: 60_000, retry }, inbox);
	await until(() => inbox.entries[0]?.attempts === 1);
	const onPayload = async (): Promise<void> => {
		begun += 1;
		if (begun === 1) await until(() => inbox.entries[0]?.attempts === 1);
		throw new Error('no');
	};
	const other = receiverWith({ pollMilliseconds: 5, retry, onPayload }, inbox);
	await until(() => inbox.entries[0]?.state === 'dead');
	assert.deepEqual([begun, inbox.entries[0]?.attempts], [2, 2]);
	await Promise.all([one.receiver.close(), other.receiver.close()]);
});

test('a last attempt ends as counted when it was claimed where the inbox cannot tell the count: it never answers, throws, or gives nothing', async (context) => {
	const pass = passing(context);
	const lists: (() => unknown)[] = [
		never,
		() => {
			throw new Error('list');
		},
		() => Promise.reject(new InboxError('busy', 'locked')),
		async () => undefined,
	];
	for (const list of lists) {
		const inbox = inboxInMemory();
		const onPayload = (): never => {
			throw new Error('no');
		};
		const retry = { attempts: 1 };
		const { receiver } = receiverWith({ inbox: { ...inbox, list: list as Inbox['list'] }, retry, onPayload }, inbox);
		await receiver.receive(request());
		await pass(() => receiver.state.handling + receiver.state.waiting === 0);
		assert.deepEqual(statesOf(inbox), ['dead'], String(list));
		assert.equal(inbox.entries[0]?.attempts, 1);
		await receiver.close();
	}
});

test('a delivery that cannot be held on to before it begins is let go, and its attempt is not counted', async () => {
	const fails: Inbox['extend'] = () => Promise.reject(new InboxError('busy', 'locked'));
	const isDeaf: Inbox['extend'] = () => new Promise(() => {});
	for (const extend of [fails, isDeaf]) {
		const inbox = inboxInMemory();
		await inbox.save({ endpoint: 'default', body: failureBody(1) });
		let isFirst = true;
		const slow: Inbox = {
			...inbox,
			claim: async (asked) => {
				const claimed = await inbox.claim(asked);
				if (isFirst) await new Promise((resolve) => setTimeout(resolve, asked.lease.milliseconds + 50));
				isFirst = false;
				return claimed;
			},
			extend,
		};
		const { receiver, handled } = receiverWith({ inbox: slow, leaseMilliseconds: 2_000, pollMilliseconds: 5 }, inbox);
		await until(() => handled.length === 1);
		assert.equal(handled[0]?.delivery.attempt, 1);
		await receiver.close();
	}
});

test('where the inbox throws when a lost claim is given back, the others are lost too, and nothing is held', async () => {
	const inbox = inboxInMemory();
	const held = deferred();
	const broken: Inbox = {
		...inbox,
		extend: async () => [],
		settle: (claim, settlement) => {
			if (settlement.state === 'released') throw new Error('settle');
			return inbox.settle(claim, settlement);
		},
	};
	const { receiver, events } = receiverWith(
		{
			inbox: broken,
			leaseMilliseconds: 300,
			pollMilliseconds: 60_000,
			limits: { concurrency: 1 },
			onPayload: () => held.promise,
		},
		inbox,
	);
	for (const id of [1, 2, 3]) await receiver.receive(request({}, failureBody(id)));
	await until(() => receiver.state.waiting === 0);
	held.resolve();
	await until(() => receiver.state.handling === 0);
	assert.equal(events.filter(({ type }) => type === 'claim_lost').length, 3);
	await receiver.close();
});

test('a renewal that is never answered is not the last one', async () => {
	const inbox = inboxInMemory();
	const held = deferred();
	const deaf = deafAtFirst(inbox.extend);
	const { receiver, errors } = receiverWith(
		{
			inbox: { ...inbox, extend: deaf.ask },
			leaseMilliseconds: 300,
			pollMilliseconds: 60_000,
			onPayload: () => held.promise,
		},
		inbox,
	);
	await receiver.receive(request());
	await until(() => deaf.asked > 2 && errors.length > 0);
	assert.deepEqual(
		errors.map(({ context }) => context.stage),
		['inbox'],
	);
	held.resolve();
	await receiver.idle();
	assert.deepEqual(statesOf(inbox), ['handled']);
	await receiver.close();
});

test('a claim that is never answered is not the last one, and what it brings after all is given back', async (context) => {
	const pass = passing(context);
	const inbox = inboxInMemory({ now: () => 0 });
	await inbox.save({ endpoint: 'default', body: failureBody(1) });
	const answer = deferred();
	let asked = 0;
	const claim: Inbox['claim'] = async (...given) => {
		asked += 1;
		const isFirst = asked === 1;
		const claimed = await inbox.claim(...given);
		if (isFirst) await answer.promise;
		return claimed;
	};
	const { receiver, handled, errors } = receiverWith({ inbox: { ...inbox, claim } }, inbox);
	await pass(() => asked > 2);
	assert.deepEqual([errors[0]?.context.stage, handled.length], ['claim', 0]);
	answer.resolve();
	await pass(() => handled.length === 1);
	assert.equal(handled[0]?.delivery.attempt, 1);
	await receiver.close();
});

test('an end whose note is never answered is noted again', async (context) => {
	const pass = passing(context);
	const inbox = inboxInMemory();
	const deaf = deafAtFirst(inbox.settle);
	const { receiver, handled, errors } = receiverWith({ inbox: { ...inbox, settle: deaf.ask } }, inbox);
	await receiver.receive(request());
	await pass(() => statesOf(inbox)[0] === 'handled');
	assert.equal(handled.length, 1);
	assert.deepEqual(
		errors.map(({ context }) => [context.stage, context.id]),
		[['inbox', 1]],
	);
	await receiver.close();
});

test('of an inbox that fails when much is asked for, less is asked for', async () => {
	const inbox = inboxInMemory();
	for (let id = 1; id <= 30; id += 1) await inbox.save({ endpoint: 'default', body: failureBody(id) });
	const limits: number[] = [];
	const narrow: Inbox = {
		...inbox,
		claim: async (asked) => {
			limits.push(asked.limit);
			if (asked.limit > 4) throw new InboxError('write', 'PostgreSQL did not answer within 5000 ms');
			return inbox.claim(asked);
		},
	};
	const { receiver } = receiverWith({ inbox: narrow, pollMilliseconds: 5 }, inbox);
	await until(() => statesOf(inbox).every((state) => state === 'handled'));
	assert.ok((limits[1] ?? 0) < (limits[0] ?? 0), String(limits));
	await receiver.close();
});

test('a claim that was lost unnoticed is told when its end cannot be noted', async () => {
	const inbox = inboxInMemory();
	const { receiver, events } = receiverWith({ inbox: { ...inbox, settle: async () => false } }, inbox);
	await receiver.receive(request());
	await until(() => events.some(({ type }) => type === 'claim_lost'));
	assert.equal(settledOf(events).length, 0);
	await receiver.close();
});

test('an inbox that cannot be reached for the time of a lease aborts the handler: another worker may have the delivery', async () => {
	const inbox = inboxInMemory();
	const extend = async (): Promise<number[]> => {
		throw new InboxError('busy', 'locked');
	};
	const { receiver, errors } = receiverWith(
		{
			leaseMilliseconds: 300,
			pollMilliseconds: 60_000,
			inbox: { ...inbox, extend },
			onPayload: (_, { signal }) =>
				new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
		},
		inbox,
	);
	await receiver.receive(request());
	await until(() => inbox.entries[0]?.state === 'failed');
	assert.match(inbox.entries[0]?.lastError ?? '', /stopped the work before onPayload had finished/);
	assert.ok(errors.length > 0 && errors.every(({ context }) => context.stage === 'inbox'));
	await receiver.close();
});

test('an end that cannot be noted at first is noted later, and the handler runs once', async () => {
	const inbox = inboxInMemory();
	let failures = 2;
	const settle: Inbox['settle'] = async (...given) => {
		failures -= 1;
		if (failures >= 0) throw new InboxError('write', 'disk full');
		return inbox.settle(...given);
	};
	const { receiver, handled, errors } = receiverWith({ inbox: { ...inbox, settle } }, inbox);
	await receiver.receive(request());
	await receiver.idle();
	assert.deepEqual([inbox.entries[0]?.state, handled.length], ['handled', 1]);
	assert.deepEqual(
		errors.map(({ context }) => [context.stage, context.id]),
		[['inbox', 1]],
	);
	await receiver.close();
});

test('an inbox that was closed too early costs nothing but the note', async () => {
	const inbox = inboxInMemory();
	const held = deferred();
	const { receiver, errors } = receiverWith({ onPayload: () => held.promise }, inbox);
	await receiver.receive(request());
	await until(() => receiver.state.handling === 1);
	await inbox.close();
	held.resolve();
	await receiver.close();
	assert.deepEqual(
		errors.map(({ context }) => context.stage),
		['inbox'],
	);
});

test('an inbox that cannot be asked is asked again, and what waits in it is handled then', async () => {
	const inbox = inboxInMemory();
	await inbox.save({ endpoint: 'default', body: failureBody(1) });
	inbox.failure = new InboxError('busy', 'locked');
	const { receiver, handled, errors } = receiverWith({ pollMilliseconds: 5 }, inbox);
	await until(() => errors.length >= 2);
	assert.deepEqual([errors[0]?.context.stage, errors[0]?.context.id], ['claim', null]);
	inbox.failure = null;
	await until(() => handled.length === 1);
	await receiver.close();
});

test('an inbox that goes on failing is asked less and less often', async () => {
	const inbox = inboxInMemory();
	inbox.failure = new InboxError('busy', 'locked');
	const { receiver } = receiverWith({ pollMilliseconds: 5 }, inbox);
	await new Promise((resolve) => setTimeout(resolve, 300));
	// At 0, 10, 30, 70, 150 ms, and the next one at 310.
	assert.ok((inbox.calls.claim ?? 0) <= 6, `asked ${inbox.calls.claim} times`);
	inbox.failure = null;
	await receiver.close();
});

test('what a process had in hand when it died is taken up when its lease is over', async () => {
	let now = 0;
	const inbox = inboxInMemory({ now: () => now });
	await inbox.save({ endpoint: 'default', body: failureBody(1) }, { owner: 'dead', milliseconds: 1_000 });
	const { receiver, handled } = receiverWith({ pollMilliseconds: 5 }, inbox);
	await receiver.idle();
	now = 999;
	await receiver.idle();
	assert.equal(handled.length, 0);
	now = 1_000;
	await until(() => inbox.entries[0]?.state === 'handled');
	assert.equal(handled[0]?.delivery.attempt, 2);
	await receiver.close();
});

/** Claims what is due for a process that dies at once, so often. */
async function die(inbox: InboxInMemory, clock: { now: number }, times: number): Promise<void> {
	for (let time = 0; time < times; time += 1) {
		await inbox.claim({ limit: 100, lease: { owner: 'dead', milliseconds: 1_000 } });
		clock.now += 1_001;
	}
}

test('a delivery that ended the process in every attempt is dead without being tried once more', async () => {
	const clock = { now: 0 };
	const inbox = inboxInMemory({ now: () => clock.now });
	await inbox.save({ endpoint: 'default', body: failureBody(1) });
	await die(inbox, clock, 10);
	const { receiver, handled } = receiverWith({}, inbox);
	await receiver.idle();
	assert.deepEqual([statesOf(inbox), handled.length], [['dead'], 0]);
	assert.match(inbox.entries[0]?.lastError ?? '', /10 attempts were begun/);
	await receiver.close();
});

test('even where one attempt is all, a delivery that a dying process had in hand is tried again', async () => {
	const clock = { now: 0 };
	const inbox = inboxInMemory({ now: () => clock.now });
	await inbox.save({ endpoint: 'default', body: failureBody(1) });
	await die(inbox, clock, 1);
	const { receiver } = receiverWith({ retry: { attempts: 1 } }, inbox);
	await receiver.idle();
	assert.deepEqual(statesOf(inbox), ['handled']);
	await receiver.close();
});

test('of deliveries that several processes died with, one at a time is in hand: the others are not counted as dead with it', async () => {
	const clock = { now: 0 };
	const inbox = inboxInMemory({ now: () => clock.now });
	for (let id = 1; id <= 5; id += 1) await inbox.save({ endpoint: 'default', body: failureBody(id) });
	await die(inbox, clock, 3);
	const attempts: number[][] = [];
	const { receiver } = receiverWith(
		{
			onPayload: async () => {
				attempts.push(inbox.entries.filter(({ state }) => state === 'received').map((entry) => entry.attempts));
				await new Promise((resolve) => setTimeout(resolve, 5));
			},
		},
		inbox,
	);
	await receiver.idle();
	// Whatever is begun is in its fourth attempt, and whatever is not still has three.
	assert.deepEqual(attempts, [[4, 3, 3, 3, 3], [4, 3, 3, 3], [4, 3, 3], [4, 3], [4]]);
	assert.deepEqual(
		statesOf(inbox),
		[1, 2, 3, 4, 5].map(() => 'handled'),
	);
	await receiver.close();
});

test('where handlers are slow, few deliveries are in hand, and other processes can have the rest', async () => {
	const held = deferred();
	const { inbox, receiver } = receiverWith({
		limits: { concurrency: 2 },
		// What is saved without being in hand is looked for without waiting for the next poll.
		pollMilliseconds: 60_000,
		onPayload: () => held.promise,
	});
	for (let id = 1; id <= 60; id += 1) await receiver.receive(request({}, failureBody(id)));
	const inHand = inbox.entries.filter(({ leasedBy }) => leasedBy !== null).length;
	assert.ok(inHand >= 2 && inHand <= 10, `${inHand} in hand`);
	assert.equal(receiver.state.waiting + receiver.state.handling, inHand);
	held.resolve();
	await until(() => statesOf(inbox).every((state) => state === 'handled'));
	assert.ok(inbox.entries.every(({ attempts }) => attempts === 1));
	await receiver.close();
});

for (const [concurrency, handlerMs, bytes, pauseMs, othersMax] of [
	// Handlers are so slow that a busy machine too posts faster; large bodies, of which the inbox here keeps all, not much faster.
	[1, 10, 400, 0, 100],
	[8, 50, 400, 0, 400],
	[8, 1_000, 3_000_000, 50, 100],
] as const) {
	test(`what found no room has its turn while more is received than handled: ${concurrency} at a time, ${handlerMs} ms each, of ${bytes} bytes`, {
		timeout: 60_000,
	}, async () => {
		const handled: number[] = [];
		let sent = 0;
		let isOver = false;
		const { inbox, receiver } = receiverWith({
			limits: { concurrency },
			// Longer than the test takes: it may not depend on it.
			pollMilliseconds: 60_000,
			onPayload: async (_, { id }) => {
				await new Promise((resolve) => setTimeout(resolve, handlerMs));
				// Also where the machine is so slow that posts alone would not come faster.
				await until(() => isOver || sent > 1.5 * (handled.length + 1));
				handled.push(id);
			},
		});
		const post = async (): Promise<void> => {
			sent += 1;
			const body = new Uint8Array(bytes).fill(0x20);
			body.set(failureBody(sent));
			await receiver.receive(request({}, body));
			await new Promise((resolve) => (pauseMs === 0 ? setImmediate(resolve) : setTimeout(resolve, pauseMs)));
		};
		try {
			// In the first moments little is known of the handler, and the room is small.
			while (handled.length < 2 * concurrency || inbox.entries.every(({ attempts }) => attempts > 0)) await post();
			const oldest = inbox.entries.find(({ attempts }) => attempts === 0)?.id ?? assert.fail();
			const before = handled.length;
			while (!handled.includes(oldest) && handled.length - before < othersMax) await post();
			assert.ok(handled.includes(oldest), `${handled.length - before} others were handled before it`);
		} finally {
			isOver = true;
			await receiver.close();
		}
	});
}

test('bodies in hand are bounded by their bytes too', async () => {
	const held = deferred();
	const { inbox, receiver } = receiverWith({ limits: { concurrency: 8 }, onPayload: () => held.promise });
	await receiver.receive(request());
	await until(() => receiver.state.handling === 1);
	const large = (fill: number): Uint8Array => {
		const bytes = new Uint8Array(30 * 1024 * 1024).fill(0x20);
		bytes.set(failureBody(fill));
		return bytes;
	};
	for (const id of [2, 3, 4]) await receiver.receive(request({}, large(id)));
	assert.equal(inbox.entries.filter(({ leasedBy }) => leasedBy !== null).length, 3);
	held.resolve();
	await receiver.idle();
	assert.deepEqual(statesOf(inbox), ['handled', 'handled', 'handled', 'handled']);
	await receiver.close();
});

test('two receivers on one inbox share what waits, and each delivery is handled once', async () => {
	const inbox = inboxInMemory();
	for (let id = 1; id <= 200; id += 1) await inbox.save({ endpoint: 'default', body: failureBody(id) });
	const handled: number[] = [];
	const onPayload = async (_: unknown, { id }: Delivery): Promise<void> => {
		await new Promise((resolve) => setTimeout(resolve, 1));
		handled.push(id);
	};
	const receivers = [receiverWith({ onPayload }, inbox), receiverWith({ onPayload }, inbox)];
	await Promise.all(receivers.map(({ receiver }) => receiver.idle()));
	assert.deepEqual(
		handled.sort((a, b) => a - b),
		inbox.entries.map(({ id }) => id),
	);
	assert.ok(receivers.every(({ events }) => settledOf(events).length > 0));
	await Promise.all(receivers.map(({ receiver }) => receiver.close()));
});

test('a dead delivery that somebody asks for again is tried again, from the first attempt', async () => {
	let fails = true;
	const { inbox, receiver, handled } = receiverWith({ retry: { attempts: 1 }, pollMilliseconds: 5 });
	receiver.route(modelId, (payload, delivery) => {
		if (fails) throw new Error('x');
		handled.push({ payload, delivery });
	});
	await receiver.receive(request());
	await receiver.idle();
	assert.deepEqual(statesOf(inbox), ['dead']);
	fails = false;
	assert.equal(await inbox.retry({ state: 'dead' }), 1);
	await until(() => inbox.entries[0]?.state === 'handled');
	assert.equal(handled[0]?.delivery.attempt, 1);
	await receiver.close();
});

test('close aborts a handler that hangs, notes that it was stopped, and does not wait for it', async () => {
	const signals: AbortSignal[] = [];
	const { inbox, receiver } = receiverWith({
		onPayload: (_, { signal, id }) => {
			signals.push(signal);
			// The second one heeds its signal.
			return id === 1
				? never()
				: new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('leaving'))));
		},
	});
	await receiver.receive(request());
	await receiver.receive(request({}, failureBody(2)));
	await until(() => signals.length === 2);
	await receiver.close({ milliseconds: 10 });
	assert.ok(signals.every(({ aborted, reason }) => aborted && reason.name === 'AbortError'));
	for (const { state, attempts, lastError, leasedBy } of inbox.entries) {
		assert.deepEqual([state, attempts, leasedBy], ['failed', 1, null]);
		assert.match(lastError ?? '', /stopped the work before onPayload had finished/);
	}
	assert.deepEqual([receiver.state.handling, receiver.state.closing], [0, true]);
});

test('a last attempt that close stopped is not counted', async () => {
	const { inbox, receiver } = receiverWith({ retry: { attempts: 1 }, onPayload: never });
	await receiver.receive(request());
	await until(() => receiver.state.handling === 1 && receiver.state.waiting === 0);
	await receiver.close({ milliseconds: 0 });
	assert.deepEqual(
		inbox.entries.map(({ state, attempts, leasedBy }) => [state, attempts, leasedBy]),
		[['received', 0, null]],
	);
});

test('close ends although neither the inbox nor a handler ever does, and may be hurried by a second call', async () => {
	const inbox = inboxInMemory();
	const stuck = { ...inbox, settle: () => new Promise<boolean>(() => {}) };
	const { receiver } = receiverWith({ inbox: stuck, onPayload: never }, inbox);
	await receiver.receive(request());
	await until(() => receiver.state.handling === 1);
	const patient = receiver.close();
	await receiver.close({ milliseconds: 0 });
	await patient;
});

test('routes take the payloads of their models, endpoints those of their own, and onPayload the rest', async () => {
	const other = 'abcdefab-2222-4333-8444-55555555abcd';
	const taken: string[] = [];
	const by = (name: string) => (): void => {
		taken.push(name);
	};
	const { receiver } = receiverWith({
		onPayload: by('onPayload'),
		endpoints: { a: { secret }, b: { secret, onPayload: by('b') } },
	});
	receiver.route(other.toUpperCase(), by('route'));
	const post = (url: string, body: Uint8Array) => receiver.receive(request({ url }, body));
	await post('/a', failureBody(1));
	await post('/b', failureBody(1));
	await post('/a', failureBody(2, other));
	await post('/b', failureBody(3, other.toUpperCase()));
	await receiver.idle();
	assert.deepEqual(taken.sort(), ['b', 'onPayload', 'route', 'route']);
	await receiver.close();
});

test('a route needs the ID of a model and a handler, once', () => {
	const { receiver } = receiverWith();
	for (const wrong of ['', 'invoices', undefined, 5, `${modelId}0`]) {
		assert.throws(() => receiver.route(wrong as string, () => {}), /needs a model's ID/);
	}
	assert.throws(() => receiver.route(modelId, undefined as never), /needs a handler/);
	assert.equal(
		receiver.route(` ${modelId} `, () => {}),
		receiver,
	);
	assert.throws(() => receiver.route(modelId.toUpperCase(), () => {}), /has a handler already/);
});

test('bytes that were fetched are saved and handled like a delivery, with where they come from', async () => {
	const { inbox, receiver, handled, events } = receiverWith({ endpoint: 'invoices' });
	const delivery = { body: failureBody(1), endpoint: 'invoices', source: 'reconcile' } as const;
	const saved = await receiver.save({ ...delivery, headers: { 'x-from': 'here' } });
	assert.deepEqual([saved.id, saved.duplicate], [1, false]);
	assert.deepEqual(
		[(await receiver.save(delivery)).duplicate, (await receiver.receive(request())).name],
		[true, 'duplicate'],
	);
	await receiver.idle();
	assert.deepEqual(
		[handled.length, handled[0]?.delivery.source, inbox.entries[0]?.headers],
		[1, 'reconcile', { 'x-from': 'here' }],
	);
	const bytes = delivery.body.byteLength;
	const told = { type: 'saved', source: 'reconcile', endpoint: 'invoices', id: 1, bytes };
	assert.deepEqual(
		events.filter(({ type }) => type === 'saved'),
		[
			{ ...told, duplicate: false },
			{ ...told, duplicate: true },
		],
	);
	await assert.rejects(
		receiver.save({ ...delivery, endpoint: 'other' }),
		/no endpoint of that name; there are invoices/,
	);
	await assert.rejects(receiver.save({ ...delivery, body: 'text' as never }), /needs `body`/);
	inbox.failure = new InboxError('write', 'disk full');
	await assert.rejects(receiver.save({ ...delivery, body: failureBody(2) }), /disk full/);
	inbox.failure = null;
	await receiver.close();
	await assert.rejects(receiver.save(delivery), /closing/);
});

test('a delivery that this process lost by standing still, and claims again, is begun once', async () => {
	let now = Date.now();
	const inbox = inboxInMemory({ now: () => now });
	const first = deferred();
	const begun: number[] = [];
	const { receiver, events } = receiverWith(
		{
			limits: { concurrency: 1 },
			pollMilliseconds: 10,
			onPayload: async (_, { id }) => {
				begun.push(id);
				if (id === 1) await first.promise;
			},
		},
		inbox,
	);
	await receiver.receive(request({}, failureBody(1)));
	await until(() => begun.length === 1);
	await receiver.receive(request({}, failureBody(2)));
	assert.deepEqual([receiver.state.handling, receiver.state.waiting], [1, 1]);
	// The leases of both are over, and the next look into the inbox gives them to the one who had them.
	now += 20_000;
	await until(() => inbox.entries.every(({ leasedUntil }) => (leasedUntil?.getTime() ?? 0) > now));
	await until(() => receiver.state.handling === 1 && receiver.state.waiting === 1);
	first.resolve();
	await receiver.idle();
	assert.deepEqual(statesOf(inbox), ['handled', 'handled']);
	assert.deepEqual(begun, [1, 2]);
	assert.deepEqual(
		inbox.entries.map(({ attempts }) => attempts),
		[1, 1],
	);
	assert.ok(events.every(({ type }) => type !== 'claim_lost'));
	await receiver.close();
});

test('a failure that is tried again in an hour leaves no timer behind', async (context) => {
	const { inbox, receiver } = receiverWith({
		retry: { firstMilliseconds: 3_600_000 },
		onPayload: () => {
			throw new Error('the books are closed');
		},
	});
	const timers = context.mock.method(globalThis, 'setTimeout');
	for (const id of [1, 2, 3]) await receiver.receive(request({}, failureBody(id)));
	await receiver.idle();
	assert.deepEqual(statesOf(inbox), ['failed', 'failed', 'failed']);
	const pauses = timers.mock.calls.map(({ arguments: [, milliseconds = 0] }) => milliseconds);
	assert.ok(
		pauses.every((pause) => pause <= 60_000),
		String(pauses),
	);
	await receiver.close();
});
