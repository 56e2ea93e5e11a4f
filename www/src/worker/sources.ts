/** The rows of each kind of payload: fields, crops and splits as sources of the tree. */
import type { Field, Fields, LocationData } from '../../../pkg/src/core/types.js';
import type { Shape } from './calls/tree.js';
import type { Child, Source } from './tree.js';

/** The rows of named fields, below a pointer step such as `/fields`. */
export function* fieldRows(fields: Fields, step: string): Iterable<Child> {
	for (const [name, field] of fields) {
		yield { name, step: `${step}/${escapeStep(name)}`, source: new FieldSource(field) };
	}
}

/** A row that stands for an entry of a result, with the fields of its chained extraction below it. */
export class EntrySource implements Source {
	readonly confidence = null;
	readonly #chained: () => Fields | null;
	#fields: Fields | null | undefined;

	/** `chained` is called once, when the row is shown. */
	constructor(
		readonly shape: 'crop' | 'split',
		readonly text: string,
		readonly pages: number[],
		chained: () => Fields | null,
	) {
		this.#chained = chained;
	}

	get size(): number {
		return this.#read()?.size ?? 0;
	}

	children(): Iterable<Child> {
		const fields = this.#read();
		return fields ? chainedRows(fields) : [];
	}

	#read(): Fields | null {
		if (this.#fields === undefined) this.#fields = this.#chained();
		return this.#fields;
	}
}

/** The rows of the fields of a chained extraction. */
export function chainedRows(fields: Fields): Iterable<Child> {
	return fieldRows(fields, '/extraction_response/inference/result/fields');
}

/** A field, read from the payload when its row is shown. */
class FieldSource implements Source {
	readonly #field: Field;

	constructor(field: Field) {
		this.#field = field;
	}

	get shape(): Shape {
		const field = this.#field;
		if (field.kind !== 'simple') return field.kind;
		const value = field.value;
		return value === null ? 'null' : (typeof value as 'string' | 'number' | 'boolean');
	}

	get size(): number {
		const field = this.#field;
		if (field.kind === 'simple') return 0;
		return field.kind === 'object' ? field.fields.size : field.items.length;
	}

	get text(): string {
		return this.#field.kind === 'simple' ? this.#field.text : '';
	}

	get confidence(): Field['confidence'] {
		return this.#field.confidence;
	}

	get pages(): number[] {
		return pagesOf(this.#field.locations);
	}

	*children(): Iterable<Child> {
		const field = this.#field;
		if (field.kind === 'object') yield* fieldRows(field.fields, '/fields');
		if (field.kind === 'list') {
			let index = 0;
			for (const item of field.items) {
				yield { name: index, step: `/items/${index}`, source: new FieldSource(item) };
				index++;
			}
		}
	}
}

function pagesOf(locations: readonly LocationData[]): number[] {
	return [...new Set(locations.map((location) => location.page))];
}

/** One step of an RFC 6901 pointer. */
function escapeStep(name: string): string {
	return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
