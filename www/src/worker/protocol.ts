/**
 * What the page and its worker say to each other. The worker keeps the payload; the page only ever holds what it shows: a window of
 * rows, one page of text, the issues.
 */
import type { Confidence, Issue, PayloadKind, WebhookIdsReport } from '../../../pkg/src/core/types.js';

export type { Confidence, Issue, PayloadKind, WebhookIdsReport };

/** One call: what is asked, and what is answered. */
interface Call<Request, Answer> {
	request: Request;
	answer: Answer;
}

/** Every call by name. `document` is the number that the page gave to the file it opened last. */
export interface Calls {
	/** Reads and checks a file; from then on the other calls mean this document. */
	open: Call<{ document: number; file: File }, Opened>;
	/** The visible rows of the tree from `from` on, at most `count`. */
	rows: Call<{ document: number; from: number; count: number }, Rows | null>;
	/** Opens or closes the row at `index`. */
	expand: Call<{ document: number; index: number; expanded: boolean }, { total: number } | null>;
	/** Index of the row that holds the row at `index`; -1 for a row of the first level. */
	parent: Call<{ document: number; index: number }, { index: number } | null>;
	/** Everything about one row. */
	detail: Call<{ document: number; index: number }, Detail | null>;
	/** Text of one page, from the UTF-16 offset `from` on. */
	text: Call<{ document: number; page: number; from: number }, PageText | null>;
	/** The verdict on a `webhook_ids` list as typed. */
	ids: Call<{ text: string }, WebhookIdsReport>;
}

export type CallName = keyof Calls;

/** A message to the worker. */
export type Ask = { [Name in CallName]: { serial: number; call: Name; request: Calls[Name]['request'] } }[CallName];

/** A message from the worker; `failure` is a fault of the page itself or a file that cannot be read, never a bad payload. */
export type Reply =
	| { serial: number; answer: Calls[CallName]['answer'] }
	| { serial: number; failure: string; of: 'page' | 'file' };

/** What is known once a file was read. */
export type Opened = {
	document: number;
	/** Name of the opened file, which need not be the name of the document inside. */
	name: string;
	/** In bytes. */
	size: number;
	/** What reading and checking took, in milliseconds. */
	took: number;
	issues: Issue[];
} & ({ readable: false } | ({ readable: true } & Content));

/** What a readable payload holds. */
export interface Content {
	kind: PayloadKind;
	fileName: string | null;
	/** The payload's IDs and file data. */
	facts: Fact[];
	/** `null` for a kind without rows. */
	tree: TreeSize | null;
	/** Pages with text; 0 for none. */
	textPages: number;
	/** For kinds that are read as a whole: what happened, as groups of facts. */
	cards: Card[];
}

/** How large a tree is. */
export interface TreeSize {
	/** Rows of the first level. */
	top: number;
	/** Rows visible at first. */
	total: number;
}

/** A labelled value; the label is looked up in `strings.ts` by `key`. */
export interface Fact {
	key: FactKey;
	value: string;
	/** `code` for what a program wrote and a program reads. */
	form: 'text' | 'code' | 'time' | 'status';
}

export type FactKey =
	| 'inferenceId'
	| 'jobId'
	| 'modelId'
	| 'alias'
	| 'pageCount'
	| 'mimeType'
	| 'documentType'
	| 'status'
	| 'title'
	| 'detail'
	| 'code'
	| 'pointer'
	| 'createdAt'
	| 'completedAt'
	| 'pollingUrl'
	| 'resultUrl'
	| 'endpointId'
	| 'attempts';

/** Facts that belong together. */
export interface Card {
	title: 'classification' | 'job' | 'error' | 'errorDetail' | 'webhook' | 'more';
	/** Tells cards of one title apart, from 0; for `more`, how many are not shown. */
	number: number;
	facts: Fact[];
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

/** A stretch of one page's text. */
export interface PageText {
	page: number;
	from: number;
	content: string;
	/** Length of the whole page's text in UTF-16 units. */
	length: number;
	/** Words that OCR read; `null` where the kind has none. */
	words: number | null;
}

/** UTF-16 units of a value that a row shows at most. */
export const ROW_LENGTH = 240;
/** UTF-16 units of a value that the detail shows at most. */
export const DETAIL_LENGTH = 20_000;
/** UTF-16 units of page text that one answer holds at most. */
export const TEXT_LENGTH = 50_000;
/** Cards of one payload that are shown at most. */
export const CARDS = 100;
