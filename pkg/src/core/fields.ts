/** Fields of an extraction, read from the bytes through the outline: nothing becomes JavaScript before it is asked for. */
import { numberOf, parsed, repeatedTextOf, textOf } from './bytes.js';
import { flatPolygon } from './geometry.js';
import { FIELD, field, HEADER, tag, valueType } from './outline.js';
import { endOfValue, nextToken } from './steps.js';
import type {
	Confidence,
	Field,
	FieldData,
	Fields,
	ListField,
	LocationData,
	ObjectField,
	SimpleField,
} from './types.js';

/** A checked body and its outline. */
export interface Source {
	readonly bytes: Uint8Array;
	readonly outline: Uint32Array;
}

/** What Node's `console.log` asks an object for. */
const inspect = Symbol.for('nodejs.util.inspect.custom');

/** Word `part` of field `node`. */
function word({ outline }: Source, node: number, part: number): number {
	return outline[HEADER + node * FIELD + part] as number;
}

function shapeOf(source: Source, node: number): 0 | 1 | 2 {
	return tag.shape(word(source, node, field.tag));
}

/** The node behind a field and all that is in it. */
function nextSibling(source: Source, node: number): number {
	return node + 1 + (shapeOf(source, node) === 0 ? 0 : word(source, node, field.descendants));
}

function fieldAt(source: Source, node: number): Field {
	const shape = shapeOf(source, node);
	return shape === 0
		? new SimpleView(source, node)
		: shape === 1
			? new ObjectView(source, node)
			: new ListView(source, node);
}

/** Where the object of a field begins: behind its name, a quote and a colon. */
function objectAt(source: Source, node: number): number {
	const bits = word(source, node, field.tag);
	const begin = word(source, node, field.begin);
	if (tag.isItem(bits)) return begin;
	const colon = nextToken(source.bytes, begin + tag.nameLength(bits) + 1);
	return nextToken(source.bytes, colon + 1);
}

function nameAt(source: Source, node: number): string {
	const bits = word(source, node, field.tag);
	const start = word(source, node, field.begin);
	const end = start + tag.nameLength(bits);
	return tag.nameEscaped(bits)
		? (parsed(source.bytes, start - 1, end + 1) as string)
		: repeatedTextOf(source.bytes, start, end);
}

/** Goes over the fields of one level. */
class Siblings<Item> implements IterableIterator<Item> {
	readonly #source: Source;
	readonly #make: (source: Source, node: number) => Item;
	#node: number;
	#left: number;

	constructor(source: Source, first: number, count: number, make: (source: Source, node: number) => Item) {
		this.#source = source;
		this.#node = first;
		this.#left = count;
		this.#make = make;
	}

	[Symbol.iterator](): this {
		return this;
	}

	next(): IteratorResult<Item> {
		if (this.#left === 0) return { done: true, value: undefined };
		this.#left--;
		const node = this.#node;
		this.#node = nextSibling(this.#source, node);
		return { done: false, value: this.#make(this.#source, node) };
	}
}

abstract class FieldView {
	readonly #source: Source;
	readonly #node: number;

	constructor(source: Source, node: number) {
		this.#source = source;
		this.#node = node;
	}

	protected get source(): Source {
		return this.#source;
	}

	protected get node(): number {
		return this.#node;
	}

	protected word(part: number): number {
		return word(this.#source, this.#node, part);
	}

	get confidence(): Confidence | null {
		return tag.confidence(this.word(field.tag));
	}

	get locations(): LocationData[] {
		const start = this.word(field.locations);
		if (start === 0) return [];
		const { bytes } = this.#source;
		return parsed(bytes, start, endOfValue(bytes, start)) as LocationData[];
	}

	get polygons(): Float64Array[] {
		return this.locations.map(({ polygon }) => flatPolygon(polygon));
	}

	/** The field as `JSON.parse` gives it. */
	toJSON(): FieldData {
		const { bytes } = this.#source;
		const start = objectAt(this.#source, this.#node);
		return parsed(bytes, start, endOfValue(bytes, start)) as FieldData;
	}

	[inspect](): FieldData {
		return this.toJSON();
	}
}

class SimpleView extends FieldView implements SimpleField {
	get kind(): 'simple' {
		return 'simple';
	}

	get value(): string | number | boolean | null {
		switch (tag.value(this.word(field.tag))) {
			case valueType.string:
				return textOf(this.source.bytes, this.word(field.valueStart) + 1, this.word(field.valueEnd) - 1);
			case valueType.null:
				return null;
			case valueType.true:
				return true;
			case valueType.false:
				return false;
			case valueType.number:
				return numberOf(this.source.bytes, this.word(field.valueStart), this.word(field.valueEnd));
			default:
				return parsed(this.source.bytes, this.word(field.valueStart), this.word(field.valueEnd)) as string;
		}
	}

	get text(): string {
		const value = tag.value(this.word(field.tag));
		if (value === valueType.string || value === valueType.escapedString) return this.value as string;
		return textOf(this.source.bytes, this.word(field.valueStart), this.word(field.valueEnd));
	}
}

class ObjectView extends FieldView implements ObjectField {
	#fields: Fields | undefined;

	get kind(): 'object' {
		return 'object';
	}

	get fields(): Fields {
		this.#fields ??= new FieldsView(this.source, this.node + 1, this.word(field.children));
		return this.#fields;
	}
}

class ListView extends FieldView implements ListField {
	#items: readonly Field[] | undefined;

	get kind(): 'list' {
		return 'list';
	}

	get items(): readonly Field[] {
		if (!this.#items) {
			const items: Field[] = [];
			let node = this.node + 1;
			for (let left = this.word(field.children); left > 0; left--) {
				items.push(fieldAt(this.source, node));
				node = nextSibling(this.source, node);
			}
			this.#items = items;
		}
		return this.#items;
	}
}

/** Fields by name; the index in which names are looked up is made by the first look-up. */
export class FieldsView implements Fields {
	readonly size: number;
	readonly #source: Source;
	readonly #first: number;
	#nodes: Map<string, number> | undefined;

	/** @param first the first field's node; @param size how many fields of this level there are */
	constructor(source: Source, first: number, size: number) {
		this.#source = source;
		this.#first = first;
		this.size = size;
	}

	#index(): Map<string, number> {
		if (!this.#nodes) {
			this.#nodes = new Map();
			let node = this.#first;
			for (let left = this.size; left > 0; left--) {
				this.#nodes.set(nameAt(this.#source, node), node);
				node = nextSibling(this.#source, node);
			}
		}
		return this.#nodes;
	}

	get(name: string): Field | undefined {
		const node = this.#index().get(name);
		return node === undefined ? undefined : fieldAt(this.#source, node);
	}

	has(name: string): boolean {
		return this.#index().has(name);
	}

	/** Every field, through `make`. */
	#each<Item>(make: (source: Source, node: number) => Item): IterableIterator<Item> {
		return new Siblings(this.#source, this.#first, this.size, make);
	}

	keys(): IterableIterator<string> {
		return this.#each(nameAt);
	}

	values(): IterableIterator<Field> {
		return this.#each(fieldAt);
	}

	entries(): IterableIterator<[string, Field]> {
		return this.#each((source, node) => [nameAt(source, node), fieldAt(source, node)]);
	}

	[Symbol.iterator](): IterableIterator<[string, Field]> {
		return this.entries();
	}

	forEach(callback: (field: Field, name: string, fields: Fields) => void): void {
		for (const [name, found] of this.entries()) callback(found, name, this);
	}

	toJSON(): Record<string, FieldData> {
		// Null-prototyped and defined, not set: a field may be called __proto__.
		const all: Record<string, FieldData> = Object.create(null);
		for (const [name, found] of this.entries()) {
			Object.defineProperty(all, name, { value: found, enumerable: true, configurable: true, writable: true });
		}
		return all;
	}

	[inspect](): Map<string, Field> {
		return new Map(this.entries());
	}
}
