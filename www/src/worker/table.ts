/**
 * Every value of a payload that has a row, as numbers: one entry of five words a value, those above before those below. It is the layout
 * of the core's outline (`pkg/src/core/outline.ts`), which stands here as it is; what an outline does not have is of shape 3, `other`:
 *
 *   1        bits 2–4 its {@link Kind}, bit 5 the name has escapes, bit 6 it ends too early or is no JSON, bit 9 it has no name,
 *            bits 10–31 length of the name as written
 *   2, 3     for what may hold rows: number of children, number of descendants; for a JSON scalar: where the value begins and ends
 *   4        of a JSON value: where it ends; of a page: where its text begins
 */
import { parsed, repeatedTextOf, textOf } from '../../../pkg/src/core/bytes.js';
import { FIELD, field, tag, valueType } from '../../../pkg/src/core/outline.js';
import { endOfValue, member, nextToken } from '../../../pkg/src/core/steps.js';
import type { Confidence, LocationData } from '../../../pkg/src/core/types.js';
import type { Shape } from './calls/tree.js';
import { textLength, textStart } from './text.js';

/** What an entry of shape `other` is. */
export const kind = {
	classification: 0,
	crop: 1,
	split: 2,
	page: 3,
	word: 4,
	jsonObject: 5,
	jsonArray: 6,
	jsonScalar: 7,
} as const;

/** What an entry of shape `other` is. */
export type Kind = (typeof kind)[keyof typeof kind];

const OTHER = 3;
const ESCAPED = 32;
const BROKEN = 64;
const ITEM = 512;
/** A longer name is looked for by its closing quote. */
const LONGEST_NAME = 2 ** 22 - 1;

/** Shapes of {@link Kind}s; a scalar's is told by its first byte. */
const kindShapes: readonly Shape[] = ['classification', 'crop', 'split', 'page', 'word', 'object', 'list'];

/** The tag of an entry of shape `other`. */
export function otherTag(what: Kind, name: { length: number; escaped: boolean } | null, broken = false): number {
	const named = name ? (Math.min(name.length, LONGEST_NAME) << 10) | (name.escaped ? ESCAPED : 0) : ITEM;
	return (named | (what << 2) | (broken ? BROKEN : 0) | OTHER) >>> 0;
}

/** Bytes of locations that are read at once. */
const PART = 1 << 16;

/** A stretch of bytes. */
export interface Span {
	start: number;
	end: number;
}

/** What is added to a table whose entries cannot hold it: copies of members that later ones of the same key replace. */
export interface Additions {
	/** Members below entries that hold none otherwise. */
	readonly below: ReadonlyMap<number, { children: number; descendants: number }>;
	/** The entries that are replaced. */
	readonly shadowed: ReadonlySet<number>;
	/** How their pointers go on from the entry above; from the whole payload where there is none. */
	readonly steps: ReadonlyMap<number, readonly (string | number)[]>;
}

/** The values of a payload. An entry is told by its number, from 0. */
export class Table {
	/** How many entries there are. */
	readonly count: number;
	/** How many of them are at the first level. */
	readonly top: number;

	/**
	 * @param base where the first entry begins in `words`
	 * @param root the steps of a pointer before the name of an entry of the first level
	 */
	constructor(
		readonly bytes: Uint8Array,
		readonly words: Uint32Array,
		readonly base: number,
		count: number,
		readonly root: readonly string[],
		readonly additions: Additions | null = null,
	) {
		this.count = count;
		let top = 0;
		for (let id = 0; id < count; id = this.next(id)) top++;
		this.top = top;
	}

	/** Word `part` of an entry. */
	word(id: number, part: number): number {
		return this.words[this.base + id * FIELD + part] as number;
	}

	/** What an entry of shape `other` is; -1 for a field. */
	kind(id: number): Kind | -1 {
		const bits = this.word(id, field.tag);
		return tag.shape(bits) === (OTHER as number) ? (((bits >> 2) & 7) as Kind) : -1;
	}

	/** Whether it holds rows by what it is, though there may be none. */
	isBranch(id: number): boolean {
		const bits = this.word(id, field.tag);
		const shape = bits & 3;
		return shape !== 0 && !(shape === OTHER && ((bits >> 2) & 7) === kind.jsonScalar);
	}

	/** How many entries are directly below. */
	children(id: number): number {
		return this.isBranch(id) ? this.word(id, field.children) : (this.additions?.below.get(id)?.children ?? 0);
	}

	/** How many entries are below. */
	descendants(id: number): number {
		return this.isBranch(id) ? this.word(id, field.descendants) : (this.additions?.below.get(id)?.descendants ?? 0);
	}

	/** The entry behind an entry and all that is in it. */
	next(id: number): number {
		return id + 1 + this.descendants(id);
	}

	/** The entries directly below, or for -1 those of the first level. */
	childrenOf(id: number): Uint32Array {
		const children = new Uint32Array(id < 0 ? this.top : this.children(id));
		for (let at = id + 1, index = 0; index < children.length; index++, at = this.next(at)) children[index] = at;
		return children;
	}

	/** Whether it is an element of an array. */
	isItem(id: number): boolean {
		return tag.isItem(this.word(id, field.tag));
	}

	/** Whether a later member of the same key replaces it. */
	isShadowed(id: number): boolean {
		return this.additions?.shadowed.has(id) ?? false;
	}

	/** Where it begins: the opening quote of its name, or its value. */
	start(id: number): number {
		return this.word(id, field.begin) - (this.isItem(id) ? 0 : 1);
	}

	/** Where its name stands, with the quotes. */
	nameSpan(id: number): Span | null {
		const bits = this.word(id, field.tag);
		if (tag.isItem(bits)) return null;
		const start = this.word(id, field.begin) - 1;
		const length = tag.nameLength(bits);
		return { start, end: length < LONGEST_NAME ? start + length + 2 : endOfValue(this.bytes, start) };
	}

	/** Its name, at most `length` UTF-16 units; `null` for an element of an array. */
	name(id: number, length = Number.POSITIVE_INFINITY): string | null {
		const span = this.nameSpan(id);
		if (!span) return null;
		const [start, end] = [span.start + 1, span.end - 1];
		const escaped = tag.nameEscaped(this.word(id, field.tag));
		if (!escaped && end - start <= 40) return repeatedTextOf(this.bytes, start, end);
		return textStart(this.bytes, start, end, escaped, length);
	}

	/** Where the JSON value of an entry begins: of a field its object. */
	valueStart(id: number): number {
		if (this.kind(id) === kind.jsonScalar) return this.word(id, field.valueStart);
		const name = this.nameSpan(id);
		if (!name) return this.word(id, field.begin);
		return nextToken(this.bytes, nextToken(this.bytes, name.end) + 1);
	}

	/** Where the JSON value of an entry stands: of a field its object. */
	span(id: number): Span {
		const start = this.valueStart(id);
		switch (this.kind(id)) {
			case kind.jsonScalar:
				return { start, end: this.word(id, field.valueEnd) };
			case kind.jsonObject:
			case kind.jsonArray:
				return { start, end: this.word(id, field.locations) };
			default:
				return { start, end: endOfValue(this.bytes, start) };
		}
	}

	/** Where the value stands that {@link text} shows; `null` where it shows none. */
	textSpan(id: number): Span | null {
		if (!this.isBranch(id)) return { start: this.word(id, field.valueStart), end: this.word(id, field.valueEnd) };
		const what = this.kind(id);
		const key = what < 0 ? undefined : textKeys[what];
		if (!key) return null;
		const start = what === kind.page ? this.word(id, field.locations) : member(this.bytes, this.valueStart(id), key);
		return { start, end: endOfValue(this.bytes, start) };
	}

	/** Bytes in which the name and the value stand, among others; `null` where it is not known without reading on. */
	textRegion(id: number): Span | null {
		const what = this.kind(id);
		if (what >= kind.classification && what <= kind.page) return null;
		return { start: this.start(id), end: id + 1 < this.count ? this.start(id + 1) : this.bytes.length };
	}

	/** The value as written, at most `length` UTF-16 units; of what holds rows what stands beside its name. */
	text(id: number, length = Number.POSITIVE_INFINITY): string {
		const span = this.textSpan(id);
		if (!span) return '';
		const quoted = isQuoted(this.bytes, span);
		const trim = quoted ? 1 : 0;
		return textStart(this.bytes, span.start + trim, span.end - trim, quoted && this.#mayEscape(id), length);
	}

	/** Length of the whole {@link text} in UTF-16 units. */
	textLength(id: number): number {
		const span = this.textSpan(id);
		if (!span) return 0;
		const trim = isQuoted(this.bytes, span) ? 1 : 0;
		return textLength(this.bytes, span.start + trim, span.end - trim, trim > 0);
	}

	/** `false` spares the search for escapes. */
	#mayEscape(id: number): boolean {
		const bits = this.word(id, field.tag);
		return tag.shape(bits) !== 0 || tag.value(bits) !== valueType.string;
	}

	/** What it is, as the page names it. */
	shape(id: number): Shape {
		const bits = this.word(id, field.tag);
		const shape = tag.shape(bits) as number;
		if (shape === 1) return 'object';
		if (shape === 2) return 'list';
		if (shape === 0) return valueShapes[tag.value(bits)] as Shape;
		if ((bits & BROKEN) !== 0) return 'broken';
		return kindShapes[this.kind(id)] ?? scalarShape(this.bytes[this.word(id, field.valueStart)]);
	}

	/** How sure the platform is of it. */
	confidence(id: number): Confidence | null {
		const bits = this.word(id, field.tag);
		return tag.shape(bits) === (OTHER as number) ? null : tag.confidence(bits);
	}

	/** Whether it is a value without a place: of a word or a field that holds no rows. */
	isUnlocated(id: number): boolean {
		const what = this.kind(id);
		if (what === kind.word) return this.locations(id)[0]?.polygon.length === 0;
		if (what >= 0 || this.isBranch(id)) return false;
		const at = this.word(id, field.locations);
		return at === 0 || this.bytes[nextToken(this.bytes, at + 1)] === 0x5d;
	}

	/** Where it was read. A word is on the page that holds it, which it does not say itself: there `page` is 0. */
	locations(id: number): LocationData[] {
		const { bytes } = this;
		switch (this.kind(id)) {
			case -1: {
				const at = this.word(id, field.locations);
				return at === 0 ? [] : (parsed(bytes, at, endOfValue(bytes, at)) as LocationData[]);
			}
			case kind.crop: {
				const at = member(bytes, this.valueStart(id), 'location');
				return [parsed(bytes, at, endOfValue(bytes, at)) as LocationData];
			}
			case kind.word: {
				const at = member(bytes, this.valueStart(id), 'polygon');
				return [{ page: 0, polygon: parsed(bytes, at, endOfValue(bytes, at)) as [number, number][] }];
			}
			default:
				return [];
		}
	}

	/** The same one after the other: of very many no more than a part is read at once. */
	*eachLocation(id: number): Generator<LocationData> {
		const { bytes } = this;
		const list = this.kind(id) < 0 ? this.word(id, field.locations) : 0;
		if (list === 0) {
			yield* this.locations(id);
			return;
		}
		let at = nextToken(bytes, list + 1);
		while (bytes[at] === 0x7b) {
			const start = at;
			let end = at;
			do {
				end = endOfValue(bytes, at);
				at = nextToken(bytes, end);
				if (bytes[at] === 0x2c) at = nextToken(bytes, at + 1);
			} while (bytes[at] === 0x7b && end - start < PART);
			yield* JSON.parse(`[${textOf(bytes, start, end)}]`) as LocationData[];
		}
	}

	/** Where its polygons stand, the first `most`. */
	polygonSpans(id: number, most: number): Span[] {
		const { bytes } = this;
		const what = this.kind(id);
		const spanOf = (at: number): Span => ({ start: at, end: endOfValue(bytes, at) });
		if (what === kind.word) return [spanOf(member(bytes, this.valueStart(id), 'polygon'))];
		if (what === kind.crop) {
			return [spanOf(member(bytes, member(bytes, this.valueStart(id), 'location'), 'polygon'))];
		}
		const list = what < 0 ? this.word(id, field.locations) : 0;
		const spans: Span[] = [];
		let at = list === 0 ? 0 : nextToken(bytes, list + 1);
		while (at > 0 && bytes[at] === 0x7b && spans.length < most) {
			spans.push(spanOf(member(bytes, at, 'polygon')));
			at = nextToken(bytes, endOfValue(bytes, at));
			if (bytes[at] === 0x2c) at = nextToken(bytes, at + 1);
		}
		return spans;
	}

	/** First and last page of a split. */
	pageRange(id: number): [number, number] {
		const at = member(this.bytes, this.valueStart(id), 'page_range');
		return parsed(this.bytes, at, endOfValue(this.bytes, at)) as [number, number];
	}

	/** The entries that lead to one, from the first level down, and it. */
	chain(id: number): number[] {
		const chain: number[] = [];
		for (let at = 0; at <= id; ) {
			const next = this.next(at);
			if (next <= id) {
				at = next;
				continue;
			}
			chain.push(at);
			at++;
		}
		return chain;
	}
}

/** The member that stands beside the name of what holds rows. */
const textKeys: readonly (string | undefined)[] = [
	'document_type',
	'object_type',
	'document_type',
	'content',
	'content',
	undefined,
	undefined,
];

const valueShapes: readonly Shape[] = ['null', 'string', 'string', 'number', 'boolean', 'boolean'];

function isQuoted(bytes: Uint8Array, { start, end }: Span): boolean {
	return end - start >= 2 && bytes[start] === 0x22 && bytes[end - 1] === 0x22;
}

function scalarShape(first: number | undefined): Shape {
	switch (first) {
		case 0x22:
			return 'string';
		case 0x74: // t
		case 0x66: // f
			return 'boolean';
		case 0x6e: // n
			return 'null';
		default:
			return 'number';
	}
}
