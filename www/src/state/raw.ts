/** The exact bytes of the shown payload, as rows: which are mounted, what is marked in them, and what is looked for. */
import { effect, signal } from '@preact/signals';
import type { Issue } from '../../../pkg/src/core/types.js';
import { strings } from '../strings.js';
import type { RawPlace, RawRows, RawSize } from '../worker/calls/raw.js';
import type { ByteRange } from '../worker/calls/tree.js';
import { ask } from '../worker/client.js';
import { announce } from './announce.js';
import { currentDocument, opened } from './current.js';
import { tab } from './layout.js';
import { detail } from './tree.js';

/** How much there is; `null` until it is asked for. */
export const rawSize = signal<RawSize | null>(null);
/** The rows that are mounted. */
export const rawRows = signal<RawRows>({ total: 0, from: 0, rows: [] });
/** Where the selected row of the tree stands. */
export const rawSelected = signal<RawPlace | null>(null);
/** Where the problems stand, by their index, as far as they were scrolled to. */
export const rawProblems = signal<ReadonlyMap<number, RawPlace>>(new Map());
/** The row that the view is to bring into sight; a new object each time it is asked for. */
export const rawWanted = signal<{ row: number } | null>(null);

/** What is looked for. */
export const rawText = signal('');
/** Whether capitals matter. */
export const rawCase = signal(false);
/** Where it was found last. */
export const rawFound = signal<(RawPlace & ByteRange) | null>(null);
/** How the search stands. */
export const rawSearch = signal<'idle' | 'searching' | 'found' | 'missing'>('idle');

/** Rows mounted at once. */
export const RAW_MOUNTED = 90;
/** Where problems are looked up at most at once. */
const PROBLEMS = 100;

/** Forgets the bytes of the payload before. */
export function resetRaw(): void {
	rawSize.value = null;
	rawRows.value = { total: 0, from: 0, rows: [] };
	rawSelected.value = null;
	rawProblems.value = new Map();
	rawWanted.value = null;
	rawFound.value = null;
	rawSearch.value = 'idle';
}

/** Begins to show the bytes, where that was not done yet. */
export async function showRaw(): Promise<void> {
	if (rawSize.peek() && rawRows.peek().rows.length > 0) return;
	const document = currentDocument();
	const size = await ask('rawSize', { document });
	if (!size || document !== currentDocument()) return;
	rawSize.value = size;
	if (rawRows.peek().rows.length === 0) await showRawRows(0);
}

/** Mounts the rows from `from` on, and finds the problems in them. */
export async function showRawRows(from: number, count = RAW_MOUNTED): Promise<void> {
	const document = currentDocument();
	const answer = await ask('rawRows', { document, from, count: Math.min(count, RAW_MOUNTED) });
	if (!answer || document !== currentDocument()) return;
	rawRows.value = answer;
	const [first] = answer.rows;
	const last = answer.rows.at(-1);
	if (!first || !last) return;
	const within = { offset: first.offset, length: last.offset + last.length - first.offset };
	const known = rawProblems.peek();
	const missing = [...(opened.peek()?.issues ?? []).entries()]
		.filter(([index, issue]) => !known.has(index) && touches(issue, within))
		.slice(0, PROBLEMS);
	if (missing.length === 0) return;
	const places = await Promise.all(
		missing.map(([, { offset, length }]) => ask('rawPlace', { document, offset, length })),
	);
	if (document !== currentDocument()) return;
	const next = new Map(rawProblems.peek());
	for (const [at, place] of places.entries()) {
		const index = missing[at]?.[0];
		if (place && index !== undefined) next.set(index, place);
	}
	rawProblems.value = next;
}

function touches({ offset, length }: Issue, within: ByteRange): boolean {
	return offset <= within.offset + within.length && offset + length >= within.offset;
}

/** Turns to the bytes and brings a range of them into sight. */
export async function showInRaw(range: ByteRange): Promise<void> {
	const document = currentDocument();
	tab.value = 'raw';
	await showRaw();
	const place = await ask('rawPlace', { document, ...range });
	if (!place || document !== currentDocument()) return;
	rawSelected.value = place;
	want(place);
}

/** Counts lines that were asked for, so that one that takes long to be found does not come over a later one. */
let goings = 0;

/** Brings a line into sight, from 1; gives whether there is one, and `null` where another was asked for meanwhile. */
export async function goToLine(line: number): Promise<boolean | null> {
	const mine = ++goings;
	const document = currentDocument();
	// It may be asked for before anybody knows how many there are.
	await showRaw();
	if (mine !== goings || document !== currentDocument()) return null;
	const { total } = rawRows.peek();
	const lines = rawSize.peek()?.lines ?? 0;
	if (!Number.isInteger(line) || line < 1 || line > lines) return false;
	// Lines are at least a row each, and stand in their order.
	let low = line - 1;
	let high = total - 1;
	while (low < high) {
		const middle = Math.floor((low + high) / 2);
		const answer = await ask('rawRows', { document, from: middle, count: 1 });
		if (!answer || mine !== goings || document !== currentDocument()) return null;
		if ((answer.rows[0]?.line ?? line) < line) low = middle + 1;
		else high = middle;
	}
	rawWanted.value = { row: low };
	return true;
}

/** Looks for the text from where it was found last: behind that, before it, or while it is being typed at that very place first. */
export async function rawFind(backwards: boolean, whileTyping = false): Promise<void> {
	const text = rawText.peek();
	const document = currentDocument();
	if (text === '') {
		rawFound.value = null;
		rawSearch.value = 'idle';
		return;
	}
	rawSearch.value = 'searching';
	const last = rawFound.peek();
	const from = last ? last.offset + (backwards || whileTyping ? 0 : 1) : 0;
	const answer = await ask('rawFind', { document, text, from, backwards, matchCase: rawCase.peek() });
	// A later search has taken over.
	if (!answer || document !== currentDocument()) return;
	rawFound.value = answer.place;
	rawSearch.value = answer.place ? 'found' : 'missing';
	if (!answer.place) {
		announce(strings.notFound);
		return;
	}
	want(answer.place);
	const { line, column } = answer.place.start;
	announce(`${strings.foundAt(line, column)}${answer.wrapped ? ` ${strings.wrapped}` : ''}`);
}

function want({ start }: RawPlace): void {
	rawWanted.value = { row: start.row };
}

/** While the bytes are shown, what is selected in the tree is marked in them. */
effect(() => {
	const range = detail.value?.range;
	if (tab.value !== 'raw' || !range) return;
	const document = currentDocument();
	void ask('rawPlace', { document, ...range }).then((place) => {
		if (document === currentDocument() && detail.peek()?.range === range) rawSelected.value = place;
	});
});
