/**
 * The outlines of a page's marks. Real payloads wind both ways, and a polygon may cross itself: no meaning may be derived from the order
 * of its points. What is drawn and what is pointed at is therefore the convex hull, which is the same for every order.
 */

/** Polygons in typed arrays, as the worker hands them over: mark `m` has the points from `starts[m]` up to `starts[m + 1]`. */
export interface Polygons {
	count: number;
	starts: Uint32Array;
	/** x0, y0, x1, y1, … */
	points: Float32Array;
}

/** Hulls in the same form, and the area of each. */
export interface Outlines {
	count: number;
	starts: Uint32Array;
	points: Float64Array;
	/** In fractions of the page's area. */
	areas: Float64Array;
}

/** Coordinates farther out than this are drawn here: nothing is to be seen there, and infinities cannot be drawn. */
const FARTHEST = 2;

/** The outline of every polygon. Points that are no numbers are left out; a mark may be left with none. */
export function outlinesOf({ count, starts, points }: Polygons): Outlines {
	const hulls: number[] = [];
	const hullStarts = new Uint32Array(count + 1);
	const areas = new Float64Array(count);
	for (let mark = 0; mark < count; mark++) {
		const hull = convexHull(pointsOf(points, starts[mark] ?? 0, starts[mark + 1] ?? 0));
		areas[mark] = areaOf(hull);
		for (const [x, y] of hull) hulls.push(x, y);
		hullStarts[mark + 1] = hulls.length / 2;
	}
	return { count, starts: hullStarts, points: Float64Array.from(hulls), areas };
}

/** Calls `visit` with the coordinates of each point of a mark. */
export function eachPoint({ starts, points }: Outlines, mark: number, visit: (x: number, y: number) => void): void {
	for (let index = starts[mark] ?? 0; index < (starts[mark + 1] ?? 0); index++) {
		visit(points[2 * index] as number, points[2 * index + 1] as number);
	}
}

type Pair = readonly [x: number, y: number];

function pointsOf(points: Float32Array, from: number, to: number): Pair[] {
	const found: Pair[] = [];
	for (let index = from; index < to; index++) {
		const [x, y] = [points[2 * index] as number, points[2 * index + 1] as number];
		if (!Number.isNaN(x) && !Number.isNaN(y)) found.push([clamp(x), clamp(y)]);
	}
	return found;
}

function clamp(value: number): number {
	return Math.min(Math.max(value, -FARTHEST), FARTHEST);
}

/** By Andrew's monotone chain, there and back in one list; clockwise on the page, without repeated points. */
function convexHull(points: Pair[]): Pair[] {
	points.sort(byPlace);
	const hull: Pair[] = [];
	for (const point of points) extend(hull, point, 0);
	const turned = hull.length - 1;
	for (let index = points.length - 2; index >= 0; index--) extend(hull, points[index] as Pair, turned);
	// The way back ends where the way there began.
	if (hull.length > 1) hull.pop();
	return hull;
}

function byPlace([ax, ay]: Pair, [bx, by]: Pair): number {
	return ax - bx || ay - by;
}

/** Adds a point to the half of the hull that begins at `start`, without those before it that it takes inside. */
function extend(hull: Pair[], point: Pair, start: number): void {
	while (hull.length > start + 1 && cross(hull[hull.length - 2] as Pair, hull[hull.length - 1] as Pair, point) <= 0)
		hull.pop();
	const last = hull[hull.length - 1];
	if (last?.[0] !== point[0] || last[1] !== point[1]) hull.push(point);
}

function cross([ax, ay]: Pair, [bx, by]: Pair, [cx, cy]: Pair): number {
	return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
}

function areaOf(hull: readonly Pair[]): number {
	let twice = 0;
	let [x, y] = hull[hull.length - 1] ?? [0, 0];
	for (const [nextX, nextY] of hull) {
		twice += x * nextY - nextX * y;
		[x, y] = [nextX, nextY];
	}
	return Math.abs(twice) / 2;
}
