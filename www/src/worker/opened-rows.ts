/**
 * The visible rows of a table of which branches are opened: an object for each open branch, none for the rows in it. A branch of a million
 * rows costs what its open branches cost, and a list of numbers where its rows have rows of their own.
 */
import { lowerBound } from './sorted.js';
import type { Table } from './table.js';
import type { VisibleRow, VisibleRows } from './tree.js';

/** Rows that are opened by themselves at first, at most. */
const OPEN_AT_FIRST = 200;

/** An open branch, or the first level. */
interface Branch {
	/** -1 for the first level. */
	readonly id: number;
	readonly parent: Branch | null;
	/** Place among its siblings, from 0. */
	readonly position: number;
	readonly level: number;
	readonly size: number;
	/** Entries in it; `null` where they follow each other. */
	readonly children: Uint32Array | null;
	/** Open branches in it by their positions. */
	readonly open: Map<number, Branch>;
	/** Their positions in order, and how many rows they and those before have; `null` once they changed. */
	order: { positions: Uint32Array; rows: Float64Array } | null;
	/** Visible rows in it. */
	rows: number;
}

export class OpenedRows implements VisibleRows {
	readonly #table: Table;
	#root: Branch;

	constructor(table: Table) {
		this.#table = table;
		this.#root = this.#branch(-1, null, 0);
		this.#openSmall();
	}

	get total(): number {
		return this.#root.rows;
	}

	row(index: number): VisibleRow | null {
		if (index < 0 || index >= this.total) return null;
		let branch = this.#root;
		let rest = index;
		let parentIndex = -1;
		for (;;) {
			const { positions, rows } = orderOf(branch);
			// The last open branch that begins before the row.
			let [low, high] = [0, positions.length];
			while (low < high) {
				const middle = (low + high) >> 1;
				if ((positions[middle] as number) + rowsBefore(rows, middle) < rest) low = middle + 1;
				else high = middle;
			}
			const before = low - 1;
			const inner = before < 0 ? undefined : branch.open.get(positions[before] as number);
			if (inner) {
				const begin = inner.position + rowsBefore(rows, before);
				if (rest <= begin + inner.rows) {
					parentIndex += 1 + begin;
					rest -= begin + 1;
					branch = inner;
					continue;
				}
			}
			const position = rest - rowsBefore(rows, low);
			return {
				id: childOf(branch, position),
				level: branch.level + 1,
				position,
				siblings: branch.size,
				expanded: branch.open.has(position),
				parentIndex,
			};
		}
	}

	expand(index: number, expanded: boolean): void {
		const row = this.row(index);
		if (!row || row.expanded === expanded || this.#table.children(row.id) === 0) return;
		const branch = row.parentIndex < 0 ? this.#root : this.#openBranch(row.parentIndex);
		if (expanded) this.#open(branch, row.position);
		else this.#close(branch, row.position);
	}

	/** Opens or closes all that is in a row, or for `null` everything; `false` where opening met the limit. */
	expandAll(index: number | null, expanded: boolean, limit: number): boolean {
		if (index === null) {
			if (!expanded) {
				this.#root = this.#branch(-1, null, 0);
				return true;
			}
			return this.#openWithin(this.#root, limit);
		}
		const row = this.row(index);
		if (!row || this.#table.children(row.id) === 0) return true;
		const branch = row.parentIndex < 0 ? this.#root : this.#openBranch(row.parentIndex);
		if (!expanded) {
			if (row.expanded) this.#close(branch, row.position);
			return true;
		}
		if (this.#table.children(row.id) > limit && !row.expanded) return false;
		return this.#openWithin(branch.open.get(row.position) ?? this.#open(branch, row.position), limit);
	}

	reveal(id: number): number {
		let branch = this.#root;
		let index = -1;
		for (const entry of this.#table.chain(id)) {
			const position = branch.children ? lowerBound(branch.children, entry) : entry - branch.id - 1;
			const { positions, rows } = orderOf(branch);
			index += 1 + position + rowsBefore(rows, lowerBound(positions, position));
			if (entry !== id) branch = branch.open.get(position) ?? this.#open(branch, position);
		}
		return index;
	}

	/** The open branch at a row. */
	#openBranch(index: number): Branch {
		const row = this.row(index) as VisibleRow;
		const branch = row.parentIndex < 0 ? this.#root : this.#openBranch(row.parentIndex);
		return branch.open.get(row.position) as Branch;
	}

	/** Opens all that is in a branch, level by level; `false` when that would be more rows than the limit. */
	#openWithin(branch: Branch, limit: number): boolean {
		const before = branch.rows;
		let complete = true;
		let level = [branch];
		while (level.length > 0) {
			const next: Branch[] = [];
			for (const each of level) {
				// Where no row has rows nothing is to be looked for.
				if (!each.children) continue;
				for (let position = 0; position < each.size; position++) {
					const id = childOf(each, position);
					const size = this.#table.children(id);
					if (size === 0) continue;
					const known = each.open.get(position);
					if (!known && branch.rows - before + size > limit) complete = false;
					else next.push(known ?? this.#open(each, position));
				}
			}
			level = next;
		}
		return complete;
	}

	#branch(id: number, parent: Branch | null, position: number): Branch {
		const table = this.#table;
		const size = id < 0 ? table.top : table.children(id);
		const entries = id < 0 ? table.count : table.descendants(id);
		return {
			id,
			parent,
			position,
			level: parent ? parent.level + 1 : 0,
			size,
			children: entries === size ? null : table.childrenOf(id),
			open: new Map(),
			order: null,
			rows: size,
		};
	}

	#open(branch: Branch, position: number): Branch {
		const inner = this.#branch(childOf(branch, position), branch, position);
		branch.open.set(position, inner);
		grow(branch, inner.rows);
		return inner;
	}

	#close(branch: Branch, position: number): void {
		const inner = branch.open.get(position) as Branch;
		branch.open.delete(position);
		grow(branch, -inner.rows);
	}

	/** A small payload is shown open; a large one as its first level. */
	#openSmall(): void {
		for (let index = 0; index < Math.min(this.total, OPEN_AT_FIRST); index++) {
			const { id } = this.row(index) as VisibleRow;
			const size = this.#table.children(id);
			if (size > 0 && this.total + size <= OPEN_AT_FIRST) this.expand(index, true);
		}
	}
}

function childOf(branch: Branch, position: number): number {
	return branch.children ? (branch.children[position] as number) : branch.id + 1 + position;
}

function grow(branch: Branch, rows: number): void {
	for (let at: Branch | null = branch; at; at = at.parent) {
		at.rows += rows;
		at.order = null;
	}
}

function orderOf(branch: Branch): { positions: Uint32Array; rows: Float64Array } {
	if (!branch.order) {
		const positions = Uint32Array.from(branch.open.keys()).sort();
		const rows = new Float64Array(positions.length);
		let sum = 0;
		positions.forEach((position, index) => {
			sum += branch.open.get(position)?.rows ?? 0;
			rows[index] = sum;
		});
		branch.order = { positions, rows };
	}
	return branch.order;
}

/** Rows of the first `count` open branches. */
function rowsBefore(rows: Float64Array, count: number): number {
	return count === 0 ? 0 : (rows[count - 1] as number);
}
