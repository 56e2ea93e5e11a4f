import type { Payload } from 'mindhook';
import type { Claim, Inbox, Lease, NewDelivery, Settlement } from 'mindhook/inbox';
import { attempt, type Ending, summaryOf } from './attempt.js';
import type { ReportError } from './delivery.js';
import { inboxErrorCode } from './error-text.js';
import { answerMs, inTime, withoutWaiting } from './in-time.js';
import { Job } from './job.js';
import { LeaseKeeper } from './lease.js';
import type { OnPayload } from './options.js';
import type { RetryPolicy } from './retry.js';
import { settledEvent, settlementOf } from './settlement.js';
import type { Watch } from './watch.js';

interface HandoverOptions {
	readonly inbox: Inbox;
	/** The endpoints whose deliveries are worked on. */
	readonly endpoints: readonly string[];
	readonly handlerOf: (endpoint: string, payload: Payload) => OnPayload;
	readonly concurrency: number;
	readonly handlerMilliseconds: number;
	readonly retry: RetryPolicy;
	readonly lease: Lease;
	readonly pollMilliseconds: number;
	readonly report: ReportError;
	readonly watch: Watch;
}

/**
 * How many deliveries are in hand for each slot of `onPayload`: so many that none of them waits for the disk, and, where handlers
 * are quick, what they take in {@link aheadMs}. More would only be kept from other processes.
 */
const inHandPerSlot = 4;
const aheadMs = 100;
const inHandMax = 512;
/**
 * What is received here has so much of that room while more waits in the inbox: what finds none is read again, and hashed. With
 * half of 256 that were a third to a half of all bodies of 220 KB; so it is one of twenty at most.
 */
const receivedShare = 3 / 4;
const bytesInHandMax = 64 * 1024 * 1024;
/** A claim that takes more than this share of its lease was for more than can be read. */
const slowShare = 3;
/** So long handlers may keep the event loop before requests have their turn. */
const turnMs = 4;
/** An inbox that fails is asked again after this, twice this, … */
const againFirstMs = 100;
const againMaxMs = 10_000;
const settleAgainMaxMs = 2_000;
const settleTriesMax = 20;
/** So often a process may die with a delivery in its hand, before that is taken for the delivery's doing. */
const deathsMax = 3;
/** A delivery that nobody ended is tried so often at least: it may never have been begun. */
const unendedMin = 5;
/** How long an end waits for the count of its attempts: twice what our own inboxes take at most before they say that they cannot. */
const countMs = 10_000;
/** A delivery is due by the inbox's clock, and timers go off a little early. */
const dueSlackMs = 5;

const setTurn: (turn: () => void) => void =
	typeof setImmediate === 'function' ? (turn) => void setImmediate(turn) : (turn) => void setTimeout(turn, 0);

/**
 * Hands saved deliveries to `onPayload`, a few at a time, and notes in the inbox how it went.
 *
 * What was received here is claimed as it is saved and handed over from memory, while there is room; everything else is claimed
 * from the inbox: what found no room, what comes from other processes, dead ones too, and what is due to be tried again.
 */
export class Handover {
	/** What a delivery is claimed with. */
	readonly lease: Lease;
	readonly #options: HandoverOptions;
	readonly #keeper: LeaseKeeper;
	/** Claimed: waiting, with `onPayload`, or being settled. */
	readonly #jobs = new Map<number, Job>();
	readonly #queue: Job[] = [];
	/** Room that is spoken for: by saves that are under way, and by the claim that is. */
	#expected = 0;
	#bytesInHand = 0;
	#running = 0;
	#runaways = 0;
	/** Whether the inbox may hold deliveries that are due. */
	#hasMore = true;
	#claiming: Promise<number> | null = null;
	#idling: Promise<void> | null = null;
	#claimsFailed = 0;
	/** So many are claimed at a time: less where reading them takes long, or fails. */
	#claimMost = inHandMax;
	#poll: ReturnType<typeof setTimeout> | undefined;
	#isAwake = false;
	#isStopped = false;
	/** Nothing is waited for any more. */
	#hasGivenUp = false;
	/** How long `onPayload` takes, of late. */
	#handlerMs = aheadMs;
	/** The one delivery in hand that may have ended earlier processes. */
	#suspect: Job | null = null;
	#whenEmpty: (() => void)[] = [];

	constructor(options: HandoverOptions) {
		this.#options = options;
		this.lease = options.lease;
		this.#keeper = new LeaseKeeper({
			inbox: options.inbox,
			lease: options.lease,
			jobs: this.#jobs,
			onLost: (job) => this.#lose(job),
			report: options.report,
		});
	}

	/** How many payloads are with `onPayload`, or are being noted as done. */
	get handling(): number {
		return this.#jobs.size - this.#queue.length;
	}

	/** How many are claimed and wait for `onPayload`. */
	get waiting(): number {
		return this.#queue.length;
	}

	/** How many handlers still run although their time was over. */
	get runaways(): number {
		return this.#runaways;
	}

	/** Looks for deliveries, now and from now on. */
	start(): void {
		this.#fill();
	}

	/** Makes room for a delivery that is about to be saved; `false` when there is none, and it has to be saved without lease. */
	reserve(bytes: number): boolean {
		if (this.#isStopped) return false;
		// What waits in the inbox has to have its turn too.
		const share = this.#hasMore ? receivedShare : 1;
		const inHand = this.#inHand;
		const isTooMuch = this.#bytesInHand + bytes > share * bytesInHandMax;
		if (inHand >= share * this.#most || (inHand > 0 && isTooMuch)) return false;
		this.#expected += 1;
		this.#bytesInHand += bytes;
		return true;
	}

	/** Gives back what {@link reserve} made room for: it was no new delivery, or could not be saved. */
	giveBack(bytes: number): void {
		this.#expected -= 1;
		this.#bytesInHand -= bytes;
		this.#afterRoom();
	}

	/** Takes a delivery that {@link reserve} made room for. The answer to its sender goes out first. */
	take(claim: Claim, delivery: Required<NewDelivery>, askedAt: number): void {
		this.#expected -= 1;
		const job = new Job(claim, 1, delivery, askedAt, this.lease.milliseconds);
		job.isReceived = true;
		this.#add(job);
	}

	/** To be called when a delivery was saved that is in nobody's hand. */
	noteMore(): void {
		this.#hasMore = true;
		this.#fill();
	}

	/** Resolves when nothing is in hand, and the inbox holds nothing that is due. */
	idle(): Promise<void> {
		// One look for all who wait: two, each with a claim under way, would keep each other waiting for ever.
		this.#idling ??= this.#untilIdle().finally(() => {
			this.#idling = null;
		});
		return this.#idling;
	}

	async #untilIdle(): Promise<void> {
		for (;;) {
			while (this.#inHand > 0 && !this.#hasGivenUp) {
				await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
			}
			if (this.#isStopped || this.#hasGivenUp) return;
			const found = await (this.#claiming ?? this.#claim());
			if (found === 0 && this.#inHand === 0 && !this.#hasMore) return;
			if (found === 0 && this.#claimsFailed > 0) return;
		}
	}

	/** Begins no more, and lets others have what was not begun. */
	stop(): void {
		if (this.#isStopped) return;
		this.#isStopped = true;
		clearTimeout(this.#poll);
		for (const job of this.#queue.splice(0)) void this.#release(job);
	}

	/** Resolves when nothing is in hand any more. */
	async drained(): Promise<void> {
		await this.#claiming;
		while (this.#inHand > 0 && !this.#hasGivenUp) {
			await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
		}
	}

	/** Tells what runs to leave off. */
	abort(): void {
		const reason = new DOMException('The receiver is closing.', 'AbortError');
		for (const job of this.#jobs.values()) if (job.phase === 'running') job.abort(reason);
	}

	/** Ends the attempts of what still runs. */
	cut(): void {
		for (const job of this.#jobs.values()) job.cut?.();
	}

	/** Waits for nothing any more. */
	giveUp(): void {
		this.#hasGivenUp = true;
		this.#wakeWaiters();
	}

	get #inHand(): number {
		return this.#jobs.size + this.#expected;
	}

	/** How many deliveries may be in hand. */
	get #most(): number {
		const { concurrency } = this.#options;
		const least = concurrency * inHandPerSlot;
		return Math.max(least, Math.min(inHandMax, least + Math.floor((concurrency * aheadMs) / this.#handlerMs)));
	}

	#add(job: Job): void {
		if (job.isLost) {
			this.#drop(job);
			return;
		}
		this.#jobs.set(job.claim.id, job);
		this.#keeper.begin();
		if (this.#isStopped) {
			void this.#release(job);
			return;
		}
		this.#queue.push(job);
		this.#wake();
	}

	#wake(): void {
		if (this.#isAwake) return;
		this.#isAwake = true;
		setTurn(() => {
			this.#isAwake = false;
			this.#beginSome(new Set());
		});
	}

	/** @param renewed whose claims were renewed just now: where that takes most of a lease, more of it is never left */
	#beginSome(renewed: ReadonlySet<Job>): void {
		const canBegin = (job: Job): boolean =>
			this.#keeper.holds(job) || (renewed.has(job) && performance.now() < job.leasedUntil);
		const until = performance.now() + turnMs;
		while (this.#running < this.#options.concurrency) {
			const job = this.#queue.shift();
			if (job === undefined) break;
			if (!canBegin(job)) {
				void this.#beginLate([job, ...this.#takeFromQueue((one) => !canBegin(one))]);
				continue;
			}
			this.#start(job);
			if (performance.now() >= until) {
				if (this.#queue.length > 0) this.#wake();
				return;
			}
		}
	}

	/** Lets these begin once they are held for certain: by now they are not. */
	async #beginLate(jobs: readonly Job[]): Promise<void> {
		const held = await this.#holdOnTo(jobs);
		if (this.#isStopped) {
			for (const job of held) void this.#release(job);
			return;
		}
		this.#queue.unshift(...held);
		this.#beginSome(new Set(held));
	}

	/** Renews claims that may be over before they would be renewed, or are already; gives those that are held then. */
	async #holdOnTo(jobs: readonly Job[]): Promise<Job[]> {
		try {
			await this.#keeper.renew(jobs);
		} catch (error) {
			this.#options.report(error, 'inbox', null);
			for (const job of jobs) if (job.phase === 'waiting' && !this.#keeper.holds(job)) void this.#release(job);
		}
		return jobs.filter(({ phase }) => phase === 'waiting');
	}

	#takeFromQueue(isWanted: (job: Job) => boolean): Job[] {
		const taken = this.#queue.filter(isWanted);
		if (taken.length > 0) this.#queue.splice(0, Infinity, ...this.#queue.filter((job) => !taken.includes(job)));
		return taken;
	}

	#start(job: Job): void {
		const { watch, report } = this.#options;
		const attributes = (): Readonly<Record<string, string | number>> => ({
			endpoint: job.delivery.endpoint,
			id: job.claim.id,
			attempt: job.attempt,
			bytes: job.body.byteLength,
		});
		job.phase = 'running';
		this.#running += 1;
		watch
			.around('handle', attributes, () => this.#handle(job))
			.catch((error: unknown) => {
				// Nothing in there should throw; if it does, the delivery is handled again when its lease is over.
				report(error, 'inbox', job.claim.id);
				this.#drop(job);
			});
	}

	async #handle(job: Job): Promise<void> {
		const { handlerOf, handlerMilliseconds, retry } = this.#options;
		const begunAt = performance.now();
		const result: Ending | Promise<Ending> =
			job.attempt > Math.max(retry.attempts, unendedMin)
				? { state: 'failed', error: new Error(endedTooOften(job.attempt - 1)), parsed: undefined }
				: attempt(job, { handlerOf, milliseconds: handlerMilliseconds, onRunaway: this.#onRunaway });
		const ending = result instanceof Promise ? await result : result;
		// The slot is free before the end is noted: that takes as long as the disk does.
		this.#running -= 1;
		this.#handlerMs += (performance.now() - begunAt - this.#handlerMs) / 16;
		job.phase = 'settling';
		if (this.#queue.length > 0) this.#wake();
		if (!job.isLost) await this.#settle(job, ending);
		this.#drop(job);
	}

	readonly #onRunaway = (change: 1 | -1): void => {
		this.#runaways += change;
	};

	#settle(job: Job, ending: Ending): Promise<void> {
		const { report, retry } = this.#options;
		const { id } = job.claim;
		if (ending.state === 'quarantined') report(new Error(summaryOf(ending.issues)), 'parse', id, ending.issues);
		const note = () => this.#note(job, ending, settlementOf(job, ending, retry));
		if (ending.state !== 'failed') return note();
		report(ending.error, 'handle', id);
		return job.attempt < retry.attempts ? note() : this.#countAnew(job).then(note);
	}

	/**
	 * Before an attempt is the last one: others may have had theirs taken back since it was claimed, because nobody had begun them.
	 * Never rejects: where the inbox does not tell, it is the attempt that it was when it was claimed.
	 */
	async #countAnew(job: Job): Promise<void> {
		const { inbox } = this.#options;
		try {
			const [entry] = await inTime(countMs, () => inbox.list({ ids: [job.claim.id], limit: 1 }));
			if (entry !== undefined) job.attempt = entry.attempts;
		} catch {
			// The end of the attempt counts for more than its number, and an inbox that fails is told of where it is noted.
		}
	}

	/** Notes an end in the inbox, again and again while that fails and the claim may still count. */
	async #note(job: Job, ending: Ending | null, settlement: Settlement): Promise<void> {
		const { inbox, report, watch } = this.#options;
		const endedAt = performance.now();
		for (let tries = 0; !this.#hasGivenUp; tries += 1) {
			try {
				const isHeld = await inTime(answerMs, () => inbox.settle(job.claim, settlement));
				if (!isHeld) return this.#tellLost(job);
				if (watch.isOn) watch.tell(settledEvent(job, ending, settlement, endedAt));
				if (settlement.state === 'failed') this.#lookIn(settlement.retryMilliseconds + dueSlackMs);
				return;
			} catch (error) {
				if (tries === 0) report(error, 'inbox', job.claim.id);
				if (inboxErrorCode(error) === 'closed') return;
				// The inbox can be reached, and takes everything but this: it must not fill up the room of others.
				if (tries >= settleTriesMax && performance.now() < job.leasedUntil) return report(error, 'inbox', job.claim.id);
			}
			await new Promise((resolve) => setTimeout(resolve, Math.min(againFirstMs * 2 ** tries, settleAgainMaxMs)));
		}
	}

	#tellLost({ claim, delivery: { endpoint }, attempt }: Job): void {
		const { watch } = this.#options;
		if (watch.isOn) watch.tell({ type: 'claim_lost', endpoint, id: claim.id, attempt });
	}

	/** Lets others have a delivery that was not begun. Never rejects. */
	async #release(job: Job): Promise<void> {
		job.phase = 'settling';
		await this.#note(job, null, { state: 'released' });
		this.#drop(job);
	}

	#lose(job: Job): void {
		job.isLost = true;
		this.#tellLost(job);
		job.abort(new DOMException('Another worker has this delivery now.', 'AbortError'));
		if (job.phase !== 'waiting') return;
		this.#takeFromQueue((one) => one === job);
		void this.#takeBack(job.claim);
		this.#drop(job);
	}

	/**
	 * Has an attempt not counted under whose claim nothing was begun, and which is lost. Where workers lose their claims to each
	 * other, because the inbox is slow, deliveries would end as dead that nobody ever began. Not asked for twice: if it fails, it
	 * is one attempt too many that is counted. Never rejects.
	 */
	async #takeBack(claim: Claim): Promise<void> {
		try {
			await this.#options.inbox.settle(claim, { state: 'released' });
		} catch {}
	}

	#drop(job: Job): void {
		if (job.phase === 'over') return;
		job.phase = 'over';
		// A delivery that was lost may have come back under the same number.
		if (this.#jobs.get(job.claim.id) === job) this.#jobs.delete(job.claim.id);
		this.#bytesInHand -= job.body.byteLength;
		if (this.#suspect === job) {
			this.#suspect = null;
			this.#hasMore = true;
		}
		this.#afterRoom();
	}

	#afterRoom(): void {
		this.#fill();
		if (this.#inHand === 0) this.#wakeWaiters();
	}

	#wakeWaiters(): void {
		for (const wake of this.#whenEmpty.splice(0)) wake();
	}

	/** Claims more, where there is room for a good handful; otherwise when there is. An inbox that fails is left to the poll. */
	#fill(isPoll = false): void {
		const { concurrency } = this.#options;
		if (this.#isStopped || !this.#hasMore || this.#claiming !== null) return;
		if (this.#claimsFailed > 0 && !isPoll) return;
		// What was received waits here too, and keeps nothing else from its turn. More that was claimed would be more whose attempt is
		// counted if the process dies before it begins.
		const waiting = this.#queue.filter(({ isReceived }) => !isReceived).length;
		if (waiting > concurrency || this.#most - this.#inHand < concurrency) return;
		// The first body comes whatever its size: there has to be room for a large one.
		if (this.#bytesInHand <= receivedShare * bytesInHandMax) void this.#claim();
	}

	/** Gives how many deliveries came. Never rejects. */
	#claim(): Promise<number> {
		this.#claiming = this.#claimSome().finally(() => {
			this.#claiming = null;
			this.#afterClaim();
		});
		return this.#claiming;
	}

	async #claimSome(): Promise<number> {
		const { inbox, endpoints, report, lease } = this.#options;
		// Not all of the room, so that what is received meanwhile finds some too.
		const share = Math.floor(this.#most * (1 - receivedShare));
		const limit = Math.max(1, Math.min(this.#most - this.#inHand, share, this.#claimMost));
		const bytes = Math.max(1, bytesInHandMax - this.#bytesInHand);
		// Of those that have been in hand whenever a process died, one at a time: it may be what killed it, and the others are not
		// to be counted as dead with it. Where that is not asked for with the claim, but they are let go of, a process that dies
		// before has counted them all.
		const unended = { attempts: deathsMax, limit: this.#suspect === null ? 1 : 0 };
		const askedAt = performance.now();
		this.#expected += limit;
		this.#hasMore = false;
		try {
			let isLate = false;
			const claimed = await inTime(Math.max(answerMs, lease.milliseconds), async () => {
				const given = await inbox.claim({ endpoints, limit, bytes, unended, lease });
				// Nobody waits for these any more.
				if (isLate) for (const { claim } of given) void this.#takeBack(claim);
				return given;
			}).finally(() => {
				isLate = true;
			});
			const jobs = claimed.flatMap(({ claim, attempts, ...delivery }) => {
				// Nobody else took it while this process stood still for longer than its lease: the work on it goes on.
				const mine = this.#jobs.get(claim.id);
				const before = mine?.claim;
				if (mine?.renew(claim, askedAt + lease.milliseconds)) {
					// One handler, one attempt.
					if (before !== undefined) void this.#takeBack(before);
					return [];
				}
				const job = new Job(claim, attempts, delivery, askedAt, lease.milliseconds);
				this.#jobs.set(claim.id, job);
				this.#bytesInHand += job.body.byteLength;
				if (delivery.state === 'received' && attempts > deathsMax) this.#suspect = job;
				return [job];
			});
			const length = claimed.reduce((sum, { body }) => sum + body.byteLength, 0);
			if (claimed.length >= limit || length >= bytes) this.#hasMore = true;
			this.#claimsFailed = 0;
			const isSlow = performance.now() - askedAt > lease.milliseconds / slowShare;
			this.#claimMost = isSlow ? Math.max(1, claimed.length) : Math.min(inHandMax, this.#claimMost * 2);
			// The inbox gave no more than it could read in that time.
			if (isSlow && claimed.length > 0) this.#hasMore = true;
			const late = jobs.filter((job) => !this.#keeper.holds(job));
			// Before anything else is claimed: that might be these.
			if (late.length > 0) await this.#holdOnTo(late);
			for (const job of jobs) if (job.phase === 'waiting') this.#add(job);
			return claimed.length;
		} catch (error) {
			this.#claimsFailed += 1;
			this.#claimMost = Math.max(1, limit >> 1);
			report(error, 'claim', null);
			return 0;
		} finally {
			this.#expected -= limit;
		}
	}

	#afterClaim(): void {
		if (this.#inHand === 0) this.#wakeWaiters();
		if (this.#isStopped) return;
		const { pollMilliseconds } = this.#options;
		const pause = pollMilliseconds * 2 ** Math.min(this.#claimsFailed, 20);
		this.#setPoll(this.#claimsFailed === 0 ? pause : Math.min(pause, Math.max(againMaxMs, pollMilliseconds)));
		this.#fill();
	}

	#setPoll(milliseconds: number): void {
		clearTimeout(this.#poll);
		this.#poll = withoutWaiting(milliseconds, () => {
			// Whatever is there now: others may have saved it.
			this.#hasMore = true;
			// Set anew by a claim; there may be no room for one.
			this.#setPoll(this.#options.pollMilliseconds);
			this.#fill(true);
		});
	}

	/** Looks again as soon as a delivery that has failed here is due. */
	#lookIn(milliseconds: number): void {
		// The poll comes before that, and one timer for each that failed would be many.
		if (milliseconds >= this.#options.pollMilliseconds) return;
		withoutWaiting(milliseconds, () => {
			this.#hasMore = true;
			this.#fill();
		});
	}
}

/** Each attempt was begun and none was ended: the process died, every time. */
function endedTooOften(attempts: number): string {
	return `${attempts} attempts were begun, and the last of them was not ended: the process died in it, or lost the delivery.`;
}
