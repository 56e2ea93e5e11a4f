/** What the parts of the document's pane share: the outlines of the page's marks, and which part of the sheet is seen. */
import { computed, effect, signal } from '@preact/signals';
import { type BoundingBox, boundingBox } from '../../../../pkg/src/core/geometry.js';
import type { Placement } from '../../document/geometry.js';
import { HitIndex } from '../../document/hit.js';
import { CROP } from '../../document/ink.js';
import { outlinesOf } from '../../document/outlines.js';
import { currentDocument } from '../../state/current.js';
import { sheetMarks } from '../../state/document.js';
import { hovered } from '../../state/selection.js';
import { strings } from '../../strings.js';
import type { MarkInfo, MarkRef } from '../../worker/calls/marks.js';
import { ask } from '../../worker/client.js';

/** A part of the sheet, in CSS pixels. */
export interface Region {
	left: number;
	top: number;
	width: number;
	height: number;
}

/** What a screen shows in one CSS pixel. */
export const ratio = signal(devicePixelRatio);
/** How the page lies now, and the part of the sheet that is painted: the whole of it, or what is seen and some around it. */
export const seen = signal<{ placement: Placement; region: Region } | null>(null);
/** What the pointer or the keyboard is on, on the sheet itself; not what a row of the tree points at. */
export const pointed = signal<MarkRef | null>(null);
/** What that stands for, once it is known. */
export const pointedInfo = signal<MarkInfo | null>(null);
/** The outlines of the marks on the sheet. */
export const outlines = computed(() => (sheetMarks.value ? outlinesOf(sheetMarks.value) : null));
/** Finds them by place. */
export const hits = computed(() => (outlines.value ? new HitIndex(outlines.value) : null));

/** Names of what the document needs to be painted as it should be, and this page does not have. */
export const lacking = signal<readonly string[]>([]);

/** Pixels of one canvas: 8 million take 32 MB, and cover a 4K screen. */
export const MOST_CANVAS_PIXELS = 8_300_000;

/** The box around a mark of the sheet, in fractions of the page. */
export function boxOf({ page, mark }: MarkRef): BoundingBox | null {
	const shapes = outlines.peek();
	if (!shapes || sheetMarks.peek()?.page !== page) return null;
	return boundingBox(shapes.points.subarray(2 * (shapes.starts[mark] ?? 0), 2 * (shapes.starts[mark + 1] ?? 0)));
}

/** What a mark is called; an item of a list has only its number, and a crop is called one. */
export function calledOf({ name }: MarkInfo, { mark }: MarkRef): string {
	if (typeof name === 'string') return name;
	return sheetMarks.peek()?.tones[mark] === CROP ? strings.crop(name) : strings.index(name);
}

/** Points at a mark of the sheet, or at none. */
export function pointAt(mark: MarkRef | null): void {
	const before = pointed.peek();
	if (before?.mark === mark?.mark && before?.page === mark?.page) return;
	pointed.value = mark;
	hovered.value = mark;
}

effect(() => {
	const mark = pointed.value;
	pointedInfo.value = null;
	if (!mark) return;
	ask('mark', { document: currentDocument(), ...mark })
		.then((info) => {
			if (pointed.peek() === mark) pointedInfo.value = info;
		})
		// A tip is worth no fault: whoever chooses the mark is told.
		.catch(() => {});
});

/** Follows the screen's pixel ratio: a window may be moved to another screen, or its page zoomed. */
export function followRatio(): () => void {
	const end = new AbortController();
	const follow = () => {
		ratio.value = devicePixelRatio;
		matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener('change', follow, {
			once: true,
			signal: end.signal,
		});
	};
	follow();
	return () => end.abort();
}
