/** Small pictures of pages, painted one after the other and only while somebody looks. */
import { pixelSize } from './bitmap.js';
import { type Rotation, rotated, type Size } from './geometry.js';
import type { OpenedDocument } from './opened.js';

/** Pictures that are kept. */
const KEPT = 150;

/** The small pictures of one document, turned one way. */
export class Thumbnails {
	readonly #document: OpenedDocument;
	readonly #rotation: Rotation;
	/** Pixels that a picture fits in. */
	readonly #space: Size;
	/** Painted ones, the one used last at the end. */
	readonly #painted = new Map<number, HTMLCanvasElement>();
	#busy: Promise<unknown> = Promise.resolve();

	constructor(document: OpenedDocument, rotation: Rotation, space: Size) {
		this.#document = document;
		this.#rotation = rotation;
		this.#space = space;
	}

	/** The picture of a page that was painted before. */
	at(page: number): HTMLCanvasElement | null {
		return this.#painted.get(page) ?? null;
	}

	/** Paints a page as soon as those before it are done; rejects once nobody waits for it. */
	paint(page: number, signal: AbortSignal): Promise<HTMLCanvasElement> {
		const painted = this.#busy.then(async () => {
			signal.throwIfAborted();
			return this.at(page) ?? (await this.#paint(page, signal));
		});
		this.#busy = painted.catch(() => {});
		return painted;
	}

	async #paint(page: number, signal: AbortSignal): Promise<HTMLCanvasElement> {
		const size = await this.#document.size(page);
		const { width, height } = rotated(size, this.#rotation);
		const scale = Math.min(this.#space.width / width, this.#space.height / height);
		const canvas = document.createElement('canvas');
		Object.assign(canvas, pixelSize(size, scale, this.#rotation));
		await this.#document.paint(page, canvas, { scale, rotation: this.#rotation, signal });
		this.#painted.set(page, canvas);
		const [oldest] = this.#painted.keys();
		if (this.#painted.size > KEPT && oldest !== undefined) this.#painted.delete(oldest);
		return canvas;
	}
}
