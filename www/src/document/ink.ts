/**
 * How marks are drawn. A page is white paper in every theme, so its inks are the same everywhere; how sure a value is can be told from
 * the line alone too.
 */
import { type Placement, toSheet } from './geometry.js';
import { eachPoint, type Outlines } from './outlines.js';

/** One way to draw an outline, in CSS pixels. */
export interface Ink {
	color: string;
	width: number;
	/** Lengths of line and gap; solid without any. */
	dash: readonly number[];
	/** How much of the colour lies on the area, 0 to 1. */
	wash: number;
}

/** The inks by the marks' tones: none, low, medium, high, certain, word, crop. */
export const inks: readonly Ink[] = [
	{ color: '#5a6364', width: 1.5, dash: [1, 4], wash: 0.04 },
	{ color: '#b3261e', width: 2, dash: [2, 2.5], wash: 0.12 },
	{ color: '#8a5a00', width: 1.75, dash: [6, 3], wash: 0.1 },
	{ color: '#1f5f8b', width: 1.5, dash: [12, 2.5, 2, 2.5], wash: 0.07 },
	{ color: '#1b6b45', width: 1.5, dash: [], wash: 0.06 },
	{ color: '#5a6fa8', width: 0.75, dash: [], wash: 0.06 },
	{ color: '#7a3fa0', width: 2.5, dash: [], wash: 0.03 },
];

/** The tone of a crop. */
export const CROP = 6;

/** The inks of what is selected: a dark line on a light one, which is seen on every page. */
export const selectedInk = { color: '#0b57d0', halo: '#ffffff', width: 2.5, haloWidth: 6, wash: 0.14 } as const;

/** Half the edge of the square that stands for a mark without extent. */
const DOT = 3;

/** Adds a mark's outline to a path, in CSS pixels of the sheet. */
export function trace(path: Path2D, outlines: Outlines, mark: number, placement: Placement): void {
	let points = 0;
	eachPoint(outlines, mark, (px, py) => {
		const { x, y } = toSheet(placement, { x: px, y: py });
		if (points++ === 0) path.moveTo(x, y);
		else path.lineTo(x, y);
	});
	if (points === 1) {
		eachPoint(outlines, mark, (px, py) => {
			const { x, y } = toSheet(placement, { x: px, y: py });
			path.rect(x - DOT, y - DOT, 2 * DOT, 2 * DOT);
		});
	} else if (points > 1) path.closePath();
}

/** Outlines that are drawn as one path: 10,000 marks took 2.5 s in one path, 0.4 s one by one, and 0.2 s in these. */
const PATH_MARKS = 16;

/** Draws marks in the inks of their tones, as CSS pixels of the sheet. */
export function drawMarks(
	context: CanvasRenderingContext2D,
	outlines: Outlines,
	tones: Uint8Array,
	which: Iterable<number>,
	placement: Placement,
): void {
	const begun = inks.map(() => ({ path: new Path2D(), marks: 0 }));
	context.lineJoin = 'round';
	const draw = (tone: number) => {
		const { color, width, dash, wash } = inks[tone] as Ink;
		const { path } = begun[tone] as { path: Path2D };
		context.globalAlpha = wash;
		context.fillStyle = color;
		context.fill(path);
		context.globalAlpha = 1;
		context.strokeStyle = color;
		context.lineWidth = width;
		context.setLineDash([...dash]);
		context.stroke(path);
		begun[tone] = { path: new Path2D(), marks: 0 };
	};
	for (const mark of which) {
		const tone = tones[mark] ?? 0;
		const ink = begun[tone];
		if (!ink) continue;
		trace(ink.path, outlines, mark, placement);
		if (++ink.marks === PATH_MARKS) draw(tone);
	}
	begun.forEach(({ marks }, tone) => {
		if (marks > 0) draw(tone);
	});
}

/** Draws what is selected. */
export function drawSelected(
	context: CanvasRenderingContext2D,
	outlines: Outlines,
	which: readonly number[],
	placement: Placement,
): void {
	const path = new Path2D();
	for (const mark of which) trace(path, outlines, mark, placement);
	const { color, halo, width, haloWidth, wash } = selectedInk;
	context.lineJoin = 'round';
	context.setLineDash([]);
	context.globalAlpha = wash;
	context.fillStyle = color;
	context.fill(path);
	context.globalAlpha = 1;
	for (const [stroke, lineWidth] of [
		[halo, haloWidth],
		[color, width],
	] as const) {
		context.strokeStyle = stroke;
		context.lineWidth = lineWidth;
		context.stroke(path);
	}
}
