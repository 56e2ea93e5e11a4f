/**
 * What ties the document and the tree together. The selected row is the selection; here are its marks, those of the page that is
 * shown, and what is pointed at on either side.
 */
import { batch, computed, effect, signal } from '@preact/signals';
import type { Look, MarkRef, PageMarks, RowMarks } from '../worker/calls/marks.js';
import type { Detail } from '../worker/calls/tree.js';
import { ask } from '../worker/client.js';
import { currentDocument } from './current.js';
import { detail, reveal, selectedDetail } from './tree.js';

/** How many marks each page of the payload has; `null` until that is known. */
export const markCounts = signal<Uint32Array | null>(null);
/** The page that is looked at, from 0. Both the document and its marks follow it. */
export const page = signal(0);
/** The marks of that page; `null` while they are being fetched, or where there is no payload. */
export const marks = signal<PageMarks | null>(null);
/** The mark that is pointed at, on the document or by a row of the tree. */
export const hovered = signal<MarkRef | null>(null);
const NONE: RowMarks = { total: 0, from: 0, at: 0, marks: [] };
/** The marks of the selected row, page by page; of many a window. */
export const selection = signal(NONE);
/** Those of them that are known. */
export const selectedMarks = computed(() => selection.value.marks);
/** Which of these is looked at. */
export const selectedAt = computed(() => selection.value.at - selection.value.from);
/** Why the places cannot be shown; empty where they can. */
export const marksFault = signal('');
/** Whether the payload has any place on any page. */
export const hasMarks = computed(() => markCounts.value?.some((count) => count > 0) ?? false);

/** Forgets the payload before. */
export function resetSelection(): void {
	marksFault.value = '';
	hovered.value = null;
	selection.value = NONE;
	markCounts.value = null;
	marks.value = null;
	page.value = 0;
}

/** Begins anew with a payload that was just opened. */
export async function showSelection(document: number): Promise<void> {
	resetSelection();
	try {
		const counts = await ask('markCounts', { document });
		if (document === currentDocument()) markCounts.value = counts;
	} catch (fault) {
		failMarks(document, fault);
	}
}

/** Tells of a fault beside the page: what else is known of the payload stays. */
export function failMarks(document: number, fault: unknown): void {
	if (document !== currentDocument()) return;
	markCounts.value ??= new Uint32Array();
	marksFault.value = fault instanceof Error ? fault.message : String(fault);
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
		.catch((fault) => failMarks(document, fault));
});

/** The mark that was chosen on the document last, until its row's marks are known. */
let picked: MarkRef | null = null;
/** Done once the marks of the row that was selected last are known. */
let looking = Promise.resolve();

/**
 * Fetches the marks of the selected row and looks at the one that was chosen, at one of the page that is shown, or at the first. It
 * follows the row itself, not its number: rows come and go above it.
 */
effect(() => {
	const row = detail.value;
	if (row === null || markCounts.value === null) return;
	looking = lookAt(row, picked ?? { page: page.peek(), mark: null });
});

/** The row that `selection` is of: until a selected one's marks are known, it is the row before. */
let lookedAt: Detail | null = null;

/** Turns to one of the marks of a row that is selected. */
async function lookAt(row: Detail, look: Look): Promise<void> {
	const document = currentDocument();
	const { id } = row;
	const before = page.peek();
	try {
		const answer = (await ask('marksOf', { document, id, look })) ?? NONE;
		if (document !== currentDocument() || detail.peek() !== row) return;
		picked = null;
		lookedAt = row;
		// Whoever has turned the page meanwhile is not turned back.
		show(answer, page.peek() === before);
	} catch (fault) {
		failMarks(document, fault);
	}
}

function show(next: RowMarks, turns = true): void {
	const found = next.marks[next.at - next.from];
	batch(() => {
		selection.value = next;
		if (found && turns) page.value = found.page;
	});
}

/** Done once the last step was made: the next one is from where it leads. */
let stepping = Promise.resolve();

/** Turns to the next (1) or the previous (-1) of the selected row's marks, as soon as they are known. */
export function cycle(step: 1 | -1): void {
	const [document, arriving] = [currentDocument(), selectedDetail()];
	stepping = stepping
		.then(async () => {
			const row = await arriving;
			await looking;
			if (row && row === lookedAt && row === detail.peek()) await stepFrom(row, step);
		})
		.catch((fault) => failMarks(document, fault));
}

async function stepFrom(row: Detail, step: 1 | -1): Promise<void> {
	const { total, from, at, marks } = selection.peek();
	if (total === 0) return;
	const next = (at + step + total) % total;
	if (next >= from && next < from + marks.length) show({ ...selection.peek(), at: next });
	else await lookAt(row, next);
}

/** Selects the row of a mark, and looks at that mark of it. */
export async function pick(chosen: MarkRef): Promise<void> {
	const document = currentDocument();
	const found = await ask('reveal', { document, ...chosen });
	if (!found || found.index < 0 || document !== currentDocument()) return;
	picked = chosen;
	await reveal(found);
}

/** The entry of the row that the pointer is over. */
let pointedRow: number | null = null;

/** Points at the first mark of a row's entry on the page that is looked at; `null` at none. */
export function hoverRow(id: number | null): void {
	pointedRow = id;
	if (id === null || !hasMarks.peek()) {
		hovered.value = null;
		return;
	}
	const document = currentDocument();
	ask('marksOf', { document, id, look: { page: page.peek(), mark: null } })
		.then((answer) => {
			if (pointedRow !== id || document !== currentDocument()) return;
			hovered.value = answer?.marks.find(({ page: on }) => on === page.peek()) ?? null;
		})
		.catch((fault) => failMarks(document, fault));
}
