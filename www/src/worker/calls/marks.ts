/** The polygons of a page: drawn by the page as numbers alone; what they stand for is asked for when it is needed. */
import type { Confidence } from '../../../../pkg/src/core/types.js';
import { pointer, type Step, stepsOfPointer } from '../path.js';
import type { Call, Handlers } from '../protocol.js';
import { marksOf, sessionOf } from '../session.js';
import { kind } from '../table.js';
import { cut } from '../text.js';
import type { Tree } from '../tree.js';
import { DETAIL_LENGTH, type Revealed, ROW_LENGTH } from './tree.js';

export interface MarkCalls {
	/** How many marks each page has; a page past the end has none. */
	markCounts: Call<{ document: number }, Uint32Array | null>;
	/** The marks of one page. */
	marks: Call<{ document: number; page: number }, PageMarks | null>;
	/** What a mark stands for. */
	mark: Call<{ document: number; page: number; mark: number }, MarkInfo | null>;
	/** Index of the row that a mark belongs to, with its parents opened. A filter that hides it is dropped. */
	reveal: Call<{ document: number; page: number; mark: number }, Revealed | null>;
	/** Index of the row at a JSON pointer, or of the nearest one above it, likewise. */
	locate: Call<{ document: number; pointer: string }, Revealed | null>;
	/** The marks of an entry: its own, or where it has none those of all that is in it; {@link MARKS_OF_ROW} around the one that is looked at. */
	marksOf: Call<{ document: number; id: number; look: Look }, RowMarks | null>;
	/** The page ranges of a split payload, in the order of the payload, {@link SPLITS} at most; empty for every other kind. */
	splits: Call<{ document: number }, PageRange[] | null>;
}

/** One polygon of one page. */
export interface MarkRef {
	/** From 0. */
	page: number;
	/** Counts from 0 within the page. */
	mark: number;
}

/** Which of a row's marks to look at: by its number, or that mark, for `null` the first of its page; the first where it is none of them. */
export type Look = number | { page: number; mark: number | null };

/** Marks of a row, page by page. */
export interface RowMarks {
	/** How many there are. */
	total: number;
	/** Which of them is the first of `marks`. */
	from: number;
	/** Which of them is looked at. */
	at: number;
	marks: MarkRef[];
}

/** A part of a file that was split. */
export interface PageRange {
	/** From 0. */
	first: number;
	/** Included. */
	last: number;
	documentType: string;
	/** Its pointer, which `locate` finds the row of. */
	pointer: string;
}

/** The polygons of a page. Mark `m` has the points from `starts[m]` up to `starts[m + 1]`. */
export interface PageMarks {
	page: number;
	count: number;
	/** `count + 1` long; counts points. */
	starts: Uint32Array;
	/** x0, y0, x1, y1, …: fractions of the page from its top-left corner. */
	points: Float32Array;
	/** One {@link tone} for each mark. */
	tones: Uint8Array;
	/** Polygons that are left out because a coordinate is no finite number. */
	dropped: number;
}

/** What a mark looks like. */
export const tone = { none: 0, low: 1, medium: 2, high: 3, certain: 4, word: 5, crop: 6 } as const;

/** What a mark stands for. */
export interface MarkInfo {
	name: string | number;
	/** The value as written, cut to what fits a row. */
	text: string;
	confidence: Confidence | null;
	pointer: string;
}

/** Marks of a row that are told at most. */
export const MARKS_OF_ROW = 1000;
/** Page ranges that are told at most. */
export const SPLITS = 10_000;

export const markCalls: Handlers<MarkCalls> = {
	async markCounts({ document }) {
		return (await marksOf(document))?.counts() ?? null;
	},
	async marks({ document, page }) {
		const index = await marksOf(document);
		const session = sessionOf(document);
		return index?.page(page, () => sessionOf(document) === session) ?? null;
	},
	async mark({ document, page, mark }) {
		const marked = (await marksOf(document))?.marked(page, mark);
		const tree = sessionOf(document)?.tree;
		if (!marked || !tree) return null;
		const { table } = tree;
		const steps = tree.steps(marked.id);
		return {
			name: shortName(steps.at(-1) ?? ''),
			text: cut(table.text(marked.id, ROW_LENGTH), ROW_LENGTH),
			confidence: table.confidence(marked.id),
			pointer: cut(pointer(steps), DETAIL_LENGTH),
		};
	},
	async reveal({ document, page, mark }) {
		const marked = (await marksOf(document))?.marked(page, mark);
		const tree = sessionOf(document)?.tree;
		if (!tree) return null;
		return marked ? tree.reveal(marked.id) : nothing(tree);
	},
	locate({ document, pointer }) {
		const tree = sessionOf(document)?.tree;
		if (!tree) return null;
		const id = tree.find(stepsOfPointer(pointer));
		return id < 0 ? nothing(tree) : tree.reveal(id);
	},
	async marksOf({ document, id, look }) {
		return (await marksOf(document))?.of(id, MARKS_OF_ROW, look) ?? null;
	},
	splits({ document }) {
		const session = sessionOf(document);
		if (!session) return null;
		return session.shown?.tree ? pageRanges(session.shown.tree) : [];
	},
};

function shortName(name: Step): Step {
	return typeof name === 'string' ? cut(name, ROW_LENGTH) : name;
}

/** The answer where there is no row. */
function nothing({ total }: Tree): Revealed {
	return { index: -1, total, filterDropped: false };
}

function pageRanges({ table }: Tree): PageRange[] {
	if (table.count === 0 || table.kind(0) !== kind.split) return [];
	return Array.from(table.childrenOf(-1).subarray(0, SPLITS), (id, index) => {
		const [first, last] = table.pageRange(id);
		const documentType = cut(table.text(id, ROW_LENGTH), ROW_LENGTH);
		return { first, last, documentType, pointer: pointer([...table.root, index]) };
	});
}
