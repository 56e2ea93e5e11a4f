import { sheetSize } from '../../document/geometry.js';
import { outlinesOf } from '../../document/outlines.js';
import { otherPolygons } from '../../state/compare.js';
import { placement, sheet } from '../../state/document.js';
import { page } from '../../state/selection.js';
import { Outline, pathOf } from './MarkOutlines.js';

/** Where the selected difference is in the payload that is compared with. */
export function OtherOutlines() {
	const [placed, polygons] = [placement.value, otherPolygons.value];
	if (!placed || polygons.length === 0 || sheet.value?.page !== page.value) return null;
	const starts = new Uint32Array(polygons.length + 1);
	polygons.forEach((polygon, index) => {
		starts[index + 1] = (starts[index] as number) + polygon.length;
	});
	const shapes = outlinesOf({ count: polygons.length, starts, points: Float32Array.from(polygons.flat(2)) });
	const { width, height } = sheetSize(placed);
	return (
		<svg class="mark-outlines" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
			<Outline kind="other" d={polygons.map((_, mark) => pathOf(shapes, mark, placed)).join('')} />
		</svg>
	);
}
