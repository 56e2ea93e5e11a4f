/** The comparison of two open payloads: facts, counts, and a window of what is different. */
import type { Confidence, LocationData, PayloadKind } from '../../../../pkg/src/core/types.js';
import type { ChangeKind } from '../compare/change.js';
import { Comparison } from '../compare/comparison.js';
import type { Call, Handlers } from '../protocol.js';
import { sessionOf } from '../session.js';
import type { FactKey } from './payload.js';
import type { Shape } from './tree.js';

export interface CompareCalls {
	/** Begins to compare two open payloads; the comparison before is dropped. `null` for a payload that was left. */
	compareBegin: Call<{ a: number; b: number }, CompareState | null>;
	/** Goes on with it for a moment; `null` once it was dropped, or a payload was left. */
	compareGoOn: Call<{ comparison: number }, CompareState | null>;
	/** The differences that a filter leaves, from `from` on, {@link COMPARE_ROWS} at most. */
	compareRows: Call<{ comparison: number; filter: CompareFilter; from: number; count: number }, CompareRows | null>;
	/** Index of the next row that is a difference, or the one before; goes on at the other end. */
	compareNext: Call<
		{ comparison: number; filter: CompareFilter; from: number; backwards: boolean },
		{ index: number } | null
	>;
	/** Where both sides of a row are. */
	comparePlaces: Call<{ comparison: number; filter: CompareFilter; index: number }, ComparePlaces | null>;
	compareEnd: Call<{ comparison: number }, null>;
}

/** Rows that one answer holds at most. */
export const COMPARE_ROWS = 500;

/** Which rows to show. */
export interface CompareFilter {
	/** Rows of one of these; `null` for any difference. */
	kinds: readonly ChangeKind[] | null;
	/** Also what is the same. */
	equal: boolean;
}

/** How a comparison stands. */
export interface CompareState {
	/** Names the comparison in calls about it. */
	comparison: number;
	/** How much of it is done, from 0 to 1. */
	progress: number;
	/** `null` until all of it is done. */
	summary: CompareSummary | null;
}

/** What is known of a comparison once it is done. */
export interface CompareSummary {
	/** `null` for a payload that cannot be read: then its JSON is compared. */
	kinds: [PayloadKind | null, PayloadKind | null];
	facts: FactDifference[];
	counts: Record<ChangeKind, number>;
	/** Values that differ in some way, and those that do not. */
	different: number;
	equal: number;
	/** Whether values were compared: of two kinds, and where one is no JSON with rows, only the facts are. */
	compared: boolean;
}

/** A fact about the payload as a whole that differs. */
export interface FactDifference {
	/** A label of `strings.facts`, or the name of an option as the payload has it. */
	key: FactKey | 'fileName' | `option:${string}`;
	a: string | null;
	b: string | null;
}

/** One side of a row. */
export interface CompareSide {
	/** The value as written, cut to what fits a row. */
	text: string;
	shape: Shape;
	/** How many rows it holds. */
	size: number;
	confidence: Confidence | null;
	/** Pages that it was read on, from 0. */
	pages: number[];
	/** Which item of its list it is, from 0; `null` for none. */
	item: number | null;
	/** An earlier copy of a duplicate key: JSON readers take the later one. */
	shadowed: boolean;
}

/** One value on both sides. */
export interface CompareRow {
	index: number;
	/** Names and indexes that lead to it, in the first payload where it has it. */
	path: (string | number)[];
	kinds: ChangeKind[];
	a: CompareSide | null;
	b: CompareSide | null;
}

export interface CompareRows {
	total: number;
	from: number;
	rows: CompareRow[];
}

/** Where a row is in the payloads, and on the pages. */
export interface ComparePlaces {
	/** RFC 6901, in the payload that is shown; `null` where it is not in it. */
	pointer: string | null;
	a: LocationData[];
	b: LocationData[];
}

/** Milliseconds that one step takes, or a single piece of work more. */
const STEP = 60;

interface Current {
	number: number;
	a: number;
	b: number;
	comparison: Comparison;
}

let current: Current | null = null;
let serial = 0;

function comparisonOf(number: number): Comparison | null {
	return current?.number === number && current.comparison.summary ? current.comparison : null;
}

/** While it is at work both payloads have to stay. */
function goOn({ number, a, b, comparison }: Current): CompareState | null {
	if (!sessionOf(a) || !sessionOf(b)) return null;
	comparison.goOn(STEP);
	const { progress, summary } = comparison;
	return { comparison: number, progress, summary };
}

export const compareCalls: Handlers<CompareCalls> = {
	compareBegin({ a, b }) {
		current = null;
		const [left, right] = [sessionOf(a), sessionOf(b)];
		if (!left || !right) return null;
		current = { number: ++serial, a, b, comparison: new Comparison(left, right) };
		return goOn(current);
	},
	compareGoOn: ({ comparison }) => (current?.number === comparison ? goOn(current) : null),
	compareRows: ({ comparison, filter, from, count }) =>
		comparisonOf(comparison)?.rows(filter, from, Math.min(count, COMPARE_ROWS)) ?? null,
	compareNext({ comparison, filter, from, backwards }) {
		const found = comparisonOf(comparison);
		return found && { index: found.next(filter, from, backwards) };
	},
	comparePlaces: ({ comparison, filter, index }) => comparisonOf(comparison)?.places(filter, index) ?? null,
	compareEnd({ comparison }) {
		if (current?.number === comparison) current = null;
		return null;
	},
};
