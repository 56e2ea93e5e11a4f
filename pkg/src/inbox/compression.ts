import { promisify } from 'node:util';
// As a whole: Node before 22.15, and 23 before 23.8, has no Zstandard, and an import of what is missing fails.
import zlib from 'node:zlib';
import { InboxError } from './inbox.js';

/**
 * Compression of bodies that are at rest. Never on the event loop while a delivery is taken: an extraction of 7.4 KB takes about
 * 0.17 ms and OCR of 121 KB about 6 ms, longer than all the rest of saving them. They become 17 % and 25 % of their length; Brotli
 * at quality 4 gave 18 % and 25 % in the same time.
 */
const deflate = promisify(zlib.deflateRaw);
const inflate = promisify(zlib.inflateRaw);

/**
 * How the thread that writes packs a body of so many bytes or more, where Node can: OCR of 218 KB becomes 26 % of its
 * length in 0.7 ms (at level -1: 19 % in 0.9 ms), and to write all of it to the log and to the file takes longer.
 */
export const zstdBytes = 64 * 1024;
export const zstdLevel = -5;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
/** From the Node on that frees what Zstandard takes when it is done (nodejs/node#61717). */
export const packsLong = major > 25 || (major === 24 && minor >= 15);

/** To hash or unpack a longer body would hold the event loop for more than a millisecond or so. */
export const longBody = 1024 * 1024;

/** Shorter ones take the same room packed or not. */
const worthwhileBytes = 256;
/** What a body has to lose for it to be stored packed. */
const worthwhileShare = 0.1;

/** The body, compressed; `null` where that does not pay. */
export async function pack(body: Uint8Array): Promise<Uint8Array | null> {
	if (body.byteLength < worthwhileBytes) return null;
	const packed = await deflate(body);
	return packed.byteLength <= body.byteLength * (1 - worthwhileShare) ? packed : null;
}

/** The body of one that {@link pack} gave; rejects when it is none, or is longer than `bytes`. */
export async function inflated(packed: Uint8Array, bytes: number): Promise<Uint8Array> {
	return inflate(packed, { maxOutputLength: bytes });
}

/**
 * The same of one that the thread that writes has packed. Of a short one at once: where many are read one after the other, a turn of
 * a busy event loop for each would take 64 of them two seconds.
 *
 * @throws {InboxError} (as a rejection) `runtime` where there is no Zstandard.
 */
export async function unzstd(packed: Uint8Array, bytes: number): Promise<Uint8Array> {
	const { zstdDecompress, zstdDecompressSync } = zlib;
	if (zstdDecompress === undefined) {
		const message = `A body packed with Zstandard needs Node.js 22.15, 23.8 or newer; this is ${process.version}.`;
		throw new InboxError('runtime', message);
	}
	const options = { chunkSize: Math.max(64, Math.min(bytes + 1, 1 << 18)), maxOutputLength: bytes };
	return bytes < longBody ? zstdDecompressSync(packed, options) : promisify(zstdDecompress)(packed, options);
}
