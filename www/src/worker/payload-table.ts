/** The table of each kind of payload. A new kind is one more case here. */
import { FIELD, HEADER, header, page, pageAt } from '../../../pkg/src/core/outline.js';
import { endOfValue, member, nextToken } from '../../../pkg/src/core/steps.js';
import type { PayloadKind } from '../../../pkg/src/core/types.js';
import { outlineOf } from './core.js';
import { Entries } from './entries.js';
import { jsonEntries } from './json-table.js';
import { type Kind, kind, otherTag, Table } from './table.js';

const RESULT = ['inference', 'result'];
const COMMA = 0x2c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;

/** The values of a checked payload; `null` for a kind that has no rows. */
export function payloadTable(bytes: Uint8Array, outline: Uint32Array, payloadKind: PayloadKind): Table | null {
	const content = outline[header.content] as number;
	switch (payloadKind) {
		case 'extraction':
			return new Table(bytes, outline, HEADER, outline[header.count] as number, [...RESULT, 'fields']);
		case 'ocr':
			return tableOf(bytes, ocrEntries(outline), [...RESULT, 'pages']);
		case 'crop':
			return tableOf(bytes, listEntries(bytes, content, kind.crop), [...RESULT, 'crops']);
		case 'split':
			return tableOf(bytes, listEntries(bytes, content, kind.split), [...RESULT, 'splits']);
		case 'classification': {
			const entries = new Entries(1);
			// Its name stands before it: a quote, a colon and white space at least.
			const name = 'classification';
			addWithFields(entries, bytes, kind.classification, content, nameBefore(bytes, content, name.length));
			return tableOf(bytes, entries, RESULT);
		}
		default:
			return null;
	}
}

/** The values of bytes that are no checked payload, as far as they can be read; whether that is all of them. */
export function remainsTable(bytes: Uint8Array): { table: Table | null; complete: boolean } {
	const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
	const { words, count, complete } = jsonEntries(bytes, { start, end: bytes.length });
	const table = new Table(bytes, words, 0, count, []);
	// What is around everything says nothing: its members are the first level. A value without members has no rows.
	const holdsRows = count > 0 && table.isBranch(0);
	return { table: holdsRows ? new Table(bytes, words, FIELD, count - 1, []) : null, complete };
}

function tableOf(bytes: Uint8Array, entries: Entries, root: readonly string[]): Table {
	return new Table(bytes, entries.words, 0, entries.count, root);
}

function ocrEntries(outline: Uint32Array): Entries {
	const pages = outline[header.count] as number;
	const entries = new Entries(pages + (outline[header.wordCount] as number));
	const [pageTag, wordTag] = [otherTag(kind.page, null), otherTag(kind.word, null)];
	for (let index = 0; index < pages; index++) {
		const at = pageAt(outline, index);
		const words = outline[at + page.words] as number;
		entries.add(
			outline[at + page.start] as number,
			pageTag,
			words,
			words,
			(outline[at + page.contentStart] as number) - 1,
		);
		const first = HEADER + (outline[at + page.firstWord] as number);
		for (let word = first; word < first + words; word++) entries.add(outline[word] as number, wordTag, 0, 0, 0);
	}
	return entries;
}

/** The elements of the array at `at`, each with the fields of the extraction that is chained to it. */
function listEntries(bytes: Uint8Array, at: number, what: Kind): Entries {
	const entries = new Entries(16);
	at = nextToken(bytes, at + 1);
	while (bytes[at] !== CLOSE_ARRAY) {
		addWithFields(entries, bytes, what, at, null);
		at = nextToken(bytes, endOfValue(bytes, at));
		if (bytes[at] === COMMA) at = nextToken(bytes, at + 1);
	}
	return entries;
}

/** Adds the entry whose object begins at `at`, and the fields of its chained extraction. */
function addWithFields(
	entries: Entries,
	bytes: Uint8Array,
	what: Kind,
	at: number,
	name: { begin: number; length: number; escaped: boolean } | null,
): void {
	const chained = member(bytes, at, 'extraction_response');
	const isChained = chained >= 0 && bytes[chained] === OPEN_OBJECT;
	// A whole payload of its own, so the core reads it as one.
	const outline = isChained ? outlineOf(bytes.subarray(chained, endOfValue(bytes, chained))) : null;
	const fields = outline ? (outline[header.count] as number) : 0;
	const tableOfFields = outline ? new Table(bytes, outline, HEADER, fields, []) : null;
	entries.add(name?.begin ?? at, otherTag(what, name), tableOfFields?.top ?? 0, fields, 0);
	if (outline) entries.append(outline.subarray(HEADER, HEADER + fields * FIELD), chained);
}

/** Where the name of the value at `at` stands, which is not escaped. */
function nameBefore(
	bytes: Uint8Array,
	at: number,
	length: number,
): { begin: number; length: number; escaped: boolean } | null {
	const quote = bytes.lastIndexOf(0x22, at - 1);
	const colonBetween = quote >= length && bytes.subarray(quote, at).includes(0x3a);
	return colonBetween && bytes[quote - length - 1] === 0x22 ? { begin: quote - length, length, escaped: false } : null;
}
