/** Paints a decoded picture as a page. */
import { DocumentFault } from './fault.js';
import { rotated, type Size, turn } from './geometry.js';
import type { Painting } from './opened.js';

/** Paints `bitmap`, stretched to `size`, on white. */
export function paintBitmap(
	canvas: HTMLCanvasElement,
	bitmap: ImageBitmap,
	size: Size,
	{ scale, rotation, area }: Painting,
): void {
	const whole = pixelSize(size, scale, rotation);
	const context = preparedCanvas(canvas, area ?? whole);
	context.translate(-(area?.left ?? 0), -(area?.top ?? 0));
	// From the unit square to the rotated page, so that whatever is rounded is rounded at the page's edge.
	context.scale(whole.width, whole.height);
	context.transform(...turn(rotation));
	context.imageSmoothingQuality = 'high';
	context.drawImage(bitmap, 0, 0, 1, 1);
}

/** Whole pixels of a rotated page. */
export function pixelSize(size: Size, scale: number, rotation: Painting['rotation']): Size {
	const { width, height } = rotated(size, rotation);
	return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** The canvas in a size, white. */
export function preparedCanvas(canvas: HTMLCanvasElement, { width, height }: Size): CanvasRenderingContext2D {
	canvas.width = width;
	canvas.height = height;
	const context = canvas.getContext('2d', { alpha: false });
	if (!context) throw new DocumentFault('noRoom');
	context.fillStyle = '#fff';
	context.fillRect(0, 0, width, height);
	return context;
}
