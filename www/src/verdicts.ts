/** Sorts the report on a `webhook_ids` list by entry. */
import type { Issue, WebhookIdsReport } from './worker/protocol.js';

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
 * every entry that is not kept, so the two together number all of them.
 */
export function verdicts({ ids, issues }: WebhookIdsReport): { entries: EntryVerdict[]; whole: Issue[] } {
	const byEntry = new Map<number, Issue[]>();
	const whole: Issue[] = [];
	for (const issue of issues) {
		const index = /^\/(\d+)$/.exec(issue.pointer)?.[1];
		if (index === undefined) whole.push(issue);
		else byEntry.set(Number(index), [...(byEntry.get(Number(index)) ?? []), issue]);
	}

	const entries: EntryVerdict[] = [];
	const kept = ids[Symbol.iterator]();
	const last = Math.max(-1, ...byEntry.keys());
	for (let index = 0; ; index++) {
		const said = byEntry.get(index) ?? [];
		const verdict = verdictOf(said);
		const id = verdict === 'valid' ? (kept.next().value ?? null) : null;
		if (verdict === 'valid' && id === null) {
			if (index > last) break;
			continue;
		}
		entries.push({ index, verdict, id, issues: said });
	}
	return { entries, whole };
}

function verdictOf(issues: readonly Issue[]): EntryVerdict['verdict'] {
	if (issues.some((issue) => issue.severity === 'error')) return 'invalid';
	return issues.some((issue) => issue.code === 'webhook_ids.duplicate') ? 'repeated' : 'valid';
}
