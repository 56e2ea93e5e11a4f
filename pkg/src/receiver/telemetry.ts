import { errorName } from './error-text.js';
import type { Observer, ReceiverEvent } from './event.js';

type Attributes = Record<string, string | number>;

/** Where a span belongs, as OpenTelemetry tells it. */
export interface TelemetrySpanContext {
	traceId: string;
	spanId: string;
	traceFlags: number;
}

/** What is used of a span of OpenTelemetry. */
export interface TelemetrySpan {
	spanContext(): TelemetrySpanContext;
	setAttributes(attributes: Attributes): unknown;
	addEvent(name: string, attributes: Attributes): unknown;
	setStatus(status: { code: number }): unknown;
	end(): void;
}

/** What is said of a span when it begins. */
export interface TelemetrySpanOptions {
	kind: number;
	root: boolean;
	attributes: Attributes;
	links: { context: TelemetrySpanContext }[];
}

/** What is said of a counter or histogram when it is made. */
export interface TelemetryInstrument {
	unit: string;
	description: string;
	advice?: { explicitBucketBoundaries: number[] };
}

/**
 * What is used of the module `@opentelemetry/api`. It is described here, and given by the caller, so that neither the package
 * nor its types need be there.
 */
export interface OpenTelemetryApi {
	readonly trace: {
		getTracer(name: string): {
			startSpan(name: string, options: TelemetrySpanOptions, context?: object): TelemetrySpan;
		};
		setSpan(context: object, span: TelemetrySpan): object;
		getActiveSpan(): object | undefined;
	};
	readonly context: {
		active(): object;
		with<Result>(context: object, work: () => Result): Result;
	};
	readonly metrics: {
		getMeter(name: string): {
			createCounter(name: string, options: TelemetryInstrument): { add(value: number, attributes: Attributes): void };
			createHistogram(
				name: string,
				options: TelemetryInstrument,
			): { record(value: number, attributes: Attributes): void };
		};
	};
	readonly SpanKind: { readonly INTERNAL: number; readonly CONSUMER: number };
	readonly SpanStatusCode: { readonly ERROR: number };
}

type EventOf<Type extends ReceiverEvent['type']> = Extract<ReceiverEvent, { type: Type }>;

const library = 'mindhook';
/** The work on so many saved deliveries can be linked to their requests; the links of older ones are forgotten. */
const linksMax = 10_000;
/** Seconds; what the semantic conventions advise for durations, and a minute for slow handlers. */
const secondsBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60];
const ageBounds = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];

/**
 * Makes an observer that tells OpenTelemetry of everything: a span `mindhook.receive` around each request, a span
 * `mindhook.handle` around the work on each delivery (spans that a handler makes are its children), and counters and
 * histograms through the meter API. Where no SDK is registered it does nothing.
 *
 * A handle span begins a trace of its own, with a link to its request's: the work may begin long after the answer, on
 * another machine.
 *
 * @example
 * ```js
 * import * as api from '@opentelemetry/api';
 *
 * const receiver = createReceiver({ …, observers: [openTelemetry(api)] }); // after the SDK was registered
 * ```
 *
 * @throws {TypeError} when `api` is not the module `@opentelemetry/api`.
 */
export function openTelemetry(api: OpenTelemetryApi): Observer {
	const { trace, context, metrics } = (api ?? {}) as Partial<OpenTelemetryApi>;
	if (
		typeof trace?.getTracer !== 'function' ||
		typeof context?.with !== 'function' ||
		typeof metrics?.getMeter !== 'function'
	) {
		throw new TypeError(
			"openTelemetry needs the module @opentelemetry/api (npm install @opentelemetry/api): import * as api from '@opentelemetry/api', then openTelemetry(api).",
		);
	}
	const measures = new Measures(api);
	const spans = new Spans(api);
	return {
		event(event) {
			measures.event(event);
			spans.event(event);
		},
		around: (name, attributes, work) => spans.around(name, attributes, work),
	};
}

class Spans {
	readonly #api: OpenTelemetryApi;
	readonly #tracer: ReturnType<OpenTelemetryApi['trace']['getTracer']>;
	/** Ours, so that nothing is noted on a span of somebody else. */
	readonly #own = new WeakSet<object>();
	/** The spans of requests by the deliveries that they saved. */
	readonly #saved = new Map<string, TelemetrySpanContext>();

	constructor(api: OpenTelemetryApi) {
		this.#api = api;
		this.#tracer = api.trace.getTracer(library);
	}

	event(event: ReceiverEvent): void {
		if (event.type !== 'request' && event.type !== 'settled') return;
		const span = this.#api.trace.getActiveSpan();
		if (span === undefined || !this.#own.has(span)) return;
		if (event.type === 'request') this.#answered(span as TelemetrySpan, event);
		else this.#ended(span as TelemetrySpan, event);
	}

	around<Result>(
		name: 'receive' | 'handle',
		attributes: Readonly<Record<string, string | number>>,
		work: () => Promise<Result>,
	): Promise<Result> {
		let span: TelemetrySpan | undefined;
		let running: Promise<Result> | undefined;
		// What OpenTelemetry throws, or an exporter behind it, must cost no delivery; and the work is done once.
		try {
			span = this.#begin(name, attributes);
			const { trace, context } = this.#api;
			context.with(trace.setSpan(context.active(), span), () => {
				running = work();
			});
		} catch {}
		running ??= work();
		if (span === undefined) return running;
		const begun = span;
		return running.then(
			(result) => {
				this.#end(begun);
				return result;
			},
			(error: unknown) => {
				this.#end(begun, error);
				throw error;
			},
		);
	}

	#begin(name: 'receive' | 'handle', attributes: Readonly<Record<string, string | number>>): TelemetrySpan {
		const { SpanKind, context } = this.#api;
		const isHandle = name === 'handle';
		const link = isHandle ? this.#saved.get(keyOf(attributes)) : undefined;
		const span = this.#tracer.startSpan(
			`mindhook.${name}`,
			{
				// The server span of a request is made by the HTTP instrumentation; ours stands within it.
				kind: isHandle ? SpanKind.CONSUMER : SpanKind.INTERNAL,
				root: isHandle,
				attributes: {
					'messaging.system': library,
					'messaging.operation.name': name,
					'messaging.operation.type': isHandle ? 'process' : 'receive',
					...known(attributes),
				},
				links: link === undefined ? [] : [{ context: link }],
			},
			context.active(),
		);
		this.#own.add(span);
		return span;
	}

	#end(span: TelemetrySpan, error?: unknown): void {
		try {
			if (error !== undefined) this.#failed(span, errorName(error));
			span.end();
		} catch {}
	}

	#answered(span: TelemetrySpan, { outcome, status, endpoint, id, bytes }: EventOf<'request'>): void {
		span.setAttributes({
			'mindhook.outcome': outcome,
			'http.response.status_code': status,
			...known({ endpoint, id, bytes }),
		});
		// As for a server: what the sender did wrong is no error of ours.
		if (status >= 500) {
			span.setAttributes({ 'error.type': outcome });
			span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
		}
		if (outcome === 'saved' && endpoint !== null && id !== null) {
			if (this.#saved.size >= linksMax) {
				for (const oldest of this.#saved.keys()) {
					this.#saved.delete(oldest);
					break;
				}
			}
			this.#saved.set(keyOf({ endpoint, id }), span.spanContext());
		}
	}

	#ended(span: TelemetrySpan, event: EventOf<'settled'>): void {
		const { state, kind, modelId, retryMilliseconds, codes } = event;
		span.setAttributes({
			'mindhook.state': state,
			...(kind === null ? {} : { 'mindhook.kind': kind }),
			...(modelId === null ? {} : { 'mindhook.model_id': modelId }),
			...(retryMilliseconds === null ? {} : { 'mindhook.retry_seconds': retryMilliseconds / 1_000 }),
			...(codes.length === 0 ? {} : { 'mindhook.codes': codes.join(' ') }),
		});
		if (state === 'failed' || state === 'dead') this.#failed(span, event.errorName ?? '_OTHER');
		if (state === 'quarantined') {
			span.setAttributes({ 'error.type': state });
			span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
		}
		if (state !== 'failed' && state !== 'released')
			this.#saved.delete(keyOf({ endpoint: event.endpoint, id: event.id }));
	}

	/** The type alone: the text of an error may hold what the payload holds. */
	#failed(span: TelemetrySpan, type: string): void {
		span.setAttributes({ 'error.type': type });
		span.addEvent('exception', { 'exception.type': type });
		span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
	}
}

class Measures {
	readonly #requests;
	readonly #requestSeconds;
	readonly #bodyBytes;
	readonly #saves;
	readonly #settled;
	readonly #processSeconds;
	readonly #ageSeconds;
	readonly #claimsLost;
	readonly #faults;

	constructor({ metrics }: OpenTelemetryApi) {
		const meter = metrics.getMeter(library);
		const counter = (name: string, unit: string, description: string) =>
			meter.createCounter(name, { unit, description });
		const seconds = (name: string, description: string, explicitBucketBoundaries: number[]) =>
			meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries } });
		this.#requests = counter('mindhook.requests', '{request}', 'Requests that were answered, by outcome.');
		this.#requestSeconds = seconds(
			'mindhook.request.duration',
			'From the first look at a request to its outcome.',
			secondsBounds,
		);
		this.#bodyBytes = meter.createHistogram('mindhook.body.size', {
			unit: 'By',
			description: 'Length of the bodies that were read to their end.',
			advice: { explicitBucketBoundaries: Array.from({ length: 9 }, (_, index) => 1024 * 4 ** index) },
		});
		this.#saves = counter('mindhook.saves', '{delivery}', 'Deliveries that came by another way than a request.');
		this.#settled = counter('mindhook.settled', '{delivery}', 'Ends of the work on a delivery, by state.');
		this.#processSeconds = seconds(
			'messaging.process.duration',
			'From the claim on a delivery to the end of the work on it.',
			secondsBounds,
		);
		this.#ageSeconds = seconds(
			'mindhook.age',
			'From the receipt of a delivery until it was handled, dead or quarantined.',
			ageBounds,
		);
		this.#claimsLost = counter(
			'mindhook.claims_lost',
			'{delivery}',
			'Deliveries that another worker took over while they were worked on.',
		);
		this.#faults = counter('mindhook.faults', '{fault}', 'What went wrong behind an answer.');
	}

	event(event: ReceiverEvent): void {
		switch (event.type) {
			case 'started':
				break;
			case 'request': {
				const { endpoint, outcome, bytes, milliseconds } = event;
				const attributes = known({ endpoint });
				this.#requests.add(1, { ...attributes, 'mindhook.outcome': outcome });
				this.#requestSeconds.record(milliseconds / 1_000, attributes);
				if (bytes !== null) this.#bodyBytes.record(bytes, attributes);
				break;
			}
			case 'saved': {
				const { endpoint, source, duplicate, bytes } = event;
				const attributes = known({ endpoint });
				this.#saves.add(1, {
					...attributes,
					'mindhook.source': source,
					'mindhook.outcome': duplicate ? 'duplicate' : 'saved',
				});
				this.#bodyBytes.record(bytes, attributes);
				break;
			}
			case 'settled':
				this.#settledEvent(event);
				break;
			case 'claim_lost':
				this.#claimsLost.add(1, known({ endpoint: event.endpoint }));
				break;
			case 'fault':
				this.#faults.add(1, { 'mindhook.stage': event.stage });
				break;
		}
	}

	#settledEvent({ endpoint, state, kind, milliseconds, ageMilliseconds }: EventOf<'settled'>): void {
		const attributes = known({ endpoint });
		const byState = { ...attributes, 'mindhook.state': state };
		this.#settled.add(1, { ...byState, ...(kind === null ? {} : { 'mindhook.kind': kind }) });
		if (state === 'released') return;
		this.#processSeconds.record(Math.max(0, milliseconds) / 1_000, {
			...byState,
			'messaging.system': library,
			'messaging.operation.name': 'handle',
		});
		if (state !== 'failed') this.#ageSeconds.record(Math.max(0, ageMilliseconds) / 1_000, attributes);
	}
}

/** What has a name in the semantic conventions, or one of ours; nothing else is told. */
function known({ endpoint, id, attempt, bytes }: Readonly<Record<string, string | number | null>>): Attributes {
	const attributes: Attributes = {};
	if (typeof endpoint === 'string') attributes['messaging.destination.name'] = endpoint;
	if (typeof id === 'number') attributes['messaging.message.id'] = String(id);
	if (typeof bytes === 'number') attributes['messaging.message.body.size'] = bytes;
	if (typeof attempt === 'number') attributes['mindhook.attempt'] = attempt;
	return attributes;
}

function keyOf({ endpoint, id }: Readonly<Record<string, string | number>>): string {
	return `${endpoint} ${id}`;
}
