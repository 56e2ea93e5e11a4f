import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inbox, JobSettlement } from 'mindhook/inbox';
import { createReconciler, type Receiver, type ReconcilerOptions } from 'mindhook/receiver';
import { deferred } from './receiver-with.js';

const inbox = { claimOverdueJobs: async () => [] } as unknown as Inbox;
const receiver: Pick<Receiver, 'save'> = { save: () => assert.fail() };
const good = { inbox, receiver, apiKey: 'md_key', pollMilliseconds: 0 } satisfies ReconcilerOptions;

test('options that make no sense are refused with a TypeError, and no text of it holds the key or the URL', () => {
	const refused: readonly [object, RegExp][] = [
		[{ inbox: undefined }, /needs `inbox`/],
		[{ receiver: undefined }, /needs `receiver`/],
		[{ apiKey: undefined }, /that variable is not set/],
		[{ apiKey: '' }, /that variable is not set/],
		[{ apiKey: 'md_secret\n' }, /without spaces and line breaks/],
		[{ apiKey: 'Bearer md_secret' }, /without spaces/],
		[{ apiKey: 'md_secrèt' }, /is no key/],
		[{ apiKey: 7 }, /is no key/],
		...[
			'api.example.com',
			'http://api.example.com',
			'http://127.0.0.1.example.com',
			'http://localhost.example.com',
			'ftp://localhost',
			'file:///v2',
			'https://user:hunter2@api.example.com',
			'https://api.example.com/?key=hunter2',
			'https://api.example.com/#hunter2',
		].map((baseUrl): [object, RegExp] => [{ baseUrl }, /`baseUrl` must be an https URL/]),
		...['overdueMilliseconds', 'pollMilliseconds', 'concurrency', 'requestsPerMinute', 'giveUpMilliseconds'].flatMap(
			(name): [object, RegExp][] => [
				[{ [name]: -1 }, new RegExp(`${name} must be a whole number`)],
				[{ [name]: 1.5 }, new RegExp(`${name} must be`)],
				[{ [name]: '5' }, new RegExp(`${name} must be`)],
			],
		),
		[{ concurrency: 0 }, /concurrency must be/],
		[{ leaseMilliseconds: 0 }, /leaseMilliseconds must be/],
		[{ limits: { bytes: 0 } }, /limits\.bytes must be/],
		[{ limits: { milliseconds: Number.NaN } }, /limits\.milliseconds must be/],
		[{ retry: { firstMilliseconds: 0 } }, /retry\.firstMilliseconds must be/],
	];
	for (const [changes, message] of refused) {
		assert.throws(
			() => createReconciler({ ...good, ...changes } as ReconcilerOptions),
			(error: Error) => {
				assert.ok(error instanceof TypeError, JSON.stringify(changes));
				assert.match(error.message, message);
				assert.doesNotMatch(error.message, /md_s|hunter2/);
				return true;
			},
		);
	}
});

/** An inbox with one overdue job, which was asked for so often already, this time included. */
function inboxWithOneJob(
	attempts: number,
	{ enqueuedAt = new Date(), lastError = null }: { enqueuedAt?: Date; lastError?: string | null } = {},
): { inbox: Inbox; settled: JobSettlement[] } {
	const jobs = [{ jobId: 'a', endpoint: 'default', modelId: null, enqueuedAt, attempts, lastError }];
	const settled: JobSettlement[] = [];
	return {
		inbox: {
			claimOverdueJobs: async () => jobs.splice(0),
			settleJob: async (_jobId: string, settlement: JobSettlement) => void settled.push(settlement),
		} as unknown as Inbox,
		settled,
	};
}

test('the pauses between two requests for one job double, up to ten minutes', async () => {
	for (const [attempts, seconds] of [
		[1, 30],
		[2, 60],
		[3, 120],
		[5, 480],
		[6, 600],
		[1_000_000, 600],
	] as const) {
		const { inbox: withOne, settled } = inboxWithOneJob(attempts);
		const fetch = async (): Promise<Response> => Response.json({ job: { id: 'a', status: 'Processing' } });
		const reconciler = createReconciler({ ...good, inbox: withOne, fetch });
		await reconciler.run();
		await reconciler.close();
		const pause = settled[0]?.state === 'waiting' ? settled[0].retryMilliseconds : 0;
		assert.ok(pause >= seconds * 500 && pause <= seconds * 1000, `${pause} ms after request ${attempts}`);
	}
});

test('the platform is where the base URL says, with and without /v2 at its end', async () => {
	for (const [baseUrl, asked] of [
		[undefined, 'https://api-v2.mindee.net/v2/jobs/a'],
		['', 'https://api-v2.mindee.net/v2/jobs/a'],
		['https://api.example.com/v2', 'https://api.example.com/v2/jobs/a'],
		['https://api.example.com/v2/', 'https://api.example.com/v2/jobs/a'],
		['https://api.example.com:8443/proxy/', 'https://api.example.com:8443/proxy/v2/jobs/a'],
		['http://localhost:5000', 'http://localhost:5000/v2/jobs/a'],
		['http://[::1]:5000/v2', 'http://[::1]:5000/v2/jobs/a'],
	] as const) {
		const urls: string[] = [];
		const { inbox: withOne, settled } = inboxWithOneJob(1);
		const reconciler = createReconciler({
			...good,
			baseUrl,
			inbox: withOne,
			fetch: async (url) => {
				urls.push(String(url));
				return new Response('{}', { status: 500 });
			},
		});
		assert.equal((await reconciler.run()).waiting, 1);
		assert.deepEqual([urls, settled.length], [[asked], 1]);
		await reconciler.close();
	}
});

test('an error hook that is async and rejects ends nothing', async (context) => {
	context.mock.method(console, 'error', () => {});
	const { inbox: withOne } = inboxWithOneJob(1);
	const onError = async (): Promise<never> => {
		throw new Error('the service for errors is away');
	};
	const fetch = async (): Promise<Response> => new Response(null, { status: 401 });
	const reconciler = createReconciler({
		...good,
		inbox: Object.assign(withOne, { list: async () => [] }),
		fetch,
		onError,
	});
	assert.equal((await reconciler.run()).waiting, 1);
	await reconciler.close();
});

test('a fetch that heeds no signal and never answers, or that throws, is no answer in time: the job is asked for again', async () => {
	const fetches: [() => Promise<Response>, RegExp][] = [
		[() => new Promise(() => {}), /^No answer in time/],
		[
			() => {
				throw new Error('not here');
			},
			/^No answer: not here/,
		],
	];
	for (const [fetch, why] of fetches) {
		const { inbox: withOne, settled } = inboxWithOneJob(1);
		const reconciler = createReconciler({ ...good, inbox: withOne, fetch, limits: { milliseconds: 20 } });
		// The time of a request is no reason for a process to go on, so that something else has to be.
		const alive = setTimeout(() => {}, 20_000);
		try {
			assert.equal((await reconciler.run()).waiting, 1);
		} finally {
			clearTimeout(alive);
		}
		const [settlement] = settled;
		assert.match(settlement?.state === 'waiting' ? (settlement.error ?? '') : '', why);
		await reconciler.close();
	}
});

test('a late answer of a fetch that heeds no signal is not read, and its body is let go: it would hold a connection', async () => {
	const { inbox: withOne, settled } = inboxWithOneJob(1);
	const late = deferred();
	const letGo = deferred();
	const fetch = async (): Promise<Response> => {
		await late.promise;
		return new Response(new ReadableStream({ cancel: () => letGo.resolve() }));
	};
	const reconciler = createReconciler({ ...good, inbox: withOne, fetch, limits: { milliseconds: 20 } });
	const alive = setTimeout(() => {}, 20_000);
	try {
		await reconciler.run();
	} finally {
		clearTimeout(alive);
	}
	assert.equal(settled[0]?.state, 'waiting');
	late.resolve();
	await letGo.promise;
	await reconciler.close();
});

/** An inbox with two overdue jobs, which it gives one after the other. */
function inboxWithTwoJobs(beforeSecond?: () => Promise<void>): { inbox: Inbox; settled: Map<string, JobSettlement> } {
	const jobs = ['a', 'b'].map((jobId) => ({
		jobId,
		endpoint: 'default',
		modelId: null,
		enqueuedAt: new Date(),
		attempts: 1,
		lastError: null,
	}));
	const settled = new Map<string, JobSettlement>();
	return {
		inbox: {
			claimOverdueJobs: async () => {
				if (jobs.length === 1) await beforeSecond?.();
				return jobs.splice(0, 1);
			},
			settleJob: async (jobId: string, settlement: JobSettlement) => void settled.set(jobId, settlement),
		} as unknown as Inbox,
		settled,
	};
}

test('close does not wait for the turn of a request that was not begun: its job is asked for by the next reconciler', async () => {
	const { inbox: withTwo, settled } = inboxWithTwoJobs();
	let asked = 0;
	const fetch = async (): Promise<Response> => {
		asked += 1;
		return Response.json({ job: { status: 'Processing' } });
	};
	const reconciler = createReconciler({ ...good, inbox: withTwo, fetch, concurrency: 2, requestsPerMinute: 1 });
	const round = reconciler.run();
	while (settled.size === 0) await new Promise((resolve) => setImmediate(resolve));
	await reconciler.close();
	assert.equal((await round).waiting, 2);
	assert.deepEqual([asked, [...settled.keys()], settled.get('b')?.state], [1, ['a', 'b'], 'waiting']);
});

test('close does not wait for the turn of a job that was being claimed when it was called', async (context) => {
	// No time goes by: a turn that is waited for never comes.
	context.mock.timers.enable({ apis: ['setTimeout'] });
	const claiming = deferred();
	const claimed = deferred();
	const { inbox: withTwo, settled } = inboxWithTwoJobs(() => {
		claiming.resolve();
		return claimed.promise;
	});
	const fetch = async (): Promise<Response> => Response.json({ job: { status: 'Processing' } });
	const reconciler = createReconciler({ ...good, inbox: withTwo, fetch, concurrency: 1, requestsPerMinute: 1 });
	const round = reconciler.run();
	await claiming.promise;
	const closing = reconciler.close();
	claimed.resolve();
	await closing;
	assert.equal((await round).waiting, 2);
	assert.equal(settled.get('b')?.state, 'waiting');
});

test('close does not wait for the turn of a result: it is taken at once, as its job was asked for', async (context) => {
	context.mock.timers.enable({ apis: ['setTimeout'] });
	for (const isWaiting of [true, false]) {
		const { inbox: withOne, settled } = inboxWithOneJob(1);
		const asking = deferred();
		const isReady = deferred();
		const ready = (): Promise<void> => {
			asking.resolve();
			return isReady.promise;
		};
		const reconciler = createReconciler({
			...good,
			inbox: Object.assign(withOne, { list: async () => [], ready }),
			receiver: { save: async () => ({ id: 1, duplicate: false, claim: null }) },
			requestsPerMinute: 1,
			fetch: async (url) =>
				String(url).includes('/jobs/')
					? new Response(null, { status: 302, headers: { location: '/v2/products/extraction/results/b' } })
					: new Response('{}'),
		});
		const round = reconciler.run();
		await asking.promise;
		if (isWaiting) isReady.resolve();
		await new Promise((resolve) => setImmediate(resolve));
		const closing = reconciler.close();
		isReady.resolve();
		await closing;
		assert.equal((await round).fetched, 1);
		assert.equal(settled[0]?.state, 'fetched');
	}
});

test('an inbox that never answers one question does not hold the round, or there would be no other', async (context) => {
	context.mock.timers.enable({ apis: ['setTimeout'] });
	for (const deafTo of ['claimOverdueJobs', 'settleJob', 'list', 'ready', 'save'] as const) {
		const { inbox: withOne } = inboxWithOneJob(1);
		const never = { [deafTo]: () => new Promise(() => {}) };
		const reconciler = createReconciler({
			...good,
			inbox: { ...withOne, list: async () => [], ready: async () => {}, ...never },
			receiver: { save: async () => ({ id: 1, duplicate: false, claim: null }), ...never },
			fetch: async () => Response.json({ job: { status: 'Processed', result_url: '/v2/results/a' } }),
			onError: () => {},
		});
		let isOver = false;
		const over = (): void => {
			isOver = true;
		};
		const round = reconciler.run();
		round.then(over, over);
		for (let turn = 0; turn < 1_000 && !isOver; turn += 1) {
			await new Promise((resolve) => setImmediate(resolve));
			context.mock.timers.tick(60_000);
		}
		assert.ok(isOver, deafTo);
	}
});

test('a job is gone for good only after an hour, five requests, and when the answer before said so too', async () => {
	const known = 'The platform answered 404: it knows no such job or result.';
	const now = 1_800_000_000_000;
	for (const [attempts, lastError, ageMs, state] of [
		[5, known, 3_600_000, 'lost'],
		[4, known, 3_600_000, 'waiting'],
		[5, known, 3_599_999, 'waiting'],
		[5, null, 3_600_000, 'waiting'],
		[50, 'The platform answered 410: it knows no such job or result.', 3_600_000, 'waiting'],
		[50, 'No answer in time.', 3_600_000, 'waiting'],
	] as const) {
		const { inbox: withOne, settled } = inboxWithOneJob(attempts, { lastError, enqueuedAt: new Date(now - ageMs) });
		const errors: unknown[] = [];
		const reconciler = createReconciler({
			...good,
			inbox: Object.assign(withOne, { list: async () => [] }),
			onError: (error) => errors.push(error),
			clock: () => now,
			fetch: async () => Response.json({ status: 404, title: 'Not Found', code: '404-001' }, { status: 404 }),
		});
		await reconciler.run();
		assert.equal(settled[0]?.state, state, `${attempts} ${lastError} ${ageMs}`);
		// Where it begins, and where it ends.
		assert.equal(errors.length, state === 'lost' || lastError !== known ? 1 : 0);
		await reconciler.close();
	}
});

test('what does not even begin as a JSON object is no result: it is told, and asked for again', async () => {
	for (const text of ['', '<html>Back in a minute</html>', '[]', ' \n', '"{}"']) {
		const { inbox: withOne, settled } = inboxWithOneJob(1);
		const errors: unknown[] = [];
		const reconciler = createReconciler({
			...good,
			inbox: Object.assign(withOne, { list: async () => [], ready: async () => {} }),
			receiver: { save: async () => ({ id: 1, duplicate: false, claim: null }) },
			onError: (error) => errors.push(error),
			fetch: async (url) =>
				String(url).includes('/jobs/')
					? new Response(null, { status: 302, headers: { location: '/v2/products/extraction/results/b' } })
					: new Response(text),
		});
		assert.equal((await reconciler.run()).waiting, 1, text);
		assert.equal(settled[0]?.state, 'waiting');
		assert.match(String(errors[0]), /no JSON object/);
		assert.doesNotMatch(String(errors[0]), /Back/);
		await reconciler.close();
	}
});
