/** The rows of a payload: a window of the visible ones, and everything about one of them. */
import type { Confidence, Issue } from '../../../../pkg/src/core/types.js';
import type { Call, Handlers } from '../protocol.js';
import { sessionOf } from '../session.js';

export interface TreeCalls {
	/** The visible rows from `from` on, at most `count`. */
	rows: Call<{ document: number; from: number; count: number }, Rows | null>;
	/** Opens or closes the row at `index`. */
	expand: Call<{ document: number; index: number; expanded: boolean }, { total: number } | null>;
	/** Opens or closes all that is in the row at `index`, or for `null` the whole tree; opening stops at {@link EXPAND_LIMIT} rows. */
	expandAll: Call<{ document: number; index: number | null; expanded: boolean }, Expanded | null>;
	/** Index of the row that holds the row at `index`; -1 for a row of the first level. */
	parent: Call<{ document: number; index: number }, { index: number } | null>;
	/** Everything about one row. */
	detail: Call<{ document: number; index: number }, Detail | null>;
	/** What a detail may have cut, for copying: of a value as written the text of what has one, the JSON of all else. */
	whole: Call<{ document: number; id: number; form: CutForm }, Blob | null>;
	/**
	 * Shows only the rows that match, with those that hold them; `null` as the filter shows all again. A filter of the same document that
	 * is asked for meanwhile wins: this one is then answered `null`.
	 */
	filter: Call<{ document: number; filter: Filter | null }, Filtered | null>;
	/**
	 * The next row of a kind behind the row `from` (-1: from the beginning), or before it; goes on at the other end. Its parents are opened.
	 */
	next: Call<{ document: number; from: number; what: Seek; backwards: boolean }, Revealed | null>;
}

/** What a row stands for. A `broken` value is one that ends too early or is no JSON. */
export type Shape =
	| 'string'
	| 'number'
	| 'boolean'
	| 'null'
	| 'object'
	| 'list'
	| 'classification'
	| 'crop'
	| 'split'
	| 'page'
	| 'word'
	| 'broken';

/** One visible row. */
export interface Row {
	/** From 0. */
	index: number;
	/** Its entry, which stays the same as rows come and go. */
	id: number;
	/** From 1. */
	level: number;
	/** Place among its siblings, from 1. Under a filter too: of all siblings, also those that are hidden. */
	position: number;
	siblings: number;
	/** A name, or the index of an item from 0. */
	name: string | number;
	shape: Shape;
	/** How many rows it holds. */
	size: number;
	/** `null` for a row that cannot be opened. */
	expanded: boolean | null;
	/** The value as written, cut to what fits a row. */
	text: string;
	confidence: Confidence | null;
	/** From 0, each once; of a split its first and its last page. */
	pages: number[];
	/** How many locations it has itself. */
	locations: number;
	/** An earlier copy of a duplicate key: JSON readers take the later one. */
	shadowed: boolean;
	/** Whether the filter means this row itself, not only one within it; `false` without a filter. */
	matches: boolean;
	/** Issues on it. */
	issues: number;
	/** Issues within it. */
	issuesBelow: number;
}

/** A window of the visible rows. */
export interface Rows {
	total: number;
	from: number;
	rows: Row[];
}

/** What became of opening or closing many rows. */
export interface Expanded {
	/** Visible rows there are now. */
	total: number;
	/** `false` where the limit was met before everything was open. */
	complete: boolean;
}

/** Rows that are opened at once at most. */
export const EXPAND_LIMIT = 100_000;

/** Which rows to show; a row must meet all that is asked. */
export interface Filter {
	/** In the name or in the value as written, in any case; `''` for any. */
	text: string;
	/** One of these, `none` for a value without; `null` for any. */
	confidence: readonly (Confidence | 'none')[] | null;
	/** One of these; `null` for any. */
	shapes: readonly Shape[] | null;
	/** Only values that have no location. */
	unlocated: boolean;
}

/** What a filter found. */
export interface Filtered {
	/** Rows that match. */
	matches: number;
	/** Visible rows there are now: the matches and those that hold them. */
	total: number;
}

/** What to jump to: a low confidence, a match of the filter, a value without a location, a row with an issue. */
export type Seek = 'low' | 'match' | 'unlocated' | 'issue';

/** A row that was made visible. */
export interface Revealed {
	/** -1 where there is none. */
	index: number;
	/** Visible rows there are now. */
	total: number;
	/** Whether a filter had to be dropped for it. */
	filterDropped: boolean;
}

/** Where something stands in the payload, in bytes. */
export interface ByteRange {
	offset: number;
	length: number;
}

/** What of a detail may be cut at {@link DETAIL_LENGTH}. */
export type CutForm = 'pointer' | 'jsonPath' | 'value';

/** One row in full. */
export interface Detail {
	index: number;
	/** Its entry, which stays the same as rows come and go. */
	id: number;
	/** RFC 6901. */
	pointer: string;
	/** The normalized path of RFC 9535. */
	jsonPath: string;
	/** Which of its texts are cut; of what holds rows the value too, whose JSON is no text of the detail. */
	cut: readonly CutForm[];
	/**
	 * A JavaScript expression that reads it from `payload`, as `parsePayload` gives it; `null` where none does (a shadowed copy, a payload
	 * that breaks the contract). TypeScript would have each step narrowed, which makes no expression.
	 */
	code: string | null;
	shape: Shape;
	size: number;
	/** The value as written. */
	text: string;
	/** Length of the whole value in UTF-16 units. */
	length: number;
	confidence: Confidence | null;
	pages: number[];
	shadowed: boolean;
	/** The JSON value that the row stands for: of a field its object. */
	range: ByteRange;
	/** Of a field with one value: that value. */
	valueRange: ByteRange | null;
	/** Its name with the quotes; `null` for an item of a list. */
	nameRange: ByteRange | null;
	/** Its own locations as written, the first {@link DETAIL_LOCATIONS}. */
	locations: readonly DetailLocation[];
	/** How many there are. */
	locationCount: number;
	/** Issues at its pointer or within it that are not those of a row of their own, the first {@link DETAIL_ISSUES}. */
	issues: Issue[];
}

/** A place on a page, as written. */
export interface DetailLocation {
	/** From 0. */
	page: number;
	/** The JSON of the polygon, cut to what fits. */
	polygon: string;
}

/** Locations that a detail tells at most. */
export const DETAIL_LOCATIONS = 100;
/** Issues that a detail tells at most. */
export const DETAIL_ISSUES = 100;
/** UTF-16 units of a value that a row shows at most. */
export const ROW_LENGTH = 240;
/** UTF-16 units of a value that the detail shows at most. */
export const DETAIL_LENGTH = 20_000;

export const treeCalls: Handlers<TreeCalls> = {
	rows({ document, from, count }) {
		const tree = treeOf(document);
		return tree && { total: tree.total, from, rows: tree.rows(from, count) };
	},
	expand({ document, index, expanded }) {
		const tree = treeOf(document);
		tree?.expand(index, expanded);
		return tree && { total: tree.total };
	},
	expandAll: ({ document, index, expanded }) => treeOf(document)?.expandAll(index, expanded) ?? null,
	parent({ document, index }) {
		const tree = treeOf(document);
		return tree && { index: tree.parent(index) };
	},
	detail: ({ document, index }) => treeOf(document)?.detail(index) ?? null,
	whole: ({ document, id, form }) => treeOf(document)?.whole(id, form) ?? null,
	filter({ document, filter }) {
		const tree = treeOf(document);
		return tree?.filter(filter, () => treeOf(document) === tree) ?? null;
	},
	next({ document, from, what, backwards }) {
		const tree = treeOf(document);
		return tree?.next(from, what, backwards, () => treeOf(document) === tree) ?? null;
	},
};

function treeOf(document: number) {
	return sessionOf(document)?.tree ?? null;
}
