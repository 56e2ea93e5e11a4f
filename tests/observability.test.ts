/** What a receiver tells of itself: every outcome over real sockets, then what is in the logs, the metrics and the traces. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import * as api from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
	AggregationTemporality,
	InMemoryMetricExporter,
	MeterProvider,
	PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { signPayload } from 'mindhook';
import { type Inbox, openInbox } from 'mindhook/inbox';
import { nodeListener, nodeMonitor } from 'mindhook/node';
import {
	createMetrics,
	createMonitor,
	createReceiver,
	type LogFields,
	type OutcomeName,
	openTelemetry,
	type Receiver,
} from 'mindhook/receiver';
import { parseExposition } from '../pkg/src/receiver/exposition-parser.js';
import { outcomeNames } from '../pkg/src/receiver/outcome.js';

// None of these may be anywhere in what is logged, measured or traced.
const secret = 'MARKER-signing-secret';
const token = 'MARKER-token';
const marks = (body: Uint8Array): string[] => ['MARKER', signPayload(body, secret)];

const extraction = (total: string): Buffer =>
	Buffer.from(
		JSON.stringify({
			inference: {
				id: '64abcf17-cbee-4807-802a-485aff3ac52e',
				job: { id: 'f6c7df15-6b24-4e62-b88b-b6989e7b2adb' },
				model: { id: 'ee950e6b-8f5c-4cd5-9149-d5e9139e2d66' },
				file: { name: 'MARKER-file.pdf', alias: 'MARKER-alias', page_count: 1, mime_type: 'application/pdf' },
				result: { fields: { total: { value: `MARKER-${total}`, confidence: null, locations: [] } } },
				active_options: {
					raw_text: false,
					polygon: false,
					confidence: false,
					rag: false,
					text_context: false,
					data_schema: { replace: false },
				},
			},
		}),
	);

interface Line {
	readonly level: string;
	readonly fields: LogFields;
}

interface House {
	readonly file: string;
	readonly inbox: Inbox;
	readonly receiver: Receiver;
	readonly lines: Line[];
	/** Posts a body, signed unless the headers say otherwise, and gives the outcome that is answered. */
	post(body: Uint8Array, headers?: Record<string, string>, path?: string): Promise<string>;
	/** Sends bytes as they are; gives the outcome that is answered, or breaks off after `abortMilliseconds`. */
	raw(lines: readonly string[], rest: string, abortMilliseconds?: number): Promise<string>;
	/** What the monitor answers on its own port. */
	ask(path: string): Promise<{ status: number; text: string }>;
}

async function listening(server: Server): Promise<number> {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return (server.address() as AddressInfo).port;
}

const path = `/invoices?token=${token}`;

async function withHouse(use: (house: House) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'mindhook-observability-'));
	const file = join(folder, 'inbox.db');
	const inbox = await openInbox(`sqlite:${file}`);
	const lines: Line[] = [];
	const at = (level: string) => (fields: LogFields, message: string) => {
		lines.push({ level, fields: { ...fields, message } });
	};
	const metrics = createMetrics();
	const receiver = createReceiver({
		inbox,
		endpoints: { invoices: { secret, token }, receipts: { secret } },
		onPayload(payload) {
			api.trace.getTracer('shop').startSpan('handler').end();
			if (payload.get('/inference/result/fields/total/value') === 'MARKER-poison') {
				throw new RangeError('MARKER: this total cannot be');
			}
		},
		limits: { bytes: 100_000, bodiesBytes: 100_000, bodyMilliseconds: 5_000 },
		retry: { attempts: 2, firstMilliseconds: 10 },
		pollMilliseconds: 20,
		logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
		observers: [metrics, openTelemetry(api)],
	});
	const listener = nodeListener(receiver);
	const readFirst = async (request: IncomingMessage): Promise<void> => {
		for await (const _ of request);
	};
	const server = createServer((request, response) => {
		// A middleware that took the body already.
		if (request.headers['x-read-first'] === undefined) listener(request, response);
		else void readFirst(request).then(() => listener(request, response));
	});
	const monitorServer = createServer(
		nodeMonitor(createMonitor({ receiver, inbox, metrics, timeoutMilliseconds: 200 })),
	);
	const port = await listening(server);
	const monitorPort = await listening(monitorServer);
	try {
		await use({
			file,
			inbox,
			receiver,
			lines,
			async post(body, headers = {}, target = path) {
				const sent = { 'content-type': 'application/json', 'x-signature': signPayload(body, secret), ...headers };
				const response = await fetch(`http://127.0.0.1:${port}${target}`, {
					method: 'POST',
					headers: sent,
					body: Buffer.from(body),
				});
				return ((await response.json()) as { outcome: string }).outcome;
			},
			async raw(head, rest, abortMilliseconds) {
				const socket = connect(port, '127.0.0.1');
				let text = '';
				socket.setEncoding('latin1').on('data', (chunk) => {
					text += chunk;
					if (/"outcome":"\w+"\}$/.test(text)) socket.destroy();
				});
				socket.on('error', () => {});
				const closed = once(socket, 'close');
				socket.write([...head, 'Host: localhost', '', rest].join('\r\n'));
				if (abortMilliseconds !== undefined) setTimeout(() => socket.destroy(), abortMilliseconds);
				await closed;
				return /"outcome":"(\w+)"/.exec(text)?.[1] ?? '';
			},
			async ask(target) {
				const response = await fetch(`http://127.0.0.1:${monitorPort}${target}`);
				return { status: response.status, text: await response.text() };
			},
		});
	} finally {
		for (const one of [server, monitorServer]) {
			one.closeAllConnections();
			one.close();
		}
		await receiver.close({ milliseconds: 100 });
		await inbox.close();
		rmSync(folder, { recursive: true });
	}
}

/** Waits for what will be true, but not for ever. */
async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
	for (const deadline = Date.now() + 20_000; !(await isTrue()); ) {
		assert.ok(Date.now() < deadline, `waited too long for ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

/** The head of a POST that is right in everything. */
const head = (length: number): string[] => [
	`POST ${path} HTTP/1.1`,
	'Content-Type: application/json',
	`X-Signature: ${'0'.repeat(64)}`,
	`Content-Length: ${length}`,
];

/** What holds the inbox's file, so that it takes no writes. */
function lock(file: string): { release(): void } {
	const other = new DatabaseSync(file);
	other.exec('BEGIN IMMEDIATE');
	return {
		release() {
			other.exec('ROLLBACK');
			other.close();
		},
	};
}

test('every outcome is answered, counted, logged and traced, and no payload value, secret or token is told', async (t) => {
	const spans = new InMemorySpanExporter();
	const measures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
	const reader = new PeriodicExportingMetricReader({ exporter: measures, exportIntervalMillis: 3_600_000 });
	api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
	api.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
	api.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
	const printed: string[] = [];
	for (const name of ['log', 'warn', 'error'] as const) {
		t.mock.method(console, name, (...parts: unknown[]) => printed.push(parts.map(String).join(' ')));
	}

	await withHouse(async ({ file, inbox, receiver, lines, post, raw, ask }) => {
		const good = extraction('4.20');
		const answered: string[] = [];
		const expected = (...outcomes: OutcomeName[]): void => assert.deepEqual(answered.splice(0), outcomes);

		answered.push(await post(good), await post(good), await post(good, {}, '/receipts'));
		expected('saved', 'duplicate', 'saved');
		answered.push(await post(extraction('poison')), await post(Buffer.from('{"MARKER": ')));
		expected('saved', 'saved');
		answered.push(await post(good, { 'x-signature': '' }), await post(good, { 'x-signature': 'f'.repeat(64) }));
		expected('signature_missing', 'signature_mismatch');
		answered.push(
			await raw([...head(2), 'X-Signature: 00'], '{}'),
			await post(good, {}, '/invoices?token=MARKER-wrong'),
		);
		expected('signature_repeated', 'token_mismatch');
		answered.push(await post(good, {}, '/MARKER-elsewhere'));
		answered.push(await raw([`GET ${path} HTTP/1.1`], ''));
		expected('unknown_path', 'method_not_allowed');
		answered.push(await post(good, { 'content-type': 'text/plain' }), await post(good, { 'content-encoding': 'gzip' }));
		expected('media_type_unsupported', 'encoding_unsupported');
		answered.push(await raw(head(100_001), ''), await post(good, { 'x-read-first': '1' }));
		expected('body_too_large', 'body_already_read');
		const slow = raw(head(90_000), ' '.repeat(85_000));
		await until('a body that is being read', () => receiver.state.bodiesBytes > 80_000);
		answered.push(await raw(head(20_000), ''), await slow);
		expected('overloaded', 'body_too_slow');
		await raw(head(50), '{', 50);
		await until('a broken upload', () => lines.some(({ fields }) => fields.outcome === 'body_incomplete'));
		const headers = new Proxy({}, { ownKeys: () => assert.fail('MARKER: headers broke') });
		const broken = { method: 'POST', url: path, headers, body: new Uint8Array(0) };
		answered.push((await receiver.receive(broken)).name);
		expected('internal_error');

		// Before the file is locked, so that what was saved has come to its end.
		await until('both attempts', () => lines.some(({ fields }) => fields.state === 'dead'));
		await until('the quarantine', () => lines.some(({ fields }) => fields.state === 'quarantined'));
		await receiver.idle();
		const locked = lock(file);
		answered.push(await post(extraction('5')));
		locked.release();
		expected('inbox_unavailable');
		await receiver.save({ body: extraction('6'), endpoint: 'invoices', source: 'reconcile' });
		await receiver.idle();
		await receiver.close();
		answered.push(await post(good));
		expected('closing');

		const { status, text } = await ask('/metrics');
		assert.equal(status, 200);
		const { value, types } = parseExposition(text);
		const invoices: Partial<Record<OutcomeName, number>> = { saved: 3, closing: 0, unknown_path: 0 };
		for (const outcome of outcomeNames) {
			const count = value('mindhook_requests_total', { endpoint: 'invoices', outcome });
			assert.equal(count, invoices[outcome] ?? (outcome === 'overloaded' ? count : 1), outcome);
		}
		for (const outcome of ['unknown_path', 'closing'] as const) {
			assert.equal(value('mindhook_requests_total', { endpoint: '', outcome }), 1, outcome);
		}
		assert.equal(value('mindhook_requests_total', { endpoint: 'invoices', outcome: 'overloaded' }), 1);
		assert.equal(value('mindhook_requests_total', { endpoint: 'receipts', outcome: 'saved' }), 1);
		assert.equal(value('mindhook_saves_total', { endpoint: 'invoices', source: 'reconcile', duplicate: 'false' }), 1);
		for (const [state, kind, count] of [
			['handled', 'extraction', 2],
			['failed', 'extraction', 1],
			['dead', 'extraction', 1],
			['quarantined', 'unread', 1],
		] as const) {
			assert.equal(value('mindhook_settled_total', { endpoint: 'invoices', state, kind }), count, state);
		}
		const stats = await inbox.stats();
		for (const [state, count] of Object.entries(stats.deliveries)) {
			assert.equal(value('mindhook_inbox_deliveries', { state }), count, state);
		}
		// The body that was read before, the headers that broke, the inbox that was locked.
		assert.equal(value('mindhook_faults_total', { stage: 'receive' }), 3);
		assert.equal(value('mindhook_inbox_up'), 1);

		// The page names each metric with its type, and no other.
		const page = readFileSync(join(import.meta.dirname, '../../../docs/observability.md'), 'utf8');
		const documented = [...page.matchAll(/^\| `(mindhook_\w+)` \| (\w+) \|/gm)].map(([, name, type]) => [name, type]);
		assert.deepEqual(documented.sort(), [...types].sort());
		const fieldNames = new Set(lines.flatMap(({ fields }) => Object.keys(fields)));
		for (const name of fieldNames) assert.ok(name === 'message' || page.includes(`\`${name}\``), name);

		// One line for each request and each end, with the same numbers.
		const requests = lines.filter(({ fields }) => fields.event === 'request');
		const counted = [...text.matchAll(/^mindhook_requests_total\{.*\} (\d+)$/gm)].reduce(
			(sum, [, count]) => sum + Number(count),
			0,
		);
		assert.equal(requests.length, counted);
		assert.deepEqual(new Set(requests.map(({ fields }) => fields.outcome)), new Set(outcomeNames));
		const ends = lines.filter(({ fields }) => fields.event === 'settled');
		assert.deepEqual(ends.map(({ fields }) => `${fields.endpoint} ${fields.state} ${fields.errorName}`).sort(), [
			'invoices dead RangeError',
			'invoices failed RangeError',
			'invoices handled null',
			'invoices handled null',
			'invoices quarantined null',
			'receipts handled null',
		]);

		const finished = spans.getFinishedSpans();
		assert.equal(finished.filter(({ name }) => name === 'mindhook.receive').length, requests.length);
		const handles = finished.filter(({ name }) => name === 'mindhook.handle');
		assert.equal(handles.length, ends.length);
		assert.ok(handles.every(({ attributes }) => typeof attributes['mindhook.state'] === 'string'));
		const made = new Set(handles.map((span) => span.spanContext().spanId));
		const children = finished.filter(({ name }) => name === 'handler');
		assert.equal(children.length, 5);
		assert.ok(children.every(({ parentSpanContext }) => made.has(parentSpanContext?.spanId ?? '')));
		assert.equal(handles.filter(({ links }) => links.length === 1).length, 5);

		const attributeNames = finished.flatMap(({ attributes }) => Object.keys(attributes));
		for (const name of attributeNames) assert.ok(page.includes(`\`${name}\``), name);
		await reader.forceFlush();
		for (const { name } of measures
			.getMetrics()
			.flatMap(({ scopeMetrics }) =>
				scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor)),
			)) {
			assert.ok(page.includes(`\`${name}\``), name);
		}
		const traced = finished.map(({ name, attributes, events, status: how, links }) => ({
			name,
			attributes,
			events,
			how,
			links,
		}));
		const all =
			JSON.stringify([lines, traced, measures.getMetrics().map(({ scopeMetrics }) => scopeMetrics), printed]) + text;
		for (const mark of marks(good))
			assert.ok(!all.includes(mark), `${mark} was told: ${all.slice(all.indexOf(mark) - 200).slice(0, 300)}`);
	});
	for (const part of [api.context, api.trace, api.metrics]) part.disable();
});

test('/readyz is 503 while the inbox takes no writes, and 200 again when it does; /healthz stays 200', async () => {
	await withHouse(async ({ file, ask, inbox, receiver }) => {
		assert.deepEqual(await ask('/readyz'), { status: 200, text: '{"status":"ready"}' });
		const locked = lock(file);
		await until('/readyz to be 503', async () => (await ask('/readyz')).status === 503);
		assert.equal((await ask('/healthz')).status, 200);
		locked.release();
		await until('/readyz to be 200 again', async () => (await ask('/readyz')).status === 200);
		assert.equal((await ask('/elsewhere')).status, 404);

		await receiver.close();
		assert.equal((await ask('/readyz')).status, 503);
		assert.equal((await ask('/healthz')).text, '{"status":"closing"}');
		await inbox.close();
		await until('the gauges to be gone', async () => (await ask('/metrics')).text.includes('\nmindhook_inbox_up 0\n'));
	});
});

test('/readyz is 503 once the inbox is closed', async () => {
	await withHouse(async ({ ask, inbox }) => {
		assert.equal((await ask('/readyz')).status, 200);
		await inbox.close();
		await until('/readyz to be 503', async () => (await ask('/readyz')).status === 503);
	});
});
