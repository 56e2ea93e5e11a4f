/** A page with its marks as a picture to keep. */
import { pixelSize, preparedCanvas } from './bitmap.js';
import { DocumentFault } from './fault.js';
import type { Rotation, Size } from './geometry.js';
import { drawMarks, drawSelected } from './ink.js';
import type { OpenedDocument } from './opened.js';
import { outlinesOf, type Polygons } from './outlines.js';

/** What the picture shows. */
export interface PictureOf {
	/** Blank without one. */
	document: OpenedDocument | null;
	page: number;
	/** Of the page, in CSS pixels at 100 %. */
	size: Size;
	rotation: Rotation;
	marks: (Polygons & { tones: Uint8Array }) | null;
	/** Numbers of the marks that are drawn strongly. */
	selected: readonly number[];
	/** Whether the other ones are left out. */
	selectedOnly: boolean;
}

/** Pixels of the longer edge: enough to read small print on A4, and to be sent around. */
const LONGER_EDGE = 2400;

/** Paints a page and its marks as a PNG. */
export async function paintPicture({
	document,
	page,
	size,
	rotation,
	marks,
	selected,
	selectedOnly,
}: PictureOf): Promise<Blob> {
	const scale = LONGER_EDGE / Math.max(size.width, size.height);
	const canvas = window.document.createElement('canvas');
	if (document) await document.paint(page, canvas, { scale, rotation });
	else preparedCanvas(canvas, pixelSize(size, scale, rotation));
	const context = canvas.getContext('2d');
	if (context && marks) {
		// Lines as wide as on a sheet that is looked at as a whole.
		const line = LONGER_EDGE / 1000;
		context.setTransform(line, 0, 0, line, 0, 0);
		const placement = { size, zoom: scale / line, rotation };
		const outlines = outlinesOf(marks);
		if (!selectedOnly) drawMarks(context, outlines, marks.tones, Array(marks.count).keys(), placement);
		drawSelected(context, outlines, selected, placement);
	}
	return new Promise((resolve, reject) => {
		canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new DocumentFault('noRoom'))));
	});
}
