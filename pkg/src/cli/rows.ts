/** A payload as rows: one for each field, whatever the kind. Tables, CSV and JSON are written from them. */
import { type Field, type Fields, type LocationData, type Payload, safeParsePayload } from 'mindhook';
// Steps over bytes hold no state and know no wasm: a copy of them is no second core.
import { endOfValue, follow, nextToken, pointerSteps } from '../core/steps.js';

/** One field, page, crop, split, or value of a job or an error. */
export interface Row {
	/** RFC 6901 pointer into the payload. */
	readonly pointer: string;
	/** The last step of the pointer. */
	readonly name: string;
	/** How many rows this one is within. */
	readonly depth: number;
	/** `undefined` for what has rows of its own within it. */
	readonly value: string | number | boolean | null | undefined;
	/** The value as it is written in the payload: `1.10`, `null`; empty for what has rows of its own. */
	readonly text: string;
	readonly confidence: string | null;
	/** Pages that it was read on, from 0: `0`, `0 1`, `2-5` for a split. */
	readonly page: string | null;
}

const FIELDS = '/inference/result/fields';
const CHAINED = '/extraction_response';

/** All rows of a payload, in the order of the body. */
export function* rowsOf(payload: Payload): Generator<Row> {
	switch (payload.kind) {
		case 'extraction':
			return yield* fieldRows(payload.fields, FIELDS, 0);
		case 'ocr': {
			let index = 0;
			for (const { content } of payload.pages) {
				const pointer = `/inference/result/pages/${index}`;
				yield { ...row(pointer, 0), value: content, text: content, page: String(index++) };
			}
			return;
		}
		case 'classification': {
			const pointer = '/inference/result/classification';
			const { document_type } = payload.data.inference.result.classification;
			yield { ...row(`${pointer}/document_type`, 0), value: document_type, text: document_type };
			return yield* chainedRows(payload, pointer, 0);
		}
		case 'crop': {
			for (const [index, { object_type, location }] of payload.data.inference.result.crops.entries()) {
				const pointer = `/inference/result/crops/${index}`;
				yield { ...row(pointer, 0), value: object_type, text: object_type, page: String(location.page) };
				yield* chainedRows(payload, pointer, 1);
			}
			return;
		}
		case 'split': {
			for (const [index, { document_type, page_range }] of payload.data.inference.result.splits.entries()) {
				const pointer = `/inference/result/splits/${index}`;
				yield { ...row(pointer, 0), value: document_type, text: document_type, page: page_range.join('-') };
				yield* chainedRows(payload, pointer, 1);
			}
			return;
		}
		case 'job':
			return yield* valueRows(payload.data.job, '/job', 0);
		case 'failure':
		case 'error':
			return yield* valueRows(payload.data, '', 0);
	}
}

/** The rows at a pointer and within it; for a value that is no field, the values within it. */
export function rowsAt(payload: Payload, pointer: string): Row[] {
	const rows = [...rowsOf(payload)].filter((row) => row.pointer === pointer || row.pointer.startsWith(`${pointer}/`));
	if (rows.length > 0) {
		const least = rows.reduce((depth, row) => Math.min(depth, row.depth), Number.POSITIVE_INFINITY);
		return rows.map((row) => ({ ...row, depth: row.depth - least }));
	}
	const value = payload.get(pointer);
	if (typeof value === 'object' && value !== null) return [...valueRows(value, pointer, 0)];
	const plain = value as Row['value'];
	return [
		{
			...row(pointer, 0),
			value: plain,
			text: typeof plain === 'string' ? plain : (sourceAt(payload.raw, pointer) ?? ''),
		},
	];
}

/** The text of a value as it stands in the body; `undefined` where there is none. */
export function sourceAt(bytes: Uint8Array, pointer: string): string | undefined {
	const range = rangeAt(bytes, pointer);
	return range && Buffer.from(range.buffer, range.byteOffset, range.byteLength).toString();
}

function rangeAt(bytes: Uint8Array, pointer: string): Uint8Array | undefined {
	// Behind a byte order mark, if there is one.
	let at = nextToken(bytes, bytes[0] === 0xef ? 3 : 0);
	for (const step of pointerSteps(pointer)) {
		at = follow(bytes, at, step);
		if (at < 0) return undefined;
	}
	return bytes.subarray(at, endOfValue(bytes, at));
}

const row = (pointer: string, depth: number): Row => ({
	pointer,
	name: nameOf(pointer),
	depth,
	value: undefined,
	text: '',
	confidence: null,
	page: null,
});

const nameOf = (pointer: string): string => (pointerSteps(pointer).at(-1) ?? '') as string;

const within = (pointer: string, name: string): string =>
	`${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

function* fieldRows(fields: Fields, pointer: string, depth: number): Generator<Row> {
	for (const [name, field] of fields) yield* rowsOfField(field, within(pointer, name), depth);
}

function* rowsOfField(field: Field, pointer: string, depth: number): Generator<Row> {
	const { confidence } = field;
	const common = { ...row(pointer, depth), confidence, page: pagesOf(field.locations) };
	switch (field.kind) {
		case 'simple':
			yield { ...common, value: field.value, text: field.text };
			return;
		case 'object':
			yield common;
			return yield* fieldRows(field.fields, `${pointer}/fields`, depth + 1);
		case 'list':
			yield common;
			for (const [index, item] of field.items.entries())
				yield* rowsOfField(item, `${pointer}/items/${index}`, depth + 1);
	}
}

function pagesOf(locations: readonly LocationData[]): string | null {
	return locations.length === 0 ? null : [...new Set(locations.map(({ page }) => page))].join(' ');
}

/** The fields of a chained model's answer: a whole extraction response, at `pointer`'s `extraction_response`. */
function* chainedRows(payload: Payload, pointer: string, depth: number): Generator<Row> {
	const body = rangeAt(payload.raw, pointer + CHAINED);
	if (body?.[0] !== 0x7b) return;
	// Read as a body of its own, so that numbers keep their text.
	const result = safeParsePayload(body);
	if (!result.ok || result.payload.kind !== 'extraction') return;
	yield* fieldRows(result.payload.fields, pointer + CHAINED + FIELDS, depth);
}

function* valueRows(container: object, pointer: string, depth: number): Generator<Row> {
	for (const [name, value] of Object.entries(container) as [string, unknown][]) {
		const common = row(within(pointer, name), depth);
		if (typeof value === 'object' && value !== null) {
			yield common;
			yield* valueRows(value, common.pointer, depth + 1);
		} else yield { ...common, value: value as Row['value'], text: String(value) };
	}
}
