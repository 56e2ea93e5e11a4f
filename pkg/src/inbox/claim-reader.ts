import { type Claim, type ClaimedDelivery, type InboxEntryWithBody, InboxError, type Lease } from './inbox.js';

/** A lease that is shorter has this much of it for the reading of what was claimed. */
const leastMs = 100;
/** When a delivery is tried again whose key is not here, and one that the storage does not give. */
const keyPauseMs = 3_600_000;
const readPauseMs = 60_000;

/** What became of the reading of one delivery: it is here; it cannot be read; it is somebody else's by now. */
export type Reading = InboxEntryWithBody | InboxError | null;

/** What an engine does for a {@link ClaimReader}. */
export interface ClaimEngine<Row extends Claim> {
	/** Reads what was leased, one after the other: one {@link Reading} for each. Throws what is no single delivery's fault. */
	read(rows: readonly Row[]): AsyncIterable<Reading>;
	/**
	 * Puts aside what cannot be read, so that it does not stand in the way of the others: it is dead, or, with a pause, tried
	 * again after that, without this attempt being counted.
	 */
	spoil(row: Row, message: string, pauseMs: number | null): Promise<void>;
	/** Gives the numbers of those that are still held. */
	extend(claims: readonly Claim[], lease: Lease): Promise<number[]>;
	/** Lets go of what was not begun, and takes back that the attempts were counted. */
	release(claims: readonly Claim[]): Promise<unknown>;
}

/**
 * Reads what was leased. The attempts have been counted by then, so that a delivery that ends the process is not tried for
 * ever; here it is seen to that no other counts: what cannot be read spoils nothing but itself, and what is not read, because
 * the storage fails or time runs out, is let go again. What breaks the reading of all others is found by reading it alone.
 */
export class ClaimReader<Row extends Claim> {
	readonly #engine: ClaimEngine<Row>;
	/** To be let go, and could not be so far. */
	#owed: Claim[] = [];
	/** Those at which reading broke off: it may be their doing, as where one ends the connection, or takes too long. */
	readonly #suspects = new Set<number>();

	constructor(engine: ClaimEngine<Row>) {
		this.#engine = engine;
	}

	/** Leases with `next`, and gives what can be read of that: something, where something is due that can be. */
	async claim(lease: Lease, next: () => Promise<readonly Row[]>): Promise<ClaimedDelivery[]> {
		await this.letGo();
		for (;;) {
			const askedAt = performance.now();
			const rows = await next();
			const { given, isAll } = await this.#read(rows, lease, askedAt);
			if (given.length > 0 || rows.length === 0 || !isAll) return given;
		}
	}

	/** Lets go of what could not be let go before. Never rejects. */
	async letGo(): Promise<void> {
		if (this.#owed.length === 0) return;
		const claims = this.#owed.splice(0);
		await this.#engine.release(claims).catch(() => this.#owed.push(...claims));
	}

	async #read(
		rows: readonly Row[],
		lease: Lease,
		askedAt: number,
	): Promise<{ given: ClaimedDelivery[]; isAll: boolean }> {
		// The rest of the lease is for the work. Only a body that takes longer than that by itself has its lease extended.
		const shareMs = Math.max(leastMs, lease.milliseconds / 3);
		const given: ClaimedDelivery[] = [];
		const left = [...rows];
		const lost = new Set<number>();
		const holding = setInterval(() => {
			const claims = [...given.map(({ claim }) => claim), ...left];
			// Where that fails, so does the reading.
			this.#engine.extend(claims, lease).then(
				(held) => {
					const ids = new Set(held);
					for (const { id } of claims) if (!ids.has(id)) lost.add(id);
				},
				() => {},
			);
		}, shareMs);
		// An engine may read several at once, and then the first of them is suspected for any of the others. Read by itself, it
		// cannot be that another is what breaks it.
		const isOneByOne = rows.some(({ id }) => this.#suspects.has(id));
		/** Somebody else's by now. */
		const gone: Row[] = [];
		let fault: unknown;
		try {
			for await (const reading of isOneByOne ? this.#oneByOne(rows) : this.#engine.read(rows)) {
				const [row] = left;
				if (row === undefined) break;
				if (reading instanceof InboxError) {
					const pauseMs = reading.code === 'damaged' ? null : reading.code === 'key' ? keyPauseMs : readPauseMs;
					await this.#engine.spoil(row, reading.message, pauseMs);
				} else if (reading === null) {
					gone.push(row);
				} else {
					given.push({ ...reading, claim: { id: row.id, token: row.token } });
				}
				left.shift();
				this.#suspects.delete(row.id);
				if (left.length > 0 && performance.now() - askedAt > shareMs) break;
			}
		} catch (error) {
			fault = error;
			const [row] = left;
			if (row !== undefined) {
				// Not at the first time: that may have been a storage that was away for a moment.
				const isAgain = isOneByOne && this.#suspects.has(row.id);
				this.#suspects.add(row.id);
				if (isAgain && (await this.#putOff(row, error))) left.shift();
			}
		} finally {
			clearInterval(holding);
		}
		// Nothing is begun of what was lost either: its attempt is not to be counted.
		const notGiven = [...left, ...gone, ...given.filter(({ id }) => lost.has(id)).map(({ claim }) => claim)];
		if (notGiven.length > 0) {
			this.#owed.push(...notGiven.map(({ id, token }) => ({ id, token })));
			await this.letGo();
		}
		if (fault !== undefined && given.length === 0) throw fault;
		return { given: given.filter(({ id }) => !lost.has(id)), isAll: left.length === 0 };
	}

	async *#oneByOne(rows: readonly Row[]): AsyncGenerator<Reading> {
		for (const row of rows) yield* this.#engine.read([row]);
	}

	/** Has a delivery tried again later that broke the reading by itself too; `false` where the storage does not take that either. */
	async #putOff(row: Row, error: unknown): Promise<boolean> {
		const why = error instanceof Error ? error.message : String(error);
		try {
			await this.#engine.spoil(row, `Reading it failed again and again: ${why}`, readPauseMs);
		} catch {
			return false;
		}
		this.#suspects.delete(row.id);
		return true;
	}
}
