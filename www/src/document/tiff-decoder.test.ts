import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { TiffDecoder } from './tiff-decoder.js';
import type { TiffPage } from './tiff-directories.js';

/** A worker that answers when it is told to. */
class MadeWorker {
	onmessage: ((event: { data: unknown }) => void) | null = null;
	onerror: ((event: { message: string }) => void) | null = null;
	asked: number[] = [];
	ended = false;

	postMessage(message: { bytes: ArrayBuffer } | { page: TiffPage }): void {
		if ('page' in message) this.asked.push(message.page.directory);
	}

	terminate(): void {
		this.ended = true;
	}

	answer(data: unknown = { bitmap: new MadeBitmap() }): void {
		this.onmessage?.({ data });
	}
}

class MadeBitmap {
	closed = false;

	close(): void {
		this.closed = true;
	}
}

const pageOf = (directory: number, pixels = 1): TiffPage => ({
	directory,
	width: pixels,
	height: 1,
	orientation: 1,
	aspect: 1,
});
const soon = () => new Promise((resolve) => setImmediate(resolve));
const keep = (bitmap: ImageBitmap) => bitmap as unknown as MadeBitmap;

let workers: MadeWorker[];
let decoder: TiffDecoder;

beforeEach(() => {
	workers = [];
	decoder = new TiffDecoder(new ArrayBuffer(8), () => {
		const worker = new MadeWorker();
		workers.push(worker);
		return worker as unknown as Worker;
	});
});

describe('the decoder of a TIFF', () => {
	test('closed while one page is decoded and another waits: both reject, and no worker is left or started', async () => {
		const waiting = [decoder.with(pageOf(0), keep), decoder.with(pageOf(1), keep)];
		const settled = Promise.allSettled(waiting);
		await soon();
		decoder.close();
		assert.deepEqual(
			(await settled).map(({ status }) => status),
			['rejected', 'rejected'],
		);
		assert.deepEqual(
			workers.map(({ asked, ended }) => [asked, ended]),
			[[[0], true]],
		);
		await assert.rejects(decoder.with(pageOf(2), keep));
		assert.equal(workers.length, 1);
	});

	test('closed between two pages: the worker ends, and what it decoded is closed', async () => {
		const page = decoder.with(pageOf(0), keep);
		await soon();
		workers[0]?.answer();
		const bitmap = await page;
		assert.equal(bitmap.closed, false, 'it is kept for the next time');
		decoder.close();
		await soon();
		assert.equal(bitmap.closed, true);
		assert.equal(workers[0]?.ended, true);
	});

	test('of many large pages the last ones are kept, and the others closed', async () => {
		const bitmaps: MadeBitmap[] = [];
		for (const directory of [0, 1, 2]) {
			const page = decoder.with(pageOf(directory, 20e6), keep);
			await soon();
			workers[0]?.answer();
			bitmaps.push(await page);
		}
		await soon();
		assert.deepEqual(
			bitmaps.map(({ closed }) => closed),
			[true, false, false],
		);
	});

	test('a page that is left while it is wanted is closed only afterwards', async () => {
		const first = decoder.with(pageOf(0, 30e6), (bitmap) => keep(bitmap).closed);
		const second = decoder.with(pageOf(1, 30e6), keep);
		await soon();
		workers[0]?.answer();
		assert.equal(await first, false);
		await soon();
		workers[0]?.answer();
		await second;
	});

	test('a page that the decoder died of is tried again by another; a damaged one stays damaged', async () => {
		const page = pageOf(0);
		const failed = assert.rejects(decoder.with(page, keep));
		await soon();
		workers[0]?.onerror?.({ message: 'out of memory' });
		await failed;
		await soon();
		const again = decoder.with(page, keep);
		await soon();
		workers[1]?.answer();
		assert.ok(await again);

		const damaged = pageOf(1);
		const refused = assert.rejects(decoder.with(damaged, keep));
		await soon();
		workers[1]?.answer({ failure: 'no strip' });
		await refused;
		await assert.rejects(decoder.with(damaged, keep));
		assert.deepEqual(workers[1]?.asked, [0, 1], 'it was not asked a second time');
	});
});
