import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { type Placement, toPage } from '../../document/geometry.js';
import { drawMarks } from '../../document/ink.js';
import { sheetMarks, showsAllMarks } from '../../state/document.js';
import { hits, outlines, type Region, ratio, seen } from './view.js';

/** Marks that are drawn between two frames, so that pointing and scrolling go on meanwhile. */
const FRAME_MARKS = 1000;

/** Every mark of the page, on one canvas: there may be ten thousand. */
export function MarkLayer() {
	const host = useRef<HTMLCanvasElement>(null);
	const frame = useRef(0);
	useSignalEffect(() => {
		const [now, shapes, index, marks, pixels] = [seen.value, outlines.value, hits.value, sheetMarks.value, ratio.value];
		const wanted = showsAllMarks.value;
		cancelAnimationFrame(frame.current);
		frame.current = requestAnimationFrame(() => {
			const canvas = host.current;
			if (!canvas) return;
			canvas.hidden = !wanted || !now || !shapes?.count;
			if (!now || !shapes || !marks || !index || canvas.hidden) return;
			const { placement, region } = now;
			const context = laidOver(canvas, region, pixels);
			if (!context) return;
			const within = index.within(...boxOnPage(placement, region));
			const drawFrom = (from: number) => {
				drawMarks(context, shapes, marks.tones, within.slice(from, from + FRAME_MARKS), placement);
				if (from + FRAME_MARKS < within.length)
					frame.current = requestAnimationFrame(() => drawFrom(from + FRAME_MARKS));
			};
			drawFrom(0);
		});
		return () => cancelAnimationFrame(frame.current);
	});
	return (
		<div class="mark-layer" aria-hidden="true">
			<canvas ref={host} />
		</div>
	);
}

/** Lays the canvas over a region, cleared, so that it is drawn on in CSS pixels of the sheet. */
function laidOver(canvas: HTMLCanvasElement, region: Region, pixels: number): CanvasRenderingContext2D | null {
	canvas.width = Math.ceil(region.width * pixels);
	canvas.height = Math.ceil(region.height * pixels);
	canvas.style.left = `${region.left}px`;
	canvas.style.top = `${region.top}px`;
	canvas.style.width = `${canvas.width / pixels}px`;
	canvas.style.height = `${canvas.height / pixels}px`;
	const context = canvas.getContext('2d');
	context?.setTransform(pixels, 0, 0, pixels, -region.left * pixels, -region.top * pixels);
	return context;
}

function boxOnPage(placement: Placement, { left, top, width, height }: Region): [number, number, number, number] {
	const a = toPage(placement, { x: left, y: top });
	const b = toPage(placement, { x: left + width, y: top + height });
	return [Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)];
}
