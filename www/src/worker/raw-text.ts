/** The bytes of a payload as rows, found by the places of every some-hundredth row. */
import { RAW_ROWS, type RawFound, type RawPlace, type RawPoint, type RawRow, type RawSize } from './calls/raw.js';
import { firstRow, type RowStart, readRow, shownUnits } from './raw-cursor.js';
import { runsOf } from './raw-runs.js';
import { findText } from './raw-search.js';
import { Steps } from './steps.js';
import { charLength, columnsOf } from './utf8.js';

/** Rows from one known place to the next. */
const EVERY = 128;
/** Numbers that are known of a place: offset, line, column, whether it is in a string. */
const WORDS = 4;

/** Where every {@link EVERY}th row begins. */
interface Index {
	places: Uint32Array;
	rows: number;
	lines: number;
}

export class RawText {
	readonly #bytes: Uint8Array;
	#index: Promise<Index | null> | null = null;
	/** Counts searches, so that a newer one is known. */
	#asked = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	/** How much there is to show; `null` when it is no longer wanted. */
	async size(isWanted: () => boolean): Promise<RawSize | null> {
		const index = await this.#indexed(isWanted);
		return index && { rows: index.rows, lines: index.lines, bytes: this.#bytes.length };
	}

	/** The rows from `from` on, at most `count`. */
	async rows(from: number, count: number, isWanted: () => boolean): Promise<{ total: number; rows: RawRow[] } | null> {
		const index = await this.#indexed(isWanted);
		if (!index) return null;
		const rows: RawRow[] = [];
		const first = Math.max(0, from);
		const last = Math.min(index.rows, first + Math.min(count, RAW_ROWS));
		let start: RowStart | null = first < last ? this.#rowStart(index, first) : null;
		while (start && start.row < last) {
			const { end, ending, next } = readRow(this.#bytes, start);
			const { row, line, column, offset } = start;
			const length = (next?.offset ?? this.#bytes.length) - offset;
			rows.push({ row, line, column, offset, length, runs: runsOf(this.#bytes, start, end), ending });
			start = next;
		}
		return { total: index.rows, rows };
	}

	/** Where bytes are in the rows. */
	async place(offset: number, length: number, isWanted: () => boolean): Promise<RawPlace | null> {
		const index = await this.#indexed(isWanted);
		if (!index) return null;
		const begin = Math.min(Math.max(offset, 0), this.#bytes.length);
		const end = Math.min(begin + Math.max(length, 0), this.#bytes.length);
		const start = this.#point(index, begin, false);
		return { start, end: end > begin ? this.#point(index, end - 1, true) : start };
	}

	/** Finds a text; `null` when another one was looked for meanwhile. */
	async find(
		what: { text: string; from: number; backwards: boolean; matchCase: boolean },
		isOpen: () => boolean,
	): Promise<RawFound | null> {
		const mine = ++this.#asked;
		const isWanted = () => mine === this.#asked && isOpen();
		const found = await findText(this.#bytes, what, isWanted);
		if (!found || !isWanted()) return null;
		if (!found.range) return { place: null, wrapped: false };
		const place = await this.place(found.range.offset, found.range.length, isOpen);
		return place && { place: { ...place, ...found.range }, wrapped: found.wrapped };
	}

	#indexed(isWanted: () => boolean): Promise<Index | null> {
		this.#index ??= indexOf(this.#bytes, isWanted);
		return this.#index;
	}

	/** Where a row begins: a known place before it, and from there row by row. */
	#rowStart(index: Index, row: number): RowStart {
		let start = knownPlace(index, Math.floor(row / EVERY));
		while (start.row < row) start = readRow(this.#bytes, start).next as RowStart;
		return start;
	}

	/** The place of the character that a byte belongs to, or the one behind it. */
	#point(index: Index, offset: number, behind: boolean): RawPoint {
		const bytes = this.#bytes;
		let [low, high] = [0, index.places.length / WORDS];
		while (low < high) {
			const middle = (low + high) >> 1;
			if ((index.places[middle * WORDS] as number) <= offset) low = middle + 1;
			else high = middle;
		}
		let start = knownPlace(index, Math.max(low - 1, 0));
		let span = readRow(bytes, start);
		while (span.next && span.next.offset <= offset) {
			start = span.next;
			span = readRow(bytes, start);
		}
		let [at, column] = [0, start.column];
		for (let place = start.offset; place < span.end; ) {
			const length = charLength(bytes, place, bytes.length);
			const next = place + Math.abs(length);
			if (!behind && next > offset) break;
			at += shownUnits(bytes, place, length);
			column += columnsOf(bytes[place] as number);
			place = next;
			if (behind && next > offset) break;
		}
		return { row: start.row, at, line: start.line, column };
	}
}

function knownPlace({ places }: Index, number: number): RowStart {
	const at = number * WORDS;
	return {
		row: number * EVERY,
		offset: places[at] as number,
		line: places[at + 1] as number,
		column: places[at + 2] as number,
		string: places[at + 3] as RowStart['string'],
	};
}

async function indexOf(bytes: Uint8Array, isWanted: () => boolean): Promise<Index | null> {
	const steps = new Steps(isWanted);
	let places = new Uint32Array(WORDS * 64);
	let count = 0;
	let start = firstRow;
	for (;;) {
		if (start.row % EVERY === 0) {
			if (steps.over && !(await steps.next())) return null;
			if (count === places.length) {
				const grown = new Uint32Array(2 * count);
				grown.set(places);
				places = grown;
			}
			places.set([start.offset, start.line, start.column, start.string], count);
			count += WORDS;
		}
		const { next } = readRow(bytes, start);
		if (!next) return { places: places.slice(0, count), rows: start.row + 1, lines: start.line };
		start = next;
	}
}
