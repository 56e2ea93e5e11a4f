/** Where things lie on a page and on the sheet, and which mark is pointed at: for every page, zoom and turn there may be. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
	fitZoom,
	nextRotation,
	type Placement,
	type Rotation,
	rotated,
	sheetSize,
	toPage,
	toSheet,
} from '../www/src/document/geometry.js';
import { HitIndex } from '../www/src/document/hit.js';
import { outlinesOf, type Polygons } from '../www/src/document/outlines.js';

const rotations = fc.constantFrom<Rotation>(0, 90, 180, 270);
const lengths = fc.double({ min: 1, max: 20_000, noNaN: true });
const fractions = fc.double({ min: -0.5, max: 1.5, noNaN: true });
const placements: fc.Arbitrary<Placement> = fc.record({
	size: fc.record({ width: lengths, height: lengths }),
	zoom: fc.double({ min: 0.05, max: 16, noNaN: true }),
	rotation: rotations,
});

/** The points are 32-bit numbers: a place this near to an edge may fall on either side of it. */
const EDGE = 1e-6;

type Polygon = [x: number, y: number][];

describe('a place of the page on the sheet', () => {
	test('comes back as it was, at any zoom and turn', () => {
		fc.assert(
			fc.property(placements, fractions, fractions, (placement, x, y) => {
				const back = toPage(placement, toSheet(placement, { x, y }));
				assert.ok(Math.abs(back.x - x) < 1e-12 && Math.abs(back.y - y) < 1e-12, `${back.x}, ${back.y}`);
			}),
		);
	});

	test('of a corner is exactly a corner', () => {
		fc.assert(
			fc.property(placements, (placement) => {
				const { width, height } = sheetSize(placement);
				// Clockwise from the top left, as the corners follow one another on the sheet.
				const corners = [
					{ x: 0, y: 0 },
					{ x: width, y: 0 },
					{ x: width, y: height },
					{ x: 0, y: height },
				];
				const turned = placement.rotation / 90;
				const ofPage: Polygon = [
					[0, 0],
					[1, 0],
					[1, 1],
					[0, 1],
				];
				ofPage.forEach(([x, y], index) => {
					assert.deepEqual(toSheet(placement, { x, y }), corners[(index + turned) % 4]);
				});
			}),
		);
	});

	test('moves by a turn as by four quarters to where it was', () => {
		fc.assert(
			fc.property(placements, fractions, fractions, (placement, x, y) => {
				const next = { ...placement, rotation: nextRotation(placement.rotation) };
				const [before, after] = [toSheet(placement, { x, y }), toSheet(next, { x, y })];
				// A quarter clockwise: what was at the left is at the top.
				const { height } = sheetSize(placement);
				const near = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), height);
				assert.ok(near(after.y, before.x) && near(after.x, height - before.y));
				assert.deepEqual(rotated(rotated(placement.size, 90), 270), { ...placement.size });
			}),
		);
	});

	test('lies within the space when the page is to fit', () => {
		fc.assert(
			fc.property(placements, placements, ({ size, rotation }, { size: space }) => {
				const zoom = fitZoom(size, rotation, space, 'page');
				const { width, height } = sheetSize({ size, zoom, rotation });
				const slack = 1 + 1e-9;
				assert.ok(zoom === 0.05 || (width <= space.width * slack && height <= space.height * slack));
			}),
		);
	});
});

describe('what is pointed at', () => {
	const reach = { x: 0.002, y: 0.002 };

	test('is the smallest of the marks at the place, whatever the order of their points', () => {
		const boxes = fc.array(fc.tuple(fractionsWithin(), fractionsWithin(), sides(), sides()), {
			minLength: 1,
			maxLength: 40,
		});
		fc.assert(
			fc.property(boxes, fc.infiniteStream(fc.nat(23)), fractionsWithin(), fractionsWithin(), (given, orders, x, y) => {
				const polygons = given.map(([left, top, width, height]) =>
					permuted(rectangle(left, top, width, height), orders.next().value as number),
				);
				const found = new HitIndex(outlinesOf(packed(polygons))).at(x, y, reach);
				const holding = given.flatMap(([left, top, width, height], mark) =>
					left + EDGE < x && x < left + width - EDGE && top + EDGE < y && y < top + height - EDGE
						? [{ mark, area: width * height }]
						: [],
				);
				const area = (mark: number) => (given[mark]?.[2] ?? 0) * (given[mark]?.[3] ?? 0);
				const least = Math.min(...holding.map((one) => one.area));
				if (found < 0) assert.equal(holding.length, 0);
				else assert.ok(holding.length === 0 || area(found) <= least * (1 + 1e-4));
			}),
		);
	});

	test('is a quad that crosses itself over the whole of what its corners span', () => {
		const crossed: Polygon = [
			[0.2, 0.2],
			[0.6, 0.4],
			[0.6, 0.2],
			[0.2, 0.4],
		];
		const index = new HitIndex(outlinesOf(packed([crossed])));
		assert.equal(index.at(0.4, 0.21, reach), 0);
		assert.equal(index.at(0.4, 0.39, reach), 0);
		assert.equal(index.at(0.4, 0.45, reach), -1);
	});

	test('can be a line or a point, from near by, and hides nothing farther off', () => {
		const page: Polygon = rectangle(0, 0, 1, 1);
		const line: Polygon = [
			[0, 0],
			[0, 0],
			[1, 1],
			[1, 1],
		];
		const index = new HitIndex(outlinesOf(packed([page, line, [[0.25, 0.75]], rectangle(0.7, 0.2, 0, 0)])));
		assert.equal(index.at(0.5, 0.501, reach), 1);
		assert.equal(index.at(0.2505, 0.7505, reach), 2);
		assert.equal(index.at(0.7, 0.2, reach), 3);
		assert.equal(index.at(0.3, 0.6, reach), 0);
	});

	test('is never a mark whose points are no numbers, and infinities break nothing', () => {
		const odd: Polygon[] = [
			[],
			[[Number.NaN, 0.5]],
			[
				[Number.NEGATIVE_INFINITY, 0.4],
				[Number.POSITIVE_INFINITY, 0.4],
				[Number.POSITIVE_INFINITY, 0.6],
			],
			[[1e300, -1e300]],
		];
		const outlines = outlinesOf(packed(odd));
		assert.ok(outlines.points.every(Number.isFinite) && outlines.areas.every(Number.isFinite));
		const index = new HitIndex(outlines);
		assert.equal(index.at(0.5, 0.45, reach), 2);
		assert.equal(index.at(0.5, 0.9, reach), -1);
	});

	test('is nothing on a page without marks', () => {
		assert.equal(new HitIndex(outlinesOf(packed([]))).at(0.5, 0.5, reach), -1);
	});
});

function fractionsWithin() {
	return fc.double({ min: 0, max: 1, noNaN: true });
}

function sides() {
	return fc.double({ min: 0.02, max: 0.6, noNaN: true });
}

function rectangle(left: number, top: number, width: number, height: number): Polygon {
	return [
		[left, top],
		[left + width, top],
		[left + width, top + height],
		[left, top + height],
	];
}

/** One of the 24 orders of four points. */
function permuted(points: Polygon, order: number): Polygon {
	const left = [...points];
	const taken: Polygon = [];
	for (let rest = order, radix = left.length; radix > 0; rest = Math.floor(rest / radix), radix--) {
		taken.push(...left.splice(rest % radix, 1));
	}
	return taken;
}

function packed(polygons: readonly Polygon[]): Polygons {
	const starts = new Uint32Array(polygons.length + 1);
	polygons.forEach((polygon, mark) => {
		starts[mark + 1] = (starts[mark] ?? 0) + polygon.length;
	});
	return { count: polygons.length, starts, points: Float32Array.from(polygons.flat(2)) };
}
