/** Smaller steps back are left alone: they make a lease longer by no more than this. */
const toleratedMs = 1_000;

/** The time of day, and whether it was set back. */
export class Clock {
	readonly now: () => number;
	/** How far the time of day was ahead of a clock that never jumps, at most. */
	#ahead = Number.POSITIVE_INFINITY;

	constructor(now: () => number = Date.now) {
		this.now = now;
	}

	/** Whether it was set back since the last call; the first call says yes, because it cannot know. */
	wasSetBack(): boolean {
		const ahead = this.now() - performance.now();
		const setBack = ahead < this.#ahead - toleratedMs;
		this.#ahead = setBack ? ahead : Math.max(ahead, this.#ahead);
		return setBack;
	}
}
