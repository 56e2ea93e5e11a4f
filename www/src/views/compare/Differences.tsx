// biome-ignore-all lint/a11y/useSemanticElements: a table's rows cannot come and go.
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names the active row.
import { useLayoutEffect } from 'preact/hooks';
import {
	activeDifference,
	chooseDifference,
	comparedKinds,
	differences,
	showDifferences,
	wantedDifference,
} from '../../state/compare.js';
import { type Action, actionOf } from '../../state/keyboard.js';
import { compareStrings as strings } from '../../strings.js';
import { useWindowed } from '../windowed.js';
import { DifferenceRow } from './DifferenceRow.js';

/** Row height until the style sheet's is measured. */
const ROW_HEIGHT = 40;

/** The differences as a grid of which only a window exists; the active row is named by `aria-activedescendant`, so that the focus stays. */
export function Differences() {
	const { total, from, rows } = differences.value;
	const active = activeDifference.value;
	const list = useWindowed({
		total,
		from,
		mounted: rows.length,
		show: showDifferences,
		rowHeight: ROW_HEIGHT,
		first: active,
	});
	const wanted = wantedDifference.value;
	useLayoutEffect(() => {
		if (wanted) list.reveal(wanted.index);
	}, [wanted]);

	const moveTo = (index: number) => {
		const target = Math.max(0, Math.min(total - 1, index));
		void chooseDifference(target);
		list.reveal(target);
	};
	const onKey: Partial<Record<Action<'tree'>, () => void>> = {
		down: () => moveTo(active + 1),
		up: () => moveTo(active - 1),
		pageDown: () => moveTo(active + list.perPage),
		pageUp: () => moveTo(active - list.perPage),
		first: () => moveTo(0),
		last: () => moveTo(total - 1),
	};
	const onKeyDown = (event: KeyboardEvent) => {
		const action = actionOf('tree', event);
		const act = action && onKey[action];
		if (!act) return;
		event.preventDefault();
		act();
	};

	if (total === 0) return <p class="notice">{comparedKinds.value.length > 0 ? strings.noneOfKind : strings.none}</p>;
	return (
		<div class="grid differences">
			<div class="head" id="difference-head" role="rowgroup">
				<div class="row" role="row" aria-rowindex={1}>
					<span role="columnheader">{strings.columns.change}</span>
					<span role="columnheader">{strings.columns.where}</span>
					<span role="columnheader">{strings.shown}</span>
					<span role="columnheader">{strings.other}</span>
				</div>
			</div>
			<div ref={list.probe} class="probe" aria-hidden="true" />
			<div
				ref={list.scroller}
				class="scroller"
				role="grid"
				tabIndex={0}
				aria-label={strings.title}
				aria-owns="difference-head difference-rows"
				aria-rowcount={total + 1}
				aria-activedescendant={rows[active - from] ? `difference-${active}` : undefined}
				onKeyDown={onKeyDown}
				onScroll={list.onScroll}
				onWheel={list.onWheel}
			>
				<div class="reach" id="difference-rows" role="rowgroup" style={{ height: `${list.height}px` }}>
					<div class="window" role="presentation" style={{ transform: `translateY(${list.offset}px)` }}>
						{rows.map((row) => (
							<DifferenceRow
								key={row.index}
								row={row}
								active={row.index === active}
								choose={(index) => {
									list.scroller.current?.focus({ preventScroll: true });
									moveTo(index);
								}}
							/>
						))}
					</div>
				</div>
			</div>
		</div>
	);
}
