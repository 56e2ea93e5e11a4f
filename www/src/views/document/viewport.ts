/** The window that the sheet is seen through: what of it is seen, and how it scrolls when the page is zoomed or a mark is to be shown. */
import type { BoundingBox } from '../../../../pkg/src/core/geometry.js';
import { type Placement, type Point, sheetSize, toPage, toSheet } from '../../document/geometry.js';
import { space, zoomTo } from '../../state/document.js';
import { MOST_CANVAS_PIXELS, type Region, ratio, seen } from './view.js';

/** A place of the page that stays where it is on the screen while the page is zoomed. */
interface Anchor {
	place: Point;
	clientX: number;
	clientY: number;
}

/** CSS pixels around the sheet, as in the style sheet. */
const MARGIN = 16;
/** CSS pixels that a mark keeps from the edge when it is scrolled to. */
const AIR = 48;
/** How much more than what is seen is painted, in parts of it on each side. */
const AROUND = 0.3;

export class Viewport {
	readonly #scroller: HTMLElement;
	readonly #sheet: HTMLElement;
	readonly #end = new AbortController();
	readonly #resized: ResizeObserver;
	#placement: Placement | null = null;
	/** What was seen when that was last looked at. */
	#seen: Region = { left: 0, top: 0, width: 0, height: 0 };
	#anchor: Anchor | null = null;
	#frame = 0;

	constructor(scroller: HTMLElement, sheet: HTMLElement) {
		this.#scroller = scroller;
		this.#sheet = sheet;
		this.#resized = new ResizeObserver(() => this.#measure());
		this.#resized.observe(scroller);
		this.#measure();
		scroller.addEventListener(
			'scroll',
			() => {
				this.#frame ||= requestAnimationFrame(() => {
					this.#frame = 0;
					this.#remember();
				});
			},
			{ signal: this.#end.signal, passive: true },
		);
	}

	dispose(): void {
		this.#end.abort();
		this.#resized.disconnect();
		cancelAnimationFrame(this.#frame);
		seen.value = null;
	}

	/** Zooms with the place below a point of the screen held. */
	zoomAt(zoom: number, clientX: number, clientY: number): void {
		if (!this.#placement) return;
		this.#anchor = { place: this.placeAt(clientX, clientY), clientX, clientY };
		zoomTo(zoom);
	}

	/** The place of the page at a point of the screen; outside 0…1 beside the page. */
	placeAt(clientX: number, clientY: number): Point {
		const { left, top } = this.#sheet.getBoundingClientRect();
		const placement = this.#placement as Placement;
		return toPage(placement, { x: clientX - left, y: clientY - top });
	}

	/**
	 * Takes note that the sheet was laid out. What was zoomed about stays in its place, else `held`, if it was seen, else the middle.
	 * Another page (`turned`) is seen from its top.
	 */
	settle(placement: Placement, turned: boolean, held: Point | null): void {
		const { place, clientX, clientY } = this.#anchor ?? this.#hold(turned, held);
		this.#anchor = null;
		this.#placement = placement;
		const { left, top } = this.#sheet.getBoundingClientRect();
		const { x, y } = toSheet(placement, place);
		this.#scroller.scrollBy({ left: left + x - clientX, top: top + y - clientY, behavior: 'instant' });
		this.#remember();
	}

	/** Scrolls so that a part of the page is seen, if it is not. */
	show(box: BoundingBox): void {
		const placement = this.#placement;
		if (!placement) return;
		const [a, b] = [
			toSheet(placement, { x: box.left, y: box.top }),
			toSheet(placement, { x: box.right, y: box.bottom }),
		];
		const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)];
		const [top, bottom] = [Math.min(a.y, b.y), Math.max(a.y, b.y)];
		const window = this.visible();
		const dx = shift(left, right, window.left, window.width);
		const dy = shift(top, bottom, window.top, window.height);
		if (dx === 0 && dy === 0) return;
		const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
		this.#scroller.scrollBy({ left: dx, top: dy, behavior: calm ? 'instant' : 'smooth' });
	}

	/** What is seen, in CSS pixels of the sheet; beyond its edges where there is space beside it. */
	visible(): Region {
		const [window, sheet] = [this.#scroller.getBoundingClientRect(), this.#sheet.getBoundingClientRect()];
		const { clientWidth, clientHeight } = this.#scroller;
		return { left: window.left - sheet.left, top: window.top - sheet.top, width: clientWidth, height: clientHeight };
	}

	/** The place that is to stay where it is in a window that was not zoomed about a point. */
	#hold(turned: boolean, held: Point | null): Anchor {
		const { left, top } = this.#scroller.getBoundingClientRect();
		const [window, before] = [this.#seen, this.#placement];
		const middle = { x: window.left + window.width / 2, y: window.top + window.height / 2 };
		if (turned || !before) {
			return { place: { x: 0.5, y: 0 }, clientX: left + this.#scroller.clientWidth / 2, clientY: top + MARGIN };
		}
		const at = held && toSheet(before, held);
		const isSeen =
			at &&
			at.x >= window.left &&
			at.y >= window.top &&
			at.x <= window.left + window.width &&
			at.y <= window.top + window.height;
		const { x, y } = isSeen ? at : middle;
		return { place: toPage(before, { x, y }), clientX: left + x - window.left, clientY: top + y - window.top };
	}

	#measure(): void {
		const { clientWidth, clientHeight } = this.#scroller;
		space.value = {
			width: Math.max(clientWidth - 2 * MARGIN, 40),
			height: Math.max(clientHeight - 2 * MARGIN, 40),
		};
		if (this.#placement) this.#remember();
	}

	/** Notes what is seen, and what of it is to be painted. */
	#remember(): void {
		const placement = this.#placement;
		if (!placement) return;
		const window = this.visible();
		this.#seen = window;
		const next = this.#regionOf(placement, window);
		const now = seen.peek();
		const kept = now?.placement === placement && (now.region === next || isSame(now.region, next));
		if (!kept) seen.value = { placement, region: next };
	}

	#regionOf(placement: Placement, window: Region): Region {
		const { width, height } = sheetSize(placement);
		const most = MOST_CANVAS_PIXELS / ratio.peek() ** 2;
		if (width * height <= most) return { left: 0, top: 0, width, height };
		const needed = clip(window, 0, width, height);
		const now = seen.peek();
		if (now?.placement === placement && contains(now.region, needed)) return now.region;
		const more = clip(window, AROUND, width, height);
		return more.width * more.height <= most ? more : needed;
	}
}

/** How far to scroll in one direction. */
function shift(from: number, to: number, start: number, length: number): number {
	if (from >= start && to <= start + length) return 0;
	// What does not fit is shown from its beginning.
	if (to - from > length - 2 * AIR) return from - AIR - start;
	return (from + to) / 2 - (start + length / 2);
}

function clip({ left, top, width, height }: Region, around: number, sheetWidth: number, sheetHeight: number): Region {
	const x = Math.min(Math.max(left - around * width, 0), sheetWidth);
	const y = Math.min(Math.max(top - around * height, 0), sheetHeight);
	return {
		left: x,
		top: y,
		width: Math.max(Math.min(left + width * (1 + around), sheetWidth) - x, 1),
		height: Math.max(Math.min(top + height * (1 + around), sheetHeight) - y, 1),
	};
}

function contains(outer: Region, inner: Region): boolean {
	return (
		inner.left >= outer.left &&
		inner.top >= outer.top &&
		inner.left + inner.width <= outer.left + outer.width &&
		inner.top + inner.height <= outer.top + outer.height
	);
}

function isSame(a: Region, b: Region): boolean {
	return a.left === b.left && a.top === b.top && a.width === b.width && a.height === b.height;
}
