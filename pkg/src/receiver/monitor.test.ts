import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InboxStats } from 'mindhook/inbox';
import { parseExposition } from './exposition-parser.js';
import { createMetrics } from './metrics.js';
import { createMonitor, type MonitorOptions } from './monitor.js';

const stats: InboxStats = {
	deliveries: { received: 1, handled: 2, failed: 3, dead: 4, quarantined: 5 },
	bodyBytes: 600,
	storedBytes: 7_000,
	oldestWaitingAt: null,
	expectedJobs: 8,
};

const idle = { closing: false, taking: 0, handling: 0, waiting: 0, runaways: 0, bodiesBytes: 0 };
const working = { ready: async () => {}, stats: async () => stats };

function monitorOf(options: Partial<MonitorOptions> = {}): ReturnType<typeof createMonitor> {
	return createMonitor({ receiver: { state: idle }, inbox: working, ...options });
}

test('a receiver that takes deliveries is healthy and ready', async () => {
	const monitor = monitorOf();
	for (const [path, status] of [
		['/healthz', 'ok'],
		['/readyz?verbose', 'ready'],
	] as const) {
		const answer = await monitor.respond('GET', path);
		assert.deepEqual([answer?.status, answer?.body], [200, JSON.stringify({ status })]);
		assert.equal(answer?.headers['content-length'], String(answer?.body.length));
		assert.equal(answer?.headers['cache-control'], 'no-store');
	}
});

test('a receiver that closes is healthy but not ready', async () => {
	const monitor = monitorOf({ receiver: { state: { ...idle, closing: true } } });
	assert.equal((await monitor.respond('GET', '/healthz'))?.body, '{"status":"closing"}');
	const ready = await monitor.respond('GET', '/readyz');
	assert.deepEqual([ready?.status, ready?.headers['content-type']], [503, 'application/problem+json']);
});

test('an inbox that takes no writes, throws or hangs makes /readyz answer 503, without its reason', async () => {
	const secretive = 'cannot reach postgres://user:hunter2@db';
	const inboxes: MonitorOptions['inbox'][] = [
		{ ...working, ready: () => Promise.reject(new Error(secretive)) },
		{
			...working,
			ready: () => {
				throw new Error(secretive);
			},
		},
		{ ...working, ready: () => new Promise(() => {}) },
	];
	for (const inbox of inboxes) {
		const monitor = monitorOf({ inbox, timeoutMilliseconds: 20 });
		const answer = await monitor.respond('GET', '/readyz');
		assert.equal(answer?.status, 503);
		assert.deepEqual(JSON.parse(answer?.body ?? ''), {
			type: 'about:blank',
			title: 'Service Unavailable',
			status: 503,
			detail: 'The inbox takes no writes now.',
		});
		assert.equal((await monitor.respond('GET', '/healthz'))?.status, 200);
	}
});

test('a thousand probes ask the inbox once, and one that hangs is not asked again', async () => {
	let asked = 0;
	const counting = (answer: () => Promise<void>): MonitorOptions['inbox'] => ({
		...working,
		ready: () => {
			asked += 1;
			return answer();
		},
	});
	const quick = monitorOf({ inbox: counting(async () => {}) });
	await Promise.all(Array.from({ length: 1_000 }, () => quick.respond('GET', '/readyz')));
	await quick.respond('GET', '/readyz');
	assert.equal(asked, 1);

	asked = 0;
	const hanging = monitorOf({ inbox: counting(() => new Promise(() => {})), timeoutMilliseconds: 5 });
	for (let probe = 0; probe < 3; probe += 1) assert.equal((await hanging.respond('GET', '/readyz'))?.status, 503);
	assert.equal(asked, 1);
});

test('an inbox that throws at once is asked again later, and ready is ready again', async (t) => {
	t.mock.timers.enable({ apis: ['setTimeout'] });
	let now = 1_000;
	t.mock.method(performance, 'now', () => now);
	let fails = true;
	const monitor = monitorOf({
		inbox: {
			...working,
			ready: () => {
				if (fails) throw new Error('full');
				return Promise.resolve();
			},
		},
	});
	assert.equal((await monitor.respond('GET', '/readyz'))?.status, 503);
	fails = false;
	now += 999;
	assert.equal((await monitor.respond('GET', '/readyz'))?.status, 503);
	now += 2;
	assert.equal((await monitor.respond('GET', '/readyz'))?.status, 200);
	fails = true;
	now += 1_001;
	assert.equal((await monitor.respond('GET', '/readyz'))?.status, 503);
});

test('/metrics has the counters, and the gauges of the receiver and of the inbox', async () => {
	const metrics = createMetrics();
	metrics.event({ type: 'started', endpoints: ['default'] });
	const monitor = monitorOf({
		metrics,
		receiver: { state: { closing: true, taking: 1, handling: 2, waiting: 3, runaways: 4, bodiesBytes: 5 } },
		inbox: { ...working, stats: async () => ({ ...stats, oldestWaitingAt: new Date(Date.now() - 90_000) }) },
	});
	const answer = await monitor.respond('GET', '/metrics');
	assert.equal(answer?.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
	const { value } = parseExposition(answer?.body ?? '');
	assert.equal(value('mindhook_requests_total', { endpoint: 'default', outcome: 'saved' }), 0);
	assert.deepEqual(
		['taking', 'handling', 'waiting', 'runaways', 'bodies_bytes', 'closing'].map((name) => value(`mindhook_${name}`)),
		[1, 2, 3, 4, 5, 1],
	);
	assert.deepEqual(
		['up', 'body_bytes', 'stored_bytes'].map((name) => value(`mindhook_inbox_${name}`)),
		[1, 600, 7_000],
	);
	for (const [state, count] of Object.entries(stats.deliveries)) {
		assert.equal(value('mindhook_inbox_deliveries', { state }), count);
	}
	assert.equal(value('mindhook_inbox_expected_jobs'), 8);
	const age = value('mindhook_inbox_oldest_waiting_seconds');
	assert.ok(age >= 90 && age < 100, `${age} s`);
});

test('/metrics answers without the inbox too, and says that it is down', async () => {
	for (const failing of [() => Promise.reject(new Error('down')), () => new Promise<never>(() => {})]) {
		const monitor = monitorOf({ inbox: { ...working, stats: failing }, timeoutMilliseconds: 20 });
		const answer = await monitor.respond('GET', '/metrics');
		const { value, types } = parseExposition(answer?.body ?? '');
		assert.deepEqual([answer?.status, value('mindhook_inbox_up'), value('mindhook_waiting')], [200, 0, 0]);
		assert.equal(types.has('mindhook_inbox_deliveries'), false);
	}
});

test('HEAD has the head of GET and no body; other methods are 405; other paths are not its business', async () => {
	const monitor = monitorOf();
	const get = await monitor.respond('GET', '/healthz');
	assert.deepEqual(await monitor.respond('HEAD', '/healthz'), { ...get, body: '' });
	const post = await monitor.respond('POST', '/metrics');
	assert.deepEqual([post?.status, post?.headers.allow], [405, 'GET, HEAD']);
	for (const path of ['', '/', '/metrics/', '/Metrics', '//metrics', '?/metrics', '/__proto__', undefined, 7]) {
		assert.equal(await monitor.respond('GET', path as string), null, String(path));
	}
});

test('options that make no sense are refused', () => {
	for (const wrong of [
		{ receiver: undefined },
		{ inbox: {} },
		{ metrics: null },
		{ timeoutMilliseconds: 0 },
		{ timeoutMilliseconds: Number.NaN },
	]) {
		assert.throws(() => monitorOf(wrong as unknown as Partial<MonitorOptions>), TypeError);
	}
});
