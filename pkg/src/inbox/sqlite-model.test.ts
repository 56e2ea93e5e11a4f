import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Claim, DeliveryState, Inbox, Settlement } from 'mindhook/inbox';
import { delivery, handled } from './inbox-suite.js';
import { openSqliteInbox } from './sqlite.js';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasSqlite = major > 22 || (major === 22 && minor >= 13);

/** What an inbox has to know of a delivery, and no more. */
interface Model {
	state: DeliveryState;
	readonly receivedAt: number;
	attempts: number;
	token: number;
	/** When it may be claimed; while it is leased, the end of the lease. */
	dueAt: number;
	isLeased: boolean;
	settledAt: number | null;
	/** How often it was given to somebody. */
	claims: number;
}

type Step =
	| { do: 'save'; body: number; lease: number | null }
	| { do: 'claim'; limit: number; lease: number }
	| { do: 'settle'; claim: number; as: Settlement['state']; retry: number }
	| { do: 'extend'; claim: number; lease: number }
	| { do: 'retry'; state: DeliveryState }
	| { do: 'prune'; age: number; state: DeliveryState }
	| { do: 'wait'; milliseconds: number };

const milliseconds = fc.constantFrom(1, 5, 20, 100);
const states: DeliveryState[] = ['received', 'handled', 'failed', 'dead', 'quarantined'];
const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record({
			do: fc.constant('save' as const),
			body: fc.nat(12),
			lease: fc.option(milliseconds),
		}),
	},
	{ weight: 4, arbitrary: fc.record({ do: fc.constant('claim' as const), limit: fc.nat(4), lease: milliseconds }) },
	{
		weight: 6,
		arbitrary: fc.record({
			do: fc.constant('settle' as const),
			claim: fc.nat(20),
			as: fc.constantFrom<Settlement['state']>('handled', 'failed', 'dead', 'quarantined', 'released'),
			retry: fc.constantFrom(0, 5, 50),
		}),
	},
	{ weight: 2, arbitrary: fc.record({ do: fc.constant('extend' as const), claim: fc.nat(20), lease: milliseconds }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant('retry' as const), state: fc.constantFrom(...states) }) },
	{
		weight: 1,
		arbitrary: fc.record({ do: fc.constant('prune' as const), age: milliseconds, state: fc.constantFrom(...states) }),
	},
	{ weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), milliseconds }) },
);

/** An inbox and its model, side by side. */
class Comparison {
	readonly #inbox: Inbox;
	readonly #time: { now: number };
	readonly #model = new Map<number, Model>();
	readonly #idOfBody = new Map<number, number>();
	/** Every claim that was ever given. */
	readonly #claims: Claim[] = [];

	constructor(inbox: Inbox, time: { now: number }) {
		this.#inbox = inbox;
		this.#time = time;
	}

	async take(step: Step): Promise<void> {
		const { now } = this.#time;
		if (step.do === 'wait') this.#time.now += step.milliseconds;
		else if (step.do === 'save') await this.#save(step.body, step.lease, now);
		else if (step.do === 'claim') await this.#claim(step.limit, step.lease, now);
		else if (step.do === 'settle') await this.#settle(step, now);
		else if (step.do === 'extend') {
			const claim = this.#claimAt(step.claim);
			const held = this.#held(claim);
			if (held !== null) held.dueAt = now + step.lease;
			const kept = await this.#inbox.extend([claim], { owner: 'w', milliseconds: step.lease });
			assert.deepEqual(kept, held === null ? [] : [claim.id]);
		} else if (step.do === 'retry') {
			let count = 0;
			for (const entry of this.#model.values()) {
				if (entry.state !== step.state || this.#isWorkedOn(entry)) continue;
				Object.assign(entry, { state: 'received', attempts: 0, claims: 0, isLeased: false, settledAt: null });
				entry.token += 1;
				entry.dueAt = entry.receivedAt;
				count += 1;
			}
			assert.equal(await this.#inbox.retry({ state: step.state }), count);
		} else {
			const before = now - step.age;
			let count = 0;
			for (const [id, entry] of this.#model) {
				if (entry.state !== step.state || this.#isWorkedOn(entry)) continue;
				if ((entry.settledAt ?? entry.receivedAt) >= before) continue;
				this.#model.delete(id);
				for (const [body, bodyId] of this.#idOfBody) if (bodyId === id) this.#idOfBody.delete(body);
				count += 1;
			}
			const { deliveries } = await this.#inbox.prune({ olderThan: new Date(before), states: [step.state] });
			assert.equal(deliveries, count);
		}
		await this.#compare();
	}

	async #save(body: number, lease: number | null, now: number): Promise<void> {
		const saved = await this.#inbox.save(
			{ ...delivery(String(body)), receivedAt: new Date(now) },
			lease === null ? undefined : { owner: 'w', milliseconds: lease },
		);
		const known = this.#idOfBody.get(body);
		if (known !== undefined) {
			assert.deepEqual(saved, { id: known, duplicate: true, claim: null });
			return;
		}
		assert.equal(saved.duplicate, false);
		assert.equal(this.#model.has(saved.id), false);
		const count = lease === null ? 0 : 1;
		assert.equal(saved.claim !== null, lease !== null);
		this.#idOfBody.set(body, saved.id);
		this.#model.set(saved.id, {
			state: 'received',
			receivedAt: now,
			attempts: count,
			token: count,
			dueAt: now + (lease ?? 0),
			isLeased: lease !== null,
			settledAt: null,
			claims: count,
		});
		if (saved.claim !== null) this.#claims.push(saved.claim);
	}

	async #claim(limit: number, lease: number, now: number): Promise<void> {
		const due = [...this.#model]
			.filter(([, entry]) => (entry.state === 'received' || entry.state === 'failed') && entry.dueAt <= now)
			.sort(([a, one], [b, other]) => one.dueAt - other.dueAt || a - b)
			.slice(0, limit);
		const claimed = await this.#inbox.claim({ limit, lease: { owner: 'w', milliseconds: lease } });
		assert.deepEqual(
			claimed.map(({ id }) => id),
			due.map(([id]) => id),
		);
		for (const { claim } of claimed) {
			const entry = this.#model.get(claim.id) ?? assert.fail();
			assert.equal(this.#isWorkedOn(entry), false, 'given to two at a time');
			assert.ok(claim.token > entry.token, 'a claim that does not grow');
			entry.token = claim.token;
			entry.attempts += 1;
			entry.claims += 1;
			entry.isLeased = true;
			entry.dueAt = now + lease;
			this.#claims.push(claim);
		}
	}

	async #settle({ claim: index, as, retry }: Extract<Step, { do: 'settle' }>, now: number): Promise<void> {
		const claim = this.#claimAt(index);
		const held = this.#held(claim);
		if (held !== null) {
			held.isLeased = false;
			if (as === 'released') {
				held.attempts -= 1;
				held.dueAt = held.receivedAt;
			} else {
				held.state = as;
				held.settledAt = as === 'failed' ? null : now;
				held.dueAt = now + retry;
			}
		} else if (as === 'released') {
			const lost = this.#model.get(claim.id);
			// Under a claim that others have followed nothing was begun; so many of those came since the last retry, or none did.
			const isOpen = lost?.state === 'received' || lost?.state === 'failed';
			if (lost && isOpen && lost.token > claim.token && lost.attempts > lost.token - claim.token) lost.attempts -= 1;
		}
		const settlement: Settlement =
			as === 'handled'
				? handled()
				: as === 'failed'
					? { state: 'failed', error: 'x', retryMilliseconds: retry }
					: as === 'dead'
						? { state: 'dead', error: 'x' }
						: as === 'quarantined'
							? { state: 'quarantined', issues: [] }
							: { state: 'released' };
		assert.equal(await this.#inbox.settle(claim, settlement), held !== null);
	}

	async #compare(): Promise<void> {
		const entries = await this.#inbox.list({ limit: 1_000 });
		assert.deepEqual(
			entries.map(({ id }) => id).toSorted((a, b) => a - b),
			[...this.#model.keys()].toSorted((a, b) => a - b),
			'a delivery is lost',
		);
		for (const { id, state, attempts, leasedBy, settledAt, bodySha256 } of entries) {
			const entry = this.#model.get(id) ?? assert.fail();
			assert.deepEqual(
				[state, attempts, leasedBy !== null, settledAt?.getTime() ?? null],
				[entry.state, entry.attempts, this.#isWorkedOn(entry), entry.settledAt],
			);
			assert.ok(attempts >= 0 && attempts <= entry.claims);
			assert.equal(bodySha256.length, 64);
		}
	}

	#isWorkedOn({ isLeased, dueAt }: Model): boolean {
		return isLeased && dueAt > this.#time.now;
	}

	/** The delivery of a claim, where the claim still counts. */
	#held({ id, token }: Claim): Model | null {
		const entry = this.#model.get(id);
		return entry?.isLeased && entry.token === token ? entry : null;
	}

	#claimAt(index: number): Claim {
		return this.#claims.at(index % Math.max(1, this.#claims.length)) ?? { id: 1 + index, token: 1 };
	}
}

test('whatever is asked of an inbox in whatever order, it does what the simplest model of it does', {
	skip: hasSqlite ? false : 'the inbox needs Node 22.13',
}, async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), async (steps) => {
			const time = { now: Date.UTC(2026, 10, 23) };
			const inbox = await openSqliteInbox(':memory:', { now: () => time.now, steady: () => time.now });
			try {
				const comparison = new Comparison(inbox, time);
				for (const one of steps) await comparison.take(one);
			} finally {
				await inbox.close();
			}
		}),
		{ numRuns: 150 },
	);
});
