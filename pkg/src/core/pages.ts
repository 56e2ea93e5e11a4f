/** Pages and words of an OCR, read from the bytes through the outline. */
import { parsed } from './bytes.js';
import type { Source } from './fields.js';
import { flatPolygon } from './geometry.js';
import { HEADER, header, page, pageAt } from './outline.js';
import { endOfValue } from './steps.js';
import type { OcrPage, OcrWord } from './types.js';

/** The pages of an OCR payload. */
export function pagesOf(source: Source): readonly OcrPage[] {
	return Array.from({ length: source.outline[header.count] as number }, (_, index) => new PageView(source, index));
}

class PageView implements OcrPage {
	readonly #source: Source;
	readonly #index: number;
	#words: readonly OcrWord[] | undefined;

	constructor(source: Source, index: number) {
		this.#source = source;
		this.#index = index;
	}

	#part(part: number): number {
		return this.#source.outline[pageAt(this.#source.outline, this.#index) + part] as number;
	}

	get content(): string {
		return parsed(this.#source.bytes, this.#part(page.contentStart) - 1, this.#part(page.contentEnd) + 1) as string;
	}

	get words(): readonly OcrWord[] {
		if (!this.#words) {
			const source = this.#source;
			const first = HEADER + this.#part(page.firstWord);
			const starts = source.outline.subarray(first, first + this.#part(page.words));
			this.#words = Array.from(starts, (start) => new WordView(source.bytes, start));
		}
		return this.#words;
	}

	toJSON(): unknown {
		return parsed(this.#source.bytes, this.#part(page.start), this.#part(page.end));
	}
}

type WordData = Pick<OcrWord, 'content' | 'polygon'>;

class WordView implements OcrWord {
	readonly #bytes: Uint8Array;
	readonly #start: number;

	constructor(bytes: Uint8Array, start: number) {
		this.#bytes = bytes;
		this.#start = start;
	}

	get content(): string {
		return this.toJSON().content;
	}

	get polygon(): [number, number][] {
		return this.toJSON().polygon;
	}

	get points(): Float64Array {
		return flatPolygon(this.polygon);
	}

	toJSON(): WordData {
		return parsed(this.#bytes, this.#start, endOfValue(this.#bytes, this.#start)) as WordData;
	}

	[Symbol.for('nodejs.util.inspect.custom')](): WordData {
		return this.toJSON();
	}
}
