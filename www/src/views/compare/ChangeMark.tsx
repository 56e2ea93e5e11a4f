import { compareStrings as strings } from '../../strings.js';
import type { ChangeKind } from '../../worker/compare/change.js';

/** One shape for each kind of change: it is told by form, by word and by colour. */
const SHAPES: Record<ChangeKind, string> = {
	value: 'M2.5 5.5h11m-11 5h11M11 2.5l-6 11',
	written: 'M2 9c2-4 4-4 6 0s4 4 6 0',
	type: 'M3 3.5h10M8 3.5v9',
	up: 'm3 10 5-5 5 5',
	down: 'm3 6 5 5 5-5',
	moved: 'M2.5 8h10m-4-4 4 4-4 4',
	order: 'M5 13V3L2.5 5.5M11 3v10l2.5-2.5',
	added: 'M8 2.5v11M2.5 8h11',
	removed: 'M2.5 8h11',
};

/** The shape of a kind of change. */
export function ChangeShape({ kind }: { kind: ChangeKind }) {
	return (
		<svg class="change-shape" viewBox="0 0 16 16" aria-hidden="true">
			<path d={SHAPES[kind]} />
		</svg>
	);
}

/** A kind of change as a word beside its shape. */
export function ChangeMark({ kind }: { kind: ChangeKind }) {
	return (
		<span class={`change is-${kind}`}>
			<ChangeShape kind={kind} />
			{strings.changes[kind]}
		</span>
	);
}
