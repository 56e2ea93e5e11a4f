/** Bytes of memory that many requests share. */
export class Capacity {
	readonly #max: number;
	readonly #makeRoom: (missing: number) => boolean;
	#taken = 0;

	/**
	 * `makeRoom` is asked, again and again, where so many bytes are missing. It has something given back; or says `false`, and has
	 * nothing given back where that would not be enough.
	 */
	constructor(max: number, makeRoom: (missing: number) => boolean = () => false) {
		this.#max = max;
		this.#makeRoom = makeRoom;
	}

	/** How many bytes are taken now. */
	get taken(): number {
		return this.#taken;
	}

	/** Whether so many bytes would fit now. */
	fits(bytes: number): boolean {
		return this.#taken + bytes <= this.#max;
	}

	/** Takes so many bytes, or nothing when there is no room for them and none can be made. */
	take(bytes: number): boolean {
		while (!this.fits(bytes)) if (!this.#makeRoom(this.#taken + bytes - this.#max)) return false;
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

	/** Makes sure of so many bytes in all; `false`, and nothing more taken, when there is no room for them. */
	reserve(bytes: number): boolean {
		const more = bytes - this.#bytes;
		if (more <= 0) return true;
		if (!this.#capacity.take(more)) return false;
		// Not `bytes`: to make the room, this one may have been released.
		this.#bytes += more;
		return true;
	}

	/** Gives everything back. */
	release(): void {
		this.#capacity.give(this.#bytes);
		this.#bytes = 0;
	}
}
