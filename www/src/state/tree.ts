/** The rows of the shown payload, which of them are shown, and the one that is selected. */
import { computed, effect, signal } from '@preact/signals';
import { strings } from '../strings.js';
import type { Detail, Filter, Filtered, Revealed, Row, Rows, Seek } from '../worker/calls/tree.js';
import { ask } from '../worker/client.js';
import { announce, say } from './announce.js';
import { currentDocument, opened } from './current.js';

/** The filter that shows every row. */
export const NO_FILTER: Filter = { text: '', confidence: null, shapes: null, unlocated: false };

/** The rows that are mounted, of all visible ones. */
export const rows = signal<Rows>({ total: 0, from: 0, rows: [] });
/** Index of the selected row: the keyboard is on it, and its marks are shown on the document. */
export const activeRow = signal(0);
/** The selected row, kept while it is scrolled out of those that are mounted; `null` where it is not known. */
export const selectedRow = signal<Row | null>(null);
/** Everything about the selected row. */
export const detail = signal<Detail | null>(null);
/** Which rows are asked for. */
export const filter = signal<Filter>(NO_FILTER);
/** What the filter found; `null` without one. */
export const filtered = signal<Filtered | null>(null);
/** Whether only some rows are asked for. */
export const isFiltering = computed(() => {
	const { text, confidence, shapes, unlocated } = filter.value;
	return text !== '' || confidence !== null || shapes !== null || unlocated;
});
/** The row that the view is to bring into sight; a new object each time it is asked for. */
export const wanted = signal<{ index: number } | null>(null);

/** Rows mounted at once; the window moves as one scrolls. */
export const MOUNTED = 80;

/** Forgets the rows of the payload before. */
export function resetTree(total: number): void {
	arriving = Promise.resolve(null);
	rows.value = { total, from: 0, rows: [] };
	activeRow.value = 0;
	detail.value = null;
	filter.value = NO_FILTER;
	filtered.value = null;
	wanted.value = null;
	selectedRow.value = null;
}

effect(() => {
	const [at, { total, from, rows: mounted }] = [activeRow.value, rows.value];
	const found = mounted[at - from];
	if (found) selectedRow.value = found;
	else if (at >= total || selectedRow.peek()?.index !== at) selectedRow.value = null;
});

/** Mounts the visible rows from `from` on. */
export async function showRows(from: number, count = MOUNTED): Promise<void> {
	const document = currentDocument();
	const answer = await ask('rows', { document, from, count });
	if (answer && opened.peek()?.document === document) rows.value = answer;
}

/** Reads the mounted rows again, after something about them has changed. */
async function refreshRows(): Promise<void> {
	const { from, rows: mounted } = rows.peek();
	await showRows(from, Math.max(mounted.length, MOUNTED));
}

/** Opens or closes a row. */
export async function expand(index: number, expanded: boolean): Promise<void> {
	const answer = await ask('expand', { document: currentDocument(), index, expanded });
	if (!answer) return;
	await refreshRows();
	announce(expanded ? strings.rowOpened : strings.rowClosed);
}

/** Opens or closes all rows, or all within one; what is selected stays so, or what it was in is. */
export async function expandAll(index: number | null, expanded: boolean): Promise<void> {
	const document = currentDocument();
	const selected = arriving;
	const top = index === null && !expanded ? await topOf(activeRow.peek()) : null;
	const answer = await ask('expandAll', { document, index, expanded });
	if (!answer || document !== currentDocument()) return;
	const pointer = (await selected.catch(() => null))?.pointer;
	if (top !== null) await reveal({ index: top, total: answer.total, filterDropped: false });
	else if (index === null && pointer !== undefined && !isFiltering.peek()) await locate(pointer);
	else await refreshRows();
	if (expanded) announce((answer.complete ? strings.expandedAll : strings.expandedSome)(answer.total));
	else announce(strings.collapsedAll(answer.total));
}

/** Place that the row of the first level above a row has once all are closed. */
async function topOf(index: number): Promise<number> {
	const document = currentDocument();
	let at = index;
	for (let above = at; above >= 0; above = await parentOf(above)) at = above;
	const answer = await ask('rows', { document, from: at, count: 1 });
	return (answer?.rows[0]?.position ?? 1) - 1;
}

/** The detail of the row that was selected last: the row is on the screen before it. */
let arriving: Promise<Detail | null> = Promise.resolve(null);

/** Selects a row and reads its detail. */
export async function activate(index: number): Promise<void> {
	const document = currentDocument();
	activeRow.value = index;
	arriving = ask('detail', { document, index });
	const answer = await arriving;
	if (answer && document === currentDocument() && activeRow.peek() === index) detail.value = answer;
}

/** Everything about the row that is selected now, as soon as it is known; `null` where the payload was left before. */
export function selectedDetail(): Promise<Detail | null> {
	return arriving;
}

/** Index of the row that holds this one; -1 for none. */
export async function parentOf(index: number): Promise<number> {
	return (await ask('parent', { document: currentDocument(), index }))?.index ?? -1;
}

/** Shows only the rows that match, and selects the first of them; as the filter is taken off, what is selected stays so. */
export async function applyFilter(next: Filter): Promise<void> {
	const document = currentDocument();
	filter.value = next;
	const on = isFiltering.peek();
	// Not the detail that is shown: until this one is there, it is that of the row before.
	const selected = arriving;
	const answer = await ask('filter', { document, filter: on ? next : null });
	// A later filter, or another payload, has taken over: what is located now would take that filter off.
	const isLeft = () => document !== currentDocument() || filter.peek() !== next;
	if (!answer || isLeft()) return;
	filtered.value = on ? answer : null;
	if (!on) {
		const pointer = (await selected.catch(() => null))?.pointer;
		if (pointer !== undefined) await locate(pointer);
		else await showRows(0);
		return;
	}
	announce(strings.filterMatches(answer.matches));
	const first = answer.matches > 0 ? await ask('next', { document, from: -1, what: 'match', backwards: false }) : null;
	if (isLeft()) return;
	if (first && first.index >= 0) await reveal(first);
	else await showRows(0);
}

/** Selects the next row of a kind, or the one before; goes on at the other end. */
export async function nextRow(what: Seek, backwards: boolean): Promise<void> {
	const document = currentDocument();
	if (rows.peek().total === 0) return;
	const found = await ask('next', { document, from: activeRow.peek(), what, backwards });
	// While another payload is read, nobody knows.
	if (!found || document !== currentDocument()) return;
	if (found.index < 0) say(what === 'low' ? strings.noLow : strings.notFound);
	else {
		await reveal(found);
		announceSelected();
	}
}

/** Selects the row at a JSON pointer, or the nearest one above it. */
export async function locate(pointer: string): Promise<boolean> {
	const document = currentDocument();
	const found = await ask('locate', { document, pointer });
	if (!found || found.index < 0 || document !== currentDocument()) return false;
	await reveal(found);
	return true;
}

/** Selects a row that the worker has made visible, and brings it into sight; the focus stays where it is. */
export async function reveal({ index, filterDropped }: Revealed): Promise<void> {
	if (filterDropped) {
		filter.value = NO_FILTER;
		filtered.value = null;
	}
	await Promise.all([showRows(Math.max(0, index - MOUNTED / 2)), activate(index)]);
	wanted.value = { index };
	if (filterDropped) say(strings.filterDropped);
}

/** Tells the ear which row was jumped to: the focus is elsewhere, so nothing else does. */
function announceSelected(): void {
	const { from, rows: mounted } = rows.peek();
	const row = mounted[activeRow.peek() - from];
	if (row) announce(strings.rowReached(row.name, row.text, row.confidence));
}
