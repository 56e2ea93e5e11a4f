/**
 * The earlier copies of duplicate keys, which JSON readers pass over. They become entries of the table where they stand: as fields where
 * they are such, else as the JSON that they are.
 */
import { FIELD, field, HEADER, header, tag } from '../../../pkg/src/core/outline.js';
import { endOfValue, nextToken } from '../../../pkg/src/core/steps.js';
import { outlineOf } from './core.js';
import { Entries } from './entries.js';
import { jsonEntries } from './json-table.js';
import { type Step, stepsBelow, stepsTo } from './path.js';
import { Table } from './table.js';
import { textStart } from './text.js';

/** Copies that become entries; a payload with more of them is an attack or an accident. */
const COPIES = 10_000;

/** An earlier copy. */
interface Copy {
	/** Its opening quote. */
	key: number;
	/** Where its value begins and ends. */
	start: number;
	end: number;
	/** The steps to it from the whole payload. */
	steps: Step[];
}

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The table with the copies that `bytes`, which are right JSON, hold. */
export function withDuplicates(table: Table): Table {
	const { bytes } = table;
	const all = findCopies(bytes);
	if (all.length === 0) return table;
	const outer: Copy[] = [];
	// A copy within a copy comes with it.
	for (const copy of all) if (copy.key >= (outer.at(-1)?.end ?? 0)) outer.push(copy);
	return merged(table, outer, new Set(all.map(({ key }) => key)));
}

/** Every earlier copy, in the order of the bytes. */
function findCopies(bytes: Uint8Array): Copy[] {
	const found: Copy[] = [];
	/** For each open container: the keys that were seen and where, `null` for an array; and which element or member one is at. */
	const open: { keys: Map<string, number> | null; index: number; name: string }[] = [];
	let at = nextToken(bytes, bytes[0] === 0xef ? 3 : 0);
	while (at < bytes.length && found.length < COPIES) {
		const byte = bytes[at];
		const within = open.at(-1);
		if (byte === QUOTE) {
			const end = endOfValue(bytes, at);
			const behind = nextToken(bytes, end);
			if (within?.keys && bytes[behind] === COLON) {
				const name = textStart(bytes, at + 1, end - 1, true, Number.POSITIVE_INFINITY);
				const earlier = within.keys.get(name);
				if (earlier !== undefined) {
					const start = nextToken(bytes, nextToken(bytes, endOfValue(bytes, earlier)) + 1);
					const steps = open.slice(0, -1).map((each) => (each.keys ? each.name : each.index));
					found.push({ key: earlier, start, end: endOfValue(bytes, start), steps: [...steps, name] });
				}
				within.keys.set(name, at);
				within.name = name;
				at = behind + 1;
			} else at = end;
		} else {
			if (byte === OPEN_OBJECT) open.push({ keys: new Map(), index: 0, name: '' });
			else if (byte === OPEN_ARRAY) open.push({ keys: null, index: 0, name: '' });
			else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) open.pop();
			else if (byte === COMMA && within) within.index++;
			at++;
		}
	}
	return found.sort((a, b) => a.key - b.key);
}

/** The table with copies put in at their places. */
function merged(table: Table, copies: readonly Copy[], keys: ReadonlySet<number>): Table {
	const places = new Places(table);
	const entries = new Entries(table.count + copies.length);
	const shadowed = new Set<number>();
	const steps = new Map<number, readonly Step[]>();
	/** What the entries of the old table hold more, and where new ones came between them. */
	const more = new Map<number, { children: number; descendants: number }>();
	const inserted: { before: number; count: number }[] = [];
	let from = 0;
	const addOld = (to: number) => {
		const start = table.base + from * FIELD;
		entries.append(table.words.subarray(start, start + (to - from) * FIELD));
		from = to;
	};
	for (const copy of copies) {
		const { before, parent, path } = places.of(copy.key);
		addOld(before);
		const first = entries.count;
		const relative = parent < 0 ? copy.steps : copy.steps.slice(path);
		addCopy(entries, table, parent, copy, relative);
		const { count } = entries;
		steps.set(first, relative);
		shadowed.add(first);
		markWithin(entries, first, keys, shadowed);
		inserted.push({ before, count: count - first });
		for (let above = parent, children = 1; above >= 0; above = places.parents[above] as number, children = 0) {
			const known = more.get(above) ?? { children: 0, descendants: 0 };
			more.set(above, {
				children: known.children + children,
				descendants: known.descendants + count - first,
			});
		}
	}
	addOld(table.count);

	const below = new Map<number, { children: number; descendants: number }>();
	let shift = 0;
	let next = 0;
	for (const [old, added] of [...more].sort(([a], [b]) => a - b)) {
		for (; next < inserted.length && (inserted[next]?.before as number) <= old; next++) {
			shift += inserted[next]?.count as number;
		}
		const id = old + shift;
		if (table.isBranch(old)) {
			entries.set(id, field.children, entries.get(id, field.children) + added.children);
			entries.set(id, field.descendants, entries.get(id, field.descendants) + added.descendants);
		} else below.set(id, added);
	}
	return new Table(table.bytes, entries.words, 0, entries.count, table.root, { below, shadowed, steps });
}

/** Finds out where in a table something belongs that it does not hold. */
class Places {
	/** The entry above each; -1 for none. */
	readonly parents: Int32Array;
	readonly #table: Table;
	readonly #ends = new Map<number, number>();
	readonly #lengths = new Map<number, number>();

	constructor(table: Table) {
		this.#table = table;
		this.parents = new Int32Array(table.count);
		const open: { id: number; next: number }[] = [];
		for (let id = 0; id < table.count; id++) {
			while (id >= (open.at(-1)?.next ?? Number.POSITIVE_INFINITY)) open.pop();
			this.parents[id] = open.at(-1)?.id ?? -1;
			if (table.descendants(id) > 0) open.push({ id, next: table.next(id) });
		}
	}

	/** The first entry behind a byte, the innermost one around it, and how many steps lead there. */
	of(byte: number): { before: number; parent: number; path: number } {
		const table = this.#table;
		let [low, high] = [0, table.count];
		while (low < high) {
			const middle = (low + high) >> 1;
			if (table.start(middle) <= byte) low = middle + 1;
			else high = middle;
		}
		let parent = low - 1;
		while (parent >= 0 && this.#end(parent) <= byte) parent = this.parents[parent] as number;
		return { before: low, parent, path: parent < 0 ? 0 : this.#length(parent) };
	}

	#end(id: number): number {
		let end = this.#ends.get(id);
		if (end === undefined) {
			end = this.#table.span(id).end;
			this.#ends.set(id, end);
		}
		return end;
	}

	#length(id: number): number {
		let length = this.#lengths.get(id);
		if (length === undefined) {
			length = stepsTo(this.#table, id).length;
			this.#lengths.set(id, length);
		}
		return length;
	}
}

const [BEFORE, BEHIND] = [
	'{"inference":{"id":"","job":{"id":""},"model":{"id":""},"file":{"name":"","page_count":1,"mime_type":""},"result":{"fields":{',
	'}},"active_options":{"raw_text":false,"polygon":false,"confidence":false,"rag":false,"text_context":false,"data_schema":{"replace":false}}}}',
].map((text) => new TextEncoder().encode(text)) as [Uint8Array, Uint8Array];

/** Adds a copy: as a field where it is one, which the core is asked by a payload that holds nothing else. */
function addCopy(entries: Entries, table: Table, parent: number, { key, end }: Copy, relative: readonly Step[]): void {
	const { bytes } = table;
	const usual = stepsBelow(table, parent);
	const isUsual = relative.length === usual.length + 1 && usual.every((step, index) => relative[index] === step);
	if (isUsual && usual.at(-1) === 'fields') {
		const payload = new Uint8Array(BEFORE.length + end - key + BEHIND.length);
		payload.set(BEFORE);
		payload.set(bytes.subarray(key, end), BEFORE.length);
		payload.set(BEHIND, BEFORE.length + end - key);
		const outline = outlineOf(payload);
		if (outline) {
			const fields = outline[header.count] as number;
			entries.append(outline.subarray(HEADER, HEADER + fields * FIELD), key - BEFORE.length);
			return;
		}
	}
	entries.append(jsonEntries(bytes, { start: key, end }, true).words);
}

/** Marks the copies within a copy. */
function markWithin(entries: Entries, first: number, keys: ReadonlySet<number>, shadowed: Set<number>): void {
	for (let id = first + 1; id < entries.count; id++) {
		if (!tag.isItem(entries.get(id, field.tag)) && keys.has(entries.get(id, field.begin) - 1)) shadowed.add(id);
	}
}
