/** The values of a payload as lines of CSV: all of them one below the other, or the items of one list as a table. */
import { csvCell } from '../../../../pkg/src/core/csv.js';
import { pointer, type Step, stepsBelow, stepsTo } from '../path.js';
import { kind, type Table } from '../table.js';

/** RFC 4180. */
const LINE_END = '\r\n';

/** The columns of {@link fieldLines}. */
const FIELD_COLUMNS = ['pointer', 'name', 'value', 'confidence', 'pages'];

/** One line for each value, in the order of the payload, with a heading. */
export function* fieldLines(table: Table): Generator<string> {
	yield line(FIELD_COLUMNS);
	/** What holds the value that is next: where it ends, its pointer, and how many of it there were. */
	const within: { end: number; pointer: string; items: number; page: number }[] = [
		{ end: table.count, pointer: pointer(stepsBelow(table, -1)), items: 0, page: -1 },
	];
	for (let id = 0; id < table.count; id++) {
		while ((within.at(-1)?.end as number) <= id) within.pop();
		const above = within.at(-1) as (typeof within)[number];
		const name: Step = table.name(id) ?? above.items;
		const at = above.pointer + pointer([name]);
		const isPage = table.kind(id) === kind.page;
		const page = isPage ? above.items : above.page;
		above.items++;
		const what = table.shape(id);
		yield line([
			csvCell(at),
			csvCell(String(name)),
			what === 'number' ? table.text(id) : csvCell(table.text(id)),
			table.confidence(id) ?? '',
			pagesText(table, id, page),
		]);
		if (table.isBranch(id)) {
			within.push({ end: table.next(id), pointer: at + pointer(stepsBelow(table, id)), items: 0, page });
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

/** The lists that are not within another one, and have items. */
export function listsOf(table: Table): List[] {
	const lists: List[] = [];
	for (let id = 0; id < table.count && lists.length < LISTS; ) {
		const isList = table.shape(id) === 'list';
		if (isList && table.children(id) > 0) {
			lists.push({ id, pointer: pointer(stepsTo(table, id)), items: table.children(id) });
		}
		id = isList ? table.next(id) : id + 1;
	}
	return lists;
}

/** Columns of one table at most; more is no table. */
const COLUMNS = 2000;

/** One line for each item of a list, with the names of all items as columns: what is nested as `address/city`. */
export function* listLines(table: Table, list: number): Generator<string> {
	const columns = new Map<string, number>();
	for (const item of table.childrenOf(list)) {
		for (const [path] of leaves(table, item, '')) {
			if (!columns.has(path) && columns.size < COLUMNS) columns.set(path, columns.size);
		}
		yield '';
	}
	yield line(['item', ...Array.from(columns.keys(), (path) => csvCell(path === '' ? 'value' : path)), 'pages']);
	let index = 0;
	for (const item of table.childrenOf(list)) {
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

/** Every value within an entry that holds none itself, with the names that lead to it. */
function* leaves(table: Table, id: number, path: string): Generator<[path: string, id: number]> {
	if (!table.isBranch(id)) {
		yield [path, id];
		return;
	}
	let index = 0;
	for (const child of table.childrenOf(id)) {
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
