import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readBody, windowMs } from './body.js';
import { Capacity, Reservation } from './capacity.js';
import { OpenBodies } from './open-bodies.js';

const milliseconds = 30_000;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Reads a body that gives a byte whenever it is told to, by a clock that the test sets. */
function reading(context: TestContext, bytesPerWindow: number) {
	context.mock.timers.enable({ apis: ['setTimeout'] });
	const controls: ReadableStreamDefaultController<Uint8Array>[] = [];
	const body = new ReadableStream<Uint8Array>({ start: (given) => void controls.push(given) });
	const memory = new Reservation(new Capacity(100));
	const read = readBody(body, { bytes: 100, milliseconds, bytesPerWindow, memory, open: new OpenBodies() });
	return {
		read,
		give: (): void => controls[0]?.enqueue(Uint8Array.of(1)),
		end: (): void => controls[0]?.close(),
		pass: (ms: number): void => context.mock.timers.tick(ms),
	};
}

test('a body that brings too little in its time is given up', async (context) => {
	const { read, give, pass } = reading(context, 2);
	give();
	await turn();
	pass(windowMs);
	assert.deepEqual(await read, { ok: false, why: 'body_too_slow' });
});

test('where no pace is asked for, a body may stand still', async (context) => {
	const { read, give, end, pass } = reading(context, 0);
	for (let window = 0; window < 5; window++) {
		pass(windowMs);
		await turn();
	}
	give();
	end();
	assert.deepEqual(await read, { ok: true, bytes: Uint8Array.of(1) });
});

test('where no pace is asked for, a body is given up when all of its time is over', async (context) => {
	const { read, pass } = reading(context, 0);
	for (let passed = 0; passed < milliseconds; passed += windowMs) {
		pass(windowMs);
		await turn();
	}
	assert.deepEqual(await read, { ok: false, why: 'body_too_slow' });
});

test('bytes that were here when the time was over, and could not be read yet, count', async (context) => {
	const { read, give, end, pass } = reading(context, 1);
	// As after a stall of the event loop: its timers come first, then the sockets.
	pass(windowMs);
	give();
	await turn();
	end();
	assert.deepEqual(await read, { ok: true, bytes: Uint8Array.of(1) });
});

test('where the machine has no memory for a body, it is refused like one that finds no room, and sent again', async (context) => {
	const { read, give, end } = reading(context, 0);
	context.mock.method(Buffer, 'allocUnsafeSlow', () => {
		throw new RangeError('Array buffer allocation failed');
	});
	give();
	give();
	end();
	assert.deepEqual(await read, { ok: false, why: 'overloaded' });
});
