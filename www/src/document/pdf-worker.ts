/**
 * Where pdf.js's worker comes from. The only file that knows: a build that must be one file swaps `?worker` for `?worker&inline` here.
 * The legacy build: Firefox ESR 140 lacks `Map.prototype.getOrInsertComputed`, which the other one needs.
 */
import PdfWorker from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?worker';

/** Starts a worker; whoever asked for it terminates it. */
export function startPdfWorker(): Worker {
	return new PdfWorker({ name: 'pdf' });
}
