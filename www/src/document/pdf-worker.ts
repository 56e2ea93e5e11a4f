/**
 * Where pdf.js's worker comes from; `vite-one-file.ts` makes a text of the page's own script of it.
 * The legacy build: Firefox ESR 140 lacks `Map.prototype.getOrInsertComputed`, which the other one needs.
 */
import PdfWorker from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?worker';

/** Starts a worker; whoever asked for it terminates it. */
export function startPdfWorker(): Worker {
	return new PdfWorker({ name: 'pdf' });
}
