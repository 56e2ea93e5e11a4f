/** A body that is being read. */
export interface OpenBody {
	/** Bytes that are here. */
	readonly bytes: number;
	/**
	 * Until when its bytes keep its place for it, by `performance.now()`: each buys it a moment, and none more than
	 * {@link patienceMs}.
	 */
	readonly paidUntil: number;
	/** Leaves off, and refuses it as that. */
	stop(why: 'closing' | 'overloaded'): void;
}

/** For so long a body has its place without another byte: longer than most packets are under way. */
export const patienceMs = 250;
/** Bytes that buy a millisecond: who sends 32 KB a second keeps its place, whatever comes. */
export const bytesPerMillisecond = 32;

/**
 * The bodies that are being read. Whoever needs room gets it from those that do not get on: a body needs no good signature
 * before it is here, so anybody could hold all the room with bodies that never end. Bodies that do get on are left alone, or many
 * good senders at a time would end each other's.
 *
 * Nobody has a share by his address: behind a proxy all have the same one, and the platform may send from a few.
 */
export class OpenBodies {
	readonly #bodies = new Set<OpenBody>();

	add(body: OpenBody): void {
		this.#bodies.add(body);
	}

	delete(body: OpenBody): void {
		this.#bodies.delete(body);
	}

	/** Ends all of them. */
	close(): void {
		for (const body of this.#bodies) body.stop('closing');
	}

	/** Ends the one that has fallen back most; `false` when all get on. */
	endSlowest(): boolean {
		return this.#end((body) => -body.paidUntil);
	}

	/** Ends the largest of those that do not get on; `false` when there is none. */
	endLargest(): boolean {
		return this.#end(({ bytes }) => bytes);
	}

	/** How many bytes those hold that do not get on. */
	get slowBytes(): number {
		const now = performance.now();
		let bytes = 0;
		for (const body of this.#bodies) if (body.paidUntil < now) bytes += body.bytes;
		return bytes;
	}

	#end(weightOf: (body: OpenBody) => number): boolean {
		const now = performance.now();
		let heaviest: OpenBody | null = null;
		let most = Number.NEGATIVE_INFINITY;
		for (const body of this.#bodies) {
			if (body.paidUntil >= now) continue;
			const weight = weightOf(body);
			if (weight <= most) continue;
			most = weight;
			heaviest = body;
		}
		heaviest?.stop('overloaded');
		return heaviest !== null;
	}
}
