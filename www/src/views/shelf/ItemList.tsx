import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { hasOlder, readOlder } from '../../state/deliveries.js';
import { active } from '../../state/shelf.js';
import { strings } from '../../strings.js';
import { useWindowed } from '../windowed.js';
import { ItemRow, optionId } from './ItemRow.js';
import { type Item, items, open } from './items.js';

/** Rows that are mounted at first. */
const FIRST = 40;
/** Older deliveries are read when so few rows are left below. */
const AHEAD = 100;

/**
 * Files and deliveries as a listbox. Only a window of its options exists; the one that the keyboard is on is told by
 * `aria-activedescendant`. Opening one leaves the focus where it is, and what comes above moves nothing that is looked at.
 */
export function ItemList() {
	const shown = items.value;
	const total = shown.length;
	const [{ from, count }, setWindow] = useState({ from: 0, count: FIRST });
	const [cursor, setCursor] = useState<string | null>(null);
	const mounted = shown.slice(from, from + count);

	const view = useWindowed({
		total,
		from,
		mounted: mounted.length,
		show: async (first, rows) => {
			setWindow({ from: first, count: rows });
			// Not waited for: rows are mounted also while the server does not answer.
			if (first + rows + AHEAD > items.peek().length) void readOlder();
		},
		rowHeight: 56,
		first: 0,
	});

	// What is looked at stays in its place when something comes above it.
	const before = useRef<readonly Item[]>([]);
	useLayoutEffect(() => {
		const top = view.top();
		const looked = before.current[top]?.key;
		before.current = shown;
		if (top === 0 || looked === undefined || shown[top]?.key === looked) return;
		const now = shown.findIndex(({ key }) => key === looked);
		if (now >= 0) view.scrollByRows(now - top);
	}, [shown]);

	const at = Math.max(
		0,
		shown.findIndex(({ key }) => key === (cursor ?? active.value)),
	);
	const moveTo = (index: number) => {
		const target = shown[Math.max(0, Math.min(total - 1, index))];
		if (!target) return;
		setCursor(target.key);
		view.reveal(shown.indexOf(target));
	};
	const choose = (item: Item) => {
		view.scroller.current?.focus({ preventScroll: true });
		setCursor(item.key);
		open(item);
	};
	const onKeyDown = (event: KeyboardEvent) => {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const current = shown[at];
		const steps: Record<string, () => void> = {
			ArrowDown: () => moveTo(at + 1),
			ArrowUp: () => moveTo(at - 1),
			PageDown: () => moveTo(at + view.perPage),
			PageUp: () => moveTo(at - view.perPage),
			Home: () => moveTo(0),
			End: () => moveTo(total - 1),
			Enter: () => current && choose(current),
			' ': () => current && choose(current),
		};
		const step = steps[event.key];
		if (!step) return;
		event.preventDefault();
		// The single keys of the page mean something else.
		event.stopPropagation();
		step();
	};

	const current = shown[at];
	const isMounted = at >= from && at < from + mounted.length;
	return (
		<div class="shelf-items">
			<div ref={view.probe} class="shelf-item probe" aria-hidden="true" />
			<div
				ref={view.scroller}
				class="scroller"
				role="listbox"
				tabIndex={0}
				aria-label={strings.shelfView.list}
				aria-activedescendant={current && isMounted ? optionId(current) : undefined}
				onKeyDown={onKeyDown}
				onScroll={view.onScroll}
				onWheel={view.onWheel}
			>
				<div class="reach" role="presentation" style={{ height: `${view.height}px` }}>
					<div class="window" role="presentation" style={{ transform: `translateY(${view.offset}px)` }}>
						{mounted.map((item, index) => (
							<ItemRow
								key={item.key}
								item={item}
								position={from + index}
								total={hasOlder.value ? -1 : total}
								isOpen={item.key === active.value}
								isActive={from + index === at}
								choose={choose}
							/>
						))}
					</div>
				</div>
			</div>
		</div>
	);
}
