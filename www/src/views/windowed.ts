/** Scrolling through any number of rows of one height, of which only a window exists. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Browsers cap the height of an element; a longer list scrolls by proportion. */
const TALLEST = 8_000_000;
/** Rows mounted above and below what is seen. */
const MARGIN = 16;

interface Windowed {
	/** Rows there are. */
	total: number;
	/** The first row that is mounted, and how many are. */
	from: number;
	mounted: number;
	/** Mounts the rows from `from` on. */
	show(from: number, count: number): Promise<void>;
	/** Row height until the style sheet's is measured. */
	rowHeight: number;
	/** The row that is to be in sight at first, and is not to be hidden as less is seen; -1 for none. */
	first: number;
}

/** Ties rows to an element that scrolls and to one whose height is that of a row. */
export function useWindowed({ total, from, mounted, show, rowHeight: assumed, first }: Windowed) {
	const scroller = useRef<HTMLDivElement>(null);
	const probe = useRef<HTMLDivElement>(null);
	const [rowHeight, setRowHeight] = useState(assumed);
	const [, draw] = useState(0);
	/** How far is scrolled, in pixels of all rows: exact, also where the element scrolls by proportion. */
	const exact = useRef(0);
	/** How high the element was when it was last drawn. */
	const seenBefore = useRef(0);
	/** Where the element was scrolled to from here: an event that says so is no news. */
	const placed = useRef(-1);
	const asking = useRef<{ from: number; count: number } | null>(null);
	const next = useRef<{ from: number; count: number } | null>(null);

	const full = total * rowHeight;
	const height = Math.min(full, TALLEST);
	const seen = scroller.current?.clientHeight ?? 0;
	const scaled = full > height;
	// How many pixels of the rows one pixel of scrolling stands for.
	const scale = scaled ? (full - seen) / (height - seen) : 1;

	/** Mounts what is in sight, one answer at a time: of what is passed while scrolling fast nothing is fetched. */
	const fill = () => {
		const box = scroller.current;
		if (!box || total === 0) return;
		const top = Math.floor(exact.current / rowHeight);
		const bottom = Math.min(total, top + Math.ceil(box.clientHeight / rowHeight) + 1);
		if (top >= from && bottom <= from + mounted) return;
		next.current = { from: Math.max(0, top - MARGIN), count: bottom - top + 2 * MARGIN };
		void fetchNext();
	};
	const fetchNext = async () => {
		if (asking.current) return;
		while (next.current) {
			const wanted = next.current;
			next.current = null;
			asking.current = wanted;
			try {
				await show(wanted.from, wanted.count);
			} finally {
				asking.current = null;
			}
		}
	};

	const scrollTo = (to: number) => {
		const box = scroller.current;
		if (!box) return;
		exact.current = Math.max(0, Math.min(full - box.clientHeight, to));
		box.scrollTop = exact.current / scale;
		placed.current = box.scrollTop;
		if (scaled) draw((count) => count + 1);
		fill();
	};

	/** Scrolls no further than it takes for a row to be in sight; one that is far away comes to stand in the middle. */
	const reveal = (index: number) => {
		const box = scroller.current;
		if (!box) return;
		const above = index * rowHeight;
		const below = above + rowHeight - box.clientHeight;
		const at = exact.current;
		if (above < at - box.clientHeight || below > at + box.clientHeight) {
			scrollTo(above - (box.clientHeight - rowHeight) / 2);
		} else if (above < at) scrollTo(above);
		else if (below > at) scrollTo(below);
		else fill();
	};

	const onScroll = () => {
		const box = scroller.current;
		if (!box) return;
		if (Math.abs(box.scrollTop - placed.current) >= 1) exact.current = box.scrollTop * scale;
		placed.current = -1;
		if (scaled) draw((count) => count + 1);
		fill();
	};

	/** Where the element scrolls by proportion a turn of the wheel would pass over rows: it is measured in rows instead. */
	const onWheel = (event: WheelEvent) => {
		if (!scaled || event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
		event.preventDefault();
		const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? rowHeight : 1;
		scrollTo(exact.current + event.deltaY * unit);
	};

	useLayoutEffect(() => {
		const { current: measured } = probe;
		const { current: box } = scroller;
		if (!measured || !box) return;
		const observer = new ResizeObserver(() => {
			setRowHeight(measured.offsetHeight || assumed);
			draw((count) => count + 1);
		});
		observer.observe(measured);
		observer.observe(box);
		return () => observer.disconnect();
	}, []);

	// What is seen may have grown or shrunk, or there may be fewer rows than before.
	useLayoutEffect(() => {
		const box = scroller.current;
		if (!box) return;
		const [before, above] = [seenBefore.current, first * rowHeight];
		seenBefore.current = box.clientHeight;
		// What comes below the list, as the row's own detail does, hides no row that was in sight and is worked on.
		if (box.clientHeight < before && above >= exact.current && above + rowHeight <= exact.current + before)
			reveal(first);
		if (exact.current > Math.max(0, full - box.clientHeight)) exact.current = Math.max(0, full - box.clientHeight);
		fill();
	});

	useLayoutEffect(() => {
		if (first > 0) reveal(first);
	}, [rowHeight]);

	const scrollTop = scroller.current?.scrollTop ?? 0;
	return {
		scroller,
		probe,
		/** Of all rows together, as far as a browser can have it. */
		height,
		/** How far down the mounted rows begin. */
		offset: from * rowHeight - (scaled ? exact.current - scrollTop : 0),
		/** Rows that are seen at once, less one that is kept in sight when a page is turned. */
		perPage: Math.max(1, Math.floor(seen / rowHeight) - 1),
		/** The first row in sight. */
		top: () => Math.round(exact.current / rowHeight),
		scrollTo,
		scrollToRow: (row: number) => scrollTo(row * rowHeight),
		/** Goes on by whole rows: a row that is cut stays as much so. */
		scrollByRows: (rows: number) => scrollTo(exact.current + rows * rowHeight),
		reveal,
		onScroll,
		onWheel,
	};
}
