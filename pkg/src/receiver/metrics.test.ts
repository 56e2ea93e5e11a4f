import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReceiverEvent } from './event.js';
import { Counter, Gauge, Histogram } from './exposition.js';
import { parseExposition } from './exposition-parser.js';
import { createMetrics } from './metrics.js';
import { outcomeNames } from './outcome.js';

const request = {
	type: 'request',
	outcome: 'saved',
	status: 200,
	endpoint: 'invoices',
	id: 1,
	bytes: 9_000,
	milliseconds: 3,
} as const satisfies ReceiverEvent;

const settled = {
	type: 'settled',
	state: 'handled',
	endpoint: 'invoices',
	id: 1,
	attempt: 1,
	kind: 'extraction',
	modelId: 'a-model',
	milliseconds: 40,
	ageMilliseconds: 2_000,
	errorName: null,
	retryMilliseconds: null,
	codes: [],
} as const satisfies ReceiverEvent;

function measured(...events: ReceiverEvent[]): ReturnType<typeof parseExposition> {
	const metrics = createMetrics();
	for (const event of events) metrics.event(event);
	return parseExposition(metrics.text());
}

test('every outcome, of each endpoint and of none, is there with 0 before anything happens', () => {
	const { value, samples } = measured({ type: 'started', endpoints: ['invoices', 'receipts'] });
	for (const endpoint of ['', 'invoices', 'receipts']) {
		for (const outcome of outcomeNames) assert.equal(value('mindhook_requests_total', { endpoint, outcome }), 0);
	}
	assert.equal(value('mindhook_settled_total', { endpoint: 'invoices', state: 'dead', kind: 'ocr' }), 0);
	assert.equal(value('mindhook_settled_total', { endpoint: 'invoices', state: 'quarantined', kind: 'unread' }), 0);
	assert.equal(value('mindhook_faults_total', { stage: 'inbox' }), 0);
	assert.ok(samples.every((sample) => sample.value === 0));
});

test('requests are counted by endpoint and outcome, with how long they took and how long they were', () => {
	const { value } = measured(request, request, {
		...request,
		outcome: 'unknown_path',
		endpoint: null,
		bytes: null,
		milliseconds: 700,
	});
	const endpoint = 'invoices';
	assert.equal(value('mindhook_requests_total', { endpoint, outcome: 'saved' }), 2);
	assert.equal(value('mindhook_requests_total', { endpoint: '', outcome: 'unknown_path' }), 1);
	assert.equal(value('mindhook_request_seconds_bucket', { endpoint, le: '0.0025' }), 0);
	assert.equal(value('mindhook_request_seconds_bucket', { endpoint, le: '0.005' }), 2);
	assert.equal(value('mindhook_request_seconds_sum', { endpoint }), 0.006);
	assert.equal(value('mindhook_request_seconds_count', { endpoint: '' }), 1);
	assert.equal(value('mindhook_body_bytes_sum', { endpoint }), 18_000);
	assert.throws(() => value('mindhook_body_bytes_sum', { endpoint: '' }));
});

test('the age is measured once for each delivery, the work at each attempt, and what was not begun not at all', () => {
	const { value } = measured(
		{ ...settled, state: 'failed', errorName: 'Error', retryMilliseconds: 10 },
		{ ...settled, attempt: 2 },
		{ ...settled, id: 2, state: 'quarantined', kind: null, codes: ['json.syntax'] },
		{ ...settled, id: 3, state: 'released', kind: null },
	);
	const endpoint = 'invoices';
	assert.equal(value('mindhook_settled_total', { endpoint, state: 'failed', kind: 'extraction' }), 1);
	assert.equal(value('mindhook_settled_total', { endpoint, state: 'quarantined', kind: 'unread' }), 1);
	assert.equal(value('mindhook_settled_total', { endpoint, state: 'released', kind: 'unread' }), 1);
	assert.equal(value('mindhook_handle_seconds_count', { endpoint }), 3);
	assert.equal(value('mindhook_age_seconds_count', { endpoint }), 2);
	assert.equal(value('mindhook_age_seconds_sum', { endpoint }), 4);
});

test('saves without a request, lost claims and faults are counted', () => {
	const { value } = measured(
		{ type: 'saved', source: 'reconcile', endpoint: 'invoices', id: 1, duplicate: true, bytes: 10 },
		{ type: 'claim_lost', endpoint: 'invoices', id: 1, attempt: 1 },
		{ type: 'fault', stage: 'inbox', id: 1, errorName: 'InboxError' },
	);
	const endpoint = 'invoices';
	assert.equal(value('mindhook_saves_total', { endpoint, source: 'reconcile', duplicate: 'true' }), 1);
	assert.equal(value('mindhook_claims_lost_total', { endpoint }), 1);
	assert.equal(value('mindhook_faults_total', { stage: 'inbox' }), 1);
});

test('model IDs, delivery numbers and names of errors are no labels', () => {
	const { samples } = measured(request, { ...settled, state: 'dead', errorName: 'OddError' });
	const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
	assert.deepEqual([...labels].sort(), ['endpoint', 'kind', 'le', 'outcome', 'stage', 'state']);
});

test('the number of series is bounded, whatever names come', () => {
	const metrics = createMetrics();
	for (let index = 0; index < 1_000; index += 1) metrics.event({ ...request, endpoint: `endpoint-${index}` });
	const { samples, value } = parseExposition(metrics.text());
	const endpoints = new Set(samples.map(({ labels }) => labels.endpoint));
	assert.ok(endpoints.size <= 202, `${endpoints.size} endpoints`);
	assert.equal(value('mindhook_requests_total', { endpoint: '_other', outcome: 'saved' }), 800);
});

test('a clock that jumped back does not make a histogram shrink', () => {
	const { value } = measured({ ...settled, ageMilliseconds: -5_000, milliseconds: Number.NaN });
	assert.equal(value('mindhook_age_seconds_sum', { endpoint: 'invoices' }), 0);
	assert.equal(value('mindhook_handle_seconds_sum', { endpoint: 'invoices' }), 0);
});

test('quotes, backslashes and line feeds in label values and help texts are escaped', () => {
	const counter = new Counter('odd_total', 'A \\ and\na line.', ['name']);
	counter.add(['a "quoted"\\ name\nof two lines'], 2);
	const gauge = new Gauge('level', 'A level.').set(Number.POSITIVE_INFINITY);
	const histogram = new Histogram('size', 'Sizes.', [], [1, 2.5]);
	histogram.observe([], 2);
	const text = counter.text() + gauge.text() + histogram.text();
	const { value } = parseExposition(text);
	assert.equal(value('odd_total', { name: 'a "quoted"\\ name\nof two lines' }), 2);
	assert.equal(value('level'), Number.POSITIVE_INFINITY);
	assert.deepEqual(
		text.split('\n').filter((line) => line.startsWith('size')),
		['size_bucket{le="1"} 0', 'size_bucket{le="2.5"} 1', 'size_bucket{le="+Inf"} 1', 'size_sum 2', 'size_count 1'],
	);
	assert.match(text, /^# HELP odd_total A \\\\ and\\na line\.$/m);
});

test('the parser of these tests refuses what is wrong', () => {
	for (const [why, text] of [
		['no line feed', '# HELP a A.\n# TYPE a gauge\na 1'],
		['no HELP', '# TYPE a gauge\na 1\n'],
		['no TYPE', '# HELP a A.\na 1\n'],
		['twice', '# HELP a A.\n# TYPE a gauge\na 1\na 1\n'],
		['a bare quote', '# HELP a A.\n# TYPE a gauge\na{b="c"d"} 1\n'],
		['a bare backslash', '# HELP a A.\n# TYPE a gauge\na{b="c\\d"} 1\n'],
		['no number', '# HELP a A.\n# TYPE a gauge\na one\n'],
		['a counter without _total', '# HELP a A.\n# TYPE a counter\na 1\n'],
		['no +Inf', '# HELP a A.\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n'],
		['a count that is not +Inf', '# HELP a A.\n# TYPE a histogram\na_bucket{le="+Inf"} 1\na_sum 1\na_count 2\n'],
	] as const) {
		assert.throws(() => parseExposition(text), why);
	}
});
