/** Smaller steps back are left alone: they make a lease longer by no more than this. */
const toleratedMs = 1_000;

/** The time of day, and whether it was set back. */
export class Clock {
	readonly now: () => number;
	/** A clock that never jumps. */
	readonly #steady: () => number;
	/** How far the time of day was ahead of the steady clock, at most. */
	#ahead = Number.POSITIVE_INFINITY;

	constructor(now: () => number = Date.now, steady = (): number => performance.now()) {
		this.now = now;
		this.#steady = steady;
	}

	/** Whether it was set back since the last call; the first call says yes, because it cannot know. */
	wasSetBack(): boolean {
		const ahead = this.now() - this.#steady();
		const setBack = ahead < this.#ahead - toleratedMs;
		this.#ahead = setBack ? ahead : Math.max(ahead, this.#ahead);
		return setBack;
	}
}
