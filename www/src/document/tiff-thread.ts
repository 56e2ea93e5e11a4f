/** Where the TIFF decoder's worker comes from; `vite-one-file.ts` makes a text of the page's own script of it. */
import TiffWorker from './tiff-worker.js?worker';

/** Starts a worker; whoever asked for it terminates it. */
export function startTiffWorker(): Worker {
	return new TiffWorker({ name: 'tiff' });
}
