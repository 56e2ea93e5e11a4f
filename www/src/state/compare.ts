/** The comparison of the shown payload with a second one. */
import { batch, computed, effect, signal } from '@preact/signals';
import type { LocationData } from '../../../pkg/src/core/types.js';
import { strings as shared, compareStrings as strings } from '../strings.js';
import type { CompareFilter, CompareRows, CompareSummary } from '../worker/calls/compare.js';
import { ask, FileFault } from '../worker/client.js';
import type { ChangeKind } from '../worker/compare/change.js';
import { announce } from './announce.js';
import { currentDocument, nextDocument, opened } from './current.js';
import { comparing } from './layout.js';
import { ServerFault } from './live-server.js';
import { page } from './selection.js';
import type { ShelfFile } from './shelf.js';
import { reveal } from './tree.js';

/** Name of the file that is compared with; empty while there is none. */
export const comparedName = signal('');
/** Whether it is being read and compared. */
export const comparisonBusy = signal(false);
/** How much of that is done, from 0 to 1; `null` while the file is read, or where nothing is at work. */
export const comparisonProgress = signal<number | null>(null);
/** Why there is no comparison; empty where nothing is wrong. */
export const comparisonFault = signal('');
/** What is known of the comparison; `null` until it is done. */
export const comparison = signal<CompareSummary | null>(null);
/** Which changes are shown; none of them for all. */
export const comparedKinds = signal<readonly ChangeKind[]>([]);
/** Whether what is the same is shown too. */
export const showsEqual = signal(false);
/** The rows that are mounted, of all that the filter leaves. */
export const differences = signal<CompareRows>({ total: 0, from: 0, rows: [] });
/** Index of the selected row; -1 for none. */
export const activeDifference = signal(-1);
/** The row that is to be brought into sight; a new object each time. */
export const wantedDifference = signal<{ index: number } | null>(null);
/** Where the selected difference is in the other payload; the document draws these beside those of the shown one. */
export const otherPlaces = signal<readonly LocationData[]>([]);

/** The places of the other payload on the page that is looked at. */
export const otherPolygons = computed(() =>
	otherPlaces.value.filter((place) => place.page === page.value).map(({ polygon }) => polygon),
);

/** Rows mounted at once. */
const MOUNTED = 60;

/** Number of the payload that is compared with. */
let other = 0;
/** Names the comparison in calls about it. */
let about: number | undefined;
/** Counts selected rows, so that an answer about an earlier one is known as such. */
let chosen = 0;

/** Reads a second payload and compares the shown one with it; one that is chosen meanwhile wins. */
export function compareWith(file: File): Promise<void> {
	return compareWithFile({ name: file.name, read: async () => file });
}

/** The same with a file at hand, wherever its bytes are. */
export async function compareWithFile({ name, read }: Pick<ShelfFile, 'name' | 'read'>): Promise<void> {
	const document = currentDocument();
	const mine = nextDocument();
	leave();
	other = mine;
	batch(() => {
		comparedName.value = name;
		comparisonBusy.value = true;
	});
	try {
		const file = await read();
		if (mine !== other) return;
		await ask('open', { document: mine, slot: 'b', file });
		let state = mine === other ? await ask('compareBegin', { a: document, b: mine }) : null;
		// Nobody knew its number when it was given up, and it holds both payloads.
		if (state && mine !== other) void ask('compareEnd', { comparison: state.comparison });
		while (state && mine === other && !state.summary) {
			about = state.comparison;
			comparisonProgress.value = state.progress;
			state = await ask('compareGoOn', { comparison: about });
		}
		const summary = state?.summary;
		if (!state || !summary || mine !== other) return;
		about = state.comparison;
		comparison.value = summary;
		announce(strings.announce(summary.different, summary.facts.length, summary.compared));
		await showDifferences(0);
	} catch (fault) {
		if (mine === other) comparisonFault.value = faultOf(name, fault);
	} finally {
		if (mine === other) settle();
	}
}

function faultOf(name: string, fault: unknown): string {
	if (fault instanceof ServerFault) return shared.shelfView.cannotOpen(name, shared.shelfView.faults[fault.reason]);
	const reason = fault instanceof Error ? fault.message : String(fault);
	return fault instanceof FileFault ? shared.fileFault(reason) : shared.fault(reason);
}

/** Gives up what is being compared. */
export function stopComparison(): void {
	if (comparisonBusy.peek()) leave();
}

function settle(): void {
	batch(() => {
		comparisonBusy.value = false;
		comparisonProgress.value = null;
	});
}

/** The comparison that is shown, as it is named in calls. */
const current = (): number | null => (comparison.peek() ? (about ?? null) : null);

/** Mounts the rows from `from` on. */
export async function showDifferences(from: number, count = MOUNTED): Promise<void> {
	const mine = current();
	if (mine === null) return;
	const asked = filter();
	const answer = await ask('compareRows', { comparison: mine, filter: asked, from, count });
	// A filter that was changed meanwhile has asked for its own.
	if (answer && mine === about && isSame(asked, filter())) differences.value = answer;
}

/** Shows only some kinds of changes, or all. */
export function filterDifferences(kinds: readonly ChangeKind[], equal: boolean): Promise<void> {
	batch(() => {
		comparedKinds.value = kinds;
		showsEqual.value = equal;
		activeDifference.value = -1;
		otherPlaces.value = [];
	});
	return showDifferences(0);
}

/** Selects a row: the one of the shown payload in Fields, and both places on the document. */
export async function chooseDifference(index: number): Promise<void> {
	const mine = current();
	if (mine === null) return;
	const choice = ++chosen;
	activeDifference.value = index;
	const places = await ask('comparePlaces', { comparison: mine, filter: filter(), index });
	if (!places || choice !== chosen) return;
	const document = currentDocument();
	const found = places.pointer === null ? null : await ask('locate', { document, pointer: places.pointer });
	if (choice !== chosen || document !== currentDocument()) return;
	if (found && found.index >= 0) await reveal(found);
	if (choice !== chosen) return;
	otherPlaces.value = places.b;
	// What the shown payload has no place of is on the page of the other one.
	const on = (places.a[0] ?? places.b[0])?.page;
	if (on !== undefined) page.value = on;
}

/** Turns to the next difference, or to the one before. */
export async function nextDifference(backwards: boolean): Promise<void> {
	const mine = current();
	if (mine === null) return;
	const from = activeDifference.peek();
	const start = from < 0 && backwards ? 0 : from;
	const answer = await ask('compareNext', { comparison: mine, filter: filter(), from: start, backwards });
	if (!answer || answer.index < 0) return;
	wantedDifference.value = { index: answer.index };
	await chooseDifference(answer.index);
}

function filter(): CompareFilter {
	const kinds = comparedKinds.peek();
	return { kinds: kinds.length === 0 ? null : kinds, equal: showsEqual.peek() };
}

function isSame(a: CompareFilter, b: CompareFilter): boolean {
	return a.equal === b.equal && String(a.kinds) === String(b.kinds);
}

/** Forgets the second payload. */
function leave(): void {
	const [left, document] = [about, other];
	about = undefined;
	other = 0;
	chosen++;
	batch(() => {
		comparedName.value = '';
		settle();
		comparisonFault.value = '';
		comparison.value = null;
		comparedKinds.value = [];
		showsEqual.value = false;
		differences.value = { total: 0, from: 0, rows: [] };
		activeDifference.value = -1;
		wantedDifference.value = null;
		otherPlaces.value = [];
	});
	if (left !== undefined) void ask('compareEnd', { comparison: left });
	if (document > 0) void ask('close', { document });
}

/** The payload that the comparison is about. */
let compared: number | undefined;

/** A comparison ends with its tab, and with the payload that was shown. */
effect(() => {
	const shown = opened.value?.document;
	if (!comparing.value || shown !== compared) leave();
	compared = shown;
});
