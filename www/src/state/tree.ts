/** The rows of the shown payload, and the one that is selected. */
import { signal } from '@preact/signals';
import { strings } from '../strings.js';
import type { Detail, Rows } from '../worker/calls/tree.js';
import { ask } from '../worker/client.js';
import { announce } from './announce.js';
import { currentDocument, opened } from './current.js';

/** The rows that are mounted, of all visible ones. */
export const rows = signal<Rows>({ total: 0, from: 0, rows: [] });
/** Index of the selected row: the keyboard is on it, and its marks are shown on the document. */
export const activeRow = signal(0);
/** Everything about the selected row. */
export const detail = signal<Detail | null>(null);

/** Rows mounted at once; the window moves as one scrolls. */
export const MOUNTED = 80;

/** Forgets the rows of the payload before. */
export function resetTree(total: number): void {
	rows.value = { total, from: 0, rows: [] };
	activeRow.value = 0;
	detail.value = null;
}

/** Mounts the visible rows from `from` on. */
export async function showRows(from: number, count = MOUNTED): Promise<void> {
	const document = currentDocument();
	const answer = await ask('rows', { document, from, count });
	if (answer && opened.peek()?.document === document) rows.value = answer;
}

/** Opens or closes a row. */
export async function expand(index: number, expanded: boolean): Promise<void> {
	const answer = await ask('expand', { document: currentDocument(), index, expanded });
	if (!answer) return;
	const { from, rows: mounted } = rows.peek();
	await showRows(from, Math.max(mounted.length, MOUNTED));
	announce(expanded ? strings.rowOpened : strings.rowClosed);
}

/** Selects a row and reads its detail. */
export async function activate(index: number): Promise<void> {
	activeRow.value = index;
	const answer = await ask('detail', { document: currentDocument(), index });
	if (answer && activeRow.peek() === index) detail.value = answer;
}

/** Index of the row that holds this one; -1 for none. */
export async function parentOf(index: number): Promise<number> {
	return (await ask('parent', { document: currentDocument(), index }))?.index ?? -1;
}
