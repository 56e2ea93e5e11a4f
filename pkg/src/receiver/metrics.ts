import type { PayloadKind } from 'mindhook';
import type { Stage } from './delivery.js';
import type { Observer, ReceiverEvent } from './event.js';
import { Counter, Histogram } from './exposition.js';
import { outcomeNames } from './outcome.js';

/** What a receiver did, counted for Prometheus. Made by {@link createMetrics}. */
export interface Metrics extends Observer {
	event(event: ReceiverEvent): void;
	/** All counters and histograms in Prometheus' text format 0.0.4. */
	text(): string;
}

/** Seconds; from a save on a fast disk to the longest that a body or a handler may take by default. */
const secondsBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Seconds; a delivery that failed may wait for hours. */
const ageBounds = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];
/** 1 KiB to 64 MiB, each four times the one before. */
const bytesBounds = Array.from({ length: 9 }, (_, index) => 1024 * 4 ** index);

/** So many endpoints have series of their own; names are configured, so that more of them are a mistake somewhere. */
const endpointsMax = 200;

const kinds = Object.keys({
	extraction: 0,
	classification: 0,
	crop: 0,
	ocr: 0,
	split: 0,
	failure: 0,
	job: 0,
	error: 0,
} satisfies Record<PayloadKind, 0>);

/** What a fault can be told of; that a payload could not be read or handled is told when its work ends. */
const stages = ['receive', 'claim', 'inbox'] as const satisfies readonly Stage[];

/** The kind of a delivery that was not, or could not be, read. */
const unread = 'unread';

/** Which kinds can end in which state; from the start each of them is 0. */
const settledSeries: readonly (readonly [state: string, kind: string])[] = [
	...kinds.map((kind) => ['handled', kind] as const),
	...[...kinds, unread].flatMap((kind) => [['failed', kind] as const, ['dead', kind] as const]),
	['quarantined', unread],
	['released', unread],
];

/**
 * Makes an observer that counts what happens, for a `/metrics` that Prometheus reads; {@link createMonitor} serves it with
 * the gauges of the inbox. One may observe several receivers.
 *
 * Labels are endpoint names, outcomes, states, kinds and stages: lists that do not grow with what is sent.
 *
 * @example
 * ```js
 * const metrics = createMetrics();
 * const receiver = createReceiver({ …, observers: [metrics] });
 * console.log(metrics.text());
 * ```
 */
export function createMetrics(): Metrics {
	return new ReceiverMetrics();
}

class ReceiverMetrics implements Metrics {
	readonly #endpoints = new Set<string>();
	readonly #requests = new Counter('mindhook_requests_total', 'Requests that were answered, by outcome.', [
		'endpoint',
		'outcome',
	]);
	readonly #requestSeconds = new Histogram(
		'mindhook_request_seconds',
		'From the first look at a request to its outcome.',
		['endpoint'],
		secondsBounds,
	);
	readonly #bodyBytes = new Histogram(
		'mindhook_body_bytes',
		'Length of the bodies that were read to their end.',
		['endpoint'],
		bytesBounds,
	);
	readonly #saves = new Counter('mindhook_saves_total', 'Deliveries that came by another way than a request.', [
		'endpoint',
		'source',
		'duplicate',
	]);
	readonly #settled = new Counter(
		'mindhook_settled_total',
		'Ends of the work on a delivery, by state and kind of payload.',
		['endpoint', 'state', 'kind'],
	);
	readonly #handleSeconds = new Histogram(
		'mindhook_handle_seconds',
		'From the claim on a delivery to the end of the work on it.',
		['endpoint'],
		secondsBounds,
	);
	readonly #ageSeconds = new Histogram(
		'mindhook_age_seconds',
		'From the receipt of a delivery until it was handled, dead or quarantined.',
		['endpoint'],
		ageBounds,
	);
	readonly #claimsLost = new Counter(
		'mindhook_claims_lost_total',
		'Deliveries that another worker took over while they were worked on.',
		['endpoint'],
	);
	readonly #faults = new Counter('mindhook_faults_total', 'What went wrong behind an answer, by what was being done.', [
		'stage',
	]);

	constructor() {
		for (const stage of stages) this.#faults.add([stage], 0);
	}

	event(event: ReceiverEvent): void {
		switch (event.type) {
			case 'started':
				// Of requests whose endpoint is not known, too.
				this.#begin('');
				for (const endpoint of event.endpoints) this.#begin(this.#label(endpoint));
				break;
			case 'request': {
				const endpoint = this.#label(event.endpoint ?? '');
				this.#requests.add([endpoint, event.outcome]);
				this.#requestSeconds.observe([endpoint], event.milliseconds / 1_000);
				if (event.bytes !== null) this.#bodyBytes.observe([endpoint], event.bytes);
				break;
			}
			case 'saved': {
				const endpoint = this.#label(event.endpoint);
				this.#saves.add([endpoint, event.source, String(event.duplicate)]);
				this.#bodyBytes.observe([endpoint], event.bytes);
				break;
			}
			case 'settled': {
				const endpoint = this.#label(event.endpoint);
				this.#settled.add([endpoint, event.state, event.kind ?? unread]);
				if (event.state === 'released') break;
				this.#handleSeconds.observe([endpoint], event.milliseconds / 1_000);
				if (event.state !== 'failed') this.#ageSeconds.observe([endpoint], event.ageMilliseconds / 1_000);
				break;
			}
			case 'claim_lost':
				this.#claimsLost.add([this.#label(event.endpoint)]);
				break;
			case 'fault':
				this.#faults.add([event.stage]);
				break;
		}
	}

	text(): string {
		return [
			this.#requests,
			this.#requestSeconds,
			this.#bodyBytes,
			this.#saves,
			this.#settled,
			this.#handleSeconds,
			this.#ageSeconds,
			this.#claimsLost,
			this.#faults,
		]
			.map((metric) => metric.text())
			.join('');
	}

	/** A rate can be told from the second value on: so the first one is 0, and there before anything happens. */
	#begin(endpoint: string): void {
		for (const outcome of outcomeNames) this.#requests.add([endpoint, outcome], 0);
		this.#requestSeconds.begin([endpoint]);
		if (endpoint === '') return;
		this.#bodyBytes.begin([endpoint]);
		for (const duplicate of ['false', 'true']) this.#saves.add([endpoint, 'reconcile', duplicate], 0);
		for (const [state, kind] of settledSeries) this.#settled.add([endpoint, state, kind], 0);
		this.#handleSeconds.begin([endpoint]);
		this.#ageSeconds.begin([endpoint]);
		this.#claimsLost.add([endpoint], 0);
	}

	#label(endpoint: string): string {
		if (endpoint === '' || this.#endpoints.has(endpoint)) return endpoint;
		if (this.#endpoints.size >= endpointsMax) return '_other';
		this.#endpoints.add(endpoint);
		return endpoint;
	}
}
