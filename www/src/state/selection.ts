/**
 * What ties the document and the tree together. The selected row is the selection; here are its marks, those of the page that is
 * shown, and what is pointed at on either side.
 */
import { computed, effect, signal } from '@preact/signals';
import type { MarkRef, PageMarks } from '../worker/calls/marks.js';
import { ask } from '../worker/client.js';
import { currentDocument, tell } from './current.js';
import { detail, reveal } from './tree.js';

/** How many marks each page of the payload has; `null` until that is known. */
export const markCounts = signal<Uint32Array | null>(null);
/** The page that is looked at, from 0. Both the document and its marks follow it. */
export const page = signal(0);
/** The marks of that page; `null` while they are being fetched, or where there is no payload. */
export const marks = signal<PageMarks | null>(null);
/** The mark that is pointed at, on the document or by a row of the tree. */
export const hovered = signal<MarkRef | null>(null);
/** The marks of the selected row, page by page. */
export const selectedMarks = signal<readonly MarkRef[]>([]);
/** Which of them is looked at, where there are several. */
export const selectedAt = signal(0);
/** Whether the payload has any place on any page. */
export const hasMarks = computed(() => markCounts.value?.some((count) => count > 0) ?? false);

/** Begins anew with a payload that was just opened. */
export async function showSelection(document: number): Promise<void> {
	hovered.value = null;
	selectedMarks.value = [];
	selectedAt.value = 0;
	markCounts.value = null;
	marks.value = null;
	page.value = 0;
	const counts = await ask('markCounts', { document });
	if (document === currentDocument()) markCounts.value = counts;
}

/** Fetches the marks of the page that is looked at, whenever it or the payload changes. */
effect(() => {
	const shown = page.value;
	if (markCounts.value === null) return;
	const document = currentDocument();
	marks.value = null;
	ask('marks', { document, page: shown })
		.then((answer) => {
			if (document === currentDocument() && page.peek() === shown) marks.value = answer;
		})
		.catch(tell);
});

/** The mark that was chosen on the document last, until its row's marks are known. */
let picked: MarkRef | null = null;

/**
 * Fetches the marks of the selected row and looks at the one that was chosen, at one of the page that is shown, or at the first. It
 * follows the row itself, not its number: rows come and go above it.
 */
effect(() => {
	const row = detail.value;
	if (row === null || markCounts.value === null) return;
	const document = currentDocument();
	ask('marksOf', { document, index: row.index })
		.then((answer) => {
			if (document !== currentDocument() || detail.peek() !== row) return;
			const places = answer ?? [];
			const chosen = places.findIndex(({ page: on, mark }) => on === picked?.page && mark === picked.mark);
			const near = places.findIndex(({ page: on }) => on === page.peek());
			picked = null;
			selectedMarks.value = places;
			lookAt(chosen >= 0 ? chosen : Math.max(near, 0));
		})
		.catch(tell);
});

/** Turns to one of the selected row's marks. */
export function lookAt(at: number): void {
	const found = selectedMarks.peek()[at];
	selectedAt.value = at;
	if (found) page.value = found.page;
}

/** Turns to the next (1) or the previous (-1) of the selected row's marks. */
export function cycle(step: 1 | -1): void {
	const { length } = selectedMarks.peek();
	if (length > 0) lookAt((selectedAt.peek() + step + length) % length);
}

/** Selects the row of a mark, and looks at that mark of it. */
export async function pick(chosen: MarkRef): Promise<void> {
	const document = currentDocument();
	const found = await ask('reveal', { document, ...chosen });
	if (!found || found.index < 0 || document !== currentDocument()) return;
	picked = chosen;
	await reveal(found);
}

/** The row that the pointer is over. */
let pointedRow: number | null = null;

/** Points at the first mark of a row on the page that is looked at; `null` at none. */
export function hoverRow(index: number | null): void {
	pointedRow = index;
	if (index === null || !hasMarks.peek()) {
		hovered.value = null;
		return;
	}
	const document = currentDocument();
	void ask('marksOf', { document, index }).then((answer) => {
		if (pointedRow !== index || document !== currentDocument()) return;
		hovered.value = answer?.find(({ page: on }) => on === page.peek()) ?? null;
	});
}
