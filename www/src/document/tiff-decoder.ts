/** Has the pages of a TIFF decoded in a worker, one after the other, and keeps the last few. */
import { DocumentFault } from './fault.js';
import type { TiffPage } from './tiff-directories.js';
import type { TiffAsk, TiffReply } from './tiff-worker.js';

/** Pixels of decoded pages that are kept. */
const PIXELS_KEPT = 40e6;
/** Milliseconds after which a page is given up: a hostile file can keep a decoder busy for ever. */
const PATIENCE = 60_000;

/** The decoder of one file. */
export class TiffDecoder {
	readonly #file: ArrayBuffer;
	readonly #start: () => Worker;
	/** Started with the first page. */
	#worker: Worker | null = null;
	/** Decoded pages, the one used last at the end. */
	readonly #decoded = new Map<TiffPage, Promise<ImageBitmap>>();
	/** The page that is being decoded, which the next one waits for. */
	#busy: Promise<unknown> = Promise.resolve();
	/** Gives up the page that is being decoded. */
	#giveUp: () => void = () => {};
	#closed = false;

	/** @param start starts a worker of `tiff-worker.ts` */
	constructor(file: ArrayBuffer, start: () => Worker) {
		this.#file = file;
		this.#start = start;
	}

	/** Lends a decoded page to `use`, which is done with it when it returns. */
	async with<Result>(page: TiffPage, use: (bitmap: ImageBitmap) => Result): Promise<Result> {
		return use(await this.#at(page));
	}

	/** Lets go of everything; what is still waited for rejects. */
	close(): void {
		this.#closed = true;
		this.#giveUp();
		for (const page of this.#decoded.keys()) this.#leave(page);
	}

	#at(page: TiffPage): Promise<ImageBitmap> {
		const found = this.#decoded.get(page) ?? this.#decode(page);
		this.#decoded.delete(page);
		this.#decoded.set(page, found);
		let kept = 0;
		for (const other of [...this.#decoded.keys()].reverse()) {
			kept += other.width * other.height;
			if (kept > PIXELS_KEPT && other !== page) this.#leave(other);
		}
		return found;
	}

	#leave(page: TiffPage): void {
		const bitmap = this.#decoded.get(page);
		this.#decoded.delete(page);
		// Whoever waits for it already has it before it is closed.
		bitmap?.then(
			(done) => done.close(),
			() => {},
		);
	}

	#decode(page: TiffPage): Promise<ImageBitmap> {
		const bitmap = this.#busy.then(() => this.#ask(page));
		this.#busy = bitmap.catch((error: unknown) => {
			// A decoder that stopped may have better luck the next time; a page that it cannot read stays so.
			if (error instanceof Stopped) this.#leave(page);
		});
		return bitmap;
	}

	#ask(page: TiffPage): Promise<ImageBitmap> {
		if (this.#closed) return Promise.reject(new Stopped());
		const worker = this.#worker ?? this.#start();
		if (worker !== this.#worker) worker.postMessage({ bytes: this.#file } satisfies TiffAsk);
		this.#worker = worker;
		return new Promise((resolve, reject) => {
			const stop = (detail: string) => {
				clearTimeout(timer);
				// What is left of it cannot be trusted.
				worker.terminate();
				this.#worker = null;
				reject(new Stopped(detail));
			};
			const timer = setTimeout(stop, PATIENCE, '');
			this.#giveUp = () => stop('');
			worker.onerror = (event) => stop(event.message);
			worker.onmessage = ({ data }: MessageEvent<TiffReply>) => {
				clearTimeout(timer);
				this.#giveUp = () => worker.terminate();
				if ('bitmap' in data) resolve(data.bitmap);
				else reject(new DocumentFault('damaged', data.failure));
			};
			worker.postMessage({ page } satisfies TiffAsk);
		});
	}
}

/** The decoder gave no answer. */
class Stopped extends DocumentFault {
	constructor(detail = '') {
		super('damaged', detail);
	}
}
