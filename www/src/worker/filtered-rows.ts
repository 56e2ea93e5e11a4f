/** The visible rows under a filter: everything that was found is open, but for what is closed by hand. */
import type { Found } from './filter.js';
import { lowerBound } from './sorted.js';
import type { Table } from './table.js';
import type { VisibleRow, VisibleRows } from './tree.js';

export class FilteredRows implements VisibleRows {
	readonly #table: Table;
	readonly #found: Found;
	/** Places in the finding that are closed and not within others that are, in order. */
	#closed: number[] = [];
	/** All that were closed, also within others. */
	readonly #allClosed = new Set<number>();
	/** How many are hidden by each and those before it. */
	#hidden: number[] = [];

	constructor(table: Table, found: Found) {
		this.#table = table;
		this.#found = found;
	}

	get total(): number {
		return this.#found.ids.length - (this.#hidden.at(-1) ?? 0);
	}

	row(index: number): VisibleRow | null {
		if (index < 0 || index >= this.total) return null;
		const { ids, parents, positions, descendants } = this.#found;
		const at = this.#place(index);
		const id = ids[at] as number;
		const parent = parents[at] as number;
		const parentId = parent < 0 ? -1 : (ids[parent] as number);
		let level = 1;
		for (let above = parent; above >= 0; above = parents[above] as number) level++;
		return {
			id,
			level,
			position: positions[at] as number,
			siblings: parentId < 0 ? this.#table.top : this.#table.children(parentId),
			expanded: (descendants[at] as number) > 0 && !this.#allClosed.has(at),
			parentIndex: parent < 0 ? -1 : this.#index(parent),
		};
	}

	/** Whether the row is meant by the filter itself. */
	isMatch(id: number): boolean {
		const at = lowerBound(this.#found.ids, id);
		return this.#found.ids[at] === id && this.#found.own[at] === 1;
	}

	/** Whether there is a row for it. */
	has(id: number): boolean {
		return this.#found.ids[lowerBound(this.#found.ids, id)] === id;
	}

	expand(index: number, expanded: boolean): void {
		const at = this.#place(index);
		if (!((this.#found.descendants[at] ?? 0) > 0)) return;
		if (expanded) this.#allClosed.delete(at);
		else this.#allClosed.add(at);
		this.#arrange();
	}

	/** Opens or closes all that is in a row, or for `null` everything. */
	expandAll(index: number | null, expanded: boolean): boolean {
		const { descendants, ids } = this.#found;
		const first = index === null ? 0 : this.#place(index);
		const last = index === null ? ids.length : first + 1 + (descendants[first] ?? 0);
		if (expanded) {
			for (const at of this.#allClosed) if (at >= first && at < last) this.#allClosed.delete(at);
		} else {
			// Those within them need not be: they are hidden.
			for (let at = first; at < last; at += 1 + (descendants[at] as number)) {
				if ((descendants[at] as number) > 0) this.#allClosed.add(at);
			}
		}
		this.#arrange();
		return true;
	}

	/** Index of the row of an entry that there is, with those that hold it opened. */
	reveal(id: number): number {
		const at = lowerBound(this.#found.ids, id);
		for (let above = this.#found.parents[at] as number; above >= 0; above = this.#found.parents[above] as number) {
			this.#allClosed.delete(above);
		}
		this.#arrange();
		return this.#index(at);
	}

	#arrange(): void {
		this.#closed = [];
		this.#hidden = [];
		let end = 0;
		let sum = 0;
		for (const at of [...this.#allClosed].sort((a, b) => a - b)) {
			if (at < end) continue;
			const count = this.#found.descendants[at] as number;
			end = at + 1 + count;
			sum += count;
			this.#closed.push(at);
			this.#hidden.push(sum);
		}
	}

	/** Place in the finding of a visible row. */
	#place(index: number): number {
		// The last closed entry that is above the row.
		let [low, high] = [0, this.#closed.length];
		while (low < high) {
			const middle = (low + high) >> 1;
			if ((this.#closed[middle] as number) - this.#before(middle) < index) low = middle + 1;
			else high = middle;
		}
		return index + this.#before(low);
	}

	/** Index of the row at a place that is not hidden. */
	#index(at: number): number {
		return at - this.#before(lowerBound(this.#closed, at));
	}

	/** Rows that the first `count` closed entries hide. */
	#before(count: number): number {
		return count === 0 ? 0 : (this.#hidden[count - 1] as number);
	}
}
