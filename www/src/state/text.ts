/** The text of the shown payload, page by page, and what is looked for in it. */
import { batch, computed, effect, signal } from '@preact/signals';
import { strings } from '../strings.js';
import type { PageText, TextPlace } from '../worker/calls/text.js';
import { ask } from '../worker/client.js';
import { placesOf } from '../worker/text-pattern.js';
import { announce } from './announce.js';
import { currentDocument, opened } from './current.js';
import { page } from './selection.js';

/** The page of text that is shown: the stretch of it that was read. */
export const pageText = signal<PageText | null>(null);
/** What is looked for. */
export const textQuery = signal('');
/** Where it was found last; `null` where it was not. */
export const textPlace = signal<TextPlace | null>(null);
/** Whether it was looked for in vain. */
export const textMissing = signal(false);

/** Places of one page that are marked at most. */
const MARKED = 5_000;

/** UTF-16 units that are read before what is shown. */
const BEFORE = 20_000;

/** Where it stands in what is shown. */
export const textMatches = computed(() => {
	const shown = pageText.value;
	return shown ? placesOf(shown.content, textQuery.value, MARKED) : [];
});

/** The page of text that is shown, or being read. */
let wanted = 0;
/** Counts searches, so that an answer about an earlier one is known as such. */
let asked = 0;

export function resetText(): void {
	wanted = 0;
	asked++;
	batch(() => {
		pageText.value = null;
		textPlace.value = null;
		textMissing.value = false;
	});
}

/** How many pages of text the payload has. */
export function textPages(): number {
	const shown = opened.peek();
	return shown?.readable ? shown.textPages : 0;
}

/** The page of the document that a page of text is on. */
function documentPageOf(text: number): number {
	const shown = opened.peek();
	return (shown?.readable ? shown.textsOn?.[text] : undefined) ?? text;
}

/** The first page of text that is on a page of the document; -1 for none. */
function textOn(documentPage: number): number {
	const shown = opened.peek();
	if (!shown?.readable) return -1;
	if (shown.textsOn) return shown.textsOn.indexOf(documentPage);
	return documentPage < shown.textPages ? documentPage : -1;
}

/** Shows the text of the page of the document that is looked at. */
export function showTextHere(): Promise<void> {
	return showText(Math.max(textOn(page.peek()), 0));
}

/** Shows a page of text, from its beginning or from further on. */
export async function showText(at: number, from = 0): Promise<void> {
	const document = currentDocument();
	wanted = at;
	const answer = await ask('text', { document, page: at, from });
	if (answer && document === currentDocument() && wanted === at) pageText.value = answer;
}

/** Turns to a page of text, and the document with it. */
export async function turnText(at: number): Promise<void> {
	if (at < 0 || at >= textPages()) return;
	wanted = at;
	textPlace.value = null;
	page.value = documentPageOf(at);
	await showText(at);
}

/** Reads on in the page of text that is shown, or what comes before. */
export async function showMoreText(before = false): Promise<void> {
	const shown = pageText.peek();
	if (!shown) return;
	const from = before ? Math.max(0, shown.from - BEFORE) : shown.from + shown.content.length;
	const more = await ask('text', { document: currentDocument(), page: shown.page, from });
	if (!more || pageText.peek() !== shown) return;
	const head = more.content.slice(0, shown.from - more.from);
	pageText.value = before
		? { ...more, content: head + shown.content }
		: { ...shown, content: shown.content + more.content };
}

/** The whole text of the page that is shown; `null` where the payload was left before all of it was read. */
export async function wholePage(): Promise<string | null> {
	const shown = pageText.peek();
	const document = opened.peek()?.document;
	if (!shown || document === undefined) return null;
	if (shown.content.length === shown.length) return shown.content;
	let content = '';
	while (content.length < shown.length) {
		const more = await ask('text', { document, page: shown.page, from: content.length });
		if (!more?.content) return null;
		content += more.content;
	}
	return content;
}

/** Looks for a text, from the beginning of the page that is shown. */
export async function lookForText(query: string): Promise<void> {
	batch(() => {
		textQuery.value = query;
		textPlace.value = null;
		textMissing.value = false;
	});
	asked++;
	if (query !== '') await find(pageText.peek()?.page ?? wanted, 0, false);
}

/** Turns to the next place of the text, or the one before: on this page, then on the others, then on this one from its other end. */
export async function textFind(backwards: boolean): Promise<void> {
	const shown = pageText.peek();
	if (!shown || textQuery.peek() === '') return;
	const place = textPlace.peek();
	const from = place?.page === shown.page ? place.at + (backwards ? 0 : 1) : 0;
	await find(shown.page, from, backwards);
}

async function find(on: number, from: number, backwards: boolean): Promise<void> {
	const mine = ++asked;
	const document = currentDocument();
	const text = textQuery.peek();
	const answer = await ask('textFind', { document, text, page: on, from, backwards });
	if (!answer || mine !== asked) return;
	const { place } = answer;
	if (!place) {
		textPlace.value = null;
		textMissing.value = true;
		announce(strings.notFound);
		return;
	}
	if (!isShown(place, text.length)) {
		// With something before it, so that one sees where it stands.
		await showText(place.page, Math.max(0, place.at - BEFORE));
		if (mine !== asked) return;
	}
	batch(() => {
		textPlace.value = place;
		page.value = documentPageOf(place.page);
	});
	announce(`${strings.found(place.index, place.total)}. ${strings.foundOnPage(page.peek())}`);
}

function isShown({ page: on, at }: TextPlace, length: number): boolean {
	const shown = pageText.peek();
	return shown?.page === on && at >= shown.from && at + length <= shown.from + shown.content.length;
}

/** The text follows the page of the document. */
effect(() => {
	const on = page.value;
	if (!pageText.peek() || documentPageOf(wanted) === on) return;
	const at = textOn(on);
	if (at >= 0) void showText(at);
});
