/**
 * The marks of each page: which value each stands for. Of fields and crops they are found in one pass through the payload; those of words
 * are in the table as they are. Polygons are read when their page is looked at.
 *
 * A chained extraction says no more about its polygons than any other, and it is documented nowhere whether they are fractions of the
 * page or of the crop, and whether the pages of a split are counted anew. They are shown as they stand: as fractions of the page with
 * that number.
 */
import type { LocationData } from '../../../pkg/src/core/types.js';
import { type Look, type MarkRef, type PageMarks, type RowMarks, tone } from './calls/marks.js';
import { lowerBound } from './sorted.js';
import { Steps } from './steps.js';
import { kind, type Table } from './table.js';

/** Pages that can have marks; a place on a later one is left out. */
const PAGES = 100_000;
/** Entries that are looked at between two looks at the clock. */
const BATCH = 500;

/** What a mark stands for. */
export interface Marked {
	id: number;
	/** Which of its locations it is. */
	location: number;
}

/** A value whose locations are being read one by one. */
interface Reading {
	id: number;
	/** Which of them comes next. */
	next: number;
	locations: Generator<LocationData>;
}

/** The marks of one payload. */
export class MarkIndex {
	readonly #table: Table;
	/** For words: the entry of each page. */
	readonly #wordPages: Uint32Array | null;
	/** For all else: marks in the order of their pages and, within these, of their values. */
	readonly #ids: Uint32Array;
	readonly #locations: Uint32Array;
	/** Where the marks of each page begin; one more than there are pages. */
	readonly #starts: Uint32Array;

	private constructor(
		table: Table,
		wordPages: Uint32Array | null,
		{ ids, locations, starts }: { ids: Uint32Array; locations: Uint32Array; starts: Uint32Array },
	) {
		this.#table = table;
		this.#wordPages = wordPages;
		this.#ids = ids;
		this.#locations = locations;
		this.#starts = starts;
	}

	/** Finds all marks of a table; `null` when they are no longer wanted. */
	static async of(table: Table, isWanted: () => boolean): Promise<MarkIndex | null> {
		if (table.count > 0 && table.kind(0) === kind.page) {
			const none = new Uint32Array(0);
			return new MarkIndex(table, table.childrenOf(-1), { ids: none, locations: none, starts: none });
		}
		const marks = await collect(table, isWanted);
		return marks && new MarkIndex(table, null, marks);
	}

	/** How many marks each page has. */
	counts(): Uint32Array {
		if (this.#wordPages) return this.#wordPages.map((page) => this.#table.children(page));
		return Uint32Array.from({ length: Math.max(this.#starts.length - 1, 0) }, (_, page) => this.#count(page));
	}

	#count(page: number): number {
		if (this.#wordPages) {
			const entry = this.#wordPages[page];
			return entry === undefined ? 0 : this.#table.children(entry);
		}
		return page + 1 < this.#starts.length ? (this.#starts[page + 1] as number) - (this.#starts[page] as number) : 0;
	}

	/** What a mark stands for; `null` when there is no such mark. */
	marked(page: number, mark: number): Marked | null {
		if (!(mark >= 0 && mark < this.#count(page))) return null;
		if (this.#wordPages) return { id: (this.#wordPages[page] as number) + 1 + mark, location: 0 };
		const at = (this.#starts[page] as number) + mark;
		return { id: this.#ids[at] as number, location: this.#locations[at] as number };
	}

	/**
	 * The marks of one page; `null` when they are no longer wanted. A polygon that cannot be drawn has no points, so that every mark keeps
	 * its number.
	 */
	async page(page: number, isWanted: () => boolean): Promise<PageMarks | null> {
		const steps = new Steps(isWanted);
		const count = this.#count(page);
		const starts = new Uint32Array(count + 1);
		const tones = new Uint8Array(count);
		let points = new Float32Array(8 * count);
		let [at, dropped] = [0, 0];
		// Often several marks in a row belong to one value.
		let reading: Reading | null = null;
		for (let mark = 0; mark < count; mark++) {
			if (mark % BATCH === 0 && steps.over && !(await steps.next())) return null;
			const { id, location } = this.marked(page, mark) as Marked;
			if (reading === null || reading.id !== id || reading.next > location) {
				reading = { id, next: 0, locations: this.#table.eachLocation(id) };
			}
			for (; reading.next < location; reading.next++) {
				if (reading.next % BATCH === BATCH - 1 && steps.over && !(await steps.next())) return null;
				reading.locations.next();
			}
			reading.next++;
			const found: IteratorResult<LocationData> = reading.locations.next();
			const polygon = found.done ? [] : found.value.polygon;
			tones[mark] = toneOf(this.#table, id);
			if (polygon.some(([x, y]) => !(Number.isFinite(Math.fround(x)) && Number.isFinite(Math.fround(y))))) dropped++;
			else {
				if (at + 2 * polygon.length > points.length) {
					const grown = new Float32Array(2 * points.length + 2 * polygon.length);
					grown.set(points);
					points = grown;
				}
				for (const [x, y] of polygon) {
					points[at++] = x;
					points[at++] = y;
				}
			}
			starts[mark + 1] = at / 2;
		}
		return { page, count, starts, points: points.slice(0, at), tones, dropped };
	}

	/** A window of the marks of an entry, its own, or where it has none those of all that is in it: of `most`, the one that is looked at. */
	of(id: number, most: number, look: Look): RowMarks {
		const own = this.#within(id, id);
		const descendants = this.#table.descendants(id);
		const runs = own.length > 0 || descendants === 0 ? own : this.#within(id + 1, id + descendants);
		const total = runs.reduce((sum, { count }) => sum + count, 0);
		const at = typeof look === 'number' ? look : indexIn(runs, look);
		const from = Math.floor(at / most) * most;
		const marks: MarkRef[] = [];
		let passed = 0;
		for (const { page, first, count } of runs) {
			const end = Math.min(count, from + most - passed);
			for (let mark = Math.max(0, from - passed); mark < end; mark++) marks.push({ page, mark: first + mark });
			passed += count;
		}
		return { total, from, at, marks };
	}

	/** The marks of the entries from `first` to `last`: on each page they follow each other. */
	#within(first: number, last: number): Run[] {
		const found: Run[] = [];
		const add = (page: number, mark: number, end: number) => {
			if (mark < end) found.push({ page, first: mark, count: end - mark });
		};
		this.#wordPages?.forEach((entry, page) => {
			const words = this.#table.children(entry);
			add(page, Math.max(first - entry - 1, 0), Math.min(last - entry, words));
		});
		for (let page = 0; page + 1 < this.#starts.length; page++) {
			const [begin, end] = [this.#starts[page] as number, this.#starts[page + 1] as number];
			const at = lowerBound(this.#ids, first, begin, end);
			add(page, at - begin, lowerBound(this.#ids, last + 1, at, end) - begin);
		}
		return found;
	}
}

/** Marks of one page that follow each other. */
interface Run {
	page: number;
	first: number;
	count: number;
}

/** Which of the marks is looked at: that one, else the first on its page, else the first. */
function indexIn(runs: readonly Run[], look: Exclude<Look, number>): number {
	let passed = 0;
	for (const { page, first, count } of runs) {
		if (page === look.page) {
			const mark = (look.mark ?? first) - first;
			return passed + (mark >= 0 && mark < count ? mark : 0);
		}
		passed += count;
	}
	return 0;
}

function toneOf(table: Table, id: number): number {
	const what = table.kind(id);
	if (what === kind.word) return tone.word;
	if (what === kind.crop) return tone.crop;
	switch (table.confidence(id)) {
		case 'Low':
			return tone.low;
		case 'Medium':
			return tone.medium;
		case 'High':
			return tone.high;
		case 'Certain':
			return tone.certain;
		default:
			return tone.none;
	}
}

/** One pass through the table: which entry has a place on which page, sorted by page. */
async function collect(
	table: Table,
	isWanted: () => boolean,
): Promise<{ ids: Uint32Array; locations: Uint32Array; starts: Uint32Array } | null> {
	const steps = new Steps(isWanted);
	/** Three numbers a place: the entry, which of its locations, the page. */
	let found = new Uint32Array(3 * 1024);
	let size = 0;
	let pages = 0;
	for (let id = 0; id < table.count; id++) {
		if (id % BATCH === 0 && steps.over && !(await steps.next())) return null;
		// What is replaced counts for nothing on the page either.
		if (table.isShadowed(id)) {
			id += table.descendants(id);
			continue;
		}
		let location = -1;
		for (const { page } of table.eachLocation(id)) {
			if (++location % BATCH === BATCH - 1 && steps.over && !(await steps.next())) return null;
			if (page >= PAGES) continue;
			if (size === found.length) {
				const grown = new Uint32Array(2 * size);
				grown.set(found);
				found = grown;
			}
			found[size++] = id;
			found[size++] = location;
			found[size++] = page;
			pages = Math.max(pages, page + 1);
		}
	}
	const starts = new Uint32Array(pages + 1);
	for (let at = 2; at < size; at += 3) {
		const behind = (found[at] as number) + 1;
		starts[behind] = (starts[behind] as number) + 1;
	}
	for (let page = 0; page < pages; page++) starts[page + 1] = (starts[page + 1] as number) + (starts[page] as number);
	const next = starts.slice();
	const ids = new Uint32Array(size / 3);
	const locations = new Uint32Array(size / 3);
	for (let from = 0; from < size; from += 3) {
		const page = found[from + 2] as number;
		const at = next[page] as number;
		next[page] = at + 1;
		ids[at] = found[from] as number;
		locations[at] = found[from + 1] as number;
	}
	return { ids, locations, starts };
}
