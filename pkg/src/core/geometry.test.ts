/** Boxes and centroids, whatever the order of the points. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { boundingBox, centroid, flatPolygon, type Polygon, parsePayload } from 'mindhook';
import { validPayloads } from '../../../tests/payload-fixtures.js';

const square: [number, number][] = [
	[0.25, 0.25],
	[0.75, 0.25],
	[0.75, 0.5],
	[0.25, 0.5],
];

function* orders<Item>(items: Item[]): Generator<Item[]> {
	if (items.length === 0) yield [];
	for (const [index, item] of items.entries()) {
		for (const rest of orders(items.toSpliced(index, 1))) yield [item, ...rest];
	}
}

test('box and centroid are the same for all 24 orders of four points, flat or not', () => {
	let count = 0;
	for (const points of orders(square)) {
		for (const polygon of [points, flatPolygon(points)] as Polygon[]) {
			count++;
			assert.deepEqual(boundingBox(polygon), { left: 0.25, top: 0.25, right: 0.75, bottom: 0.5 });
			assert.deepEqual(centroid(polygon), [0.5, 0.375]);
		}
	}
	assert.equal(count, 48);
});

test('a polygon may have one point, or none', () => {
	assert.equal(boundingBox([]), null);
	assert.equal(centroid(new Float64Array()), null);
	assert.deepEqual(boundingBox([[0.5, 0.25]]), { left: 0.5, top: 0.25, right: 0.5, bottom: 0.25 });
});

test('flat polygons of fields and words hold the points of the payload', () => {
	let [fields, words] = [0, 0];
	for (const { name, body } of validPayloads()) {
		const payload = parsePayload(body);
		if (payload.kind === 'extraction') {
			for (const field of payload.fields.values()) {
				fields += field.locations.length;
				assert.deepEqual(
					field.polygons,
					field.locations.map(({ polygon }) => flatPolygon(polygon)),
					name,
				);
			}
		}
		if (payload.kind !== 'ocr') continue;
		for (const word of payload.pages.flatMap((page) => page.words)) {
			words++;
			assert.deepEqual(word.points, flatPolygon(word.polygon), name);
		}
	}
	assert.ok(fields > 20 && words > 900, `${fields} fields, ${words} words`);
});
