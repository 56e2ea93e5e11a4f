/** The text of the shown payload, page by page. */
import { signal } from '@preact/signals';
import type { PageText } from '../worker/calls/text.js';
import { ask } from '../worker/client.js';
import { currentDocument } from './current.js';

/** The page of text that is shown, as far as it was read. */
export const pageText = signal<PageText | null>(null);

export function resetText(): void {
	pageText.value = null;
}

/** Shows a page of text from its beginning. */
export async function showText(page: number): Promise<void> {
	pageText.value = await ask('text', { document: currentDocument(), page, from: 0 });
}

/** Reads on in the page of text that is shown. */
export async function showMoreText(): Promise<void> {
	const shown = pageText.peek();
	if (!shown) return;
	const next = await ask('text', { document: currentDocument(), page: shown.page, from: shown.content.length });
	if (next && pageText.peek() === shown) pageText.value = { ...next, from: 0, content: shown.content + next.content };
}
