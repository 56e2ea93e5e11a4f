// biome-ignore-all lint/a11y/useSemanticElements: HTML has no treegrid, and a table's rows cannot come and go.
// biome-ignore-all lint/a11y/useFocusableInteractive: the treegrid has the focus and names the active row.
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the treegrid has the keys.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { PayloadKind } from '../../../../pkg/src/core/types.js';
import { activate, activeRow, detail, expand, MOUNTED, parentOf, rows, showRows } from '../../state/tree.js';
import { strings } from '../../strings.js';
import type { Row } from '../../worker/calls/tree.js';
import { ConfidenceMark } from '../marks.js';

type TreeKind = Extract<PayloadKind, keyof typeof strings.tree>;

/** Browsers cap the height of an element; a longer tree scrolls by proportion. */
const TALLEST = 8_000_000;
/** Rows mounted above and below what is seen. */
const MARGIN = 20;
/** Row height until the style sheet's is measured. */
const ROW_HEIGHT = 40;

/**
 * The tree as a WAI-ARIA treegrid. Only a window of its rows exists; the keyboard's row is told by `aria-activedescendant`, so that
 * focus stays where it is while rows come and go.
 */
export function TreeGrid({ kind, top }: { kind: PayloadKind; top: number }) {
	const grid = useRef<HTMLDivElement>(null);
	const scroller = useRef<HTMLDivElement>(null);
	const probe = useRef<HTMLDivElement>(null);
	const [rowHeight, setRowHeight] = useState(ROW_HEIGHT);
	const [scrollTop, setScrollTop] = useState(0);
	const treeKind = kind as TreeKind;

	useLayoutEffect(() => {
		const measured = probe.current;
		if (!measured) return;
		const observer = new ResizeObserver(() => setRowHeight(measured.offsetHeight || ROW_HEIGHT));
		observer.observe(measured);
		return () => observer.disconnect();
	}, []);

	const { total, from, rows: mounted } = rows.value;
	const active = activeRow.value;
	const full = total * rowHeight;
	const height = Math.min(full, TALLEST);
	const seen = scroller.current?.clientHeight ?? 0;
	// How many pixels of the tree one pixel of scrolling stands for.
	const scale = full > height ? (full - seen) / (height - seen) : 1;
	const offset = from * rowHeight - (scale === 1 ? 0 : scrollTop * scale - scrollTop);

	const onScroll = () => {
		const box = scroller.current;
		if (!box) return;
		if (scale !== 1) setScrollTop(box.scrollTop);
		const first = Math.floor((box.scrollTop * scale) / rowHeight);
		const last = Math.min(total, first + Math.ceil(box.clientHeight / rowHeight) + 1);
		if (first < from || last > from + mounted.length) {
			void showRows(Math.max(0, first - MARGIN), Math.max(MOUNTED, last - first + 2 * MARGIN));
		}
	};

	const moveTo = (index: number) => {
		const target = Math.max(0, Math.min(total - 1, index));
		void activate(target);
		const box = scroller.current;
		if (!box) return;
		const above = target * rowHeight;
		const at = box.scrollTop * scale;
		if (above < at) box.scrollTop = above / scale;
		else if (above + rowHeight > at + box.clientHeight) box.scrollTop = (above + rowHeight - box.clientHeight) / scale;
	};

	const onKeyDown = async (event: KeyboardEvent) => {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1);
		const row = mounted[active - from];
		const steps: Record<string, () => unknown> = {
			ArrowDown: () => moveTo(active + 1),
			ArrowUp: () => moveTo(active - 1),
			PageDown: () => moveTo(active + page),
			PageUp: () => moveTo(active - page),
			Home: () => moveTo(0),
			End: () => moveTo(total - 1),
			ArrowRight: () => (row?.expanded === false ? expand(active, true) : row?.expanded && moveTo(active + 1)),
			ArrowLeft: async () => {
				if (row?.expanded) return expand(active, false);
				const parent = await parentOf(active);
				if (parent >= 0) moveTo(parent);
			},
			Enter: () => row && row.expanded !== null && expand(active, !row.expanded),
			' ': () => row && row.expanded !== null && expand(active, !row.expanded),
		};
		const step = steps[event.key];
		if (!step) return;
		event.preventDefault();
		await step();
	};

	const choose = (row: Row, toggled: boolean) => {
		grid.current?.focus({ preventScroll: true });
		moveTo(row.index);
		if (toggled && row.expanded !== null) void expand(row.index, !row.expanded);
	};

	return (
		<section class="card tree" aria-labelledby="tree-title">
			<header class="heading">
				<h3 id="tree-title">{strings.tree[treeKind]}</h3>
				<p class="count">{strings.entries[treeKind](top)}</p>
			</header>
			{top === 0 ? (
				<p class="none">{strings.treeEmpty}</p>
			) : (
				<>
					<div
						ref={grid}
						class="grid"
						role="treegrid"
						tabIndex={0}
						aria-labelledby="tree-title"
						aria-describedby="tree-keys"
						aria-rowcount={total + 1}
						aria-activedescendant={mounted[active - from] ? `row-${active}` : undefined}
						onKeyDown={onKeyDown}
					>
						<div class="head" role="rowgroup">
							<div class="row" role="row" aria-rowindex={1}>
								<span role="columnheader">{strings.columns.name}</span>
								<span role="columnheader">{strings.columns.value}</span>
								<span role="columnheader">{strings.columns.confidence}</span>
							</div>
						</div>
						<div ref={probe} class="probe" aria-hidden="true" />
						<div ref={scroller} class="scroller" role="rowgroup" tabIndex={-1} onScroll={onScroll}>
							<div class="reach" role="presentation" style={{ height: `${height}px` }}>
								<div class="window" role="presentation" style={{ transform: `translateY(${offset}px)` }}>
									{mounted.map((row) => (
										<TreeRow key={row.index} row={row} active={row.index === active} choose={choose} />
									))}
								</div>
							</div>
						</div>
					</div>
					<p id="tree-keys" class="keys">
						{strings.keys}
					</p>
					<Selected />
				</>
			)}
		</section>
	);
}

interface TreeRowProps {
	row: Row;
	active: boolean;
	choose(row: Row, toggled: boolean): void;
}

function TreeRow({ row, active, choose }: TreeRowProps) {
	const { level, expanded } = row;
	return (
		<div
			id={`row-${row.index}`}
			class={`row${active ? ' active' : ''}`}
			role="row"
			style={{ '--level': Math.min(level, DEEPEST) - 1 }}
			aria-level={level}
			aria-posinset={row.position}
			aria-setsize={row.siblings}
			aria-rowindex={row.index + 2}
			aria-expanded={expanded ?? undefined}
			aria-selected={active}
			onClick={(event) => choose(row, (event.target as Element).closest('.twist') !== null || event.detail === 2)}
		>
			<span class="name" role="rowheader">
				<span class={`twist${expanded === null ? ' leaf' : ''}${expanded ? ' open' : ''}`} aria-hidden="true">
					{expanded !== null && (
						<svg viewBox="0 0 16 16" aria-hidden="true">
							<path d="m6 3.5 4.5 4.5L6 12.5" />
						</svg>
					)}
				</span>
				<bdi class={isItem(row) ? 'ordinal' : ''}>{rowName(row)}</bdi>
			</span>
			<span class="value" role="gridcell">
				<RowValue row={row} />
			</span>
			<span class="sure" role="gridcell">
				{(row.confidence || !BRANCHES.has(row.shape)) && <ConfidenceMark confidence={row.confidence} />}
			</span>
		</div>
	);
}

/** What holds rows; the confidence of these is told only where there is one. */
const BRANCHES = new Set<Row['shape']>(['object', 'list', 'crop', 'split']);

/** Levels past this one are not indented further: names must stay readable. */
const DEEPEST = 12;

/** Whether a row is named by its place in a list. */
function isItem({ name, shape }: Row): boolean {
	return typeof name === 'number' && shape !== 'crop' && shape !== 'split';
}

function rowName({ name, shape, pages }: Row): string {
	if (typeof name === 'string') return name;
	if (shape === 'crop') return strings.crop(name);
	if (shape === 'split') return strings.pageRange(pages[0] ?? 0, pages[1] ?? 0);
	return strings.index(name);
}

function RowValue({ row }: { row: Row }) {
	const { shape, size, text } = row;
	if (shape === 'object' || shape === 'list') return <span class="branch">{strings.branchSummary(shape, size)}</span>;
	if (shape === 'string' && text === '') return <span class="branch">{strings.emptyText}</span>;
	return (
		<>
			<bdi class={shape}>{text}</bdi>
			{shape === 'crop' && <span class="branch">{strings.pages(row.pages)}</span>}
		</>
	);
}

/** The active row in full. */
function Selected() {
	const shown = detail.value;
	if (!shown) return null;
	const { pointer, shape, text, length, size, confidence, pages } = shown;
	const branch = shape === 'object' || shape === 'list';
	const sure = confidence !== null || !BRANCHES.has(shape);
	return (
		<section class="selected" aria-label={strings.detail}>
			<code class="pointer">{pointer}</code>
			<bdi class={`whole ${shape}`} dir="auto">
				{branch ? strings.branchSummary(shape, size) : text || strings.emptyText}
			</bdi>
			{length > text.length && <p class="note">{strings.cutValue(text.length - 1, length)}</p>}
			{(sure || pages.length > 0) && (
				<p class="note">
					{sure && <ConfidenceMark confidence={confidence} />}
					{strings.pages(pages)}
				</p>
			)}
		</section>
	);
}
