import { type Placement, sheetSize, toSheet } from '../../document/geometry.js';
import { eachPoint, type Outlines } from '../../document/outlines.js';
import { placement, sheetMarks } from '../../state/document.js';
import { hovered, selectedAt, selectedMarks } from '../../state/selection.js';
import { outlines } from './view.js';

/** Marks of a selection that are drawn lightly when there are more: a whole page of words would be hidden by its outlines. */
const MANY = 24;

/** What is selected and what is pointed at, over all the others. */
export function MarkOutlines() {
	const [placed, shapes, page] = [placement.value, outlines.value, sheetMarks.value?.page];
	if (!placed || !shapes || page === undefined) return null;
	const all = selectedMarks.value;
	const current = all[selectedAt.value];
	const others = all.filter((mark) => mark !== current && mark.page === page);
	const pointedAt = hovered.value;
	const { width, height } = sheetSize(placed);
	return (
		<svg class="mark-outlines" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
			<Outline
				kind={others.length > MANY ? 'also-selected many' : 'also-selected'}
				d={others.map(({ mark }) => pathOf(shapes, mark, placed)).join('')}
			/>
			{current?.page === page && <Outline kind="selected" d={pathOf(shapes, current.mark, placed)} />}
			{pointedAt?.page === page && <Outline kind="hovered" d={pathOf(shapes, pointedAt.mark, placed)} />}
		</svg>
	);
}

/** A line on a wider light one: seen on paper and on dark pictures alike. */
export function Outline({ kind, d }: { kind: string; d: string }) {
	if (!d) return null;
	return (
		<g class={kind}>
			<path class="halo" d={d} />
			<path class="line" d={d} />
		</g>
	);
}

/** The outline of a mark as the data of a path. */
export function pathOf(shapes: Outlines, mark: number, placed: Placement): string {
	let path = '';
	eachPoint(shapes, mark, (px, py) => {
		const { x, y } = toSheet(placed, { x: px, y: py });
		path += `${path ? 'L' : 'M'}${x.toFixed(2)} ${y.toFixed(2)}`;
	});
	// Closed even where it is a point: the round end of a line without length is a dot.
	return path && `${path}Z`;
}
