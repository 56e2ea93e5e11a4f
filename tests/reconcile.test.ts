/** Jobs whose delivery did not come, with a real server that plays the platform and the real inbox. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Payload, signPayload } from 'mindhook';
import { type Inbox, type JobSettlement, openInbox } from 'mindhook/inbox';
import {
	createReceiver,
	createReconciler,
	type Delivery,
	type Receiver,
	type Reconciler,
	type ReconcilerOptions,
	type ReconcileSummary,
} from 'mindhook/receiver';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasSqlite = major > 22 || (major === 22 && minor >= 13);
const skip = hasSqlite ? false : 'the inbox needs Node 22.13';

const secret = 'a secret of the tests';
const apiKey = 'md_the-key-of-the-tests';
// From target/tests/tests, where this file runs.
const fixtures = join(import.meta.dirname, '../../../tests/fixtures/payloads/valid');
const invoice = readFileSync(join(fixtures, 'extraction/invoice-indented.json'), 'utf8');
const failed = readFileSync(join(fixtures, 'job/failed-with-an-error.json'), 'utf8');
const anHourAgo = (): Date => new Date(Date.now() - 3_600_000);
const nothing = { fetched: 0, arrived: 0, waiting: 0, lost: 0 };

/** The result of a job: the vendor's own white space, with IDs of our own. */
const resultOf = (jobId: string): string => {
	const { inference } = JSON.parse(invoice);
	return invoice.replaceAll(inference.job.id, jobId).replaceAll(inference.id, randomUUID());
};

type Route = (response: ServerResponse, request: IncomingMessage) => unknown;

/** The platform: it answers what the test says, and remembers what it was asked. */
interface Platform {
	readonly url: string;
	readonly routes: Map<string, Route>;
	readonly asked: { readonly path: string; readonly headers: IncomingMessage['headers'] }[];
	/** A job that is done: 302 to its result. */
	finish(jobId: string, result: string, resultPath?: string): void;
	/** The answer to a job that is not done. */
	answer(jobId: string, status: number, body: unknown, headers?: Record<string, string>): void;
}

async function platform(use: (platform: Platform) => Promise<void>): Promise<void> {
	const routes: Platform['routes'] = new Map();
	const asked: { path: string; headers: IncomingMessage['headers'] }[] = [];
	const server = createServer((request, response) => {
		const path = String(request.url);
		asked.push({ path, headers: request.headers });
		const route = routes.get(path);
		if (route !== undefined) return void route(response, request);
		response.writeHead(404, { 'content-type': 'application/problem+json' });
		response.end('{"status":404,"title":"Not Found","detail":"No such job.","code":"404-001"}');
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const answer: Platform['answer'] = (jobId, status, body, headers = {}) => {
		const text = typeof body === 'string' ? body : JSON.stringify(body);
		routes.set(`/v2/jobs/${jobId}`, (response) => {
			response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
		});
	};
	const finish: Platform['finish'] = (jobId, result, resultPath = `/v2/products/extraction/results/${jobId}`) => {
		answer(jobId, 302, '', { location: `${url}${resultPath}` });
		routes.set(resultPath, (response) => {
			response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(result);
		});
	};
	try {
		await use({ url, routes, asked, finish, answer });
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

interface Setup {
	readonly platform: Platform;
	readonly file: string;
	readonly inbox: Inbox;
	readonly receiver: Receiver;
	readonly reconciler: Reconciler;
	readonly handled: { readonly payload: Payload; readonly delivery: Delivery }[];
	readonly reports: { readonly message: string; readonly jobId: string | null }[];
	/** Another reconciler on the same inbox. */
	another(options?: Partial<ReconcilerOptions>): Reconciler;
	/** Posts a signed body to the receiver. */
	post(body: string): Promise<number>;
}

const brisk = {
	pollMilliseconds: 0,
	overdueMilliseconds: 600_000,
	requestsPerMinute: 60_000,
	retry: { firstMilliseconds: 20, maxMilliseconds: 40 },
} as const;

function reconcileTest(
	sentence: string,
	options: Partial<ReconcilerOptions>,
	use: (setup: Setup) => Promise<void>,
): void {
	test(sentence, { skip }, async () => {
		const folder = mkdtempSync(join(tmpdir(), 'mindhook-reconcile-'));
		const file = join(folder, 'inbox.db');
		const inbox = await openInbox(`sqlite:${file}`);
		const handled: Setup['handled'] = [];
		const onPayload = (payload: Payload, delivery: Delivery): unknown => handled.push({ payload, delivery });
		const receiver = createReceiver({ secret, inbox, onPayload, onError: () => {} });
		const reports: Setup['reports'] = [];
		const open: Reconciler[] = [];
		try {
			await platform(async (platform) => {
				const another: Setup['another'] = (more = {}) => {
					const onError: ReconcilerOptions['onError'] = (error, { jobId }) =>
						reports.push({ message: String(error), jobId });
					const all = { inbox, receiver, apiKey, baseUrl: platform.url, onError, ...brisk, ...options, ...more };
					const reconciler = createReconciler(all);
					open.push(reconciler);
					return reconciler;
				};
				const post: Setup['post'] = async (body) => {
					const bytes = Buffer.from(body);
					const headers = { 'content-type': 'application/json', 'x-signature': signPayload(bytes, secret) };
					return (await receiver.receive({ method: 'POST', headers, body: bytes })).status;
				};
				const reconciler = another();
				await use({ platform, file, inbox, receiver, reconciler, handled, reports, another, post });
				for (const { headers } of platform.asked) assert.equal(headers.authorization, apiKey);
				const told = JSON.stringify([reports, await inbox.list()]);
				assert.ok(!told.includes(apiKey), 'the key was told');
			});
		} finally {
			for (const one of open) await one.close();
			await receiver.close();
			await inbox.close();
			rmSync(folder, { recursive: true, force: true });
		}
	});
}

const longPauses = { firstMilliseconds: 600_000, maxMilliseconds: 600_000 };

/** The inbox, but for some of its methods. */
function instead(inbox: Inbox, methods: Partial<Inbox>): Inbox {
	return new Proxy(inbox, {
		get(target, key) {
			const member = Reflect.get(Object.hasOwn(methods, key) ? methods : target, key);
			return typeof member === 'function' ? member.bind(target) : member;
		},
	});
}

/** Rounds, until what they did adds up to that. */
async function rounds(reconciler: Reconciler, state: keyof ReconcileSummary, count: number): Promise<void> {
	const end = Date.now() + 10_000;
	for (let done = 0; done < count; ) {
		assert.ok(Date.now() < end, `${done} of ${count} ${state}`);
		done += (await reconciler.run())[state];
		if (done < count) await sleep(5);
	}
}

/** Notes a job that was enqueued an hour ago. */
async function overdueJob({ reconciler }: Setup, jobId: string = randomUUID()): Promise<string> {
	await reconciler.expect({ jobId, enqueuedAt: anHourAgo() });
	return jobId;
}

reconcileTest(
	'A result whose delivery came while the receiver was down is fetched byte for byte and handled',
	{},
	async (setup) => {
		const { platform, inbox, receiver, reconciler, handled, reports } = setup;
		const jobId = await overdueJob(setup);
		const result = resultOf(jobId);
		platform.finish(jobId, result);
		assert.deepEqual(await reconciler.run(), { ...nothing, fetched: 1 });
		await receiver.idle();
		assert.equal(handled.length, 1);
		assert.deepEqual([handled[0]?.payload.jobId, handled[0]?.delivery.source], [jobId, 'reconcile']);
		const [entry] = await inbox.list();
		assert.deepEqual([entry?.source, entry?.endpoint, entry?.state], ['reconcile', 'default', 'handled']);
		assert.equal(entry?.headers['content-type'], 'application/json; charset=utf-8');
		assert.equal(Buffer.from((await inbox.read(entry?.id ?? 0))?.body ?? []).toString(), result);
		// Undecoded, and by the key alone.
		assert.deepEqual(
			platform.asked.map(({ path, headers }) => [path, headers.authorization, headers['accept-encoding']]),
			[`/v2/jobs/${jobId}`, `/v2/products/extraction/results/${jobId}`].map((path) => [path, apiKey, 'identity']),
		);
		assert.deepEqual(await reconciler.run(), nothing);
		assert.equal(platform.asked.length, 2);
		assert.equal((await inbox.stats()).expectedJobs, 0);
		assert.deepEqual(reports, []);
	},
);

reconcileTest(
	'A job whose delivery came is not asked for, and neither is one that is not overdue',
	{},
	async (setup) => {
		const { platform, inbox, receiver, reconciler, post } = setup;
		const jobId = await overdueJob(setup);
		assert.equal(await post(resultOf(jobId)), 200);
		await receiver.idle();
		await reconciler.expect({ jobId: randomUUID() });
		assert.deepEqual(await reconciler.run(), nothing);
		assert.equal(platform.asked.length, 0);
		assert.equal((await inbox.stats()).expectedJobs, 1);
	},
);

reconcileTest('A delivery that comes while its job is being asked for is handled once', {}, async (setup) => {
	const { platform, inbox, receiver, reconciler, handled, post } = setup;
	const jobId = await overdueJob(setup);
	const result = resultOf(jobId);
	platform.finish(jobId, result);
	const redirect = platform.routes.get(`/v2/jobs/${jobId}`);
	platform.routes.set(`/v2/jobs/${jobId}`, async (response, request) => {
		await post(result);
		await receiver.idle();
		redirect?.(response, request);
	});
	assert.deepEqual(await reconciler.run(), { ...nothing, arrived: 1 });
	assert.equal(platform.asked.length, 1, 'the result was fetched all the same');
	assert.deepEqual([handled.length, (await inbox.list()).length], [1, 1]);
});

reconcileTest('A delivery that is saved and not yet read is told by its bytes', {}, async (setup) => {
	const { platform, inbox, receiver, reconciler, handled, post } = setup;
	const jobId = await overdueJob(setup);
	const result = resultOf(jobId);
	platform.finish(jobId, result);
	const path = `/v2/products/extraction/results/${jobId}`;
	const send = platform.routes.get(path);
	platform.routes.set(path, async (response, request) => {
		await post(result);
		send?.(response, request);
	});
	assert.deepEqual(await reconciler.run(), { ...nothing, arrived: 1 });
	await receiver.idle();
	assert.deepEqual([handled.length, (await inbox.list()).length], [1, 1]);
});

reconcileTest('A job that is Pending or Processing is asked for again, until it is done', {}, async (setup) => {
	const { platform, reconciler, receiver, handled, reports } = setup;
	const jobId = await overdueJob(setup);
	for (const status of ['Pending', 'Processing', 'A word of a later version']) {
		platform.answer(jobId, 200, { job: { id: jobId, status } });
		await rounds(reconciler, 'waiting', 1);
	}
	platform.answer(jobId, 200, { job: { id: jobId, status: 'Processed', result_url: `${platform.url}/r` } });
	platform.routes.set('/r', (response) => response.end(resultOf(jobId)));
	await rounds(reconciler, 'fetched', 1);
	await receiver.idle();
	assert.equal(handled[0]?.payload.jobId, jobId);
	assert.deepEqual(reports, []);
});

reconcileTest('A job that waits is not asked for before its time', { retry: longPauses }, async (setup) => {
	const { platform, reconciler } = setup;
	const jobId = await overdueJob(setup);
	platform.answer(jobId, 200, { job: { id: jobId, status: 'Processing' } });
	assert.deepEqual(await reconciler.run(), { ...nothing, waiting: 1 });
	assert.deepEqual(await reconciler.run(), nothing);
	assert.equal(platform.asked.length, 1);
});

reconcileTest("A failed job's own answer is what is saved and handled", {}, async (setup) => {
	const { platform, inbox, receiver, reconciler, handled } = setup;
	const { job } = JSON.parse(failed);
	await overdueJob(setup, job.id);
	platform.answer(job.id, 200, failed);
	assert.deepEqual(await reconciler.run(), { ...nothing, fetched: 1 });
	await receiver.idle();
	assert.deepEqual([handled[0]?.payload.kind, handled[0]?.payload.jobId], ['job', job.id]);
	assert.equal(Buffer.from((await inbox.read(1))?.body ?? []).toString(), failed);
});

const unknown = (status: number): string =>
	JSON.stringify({ status, title: 'Not Found', detail: 'No such job.', code: `${status}-001`, errors: [] });

reconcileTest(
	'A job or a result that the platform does not know is reported at once, and lost when it says so again and again',
	{},
	async (setup) => {
		const { platform, reconciler, reports } = setup;
		const jobs = [await overdueJob(setup), await overdueJob(setup), await overdueJob(setup)] as const;
		const [noJob, gone, noResult] = jobs;
		platform.answer(gone, 410, unknown(410));
		platform.answer(noResult, 302, '', { location: '/v2/products/extraction/results/nowhere' });
		assert.deepEqual(await reconciler.run(), { ...nothing, waiting: 3 });
		const told = (): unknown[] => reports.map(({ jobId }) => jobId).sort();
		assert.deepEqual(told(), [...jobs].sort());
		// Never by one answer.
		assert.ok((await answersUntilLost(reconciler, 3)) >= 3);
		assert.deepEqual(told(), [...jobs, ...jobs].sort());
		for (const { message } of reports.slice(3)) assert.match(message, /lost.* (404|410)/);
		await sleep(50);
		assert.deepEqual(await reconciler.run(), nothing);
		// It was a mistake after all.
		platform.finish(noJob, resultOf(noJob));
		await reconciler.again(noJob);
		await reconciler.again(gone);
		await sleep(5);
		assert.deepEqual(await reconciler.run(), { ...nothing, fetched: 1, waiting: 1 });
		await assert.rejects(reconciler.again('never-expected'), { code: 'not_found' });
	},
);

reconcileTest('A job that was enqueued less than an hour ago is not lost yet', {}, async (setup) => {
	const { platform, another } = setup;
	const reconciler = another({ overdueMilliseconds: 0 });
	const jobId = randomUUID();
	await reconciler.expect({ jobId });
	for (let answers = 0; answers < 8; ) {
		const round = await reconciler.run();
		assert.equal(round.lost, 0);
		answers += round.waiting;
		await sleep(5);
	}
	platform.finish(jobId, resultOf(jobId));
	await rounds(reconciler, 'fetched', 1);
});

reconcileTest(
	"A 404 that is not the platform's own costs no job: the page of a proxy, another server",
	{},
	async (setup) => {
		const { platform, reconciler, reports } = setup;
		const jobId = await overdueJob(setup);
		const pages = [
			'<html>no such upstream</html>',
			'',
			'{}',
			'null',
			'{"status":404}',
			unknown(403),
			'{"type":"about:blank","title":"Not Found","status":404,"detail":"No webhook endpoint has this path."}',
		];
		for (const page of pages) {
			platform.answer(jobId, 404, page);
			await rounds(reconciler, 'waiting', 1);
		}
		assert.equal(reports.length, pages.length);
		for (const { message } of reports) assert.match(message, /404, but not the platform's: is `baseUrl` right/);
		// One of the right ones among them is one, and not the seventh.
		platform.answer(jobId, 404, unknown(404));
		await rounds(reconciler, 'waiting', 1);
		platform.finish(jobId, resultOf(jobId));
		await rounds(reconciler, 'fetched', 1);
	},
);

/** Rounds until so many jobs are lost; gives how often a job was asked for meanwhile, those included. */
async function answersUntilLost(reconciler: Reconciler, count: number): Promise<number> {
	let answers = 0;
	for (let lost = 0; lost < count; ) {
		const round = await reconciler.run();
		lost += round.lost;
		answers += round.lost + round.waiting;
		await sleep(5);
	}
	return answers;
}

reconcileTest(
	'A refused key is reported once, ends the round, and loses nothing',
	{ concurrency: 1 },
	async (setup) => {
		const { platform, reconciler, reports } = setup;
		const jobs = await Promise.all(Array.from({ length: 5 }, () => overdueJob(setup)));
		for (const [index, jobId] of jobs.entries()) platform.answer(jobId, index % 2 === 0 ? 401 : 403, {});
		for (let round = 0; round < 3; round += 1) {
			assert.deepEqual(await reconciler.run(), { ...nothing, waiting: 1 });
			assert.equal(platform.asked.length, round + 1);
		}
		assert.equal(reports.length, 1);
		assert.match(reports[0]?.message ?? '', /40[13].*API key/);
		for (const jobId of jobs) platform.finish(jobId, resultOf(jobId));
		let fetched = 0;
		while (fetched < jobs.length) {
			fetched += (await reconciler.run()).fetched;
			await sleep(5);
		}
		// And when it is refused again later, that is told again.
		platform.answer(await overdueJob(setup, 'one-more'), 401, {});
		await reconciler.run();
		assert.equal(reports.length, 2);
	},
);

let now = Date.now();
reconcileTest(
	'After a 429 nobody is asked before the time that it says',
	{ concurrency: 1, clock: () => now, retry: longPauses },
	async (setup) => {
		const { platform, reconciler, reports } = setup;
		for (const [when, seconds] of [
			[() => '7', 7],
			[() => new Date(Math.ceil(now / 1000) * 1000 + 30_000).toUTCString(), 29],
			[() => '99999999', 3_600],
			[() => 'soon', 60],
		] as const) {
			const retryAfter = when();
			const limited = await overdueJob(setup);
			const next = await overdueJob(setup);
			platform.answer(limited, 429, {}, { 'retry-after': retryAfter });
			platform.answer(next, 429, {}, { 'retry-after': retryAfter });
			const before = platform.asked.length;
			assert.deepEqual(await reconciler.run(), { ...nothing, waiting: 1 });
			now += seconds * 1000 - 100;
			assert.deepEqual(await reconciler.run(), nothing);
			assert.equal(platform.asked.length, before + 1, retryAfter);
			now += 2_200;
			platform.finish(limited, resultOf(limited));
			platform.finish(next, resultOf(next));
			assert.equal((await reconciler.run()).fetched, 1);
		}
		assert.deepEqual(reports, []);
	},
);

reconcileTest(
	'A clock that is set back a day does not make a pause a day longer',
	{ concurrency: 1, clock: () => now, retry: longPauses },
	async (setup) => {
		const { platform, reconciler } = setup;
		const limited = await overdueJob(setup);
		const next = await overdueJob(setup);
		platform.answer(limited, 429, {}, { 'retry-after': '60' });
		platform.finish(next, resultOf(next));
		assert.deepEqual(await reconciler.run(), { ...nothing, waiting: 1 });
		now -= 3_600_000;
		try {
			assert.equal((await reconciler.run()).fetched, 1);
		} finally {
			now += 3_600_000;
		}
	},
);

const setbacks: readonly [string, (platform: Platform, jobId: string) => void, RegExp | null][] = [
	['500', ({ answer }, jobId) => answer(jobId, 500, {}), null],
	['503 with a Retry-After', ({ answer }, jobId) => answer(jobId, 503, {}, { 'retry-after': '1' }), null],
	['another status', ({ answer }, jobId) => answer(jobId, 418, {}), null],
	['an empty 200', ({ answer }, jobId) => answer(jobId, 200, ''), null],
	['a 200 that is no JSON', ({ answer }, jobId) => answer(jobId, 200, '<html>'), null],
	['a 200 that is no job', ({ answer }, jobId) => answer(jobId, 200, { job: [] }), null],
	['a redirect to nowhere', ({ answer }, jobId) => answer(jobId, 302, ''), null],
	['a redirect to itself', ({ answer }, jobId) => answer(jobId, 302, '', { location: `/v2/jobs/${jobId}` }), null],
	['another job', ({ answer }, jobId) => answer(jobId, 200, failed), /another job/],
	[
		'a redirect that is no URL',
		({ answer }, jobId) => answer(jobId, 302, '', { location: 'http://[' }),
		/another host/,
	],
	[
		'a redirect to a file',
		({ answer }, jobId) => answer(jobId, 302, '', { location: 'file:///etc/passwd' }),
		/another host/,
	],
	[
		'a redirect with a user in it',
		({ answer, url }, jobId) => answer(jobId, 302, '', { location: `${url.replace('//', '//a:b@')}/r` }),
		/another host/,
	],
	[
		'a result that is longer than the limit',
		({ finish }, jobId) => finish(jobId, resultOf(jobId) + ' '.repeat(100_000)),
		/longer than 65536 bytes/,
	],
	[
		'a result that breaks off',
		({ finish, routes }, jobId) => {
			finish(jobId, '', '/broken');
			routes.set('/broken', (response) => {
				response.writeHead(200, { 'content-length': 1000 }).write('{');
				setTimeout(() => response.destroy(), 20);
			});
		},
		null,
	],
	[
		'a connection that is cut',
		({ routes }, jobId) => void routes.set(`/v2/jobs/${jobId}`, (response) => response.destroy()),
		null,
	],
	['silence', ({ routes }, jobId) => void routes.set(`/v2/jobs/${jobId}`, () => {}), null],
	[
		'a body that never ends',
		({ routes }, jobId) => void routes.set(`/v2/jobs/${jobId}`, (response) => response.write('{')),
		null,
	],
];

reconcileTest(
	'Whatever else goes wrong, the job waits, the other jobs do not, and the next answer mends it',
	{ limits: { bytes: 65_536, milliseconds: 3_000 } },
	async (setup) => {
		const { platform, inbox, reconciler, reports } = setup;
		const jobs = new Map<string, string>();
		for (const [name, arrange] of setbacks) {
			const jobId = await overdueJob(setup);
			jobs.set(jobId, name);
			arrange(platform, jobId);
		}
		const good = await overdueJob(setup);
		platform.finish(good, resultOf(good));
		const summary = await reconciler.run();
		assert.deepEqual(summary, { ...nothing, fetched: 1, waiting: setbacks.length });
		for (const [jobId, name] of jobs) {
			const [, , report] = setbacks.find(([other]) => other === name) ?? assert.fail();
			const told = reports.filter((one) => one.jobId === jobId);
			assert.equal(told.length, report === null ? 0 : 1, name);
			if (report !== null) assert.match(told[0]?.message ?? '', report, name);
			platform.finish(jobId, resultOf(jobId));
		}
		assert.equal((await inbox.stats()).expectedJobs, setbacks.length);
		await rounds(reconciler, 'fetched', setbacks.length);
		assert.equal((await inbox.list()).length, setbacks.length + 1);
	},
);

reconcileTest('The key is never sent to another host', { retry: longPauses }, async (setup) => {
	const { platform: honest, reconciler, reports } = setup;
	await platform(async (thief) => {
		const [byRedirect, byUrl] = [await overdueJob(setup), await overdueJob(setup)];
		honest.answer(byRedirect, 302, '', { location: `${thief.url}/v2/results/1` });
		honest.answer(byUrl, 200, { job: { id: byUrl, status: 'Processed', result_url: `${thief.url}/v2/results/1` } });
		assert.deepEqual(await reconciler.run(), { ...nothing, waiting: 2 });
		const onward = await overdueJob(setup);
		honest.answer(onward, 302, '', { location: '/hop' });
		honest.routes.set('/hop', (response) => response.writeHead(302, { location: `${thief.url}/v2/results/1` }).end());
		assert.equal((await reconciler.run()).waiting, 1);
		assert.equal(thief.asked.length, 0);
		assert.equal(reports.length, 2);
	});
});

reconcileTest('A platform that cannot be reached costs no job', {}, async (setup) => {
	const { another, inbox, platform, reconciler } = setup;
	const jobId = await overdueJob(setup);
	const server = createTcpServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	server.close();
	const settled: JobSettlement[] = [];
	const settleJob: Inbox['settleJob'] = (id, settlement) => {
		settled.push(settlement);
		return inbox.settleJob(id, settlement);
	};
	const cutOff = another({ baseUrl: `http://127.0.0.1:${port}`, inbox: instead(inbox, { settleJob }) });
	assert.deepEqual(await cutOff.run(), { ...nothing, waiting: 1 });
	assert.match(settled[0]?.state === 'waiting' ? String(settled[0].error) : '', /ECONNREFUSED/);
	platform.finish(jobId, resultOf(jobId));
	await rounds(reconciler, 'fetched', 1);
});

reconcileTest('A result that cannot be read is saved all the same, and quarantined', {}, async (setup) => {
	const { platform, inbox, receiver, reconciler } = setup;
	const jobId = await overdueJob(setup);
	platform.finish(jobId, '{"inference": nobody knows');
	assert.deepEqual(await reconciler.run(), { ...nothing, fetched: 1 });
	await receiver.idle();
	assert.equal((await inbox.list())[0]?.state, 'quarantined');
	await sleep(60);
	assert.deepEqual(await reconciler.run(), nothing);
});

reconcileTest('A job is given up when the platform can have no result any more', {}, async (setup) => {
	const { platform, another, reports } = setup;
	const [young, old] = [randomUUID(), randomUUID()];
	const reconciler = another({ giveUpMilliseconds: 7_200_000 });
	await reconciler.expect({ jobId: young, enqueuedAt: anHourAgo() });
	await reconciler.expect({ jobId: old, enqueuedAt: new Date(Date.now() - 7_200_001) });
	for (const jobId of [young, old]) platform.answer(jobId, 200, { job: { id: jobId, status: 'Processing' } });
	assert.deepEqual(await reconciler.run(), { ...nothing, waiting: 1, lost: 1 });
	assert.deepEqual(
		reports.map(({ jobId }) => jobId),
		[old],
	);
	assert.match(reports[0]?.message ?? '', /Given up/);
	// Late is better than never: a job is asked for once, however old it is.
	const older = randomUUID();
	await reconciler.expect({ jobId: older, enqueuedAt: new Date(0) });
	platform.finish(older, resultOf(older));
	assert.equal((await reconciler.run()).fetched, 1);
});

reconcileTest('Two reconcilers at a time fetch every result once', {}, async (setup) => {
	const { platform, inbox, reconciler, another } = setup;
	const other = another();
	const jobs = await Promise.all(Array.from({ length: 40 }, () => overdueJob(setup)));
	for (const jobId of jobs) platform.finish(jobId, resultOf(jobId));
	const [one, two] = await Promise.all([reconciler.run(), other.run()]);
	assert.deepEqual([one.fetched + two.fetched, one.arrived + two.arrived], [40, 0]);
	assert.ok(one.fetched > 0 && two.fetched > 0);
	assert.deepEqual([new Set(platform.asked.map(({ path }) => path)).size, platform.asked.length], [80, 80]);
	assert.equal((await inbox.list()).length, 40);
});

const dyingProcess = `
	import { openInbox } from 'mindhook/inbox';
	import { createReceiver, createReconciler } from 'mindhook/receiver';
	const inbox = await openInbox('sqlite:' + process.env.TEST_INBOX);
	const receiver = createReceiver({ secret: 'x', inbox, onPayload() {} });
	const { TEST_KEY: apiKey, TEST_URL: baseUrl } = process.env;
	await createReconciler({ inbox, receiver, apiKey, baseUrl, leaseMilliseconds: 5_000, pollMilliseconds: 0 }).run();
`;

reconcileTest('A process that dies in the middle of a round leaves its job to the next one', {}, async (setup) => {
	const { platform, file, inbox, reconciler, receiver, handled } = setup;
	const jobId = await overdueJob(setup);
	platform.finish(jobId, resultOf(jobId));
	const path = `/v2/products/extraction/results/${jobId}`;
	const send = platform.routes.get(path) ?? assert.fail();
	const isAsked = new Promise<void>((resolve) => {
		platform.routes.set(path, () => resolve());
	});
	const child = spawn(process.execPath, ['--input-type=module', '--eval', dyingProcess], {
		cwd: import.meta.dirname,
		env: { ...process.env, TEST_INBOX: file, TEST_KEY: apiKey, TEST_URL: platform.url, NODE_NO_WARNINGS: '1' },
		stdio: ['ignore', 'ignore', 'inherit'],
	});
	const exited = once(child, 'exit');
	await isAsked;
	// Nobody else takes it up while that one is at work.
	assert.deepEqual(await reconciler.run(), nothing);
	child.kill('SIGKILL');
	await exited;
	platform.routes.set(path, send);
	await rounds(reconciler, 'fetched', 1);
	await receiver.idle();
	assert.deepEqual([handled.length, (await inbox.list()).length], [1, 1]);
});

reconcileTest('A result is not taken from the platform while the inbox takes no write', {}, async (setup) => {
	const { platform, inbox, another, reports } = setup;
	const jobId = await overdueJob(setup);
	platform.finish(jobId, resultOf(jobId));
	const full = instead(inbox, { ready: () => Promise.reject(new Error('disk full')) });
	assert.deepEqual(await another({ inbox: full }).run(), { ...nothing, waiting: 1 });
	assert.deepEqual(
		platform.asked.map(({ path }) => path),
		[`/v2/jobs/${jobId}`],
	);
	assert.match(reports[0]?.message ?? '', /disk full/);
});

reconcileTest('A save that fails is tried again while the bytes are at hand', {}, async (setup) => {
	const { platform, inbox, receiver, another, reports } = setup;
	const jobId = await overdueJob(setup);
	platform.finish(jobId, resultOf(jobId));
	let failures = 2;
	const save: Receiver['save'] = (delivery) => {
		failures -= 1;
		return failures < 0 ? receiver.save(delivery) : Promise.reject(new Error('not now'));
	};
	assert.deepEqual(await another({ receiver: { save } }).run(), { ...nothing, fetched: 1 });
	assert.equal((await inbox.list()).length, 1);
	assert.deepEqual(reports, []);
	failures = 9;
	const another1 = await overdueJob(setup);
	platform.finish(another1, resultOf(another1));
	assert.deepEqual(await another({ receiver: { save } }).run(), { ...nothing, waiting: 1 });
	assert.deepEqual(reports, [{ message: 'Error: not now', jobId: another1 }]);
});

reconcileTest('expect() takes what enqueueing answers, in every form', {}, async (setup) => {
	const { inbox, reconciler, another } = setup;
	const job = JSON.parse(readFileSync(join(fixtures, 'job/processing-endpoints-already-listed.json'), 'utf8')).job;
	const enqueuedAt = anHourAgo();
	await another({ endpoint: 'invoices', clock: () => enqueuedAt.getTime() }).expect({ job });
	// As the official client has it.
	await reconciler.expect({ job: { id: 'of-the-client', modelId: 'm', createdAt: new Date(), webhooks: [] } });
	await reconciler.expect({ id: 'the-job-itself', model_id: 'm', status: 'Processing' });
	await reconciler.expect({ jobId: 'a.record~', endpoint: 'receipts', modelId: 'n', enqueuedAt: new Date(5) });
	await reconciler.expect({ jobId: 'a.record~', endpoint: 'again' });
	await sleep(2);
	const jobs = await inbox.claimOverdueJobs({ overdueMilliseconds: 0, limit: 9, leaseMilliseconds: 1 });
	assert.deepEqual(
		jobs.map(({ jobId, endpoint, modelId }) => [jobId, endpoint, modelId]).sort(),
		[
			['a.record~', 'receipts', 'n'],
			[job.id, 'invoices', job.model_id],
			['of-the-client', 'default', 'm'],
			['the-job-itself', 'default', 'm'],
		].sort(),
	);
	assert.equal(jobs.find(({ jobId }) => jobId === job.id)?.enqueuedAt.getTime(), enqueuedAt.getTime());
});

reconcileTest('expect() refuses what holds no job, and says so', {}, async ({ reconciler, inbox }) => {
	const problem = { status: 422, title: 'Invalid', detail: 'no matching webhooks', code: '422-001' };
	const refused: readonly [unknown, RegExp][] = [
		[undefined, /no job ID/],
		[null, /no job ID/],
		['a text', /no job ID/],
		[[], /no job ID/],
		[{}, /no job ID/],
		[{ job: null }, /no job ID/],
		[problem, /error, so nothing was enqueued/],
		[{ jobId: 7 }, /not the ID/],
		[{ jobId: '' }, /not the ID/],
		[{ jobId: '..' }, /not the ID/],
		[{ jobId: '../results/1' }, /not the ID/],
		[{ jobId: 'a?b' }, /not the ID/],
		[{ jobId: 'a\r\nX: y' }, /not the ID/],
		[{ jobId: 'x'.repeat(201) }, /not the ID/],
		[{ jobId: 'a', endpoint: 7 }, /endpoint/],
		[{ jobId: 'a', enqueuedAt: 'yesterday' }, /enqueuedAt/],
		[{ jobId: 'a', enqueuedAt: new Date(Number.NaN) }, /enqueuedAt/],
	];
	for (const [value, message] of refused) {
		await assert.rejects(
			reconciler.expect(value),
			(error: Error) => error instanceof TypeError && message.test(error.message),
		);
	}
	assert.equal((await inbox.stats()).expectedJobs, 0);
});

reconcileTest('An ID that some other program noted leads nowhere else', {}, async ({ inbox, platform, reconciler }) => {
	for (const jobId of ['../search/models', '..', 'a/b?c#d', '%2e%2e']) {
		await inbox.expectJob({ jobId, endpoint: 'default', enqueuedAt: anHourAgo() });
	}
	assert.deepEqual(await reconciler.run(), { ...nothing, lost: 4 });
	assert.equal(platform.asked.length, 0);
});

reconcileTest('Rounds come by themselves, until close', { pollMilliseconds: 15 }, async (setup) => {
	const { platform, reconciler, receiver, handled } = setup;
	const jobId = await overdueJob(setup);
	platform.finish(jobId, resultOf(jobId));
	const end = Date.now() + 10_000;
	while (handled.length === 0 && Date.now() < end) await sleep(10);
	await receiver.idle();
	assert.equal(handled.length, 1);
	await reconciler.close();
	await reconciler.close();
	await assert.rejects(reconciler.run(), /closed/);
});

reconcileTest('close() waits for the result that is on its way', {}, async (setup) => {
	const { platform, inbox, reconciler } = setup;
	const jobId = await overdueJob(setup);
	const result = resultOf(jobId);
	platform.finish(jobId, result);
	let closing: Promise<void> | undefined;
	platform.routes.set(`/v2/products/extraction/results/${jobId}`, async (response) => {
		closing = reconciler.close();
		await sleep(50);
		response.end(result);
	});
	const round = reconciler.run();
	assert.equal(reconciler.run() instanceof Promise, true);
	assert.equal((await round).fetched, 1);
	await closing;
	assert.equal((await inbox.list()).length, 1);
});

reconcileTest('Requests are spread over the minute', { requestsPerMinute: 600, concurrency: 4 }, async (setup) => {
	const { platform, reconciler } = setup;
	for (let count = 0; count < 4; count += 1) {
		const jobId = await overdueJob(setup);
		platform.finish(jobId, resultOf(jobId));
	}
	const begin = performance.now();
	assert.equal((await reconciler.run()).fetched, 4);
	// Eight requests, a tenth of a second between two.
	assert.ok(performance.now() - begin >= 690);
});
