/** The pages of a TIFF file, read from its directories before any of it is decoded: a decoder would follow a circle for ever. */
import { DocumentFault } from './fault.js';
import type { Size } from './geometry.js';

/** One page. */
export interface TiffPage extends Size {
	/** Its place among the file's directories: previews and masks have some too. */
	directory: number;
	/** As EXIF counts, 1 to 8. */
	orientation: number;
	/** How much higher than wide a pixel is: faxes have 204 × 98 to the inch. */
	aspect: number;
}

/** Directories that are read at most. */
const MOST_DIRECTORIES = 20_000;
/** Bytes of one value of each type. */
const BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

const tags = { subfile: 254, width: 256, height: 257, orientation: 274, xResolution: 282, yResolution: 283 } as const;

/** Reads the chain of directories; refuses one that leads out of the file or in a circle. */
export function tiffPages(bytes: Uint8Array): TiffPage[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const little = bytes[0] === 0x49;
	const seen = new Set<number>();
	const pages: TiffPage[] = [];
	try {
		for (let at = view.getUint32(4, little); at !== 0; ) {
			if (seen.has(at) || seen.size >= MOST_DIRECTORIES) throw new DocumentFault('damaged');
			const page = directory(view, at, little);
			if (page) pages.push({ ...page, directory: seen.size });
			seen.add(at);
			at = view.getUint32(at + 2 + 12 * view.getUint16(at, little), little);
		}
	} catch (error) {
		// Beyond the end of the file.
		throw error instanceof RangeError ? new DocumentFault('damaged') : error;
	}
	if (pages.length === 0) throw new DocumentFault('damaged');
	return pages;
}

function directory(view: DataView, at: number, little: boolean): Omit<TiffPage, 'directory'> | null {
	const values = new Map<number, number>();
	const entries = view.getUint16(at, little);
	for (let index = 0; index < entries; index++) {
		const entry = at + 2 + 12 * index;
		const tag = view.getUint16(entry, little);
		const type = view.getUint16(entry + 2, little);
		const count = view.getUint32(entry + 4, little);
		const length = (BYTES[type] ?? 0) * count;
		const place = length > 4 ? view.getUint32(entry + 8, little) : entry + 8;
		if (place + length > view.byteLength) throw new RangeError();
		const value = length > 0 ? valueAt(view, place, type, little) : null;
		if (value !== null) values.set(tag, value);
	}
	const [width, height] = [values.get(tags.width), values.get(tags.height)];
	const kind = values.get(tags.subfile) ?? 0;
	// Bit 0: a preview of another page; bit 2: a mask of one.
	if (!width || !height || (kind & 0b101) !== 0) return null;
	const ratio = (values.get(tags.xResolution) ?? 1) / (values.get(tags.yResolution) ?? 1);
	return {
		width,
		height,
		orientation: values.get(tags.orientation) ?? 1,
		aspect: ratio > 0.1 && ratio < 10 ? ratio : 1,
	};
}

function valueAt(view: DataView, place: number, type: number, little: boolean): number | null {
	if (type === 1) return view.getUint8(place);
	if (type === 3) return view.getUint16(place, little);
	if (type === 4) return view.getUint32(place, little);
	if (type === 5) return view.getUint32(place, little) / view.getUint32(place + 4, little);
	return null;
}
