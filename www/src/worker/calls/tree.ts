/** The rows of a payload: a window of the visible ones, and everything about one of them. */
import type { Confidence } from '../../../../pkg/src/core/types.js';
import type { Call, Handlers } from '../protocol.js';
import { sessionOf } from '../session.js';

export interface TreeCalls {
	/** The visible rows from `from` on, at most `count`. */
	rows: Call<{ document: number; from: number; count: number }, Rows | null>;
	/** Opens or closes the row at `index`. */
	expand: Call<{ document: number; index: number; expanded: boolean }, { total: number } | null>;
	/** Index of the row that holds the row at `index`; -1 for a row of the first level. */
	parent: Call<{ document: number; index: number }, { index: number } | null>;
	/** Everything about one row. */
	detail: Call<{ document: number; index: number }, Detail | null>;
}

/** What a row stands for. */
export type Shape = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'list' | 'crop' | 'split';

/** One visible row. */
export interface Row {
	/** From 0. */
	index: number;
	/** From 1. */
	level: number;
	/** Place among its siblings, from 1. */
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
	/** From 0, each once. */
	pages: number[];
}

/** A window of the visible rows. */
export interface Rows {
	total: number;
	from: number;
	rows: Row[];
}

/** One row in full. */
export interface Detail {
	index: number;
	/** RFC 6901. */
	pointer: string;
	shape: Shape;
	size: number;
	/** The value as written, cut at {@link DETAIL_LENGTH}. */
	text: string;
	/** Length of the whole value in UTF-16 units. */
	length: number;
	confidence: Confidence | null;
	pages: number[];
}

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
	parent({ document, index }) {
		const tree = treeOf(document);
		return tree && { index: tree.parent(index) };
	},
	detail({ document, index }) {
		return treeOf(document)?.detail(index) ?? null;
	},
};

function treeOf(document: number) {
	return sessionOf(document)?.shown?.tree ?? null;
}
