import { strings } from '../../strings.js';
import type { RawPlace, RawRow, RawRun } from '../../worker/calls/raw.js';

/** Why a stretch of the bytes is marked. */
export type PlaceKind = 'selected' | 'problem' | 'found';

/** A stretch of the bytes that is marked. */
export interface MarkedPlace extends RawPlace {
	kind: PlaceKind;
}

interface RawLineProps {
	row: RawRow;
	places: readonly MarkedPlace[];
	/** Whether a caret stands below the beginning of what is marked. */
	caret?: boolean;
}

/** One row of the bytes, with its line's number where a line begins. */
export function RawLine({ row, places, caret = false }: RawLineProps) {
	const marked = places.flatMap((place) => within(row.row, place));
	const pointed = caret ? places.find((place) => place.start.row === row.row) : undefined;
	return (
		<>
			<div class="raw-row" data-row={row.row} data-ending={row.ending}>
				<span class="gutter">{row.column > 1 ? <span title={strings.lineGoesOn}>↪</span> : row.line}</span>
				<code class="bytes">{pieces(row.runs, marked)}</code>
				{row.ending !== '' && row.ending !== 'LF' && <span class="ending">{row.ending}</span>}
			</div>
			{pointed && (
				<div class="raw-row caret" aria-hidden="true">
					<span class="gutter" />
					<code class="bytes">
						{/* The same text, unseen: a caret below signs of any width. */}
						<span class="before">{before(row, pointed.start.at)}</span>
						{'^'.repeat(caretWidth(pointed, row))}
					</code>
				</div>
			)}
		</>
	);
}

function before(row: RawRow, at: number): string {
	return row.runs
		.map((run) => run.text)
		.join('')
		.slice(0, at);
}

/** Carets that are drawn at most. */
const CARETS = 80;

function caretWidth({ start, end }: RawPlace, row: RawRow): number {
	const length = row.runs.reduce((sum, run) => sum + run.text.length, 0);
	const to = end.row === start.row ? end.at : length;
	return Math.min(CARETS, Math.max(1, to - start.at));
}

interface Stretch {
	from: number;
	to: number;
	kind: PlaceKind;
}

/** The part of a marked place that lies in a row. */
function within(row: number, { start, end, kind }: MarkedPlace): Stretch[] {
	if (row < start.row || row > end.row) return [];
	const from = row === start.row ? start.at : 0;
	const to = row === end.row ? end.at : Number.POSITIVE_INFINITY;
	// A place between bytes is shown on the sign behind it.
	const empty = start.row === end.row && start.at === end.at;
	return from < to || empty ? [{ from, to: empty ? from + 1 : to, kind }] : [];
}

/** The runs of a row, cut where something marked begins or ends. */
function pieces(runs: readonly RawRun[], marked: readonly Stretch[]) {
	const made = [];
	let at = 0;
	for (const run of runs) {
		const end = at + run.text.length;
		const placeholder = run.kind === 'control' || run.kind === 'invalid' || run.kind === 'bom';
		const cuts = new Set([at, end]);
		if (!placeholder) {
			for (const { from, to } of marked) {
				if (from > at && from < end) cuts.add(from);
				if (to > at && to < end) cuts.add(to);
			}
		}
		const edges = [...cuts].sort((a, b) => a - b);
		for (const [index, from] of edges.slice(0, -1).entries()) {
			const to = edges[index + 1] ?? end;
			const kinds = new Set(marked.filter((mark) => mark.from < to && mark.to > from).map(({ kind }) => kind));
			const text = run.text.slice(from - at, to - at);
			made.push(
				<span
					key={from}
					class={[`run-${run.kind}`, ...[...kinds].map((kind) => `on-${kind}`)].join(' ')}
					data-code={placeholder ? text : undefined}
				>
					{placeholder ? behind(run) : text}
				</span>,
			);
		}
		at = end;
	}
	return made;
}

/** What stands in the bytes where a placeholder is shown, so that a copy has it. */
function behind({ kind, text }: RawRun): string {
	if (kind === 'bom') return '\ufeff';
	const code = /^U\+([0-9A-F]{4,6})$/.exec(text)?.[1];
	return kind === 'control' && code ? String.fromCodePoint(Number.parseInt(code, 16)) : '\ufffd';
}
