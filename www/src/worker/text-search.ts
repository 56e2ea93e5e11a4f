/** Looking for a text in the pages of text of one payload, in steps. */
import type { TextPlace } from './calls/text.js';
import { lowerBound } from './sorted.js';
import { Steps } from './steps.js';
import { textPattern } from './text-pattern.js';

/** UTF-16 units that are searched at once. */
const CHUNK = 1 << 18;

/** What to look for, and from where. */
export interface WantedText {
	text: string;
	page: number;
	/** The UTF-16 offset from which on a place counts; backwards: before which it must begin. */
	from: number;
	backwards: boolean;
}

/** The search in the texts of one payload. */
export class TextSearch {
	readonly #pages: number;
	readonly #content: (page: number) => string;
	/** The places on the page that was searched last: one turns from one to the next. */
	#known: { page: number; text: string; places: Uint32Array } | null = null;
	/** Counts searches, so that a newer one is known. */
	#asked = 0;

	constructor(pages: number, content: (page: number) => string) {
		this.#pages = pages;
		this.#content = content;
	}

	/** Finds the next place, also on other pages and past the end; `null` when that is no longer wanted. */
	async find(wanted: WantedText, isOpen: () => boolean): Promise<{ place: TextPlace | null } | null> {
		const mine = ++this.#asked;
		const { text, page, from, backwards } = wanted;
		if (text === '') return { place: null };
		const steps = new Steps(() => mine === this.#asked && isOpen());
		// The page that one looks at comes twice: behind the place one is at, and at last before it.
		for (let turned = 0; turned <= this.#pages; turned++) {
			const on = (page + (backwards ? -turned : turned) + this.#pages * turned) % this.#pages;
			const places = await this.#places(on, text, steps);
			if (!places) return null;
			const near = turned === 0 ? lowerBound(places, from) : backwards ? places.length : 0;
			const index = backwards ? near - 1 : near;
			const at = places[index];
			if (at !== undefined) return { place: { page: on, at, index, total: places.length } };
		}
		return { place: null };
	}

	async #places(page: number, text: string, steps: Steps): Promise<Uint32Array | null> {
		if (this.#known?.page === page && this.#known.text === text) return this.#known.places;
		const content = this.#content(page);
		const pattern = textPattern(text, false);
		const found: number[] = [];
		for (let begin = 0; begin < content.length || begin === 0; ) {
			if (steps.over && !(await steps.next())) return null;
			const end = begin + CHUNK;
			// What begins within the chunk may end behind it.
			const chunk = content.slice(begin, end + text.length - 1);
			let next = end;
			for (const { index } of chunk.matchAll(pattern)) {
				if (index >= CHUNK) break;
				found.push(begin + index);
				next = Math.max(end, begin + index + text.length);
			}
			begin = next;
		}
		const places = Uint32Array.from(found);
		this.#known = { page, text, places };
		return places;
	}
}
