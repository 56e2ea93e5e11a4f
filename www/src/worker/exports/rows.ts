/** The values of a payload as lines of CSV: all of them one below the other, or the items of one list as a table. */
import { csvCell } from '../../../../pkg/src/core/csv.js';
import { pointer, type Step, stepsBelow, stepsTo } from '../path.js';
import { kind, type Table } from '../table.js';

/** RFC 4180. */
const LINE_END = '\r\n';

/** The columns of {@link fieldLines}. */
const FIELD_COLUMNS = ['pointer', 'name', 'value', 'confidence', 'pages', 'replaced'];

/** What holds values. */
interface Holder {
	/** The entry behind all that is in it. */
	end: number;
	/** Its pointer, and that of what its values have their names or indexes in. */
	at: string;
	pointer: string;
	/** Items of it that were passed. */
	items: number;
	page: number;
	replaced: boolean;
}

/** One line for each value, in the order of the payload, with a heading. */
export function* fieldLines(table: Table): Generator<string> {
	yield line(FIELD_COLUMNS);
	/** What holds the value that is next, outermost first. */
	const within: Holder[] = [
		{ end: table.count, at: '', pointer: pointer(stepsBelow(table, -1)), items: 0, page: -1, replaced: false },
	];
	for (let id = 0; id < table.count; id++) {
		while ((within.at(-1)?.end as number) <= id) within.pop();
		const above = within.at(-1) as (typeof within)[number];
		const name: Step = table.name(id) ?? above.items;
		// A copy of another member stands in its object, not where the items are.
		const steps = table.additions?.steps.get(id);
		const at = steps ? above.at + pointer(steps) : above.pointer + pointer([name]);
		const isPage = table.kind(id) === kind.page;
		const page = isPage ? above.items : above.page;
		if (table.isItem(id)) above.items++;
		const what = table.shape(id);
		// With one that a later copy of its key replaces goes all that is in it.
		const replaced = above.replaced || table.isShadowed(id);
		yield line([
			csvCell(at),
			csvCell(String(name)),
			what === 'number' ? table.text(id) : csvCell(table.text(id)),
			table.confidence(id) ?? '',
			pagesText(table, id, page),
			replaced ? 'yes' : '',
		]);
		if (table.descendants(id) > 0) {
			const below = at + pointer(stepsBelow(table, id));
			within.push({ end: table.next(id), at, pointer: below, items: 0, page, replaced });
		}
	}
}

/** A list that can be a table of its own. */
export interface List {
	id: number;
	pointer: string;
	items: number;
}

/** Lists that are told at most. */
const LISTS = 200;

/** The lists that are not within another one nor replaced, and have items; `more` is how many are not told. */
export function listsOf(table: Table): { lists: List[]; more: number } {
	const lists: List[] = [];
	let more = 0;
	for (let id = 0; id < table.count; ) {
		const isList = table.shape(id) === 'list';
		const isPassed = table.isShadowed(id);
		if (isList && !isPassed && table.children(id) > 0) {
			if (lists.length === LISTS) more++;
			else lists.push({ id, pointer: pointer(stepsTo(table, id)), items: itemsOf(table, id).length });
		}
		id = isList || isPassed ? table.next(id) : id + 1;
	}
	return { lists, more };
}

/** Columns of one table at most; more is no table. */
const COLUMNS = 2000;

/** One line for each item of a list, with the names of all items as columns: what is nested as `address/city`. */
export function* listLines(table: Table, list: number): Generator<string> {
	const columns = new Map<string, number>();
	const items = itemsOf(table, list);
	for (const item of items) {
		for (const [path] of leaves(table, item, '')) {
			if (!columns.has(path) && columns.size < COLUMNS) columns.set(path, columns.size);
		}
		yield '';
	}
	yield line(['item', ...Array.from(columns.keys(), (path) => csvCell(path === '' ? 'value' : path)), 'pages']);
	let index = 0;
	for (const item of items) {
		const cells = new Array<string>(columns.size).fill('');
		const pages = new Set(pagesOf(table, item));
		for (const [path, id] of leaves(table, item, '')) {
			const column = columns.get(path);
			if (column !== undefined) cells[column] = table.shape(id) === 'number' ? table.text(id) : csvCell(table.text(id));
			for (const page of pagesOf(table, id)) pages.add(page);
		}
		yield line([String(index++), ...cells, [...pages].sort((a, b) => a - b).join(' ')]);
	}
}

/** The entries directly below that are the items of a list, without copies of other members of it. */
function itemsOf(table: Table, list: number): Uint32Array {
	return table.childrenOf(list).filter((id) => table.isItem(id));
}

/** Every value within an entry that holds none itself, with the names that lead to it. */
function* leaves(table: Table, id: number, path: string): Generator<[path: string, id: number]> {
	if (!table.isBranch(id)) {
		yield [path, id];
		return;
	}
	let index = 0;
	for (const child of table.childrenOf(id)) {
		// A copy that is replaced has the path of the one that counts.
		if (table.isShadowed(child)) continue;
		const name = String(table.name(child) ?? index++);
		yield* leaves(table, child, `${path === '' ? '' : `${path}/`}${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
	}
}

function pagesOf(table: Table, id: number): number[] {
	return table.locations(id).map(({ page }) => page);
}

function pagesText(table: Table, id: number, page: number): string {
	switch (table.kind(id)) {
		case kind.split:
			return table.pageRange(id).join('-');
		case kind.page:
		case kind.word:
			return String(page);
		default:
			return [...new Set(pagesOf(table, id))].join(' ');
	}
}

function line(cells: readonly string[]): string {
	return cells.join() + LINE_END;
}
