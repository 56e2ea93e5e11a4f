/** The text of the shown payload, page by page, and what is looked for in it. */
import { effect, signal } from '@preact/signals';
import { strings } from '../strings.js';
import type { PageText } from '../worker/calls/text.js';
import { ask } from '../worker/client.js';
import { announce } from './announce.js';
import { currentDocument, opened } from './current.js';
import { page } from './selection.js';

/** The page of text that is shown, as far as it was read. */
export const pageText = signal<PageText | null>(null);
/** What is looked for. */
export const textQuery = signal('');
/** Where it stands in the page that is shown, as far as that was read. */
export const textMatches = signal<readonly number[]>([]);
/** Which of them is looked at. */
export const textAt = signal(0);
/** Whether it was looked for in vain. */
export const textMissing = signal(false);

/** Matches of one page that are marked at most. */
const MATCHES = 5_000;

export function resetText(): void {
	pageText.value = null;
	textMatches.value = [];
	textAt.value = 0;
	textMissing.value = false;
}

/** How many pages of text the payload has. */
export function textPages(): number {
	const shown = opened.peek();
	return shown?.readable ? shown.textPages : 0;
}

/** Shows a page of text from its beginning. */
export async function showText(at: number): Promise<void> {
	const document = currentDocument();
	const answer = await ask('text', { document, page: at, from: 0 });
	if (!answer || document !== currentDocument()) return;
	pageText.value = answer;
	match();
}

/** Turns to a page of text, and the document with it. */
export async function turnText(at: number): Promise<void> {
	if (at < 0 || at >= textPages()) return;
	page.value = at;
	await showText(at);
}

/** Reads on in the page of text that is shown. */
export async function showMoreText(): Promise<void> {
	const shown = pageText.peek();
	if (!shown) return;
	const next = await ask('text', { document: currentDocument(), page: shown.page, from: shown.content.length });
	if (!next || pageText.peek() !== shown) return;
	pageText.value = { ...next, from: 0, content: shown.content + next.content };
	match();
}

/** The whole text of the page that is shown. */
export async function wholePage(): Promise<string> {
	for (;;) {
		const shown = pageText.peek();
		if (!shown || shown.content.length >= shown.length) return shown?.content ?? '';
		await showMoreText();
		// Another page was turned to meanwhile, or nothing came.
		if (pageText.peek()?.content.length === shown.content.length) return shown.content;
	}
}

/** Looks for a text on the page that is shown. */
export function lookForText(query: string): void {
	textQuery.value = query;
	textMissing.value = false;
	match();
	if (query !== '' && textMatches.peek().length === 0) void textFind(false);
}

/** Turns to the next place of the text, or the one before: on this page, then on the others, then on this one from its other end. */
export async function textFind(backwards: boolean): Promise<void> {
	const step = backwards ? -1 : 1;
	const shown = pageText.peek();
	const query = textQuery.peek();
	if (!shown || query === '') return;
	const within = textAt.peek() + step;
	if (within >= 0 && within < textMatches.peek().length) {
		textAt.value = within;
		tellMatch();
		return;
	}
	const document = currentDocument();
	const total = textPages();
	for (let turned = 1; turned <= total; turned++) {
		const at = (shown.page + step * turned + total * turned) % total;
		const answer = at === shown.page ? shown : await ask('text', { document, page: at, from: 0 });
		if (!answer || document !== currentDocument() || textQuery.peek() !== query) return;
		const found = matchesOf(answer.content, query);
		if (found.length === 0) continue;
		pageText.value = answer;
		page.value = at;
		textMatches.value = found;
		textAt.value = backwards ? found.length - 1 : 0;
		tellMatch();
		return;
	}
	textMissing.value = true;
	announce(strings.notFound);
}

function tellMatch(): void {
	const shown = pageText.peek();
	if (shown) announce(`${strings.found(textAt.peek(), textMatches.peek().length)}. ${strings.foundOnPage(shown.page)}`);
}

function match(): void {
	textMatches.value = matchesOf(pageText.peek()?.content ?? '', textQuery.peek());
	textAt.value = 0;
}

/** Where a text stands in another, in any case. Only texts that case does not lengthen are folded: else places would shift. */
function matchesOf(content: string, query: string): number[] {
	if (query === '') return [];
	const folded = content.toLowerCase();
	const alike = folded.length === content.length;
	const within = alike ? folded : content;
	const wanted = alike ? query.toLowerCase() : query;
	const found: number[] = [];
	for (
		let at = within.indexOf(wanted);
		at >= 0 && found.length < MATCHES;
		at = within.indexOf(wanted, at + wanted.length)
	) {
		found.push(at);
	}
	return found;
}

/** The text follows the page of the document. */
effect(() => {
	const at = page.value;
	const shown = pageText.peek();
	if (shown && shown.page !== at && at < textPages()) void showText(at);
});
