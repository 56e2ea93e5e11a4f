/** Bytes of memory that many requests share. */
export class Capacity {
	readonly #max: number;
	#taken = 0;

	constructor(max: number) {
		this.#max = max;
	}

	/** How many bytes are taken now. */
	get taken(): number {
		return this.#taken;
	}

	/** Whether so many bytes would fit now. */
	fits(bytes: number): boolean {
		return this.#taken + bytes <= this.#max;
	}

	/** Takes so many bytes, or nothing when they do not fit. */
	take(bytes: number): boolean {
		if (!this.fits(bytes)) return false;
		this.#taken += bytes;
		return true;
	}

	/** Gives back what was taken. */
	give(bytes: number): void {
		this.#taken -= bytes;
	}
}

/** What one request has taken of a {@link Capacity}. */
export class Reservation {
	readonly #capacity: Capacity;
	#bytes = 0;

	constructor(capacity: Capacity) {
		this.#capacity = capacity;
	}

	/** Makes sure of so many bytes in all; `false`, and nothing changed, when they do not fit. */
	reserve(bytes: number): boolean {
		if (bytes <= this.#bytes) return true;
		if (!this.#capacity.take(bytes - this.#bytes)) return false;
		this.#bytes = bytes;
		return true;
	}

	/** Gives everything back. */
	release(): void {
		this.#capacity.give(this.#bytes);
		this.#bytes = 0;
	}
}
