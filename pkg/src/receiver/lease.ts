import type { Inbox, Lease } from 'mindhook/inbox';
import type { ReportError } from './delivery.js';
import { inTime } from './in-time.js';
import type { Job } from './job.js';

interface LeaseKeeperOptions {
	readonly inbox: Inbox;
	readonly lease: Lease;
	/** What is in hand. */
	readonly jobs: ReadonlyMap<number, Job>;
	/** Another worker has it. */
	readonly onLost: (job: Job) => void;
	readonly report: ReportError;
}

/**
 * Holds on to the claims of what is in hand: all of them with one call, at each third of their time. Also where the call before
 * has no answer yet: it may have been lost, and those claims would be over by the time that is certain.
 */
export class LeaseKeeper {
	readonly #options: LeaseKeeperOptions;
	readonly #periodMs: number;
	#timer: ReturnType<typeof setInterval> | undefined;

	constructor(options: LeaseKeeperOptions) {
		this.#options = options;
		this.#periodMs = Math.max(1, Math.floor(options.lease.milliseconds / 3));
	}

	/** To be called when something has come into hand. It ends by itself when nothing is any more. */
	begin(): void {
		if (this.#timer !== undefined) return;
		this.#timer = setInterval(() => this.#tick(), this.#periodMs);
		(this.#timer as { unref?(): void }).unref?.();
	}

	/** Whether a job can begin: its claim holds until it is next renewed. */
	holds(job: Job): boolean {
		return job.leasedUntil - performance.now() > this.#periodMs;
	}

	/**
	 * Renews claims out of turn; those that are not held any more are told as lost. Rejects when the inbox does not answer while
	 * the answer would still be of use.
	 */
	async renew(jobs: readonly Job[]): Promise<void> {
		const { inbox, lease, onLost } = this.#options;
		const askedAt = performance.now();
		const claims = jobs.map(({ claim }) => claim);
		const held = new Set(await inTime(lease.milliseconds, () => inbox.extend(claims, lease)));
		for (const [index, job] of jobs.entries()) {
			// Claimed anew meanwhile, by ourselves.
			if (job.claim !== claims[index]) continue;
			if (held.has(job.claim.id)) job.leasedUntil = Math.max(job.leasedUntil, askedAt + lease.milliseconds);
			// What is being settled finds out by itself.
			else if (!job.isLost && (job.phase === 'waiting' || job.phase === 'running')) onLost(job);
		}
	}

	#tick(): void {
		const jobs = [...this.#options.jobs.values()].filter(({ phase }) => phase !== 'over');
		if (jobs.length === 0) {
			clearInterval(this.#timer);
			this.#timer = undefined;
			return;
		}
		const now = performance.now();
		for (const job of jobs) {
			// The inbox gave no answer in time. Whoever can reach it may take the delivery now, and is not to do so twice over.
			if (job.phase === 'running' && now > job.leasedUntil) {
				job.abort(new DOMException('The inbox could not be reached to hold on to this delivery.', 'AbortError'));
			}
		}
		this.renew(jobs).catch((error: unknown) => this.#options.report(error, 'inbox', null));
	}
}
