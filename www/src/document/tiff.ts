/** TIFF: pages are decoded when they are wanted. */
import { paintBitmap } from './bitmap.js';
import { checkPixels, DocumentFault } from './fault.js';
import type { Size } from './geometry.js';
import type { OpenedDocument, Painting } from './opened.js';
import { TiffDecoder } from './tiff-decoder.js';
import { type TiffPage, tiffPages } from './tiff-directories.js';
import { startTiffWorker } from './tiff-thread.js';

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
	readonly #decoder: TiffDecoder;

	constructor(
		readonly name: string,
		pages: readonly TiffPage[],
		file: ArrayBuffer,
	) {
		this.pageCount = pages.length;
		this.#pages = pages;
		this.#decoder = new TiffDecoder(file, startTiffWorker);
	}

	async size(page: number): Promise<Size> {
		return sizeOf(this.#at(page));
	}

	async paint(index: number, canvas: HTMLCanvasElement, painting: Painting): Promise<void> {
		const page = this.#at(index);
		await this.#decoder.with(page, (bitmap) => {
			painting.signal?.throwIfAborted();
			paintBitmap(canvas, bitmap, sizeOf(page), painting);
		});
	}

	close(): void {
		this.#decoder.close();
	}

	#at(page: number): TiffPage {
		const found = this.#pages[page];
		if (!found) throw new DocumentFault('damaged');
		return found;
	}
}

/** As the page is read: its orientation applied, and its pixels made square. */
function sizeOf({ width, height, orientation, aspect }: TiffPage): Size {
	const read = { width, height: height * aspect };
	return orientation > 4 ? { width: read.height, height: read.width } : read;
}
