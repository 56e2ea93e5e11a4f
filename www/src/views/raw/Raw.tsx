import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { type Action, actionOf } from '../../state/keyboard.js';
import {
	goToLine,
	rawCase,
	rawFind,
	rawFound,
	rawProblems,
	rawRows,
	rawSearch,
	rawSelected,
	rawSize,
	rawText,
	rawWanted,
	showRaw,
	showRawRows,
} from '../../state/raw.js';
import { strings } from '../../strings.js';
import { Pair } from '../Pair.js';
import { useWindowed } from '../windowed.js';
import { copySelection } from './copy.js';
import './raw.css';
import { type MarkedPlace, RawLine } from './RawLine.js';

/** Row height until the style sheet's is measured. */
const ROW_HEIGHT = 20;

/** The exact bytes of the payload, of which only a window of rows exists. */
export function Raw() {
	useEffect(() => void showRaw(), []);
	const line = useRef<HTMLInputElement>(null);
	const { total, from, rows } = rawRows.value;
	const size = rawSize.value;
	const list = useWindowed({
		total,
		from,
		mounted: rows.length,
		show: showRawRows,
		rowHeight: ROW_HEIGHT,
		first: rawWanted.peek()?.row ?? 0,
	});
	const wanted = rawWanted.value;
	useLayoutEffect(() => {
		if (wanted) list.reveal(wanted.row);
	}, [wanted, total]);

	const onKey: Record<Action<'raw'>, () => void> = {
		down: () => list.scrollToRow(list.top() + 1),
		up: () => list.scrollToRow(list.top() - 1),
		pageDown: () => list.scrollToRow(list.top() + list.perPage),
		pageUp: () => list.scrollToRow(list.top() - list.perPage),
		first: () => list.scrollToRow(0),
		last: () => list.scrollToRow(total),
		goToLine: () => line.current?.select(),
	};
	// By its bytes, not by its rows, which come later: what had the focus would be gone in between.
	if (size?.bytes === 0) return <p class="none">{strings.rawEmpty}</p>;
	const digits = String(size?.lines ?? 0).length;
	return (
		<div class="raw">
			<h2 id="raw-title" class="unseen">
				{strings.raw}
			</h2>
			<search class="filter line" aria-label={strings.find}>
				<FindBox />
				<GoToLine box={line} lines={size?.lines ?? 0} />
				<span class="hint size">{size && strings.rawSize(size.lines, size.bytes)}</span>
			</search>
			<div ref={list.probe} class="probe raw-row" aria-hidden="true" />
			<section
				ref={list.scroller}
				class="bytes-scroller"
				aria-labelledby="raw-title"
				// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
				tabIndex={0}
				style={{ '--digits': digits }}
				onScroll={list.onScroll}
				onWheel={list.onWheel}
				onCopy={copySelection}
				onKeyDown={(event) => {
					const action = actionOf('raw', event);
					if (!action) return;
					event.preventDefault();
					onKey[action]();
				}}
			>
				<div class="reach" style={{ height: `${list.height}px` }}>
					<div class="window" style={{ transform: `translateY(${list.offset}px)` }}>
						{rows.map((row) => (
							<RawLine key={row.row} row={row} places={placesAt(row.row)} />
						))}
					</div>
				</div>
			</section>
		</div>
	);
}

/** What is marked in a row. */
function placesAt(row: number): MarkedPlace[] {
	const places: MarkedPlace[] = [];
	const selected = rawSelected.value;
	const found = rawFound.value;
	if (selected) places.push({ ...selected, kind: 'selected' });
	for (const place of rawProblems.value.values()) places.push({ ...place, kind: 'problem' });
	if (found) places.push({ ...found, kind: 'found' });
	return places.filter(({ start, end }) => start.row <= row && end.row >= row);
}

function FindBox() {
	const stands = rawSearch.value;
	return (
		<>
			<input
				type="search"
				class="box"
				aria-label={strings.findIn.raw}
				placeholder={strings.findIn.raw}
				autocomplete="off"
				spellcheck={false}
				value={rawText}
				onInput={(event) => {
					rawText.value = event.currentTarget.value;
					void rawFind(false, true);
				}}
				onKeyDown={(event) => {
					if (event.key !== 'Enter') return;
					event.preventDefault();
					void rawFind(event.shiftKey);
				}}
			/>
			<button
				class="chip"
				type="button"
				aria-label={strings.matchCase}
				title={strings.matchCase}
				aria-pressed={rawCase}
				onClick={() => {
					rawCase.value = !rawCase.peek();
					void rawFind(false, true);
				}}
			>
				{strings.matchCaseShort}
			</button>
			<Pair
				label={null}
				back={strings.previousFound}
				on={strings.nextFound}
				disabled={stands === 'idle' || stands === 'missing'}
				go={(backwards) => void rawFind(backwards)}
			/>
			<span class="found">
				{stands === 'missing' ? strings.notFound : stands === 'searching' ? strings.searching : ''}
			</span>
		</>
	);
}

function GoToLine({ box, lines }: { box: { current: HTMLInputElement | null }; lines: number }) {
	return (
		<label class="go">
			{strings.goToLine}
			<input
				ref={box}
				class="box"
				type="number"
				min={1}
				max={Math.max(1, lines)}
				onChange={async (event) => {
					const { currentTarget } = event;
					const known = await goToLine(currentTarget.valueAsNumber);
					if (known !== null) currentTarget.setAttribute('aria-invalid', String(!known));
				}}
			/>
		</label>
	);
}
