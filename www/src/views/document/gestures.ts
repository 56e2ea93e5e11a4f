/** What hands do on the sheet: point, choose, drag it about, and zoom by wheel or by two fingers. */
import { effect } from '@preact/signals';
import { placement, sheetMarks } from '../../state/document.js';
import { pick } from '../../state/selection.js';
import type { MarkRef } from '../../worker/calls/marks.js';
import { hits, pointAt } from './view.js';
import type { Viewport } from './viewport.js';

/** CSS pixels that a press may wander and still be a click. */
const WANDER = 4;
/** CSS pixels from which a mark without extent can be hit. */
const REACH = 5;
/** CSS pixels of one line of a wheel that counts lines. */
const LINE = 16;
/** How fast a wheel zooms: e-fold for each of so many pixels. */
const WHEEL = 400;

/** Listens on the scroller until the signal aborts. */
export function listen(scroller: HTMLElement, sheet: HTMLElement, viewport: Viewport, end: AbortSignal): void {
	const on = { signal: end };
	let frame = 0;
	let latest: PointerEvent | null = null;
	let drag: { x: number; y: number; left: number; top: number; moved: boolean } | null = null;
	let dragged = false;
	let spaceHeld = false;

	const markAt = ({ clientX, clientY }: MouseEvent): MarkRef | null => markUnder(viewport, clientX, clientY);
	// The screen shows no more than the last place of each frame.
	const pointSoon = () => {
		frame ||= requestAnimationFrame(() => {
			frame = 0;
			if (latest) pointAt(markAt(latest));
		});
	};

	scroller.addEventListener(
		'pointermove',
		(event) => {
			const byFinger = event.pointerType === 'touch';
			if (!byFinger) latest = event;
			if (drag) {
				const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
				if (!drag.moved && Math.hypot(dx, dy) < WANDER) return;
				if (!drag.moved) scroller.setPointerCapture(event.pointerId);
				drag.moved = true;
				scroller.classList.add('dragging');
				scroller.scrollTo({ left: drag.left - dx, top: drag.top - dy, behavior: 'instant' });
				return;
			}
			if (!byFinger) pointSoon();
		},
		on,
	);
	scroller.addEventListener(
		'pointerleave',
		() => {
			latest = null;
			pointAt(null);
		},
		on,
	);
	scroller.addEventListener(
		'pointerdown',
		(event) => {
			dragged = false;
			// A finger scrolls by itself.
			if (event.pointerType === 'touch' || event.button > 1) return;
			if (event.offsetX >= scroller.clientWidth && event.target === scroller) return;
			if (event.button === 1) event.preventDefault();
			const { scrollLeft: left, scrollTop: top } = scroller;
			drag = { x: event.clientX, y: event.clientY, left, top, moved: false };
		},
		on,
	);
	const release = () => {
		dragged = drag?.moved ?? false;
		drag = null;
		scroller.classList.remove('dragging');
	};
	scroller.addEventListener('pointerup', release, on);
	scroller.addEventListener('pointercancel', release, on);
	sheet.addEventListener(
		'click',
		(event) => {
			if (dragged || spaceHeld) return;
			const mark = markAt(event);
			if (mark) void pick(mark);
		},
		on,
	);
	scroller.addEventListener(
		'keydown',
		(event) => {
			if (event.key !== ' ' || event.defaultPrevented) return;
			spaceHeld = true;
			scroller.classList.add('grab');
			event.preventDefault();
		},
		on,
	);
	const letGo = () => {
		spaceHeld = false;
		scroller.classList.remove('grab');
	};
	scroller.addEventListener('keyup', (event) => event.key === ' ' && letGo(), on);
	scroller.addEventListener('focusout', letGo, on);
	// A trackpad's pinch comes as a wheel with Ctrl.
	scroller.addEventListener(
		'wheel',
		(event) => {
			if (!event.ctrlKey && !event.metaKey) return;
			event.preventDefault();
			const by = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE : event.deltaY;
			const zoom = placement.peek()?.zoom ?? 1;
			viewport.zoomAt(zoom * Math.exp(-Math.min(Math.max(by, -200), 200) / WHEEL), event.clientX, event.clientY);
		},
		{ signal: end, passive: false },
	);
	listenForPinches(scroller, viewport, end);
	// The sheet is there before its marks: a pointer that rests on it is on one of them as soon as they are. Not for whoever goes through
	// them by keyboard, and turns the page: a pointer that was left somewhere would take them elsewhere.
	const endPointing = effect(() => {
		if (sheetMarks.value && latest && !scroller.matches(':focus-visible, :has(:focus-visible)')) pointSoon();
	});
	end.addEventListener('abort', () => {
		endPointing();
		cancelAnimationFrame(frame);
	});
}

function listenForPinches(scroller: HTMLElement, viewport: Viewport, end: AbortSignal): void {
	let began: { apart: number; zoom: number } | null = null;
	const apart = ([a, b]: TouchList) => (a && b ? Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) : 0);
	scroller.addEventListener(
		'touchstart',
		({ touches }) => {
			began = touches.length === 2 ? { apart: apart(touches), zoom: placement.peek()?.zoom ?? 1 } : null;
		},
		{ signal: end, passive: true },
	);
	scroller.addEventListener(
		'touchmove',
		(event) => {
			const [a, b] = event.touches;
			if (!began || !a || !b || began.apart === 0) return;
			event.preventDefault();
			const zoom = (began.zoom * apart(event.touches)) / began.apart;
			viewport.zoomAt(zoom, (a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2);
		},
		{ signal: end, passive: false },
	);
}

function markUnder(viewport: Viewport, clientX: number, clientY: number): MarkRef | null {
	const [index, placed, page] = [hits.peek(), placement.peek(), sheetMarks.peek()?.page];
	if (!index || !placed || page === undefined) return null;
	const { x, y } = viewport.placeAt(clientX, clientY);
	const { size, zoom } = placed;
	const mark = index.at(x, y, { x: REACH / (size.width * zoom), y: REACH / (size.height * zoom) });
	return mark < 0 ? null : { page, mark };
}
