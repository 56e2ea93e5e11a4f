import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { signPayload } from 'mindhook';
import { failureBody, receiverWith, request } from './receiver-with.js';

/** A body whose chunks come when they are told to. */
class Upload implements AsyncIterableIterator<Uint8Array> {
	readonly #chunks: Uint8Array[] = [];
	#hasEnded = false;
	#wake = (): void => {};

	[Symbol.asyncIterator](): this {
		return this;
	}

	async next(): Promise<IteratorResult<Uint8Array>> {
		for (;;) {
			const value = this.#chunks.shift();
			if (value !== undefined) return { done: false, value };
			if (this.#hasEnded) return { done: true, value: undefined };
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
	}

	async give(...chunks: readonly Uint8Array[]): Promise<void> {
		this.#chunks.push(...chunks);
		this.#wake();
		await turn();
	}

	async end(): Promise<void> {
		this.#hasEnded = true;
		await this.give();
	}
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const bytes = (count: number): Uint8Array => new Uint8Array(count);

/** A clock that goes when it is told to. */
function clockOf({ mock }: TestContext): { pass(milliseconds: number): void } {
	let now = 1_000;
	mock.method(performance, 'now', () => now);
	return {
		pass(milliseconds) {
			now += milliseconds;
		},
	};
}

/** A receiver, and a way to give it a body in chunks; its outcome is noted by its name. */
function setUp(limits: Record<string, number>) {
	const { receiver } = receiverWith({ limits });
	const outcomes: Record<string, string> = {};
	const open = async (name: string, changes: Record<string, string> = {}, signed = bytes(1)): Promise<Upload> => {
		const body = new Upload();
		const { headers } = request({}, signed);
		void receiver.receive(request({ headers: { ...(headers as object), ...changes }, body })).then((outcome) => {
			outcomes[name] = outcome.name;
		});
		await turn();
		return body;
	};
	return { receiver, outcomes, open };
}

test('a request that finds no place gets that of the body that has fallen back most', async (context) => {
	const clock = clockOf(context);
	const { receiver, outcomes, open } = setUp({ requests: 3 });
	const moving = await open('moving');
	const still = await open('still');
	await open('still for longer');
	clock.pass(200);
	await still.give(bytes(64));
	await moving.give(bytes(100_000));
	clock.pass(100);
	assert.equal((await receiver.receive(request())).name, 'saved');
	assert.deepEqual({ ...outcomes }, { 'still for longer': 'overloaded' });
	await open('new');
	assert.deepEqual((await receiver.receive(request({}, failureBody(2)))).name, 'saved');
	assert.deepEqual({ ...outcomes }, { 'still for longer': 'overloaded', still: 'overloaded' });
	await moving.end();
	assert.equal(outcomes.moving, 'signature_mismatch');
	await receiver.close({ milliseconds: 0 });
	assert.deepEqual([outcomes.new, receiver.state.bodiesBytes], ['closing', 0]);
});

test('a body that drips has fallen back, and one that was quick an hour ago has too', async (context) => {
	const clock = clockOf(context);
	const { receiver, outcomes, open } = setUp({ requests: 2 });
	const quick = await open('quick');
	await quick.give(bytes(1_000_000));
	clock.pass(300);
	const drips = await open('drips');
	for (let n = 0; n < 30; n++) {
		await drips.give(bytes(1));
		clock.pass(10);
	}
	assert.equal((await receiver.receive(request())).name, 'saved');
	assert.deepEqual({ ...outcomes }, { quick: 'overloaded' });
	await open('third');
	assert.equal((await receiver.receive(request({}, failureBody(2)))).name, 'saved');
	assert.deepEqual({ ...outcomes }, { quick: 'overloaded', drips: 'overloaded' });
	await receiver.close({ milliseconds: 0 });
});

test('bodies that get on are not ended for another request: that one is told to come again', async (context) => {
	const clock = clockOf(context);
	const { receiver, outcomes, open } = setUp({ requests: 2, bytes: 90_000, bodiesBytes: 100_000 });
	const both = [await open('a'), await open('b')];
	for (let n = 0; n < 5; n++) {
		for (const body of both) await body.give(bytes(8_000));
		clock.pass(250);
		assert.equal((await receiver.receive(request())).name, 'overloaded');
	}
	assert.deepEqual({ ...outcomes }, {});
	await both[0]?.give(bytes(20_000));
	await both[1]?.give(bytes(20_001));
	// It was the one that asked for more than there is.
	assert.deepEqual({ ...outcomes }, { b: 'overloaded' });
	await both[0]?.end();
	assert.deepEqual([outcomes.a, receiver.state.bodiesBytes], ['signature_mismatch', 0]);
	await receiver.close();
});

test('memory that bodies hold which do not get on is given to one that does, the largest first', async (context) => {
	const clock = clockOf(context);
	const { receiver, outcomes, open } = setUp({ bytes: 5_000, bodiesBytes: 10_000 });
	await (await open('one byte')).give(bytes(1));
	await (await open('large')).give(bytes(4_999));
	await (await open('largest')).give(bytes(5_000));
	assert.equal((await receiver.receive(request())).name, 'overloaded');
	clock.pass(251);
	assert.equal((await receiver.receive(request())).name, 'saved');
	assert.deepEqual([{ ...outcomes }, receiver.state.bodiesBytes], [{ largest: 'overloaded' }, 5_000]);
	const large = await open('good', { 'content-length': '5000', 'x-signature': signPayload(bytes(5_000), 'other') });
	await large.give(bytes(2_000), bytes(2_000), bytes(1_000));
	assert.equal(receiver.state.bodiesBytes, 10_000);
	await (await open('better')).give(bytes(10));
	assert.deepEqual({ ...outcomes }, { largest: 'overloaded', large: 'overloaded' });
	await large.end();
	assert.equal(outcomes.good, 'signature_mismatch');
	await receiver.close({ milliseconds: 0 });
	assert.equal(receiver.state.bodiesBytes, 0);
});

test('where all that do not get on hold too little, none of them is ended in vain', async (context) => {
	const clock = clockOf(context);
	const { receiver, outcomes, open } = setUp({ bytes: 5_000, bodiesBytes: 10_000 });
	const stills = ['a', 'b', 'c'];
	for (const name of stills) await (await open(name)).give(bytes(1));
	clock.pass(1_000);
	const moving = [await open('moving'), await open('moving too')];
	for (const body of moving) await body.give(bytes(4_990));
	await (await open('comes')).give(bytes(100));
	assert.deepEqual({ ...outcomes }, { comes: 'overloaded' });
	await receiver.close({ milliseconds: 0 });
});

test('who only announces a body makes nobody leave, nor does who is refused without one', async (context) => {
	const clock = clockOf(context);
	const { receiver, outcomes, open } = setUp({ requests: 2, bytes: 5_000, bodiesBytes: 5_000 });
	await (await open('still')).give(bytes(4_000));
	clock.pass(1_000);
	const announced = await open('announced', { 'content-length': '5000' });
	assert.deepEqual({ ...outcomes }, {});
	assert.equal((await receiver.receive(request({ method: 'GET' }))).name, 'method_not_allowed');
	assert.equal((await receiver.receive(request({ headers: {} }))).name, 'media_type_unsupported');
	assert.deepEqual({ ...outcomes }, {});
	await announced.give(bytes(2_000));
	assert.deepEqual({ ...outcomes }, { still: 'overloaded' });
	await receiver.close({ milliseconds: 0 });
});

test('a body that has fallen back and wants more memory than there is ends itself, and nothing of it stays', async (context) => {
	const clock = clockOf(context);
	const { receiver, outcomes, open } = setUp({ bytes: 5_000, bodiesBytes: 6_000 });
	const largest = await open('largest');
	await largest.give(bytes(4_000));
	await (await open('other')).give(bytes(2_000));
	clock.pass(10_000);
	await largest.give(bytes(1));
	assert.deepEqual([{ ...outcomes }, receiver.state.bodiesBytes], [{ largest: 'overloaded' }, 2_000]);
	await receiver.close({ milliseconds: 0 });
	assert.equal(receiver.state.bodiesBytes, 0);
});

test('a body of less than 1,000 bytes a second is refused after five seconds, another one when its time is over', async (context) => {
	context.mock.timers.enable({ apis: ['setTimeout'] });
	const { receiver, outcomes, open } = setUp({ bodyMilliseconds: 12_000 });
	const [still, slow, steady] = [await open('still'), await open('slow'), await open('steady')];
	await still.give(bytes(4_999));
	await slow.give(bytes(5_000));
	await steady.give(bytes(5_000));
	context.mock.timers.tick(5_000);
	await turn();
	assert.deepEqual({ ...outcomes }, { still: 'body_too_slow' });
	await slow.give(bytes(4_999));
	await steady.give(bytes(2_500), bytes(2_500));
	context.mock.timers.tick(5_000);
	await turn();
	assert.deepEqual({ ...outcomes }, { still: 'body_too_slow', slow: 'body_too_slow' });
	await steady.give(bytes(1_000_000));
	context.mock.timers.tick(1_999);
	await turn();
	assert.equal(outcomes.steady, undefined);
	context.mock.timers.tick(1);
	await turn();
	assert.equal(outcomes.steady, 'body_too_slow');
	assert.equal(receiver.state.bodiesBytes, 0);
});
