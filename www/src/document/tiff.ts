/** TIFF: pages are decoded in a worker when they are wanted, and the last few are kept. */
import { paintBitmap } from './bitmap.js';
import { checkPixels, DocumentFault } from './fault.js';
import type { Size } from './geometry.js';
import type { OpenedDocument, Painting } from './opened.js';
import { type TiffPage, tiffPages } from './tiff-directories.js';
import { startTiffWorker } from './tiff-thread.js';
import type { TiffAsk, TiffReply } from './tiff-worker.js';

/** Pixels of decoded pages that are kept. */
const PIXELS_KEPT = 40e6;
/** Milliseconds after which a page is given up: a hostile file can keep a decoder busy for ever. */
const PATIENCE = 60_000;

/** Opens a TIFF file. */
export function openTiff(name: string, bytes: Uint8Array<ArrayBuffer>): OpenedDocument {
	const pages = tiffPages(bytes);
	for (const { width, height } of pages) checkPixels(width, height);
	return new Tiff(name, pages, bytes.buffer);
}

class Tiff implements OpenedDocument {
	readonly type = 'tiff';
	readonly lacks: ReadonlySet<string> = new Set();
	readonly pageCount: number;
	readonly #pages: readonly TiffPage[];
	readonly #file: ArrayBuffer;
	/** Started with the first page. */
	#worker: Worker | null = null;
	/** Decoded pages, the one used last at the end. */
	readonly #decoded = new Map<number, Promise<ImageBitmap>>();
	/** The page that is being decoded, which the next one waits for. */
	#busy: Promise<unknown> = Promise.resolve();

	constructor(
		readonly name: string,
		pages: readonly TiffPage[],
		file: ArrayBuffer,
	) {
		this.pageCount = pages.length;
		this.#pages = pages;
		this.#file = file;
	}

	async size(page: number): Promise<Size> {
		const { width, height, orientation, aspect } = this.#at(page);
		const read = { width, height: height * aspect };
		return orientation > 4 ? { width: read.height, height: read.width } : read;
	}

	async paint(page: number, canvas: HTMLCanvasElement, painting: Painting): Promise<void> {
		const [bitmap, size] = [await this.#bitmap(page), await this.size(page)];
		painting.signal?.throwIfAborted();
		paintBitmap(canvas, bitmap, size, painting);
	}

	close(): void {
		this.#worker?.terminate();
		for (const bitmap of this.#decoded.values()) bitmap.then((done) => done.close()).catch(() => {});
		this.#decoded.clear();
	}

	#at(page: number): TiffPage {
		const found = this.#pages[page];
		if (!found) throw new RangeError(`There is no page ${page}.`);
		return found;
	}

	#bitmap(page: number): Promise<ImageBitmap> {
		const found = this.#decoded.get(page) ?? this.#decode(this.#at(page));
		this.#decoded.delete(page);
		this.#decoded.set(page, found);
		let kept = 0;
		for (const [index, bitmap] of [...this.#decoded].reverse()) {
			const { width, height } = this.#at(index);
			kept += width * height;
			if (kept <= PIXELS_KEPT || index === page) continue;
			this.#decoded.delete(index);
			// Not closed: it may be about to be painted.
			bitmap.catch(() => {});
		}
		return found;
	}

	#decode(page: TiffPage): Promise<ImageBitmap> {
		const decoded = this.#busy.then(() => this.#ask(page));
		this.#busy = decoded.catch(() => {});
		return decoded;
	}

	#ask(page: TiffPage): Promise<ImageBitmap> {
		const worker = this.#worker ?? startTiffWorker();
		if (worker !== this.#worker) worker.postMessage({ bytes: this.#file } satisfies TiffAsk);
		this.#worker = worker;
		return new Promise((resolve, reject) => {
			const fail = (detail: string) => {
				// What is left of it cannot be trusted.
				worker.terminate();
				this.#worker = null;
				reject(new DocumentFault('damaged', detail));
			};
			const timer = setTimeout(() => fail('It takes too long.'), PATIENCE);
			worker.onerror = (event) => {
				clearTimeout(timer);
				fail(event.message);
			};
			worker.onmessage = ({ data }: MessageEvent<TiffReply>) => {
				clearTimeout(timer);
				if ('bitmap' in data) resolve(data.bitmap);
				else reject(new DocumentFault('damaged', data.failure));
			};
			worker.postMessage({ page } satisfies TiffAsk);
		});
	}
}
