/** Opening a payload: what is known of it at once. */
import type { Issue, PayloadKind } from '../../../../pkg/src/core/types.js';
import type { Call, Handlers } from '../protocol.js';
import { close, open, type Slot } from '../session.js';

export interface PayloadCalls {
	/** Reads and checks a file; from then on calls with this `document` mean it. What was open in the slot is dropped. */
	open: Call<{ document: number; slot: Slot; file: File }, Opened>;
	/** Drops a payload. */
	close: Call<{ document: number }, null>;
}

/** What is known once a file was read. */
export type Opened = {
	document: number;
	/** Name of the opened file, which need not be the name of the document inside. */
	name: string;
	/** In bytes. */
	size: number;
	/** What reading and checking took, in milliseconds. */
	took: number;
	/** The first {@link ISSUES}, errors before all else. */
	issues: Issue[];
	/** Issues there are that are not listed. */
	unlisted: number;
} & (({ readable: false } & Remains) | ({ readable: true } & Content));

/** Issues that are listed at most. */
export const ISSUES = 1000;

/** What could be read of a payload that is not what it should be. */
export interface Remains {
	/** Its JSON, value by value, as far as it could be read; `null` for what is neither an object nor an array. */
	tree: TreeSize | null;
	/** Whether all of it could be read. */
	json: boolean;
}

/** What a readable payload holds. */
export interface Content {
	kind: PayloadKind;
	fileName: string | null;
	/** The payload's IDs and file data. */
	facts: Fact[];
	/** `null` for a kind without rows. */
	tree: TreeSize | null;
	/** Pages with text; 0 for none. Those of chained extractions are counted one after the other. */
	textPages: number;
	/** The page of the document that each of these is on, from 0; `null` where it has the same number. */
	textsOn: Uint32Array | null;
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

export const payloadCalls: Handlers<PayloadCalls> = {
	open: ({ document, slot, file }) => open(document, slot, file),
	close({ document }) {
		close(document);
		return null;
	},
};
