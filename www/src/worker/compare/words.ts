/** Which word of a page is which of the other reading: the shortest way from one to the other. */
import { diffArrays } from 'diff';
import type { Match } from './matching.js';

/**
 * Words that are added and taken away at most; pages that differ more are two different texts. Looking for so many takes a second on a
 * page of any length, in one piece; it grows with their square.
 */
const MOST_EDITS = 1500;

/** Matches words in their order; words that take the place of as many others are those, read otherwise. `null` for two different texts. */
export function matchWords(a: readonly string[], b: readonly string[]): Match[] | null {
	// Of several shortest ways one is taken: the same in both directions.
	if (isBehind(a, b)) return matchWords(b, a)?.map(([j, i]): Match => [i, j]) ?? null;
	const changes = diffArrays([...a], [...b], { maxEditLength: MOST_EDITS });
	if (!changes) return null;
	const matches: Match[] = [];
	let [i, j] = [0, 0];
	let [removed, added] = [0, 0];
	const settle = (): void => {
		const both = Math.min(removed, added);
		for (let at = 0; at < both; at++) matches.push([i + at, j + at]);
		for (let at = both; at < removed; at++) matches.push([i + at, -1]);
		for (let at = both; at < added; at++) matches.push([-1, j + at]);
		i += removed;
		j += added;
		[removed, added] = [0, 0];
	};
	for (const change of changes) {
		if (change.removed) removed += change.value.length;
		else if (change.added) added += change.value.length;
		else {
			settle();
			for (const _ of change.value) matches.push([i++, j++]);
		}
	}
	settle();
	return matches;
}

function isBehind(a: readonly string[], b: readonly string[]): boolean {
	if (a.length !== b.length) return a.length > b.length;
	const at = a.findIndex((word, index) => word !== b[index]);
	return at >= 0 && (a[at] as string) > (b[at] as string);
}
