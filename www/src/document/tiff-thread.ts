/** Where the TIFF decoder's worker comes from; a build that must be one file swaps `?worker` for `?worker&inline` here. */
import TiffWorker from './tiff-worker.js?worker';

/** Starts a worker; whoever asked for it terminates it. */
export function startTiffWorker(): Worker {
	return new TiffWorker({ name: 'tiff' });
}
