/** The page's state: one commented line a signal, and the few actions that change it. Nothing of it outlives the page. */
import { batch, computed, signal } from '@preact/signals';
import { strings } from './strings.js';
import { ask, FileFault } from './worker/client.js';
import type { Detail, Issue, Opened, PageText, Rows, WebhookIdsReport } from './worker/protocol.js';

/** What the page is doing with a payload: nothing yet, reading one, showing one, or telling of its own fault. */
export type Stage =
	| { at: 'empty' }
	| { at: 'opening'; name: string }
	| { at: 'opened'; opened: Opened }
	| { at: 'fault'; message: string };

/** What the page is doing with a payload. */
export const stage = signal<Stage>({ at: 'empty' });
/** Whether something is being dragged over the page. */
export const dragging = signal(false);
/** What a screen reader is told next. */
export const announcement = signal('');
/** A remark beside the way in, such as that only one of several files was opened. */
export const note = signal('');
/** The rows that are mounted, of all visible ones. */
export const rows = signal<Rows>({ total: 0, from: 0, rows: [] });
/** Index of the row that the keyboard is on. */
export const activeRow = signal(0);
/** Everything about the active row. */
export const detail = signal<Detail | null>(null);
/** The page of text that is shown, as far as it was read. */
export const pageText = signal<PageText | null>(null);
/** The `webhook_ids` list as typed. */
export const idsText = signal('');
/** The verdict on the typed list; `null` while there is none. */
export const idsReport = signal<WebhookIdsReport | null>(null);

/** What is shown, once it was read. */
export const opened = computed(() => (stage.value.at === 'opened' ? stage.value.opened : null));

/** Counts opened files, so that an answer about an earlier one is known as such. */
let document = 0;
/** Counts typed lists, likewise. */
let idsAsked = 0;

/** Reads a file and shows it; a file opened meanwhile wins. */
export async function open(file: File): Promise<void> {
	const mine = ++document;
	stage.value = { at: 'opening', name: file.name };
	note.value = '';
	try {
		const answer = await ask('open', { document: mine, file });
		if (mine !== document) return;
		batch(() => {
			stage.value = { at: 'opened', opened: answer };
			rows.value = { total: answer.readable ? (answer.tree?.total ?? 0) : 0, from: 0, rows: [] };
			activeRow.value = 0;
			detail.value = null;
			pageText.value = null;
			announcement.value = verdict(answer);
		});
		if (answer.readable && answer.tree) await Promise.all([showRows(0, FIRST_ROWS), activate(0)]);
		if (answer.readable && answer.textPages > 0) await showText(0);
	} catch (fault) {
		if (mine === document) tell(fault);
	}
}

/** Mounts the visible rows from `from` on. */
export async function showRows(from: number, count: number): Promise<void> {
	const answer = await ask('rows', { document, from, count });
	if (answer && opened.peek()?.document === document) rows.value = answer;
}

/** Opens or closes a row. */
export async function expand(index: number, expanded: boolean): Promise<void> {
	const answer = await ask('expand', { document, index, expanded });
	if (!answer) return;
	const { from, rows: mounted } = rows.peek();
	await showRows(from, Math.max(mounted.length, FIRST_ROWS));
	announcement.value = expanded ? strings.rowOpened : strings.rowClosed;
}

/** Moves the keyboard to a row and reads its detail. */
export async function activate(index: number): Promise<void> {
	activeRow.value = index;
	const answer = await ask('detail', { document, index });
	if (answer && activeRow.peek() === index) detail.value = answer;
}

/** Index of the row that holds this one; -1 for none. */
export async function parentOf(index: number): Promise<number> {
	return (await ask('parent', { document, index }))?.index ?? -1;
}

/** Shows a page of text from its beginning. */
export async function showText(page: number): Promise<void> {
	pageText.value = await ask('text', { document, page, from: 0 });
}

/** Reads on in the page of text that is shown. */
export async function showMoreText(): Promise<void> {
	const shown = pageText.peek();
	if (!shown) return;
	const next = await ask('text', { document, page: shown.page, from: shown.content.length });
	if (next && pageText.peek() === shown) pageText.value = { ...next, from: 0, content: shown.content + next.content };
}

/** Checks the typed `webhook_ids` list. */
export async function checkIds(text: string): Promise<void> {
	const mine = ++idsAsked;
	idsText.value = text;
	if (text.trim() === '') {
		idsReport.value = null;
		return;
	}
	try {
		const report = await ask('ids', { text });
		if (mine === idsAsked) idsReport.value = report;
	} catch (fault) {
		tell(fault);
	}
}

/** Says something in passing, to the eye and to the ear. */
export function say(remark: string): void {
	note.value = remark;
	announcement.value = remark;
}

/** Rows mounted at once; the window moves as one scrolls. */
export const FIRST_ROWS = 80;

function tell(fault: unknown): void {
	const reason = fault instanceof Error ? fault.message : String(fault);
	const message = fault instanceof FileFault ? strings.fileFault(reason) : strings.fault(reason);
	stage.value = { at: 'fault', message };
}

function verdict(answer: Opened): string {
	const name = (answer.readable && answer.fileName) || answer.name;
	if (!answer.readable) return strings.announceUnreadable(name, answer.issues.length);
	return strings.announceReadable(
		name,
		strings.kinds[answer.kind],
		answer.tree?.top ?? null,
		countIssues(answer.issues),
	);
}

/** How many issues there are of each severity. */
export function countIssues(issues: readonly Issue[]): Record<Issue['severity'], number> {
	const counts = { error: 0, warning: 0, notice: 0 };
	for (const issue of issues) counts[issue.severity]++;
	return counts;
}
