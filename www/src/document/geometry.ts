/**
 * A page as it lies on the sheet: zoomed, and turned clockwise by quarters. Places on the page are fractions from its top-left corner,
 * as payloads have them; places on the sheet are CSS pixels from the corner of the turned page.
 */

/** Clockwise, in degrees. */
export type Rotation = 0 | 90 | 180 | 270;

export interface Size {
	width: number;
	height: number;
}

export interface Point {
	x: number;
	y: number;
}

/** The six numbers of a canvas or SVG matrix. */
export type Matrix = [a: number, b: number, c: number, d: number, e: number, f: number];

/** How a page lies on the sheet. */
export interface Placement {
	/** The page as it is meant to be read, in CSS pixels at 100 %. */
	size: Size;
	/** 1 is 100 %. */
	zoom: number;
	rotation: Rotation;
}

/** The next quarter, clockwise. */
export function nextRotation(rotation: Rotation): Rotation {
	return ((rotation + 90) % 360) as Rotation;
}

/** A size after a turn. */
export function rotated({ width, height }: Size, rotation: Rotation): Size {
	return rotation % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** The turn of the unit square onto itself. */
export function turn(rotation: Rotation): Matrix {
	switch (rotation) {
		case 0:
			return [1, 0, 0, 1, 0, 0];
		case 90:
			return [0, 1, -1, 0, 1, 0];
		case 180:
			return [-1, 0, 0, -1, 1, 1];
		case 270:
			return [0, -1, 1, 0, 0, 1];
	}
}

/** How large the page is on the sheet. */
export function sheetSize({ size, zoom, rotation }: Placement): Size {
	const { width, height } = rotated(size, rotation);
	return { width: width * zoom, height: height * zoom };
}

/**
 * A place of the page on the sheet.
 *
 * @example
 * // The top-left corner of a page that was turned by a quarter is at the top right.
 * toSheet({ size: { width: 200, height: 100 }, zoom: 2, rotation: 90 }, { x: 0, y: 0 }); // { x: 200, y: 0 }
 */
export function toSheet(placement: Placement, { x, y }: Point): Point {
	const { width, height } = sheetSize(placement);
	const [a, b, c, d, e, f] = turn(placement.rotation);
	return { x: (a * x + c * y + e) * width, y: (b * x + d * y + f) * height };
}

/** A place of the sheet on the page: the way back from {@link toSheet}. */
export function toPage(placement: Placement, { x, y }: Point): Point {
	const { width, height } = sheetSize(placement);
	const [a, b, c, d, e, f] = turn(((360 - placement.rotation) % 360) as Rotation);
	const [u, v] = [x / width, y / height];
	return { x: a * u + c * v + e, y: b * u + d * v + f };
}

/** The zoom at which the turned page fills a space in its width, or is wholly seen. */
export function fitZoom(size: Size, rotation: Rotation, space: Size, fit: 'width' | 'page'): number {
	const { width, height } = rotated(size, rotation);
	const byWidth = space.width / width;
	return clampZoom(fit === 'width' ? byWidth : Math.min(byWidth, space.height / height));
}

/** Zooms that are allowed. */
export const zoomRange = { least: 0.05, most: 16 } as const;

/** The nearest zoom that is allowed. */
export function clampZoom(zoom: number): number {
	return Math.min(Math.max(zoom, zoomRange.least), zoomRange.most);
}
