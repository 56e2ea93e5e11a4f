/** When a failed delivery is tried again: after a pause that grows, until it has failed often enough. */
export interface RetryPolicy {
	/** How often a delivery is tried in all; then it is `dead`. */
	readonly attempts: number;
	/** The pause after the first failure, before jitter. */
	readonly firstMilliseconds: number;
	/** No pause is longer. */
	readonly maxMilliseconds: number;
	/** Each pause is so many times the one before. */
	readonly factor: number;
}

/**
 * The pause after the attempt of that number (1, 2, …) has failed: a whole number of milliseconds between half of the
 * exponential pause and all of it, so that what failed together does not come back together.
 *
 * @param random gives a number from 0 to 1, as `Math.random` does
 *
 * @example
 * ```js
 * retryMilliseconds(3, { attempts: 10, firstMilliseconds: 1_000, maxMilliseconds: 3_600_000, factor: 2 }, () => 0.5); // 3000
 * ```
 */
export function retryMilliseconds(attempt: number, policy: RetryPolicy, random: () => number = Math.random): number {
	// Infinity for a late attempt is fine: the longest pause is smaller.
	const whole = Math.min(policy.firstMilliseconds * policy.factor ** Math.max(attempt - 1, 0), policy.maxMilliseconds);
	return Math.round(whole * (0.5 + random() / 2));
}
