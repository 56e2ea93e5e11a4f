import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Inbox } from 'mindhook/inbox';
import { Job } from './job.js';
import { LeaseKeeper } from './lease.js';

const lease = { owner: 'test', milliseconds: 300 };

/** Holds on to one delivery that is being handled, by a clock that the test sets: each question is answered by the test. */
function keeping(context: TestContext) {
	let now = 0;
	context.mock.method(performance, 'now', () => now);
	context.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
	const delivery = {
		endpoint: 'default',
		body: new Uint8Array(),
		receivedAt: new Date(0),
		headers: {},
		remoteAddress: null,
		source: 'webhook',
	} as const;
	const job = new Job({ id: 1, token: 1 }, 1, delivery, 0, lease.milliseconds);
	job.phase = 'running';
	const answers: ((held: number[]) => void)[] = [];
	const errors: unknown[] = [];
	const inbox = { extend: () => new Promise<number[]>((resolve) => answers.push(resolve)) } as unknown as Inbox;
	const jobs = new Map([[1, job]]);
	const keeper = new LeaseKeeper({
		inbox,
		lease,
		jobs,
		onLost: () => assert.fail(),
		report: (error) => errors.push(error),
	});
	keeper.begin();
	const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
	return {
		job,
		answers,
		errors,
		answer: async (index: number): Promise<void> => {
			answers[index]?.([1]);
			await turn();
		},
		passTo: async (at: number): Promise<void> => {
			while (now < at) {
				now += 10;
				context.mock.timers.tick(10);
				await turn();
			}
		},
	};
}

test('claims are asked for again while they are held where a renewal gets no answer, and outlive it', async (context) => {
	const { job, answers, answer, errors, passTo } = keeping(context);
	await passTo(200);
	assert.equal(answers.length, 2);
	await answer(1);
	await passTo(390);
	assert.deepEqual([job.isAborted, job.leasedUntil], [false, 500]);
	// One that was never answered is told all the same.
	await passTo(400);
	assert.equal(errors.length, 1);
});

test('an answer that comes after the next question counts, but never shortens what a later one gave', async (context) => {
	const { job, answer, errors, passTo } = keeping(context);
	await passTo(290);
	await answer(0);
	assert.deepEqual([job.leasedUntil, errors], [400, []]);
	await passTo(350);
	await answer(2);
	await answer(1);
	assert.deepEqual([job.leasedUntil, errors], [600, []]);
});
