/** Paints the page onto the sheet: sharp in what is seen, and never blank while it is painted anew. */

import type { Placement, Rotation } from '../../document/geometry.js';
import { rotated } from '../../document/geometry.js';
import type { Area, OpenedDocument } from '../../document/opened.js';
import type { Region } from './view.js';

/** What is to be seen. */
export interface Wanted {
	document: OpenedDocument;
	page: number;
	placement: Placement;
	region: Region;
	/** Pixels of the screen in one CSS pixel. */
	ratio: number;
}

/** A canvas that lies on the sheet. */
interface Layer {
	canvas: HTMLCanvasElement;
	scale: number;
	/** In its own pixels; `null` for the whole page. */
	area: Area | null;
}

/** Milliseconds that a page rests before it is painted anew. */
const REST = 90;
/** Pixels of the coarse picture that lies below a page too large to be painted at once. */
const COARSE_PIXELS = 1_500_000;

/** One sheet of paper. */
export class Paper {
	readonly #host: HTMLElement;
	readonly #painted: () => void;
	readonly #failed: () => void;
	/** What the layers show. */
	#shows: { document: OpenedDocument; page: number; rotation: Rotation } | null = null;
	#coarse: Layer | null = null;
	#sharp: Layer | null = null;
	#painting = new AbortController();
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(host: HTMLElement, painted: () => void, failed: () => void) {
		this.#host = host;
		this.#painted = painted;
		this.#failed = failed;
	}

	/** Shows a page as it is wanted now; `null` for blank paper. */
	show(wanted: Wanted | null): void {
		clearTimeout(this.#timer);
		const shows = this.#shows;
		if (!wanted) {
			this.clear();
			return;
		}
		const { document, page, placement } = wanted;
		if (shows?.document !== document || shows.page !== page || shows.rotation !== placement.rotation) {
			this.clear();
			this.#shows = { document, page, rotation: placement.rotation };
		} else if (this.#isSharp(wanted)) {
			this.#painting.abort();
			this.#settled();
			return;
		}
		this.#host.ariaBusy = 'true';
		this.#timer = setTimeout(() => void this.#paint(wanted), this.#sharp ? REST : 0);
	}

	/** Takes everything away. */
	clear(): void {
		clearTimeout(this.#timer);
		this.#painting.abort();
		this.#host.replaceChildren();
		this.#host.ariaBusy = 'false';
		this.#shows = null;
		this.#coarse = null;
		this.#sharp = null;
	}

	#isSharp({ placement, region, ratio }: Wanted): boolean {
		const sharp = this.#sharp;
		if (!sharp || sharp.scale !== placement.zoom * ratio) return false;
		if (!sharp.area) return true;
		const { left, top, width, height } = areaOf(region, ratio);
		const { area } = sharp;
		return (
			left >= area.left &&
			top >= area.top &&
			left + width <= area.left + area.width &&
			top + height <= area.top + area.height
		);
	}

	async #paint(wanted: Wanted): Promise<void> {
		this.#painting.abort();
		const painting = new AbortController();
		this.#painting = painting;
		const { placement, region, ratio } = wanted;
		const scale = placement.zoom * ratio;
		try {
			if (isWhole(region, placement)) {
				const whole = await this.#layer(wanted, scale, null, painting.signal);
				this.#coarse?.canvas.remove();
				this.#coarse = null;
				this.#sharp = this.#replace(this.#sharp, whole);
			} else {
				if (this.#sharp && !this.#sharp.area) {
					this.#coarse?.canvas.remove();
					this.#coarse = this.#sharp;
					this.#sharp = null;
				}
				if (!this.#coarse) {
					const { width, height } = placement.size;
					const coarse = Math.min(scale, Math.sqrt(COARSE_PIXELS / (width * height)));
					const layer = await this.#layer(wanted, coarse, null, painting.signal);
					this.#host.prepend(layer.canvas);
					this.#coarse = layer;
				}
				const part = await this.#layer(wanted, scale, areaOf(region, ratio), painting.signal);
				this.#sharp = this.#replace(this.#sharp, part);
			}
			this.#settled();
		} catch {
			if (painting.signal.aborted) return;
			this.clear();
			this.#failed();
		}
	}

	#replace(before: Layer | null, layer: Layer): Layer {
		this.#host.append(layer.canvas);
		before?.canvas.remove();
		return layer;
	}

	#settled(): void {
		this.#host.ariaBusy = 'false';
		this.#painted();
	}

	async #layer(wanted: Wanted, scale: number, area: Area | null, signal: AbortSignal): Promise<Layer> {
		const { document: opened, page, placement } = wanted;
		const canvas = document.createElement('canvas');
		await opened.paint(page, canvas, { scale, rotation: placement.rotation, signal, ...(area ? { area } : {}) });
		signal.throwIfAborted();
		const { width, height } = rotated(placement.size, placement.rotation);
		// In parts of the sheet, so that the layer follows a zoom until it is painted anew; by the canvas's own whole pixels, so that none
		// of them is stretched until then.
		const part = area ?? { left: 0, top: 0, width: canvas.width, height: canvas.height };
		canvas.style.left = percent(part.left, width * scale);
		canvas.style.top = percent(part.top, height * scale);
		canvas.style.width = percent(part.width, width * scale);
		canvas.style.height = percent(part.height, height * scale);
		return { canvas, scale, area };
	}
}

function percent(part: number, whole: number): string {
	return `${(100 * part) / whole}%`;
}

/** A region in whole pixels of the screen. */
function areaOf({ left, top, width, height }: Region, ratio: number): Area {
	const [x, y] = [Math.floor(left * ratio), Math.floor(top * ratio)];
	return {
		left: x,
		top: y,
		width: Math.ceil((left + width) * ratio) - x,
		height: Math.ceil((top + height) * ratio) - y,
	};
}

function isWhole(region: Region, { size, zoom, rotation }: Placement): boolean {
	const { width, height } = rotated(size, rotation);
	return region.left === 0 && region.top === 0 && region.width === width * zoom && region.height === height * zoom;
}
