/** The rows of a payload: which are visible, and what they show. */
import type { Issue } from '../../../pkg/src/core/types.js';
import {
	type ByteRange,
	type CutForm,
	DETAIL_ISSUES,
	DETAIL_LENGTH,
	DETAIL_LOCATIONS,
	type Detail,
	EXPAND_LIMIT,
	type Expanded,
	type Filter,
	type Filtered,
	type Revealed,
	ROW_LENGTH,
	type Row,
	type Seek,
} from './calls/tree.js';
import { find, isEmpty } from './filter.js';
import { FilteredRows } from './filtered-rows.js';
import { IssuePlaces } from './issue-places.js';
import { OpenedRows } from './opened-rows.js';
import { code, jsonPath, pointer, type Step, stepsBelow, stepsOfPointer, stepsTo } from './path.js';
import { Steps } from './steps.js';
import { kind, type Span, type Table } from './table.js';
import { cut, textStart } from './text.js';

/** A visible row, as a place. */
export interface VisibleRow {
	/** Its entry in the table. */
	id: number;
	/** From 1. */
	level: number;
	/** From 0. */
	position: number;
	siblings: number;
	expanded: boolean;
	/** Index of the row that holds it; -1 for none. */
	parentIndex: number;
}

/** Which rows are visible. */
export interface VisibleRows {
	readonly total: number;
	row(index: number): VisibleRow | null;
	/** Opens or closes a row; nothing happens where there is nothing to open. */
	expand(index: number, expanded: boolean): void;
	/** Opens or closes all that is in a row, or for `null` everything; `false` where opening met the limit. */
	expandAll(index: number | null, expanded: boolean, limit: number): boolean;
	/** Index of the row of an entry, with those that hold it opened. */
	reveal(id: number): number;
}

/** Pages of a row that are told at most. */
const ROW_PAGES = 100;
/** A row with more is remembered. */
const MANY_LOCATIONS = 100;
/** Entries that are looked at between two looks at the clock. */
const BATCH = 5000;
/** Rows that one answer holds at most. */
const ROWS = 1000;

/** The rows of one payload. */
export class Tree {
	readonly table: Table;
	readonly #issues: readonly Issue[];
	readonly #opened: OpenedRows;
	#filtered: FilteredRows | null = null;
	#places: IssuePlaces | undefined;
	/** Of the rows with {@link MANY_LOCATIONS}. */
	readonly #located = new Map<number, { count: number; pages: number[] }>();
	/** Counts filters, so that a newer one is known. */
	#asked = 0;

	constructor(table: Table, issues: readonly Issue[]) {
		this.table = table;
		this.#issues = issues;
		this.#opened = new OpenedRows(table);
	}

	/** Rows of the first level. */
	get top(): number {
		return this.table.top;
	}

	/** How many rows are visible. */
	get total(): number {
		return this.#visible.total;
	}

	get #visible(): VisibleRows {
		return this.#filtered ?? this.#opened;
	}

	get #issuePlaces(): IssuePlaces {
		this.#places ??= new IssuePlaces(this.table, this.#issues, (pointer) => this.find(stepsOfPointer(pointer)));
		return this.#places;
	}

	/** The visible rows from `from` on, at most `count`. */
	rows(from: number, count: number): Row[] {
		const rows: Row[] = [];
		const last = Math.min(this.total, from + Math.min(count, ROWS));
		for (let index = Math.max(from, 0); index < last; index++) {
			const place = this.#visible.row(index);
			if (place) rows.push(this.#row(index, place));
		}
		return rows;
	}

	#row(index: number, { id, level, position, siblings, expanded }: VisibleRow): Row {
		const { table } = this;
		const { on, below } = this.#issuePlaces;
		const name = table.name(id, ROW_LENGTH);
		const locations = this.#locationsOf(id);
		return {
			index,
			id,
			level,
			position: position + 1,
			siblings,
			name: name === null ? this.#itemIndex(id, position) : cut(name, ROW_LENGTH),
			shape: table.shape(id),
			size: table.children(id),
			expanded: table.children(id) > 0 ? expanded : null,
			text: cut(table.text(id, ROW_LENGTH), ROW_LENGTH),
			confidence: table.confidence(id),
			pages: locations.pages,
			locations: locations.count,
			shadowed: table.isShadowed(id),
			matches: this.#filtered?.isMatch(id) ?? false,
			issues: on.get(id)?.length ?? 0,
			issuesBelow: below.get(id) ?? 0,
		};
	}

	#itemIndex(id: number, position: number): number {
		// Added copies stand between the elements.
		return this.table.additions ? (stepsTo(this.table, id).at(-1) as number) : position;
	}

	/** How many places a row has, and the pages of them; of a split its first and its last page. */
	#locationsOf(id: number): { count: number; pages: number[] } {
		const { table } = this;
		const what = table.kind(id);
		if (what === kind.split) return { count: 0, pages: table.pageRange(id) };
		const known = this.#located.get(id);
		if (known) return known;
		const locations = table.locations(id);
		// A word does not say which page it is on: the one that holds it.
		const pages = what === kind.word ? [pageOfWord(table, id)] : locations.map(({ page }) => page);
		const located = { count: locations.length, pages: [...new Set(pages)].slice(0, ROW_PAGES) };
		// As rows come and go, many places of one row are not read again and again.
		if (locations.length > MANY_LOCATIONS) this.#located.set(id, located);
		return located;
	}

	/** Opens or closes a row; nothing happens where there is nothing to open. */
	expand(index: number, expanded: boolean): void {
		this.#visible.expand(index, expanded);
	}

	/** Opens or closes all that is in a row, or for `null` everything. */
	expandAll(index: number | null, expanded: boolean): Expanded {
		const complete = this.#visible.expandAll(index, expanded, EXPAND_LIMIT);
		return { total: this.total, complete };
	}

	/** Index of the row that holds this one; -1 for a row of the first level. */
	parent(index: number): number {
		return this.#visible.row(index)?.parentIndex ?? -1;
	}

	/** Shows only what a filter means; `null` when a newer one was asked for meanwhile, or the payload was left. */
	async filter(filter: Filter | null, isOpen: () => boolean): Promise<Filtered | null> {
		const mine = ++this.#asked;
		if (!filter || isEmpty(filter)) {
			this.#filtered = null;
			return { matches: this.table.count, total: this.total };
		}
		const found = await find(this.table, filter, () => mine === this.#asked && isOpen());
		if (!found) return null;
		this.#filtered = new FilteredRows(this.table, found);
		return { matches: found.matches, total: this.total };
	}

	/** Makes the row of an entry visible; a filter that hides it is dropped. */
	reveal(id: number): Revealed {
		const filterDropped = this.#filtered !== null && !this.#filtered.has(id);
		if (filterDropped) {
			this.#asked++;
			this.#filtered = null;
		}
		const index = this.#visible.reveal(id);
		return { index, total: this.total, filterDropped };
	}

	/** Finds the next entry of a kind, row by row, and makes it visible; `null` when the payload was left meanwhile. */
	async next(from: number, what: Seek, backwards: boolean, isOpen: () => boolean): Promise<Revealed | null> {
		const { table } = this;
		const { count } = table;
		const filtered = this.#filtered;
		const steps = new Steps(isOpen);
		const start = this.#visible.row(from)?.id ?? (backwards ? count : -1);
		const is = this.#seeker(what);
		for (let passed = 1; passed <= count; passed++) {
			if (passed % BATCH === 0 && steps.over && !(await steps.next())) return null;
			const offset = backwards ? start - passed : start + passed;
			const id = ((offset % count) + count) % count;
			if (is(id) && (!filtered || filtered.has(id))) return this.reveal(id);
		}
		return { index: -1, total: this.total, filterDropped: false };
	}

	#seeker(what: Seek): (id: number) => boolean {
		const { table } = this;
		switch (what) {
			case 'low':
				return (id) => table.confidence(id) === 'Low';
			case 'match':
				return (id) => this.#filtered?.isMatch(id) ?? false;
			case 'unlocated':
				return (id) => table.isUnlocated(id);
			case 'issue': {
				const { on } = this.#issuePlaces;
				return (id) => on.has(id);
			}
		}
	}

	/** The entry at a pointer or the nearest one above it; -1 for none. */
	find(steps: readonly string[]): number {
		const { table } = this;
		let found = -1;
		let rest = steps;
		for (;;) {
			const between = stepsBelow(table, found);
			const next = between.every((step, index) => rest[index] === step) ? rest[between.length] : undefined;
			const child = next === undefined ? -1 : this.#child(found, next);
			if (child < 0) return found;
			rest = rest.slice(between.length + 1);
			found = child;
		}
	}

	/** The entry directly below one that a step leads to; of copies the one that counts. */
	#child(above: number, step: string): number {
		const { table } = this;
		const end = above < 0 ? table.count : table.next(above);
		const wanted = /^(0|[1-9]\d{0,9})$/.test(step) ? Number(step) : -1;
		let found = -1;
		let index = 0;
		for (let id = above + 1; id < end; id = table.next(id)) {
			if (table.isItem(id)) {
				if (index++ === wanted) return id;
			} else if (!table.isShadowed(id) && table.name(id) === step) found = id;
		}
		return found;
	}

	/** One row in full; `null` when there is no such row. */
	detail(index: number): Detail | null {
		const { table } = this;
		const id = this.#visible.row(index)?.id;
		if (id === undefined) return null;
		const steps = stepsTo(table, id);
		const expression = code(table, id);
		const locations = table.locations(id);
		const { pages } = this.#locationsOf(id);
		const isValue = !table.isBranch(id);
		const name = table.nameSpan(id);
		const texts = { pointer: pointer(steps), jsonPath: jsonPath(steps), value: table.text(id, DETAIL_LENGTH) };
		const isCut = (form: CutForm) =>
			texts[form].length > DETAIL_LENGTH || (form === 'value' && !isValue && texts.value === '');
		return {
			index,
			id,
			pointer: cut(texts.pointer, DETAIL_LENGTH),
			jsonPath: cut(texts.jsonPath, DETAIL_LENGTH),
			cut: (Object.keys(texts) as CutForm[]).filter(isCut),
			code: expression && expression.length <= DETAIL_LENGTH ? expression : null,
			shape: table.shape(id),
			size: table.children(id),
			text: cut(texts.value, DETAIL_LENGTH),
			length: table.textLength(id),
			confidence: table.confidence(id),
			pages,
			shadowed: table.isShadowed(id),
			range: rangeOf(table.span(id)),
			valueRange: isValue && table.kind(id) < 0 ? rangeOf(table.textSpan(id) as Span) : null,
			nameRange: name && rangeOf(name),
			locations: table.polygonSpans(id, DETAIL_LOCATIONS).map(({ start, end }, location) => ({
				page: table.kind(id) === kind.word ? pageOfWord(table, id) : (locations[location]?.page ?? 0),
				polygon: cut(textStart(table.bytes, start, end, false, ROW_LENGTH), ROW_LENGTH),
			})),
			locationCount: locations.length,
			issues: (this.#issuePlaces.on.get(id) ?? [])
				.slice(0, DETAIL_ISSUES)
				.flatMap((issue) => this.#issues[issue] ?? []),
		};
	}

	/** A text of an entry in full; of its value as written the text of what has one, the JSON of all else. `null` for no such entry. */
	whole(id: number, form: CutForm): Blob | null {
		const { table } = this;
		if (!(id >= 0 && id < table.count)) return null;
		if (form !== 'value') return new Blob([(form === 'pointer' ? pointer : jsonPath)(stepsTo(table, id))]);
		const shape = table.shape(id);
		const isText = table.isBranch(id) ? table.text(id, 1) !== '' : shape === 'string' || shape === 'word';
		if (isText) return new Blob([table.text(id)]);
		const span = table.isBranch(id) ? table.span(id) : (table.textSpan(id) as Span);
		return new Blob([table.bytes.slice(span.start, span.end)]);
	}

	/** The steps from the whole payload to an entry. */
	steps(id: number): Step[] {
		return stepsTo(this.table, id);
	}
}

/** The page that holds a word, from 0. */
export function pageOfWord(table: Table, word: number): number {
	let page = 0;
	for (let at = 0; table.next(at) <= word; at = table.next(at)) page++;
	return page;
}

function rangeOf({ start, end }: Span): ByteRange {
	return { offset: start, length: end - start };
}
