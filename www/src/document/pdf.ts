/** PDF, by pdf.js: the browsers' own viewer for it, and the only one that paints most of what is out there. */
import {
	getDocument,
	InvalidPDFException,
	PasswordException,
	type PDFDocumentProxy,
	type PDFPageProxy,
	PDFWorker,
	VerbosityLevel,
} from 'pdfjs-dist/legacy/build/pdf.mjs';
import { pixelSize } from './bitmap.js';
import { DocumentFault, MOST_PIXELS } from './fault.js';
import type { Size } from './geometry.js';
import type { OpenedDocument, Painting } from './opened.js';
import { resourceFactory } from './pdf-resources.js';
import { startPdfWorker } from './pdf-worker.js';

/** CSS pixels for each of the 72 units of an inch. */
const PIXELS_PER_UNIT = 96 / 72;
/** Pages whose instructions are kept, for the next zoom. */
const PAGES_KEPT = 4;

/** Opens a PDF in a worker of its own. */
export async function openPdf(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<OpenedDocument> {
	const lacks = new Set<string>();
	const port = startPdfWorker();
	const worker = PDFWorker.create({ port, verbosity: VerbosityLevel.ERRORS });
	const task = getDocument({
		data: bytes,
		worker,
		verbosity: VerbosityLevel.ERRORS,
		BinaryDataFactory: resourceFactory(lacks),
		useWorkerFetch: false,
		useSystemFonts: true,
		enableXfa: false,
		maxImageSize: MOST_PIXELS,
		disableRange: true,
		disableStream: true,
	});
	const close = () => {
		// Both wait for the worker's word, which a worker that hangs never gives.
		task.destroy().catch(() => {});
		worker.destroy();
		port.terminate();
	};
	const stopped = new Promise<never>((_, reject) => {
		port.addEventListener('error', (event) => reject(new Error(event.message)), { once: true });
	});
	try {
		const pdf = await Promise.race([task.promise, stopped]);
		return new Pdf(name, pdf, lacks, close);
	} catch (error) {
		close();
		if (error instanceof PasswordException) throw new DocumentFault('password');
		throw new DocumentFault('damaged', error instanceof InvalidPDFException ? error.message : String(error));
	}
}

class Pdf implements OpenedDocument {
	readonly type = 'pdf';
	readonly pageCount: number;
	/** The pages used last. */
	readonly #pages = new Map<number, PDFPageProxy>();
	readonly #pdf: PDFDocumentProxy;

	constructor(
		readonly name: string,
		pdf: PDFDocumentProxy,
		readonly lacks: ReadonlySet<string>,
		readonly close: () => void,
	) {
		this.#pdf = pdf;
		this.pageCount = pdf.numPages;
	}

	async size(page: number): Promise<Size> {
		const { width, height } = (await this.#page(page)).getViewport({ scale: PIXELS_PER_UNIT });
		return { width, height };
	}

	async paint(index: number, canvas: HTMLCanvasElement, { scale, rotation, area, signal }: Painting): Promise<void> {
		const page = await this.#page(index);
		signal?.throwIfAborted();
		const viewport = page.getViewport({
			scale: PIXELS_PER_UNIT * scale,
			rotation: (page.rotate + rotation) % 360,
			offsetX: -(area?.left ?? 0),
			offsetY: -(area?.top ?? 0),
		});
		const { width, height } = area ?? pixelSize(await this.size(index), scale, rotation);
		canvas.width = width;
		canvas.height = height;
		const painting = page.render({ canvas, viewport });
		const cancel = () => painting.cancel();
		signal?.addEventListener('abort', cancel, { once: true });
		try {
			await painting.promise;
		} catch (error) {
			signal?.throwIfAborted();
			throw error;
		} finally {
			signal?.removeEventListener('abort', cancel);
		}
	}

	async #page(index: number): Promise<PDFPageProxy> {
		const page = this.#pages.get(index) ?? (await this.#pdf.getPage(index + 1));
		this.#pages.delete(index);
		this.#pages.set(index, page);
		const [oldest, left] = this.#pages.entries().next().value ?? [];
		// Says no while it is being painted: then it goes with the document.
		if (this.#pages.size > PAGES_KEPT && oldest !== undefined) {
			this.#pages.delete(oldest);
			left?.cleanup();
		}
		return page;
	}
}
