/** Two payloads value by value: which belongs to which, and what became of it. */
import type { Confidence, LocationData } from '../../../../pkg/src/core/types.js';
import type { Shape } from '../calls/tree.js';
import { kind, type Table } from '../table.js';
import { change } from './change.js';
import { isSameNumber } from './decimal.js';
import { type Item, type Match, matchItems, reordered, type Work } from './matching.js';
import { type Box, boxesOf, isMoved, overlap } from './places.js';
import { matchWords } from './words.js';

/** One value on both sides, as numbers. */
export interface Pairs {
	/** Entries of either table; -1 where there is none. */
	readonly a: Int32Array;
	readonly b: Int32Array;
	/** Bits of {@link change}; 0 for a value that is the same. */
	readonly kinds: Uint16Array;
}

/** Values of one item that are looked at to find its other. */
const VALUES = 64;
/** UTF-16 units of a value that are looked at for that. */
const VALUE_LENGTH = 200;

const CONFIDENCES: readonly (Confidence | null)[] = [null, 'Low', 'Medium', 'High', 'Certain'];

/** Entries that are looked at between two pauses. */
const BATCH = 200;

/** Compares the values of two payloads of one kind, step by step. */
export class Comparer {
	readonly #a: Table;
	readonly #b: Table;
	/** A payload without locations says nothing of places. */
	#placed = false;
	/** Entries of the first table that are done, and those that were read to find their others. */
	#done = 0;
	#read = 0;
	readonly #found: { a: number[]; b: number[]; kinds: number[] } = { a: [], b: [], kinds: [] };

	constructor(a: Table, b: Table) {
		this.#a = a;
		this.#b = b;
	}

	/** How much of it is done, from 0 to 1. */
	get progress(): number {
		return (Math.max(this.#read, this.#done) + this.#done) / (2 * Math.max(this.#a.count, 1));
	}

	*compare(): Work<Pairs> {
		this.#placed = (yield* hasPlaces(this.#a)) && (yield* hasPlaces(this.#b));
		yield* this.#children(-1, -1);
		const { a, b, kinds } = this.#found;
		return { a: Int32Array.from(a), b: Int32Array.from(b), kinds: Uint16Array.from(kinds) };
	}

	#add(a: number, b: number, kinds: number): void {
		this.#found.a.push(a);
		this.#found.b.push(b);
		this.#found.kinds.push(kinds);
	}

	/** Compares what is directly below two entries, or for -1 the first level: members, and the items of a list. */
	*#children(a: number, b: number): Work<void> {
		const [left, right] = [this.#a.childrenOf(a), this.#b.childrenOf(b)];
		for (const items of [false, true]) {
			const of = (table: Table, ids: Uint32Array) => ids.filter((id) => table.isItem(id) === items);
			yield* this.#among(of(this.#a, left), of(this.#b, right), items);
		}
	}

	*#among(left: Uint32Array, right: Uint32Array, areItems: boolean): Work<void> {
		const matches = yield* this.#match(left, right, areItems);
		// Words and pages keep their order by the way they are matched.
		const moved = areItems ? reordered(matches) : new Set<number>();
		for (const [index, [i, j]] of matches.entries()) {
			if (index % BATCH === 0) yield;
			if (i < 0) this.#add(-1, right[j] as number, change.added);
			else if (j < 0) this.#add(left[i] as number, -1, change.removed);
			else yield* this.#pair(left[i] as number, right[j] as number, moved.has(index) ? change.order : 0);
		}
	}

	*#pair(a: number, b: number, order: number): Work<void> {
		this.#done = a;
		const shapes: [Shape, Shape] = [this.#a.shape(a), this.#b.shape(b)];
		const branches = [this.#a.isBranch(a), this.#b.isBranch(b)];
		const isSame = shapes[0] === shapes[1];
		let kinds = order | this.#confidence(a, b) | this.#place(a, b);
		if (!isSame)
			kinds |= branches[0] || branches[1] ? change.type : typeChange(this.#a.text(a), this.#b.text(b), shapes);
		else if (shapes[0] !== 'page') kinds |= valueChange(this.#a.text(a), this.#b.text(b), shapes[0]);
		const at = this.#found.kinds.length;
		// What holds rows has a line of its own only where something became of itself.
		if (kinds !== 0 || !branches[0] || !branches[1]) this.#add(a, b, kinds);
		if (!branches[0] || !branches[1] || !isSame) return;
		const before = this.#found.kinds.length;
		yield* this.#children(a, b);
		// The text of a page changes with its words; where they are the same it is told by itself.
		if (shapes[0] === 'page' && this.#a.text(a) !== this.#b.text(b)) {
			if (this.#found.kinds.slice(before).some((found) => found !== 0)) return;
			if (before > at) (this.#found.kinds[at] as number) |= change.value;
			else this.#add(a, b, change.value);
		}
	}

	#confidence(a: number, b: number): number {
		const [from, to] = [this.#a.confidence(a), this.#b.confidence(b)].map((sure) => CONFIDENCES.indexOf(sure)) as [
			number,
			number,
		];
		return from === to ? 0 : to > from ? change.up : change.down;
	}

	#place(a: number, b: number): number {
		if (!this.#placed) return 0;
		if (this.#a.kind(a) === kind.split && this.#b.kind(b) === kind.split) {
			return String(this.#a.pageRange(a)) === String(this.#b.pageRange(b)) ? 0 : change.moved;
		}
		return isMoved(this.#a.locations(a), this.#b.locations(b)) ? change.moved : 0;
	}

	*#match(left: Uint32Array, right: Uint32Array, areItems: boolean): Work<Match[]> {
		const [first, other] = [left[0], right[0]];
		if (first === undefined || other === undefined) return alone(left.length, right.length);
		const what = this.#a.kind(first);
		if (what === kind.page) return byIndex(left.length, right.length);
		if (!areItems) return yield* this.#byName(left, right);
		if (what === kind.word) {
			const words = (table: Table, ids: Uint32Array): string[] => Array.from(ids, (id) => table.text(id));
			return matchWords(words(this.#a, left), words(this.#b, right)) ?? (yield* this.#byContent(left, right));
		}
		if (what === kind.crop || what === kind.split) {
			const [boxes, others] = [this.#boxes(this.#a, left), this.#boxes(this.#b, right)];
			const items = [yield* this.#items(this.#a, left, false), yield* this.#items(this.#b, right, false)] as const;
			return yield* matchItems(...items, (i, j) => overlap(boxes[i], others[j]));
		}
		return yield* this.#byContent(left, right);
	}

	*#byContent(left: Uint32Array, right: Uint32Array): Work<Match[]> {
		const few = left.length * right.length <= 10_000;
		const [boxes, others] = few ? [this.#boxes(this.#a, left), this.#boxes(this.#b, right)] : [[], []];
		// At the same place of the page it may well be the same one, read otherwise.
		const items = [yield* this.#items(this.#a, left, true), yield* this.#items(this.#b, right, true)] as const;
		return yield* matchItems(...items, (i, j) => (overlap(boxes[i], others[j]) > 0.5 ? LEAST_BY_PLACE : 0));
	}

	/** The first place of each entry; a split's is a stretch of pages. */
	#boxes(table: Table, ids: Uint32Array): (Box | undefined)[] {
		return Array.from(ids, (id) => {
			if (table.kind(id) === kind.split) {
				const [first, last] = table.pageRange(id);
				return { page: 0, x: (first + last) / 2, y: 0.5, width: last - first + 1, height: 1 };
			}
			return this.#placed ? boxesOf(table.locations(id))[0] : undefined;
		});
	}

	*#byName(left: Uint32Array, right: Uint32Array): Work<Match[]> {
		const others = new Map((yield* this.#names(this.#b, right)).map((name, j) => [name, j]));
		yield;
		const matches: Match[] = (yield* this.#names(this.#a, left)).map((name, i) => {
			const j = others.get(name) ?? -1;
			others.delete(name);
			return [i, j];
		});
		return [...matches, ...Array.from(others.values(), (j): Match => [-1, j])];
	}

	/** Copies of a duplicate key are counted from the last one, which is the one that counts. */
	*#names(table: Table, ids: Uint32Array): Work<string[]> {
		const names = new Array<string>(ids.length);
		const seen = new Map<string, number>();
		for (let at = ids.length - 1; at >= 0; at--) {
			if (at % BATCH === 0) yield;
			const name = table.name(ids[at] as number) ?? '';
			const count = seen.get(name) ?? 0;
			seen.set(name, count + 1);
			names[at] = `${count}/${name}`;
		}
		return names;
	}

	/** Items by their content; crops and splits also by the kind that they are of. */
	*#items(table: Table, ids: Uint32Array, whole: boolean): Work<Item[]> {
		const items: Item[] = [];
		for (const id of ids) {
			if (items.length % BATCH === 0) yield;
			if (table === this.#a) this.#read = Math.max(this.#read, id);
			const values: string[] = [];
			let content = '';
			const simple = !table.isBranch(id);
			const visit = (entry: number, path: string): void => {
				const text = `${path}=${table.shape(entry)}:${table.text(entry)}`;
				content += `${text}\n`;
				if (table.isBranch(entry)) {
					for (const child of table.childrenOf(entry)) visit(child, `${path}/${table.name(child) ?? ''}`);
				} else if (values.length < VALUES) values.push(text.slice(0, VALUE_LENGTH));
			};
			if (simple) content = table.text(id);
			else visit(id, '');
			if (simple || !whole) values.push(`=${table.text(id, VALUE_LENGTH)}`);
			if (!whole) content += this.#placeText(table, id);
			items.push({ content, values, simple });
		}
		return items;
	}

	/** Two crops of one kind are not the same by that: their places tell. */
	#placeText(table: Table, id: number): string {
		if (table.kind(id) === kind.split) return String(table.pageRange(id));
		return JSON.stringify(table.locations(id));
	}
}

const LEAST_BY_PLACE = 0.3;

function alone(left: number, right: number): Match[] {
	return [
		...Array.from({ length: left }, (_, i): Match => [i, -1]),
		...Array.from({ length: right }, (_, j): Match => [-1, j]),
	];
}

function byIndex(left: number, right: number): Match[] {
	return Array.from({ length: Math.max(left, right) }, (_, at): Match => [at < left ? at : -1, at < right ? at : -1]);
}

function* hasPlaces(table: Table): Work<boolean> {
	for (let id = 0; id < table.count; id++) {
		if (id % BATCH === 0) yield;
		if (table.kind(id) === kind.split || table.locations(id).length > 0) return true;
	}
	return false;
}

function typeChange(from: string, to: string, shapes: readonly Shape[]): number {
	// `null` is no value rather than one of another type.
	if (shapes.includes('null')) return change.value;
	return from === to ? change.type : change.type | change.value;
}

function valueChange(from: string, to: string, shape: Shape): number {
	if (from === to) return 0;
	return shape === 'number' && isSameNumber(from, to) ? change.written : change.value;
}

/** The locations of an entry, on the pages they are on: a word's page is that which holds it. */
export function placesOf(table: Table, id: number): LocationData[] {
	const locations = table.locations(id);
	if (table.kind(id) !== kind.word) return locations;
	const page = table.chain(id)[0] as number;
	let index = 0;
	for (let at = 0; at < page; at = table.next(at)) index++;
	return locations.map(({ polygon }) => ({ page: index, polygon }));
}
