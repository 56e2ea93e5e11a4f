import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import type { DeliveryFeed } from './delivery-feed.js';
import { EventStream } from './event-stream.js';
import type { LiveEvent } from './live-protocol.js';

/** A connection that takes what it is given, or says that it is full. */
class Connection extends EventEmitter {
	text = '';
	full = false;
	destroyed = false;
	end(): void {}
	writeHead(): this {
		return this;
	}
	write(text: string): boolean {
		this.text += text;
		return !this.full;
	}
	/** What came since it was last asked, by the names of the events. */
	events(): string[] {
		const names = [...this.text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name ?? '');
		this.lastId = [...this.text.matchAll(/^id: (\S+)$/gm)].at(-1)?.[1] ?? this.lastId;
		this.text = '';
		return names;
	}
	lastId = '';
	drain(): void {
		this.full = false;
		this.emit('drain');
	}
}

const trouble = (length: number): LiveEvent => ({ name: 'trouble', data: { message: 'x'.repeat(length) } });

describe('event stream', () => {
	let followed = 0;
	let standing: LiveEvent[] = [];
	let tell: (event: LiveEvent) => void = () => {};
	/** The first look at the inbox, which everyone waits for. */
	let firstLook: Promise<void>;
	const feed: DeliveryFeed = {
		list: async () => [],
		body: async () => null,
		requestsSince: null,
		standing: () => standing,
		follow: async (given) => {
			followed++;
			tell = given;
			await firstLook;
			return () => {
				followed--;
			};
		},
	};
	let stream: EventStream;

	beforeEach(() => {
		followed = 0;
		standing = [];
		firstLook = Promise.resolve();
		mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
		stream = new EventStream(feed);
	});
	afterEach(() => {
		stream.close();
		mock.timers.reset();
	});

	const open = async (lastEventId?: string, connection = new Connection()): Promise<Connection> => {
		const request = { method: 'GET', headers: { 'last-event-id': lastEventId } };
		await stream.open(request as unknown as IncomingMessage, connection as unknown as ServerResponse);
		return connection;
	};
	const gathered = (): void => mock.timers.tick(50);

	test('everyone begins with a gap, and gets what happens from then on', async () => {
		const one = await open();
		assert.deepEqual(one.events(), ['gap']);
		tell(trouble(1));
		tell({ name: 'deliveries', data: [] });
		assert.deepEqual(one.events(), [], 'what comes together is sent together');
		gathered();
		assert.deepEqual(one.events(), ['trouble', 'deliveries']);
		const other = await open();
		assert.deepEqual(other.events(), ['gap']);
		assert.equal(followed, 1);
	});

	test('behind a gap stands how things are; who missed nothing is not told', async () => {
		standing = [{ name: 'requests', data: [] }, trouble(1)];
		const one = await open();
		assert.deepEqual(one.events(), ['gap', 'requests', 'trouble']);
		tell({ name: 'deliveries', data: [] });
		gathered();
		assert.deepEqual(one.events(), ['deliveries']);
		assert.deepEqual((await open(one.lastId)).events(), []);
		one.full = true;
		for (let round = 0; round < 30; round++) tell(trouble(50_000));
		gathered();
		one.drain();
		assert.deepEqual(one.events().slice(-3), ['gap', 'requests', 'trouble']);
	});

	test('a full connection is written to no more; the others are', async () => {
		const [slow, quick] = [await open(), await open()];
		slow.events();
		quick.events();
		slow.full = true;
		for (let round = 0; round < 3; round++) {
			tell(trouble(1));
			gathered();
		}
		assert.equal(slow.events().length, 1);
		assert.equal(quick.events().length, 3);
		slow.drain();
		assert.equal(slow.events().length, 2);
	});

	test('what was forgotten meanwhile is a gap, with the number of the newest', async () => {
		const slow = await open();
		slow.events();
		slow.full = true;
		tell(trouble(1));
		gathered();
		slow.events();
		for (let round = 0; round < 30; round++) tell(trouble(50_000));
		gathered();
		slow.drain();
		assert.deepEqual(slow.events(), ['gap']);
		tell(trouble(1));
		gathered();
		assert.deepEqual(slow.events(), ['trouble']);
		assert.deepEqual((await open(slow.lastId)).events(), [], 'nothing is missing behind it');
	});

	test('who comes back soon goes on, who comes back late begins anew', async () => {
		const one = await open();
		tell(trouble(1));
		gathered();
		one.events();
		one.emit('close');
		tell(trouble(1));
		mock.timers.tick(5_000);
		const back = await open(one.lastId);
		assert.deepEqual(back.events(), ['trouble']);
		back.emit('close');
		mock.timers.tick(20_000);
		// Ends in a turn of its own.
		await new Promise<void>((resolve) => setImmediate(resolve));
		assert.equal(followed, 0);
		assert.deepEqual((await open(back.lastId)).events(), ['gap']);
		for (const id of ['', '.', 'x.1', `${one.lastId.split('.')[0]}.9999`]) {
			assert.deepEqual((await open(id)).events(), ['gap'], id);
		}
	});

	test('who goes during the first look at the inbox ends nothing for who came meanwhile', async () => {
		let ended = (): void => {};
		firstLook = new Promise((resolve) => {
			ended = resolve;
		});
		const gone = new Connection();
		const opening = [open(undefined, gone), open()] as const;
		gone.destroyed = true;
		gone.emit('close');
		ended();
		const [, stays] = await Promise.all(opening);
		assert.deepEqual(stays.events(), ['gap']);
		mock.timers.tick(60_000);
		// Ends in a turn of its own.
		await new Promise<void>((resolve) => setImmediate(resolve));
		assert.equal(followed, 1);
		tell(trouble(1));
		gathered();
		assert.deepEqual(stays.events(), ['trouble']);
	});

	test('who comes during the first look at the inbox keeps nothing going once all is closed', async () => {
		let ended = (): void => {};
		firstLook = new Promise((resolve) => {
			ended = resolve;
		});
		const late = new Connection();
		const opening = open(undefined, late);
		stream.close();
		ended();
		await opening;
		mock.timers.tick(60_000);
		assert.equal(late.text, '');
		assert.equal(followed, 0);
	});

	test('who comes once all is closed is answered, and nothing is followed for it', async () => {
		stream.close();
		const late = new Connection();
		const ended = mock.method(late, 'end');
		await open(undefined, late);
		assert.deepEqual([late.text, ended.mock.callCount(), followed], ['', 1, 0]);
	});
});
