/** What is different between two open payloads, as a list that is looked at through a window. */
import { endOfValue, member, nextToken } from '../../../../pkg/src/core/steps.js';
import type {
	CompareFilter,
	ComparePlaces,
	CompareRow,
	CompareRows,
	CompareSide,
	CompareSummary,
	FactDifference,
} from '../calls/compare.js';
import { ROW_LENGTH } from '../calls/tree.js';
import { pointer, type Step, stepsFrom, stepsTo } from '../path.js';
import { remainsTable } from '../payload-table.js';
import type { Session } from '../session.js';
import { kind, type Table } from '../table.js';
import { type ChangeKind, change, changeKinds } from './change.js';
import { Comparer, type Pairs, placesOf } from './compare.js';
import type { Work } from './matching.js';

/** Locations of one side that are told at most. */
const PLACES = 200;

/** Two payloads beside each other. */
export class Comparison {
	/** What is known of it; `null` until all of it was compared. */
	summary: CompareSummary | null = null;
	readonly #sessions: readonly [Session, Session];
	readonly #tables: readonly [Table | null, Table | null];
	readonly #comparer: Comparer | null;
	readonly #work: Work<Pairs>;
	#pairs: Pairs = NO_PAIRS;
	/** The rows that the filter left which was asked for last. */
	#filtered: { key: string; indexes: Uint32Array } | null = null;

	constructor(a: Session, b: Session) {
		this.#sessions = [a, b];
		// What has no rows of its own (a job, a failure, what breaks the contract) is compared as the JSON that it is.
		const tables = [a, b].map((session) => session.tree?.table ?? remainsTable(session.bytes).table);
		const [left = null, right = null] = tables;
		this.#tables = [left, right];
		this.#comparer = this.#isOneKind && left && right ? new Comparer(left, right) : null;
		this.#work = this.#comparer?.compare() ?? nothing();
	}

	/** How much of it is done, from 0 to 1. */
	get progress(): number {
		return this.#comparer?.progress ?? 0;
	}

	get #kinds(): CompareSummary['kinds'] {
		const [a, b] = this.#sessions;
		return [a.shown?.content.kind ?? null, b.shown?.content.kind ?? null];
	}

	get #isOneKind(): boolean {
		const [a, b] = this.#kinds;
		return a === b;
	}

	/** Goes on with it for so many milliseconds. */
	goOn(milliseconds: number): void {
		const until = performance.now() + milliseconds;
		while (!this.summary && performance.now() <= until) {
			const { value, done } = this.#work.next();
			if (done) this.#settle(value);
		}
	}

	#settle(pairs: Pairs): void {
		this.#pairs = pairs;
		const counts = Object.fromEntries(changeKinds.map((name) => [name, 0])) as Record<ChangeKind, number>;
		let equal = 0;
		for (const bits of pairs.kinds) {
			if (bits === 0) equal++;
			else for (const name of changeKinds) if ((bits & change[name]) !== 0) counts[name]++;
		}
		const different = pairs.kinds.length - equal;
		const facts = factsOf(...this.#sessions);
		this.summary = { kinds: this.#kinds, facts, counts, different, equal, compared: this.#comparer !== null };
	}

	/** The rows that the filter leaves. */
	rows(filter: CompareFilter, from: number, count: number): CompareRows {
		const indexes = this.#indexes(filter);
		const window = indexes.subarray(from, from + count);
		return { total: indexes.length, from, rows: Array.from(window, (at, offset) => this.#row(at, from + offset)) };
	}

	/** The next difference behind `from`, or before it; -1 where there is none. */
	next(filter: CompareFilter, from: number, backwards: boolean): number {
		const indexes = this.#indexes(filter);
		const step = backwards ? -1 : 1;
		for (let tried = 1; tried <= indexes.length; tried++) {
			const at = (((from + step * tried) % indexes.length) + indexes.length) % indexes.length;
			if (this.#pairs.kinds[indexes[at] as number] !== 0) return at;
		}
		return -1;
	}

	/** Where a row is. */
	places(filter: CompareFilter, index: number): ComparePlaces | null {
		const at = this.#indexes(filter)[index];
		const [a, b] = this.#tables;
		if (at === undefined || !a || !b) return null;
		const [left, right] = [this.#pairs.a[at] as number, this.#pairs.b[at] as number];
		return {
			pointer: left < 0 ? null : pointer(stepsTo(a, left)),
			a: left < 0 ? [] : placesWithin(a, left),
			b: right < 0 ? [] : placesWithin(b, right),
		};
	}

	#indexes({ kinds, equal }: CompareFilter): Uint32Array {
		const key = `${kinds?.join() ?? '*'} ${equal}`;
		if (this.#filtered?.key !== key) {
			const wanted = kinds === null ? ~0 : kinds.reduce((bits, name) => bits | change[name], 0);
			const indexes: number[] = [];
			this.#pairs.kinds.forEach((bits, index) => {
				if (bits === 0 ? equal : (bits & wanted) !== 0) indexes.push(index);
			});
			this.#filtered = { key, indexes: Uint32Array.from(indexes) };
		}
		return this.#filtered.indexes;
	}

	#row(at: number, index: number): CompareRow {
		const [a, b] = this.#tables as [Table, Table];
		const [left, right] = [this.#pairs.a[at] as number, this.#pairs.b[at] as number];
		const bits = this.#pairs.kinds[at] as number;
		return {
			index,
			path: left < 0 ? names(b, right) : names(a, left),
			kinds: changeKinds.filter((name) => (bits & change[name]) !== 0),
			a: left < 0 ? null : side(a, left),
			b: right < 0 ? null : side(b, right),
		};
	}
}

const NO_PAIRS: Pairs = { a: new Int32Array(), b: new Int32Array(), kinds: new Uint16Array() };

// biome-ignore lint/correctness/useYield: there is nothing to do.
function* nothing(): Work<Pairs> {
	return NO_PAIRS;
}

/** The names and indexes that people see: without the steps that every pointer has. */
function names(table: Table, id: number): Step[] {
	let above = -1;
	return table.chain(id).map((entry) => {
		const name = stepsFrom(table, above, entry).at(-1) as Step;
		above = entry;
		return typeof name === 'string' ? name.slice(0, ROW_LENGTH) : name;
	});
}

function side(table: Table, id: number): CompareSide {
	const last = table.isItem(id) ? names(table, id).at(-1) : null;
	return {
		text: table.text(id, ROW_LENGTH),
		shape: table.shape(id),
		size: table.children(id),
		confidence: table.confidence(id),
		pages: table.kind(id) === kind.split ? table.pageRange(id) : pagesOf(table, id),
		item: typeof last === 'number' ? last : null,
		shadowed: table.isShadowed(id),
	};
}

function pagesOf(table: Table, id: number): number[] {
	return [...new Set(placesOf(table, id).map(({ page }) => page))].slice(0, 20);
}

/** The places of an entry, or where it has none those of all that is in it. */
function placesWithin(table: Table, id: number): ComparePlaces['a'] {
	const places = placesOf(table, id);
	if (places.length > 0) return places.slice(0, PLACES);
	const end = table.next(id);
	for (let below = id + 1; places.length < PLACES && below < end; below++) places.push(...placesOf(table, below));
	return places.slice(0, PLACES);
}

/** What is said of the payloads as a whole, where it differs. */
function factsOf(a: Session, b: Session): FactDifference[] {
	const left = allFacts(a);
	const right = allFacts(b);
	const differences: FactDifference[] = [];
	for (const key of new Set([...left.keys(), ...right.keys()])) {
		const [one, other] = [left.get(key) ?? null, right.get(key) ?? null];
		if (one !== other) differences.push({ key, a: one, b: other });
	}
	return differences;
}

function allFacts({ shown, bytes }: Session): Map<FactDifference['key'], string> {
	const facts = new Map<FactDifference['key'], string>();
	if (!shown) return facts;
	if (shown.content.fileName !== null) facts.set('fileName', shown.content.fileName);
	for (const { key, value } of shown.content.facts) facts.set(key, value);
	for (const [name, value] of options(bytes)) facts.set(`option:${name}`, value);
	return facts;
}

/** What was switched on for the inference. */
function options(bytes: Uint8Array): [string, string][] {
	let at = nextToken(bytes, bytes[0] === 0xef ? 3 : 0);
	for (const step of ['inference', 'active_options']) {
		at = member(bytes, at, step);
		if (at < 0) return [];
	}
	const text = new TextDecoder().decode(bytes.subarray(at, endOfValue(bytes, at)));
	const value: unknown = JSON.parse(text);
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).map(([name, on]) => [name, typeof on === 'string' ? on : JSON.stringify(on)]);
}
