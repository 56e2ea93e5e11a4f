/** Which values of a table a filter means. */
import type { Filter } from './calls/tree.js';
import { Steps } from './steps.js';
import type { Table } from './table.js';

/** Values that are looked at between two looks at the clock. */
const BATCH = 2000;
const BACKSLASH = 0x5c;

/** What a filter found: the values that match and those that hold them, in the order of the table. */
export interface Found {
	matches: number;
	/** Entries of the table. */
	ids: Uint32Array;
	/** For each: the index of the one above it in `ids`, -1 for none. */
	parents: Int32Array;
	/** For each: its place among all of its siblings, from 0. */
	positions: Uint32Array;
	/** For each: how many behind it are in it. */
	descendants: Uint32Array;
	/** For each: 1 for a match, 0 for what only holds one. */
	own: Uint8Array;
}

/** Whether a filter lets everything through. */
export function isEmpty({ text, confidence, shapes, unlocated }: Filter): boolean {
	return text === '' && confidence === null && shapes === null && !unlocated;
}

/** Goes through a table in steps; `null` when that is no longer wanted. */
export async function find(table: Table, filter: Filter, isWanted: () => boolean): Promise<Found | null> {
	const steps = new Steps(isWanted);
	const matches = matcher(table, filter);
	const found = new Growing();
	/** Entries that one is within: number, what stands behind it, place in `found` (-1: not yet), children that were passed. */
	const open: { id: number; next: number; at: number; position: number; children: number }[] = [];
	let top = 0;
	for (let id = 0; id < table.count; id++) {
		if (id % BATCH === 0 && steps.over && !(await steps.next())) return null;
		while (open.length > 0 && id >= (open.at(-1)?.next as number)) found.close(open.pop()?.at as number);
		const above = open.at(-1);
		const position = above ? above.children++ : top++;
		const isMatch = matches(id);
		let at = -1;
		if (isMatch) {
			let parent = -1;
			for (const each of open) {
				if (each.at < 0) each.at = found.add(each.id, parent, each.position, 0);
				parent = each.at;
			}
			at = found.add(id, parent, position, 1);
		}
		if (table.descendants(id) > 0) open.push({ id, next: table.next(id), at, position, children: 0 });
	}
	while (open.length > 0) found.close(open.pop()?.at as number);
	return found.done();
}

/** Says of each entry whether the filter means it. */
function matcher(table: Table, { text, confidence, shapes, unlocated }: Filter): (id: number) => boolean {
	const folded = fold(text);
	const isElsewhere = elsewhere(table, folded);
	const levels = confidence && new Set<string>(confidence);
	const wanted = shapes && new Set<string>(shapes);
	return (id) => {
		if (wanted && !wanted.has(table.shape(id))) return false;
		if (levels) {
			const level = table.confidence(id);
			// What only holds values lacks no confidence of its own.
			if (level === null ? !levels.has('none') || table.isBranch(id) : !levels.has(level)) return false;
		}
		if (unlocated && !table.isUnlocated(id)) return false;
		if (folded === '') return true;
		if (isElsewhere(id)) return false;
		const name = table.name(id);
		return (name !== null && fold(name).includes(folded)) || fold(table.text(id)).includes(folded);
	};
}

/**
 * Says of most entries that they cannot have a text, by their bytes alone: only where these are not ASCII or have escapes must they be
 * made to text.
 */
function elsewhere(table: Table, folded: string): (id: number) => boolean {
	const { bytes } = table;
	const lower = Uint8Array.from(folded, (char) => Math.min(char.charCodeAt(0), 0x80));
	const isAscii = !lower.includes(0x80);
	const first = lower[0] as number;
	return (id) => {
		const region = table.textRegion(id);
		if (!region) return false;
		const last = region.end - lower.length;
		for (let at = region.start; at < region.end; at++) {
			const byte = bytes[at] as number;
			if (byte > 0x7f || byte === BACKSLASH) return false;
			if (!isAscii || lowerCase(byte) !== first || at > last) continue;
			let matched = 1;
			while (matched < lower.length && lowerCase(bytes[at + matched] as number) === lower[matched]) matched++;
			if (matched === lower.length) return false;
		}
		return true;
	};
}

function lowerCase(byte: number): number {
	return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/** A text in which case makes no difference, in any script. */
function fold(text: string): string {
	// Upper case first: `ß` is `SS`. At the end of a word lower case has a sigma of its own.
	return text.toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

/** {@link Found} while it grows. */
class Growing {
	#room = 1024;
	#count = 0;
	#matches = 0;
	#ids = new Uint32Array(this.#room);
	#parents = new Int32Array(this.#room);
	#positions = new Uint32Array(this.#room);
	#descendants = new Uint32Array(this.#room);
	#own = new Uint8Array(this.#room);

	add(id: number, parent: number, position: number, own: 0 | 1): number {
		if (this.#count === this.#room) this.#grow();
		const at = this.#count++;
		this.#ids[at] = id;
		this.#parents[at] = parent;
		this.#positions[at] = position;
		this.#own[at] = own;
		this.#matches += own;
		return at;
	}

	/** Everything that was added since is in the entry at `at`; -1 for one that is not there. */
	close(at: number): void {
		if (at >= 0) this.#descendants[at] = this.#count - at - 1;
	}

	done(): Found {
		const count = this.#count;
		return {
			matches: this.#matches,
			ids: this.#ids.slice(0, count),
			parents: this.#parents.slice(0, count),
			positions: this.#positions.slice(0, count),
			descendants: this.#descendants.slice(0, count),
			own: this.#own.slice(0, count),
		};
	}

	#grow(): void {
		this.#room *= 2;
		this.#ids = grown(this.#ids, this.#room);
		this.#parents = grown(this.#parents, this.#room);
		this.#positions = grown(this.#positions, this.#room);
		this.#descendants = grown(this.#descendants, this.#room);
		this.#own = grown(this.#own, this.#room);
	}
}

function grown<Kind extends Uint32Array | Int32Array | Uint8Array>(from: Kind, length: number): Kind {
	const made = new (from.constructor as new (length: number) => Kind)(length);
	made.set(from);
	return made;
}
