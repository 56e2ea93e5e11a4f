/** PNG, JPEG and WebP: the browser decodes them, and turns them as their EXIF orientation says. */
import { imageDimensionsFromData } from 'image-dimensions';
import { paintBitmap } from './bitmap.js';
import { checkPixels, DocumentFault } from './fault.js';
import type { OpenedDocument } from './opened.js';
import { type DocumentType, mediaTypes } from './type.js';

/** Opens a picture of one page. */
export async function openPicture(
	name: string,
	type: DocumentType,
	bytes: Uint8Array<ArrayBuffer>,
): Promise<OpenedDocument> {
	const claimed = imageDimensionsFromData(bytes);
	if (!claimed) throw new DocumentFault('damaged');
	checkPixels(claimed.width, claimed.height);
	const bitmap = await createImageBitmap(new Blob([bytes], { type: mediaTypes[type] }), {
		imageOrientation: 'from-image',
	}).catch((error) => {
		throw new DocumentFault('damaged', String(error));
	});
	const size = { width: bitmap.width, height: bitmap.height };
	return {
		type,
		name,
		pageCount: 1,
		lacks: new Set(),
		size: async () => size,
		async paint(_page, canvas, painting) {
			painting.signal?.throwIfAborted();
			paintBitmap(canvas, bitmap, size, painting);
		},
		close: () => bitmap.close(),
	};
}
