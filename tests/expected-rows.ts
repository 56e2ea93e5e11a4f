/**
 * The rows that the page must show of a payload, as `JSON.parse` gives them, and the comparison with those that it shows. Nothing here
 * comes from the code under test.
 */
import assert from 'node:assert/strict';
import type { BrokenExpectation } from './payload-fixtures.js';

/** A row that is expected, by its place among the names and indexes of the rows above it. */
export interface ExpectedRow {
	path: readonly string[];
	/** `null` for what only says how many rows it holds. */
	value: string | null;
	/** How these rows are called. */
	holds?: 'field' | 'item' | 'word';
	/** Of what may have one. */
	confidence?: string | null;
	/** Of what may lie on pages, from 1. */
	pages?: readonly number[];
}

/** What a row of the tree shows. */
export interface ShownRow {
	level: number;
	position: number;
	siblings: number;
	name: string;
	value: string;
	confidence: string;
	pages: string;
	/** A copy that a later one of the same key replaces. */
	shadowed: boolean;
}

/** How much of a payload is expected: all of its rows, or those that come before its fault. */
export type Extent = 'all' | 'as far as it can be read';

/** Characters of a name or a value that a row shows. */
const SHOWN = 240;

/** A number as it is written. */
class Written {
	constructor(readonly text: string) {}
}

/** What `JSON.parse` gives, with numbers as they are written. */
function parsed(text: string): unknown {
	const keep = (_key: string, value: unknown, context?: { source?: string }): unknown =>
		typeof value === 'number' ? new Written(context?.source ?? String(value)) : value;
	return JSON.parse(text, keep as (key: string, value: unknown) => unknown);
}

type Data = { [key: string]: Data } & Data[] & string;

const written = (value: unknown): string =>
	value instanceof Written ? value.text : value === '' ? 'empty text' : String(value);
const whole = (value: unknown): number => Number((value as Written).text);

/** The rows of a payload that is valid. */
export function rowsOfPayload(kind: string, text: string): ExpectedRow[] {
	const rows: ExpectedRow[] = [];
	const addField = (path: readonly string[], field: Data): void => {
		const confidence = (field.confidence as string | null | undefined) ?? null;
		const pages = [...new Set([...(field.locations ?? [])].map(({ page }) => whole(page) + 1))];
		if (Object.hasOwn(field, 'value')) rows.push({ path, value: written(field.value), confidence, pages });
		else if (Object.hasOwn(field, 'fields')) {
			rows.push({ path, value: null, holds: 'field', pages });
			addFields(path, field.fields as Data);
		} else {
			rows.push({ path, value: null, holds: 'item', pages });
			for (const [index, item] of (field.items as Data).entries()) addField([...path, `[${index}]`], item as Data);
		}
	};
	const addFields = (path: readonly string[], fields: Data): void => {
		for (const [name, field] of Object.entries(fields)) addField([...path, name], field as Data);
	};
	const addChained = (path: readonly string[], part: Data): void => {
		const chained = part.extraction_response as Data | null | undefined;
		if (chained) addFields(path, ((chained.inference as Data).result as Data).fields as Data);
	};
	const { inference } = parsed(withoutMark(text)) as Data;
	const result = (inference?.result ?? {}) as Data;
	switch (kind) {
		case 'extraction':
			addFields([], result.fields as Data);
			break;
		case 'classification': {
			const classification = result.classification as Data;
			rows.push({ path: ['classification'], value: written(classification.document_type) });
			addChained(['classification'], classification);
			break;
		}
		case 'crop':
			for (const [index, crop] of (result.crops as Data).entries()) {
				const path = [`Crop ${index + 1}`];
				rows.push({ path, value: written(crop.object_type), pages: [whole((crop.location as Data).page) + 1] });
				addChained(path, crop);
			}
			break;
		case 'split':
			for (const split of result.splits as Data) {
				const [first, last] = [...(split.page_range as Data)].map((page) => whole(page) + 1);
				const path = [first === last ? `Page ${first}` : `Pages ${first} to ${last}`];
				rows.push({ path, value: written(split.document_type) });
				addChained(path, split);
			}
			break;
		case 'ocr':
			for (const [index, page] of (result.pages as Data).entries()) {
				const path = [`Page ${index + 1}`];
				rows.push({ path, value: null, holds: 'word' });
				for (const [at, { content }] of (page.words as Data).entries()) {
					rows.push({ path: [...path, `[${at}]`], value: written(content), pages: [index + 1] });
				}
			}
			break;
		default:
			assert.ok(['failure', 'job', 'error'].includes(kind), `${kind} has rows that are not expected here`);
	}
	return rows;
}

/** The rows of a payload that is broken: its JSON, up to the fault where there is one in the JSON itself. */
export function rowsOfBroken(body: Uint8Array, { issues }: BrokenExpectation): { rows: ExpectedRow[]; extent: Extent } {
	const text = withoutMark(new TextDecoder('utf-8', { ignoreBOM: true }).decode(body));
	try {
		return { rows: rowsOfJson(parsed(text)), extent: 'all' };
	} catch {
		const fault = Math.min(...issues.map(({ offset }) => offset ?? body.length));
		const before = withoutMark(new TextDecoder('utf-8', { ignoreBOM: true }).decode(body.subarray(0, fault)));
		const closed = closedBefore(before);
		return { rows: closed === '' ? [] : rowsOfJson(parsed(closed)), extent: 'as far as it can be read' };
	}
}

function rowsOfJson(root: unknown): ExpectedRow[] {
	const rows: ExpectedRow[] = [];
	const add = (path: readonly string[], value: unknown): void => {
		if (typeof value !== 'object' || value === null || value instanceof Written) {
			rows.push({ path, value: written(value) });
		} else {
			rows.push({ path, value: null, holds: Array.isArray(value) ? 'item' : 'field' });
			addMembers(path, value);
		}
	};
	const addMembers = (path: readonly string[], value: object): void => {
		for (const [name, member] of Object.entries(value))
			add([...path, Array.isArray(value) ? `[${name}]` : name], member);
	};
	if (typeof root === 'object' && root !== null && !(root instanceof Written)) addMembers([], root);
	return rows;
}

/** What `JSON.parse` takes of a text that is cut off: up to its last whole value, with what is open closed. */
function closedBefore(text: string): string {
	const tokens = /\s*("(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+)/gy;
	let open = '';
	let best = '';
	let expectsKey = false;
	for (const { 0: all, 1: token = '', index } of text.matchAll(tokens)) {
		const end = index + all.length;
		if (token === '{' || token === '[') open = (token === '{' ? '}' : ']') + open;
		if (token === '}' || token === ']') open = open.slice(1);
		const isKey = expectsKey && token.startsWith('"');
		expectsKey = token === '{' || (token === ',' && open.startsWith('}'));
		// A number or a word may go on where the text is cut.
		const isWhole = !isKey && token !== ':' && token !== ',' && (end < text.length || /["{}[\]]$/.test(token));
		if (isWhole) best = text.slice(0, end) + open;
	}
	return best;
}

function withoutMark(text: string): string {
	return text.replace(/^\ufeff/, '');
}

/** Holds the rows that are shown, all of them from the first to the last, against those that are expected. */
export function compareRows(
	name: string,
	shown: readonly ShownRow[],
	expected: readonly ExpectedRow[],
	extent: Extent,
): void {
	checkPlaces(name, shown);
	const found: { path: readonly string[]; row: ShownRow; children: number }[] = [];
	const above: string[] = [];
	/** Level of an earlier copy of a duplicate key, which `JSON.parse` knows nothing of. */
	let unused = Number.POSITIVE_INFINITY;
	for (const [index, row] of shown.entries()) {
		above.length = row.level - 1;
		above.push(row.name);
		if (row.level <= unused) unused = row.shadowed ? row.level : Number.POSITIVE_INFINITY;
		if (row.level < unused) found.push({ path: [...above], row, children: childrenOf(shown, index) });
	}
	const key = (path: readonly string[]): string => JSON.stringify(path.map(cut));
	const wanted = new Map(expected.map((row) => [key(row.path), row]));
	const left = new Set(wanted.keys());
	for (const [index, { path, row, children }] of found.entries()) {
		// In what is shown as plain JSON no copy is marked. `JSON.parse` gives the last one; where the fault is in it, the one before.
		const others = extent === 'all' ? found.slice(index + 1) : found.slice(0, index);
		const isCopy = name.includes('duplicate-key') && others.some((other) => key(other.path) === key(path));
		if (isCopy) continue;
		const where = `${name}: ${key(path)}`;
		const match = wanted.get(key(path));
		if (!match) {
			assert.equal(extent, 'as far as it can be read', `${where} is a row that nobody expects`);
			assert.equal(left.size, 0, `${where} stands before what comes before the fault`);
			continue;
		}
		assert.ok(left.delete(key(path)), `${where} is there twice`);
		if (match.holds) assert.equal(row.value, `${children} ${match.holds}${children === 1 ? '' : 's'}`, where);
		else assert.equal(row.value, cut(match.value ?? ''), where);
		if (match.confidence !== undefined) assert.equal(row.confidence, match.confidence ?? 'not given', where);
		if (match.pages) assert.deepEqual(numbersOf(row.pages), match.pages, `${where}: pages`);
	}
	assert.deepEqual([...left], [], `${name}: rows that are missing`);
	// Names like indexes, and copies, have another order in JavaScript.
	const isOrdered =
		!name.includes('duplicate-key') &&
		!expected.some(({ path }) => /^\d+$/.test(path.at(-1) ?? '')) &&
		!shown.some((row) => row.shadowed);
	if (!isOrdered) return;
	const order = found.slice(0, expected.length).map(({ path }) => key(path));
	assert.deepEqual(order, [...wanted.keys()], `${name}: the order of the rows`);
}

/** What is said of a row's place is where it stands. */
function checkPlaces(name: string, shown: readonly ShownRow[]): void {
	for (const [index, { level }] of shown.entries()) {
		const before = shown[index - 1]?.level ?? 0;
		assert.ok(level >= 1 && level <= before + 1, `${name}: row ${index} is at level ${level} below one at ${before}`);
	}
	const place = (from: number, level: number): void => {
		const rows: ShownRow[] = [];
		for (let at = from; at < shown.length && (shown[at]?.level ?? 0) >= level; at++) {
			const row = shown[at];
			if (row?.level === level) rows.push(row);
		}
		for (const [index, row] of rows.entries()) {
			assert.deepEqual([row.position, row.siblings], [index + 1, rows.length], `${name}: the place of ${row.name}`);
		}
	};
	for (const [index, { level }] of shown.entries()) if ((shown[index - 1]?.level ?? 0) < level) place(index, level);
}

function childrenOf(shown: readonly ShownRow[], index: number): number {
	const level = shown[index]?.level ?? 0;
	let children = 0;
	for (let at = index + 1; (shown[at]?.level ?? 0) > level; at++) if (shown[at]?.level === level + 1) children++;
	return children;
}

function cut(text: string): string {
	return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** The numbers of `1–3, 5`. */
function numbersOf(pages: string): number[] {
	return pages.split(', ').flatMap((run) => {
		const [first = 0, last = first] = run.split('–').map(Number);
		return run === '' ? [] : Array.from({ length: last - first + 1 }, (_, index) => first + index);
	});
}
