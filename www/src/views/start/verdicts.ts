/** Sorts the report on a `webhook_ids` list by entry. */
import type { Issue, WebhookIdsReport } from '../../../../pkg/src/core/types.js';

/** What becomes of one entry of the list. */
export interface EntryVerdict {
	/** From 0. */
	index: number;
	verdict: 'valid' | 'invalid' | 'repeated';
	/** The canonical ID; `null` for an entry that is not kept. */
	id: string | null;
	issues: Issue[];
}

/**
 * The entries of a list with their issues, and the issues of the list as a whole. The report names kept IDs in order and points to
 * every entry that is not kept, so the two together number all of them. A report that had to leave issues out does so only up to
 * where it is complete; behind that, only what it says itself is told.
 */
export function verdicts({ ids, issues }: WebhookIdsReport): { entries: EntryVerdict[]; whole: Issue[] } {
	const byEntry = new Map<number, Issue[]>();
	const whole: Issue[] = [];
	for (const issue of issues) {
		const index = /^\/(\d+)$/.exec(issue.pointer)?.[1];
		if (index === undefined) whole.push(issue);
		else byEntry.set(Number(index), [...(byEntry.get(Number(index)) ?? []), issue]);
	}
	const named = [...byEntry.keys()].sort((a, b) => a - b);
	const complete = !whole.some((issue) => issue.code === 'limit.issues');
	// The last issue that is listed may have taken the place of an earlier one, and belong to an entry far behind.
	const known = complete ? Number.POSITIVE_INFINITY : (named.at(-2) ?? 0);

	const entries: EntryVerdict[] = [];
	const kept = ids[Symbol.iterator]();
	for (let index = 0; index < known; index++) {
		const said = byEntry.get(index) ?? [];
		const verdict = verdictOf(said);
		const id = verdict === 'valid' ? (kept.next().value ?? null) : null;
		if (verdict === 'valid' && id === null) break;
		entries.push({ index, verdict, id, issues: said });
	}
	for (const index of named.filter((index) => index >= known)) {
		const said = byEntry.get(index) ?? [];
		const verdict = verdictOf(said);
		if (verdict !== 'valid') entries.push({ index, verdict, id: null, issues: said });
	}
	return { entries, whole };
}

function verdictOf(issues: readonly Issue[]): EntryVerdict['verdict'] {
	if (issues.some((issue) => issue.severity === 'error')) return 'invalid';
	return issues.some((issue) => issue.code === 'webhook_ids.duplicate') ? 'repeated' : 'valid';
}
