/** What leaves the page as a file: made in the worker, in steps. */
import { fileName } from '../exports/name.js';
import { fieldLines, type List, listLines, listsOf } from '../exports/rows.js';
import { restyle } from '../json/style.js';
import { indented } from '../json/writers.js';
import type { Call, Handlers } from '../protocol.js';
import { type Session, sessionOf } from '../session.js';
import { Steps } from '../steps.js';

export interface ExportCalls {
	/** What can be made of a payload. */
	exportChoices: Call<{ document: number }, ExportChoices | null>;
	/** Makes a file; one that is asked for meanwhile wins, then this one is answered `null`. */
	exportFile: Call<{ document: number; what: ExportWhat; byteOrderMark: boolean }, Exported | null>;
	/** A name for a file that the page makes itself. */
	exportName: Call<{ name: string; ending: string }, { name: string }>;
	/** Gives up what is being made. */
	exportStop: Call<Record<string, never>, null>;
}

/** What a payload has to be made into files. */
export interface ExportChoices {
	/** Values that have a line each; 0 for a kind that has none. */
	fields: number;
	lists: List[];
	/** Lists that are not told. */
	moreLists: number;
	/** Pages of text. */
	textPages: number;
	/** Whether it is JSON that can be indented. */
	json: boolean;
}

/** Which file to make: `json` is exactly what arrived. */
export type ExportWhat = 'fields' | 'json' | 'indented' | 'text' | { list: number };

/** A file to keep. */
export interface Exported {
	name: string;
	blob: Blob;
}

/** UTF-16 units, or bytes, that are gathered before they go into a blob. */
const PIECE = 1 << 18;

const CSV = 'text/csv;charset=utf-8';
const JSON_TYPE = 'application/json';
const TEXT = 'text/plain;charset=utf-8';

/** Counts asked files, so that a newer one is known. */
let asked = 0;

export const exportCalls: Handlers<ExportCalls> = {
	exportChoices({ document }) {
		const session = sessionOf(document);
		if (!session) return null;
		const table = session.tree?.table ?? null;
		const { lists, more } = table ? listsOf(table) : { lists: [], more: 0 };
		return {
			fields: table?.count ?? 0,
			lists,
			moreLists: more,
			textPages: session.shown?.content.textPages ?? 0,
			json: session.shown !== null,
		};
	},
	async exportFile({ document, what, byteOrderMark }) {
		const mine = ++asked;
		const session = sessionOf(document);
		if (!session) return null;
		const made = makeOf(session, what);
		const blob = await gathered(made.pieces, made.type, byteOrderMark, () => {
			return mine === asked && sessionOf(document) === session;
		});
		return blob && { name: fileName(session.file.name, made.ending), blob };
	},
	exportName: ({ name, ending }) => ({ name: fileName(name, ending) }),
	exportStop() {
		asked++;
		return null;
	},
};

interface Made {
	type: string;
	ending: string;
	pieces: Iterable<string | Uint8Array<ArrayBuffer>>;
}

function makeOf(session: Session, what: ExportWhat): Made {
	const table = session.tree?.table;
	switch (what) {
		case 'json':
			return { type: JSON_TYPE, ending: 'json', pieces: slicesOf(session.bytes) };
		case 'indented':
			return { type: JSON_TYPE, ending: 'indented.json', pieces: restyle(session.bytes, indented) };
		case 'text':
			return { type: TEXT, ending: 'txt', pieces: textOf(session) };
		case 'fields':
			return { type: CSV, ending: 'fields.csv', pieces: table ? fieldLines(table) : [] };
		default: {
			const list = table && listsOf(table).lists.find(({ id }) => id === what.list);
			const name = list?.pointer.split('/').at(-1) ?? 'list';
			return { type: CSV, ending: `${fileName(name, 'csv')}`, pieces: table && list ? listLines(table, list.id) : [] };
		}
	}
}

/** The bytes as they are. */
function* slicesOf(bytes: Uint8Array): Generator<Uint8Array<ArrayBuffer>> {
	const SLICE = 8 << 20;
	for (let at = 0; at < bytes.length; at += SLICE) yield bytes.slice(at, at + SLICE);
}

/** The text of all pages; a form feed stands between two, as text tools have it. */
function* textOf({ shown }: Session): Generator<string> {
	const pages = shown?.content.textPages ?? 0;
	for (let page = 0; page < pages; page++) yield `${page > 0 ? '\f' : ''}${shown?.text(page).content ?? ''}\n`;
}

/** A blob of pieces, made in steps; `null` when it is no longer wanted. */
async function gathered(
	pieces: Made['pieces'],
	type: string,
	byteOrderMark: boolean,
	isWanted: () => boolean,
): Promise<Blob | null> {
	const steps = new Steps(isWanted);
	const parts: BlobPart[] = [];
	// Where the bytes are those that arrived, nothing is put before them.
	let text = byteOrderMark && type !== JSON_TYPE ? '\ufeff' : '';
	const settle = (): void => {
		if (text !== '') parts.push(new Blob([text.toWellFormed()]));
		text = '';
	};
	for (const piece of pieces) {
		if (typeof piece === 'string') text += piece;
		else parts.push(new Blob([piece]));
		if (text.length >= PIECE) settle();
		if (steps.over && !(await steps.next())) return null;
	}
	settle();
	return new Blob(parts, { type });
}
