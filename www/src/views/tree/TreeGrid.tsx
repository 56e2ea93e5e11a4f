// biome-ignore-all lint/a11y/useSemanticElements: HTML has no treegrid, and a table's rows cannot come and go.
// biome-ignore-all lint/a11y/useFocusableInteractive: the treegrid has the focus and names the active row.
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { type Action, actionOf } from '../../state/keyboard.js';
import { hoverRow } from '../../state/selection.js';
import {
	activate,
	activeRow,
	expand,
	expandAll,
	parentOf,
	rows,
	selectedDetail,
	selectedRow,
	showRows,
	wanted,
} from '../../state/tree.js';
import { strings } from '../../strings.js';
import { copyForm } from '../desk/CopyMenu.js';
import { useWindowed } from '../windowed.js';
import { type Choose, TreeRow } from './TreeRow.js';

export type TreeKind = keyof typeof strings.tree;

/** Row height until the style sheet's is measured. */
const ROW_HEIGHT = 32;

/**
 * The tree as a WAI-ARIA treegrid. Only a window of its rows exists; the keyboard's row is told by `aria-activedescendant`, so that
 * focus stays where it is while rows come and go.
 */
export function TreeGrid({ kind, top }: { kind: TreeKind; top: number }) {
	const { total, from, rows: mounted } = rows.value;
	const active = activeRow.value;
	const list = useWindowed({
		total,
		from,
		mounted: mounted.length,
		show: showRows,
		rowHeight: ROW_HEIGHT,
		first: active,
	});

	const asked = wanted.value;
	useLayoutEffect(() => {
		if (asked) list.reveal(asked.index);
	}, [asked]);
	useEffect(() => () => hoverRow(null), []);

	const moveTo = (index: number) => {
		const target = Math.max(0, Math.min(total - 1, index));
		void activate(target);
		list.reveal(target);
	};
	const row = selectedRow.value;
	const isAway = row !== null && !mounted[active - from];
	const toggle = () => row && row.expanded !== null && expand(active, !row.expanded);
	const onKey: Record<Action<'tree'>, () => unknown> = {
		down: () => moveTo(active + 1),
		up: () => moveTo(active - 1),
		pageDown: () => moveTo(active + list.perPage),
		pageUp: () => moveTo(active - list.perPage),
		first: () => moveTo(0),
		last: () => moveTo(total - 1),
		open: () => (row?.expanded === false ? expand(active, true) : row?.expanded && moveTo(active + 1)),
		close: async () => {
			if (row?.expanded) return expand(active, false);
			const parent = await parentOf(active);
			if (parent >= 0) moveTo(parent);
		},
		toggle,
		openAll: () => row && row.expanded !== null && expandAll(active, true),
		copyValue: () => copyForm(selectedDetail(), 'value'),
	};
	const onKeyDown = (event: KeyboardEvent) => {
		const action = actionOf('tree', event);
		// What is marked with the mouse is copied by the browser.
		if (!action || (action === 'copyValue' && String(getSelection()) !== '')) return;
		event.preventDefault();
		// What the keys work on may have been scrolled away.
		if (action !== 'copyValue') list.reveal(active);
		void onKey[action]();
	};

	const choose: Choose = (chosen, toggled) => {
		list.scroller.current?.focus({ preventScroll: true });
		moveTo(chosen.index);
		if (toggled && chosen.expanded !== null) void expand(chosen.index, !chosen.expanded);
	};

	return (
		<section class={`tree${kind === 'json' ? ' plain' : ''}`} aria-labelledby="tree-title">
			<header class="unseen">
				<h2 id="tree-title">{strings.tree[kind]}</h2>
				<p class="count">{strings.entries[kind](top)}</p>
			</header>
			<div class="grid">
				<div class="head" id="tree-head" role="rowgroup">
					<div class="row" role="row" aria-rowindex={1}>
						<span role="columnheader">{strings.columns.name}</span>
						<span role="columnheader">{strings.columns.value}</span>
						<span role="columnheader">{strings.columns.confidence}</span>
						<span role="columnheader">{strings.columns.pages}</span>
					</div>
				</div>
				<div ref={list.probe} class="probe" aria-hidden="true" />
				{/* What scrolls has the focus, so that every way of scrolling by keyboard works; its head does not scroll, and is owned. */}
				<div
					ref={list.scroller}
					class="scroller"
					role="treegrid"
					tabIndex={0}
					aria-labelledby="tree-title"
					aria-owns="tree-head tree-rows"
					aria-rowcount={total + 1}
					aria-activedescendant={row ? `row-${active}` : undefined}
					onKeyDown={onKeyDown}
					onScroll={list.onScroll}
					onWheel={list.onWheel}
					onPointerLeave={() => hoverRow(null)}
				>
					<div class="reach" id="tree-rows" role="rowgroup" style={{ height: `${list.height}px` }}>
						{isAway && (
							<div class="unseen" role="presentation">
								<TreeRow row={row} active choose={choose} />
							</div>
						)}
						<div class="window" role="presentation" style={{ transform: `translateY(${list.offset}px)` }}>
							{mounted.map((shown) => (
								<TreeRow key={shown.index} row={shown} active={shown.index === active} choose={choose} />
							))}
						</div>
					</div>
				</div>
			</div>
		</section>
	);
}
