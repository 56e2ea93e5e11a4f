/** Long work in steps, between which the worker answers other calls. */

/** How long a step takes, in milliseconds. */
const STEP = 25;

/** Keeps work to its steps. */
export class Steps {
	#began = performance.now();
	readonly #isWanted: () => boolean;

	/** `isWanted` is asked after every step: whether to go on. */
	constructor(isWanted: () => boolean = () => true) {
		this.#isWanted = isWanted;
	}

	/** Whether a step is over; then {@link next} is due. */
	get over(): boolean {
		return performance.now() - this.#began > STEP;
	}

	/** Lets other calls be answered; `false` when the work is no longer wanted. */
	async next(): Promise<boolean> {
		await new Promise((resolve) => setTimeout(resolve));
		this.#began = performance.now();
		return this.#isWanted();
	}
}
