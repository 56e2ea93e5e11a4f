/** Polygons: as the payload has them, `[[x, y], …]`, or flat, `x0, y0, x1, y1, …`. No answer here depends on the order of the points (but for rounding). */

/** Points as fractions of a page, or their coordinates one after the other. */
export type Polygon = readonly (readonly [number, number])[] | Float64Array;

/** The smallest upright rectangle around a polygon, as fractions of the page from its top-left corner. */
export interface BoundingBox {
	left: number;
	top: number;
	right: number;
	bottom: number;
}

/** A polygon's coordinates one after the other: a fifth of the memory of `[[x, y], …]`. */
export function flatPolygon(points: readonly (readonly [number, number])[]): Float64Array {
	const flat = new Float64Array(2 * points.length);
	points.forEach(([x, y], index) => {
		flat[2 * index] = x;
		flat[2 * index + 1] = y;
	});
	return flat;
}

/**
 * The smallest upright rectangle around a polygon; `null` for a polygon without points.
 *
 * @example
 * boundingBox([[0.3, 0.2], [0.1, 0.2], [0.1, 0.4], [0.3, 0.4]]); // { left: 0.1, top: 0.2, right: 0.3, bottom: 0.4 }
 */
export function boundingBox(polygon: Polygon): BoundingBox | null {
	const flat = polygon instanceof Float64Array ? polygon : flatPolygon(polygon);
	if (flat.length < 2) return null;
	const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
	for (let index = 0; index + 1 < flat.length; index += 2) {
		const [x, y] = [flat[index] as number, flat[index + 1] as number];
		box.left = Math.min(box.left, x);
		box.right = Math.max(box.right, x);
		box.top = Math.min(box.top, y);
		box.bottom = Math.max(box.bottom, y);
	}
	return box;
}

/**
 * The mean of a polygon's points; `null` for a polygon without points. (The centre of its area would depend on the order of the points, and
 * real payloads wind both ways.)
 *
 * @example
 * centroid([[0.25, 0.25], [0.75, 0.25], [0.75, 0.5], [0.25, 0.5]]); // [0.5, 0.375]
 */
export function centroid(polygon: Polygon): [number, number] | null {
	const flat = polygon instanceof Float64Array ? polygon : flatPolygon(polygon);
	const count = flat.length >> 1;
	if (count === 0) return null;
	let [x, y] = [0, 0];
	for (let index = 0; index < count; index++) {
		x += flat[2 * index] as number;
		y += flat[2 * index + 1] as number;
	}
	return [x / count, y / count];
}
