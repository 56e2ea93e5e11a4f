/**
 * The tree of a payload as a list of visible rows. Branches are read when they are opened, so a payload of a million fields costs
 * what its open branches cost.
 */
import type { Confidence } from '../../../pkg/src/core/types.js';
import { DETAIL_LENGTH, type Detail, ROW_LENGTH, type Row, type Shape } from './calls/tree.js';
import { cut } from './text.js';

/** Where the rows come from: one value of the payload. */
export interface Source {
	readonly shape: Shape;
	/** How many children there are. */
	readonly size: number;
	/** The value as written; for a branch, what stands beside its name. */
	readonly text: string;
	readonly confidence: Confidence | null;
	/** Pages that it was read on, from 0, each once. */
	readonly pages: number[];
	children(): Iterable<Child>;
}

/** A value with its name and the JSON pointer that leads to it from its parent. */
export interface Child {
	readonly name: string | number;
	readonly step: string;
	readonly source: Source;
}

interface Node extends Child {
	readonly parent: Node | null;
	readonly level: number;
	readonly position: number;
	readonly siblings: number;
	expanded: boolean;
}

/** Rows that are opened by themselves at first, at most. */
const OPEN_AT_FIRST = 200;

/** The visible rows of one payload. */
export class Tree {
	readonly #base: string;
	#visible: Node[];
	/** Rows of the first level. */
	readonly top: number;

	/** `base` is the pointer that the steps of the first level begin at. */
	constructor(base: string, children: Iterable<Child>, size: number) {
		this.#base = base;
		this.#visible = nodes(null, children, size);
		this.top = this.#visible.length;
		this.#openSmall();
	}

	/** How many rows are visible. */
	get total(): number {
		return this.#visible.length;
	}

	/** The visible rows from `from` on, at most `count`. */
	rows(from: number, count: number): Row[] {
		return this.#visible.slice(from, from + count).map((node, offset) => ({
			index: from + offset,
			level: node.level,
			position: node.position,
			siblings: node.siblings,
			name: typeof node.name === 'string' ? cut(node.name, ROW_LENGTH) : node.name,
			shape: node.source.shape,
			size: node.source.size,
			expanded: node.source.size > 0 ? node.expanded : null,
			text: cut(node.source.text, ROW_LENGTH),
			confidence: node.source.confidence,
			pages: node.source.pages,
			locations: 0,
			shadowed: false,
			matches: false,
			issues: 0,
			issuesBelow: 0,
		}));
	}

	/** Opens or closes a row; nothing happens where there is nothing to open. */
	expand(index: number, expanded: boolean): void {
		const node = this.#visible[index];
		if (!node || node.source.size === 0 || node.expanded === expanded) return;
		node.expanded = expanded;
		if (expanded) {
			const children = nodes(node, node.source.children(), node.source.size);
			this.#visible = this.#visible.slice(0, index + 1).concat(children, this.#visible.slice(index + 1));
		} else {
			let end = index + 1;
			while ((this.#visible[end]?.level ?? 0) > node.level) end++;
			this.#visible.splice(index + 1, end - index - 1);
		}
	}

	/** Index of the row that holds this one; -1 for a row of the first level. */
	parent(index: number): number {
		const parent = this.#visible[index]?.parent;
		return parent ? this.#visible.lastIndexOf(parent, index) : -1;
	}

	/** One row in full; `null` when there is no such row. */
	detail(index: number): Detail | null {
		const node = this.#visible[index];
		if (!node) return null;
		const { shape, size, text, confidence, pages } = node.source;
		return {
			index,
			pointer: cut(this.#pointer(node), DETAIL_LENGTH),
			shape,
			size,
			text: cut(text, DETAIL_LENGTH),
			length: text.length,
			confidence,
			pages,
			jsonPath: '',
			code: null,
			shadowed: false,
			range: { offset: 0, length: 0 },
			valueRange: null,
			nameRange: null,
			locations: [],
			locationCount: 0,
			issues: [],
		};
	}

	#pointer(node: Node): string {
		const steps: string[] = [];
		for (let at: Node | null = node; at; at = at.parent) steps.push(at.step);
		return this.#base + steps.reverse().join('');
	}

	/** A small payload is shown open; a large one as its first level. */
	#openSmall(): void {
		for (let index = 0; index < this.#visible.length && this.#visible.length < OPEN_AT_FIRST; index++) {
			const size = this.#visible[index]?.source.size ?? 0;
			if (size > 0 && this.#visible.length + size <= OPEN_AT_FIRST) this.expand(index, true);
		}
	}
}

function nodes(parent: Node | null, children: Iterable<Child>, siblings: number): Node[] {
	const level = (parent?.level ?? 0) + 1;
	const made: Node[] = [];
	for (const { name, step, source } of children) {
		made.push({ name, step, source, parent, level, position: made.length + 1, siblings, expanded: false });
	}
	return made;
}
