import type { ExpectedJob, Inbox, JobSettlement } from 'mindhook/inbox';
import { type BodyRead, readBody } from './body.js';
import { Capacity, Reservation } from './capacity.js';
import { answerMs, inTime } from './in-time.js';
import { OpenBodies } from './open-bodies.js';
import type { Receiver } from './receiver.js';

/** What one answer of the platform may take. */
export interface ReconcilerLimits {
	/** Length of a result in bytes. Default 64 MiB; a longer one is asked for again until it is given up. */
	bytes?: number;
	/** For one request, its answer included. Default 30 s. */
	milliseconds?: number;
}

/** What {@link createReconciler} takes. */
export interface ReconcilerOptions {
	/** The inbox of the receiver: it remembers which jobs are expected. */
	inbox: Inbox;
	/** What is fetched is saved through it, and handled like a delivery. */
	receiver: Pick<Receiver, 'save'>;
	/** The API key that the files are enqueued with: `process.env.MINDEE_V2_API_KEY`. */
	apiKey: string | undefined;
	/**
	 * Where the platform is, with or without `/v2` at its end: `process.env.MINDEE_V2_BASE_URL`. Default: Mindee's own host.
	 * `https`, or `http` on this machine. The key goes nowhere else, whatever an answer says.
	 */
	baseUrl?: string | undefined;
	/** The endpoint whose deliveries are missed where a job names none. Default `default`. */
	endpoint?: string;
	/** A job is asked for when its delivery is not here so long after it was enqueued. Default 10 minutes. */
	overdueMilliseconds?: number;
	/** Between two rounds. Default 60 s; 0: only where `run` is called. */
	pollMilliseconds?: number;
	/** Jobs asked for at a time. Default 4. */
	concurrency?: number;
	/** Requests of this process in a minute. Default 600; the platform allows 1,200 to all that use the key. */
	requestsPerMinute?: number;
	/** So long after it was enqueued a job is given up: the platform keeps no result for longer. Default 24 hours. */
	giveUpMilliseconds?: number;
	/** Between two requests for one job: twice as long each time, between these bounds. Default 30 s and 10 minutes. */
	retry?: { firstMilliseconds?: number; maxMilliseconds?: number };
	/** A job that another process took up and did not finish is free after so long. Default: three times `limits.milliseconds`. */
	leaseMilliseconds?: number;
	limits?: ReconcilerLimits;
	/** Default: the global one. Must be able to leave redirects alone (`redirect: 'manual'`). */
	fetch?: typeof globalThis.fetch;
	/**
	 * Told what somebody should look into: a lost job, a refused key (once), a redirect to another host, an inbox that takes no
	 * write. Default: `console.error`. No text of it holds the key or a payload value.
	 */
	onError?: (error: unknown, context: { readonly jobId: string | null }) => void;
	/** The present time in milliseconds. Default `Date.now`. */
	clock?: () => number;
}

/** A job whose result should come, as {@link Reconciler.expect} also takes it. */
export interface EnqueuedJob {
	jobId: string;
	/** The endpoint of the receiver that the delivery should come to. Default: the reconciler's. */
	endpoint?: string;
	modelId?: string | null;
	/** Default: now. */
	enqueuedAt?: Date;
}

/** What one round did with the jobs that were overdue. */
export interface ReconcileSummary {
	/** Fetched and saved: handled like a delivery from here on. */
	readonly fetched: number;
	/** Came meanwhile. */
	readonly arrived: number;
	/** To be asked for again. */
	readonly waiting: number;
	/** Gone at the platform for good, or given up. {@link Reconciler.again} takes one up once more. */
	readonly lost: number;
}

/** Fetches the results whose deliveries did not come. Made by {@link createReconciler}. */
export interface Reconciler {
	/**
	 * Notes that the result of a job should come. Takes the parsed answer of the enqueue call (`{ job: { id, … } }`), the job
	 * object of the official client, or an {@link EnqueuedJob}. Once per job: a second call for it changes nothing.
	 *
	 * Rejects with a `TypeError` when there is no job in it, with an `InboxError` when it cannot be noted.
	 *
	 * @example
	 * ```js
	 * const response = await fetch(`${base}/v2/products/extraction/enqueue`, { method: 'POST', headers, body: form });
	 * await reconciler.expect(await response.json());
	 * ```
	 */
	expect(job: EnqueuedJob): Promise<void>;
	expect(enqueueAnswer: unknown): Promise<void>;
	/**
	 * Takes up a job that was lost: it is asked for in the next round. For after a mistake of ours (another account's key, a wrong
	 * `baseUrl`), as long as the platform still has the result.
	 *
	 * Rejects with an `InboxError` when the job was never expected, or the inbox fails.
	 */
	again(jobId: string): Promise<void>;
	/**
	 * One round, now: every overdue job is asked for once. While a round runs, it is that one. After a 429 nothing is asked for
	 * until the platform takes requests again.
	 *
	 * Rejects with an `InboxError` when the inbox fails, with an `Error` after `close`.
	 */
	run(): Promise<ReconcileSummary>;
	/** Begins nothing more, and resolves when what was begun has ended. May be called twice. */
	close(): Promise<void>;
}

const vendor = 'https://api-v2.mindee.net';
/** A job's own answer is short. */
const jobBytesMax = 1024 * 1024;
/** The platform keeps every result for at least so long. */
const keptMs = 3_600_000;
/** So often a job must have been asked for before it may be gone for good. */
const goneAttempts = 5;
/** Saving is tried again a few times while the bytes are at hand: the platform may hand a result out only once. */
const savePauses = [0, 250, 1_000];
const longestPauseMs = 3_600_000;
/** A timer that is set to more goes off at once. */
const timerMsMax = 2 ** 31 - 1;

/**
 * Makes sure that nothing slips by: jobs are noted when they are enqueued, and one whose delivery has not come in time is
 * fetched by its job ID, saved, and handled like a delivery. A receiver that was down loses nothing, as long as it is back before
 * the platform forgets the results (1 hour at least, 12 by default). Any number of processes may run one on the same inbox.
 *
 * @example
 * ```js
 * const reconciler = createReconciler({ inbox, receiver, apiKey: process.env.MINDEE_V2_API_KEY });
 * await reconciler.expect(enqueueAnswer);
 * ```
 *
 * @throws {TypeError} when an option is missing or makes no sense.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
	return new JobReconciler(options);
}

class JobReconciler implements Reconciler {
	readonly #inbox: Inbox;
	readonly #receiver: Pick<Receiver, 'save'>;
	readonly #platform: Platform;
	readonly #endpoint: string;
	readonly #overdueMs: number;
	readonly #pollMs: number;
	readonly #giveUpMs: number;
	readonly #concurrency: number;
	readonly #leaseMs: number;
	readonly #retry: { readonly first: number; readonly max: number };
	readonly #clock: () => number;
	readonly #onError: (error: unknown, context: { readonly jobId: string | null }) => void;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#running: Promise<ReconcileSummary> | null = null;
	/** The platform asked for it. From when on, too: where the clock is set back, it is over, and not a day longer. */
	#pause = { from: 0, until: 0 };
	/** A wrong key is wrong for every job: it is told once, until it is right again. */
	#keyIsRefused = false;
	#isClosed = false;

	constructor(options: ReconcilerOptions) {
		if (typeof options.inbox?.claimOverdueJobs !== 'function') {
			throw new TypeError("createReconciler needs `inbox`, the receiver's own: await openInbox('sqlite:inbox.db').");
		}
		if (typeof options.receiver?.save !== 'function') {
			throw new TypeError('createReconciler needs `receiver`: what is fetched is saved and handled by it.');
		}
		const milliseconds = whole('limits.milliseconds', options.limits?.milliseconds, 30_000);
		this.#inbox = options.inbox;
		this.#receiver = options.receiver;
		this.#endpoint = options.endpoint ?? 'default';
		this.#overdueMs = whole('overdueMilliseconds', options.overdueMilliseconds, 600_000, 0);
		this.#pollMs = whole('pollMilliseconds', options.pollMilliseconds, 60_000, 0);
		this.#giveUpMs = whole('giveUpMilliseconds', options.giveUpMilliseconds, 86_400_000);
		this.#concurrency = whole('concurrency', options.concurrency, 4);
		this.#leaseMs = whole('leaseMilliseconds', options.leaseMilliseconds, 3 * milliseconds);
		this.#retry = {
			first: whole('retry.firstMilliseconds', options.retry?.firstMilliseconds, 30_000),
			max: whole('retry.maxMilliseconds', options.retry?.maxMilliseconds, 600_000),
		};
		this.#clock = options.clock ?? Date.now;
		this.#onError = options.onError ?? logError;
		this.#platform = new Platform({
			base: checkedBase(options.baseUrl),
			apiKey: checkedKey(options.apiKey),
			bytes: whole('limits.bytes', options.limits?.bytes, 64 * 1024 * 1024),
			milliseconds,
			pauseMs: 60_000 / whole('requestsPerMinute', options.requestsPerMinute, 600),
			fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
			clock: this.#clock,
		});
		this.#schedule();
	}

	async expect(job: unknown): Promise<void> {
		const enqueued = enqueuedJob(job);
		await this.#inbox.expectJob({
			jobId: enqueued.jobId,
			endpoint: enqueued.endpoint ?? this.#endpoint,
			modelId: enqueued.modelId ?? null,
			enqueuedAt: enqueued.enqueuedAt ?? new Date(this.#clock()),
		});
	}

	async again(jobId: string): Promise<void> {
		await this.#inbox.settleJob(jobId, waiting(null, 1));
	}

	async run(): Promise<ReconcileSummary> {
		if (this.#isClosed) throw new Error('The reconciler has been closed.');
		this.#running ??= this.#round().finally(() => {
			this.#running = null;
		});
		return this.#running;
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		clearTimeout(this.#timer);
		this.#platform.close();
		// Whoever began the round is told how it went.
		await this.#running?.catch(() => {});
	}

	#schedule(): void {
		if (this.#pollMs === 0 || this.#isClosed) return;
		this.#timer = setTimeout(
			() => {
				this.run()
					.catch((error: unknown) => this.#report(error, null))
					.finally(() => this.#schedule());
			},
			Math.min(this.#pollMs, timerMsMax),
		);
		// What is expected is in the inbox: waiting for it must not keep a process from ending.
		(this.#timer as { unref?: () => void }).unref?.();
	}

	async #round(): Promise<ReconcileSummary> {
		const counts = { fetched: 0, arrived: 0, waiting: 0, lost: 0 };
		const seen = new Set<string>();
		let isOver = this.#isPaused;
		const lane = async (): Promise<void> => {
			while (!isOver && !this.#isClosed) {
				// One by one, so that the lease has to last for one job only.
				const [job] = await inTime(answerMs, () =>
					this.#inbox.claimOverdueJobs({
						overdueMilliseconds: this.#overdueMs,
						limit: 1,
						leaseMilliseconds: this.#leaseMs,
					}),
				);
				if (job === undefined) return;
				// In a long round the first jobs may be due again: they wait for the next one.
				if (seen.has(job.jobId)) {
					const pause = Math.max(this.#backoff(job), 1_000);
					await this.#settle(job, waiting(job.lastError, pause));
					continue;
				}
				seen.add(job.jobId);
				const settlement = await this.#settlementOf(job);
				await this.#settle(job, settlement);
				counts[settlement.state] += 1;
				isOver ||= this.#keyIsRefused || this.#isPaused;
			}
		};
		const lanes = await Promise.allSettled(Array.from({ length: this.#concurrency }, lane));
		for (const result of lanes) if (result.status === 'rejected') throw result.reason;
		return counts;
	}

	#settle({ jobId }: ExpectedJob, settlement: JobSettlement): Promise<void> {
		return inTime(answerMs, () => this.#inbox.settleJob(jobId, settlement));
	}

	/** Asks for a job. Never rejects: what goes wrong is a reason to ask again, or to give it up. */
	async #settlementOf(job: ExpectedJob): Promise<JobSettlement> {
		const settlement = await this.#ask(job).catch((error: unknown) => this.#setback(job, error));
		// While closing, it may not have been asked for at all.
		const isTooLate =
			settlement.state === 'waiting' && !this.#isClosed && this.#clock() - job.enqueuedAt.getTime() >= this.#giveUpMs;
		const result: JobSettlement = isTooLate
			? { state: 'lost', error: `Given up: ${settlement.error ?? 'the job is not done.'}` }
			: settlement;
		if (result.state === 'lost') this.#report(new Error(`The result is lost. ${result.error}`), job.jobId);
		return result;
	}

	async #ask(job: ExpectedJob): Promise<JobSettlement> {
		const answer = await this.#platform.job(job.jobId);
		this.#keyIsRefused = false;
		if (answer.state === 'unfinished') return waiting(null, this.#backoff(job));
		if (await this.#hasArrived(job)) return { state: 'arrived' };
		// The only bytes of a failed job that hold its ID: its own answer.
		if (answer.state === 'failed') return this.#save(job, answer);
		// Asked before the result is taken: it may be deleted there as soon as it was fetched.
		await inTime(answerMs, () => this.#inbox.ready());
		return this.#save(job, await this.#platform.result(answer.resultUrl));
	}

	async #save(job: ExpectedJob, { bytes, contentType }: Body): Promise<JobSettlement> {
		for (const [index, pause] of savePauses.entries()) {
			await sleep(pause);
			try {
				const { duplicate } = await inTime(answerMs, () =>
					this.#receiver.save({
						body: bytes,
						endpoint: job.endpoint,
						source: 'reconcile',
						headers: contentType === null ? {} : { 'content-type': contentType },
					}),
				);
				return { state: duplicate ? 'arrived' : 'fetched' };
			} catch (error) {
				if (index === savePauses.length - 1) throw error;
			}
		}
		throw new Error('unreachable');
	}

	get #isPaused(): boolean {
		const now = this.#clock();
		return this.#pause.from <= now && now < this.#pause.until;
	}

	async #setback(job: ExpectedJob, error: unknown): Promise<JobSettlement> {
		const backoff = this.#backoff(job);
		if (!(error instanceof Setback)) {
			this.#report(error, job.jobId);
			return waiting('What was fetched could not be saved.', backoff);
		}
		const { why, message, retryMs } = error;
		if (why === 'suspect' || (why === 'refused' && !this.#keyIsRefused)) this.#report(error, job.jobId);
		if (why === 'busy') {
			const from = this.#clock();
			this.#pause = { from, until: Math.max(this.#isPaused ? this.#pause.until : 0, from + (retryMs ?? 60_000)) };
		}
		if (why !== 'busy' && why !== 'later') this.#keyIsRefused = why === 'refused';
		if (why === 'impossible' || (why === 'gone' && this.#isGoneForGood(job, message))) {
			const hasArrived = await this.#hasArrived(job).catch(() => false);
			return hasArrived ? { state: 'arrived' } : { state: 'lost', error: message };
		}
		// Told when it begins: a wrong base URL, or the key of another account, has to be mended while the results are kept.
		if (why === 'gone' && job.lastError !== message) this.#report(error, job.jobId);
		return waiting(message, Math.max(backoff, retryMs ?? 0));
	}

	/** Never by one answer: whoever stands in between may be wrong for a while, and what is lost is not asked for again. */
	#isGoneForGood({ attempts, lastError, enqueuedAt }: ExpectedJob, message: string): boolean {
		return attempts >= goneAttempts && lastError === message && this.#clock() - enqueuedAt.getTime() >= keptMs;
	}

	/** Whether a delivery that was read names this job; one that waits to be read is told by its bytes when it is saved again. */
	async #hasArrived({ jobId }: ExpectedJob): Promise<boolean> {
		return (await inTime(answerMs, () => this.#inbox.list({ jobId, limit: 1 }))).length > 0;
	}

	/** Twice as long each time, somewhere between half of that and all of it. */
	#backoff({ attempts }: ExpectedJob): number {
		const whole = Math.min(this.#retry.first * 2 ** Math.min(attempts - 1, 30), this.#retry.max);
		return Math.max(1, Math.round(whole * (0.5 + Math.random() / 2)));
	}

	#report(error: unknown, jobId: string | null): void {
		// The hook is the user's: what it throws, or rejects with, must cost neither a result nor the process.
		const onThrown = (thrown: unknown): void => {
			logError(error, { jobId });
			logError(thrown, { jobId });
		};
		try {
			const given: unknown = this.#onError(error, { jobId });
			if (given instanceof Promise) given.catch(onThrown);
		} catch (thrown) {
			onThrown(thrown);
		}
	}
}

/** The bytes of an answer. */
interface Body {
	readonly bytes: Uint8Array;
	readonly contentType: string | null;
}

type JobAnswer =
	| { readonly state: 'unfinished' }
	| ({ readonly state: 'failed' } & Body)
	| { readonly state: 'processed'; readonly resultUrl: string };

/** Why there is no answer to work with. */
type Why =
	/** Not now. */
	| 'later'
	/** Too many requests. */
	| 'busy'
	/** The key is not taken. */
	| 'refused'
	/** The platform itself says that there is no such job, or no such result any more. */
	| 'gone'
	/** This cannot even be asked for. */
	| 'impossible'
	/** An answer that somebody should look at. */
	| 'suspect';

class Setback extends Error {
	override readonly name = 'ReconcileError';
	readonly why: Why;
	/** After how long the platform wants to be asked again. */
	readonly retryMs: number | null;

	constructor(why: Why, message: string, retryMs: number | null = null) {
		super(message);
		this.why = why;
		this.retryMs = retryMs;
	}
}

interface PlatformOptions {
	readonly base: URL;
	readonly apiKey: string;
	readonly bytes: number;
	readonly milliseconds: number;
	/** Between the beginnings of two requests. */
	readonly pauseMs: number;
	readonly fetch: typeof globalThis.fetch;
	readonly clock: () => number;
}

/** The two requests that are made to the platform. They reject with a {@link Setback}. */
class Platform {
	readonly #options: PlatformOptions;
	#nextAt = 0;
	#isClosed = false;
	/** Ends the waiting of those whose turn has not come. */
	readonly #waiting = new Set<() => void>();

	constructor(options: PlatformOptions) {
		this.#options = options;
	}

	/** Asks for no other job, and waits for no turn: the result of one that was asked for is still taken, at once. */
	close(): void {
		this.#isClosed = true;
		for (const wake of this.#waiting) wake();
	}

	async job(jobId: string): Promise<JobAnswer> {
		// An ID that an older or foreign program noted must not lead elsewhere.
		if (!isJobId(jobId)) throw new Setback('impossible', 'This is not the ID of a job.');
		const url = `${this.#options.base.href.replace(/\/$/, '')}/v2/jobs/${jobId}`;
		await this.#turn();
		if (this.#isClosed) throw new Setback('later', 'The reconciler was closed before it could ask.');
		const answer = await this.#get(url, jobBytesMax);
		if ('location' in answer) return { state: 'processed', resultUrl: this.#sameHost(answer.location, url) };
		const job = objectOrNull(objectIn(answer.bytes)?.job);
		if (job === null) throw new Setback('later', 'The answer is no job.');
		if (typeof job.id === 'string' && job.id.toLowerCase() !== jobId.toLowerCase()) {
			throw new Setback('suspect', 'The answer is another job than the one that was asked for.');
		}
		if (job.status === 'Failed') return { state: 'failed', ...answer };
		if (job.status === 'Processed' && typeof job.result_url === 'string') {
			return { state: 'processed', resultUrl: this.#sameHost(job.result_url, url) };
		}
		return { state: 'unfinished' };
	}

	async result(url: string): Promise<Body> {
		await this.#turn();
		const answer = await this.#get(url, this.#options.bytes);
		if ('location' in answer) throw new Setback('later', 'The result is elsewhere: a second redirect is not followed.');
		// Saved, it would end the asking: the page of a proxy must not stand for the result.
		if (isNoObject(answer.bytes)) throw new Setback('suspect', 'The answer is no result: it is no JSON object.');
		return answer;
	}

	/** The key is sent to one host only. */
	#sameHost(location: string, from: string): string {
		const url = URL.canParse(location, from) ? new URL(location, from) : null;
		if (url?.origin !== this.#options.base.origin || url.username !== '' || url.password !== '') {
			throw new Setback('suspect', 'The result is said to be on another host: it is not fetched from there.');
		}
		return url.href;
	}

	async #get(url: string, bytes: number): Promise<Body | { readonly location: string }> {
		const { apiKey, milliseconds, fetch } = this.#options;
		const signal = AbortSignal.timeout(milliseconds);
		// As it is: a decoded body has other bytes than those that the webhook would have brought.
		const headers = { authorization: apiKey, accept: 'application/json', 'accept-encoding': 'identity' };
		const asked = (async (): Promise<Response> => fetch(url, { headers, redirect: 'manual', signal }))();
		// A `fetch` of the user's may not heed the signal.
		const response = await Promise.race([asked, aborted(signal)]).catch((error: unknown) => {
			// Nobody reads what it brings after all, and a body that is not read holds its connection.
			asked.then(({ body }) => body?.cancel()).catch(() => {});
			throw new Setback('later', signal.aborted ? 'No answer in time.' : `No answer: ${reasonOf(error)}`);
		});
		if (response.status !== 200) {
			const { status, headers } = response;
			if (status === 404 || status === 410) throw await this.#gone(response);
			response.body?.cancel().catch(() => {});
			const location = headers.get('location');
			if (status >= 300 && status < 400 && location !== null) return { location };
			throw this.#refusal(response);
		}
		const read = await this.#read(response, bytes);
		if (!read.ok) {
			const isTooLarge = read.why === 'body_too_large';
			throw new Setback(
				isTooLarge ? 'suspect' : 'later',
				isTooLarge ? `The answer is longer than ${bytes} bytes (limits.bytes).` : 'The answer broke off.',
			);
		}
		return { bytes: read.bytes, contentType: response.headers.get('content-type') };
	}

	#read({ body }: Response, bytes: number): Promise<BodyRead> {
		const { milliseconds } = this.#options;
		const memory = new Reservation(new Capacity(bytes));
		// No pace is asked for: what the platform gives only once must not be left because it was slow in between.
		return readBody(body, { bytes, milliseconds, bytesPerWindow: 0, memory, open: new OpenBodies() });
	}

	/** A proxy, or another server at that URL, has its own 404: only the platform's means anything. */
	async #gone(response: Response): Promise<Setback> {
		const { status } = response;
		const read = await this.#read(response, jobBytesMax);
		const told = read.ok ? objectIn(read.bytes) : null;
		if (told?.status === status && typeof told.code === 'string' && typeof told.title === 'string') {
			return new Setback('gone', `The platform answered ${status}: it knows no such job or result.`);
		}
		return new Setback('suspect', `The answer was ${status}, but not the platform's: is \`baseUrl\` right?`);
	}

	#refusal({ status, headers }: Response): Setback {
		const message = `The platform answered ${status}.`;
		const retryMs = this.#retryAfter(headers.get('retry-after'));
		if (status === 401 || status === 403) return new Setback('refused', `${message} Is the API key right?`);
		return new Setback(status === 429 ? 'busy' : 'later', message, retryMs);
	}

	/** A number of seconds, or a date. */
	#retryAfter(value: string | null): number | null {
		if (value === null) return null;
		const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - this.#options.clock();
		return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 1_000), longestPauseMs);
	}

	async #turn(): Promise<void> {
		const now = performance.now();
		const at = Math.max(now, this.#nextAt);
		this.#nextAt = at + this.#options.pauseMs;
		if (at === now || this.#isClosed) return;
		await new Promise<void>((resolve) => {
			const wake = (): void => {
				clearTimeout(timer);
				this.#waiting.delete(wake);
				resolve();
			};
			const timer = setTimeout(wake, at - now);
			this.#waiting.add(wake);
		});
	}
}

/** Rejects when the signal says so. */
const aborted = (signal: AbortSignal): Promise<never> =>
	new Promise((_resolve, reject) => {
		if (signal.aborted) reject(signal.reason);
		else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
	});

const sleep = (ms: number): Promise<void> | void =>
	ms <= 0 ? undefined : new Promise((resolve) => setTimeout(resolve, ms));

const waiting = (error: string | null, retryMilliseconds: number): JobSettlement => ({
	state: 'waiting',
	error,
	retryMilliseconds,
});

/** What keeps its place as one segment of a path. IDs are UUIDs in production; the vendor's own samples hold others. */
const isJobId = (value: unknown): value is string =>
	typeof value === 'string' && /^[A-Za-z0-9_-][A-Za-z0-9._~-]{0,199}$/.test(value);

/** What cannot even begin a payload: all the rest is looked into when it is handled. */
const isNoObject = (bytes: Uint8Array): boolean =>
	bytes.find((byte) => byte !== 32 && (byte < 9 || byte > 13)) !== 0x7b;

/** The object that an answer is; `null` where it is none. */
function objectIn(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
	try {
		return objectOrNull(JSON.parse(new TextDecoder().decode(bytes)));
	} catch {
		return null;
	}
}

const objectOrNull = (value: unknown): Readonly<Record<string, unknown>> | null =>
	typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;

/** Whatever `expect` was given, as one record. */
function enqueuedJob(given: unknown): EnqueuedJob {
	const record = objectOrNull(given) ?? {};
	const job = objectOrNull(record.job) ?? record;
	const jobId = record.jobId ?? job.id;
	if (!isJobId(jobId)) {
		throw new TypeError(
			'expect() needs the answer of the enqueue call ({ job: { id, … } }), a job, or { jobId }. ' +
				(jobId === undefined ? 'There is no job ID in what it was given' : 'What it was given is not the ID of a job') +
				(typeof record.title === 'string' ? ': it looks like an error, so nothing was enqueued.' : '.'),
		);
	}
	const { endpoint, enqueuedAt } = record;
	if (endpoint !== undefined && typeof endpoint !== 'string') throw new TypeError('expect(): `endpoint` is a text.');
	if (enqueuedAt !== undefined && !(enqueuedAt instanceof Date && !Number.isNaN(enqueuedAt.getTime()))) {
		throw new TypeError('expect(): `enqueuedAt` is a valid Date.');
	}
	const modelId = record.modelId ?? job.model_id ?? job.modelId;
	return {
		jobId,
		...(endpoint === undefined ? {} : { endpoint }),
		...(enqueuedAt === undefined ? {} : { enqueuedAt }),
		modelId: typeof modelId === 'string' ? modelId : null,
	};
}

function checkedKey(key: unknown): string {
	if (typeof key === 'string' && /^[\x21-\x7e]+$/.test(key)) return key;
	// The key itself is not repeated.
	const isEmpty = key === undefined || key === null || key === '';
	throw new TypeError(
		'createReconciler needs `apiKey`, the key that the files are enqueued with. ' +
			(isEmpty
				? 'If it comes from an environment variable, that variable is not set.'
				: 'What it was given is no key: a text without spaces and line breaks.'),
	);
}

function checkedBase(text: string | undefined): URL {
	const url = URL.canParse(text || vendor) ? new URL(text || vendor) : null;
	const isHere = url !== null && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
	const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere);
	// Not repeated either: it may hold a password.
	if (url === null || !isSafe || `${url.username}${url.password}${url.search}${url.hash}` !== '') {
		throw new TypeError(
			'createReconciler: `baseUrl` must be an https URL without user, query and fragment, as https://api-v2.mindee.net; ' +
				'http is for an emulator on this machine.',
		);
	}
	url.pathname = url.pathname.replace(/\/+$/, '').replace(/\/v2$/, '');
	return url;
}

function whole(name: string, value: number | undefined, byDefault: number, min = 1): number {
	if (value === undefined) return byDefault;
	if (!Number.isSafeInteger(value) || value < min) {
		throw new TypeError(`createReconciler: ${name} must be a whole number of at least ${min}, not ${String(value)}.`);
	}
	return value;
}

/** Such as `ECONNREFUSED`: `fetch` itself only says that it failed. */
function reasonOf(error: unknown): string {
	const { cause, message } = error as { cause?: { code?: unknown }; message?: unknown };
	return String(cause?.code ?? message ?? 'unknown').slice(0, 200);
}

function logError(error: unknown, { jobId }: { readonly jobId: string | null }): void {
	console.error(`mindhook: reconcile${jobId === null ? '' : `, job ${jobId}`}:`, error);
}
