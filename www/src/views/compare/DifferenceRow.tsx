// biome-ignore-all lint/a11y/useSemanticElements: a table's rows cannot come and go.
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names the active row.
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the grid has the keys.
import { strings as shared, compareStrings as strings } from '../../strings.js';
import type { CompareRow, CompareSide } from '../../worker/calls/compare.js';
import { ConfidenceMark } from '../marks.js';
import { Foreign, visible } from '../text.js';
import { ChangeMark } from './ChangeMark.js';

interface DifferenceRowProps {
	row: CompareRow;
	active: boolean;
	choose(index: number): void;
}

/** One value on both sides, and what became of it. */
export function DifferenceRow({ row, active, choose }: DifferenceRowProps) {
	const { index, kinds, path, a, b } = row;
	const sure = kinds.includes('up') || kinds.includes('down');
	const paged = kinds.includes('moved');
	return (
		<div
			id={`difference-${index}`}
			class={`row${active ? ' active' : ''}`}
			role="row"
			aria-rowindex={index + 2}
			aria-selected={active}
			onClick={() => choose(index)}
		>
			<span class="kinds" role="gridcell">
				{kinds.length === 0 ? strings.same : kinds.map((kind) => <ChangeMark key={kind} kind={kind} />)}
			</span>
			<span class="path" role="rowheader" title={path.map(nameOf).join(' › ')}>
				<bdi>
					{path.map((step, level) => (
						<span key={level}>
							{level > 0 && <span class="under"> › </span>}
							{visible(nameOf(step))}
						</span>
					))}
				</bdi>
				{kinds.includes('order') && a?.item != null && b?.item != null && (
					<span class="note"> {strings.fromItem(a.item, b.item)}</span>
				)}
			</span>
			<Side side={a} sure={sure} paged={paged} />
			<Side side={b} sure={sure} paged={paged} />
		</div>
	);
}

function nameOf(step: string | number): string {
	return typeof step === 'number' ? strings.item(step) : step;
}

interface SideProps {
	side: CompareSide | null;
	sure: boolean;
	paged: boolean;
}

function Side({ side, sure, paged }: SideProps) {
	if (!side) {
		return (
			<span class="value absent" role="gridcell">
				{strings.absent}
			</span>
		);
	}
	const branch = side.text === '' && side.size > 0;
	return (
		<span class="value" role="gridcell" title={side.text}>
			{branch ? <span class="note">{strings.holds(side.size)}</span> : <Foreign text={side.text} class={side.shape} />}
			{side.shadowed && (
				<span class="note" title={shared.shadowedHint}>
					{shared.shadowed}
				</span>
			)}
			{sure && <ConfidenceMark confidence={side.confidence} />}
			{paged && side.pages.length > 0 && <span class="note">{strings.onPages(side.pages)}</span>}
		</span>
	);
}
