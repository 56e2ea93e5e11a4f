/** The entries of a {@link Table} while they are written. */
import { FIELD, field, tag } from '../../../pkg/src/core/outline.js';
import { kind } from './table.js';

/** Words of a table, five an entry, that grow as entries come. */
export class Entries {
	#words: Uint32Array;
	#count = 0;

	/** `expected` entries fit without growing. */
	constructor(expected: number) {
		this.#words = new Uint32Array(Math.max(expected, 1) * FIELD);
	}

	get count(): number {
		return this.#count;
	}

	/** The words that were written. */
	get words(): Uint32Array {
		return this.#words.subarray(0, this.#count * FIELD);
	}

	/** Adds an entry; gives its number. */
	add(begin: number, bits: number, second: number, third: number, fourth: number): number {
		const at = this.#makeRoom(1);
		this.#words[at] = begin;
		this.#words[at + 1] = bits;
		this.#words[at + 2] = second;
		this.#words[at + 3] = third;
		this.#words[at + 4] = fourth;
		return this.#count++;
	}

	/** Changes a word of an entry. */
	set(id: number, part: number, value: number): void {
		this.#words[id * FIELD + part] = value;
	}

	/** A word of an entry. */
	get(id: number, part: number): number {
		return this.#words[id * FIELD + part] as number;
	}

	/** Adds the entries of `words`, whose offsets count from `offset`. */
	append(words: Uint32Array, offset = 0): void {
		let at = this.#makeRoom(words.length / FIELD);
		this.#words.set(words, at);
		this.#count += words.length / FIELD;
		if (offset === 0) return;
		for (const end = at + words.length; at < end; at += FIELD) {
			const bits = this.#words[at + field.tag] as number;
			const isJson = (bits & 3) === 3;
			const isScalar = isJson ? ((bits >> 2) & 7) === kind.jsonScalar : tag.shape(bits) === 0;
			this.#move(at + field.begin, offset);
			if (isScalar) {
				this.#move(at + field.valueStart, offset);
				this.#move(at + field.valueEnd, offset);
			}
			if (this.#words[at + field.locations] !== 0) this.#move(at + field.locations, offset);
		}
	}

	#move(at: number, offset: number): void {
		this.#words[at] = (this.#words[at] as number) + offset;
	}

	#makeRoom(more: number): number {
		const at = this.#count * FIELD;
		const needed = at + more * FIELD;
		if (needed > this.#words.length) {
			const words = new Uint32Array(Math.max(needed, this.#words.length * 2));
			words.set(this.#words.subarray(0, at));
			this.#words = words;
		}
		return at;
	}
}
