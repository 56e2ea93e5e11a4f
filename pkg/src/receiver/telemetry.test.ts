import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import * as api from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
	AggregationTemporality,
	InMemoryMetricExporter,
	MeterProvider,
	PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
	BasicTracerProvider,
	InMemorySpanExporter,
	type ReadableSpan,
	SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { Observer, ReceiverEvent } from './event.js';
import { type OpenTelemetryApi, openTelemetry } from './telemetry.js';

const spans = new InMemorySpanExporter();
const measures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);

/** Registers the SDK as a program does, and makes the observer after it. */
function registered({ contexts = true } = {}): { observer: Required<Observer>; reader: PeriodicExportingMetricReader } {
	if (contexts) api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
	api.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
	const reader = new PeriodicExportingMetricReader({ exporter: measures, exportIntervalMillis: 3_600_000 });
	api.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
	return { observer: openTelemetry(api) as Required<Observer>, reader };
}

afterEach(() => {
	for (const part of [api.context, api.trace, api.metrics]) part.disable();
	spans.reset();
	measures.reset();
});

const request = {
	type: 'request',
	outcome: 'saved',
	status: 200,
	endpoint: 'invoices',
	id: 7,
	bytes: 9_000,
	milliseconds: 3,
} as const satisfies ReceiverEvent;

const settled = {
	type: 'settled',
	state: 'handled',
	endpoint: 'invoices',
	id: 7,
	attempt: 1,
	kind: 'extraction',
	modelId: 'a-model',
	milliseconds: 40,
	ageMilliseconds: 2_000,
	errorName: null,
	retryMilliseconds: null,
	codes: [],
} as const satisfies ReceiverEvent;

const attributes = { endpoint: 'invoices', id: 7, attempt: 1, bytes: 9_000 };

function spanNamed(name: string): ReadableSpan {
	const found = spans.getFinishedSpans().filter((span) => span.name === name);
	assert.equal(found.length, 1, `${found.length} spans ${name}`);
	return found[0] as ReadableSpan;
}

/** Takes a request, as a receiver does. */
const receive = (observer: Required<Observer>, event: ReceiverEvent = request): Promise<string> =>
	observer.around('receive', {}, async () => {
		await new Promise((resolve) => setImmediate(resolve));
		observer.event(event);
		return 'answered';
	});

/** Works on a delivery, as a receiver does. */
const handle = (observer: Required<Observer>, event: ReceiverEvent, work = async () => {}): Promise<string> =>
	observer.around('handle', attributes, async () => {
		await work();
		observer.event(event);
		return 'done';
	});

test('a request is a span within the server span, and its result is passed on', async () => {
	const { observer } = registered();
	const server = api.trace.getTracer('http').startSpan('POST');
	const result = await api.context.with(api.trace.setSpan(api.context.active(), server), () => receive(observer));
	assert.equal(result, 'answered');
	const span = spanNamed('mindhook.receive');
	assert.equal(span.kind, api.SpanKind.INTERNAL);
	assert.equal(span.parentSpanContext?.spanId, server.spanContext().spanId);
	assert.equal(span.status.code, api.SpanStatusCode.UNSET);
	assert.deepEqual(span.attributes, {
		'messaging.system': 'mindhook',
		'messaging.operation.name': 'receive',
		'messaging.operation.type': 'receive',
		'mindhook.outcome': 'saved',
		'http.response.status_code': 200,
		'messaging.destination.name': 'invoices',
		'messaging.message.id': '7',
		'messaging.message.body.size': 9_000,
	});
});

test('the work on a delivery is a trace of its own, linked to its request, and spans of the handler are its children', async () => {
	const { observer } = registered();
	await receive(observer);
	const server = api.trace.getTracer('http').startSpan('POST of somebody else');
	await api.context.with(api.trace.setSpan(api.context.active(), server), () =>
		handle(observer, settled, async () => {
			await new Promise((resolve) => setImmediate(resolve));
			api.trace.getTracer('shop').startSpan('save the invoice').end();
		}),
	);
	const span = spanNamed('mindhook.handle');
	assert.equal(span.kind, api.SpanKind.CONSUMER);
	assert.equal(span.parentSpanContext, undefined);
	assert.deepEqual(
		span.links.map((link) => link.context.spanId),
		[spanNamed('mindhook.receive').spanContext().spanId],
	);
	assert.equal(spanNamed('save the invoice').parentSpanContext?.spanId, span.spanContext().spanId);
	assert.deepEqual(span.attributes, {
		'messaging.system': 'mindhook',
		'messaging.operation.name': 'handle',
		'messaging.operation.type': 'process',
		'messaging.destination.name': 'invoices',
		'messaging.message.id': '7',
		'messaging.message.body.size': 9_000,
		'mindhook.attempt': 1,
		'mindhook.state': 'handled',
		'mindhook.kind': 'extraction',
		'mindhook.model_id': 'a-model',
	});
});

test('a failure is an error with the type of what was thrown, and nothing of its text', async () => {
	const { observer } = registered();
	await handle(observer, { ...settled, state: 'failed', errorName: 'RangeError', retryMilliseconds: 1_500 });
	const span = spanNamed('mindhook.handle');
	assert.deepEqual(span.status, { code: api.SpanStatusCode.ERROR });
	assert.equal(span.attributes['error.type'], 'RangeError');
	assert.equal(span.attributes['mindhook.retry_seconds'], 1.5);
	assert.deepEqual(
		span.events.map((event) => [event.name, event.attributes]),
		[['exception', { 'exception.type': 'RangeError' }]],
	);
});

test('a quarantined delivery is an error with the codes of its issues', async () => {
	const { observer } = registered();
	await handle(observer, { ...settled, state: 'quarantined', kind: null, modelId: null, codes: ['json.syntax'] });
	const span = spanNamed('mindhook.handle');
	assert.equal(span.status.code, api.SpanStatusCode.ERROR);
	assert.deepEqual([span.attributes['error.type'], span.attributes['mindhook.codes']], ['quarantined', 'json.syntax']);
});

test('a refusal is no error, an answer of 503 is one', async () => {
	const { observer } = registered();
	await receive(observer, { ...request, outcome: 'signature_mismatch', status: 401, id: null });
	assert.equal(spanNamed('mindhook.receive').status.code, api.SpanStatusCode.UNSET);
	spans.reset();
	await receive(observer, { ...request, outcome: 'inbox_unavailable', status: 503, id: null });
	const span = spanNamed('mindhook.receive');
	assert.equal(span.status.code, api.SpanStatusCode.ERROR);
	assert.equal(span.attributes['error.type'], 'inbox_unavailable');
});

test('work that rejects ends its span as an error, and rejects with the same', async () => {
	const { observer } = registered();
	const thrown = new TypeError('a secret in a text');
	await assert.rejects(
		observer.around('handle', attributes, () => Promise.reject(thrown)),
		(error) => error === thrown,
	);
	const span = spanNamed('mindhook.handle');
	assert.equal(span.attributes['error.type'], 'TypeError');
	assert.ok(!JSON.stringify([span.attributes, span.events, span.status]).includes('secret'));
});

test('an event outside of its span changes no span of others', async () => {
	const { observer } = registered();
	const other = api.trace.getTracer('shop').startSpan('other');
	api.context.with(api.trace.setSpan(api.context.active(), other), () => observer.event(request));
	other.end();
	assert.deepEqual(spanNamed('other').attributes, {});
});

test('counters and histograms are named after the conventions, and count', async () => {
	const { observer, reader } = registered();
	observer.event({ type: 'started', endpoints: ['invoices'] });
	observer.event(request);
	observer.event({ ...request, outcome: 'duplicate' });
	observer.event(settled);
	observer.event({ ...settled, state: 'released', kind: null });
	observer.event({ type: 'saved', source: 'reconcile', endpoint: 'invoices', id: 8, duplicate: false, bytes: 10 });
	observer.event({ type: 'claim_lost', endpoint: 'invoices', id: 7, attempt: 1 });
	observer.event({ type: 'fault', stage: 'inbox', id: null, errorName: 'InboxError' });
	await reader.forceFlush();
	const found = new Map(
		(measures.getMetrics().at(-1)?.scopeMetrics ?? []).flatMap((scope) =>
			scope.metrics.map(({ descriptor, dataPoints }) => [
				descriptor.name,
				{ unit: descriptor.unit, points: dataPoints.map(({ attributes: of, value }) => ({ of, value })) },
			]),
		),
	);
	const endpoint = { 'messaging.destination.name': 'invoices' };
	assert.deepEqual(found.get('mindhook.requests')?.points, [
		{ of: { ...endpoint, 'mindhook.outcome': 'saved' }, value: 1 },
		{ of: { ...endpoint, 'mindhook.outcome': 'duplicate' }, value: 1 },
	]);
	assert.deepEqual(
		found.get('mindhook.settled')?.points.map(({ of }) => of['mindhook.state']),
		['handled', 'released'],
	);
	for (const [name, unit, sum] of [
		['mindhook.request.duration', 's', 0.006],
		['mindhook.body.size', 'By', 18_010],
		['messaging.process.duration', 's', 0.04],
		['mindhook.age', 's', 2],
	] as const) {
		const metric = found.get(name);
		const value = metric?.points[0]?.value as { sum: number } | undefined;
		assert.deepEqual([metric?.unit, value?.sum], [unit, sum], name);
	}
	for (const name of ['mindhook.saves', 'mindhook.claims_lost', 'mindhook.faults']) {
		assert.equal(found.get(name)?.points[0]?.value, 1, name);
	}
});

test('without an SDK the work is done, and nothing else', async () => {
	const observer = openTelemetry(api) as Required<Observer>;
	assert.equal(await receive(observer), 'answered');
	assert.equal(await handle(observer, settled), 'done');
});

test('without a context manager there are spans all the same', async () => {
	const { observer } = registered({ contexts: false });
	assert.equal(await handle(observer, settled), 'done');
	assert.equal(spanNamed('mindhook.handle').attributes['messaging.message.id'], '7');
});

test('an OpenTelemetry that throws at every call costs no work, and the work runs once', async () => {
	const broken = (where: string): OpenTelemetryApi => {
		const boom = (): never => {
			throw new Error(`broken ${where}`);
		};
		const span = { ...api.trace.wrapSpanContext(api.INVALID_SPAN_CONTEXT), end: boom, setAttributes: boom };
		return {
			...api,
			trace: {
				getTracer: () => ({ startSpan: where === 'start' ? boom : () => span as never }),
				setSpan: where === 'set' ? boom : (context) => context,
				getActiveSpan: () => undefined,
			},
			context: {
				active: () => ({}),
				with: (_, work) => {
					if (where === 'before') boom();
					const result = work();
					if (where === 'after') boom();
					return result;
				},
			},
		};
	};
	for (const where of ['start', 'set', 'before', 'after', 'end']) {
		const observer = openTelemetry(broken(where)) as Required<Observer>;
		let runs = 0;
		const result = await observer.around('handle', attributes, async () => {
			runs += 1;
			return where;
		});
		assert.deepEqual([result, runs], [where, 1]);
	}
});

test('the links to requests are bounded', async () => {
	const { observer } = registered();
	for (let id = 1; id <= 10_001; id += 1) {
		await observer.around('receive', {}, async () => observer.event({ ...request, id }));
	}
	spans.reset();
	for (const id of [1, 10_001]) await observer.around('handle', { ...attributes, id }, async () => {});
	assert.deepEqual(
		spans.getFinishedSpans().map((span) => span.links.length),
		[0, 1],
	);
});

test('what is not the module is refused at once', () => {
	for (const wrong of [undefined, null, {}, api.trace]) {
		assert.throws(() => openTelemetry(wrong as unknown as OpenTelemetryApi), /npm install @opentelemetry\/api/);
	}
});
