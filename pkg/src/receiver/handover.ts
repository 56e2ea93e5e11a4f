import type { Payload } from 'mindhook';
import type { Claim, Inbox, Lease, NewDelivery, Settlement } from 'mindhook/inbox';
import { attempt, type Ending, summaryOf } from './attempt.js';
import type { ReportError } from './delivery.js';
import { errorName, errorText, inboxErrorCode } from './error-text.js';
import { Job } from './job.js';
import { LeaseKeeper } from './lease.js';
import type { OnPayload } from './options.js';
import { type RetryPolicy, retryMilliseconds } from './retry.js';
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

/** Deliveries in hand for each that may be with `onPayload`, so that none of its slots waits for the disk. */
const inHandPerSlot = 4;
const bytesInHandMax = 64 * 1024 * 1024;
/** So long handlers may keep the event loop before requests have their turn. */
const turnMs = 4;
/** An inbox that fails is asked again after this, twice this, … */
const againFirstMs = 100;
const againMaxMs = 10_000;
const settleAgainMaxMs = 2_000;
const settleTriesMax = 20;
/** How long what was aborted may take to end, when the receiver closes. */
const graceMs = 1_000;
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
	#claimsFailed = 0;
	#poll: ReturnType<typeof setTimeout> | undefined;
	#isAwake = false;
	#isStopped = false;
	/** Nothing is waited for any more. */
	#hasGivenUp = false;
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
		const { concurrency } = this.#options;
		// What waits in the inbox has to have its turn too.
		const most = this.#hasMore ? concurrency * (inHandPerSlot / 2) : concurrency * inHandPerSlot;
		const inHand = this.#jobs.size + this.#expected;
		if (inHand >= most || (inHand > 0 && this.#bytesInHand + bytes > bytesInHandMax)) return false;
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
		this.#add(new Job(claim, 1, delivery, askedAt, this.lease.milliseconds));
	}

	/** To be called when a delivery was saved that is in nobody's hand. */
	noteMore(): void {
		this.#hasMore = true;
		this.#fill();
	}

	/** Resolves when nothing is in hand, and the inbox holds nothing that is due. */
	async idle(): Promise<void> {
		for (;;) {
			while (this.#jobs.size + this.#expected > 0) {
				await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
			}
			if (this.#isStopped || this.#hasGivenUp) return;
			const found = await (this.#claiming ?? this.#claim());
			if (found === 0 && this.#jobs.size + this.#expected === 0 && !this.#hasMore) return;
			if (found === 0 && this.#claimsFailed > 0) return;
		}
	}

	/** Begins no more, and lets others have what was not begun. */
	stop(): void {
		if (this.#isStopped) return;
		this.#isStopped = true;
		clearTimeout(this.#poll);
		for (const job of this.#queue.splice(0)) this.#release(job);
	}

	/** Resolves when nothing is in hand any more. */
	async drained(): Promise<void> {
		await this.#claiming;
		while (this.#jobs.size + this.#expected > 0 && !this.#hasGivenUp) {
			await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
		}
	}

	/** Aborts what runs, and after a moment leaves it. */
	abort(): void {
		const reason = new DOMException('The receiver is closing.', 'AbortError');
		for (const job of this.#jobs.values()) if (job.phase === 'running') job.abort(reason);
		setTimeout(() => {
			for (const job of this.#jobs.values()) job.cut?.();
			setTimeout(() => {
				this.#hasGivenUp = true;
				this.#wakeWaiters();
			}, graceMs);
		}, graceMs);
	}

	#add(job: Job): void {
		this.#jobs.set(job.claim.id, job);
		if (this.#isStopped) {
			this.#release(job);
			return;
		}
		this.#queue.push(job);
		this.#keeper.begin();
		this.#wake();
	}

	#wake(): void {
		if (this.#isAwake) return;
		this.#isAwake = true;
		setTurn(() => {
			this.#isAwake = false;
			const until = performance.now() + turnMs;
			while (this.#running < this.#options.concurrency) {
				const job = this.#queue.shift();
				if (job === undefined) break;
				this.#start(job);
				if (performance.now() >= until) return this.#queue.length > 0 ? this.#wake() : undefined;
			}
		});
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
		const result: Ending | Promise<Ending> =
			job.attempt > retry.attempts
				? { state: 'failed', error: new Error(endedTooOften(retry.attempts)), parsed: undefined }
				: attempt(job, { handlerOf, milliseconds: handlerMilliseconds, onRunaway: this.#onRunaway });
		const ending = result instanceof Promise ? await result : result;
		// The slot is free before the end is noted: that takes as long as the disk does.
		this.#running -= 1;
		job.phase = 'settling';
		if (this.#queue.length > 0) this.#wake();
		if (!job.isLost) await this.#settle(job, ending);
		this.#drop(job);
	}

	readonly #onRunaway = (change: 1 | -1): void => {
		this.#runaways += change;
	};

	async #settle(job: Job, ending: Ending): Promise<void> {
		const { report, retry } = this.#options;
		const { id } = job.claim;
		if (ending.state === 'handled') return this.#note(job, ending, ending);
		if (ending.state === 'quarantined') {
			report(new Error(summaryOf(ending.issues)), 'parse', id, ending.issues);
			return this.#note(job, ending, ending);
		}
		const pause = retryMilliseconds(job.attempt, retry);
		if (ending.state === 'cut') {
			// Its last attempt would be lost to our own closing.
			if (job.attempt >= retry.attempts) return this.#note(job, ending, { state: 'released' });
			const error = 'The receiver stopped the work before onPayload had finished.';
			return this.#note(job, ending, { state: 'failed', error, retryMilliseconds: pause, parsed: ending.parsed });
		}
		report(ending.error, 'handle', id);
		const noted = { error: errorText(ending.error), parsed: ending.parsed };
		if (job.attempt >= retry.attempts) return this.#note(job, ending, { state: 'dead', ...noted });
		return this.#note(job, ending, { state: 'failed', retryMilliseconds: pause, ...noted });
	}

	/** Notes an end in the inbox, again and again while that fails and the claim may still count. */
	async #note(job: Job, ending: Ending | null, settlement: Settlement): Promise<void> {
		const { inbox, report } = this.#options;
		const endedAt = performance.now();
		for (let tries = 0; !this.#hasGivenUp; tries += 1) {
			try {
				if (!(await inbox.settle(job.claim, settlement))) return this.#tellLost(job);
				this.#tellSettled(job, ending, settlement, endedAt);
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

	#tellSettled(job: Job, ending: Ending | null, settlement: Settlement, endedAt: number): void {
		const { watch } = this.#options;
		if (!watch.isOn) return;
		const parsed = ending !== null && 'parsed' in ending ? ending.parsed : undefined;
		watch.tell({
			type: 'settled',
			state: settlement.state,
			endpoint: job.delivery.endpoint,
			id: job.claim.id,
			attempt: job.attempt,
			kind: parsed?.kind ?? null,
			modelId: parsed?.modelId ?? null,
			milliseconds: endedAt - job.claimedAt,
			ageMilliseconds: Math.max(0, Date.now() - job.delivery.receivedAt.getTime()),
			errorName: ending?.state === 'failed' ? errorName(ending.error) : null,
			retryMilliseconds: settlement.state === 'failed' ? settlement.retryMilliseconds : null,
			codes: ending?.state === 'quarantined' ? [...new Set(ending.issues.map(({ code }) => code))] : [],
		});
	}

	#release(job: Job): void {
		job.phase = 'settling';
		this.#note(job, null, { state: 'released' }).then(
			() => this.#drop(job),
			() => this.#drop(job),
		);
	}

	#lose(job: Job): void {
		job.isLost = true;
		this.#tellLost(job);
		job.abort(new DOMException('Another worker has this delivery now.', 'AbortError'));
		const at = this.#queue.indexOf(job);
		if (at === -1) return;
		this.#queue.splice(at, 1);
		this.#drop(job);
	}

	#drop(job: Job): void {
		if (job.phase === 'over') return;
		job.phase = 'over';
		// A delivery that was lost may have come back under the same number.
		if (this.#jobs.get(job.claim.id) === job) this.#jobs.delete(job.claim.id);
		this.#bytesInHand -= job.body.byteLength;
		this.#afterRoom();
	}

	#afterRoom(): void {
		this.#fill();
		if (this.#jobs.size + this.#expected === 0) this.#wakeWaiters();
	}

	#wakeWaiters(): void {
		for (const wake of this.#whenEmpty.splice(0)) wake();
	}

	/** Claims more, where there is room for a good handful; otherwise when there is. */
	#fill(): void {
		if (this.#isStopped || !this.#hasMore || this.#claiming !== null || this.#claimsFailed > 0) return;
		if (this.#queue.length > this.#options.concurrency) return;
		const room = this.#options.concurrency * inHandPerSlot - this.#jobs.size - this.#expected;
		if (room >= this.#options.concurrency && this.#bytesInHand < bytesInHandMax) void this.#claim();
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
		const { inbox, endpoints, concurrency, report, lease } = this.#options;
		const room = concurrency * inHandPerSlot - this.#jobs.size - this.#expected;
		const limit = Math.max(1, Math.min(room, concurrency * (inHandPerSlot / 2)));
		const bytes = Math.max(1, bytesInHandMax - this.#bytesInHand);
		const askedAt = performance.now();
		this.#expected += limit;
		this.#hasMore = false;
		try {
			const claimed = await inbox.claim({ endpoints, limit, bytes, lease });
			let length = 0;
			for (const { claim, attempts, ...delivery } of claimed) {
				length += delivery.body.byteLength;
				this.#bytesInHand += delivery.body.byteLength;
				this.#add(new Job(claim, attempts, delivery, askedAt, lease.milliseconds));
			}
			if (claimed.length >= limit || length >= bytes) this.#hasMore = true;
			this.#claimsFailed = 0;
			return claimed.length;
		} catch (error) {
			this.#claimsFailed += 1;
			report(error, 'claim', null);
			return 0;
		} finally {
			this.#expected -= limit;
		}
	}

	#afterClaim(): void {
		if (this.#jobs.size + this.#expected === 0) this.#wakeWaiters();
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
			this.#claimsFailed = 0;
			this.#setPoll(this.#options.pollMilliseconds);
			this.#fill();
		});
	}

	/** Looks again as soon as a delivery that has failed here is due. */
	#lookIn(milliseconds: number): void {
		withoutWaiting(milliseconds, () => {
			this.#hasMore = true;
			this.#fill();
		});
	}
}

/** A timer that does not keep the process alive. */
function withoutWaiting(milliseconds: number, then: () => void): ReturnType<typeof setTimeout> {
	const timer = setTimeout(then, Math.min(milliseconds, 2 ** 31 - 1));
	(timer as { unref?(): void }).unref?.();
	return timer;
}

/** Each attempt was begun and none was ended: the process died, every time. */
function endedTooOften(attempts: number): string {
	return `The process ended during each of ${attempts} attempts, before onPayload had finished.`;
}
