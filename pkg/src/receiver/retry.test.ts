import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { retryMilliseconds } from './retry.js';

const policy = { attempts: 10, firstMilliseconds: 1_000, maxMilliseconds: 3_600_000, factor: 2 };

test('the pauses double from a second to an hour, each between half of that and all of it', () => {
	const whole = [1, 2, 3, 10, 12, 13, 1_000_000].map((attempt) => retryMilliseconds(attempt, policy, () => 1));
	assert.deepEqual(whole, [1_000, 2_000, 4_000, 512_000, 2_048_000, 3_600_000, 3_600_000]);
	assert.equal(
		retryMilliseconds(3, policy, () => 0),
		2_000,
	);
	assert.equal(
		retryMilliseconds(3, policy, () => 0.5),
		3_000,
	);
});

const policies = fc.record({
	attempts: fc.integer({ min: 1, max: 1_000 }),
	firstMilliseconds: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
	maxMilliseconds: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
	factor: fc.double({ min: 1, max: 1e300, noNaN: true }),
});
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('whatever the policy: a whole number, no longer than the longest pause, and never shorter for a later attempt', () => {
	fc.assert(
		fc.property(policies, fc.integer({ min: 1, max: 100_000 }), randoms, (any, attempt, random) => {
			const pause = retryMilliseconds(attempt, any, () => random);
			const longest = retryMilliseconds(attempt, any, () => 1);
			assert.ok(Number.isSafeInteger(pause) && pause >= 0 && pause <= any.maxMilliseconds);
			assert.ok(pause * 2 + 1 >= longest && pause <= longest);
			assert.ok(retryMilliseconds(attempt + 1, any, () => random) >= pause);
		}),
	);
});
