/**
 * Decodes TIFF pages, one after the other. By utif2: of the libraries that are alive it alone reads what scanners and faxes write
 * (CCITT G3 and G4, JPEG, LZW, Deflate, PackBits); `tiff` reads neither CCITT nor JPEG.
 */
import { decode, decodeImage, type IFD, toRGBA8 } from 'utif2';
import type { TiffPage } from './tiff-directories.js';

/** What the worker is told: first the file, then a page after the other. */
export type TiffAsk = { bytes: ArrayBuffer } | { page: TiffPage };
/** What it answers to a page. */
export type TiffReply = { bitmap: ImageBitmap } | { failure: string };

let file: ArrayBuffer = new ArrayBuffer(0);

addEventListener('message', async ({ data }: MessageEvent<TiffAsk>) => {
	if ('bytes' in data) {
		file = data.bytes;
		return;
	}
	try {
		const bitmap = await decodePage(data.page);
		postMessage({ bitmap } satisfies TiffReply, { transfer: [bitmap] });
	} catch (error) {
		postMessage({ failure: String(error) } satisfies TiffReply);
	}
});

async function decodePage({ directory, orientation, width, height }: TiffPage): Promise<ImageBitmap> {
	// Without makers' notes: they hold no page.
	const found = readDirectories(file, { parseMN: false, debug: false })[directory];
	if (!found) throw new RangeError(String(directory));
	decodeImage(file, found);
	const pixels = new Uint8ClampedArray(toRGBA8(found).buffer as ArrayBuffer);
	const upright = await createImageBitmap(new ImageData(pixels, width, height));
	if (orientation === 1) return upright;
	const [turnedWidth, turnedHeight] = orientation > 4 ? [height, width] : [width, height];
	const canvas = new OffscreenCanvas(turnedWidth, turnedHeight);
	const context = canvas.getContext('2d');
	context?.setTransform(...orientationMatrix(orientation, width, height));
	context?.drawImage(upright, 0, 0);
	upright.close();
	return canvas.transferToImageBitmap();
}

/** The types that come with the library lack its second parameter. */
const readDirectories = decode as (file: ArrayBuffer, options: { parseMN: boolean; debug: boolean }) => IFD[];

/** How stored pixels are turned and mirrored to be read. */
function orientationMatrix(
	orientation: number,
	width: number,
	height: number,
): [number, number, number, number, number, number] {
	switch (orientation) {
		case 2:
			return [-1, 0, 0, 1, width, 0];
		case 3:
			return [-1, 0, 0, -1, width, height];
		case 4:
			return [1, 0, 0, -1, 0, height];
		case 5:
			return [0, 1, 1, 0, 0, 0];
		case 6:
			return [0, 1, -1, 0, height, 0];
		case 7:
			return [0, -1, -1, 0, height, width];
		case 8:
			return [0, -1, 1, 0, 0, width];
		default:
			return [1, 0, 0, 1, 0, 0];
	}
}
