import type { Inbox, InboxStats } from 'mindhook/inbox';
import { expositionType, Gauge } from './exposition.js';
import type { Metrics } from './metrics.js';
import type { Receiver } from './receiver.js';

/** What {@link createMonitor} takes. */
export interface MonitorOptions {
	receiver: Pick<Receiver, 'state'>;
	/** The inbox that the receiver saves to. */
	inbox: Pick<Inbox, 'ready' | 'stats'>;
	/** What the receiver was observed by; without it `/metrics` has the gauges alone. */
	metrics?: Pick<Metrics, 'text'>;
	/** How long the inbox may take to answer before it counts as not ready. Default 2,000. */
	timeoutMilliseconds?: number;
}

/** An answer of a {@link Monitor}, ready to be sent by any framework. */
export interface MonitorAnswer {
	readonly status: 200 | 405 | 503;
	/** Names in lower case, `content-length` among them. */
	readonly headers: Readonly<Record<string, string>>;
	/** Empty for HEAD. */
	readonly body: string;
}

/** Answers those who watch over a receiver. Made by {@link createMonitor}. */
export interface Monitor {
	/**
	 * The answer to a request for `/metrics`, `/healthz` or `/readyz` (a query is passed over), by GET or HEAD; `null` for
	 * every other path. Never rejects.
	 *
	 * @example
	 * ```js
	 * const answer = await monitor.respond('GET', '/readyz'); // { status: 200, … } or { status: 503, … }
	 * ```
	 */
	respond(method: string, path: string): Promise<MonitorAnswer | null>;
}

const defaultTimeoutMilliseconds = 2_000;
/** An answer of the inbox is good for so long, so that those who ask often cost it nothing. */
const keptMilliseconds = 1_000;

/**
 * Makes what answers `/metrics` (Prometheus), `/healthz` (200 as long as the process answers at all) and `/readyz` (200 only
 * if the receiver takes deliveries and its inbox takes writes, else 503).
 *
 * These paths tell strangers how much there is to do: serve them on a port of their own that only your own machines reach,
 * never beside the public webhook URL.
 *
 * @example
 * ```js
 * const monitor = createMonitor({ receiver, inbox, metrics });
 * createServer(nodeMonitor(monitor)).listen(9464, '127.0.0.1'); // nodeMonitor is in mindhook/node
 * ```
 *
 * @throws {TypeError} when an option is missing or makes no sense.
 */
export function createMonitor(options: MonitorOptions): Monitor {
	return new ReceiverMonitor(options);
}

class ReceiverMonitor implements Monitor {
	readonly #receiver: MonitorOptions['receiver'];
	readonly #metrics: MonitorOptions['metrics'];
	readonly #ready: Probe<true>;
	readonly #stats: Probe<InboxStats>;

	constructor({ receiver, inbox, metrics, timeoutMilliseconds = defaultTimeoutMilliseconds }: MonitorOptions) {
		if (typeof (receiver as Partial<typeof receiver> | undefined)?.state !== 'object') {
			throw new TypeError('createMonitor needs `receiver`, as createReceiver makes it.');
		}
		if (typeof (inbox as Partial<typeof inbox> | undefined)?.ready !== 'function') {
			throw new TypeError('createMonitor needs `inbox`, the opened inbox that the receiver saves to.');
		}
		if (metrics !== undefined && typeof (metrics as Partial<typeof metrics> | null)?.text !== 'function') {
			throw new TypeError('createMonitor: metrics must be what createMetrics() gave.');
		}
		if (!Number.isSafeInteger(timeoutMilliseconds) || timeoutMilliseconds < 1) {
			throw new TypeError('createMonitor: timeoutMilliseconds must be a whole number of at least 1.');
		}
		this.#receiver = receiver;
		this.#metrics = metrics;
		this.#ready = new Probe(() => inbox.ready().then(() => true as const), timeoutMilliseconds);
		this.#stats = new Probe(() => inbox.stats(), timeoutMilliseconds);
	}

	async respond(method: string, path: string): Promise<MonitorAnswer | null> {
		const answer = this.#answers.get(String(path).replace(/[?#].*$/s, ''));
		if (answer === undefined) return null;
		if (method !== 'GET' && method !== 'HEAD') {
			return problem(405, 'Method Not Allowed', 'This path is read with GET or HEAD.', { allow: 'GET, HEAD' });
		}
		const whole = await answer();
		return method === 'HEAD' ? { ...whole, body: '' } : whole;
	}

	readonly #answers: ReadonlyMap<string, () => Promise<MonitorAnswer>> = new Map([
		['/healthz', async () => json({ status: this.#receiver.state.closing ? 'closing' : 'ok' })],
		['/readyz', () => this.#readiness()],
		['/metrics', async () => answerOf(200, expositionType, (this.#metrics?.text() ?? '') + (await this.#gauges()))],
	]);

	async #readiness(): Promise<MonitorAnswer> {
		if (this.#receiver.state.closing) return unavailable('This receiver is shutting down.');
		if ((await this.#ready.ask()) === undefined) return unavailable('The inbox takes no writes now.');
		return json({ status: 'ready' });
	}

	async #gauges(): Promise<string> {
		const stats = await this.#stats.ask();
		const { closing, taking, handling, waiting, runaways, bodiesBytes } = this.#receiver.state;
		return [
			new Gauge('mindhook_taking', 'Requests that are being taken.').set(taking),
			new Gauge('mindhook_handling', 'Payloads that are with a handler.').set(handling),
			new Gauge('mindhook_waiting', 'Deliveries that wait for a handler in this process.').set(waiting),
			new Gauge('mindhook_runaways', 'Handlers that still run although their time was over.').set(runaways),
			new Gauge('mindhook_bodies_bytes', 'Bytes of the bodies that are being read or saved.').set(bodiesBytes),
			new Gauge('mindhook_closing', 'Whether the receiver shuts down.').set(Number(closing)),
			new Gauge(
				'mindhook_inbox_up',
				'Whether the inbox answered in time; without an answer its other gauges are left out.',
			).set(stats === undefined ? 0 : 1),
			...(stats === undefined ? [] : inboxGauges(stats)),
		]
			.map((gauge) => gauge.text())
			.join('');
	}
}

function inboxGauges({ deliveries, oldestWaitingAt, bodyBytes, storedBytes, expectedJobs }: InboxStats): Gauge[] {
	const states = new Gauge('mindhook_inbox_deliveries', 'Deliveries in the inbox, by state.', ['state']);
	for (const [state, count] of Object.entries(deliveries)) states.set(count, [state]);
	const oldestSeconds = oldestWaitingAt === null ? 0 : Math.max(0, Date.now() - oldestWaitingAt.getTime()) / 1_000;
	return [
		states,
		new Gauge(
			'mindhook_inbox_oldest_waiting_seconds',
			'Age of the oldest delivery that is received or failed; 0 when none waits.',
		).set(oldestSeconds),
		new Gauge('mindhook_inbox_body_bytes', 'Bytes of all bodies in the inbox, as they came.').set(bodyBytes),
		new Gauge('mindhook_inbox_stored_bytes', 'Bytes that the storage of the inbox takes.').set(storedBytes),
		new Gauge('mindhook_inbox_expected_jobs', 'Enqueued jobs whose result is not here yet.').set(expectedJobs),
	];
}

/** Asks the inbox one question, for everybody who wants to know at a time, and keeps the answer for a moment. */
class Probe<Value> {
	readonly #question: () => Promise<Value>;
	readonly #timeoutMilliseconds: number;
	#asking: Promise<Value | undefined> | null = null;
	#kept: { readonly value: Value | undefined; readonly until: number } | null = null;

	constructor(question: () => Promise<Value>, timeoutMilliseconds: number) {
		this.#question = question;
		this.#timeoutMilliseconds = timeoutMilliseconds;
	}

	/** `undefined` where the inbox failed, or does not answer in time. */
	async ask(): Promise<Value | undefined> {
		if (this.#kept !== null && performance.now() < this.#kept.until) return this.#kept.value;
		// An inbox that hangs is not asked again: who comes later waits for the same answer.
		this.#asking ??= this.#answer().finally(() => {
			this.#asking = null;
		});
		let timer: ReturnType<typeof setTimeout> | undefined;
		const late = new Promise<undefined>((resolve) => {
			timer = setTimeout(resolve, this.#timeoutMilliseconds, undefined);
		});
		try {
			return await Promise.race([this.#asking, late]);
		} finally {
			clearTimeout(timer);
		}
	}

	async #answer(): Promise<Value | undefined> {
		let value: Value | undefined;
		try {
			value = await this.#question();
		} catch {
			// Why is in the log of whoever writes to it; a text of a database has no place in an answer to the network.
		}
		this.#kept = { value, until: performance.now() + keptMilliseconds };
		return value;
	}
}

function unavailable(detail: string): MonitorAnswer {
	return problem(503, 'Service Unavailable', detail, { 'retry-after': '5' });
}

/** A problem of RFC 9457. */
function problem(
	status: 405 | 503,
	title: string,
	detail: string,
	headers: Readonly<Record<string, string>>,
): MonitorAnswer {
	const body = JSON.stringify({ type: 'about:blank', title, status, detail });
	return answerOf(status, 'application/problem+json', body, headers);
}

function json(body: Readonly<Record<string, string>>): MonitorAnswer {
	return answerOf(200, 'application/json', JSON.stringify(body));
}

function answerOf(
	status: MonitorAnswer['status'],
	type: string,
	body: string,
	headers: Readonly<Record<string, string>> = {},
): MonitorAnswer {
	return {
		status,
		headers: {
			'content-type': type,
			'content-length': String(new TextEncoder().encode(body).byteLength),
			'cache-control': 'no-store',
			'x-content-type-options': 'nosniff',
			...headers,
		},
		body,
	};
}
