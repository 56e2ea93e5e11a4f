/** The lines around each problem, fetched as they come into sight, and the ways from a problem to its place. */
import { signal } from '@preact/signals';
import type { Issue } from '../../../pkg/src/core/types.js';
import type { Excerpt } from '../worker/calls/problems.js';
import { ask } from '../worker/client.js';
import { currentDocument } from './current.js';
import { tab } from './layout.js';
import { showInRaw } from './raw.js';
import { locate } from './tree.js';

/** The excerpts by index of their problem; `null` where there is none. */
export const excerpts = signal<ReadonlyMap<number, Excerpt | null>>(new Map());

export function resetProblems(): void {
	excerpts.value = new Map();
}

/** Fetches the lines around a problem. */
export async function fetchExcerpt(issue: number): Promise<void> {
	if (excerpts.peek().has(issue)) return;
	const document = currentDocument();
	const excerpt = await ask('excerpt', { document, issue });
	if (document === currentDocument()) excerpts.value = new Map(excerpts.peek()).set(issue, excerpt);
}

/** Turns to the bytes of a problem. */
export function showIssueInRaw({ offset, length }: Issue): void {
	void showInRaw({ offset, length });
}

/** Turns to the row of a problem. */
export async function showIssueInFields({ pointer }: Issue): Promise<void> {
	if (await locate(pointer)) tab.value = 'fields';
}
