import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Confidence } from '../../../../pkg/src/core/types.js';
import { applyFilter, expandAll, filter, filtered, isFiltering, NO_FILTER, nextRow } from '../../state/tree.js';
import { strings } from '../../strings.js';
import type { Filter, Shape } from '../../worker/calls/tree.js';
import { ConfidenceShape } from '../marks.js';
import { Pair } from '../Pair.js';

/** What is typed is looked for once the typing rests this long, in milliseconds. */
const REST = 180;
const LEVELS: readonly (Confidence | 'none')[] = ['Low', 'Medium', 'High', 'Certain', 'none'];
/** Shapes that can be asked for. */
const SHAPES: readonly Shape[] = [
	'string',
	'number',
	'boolean',
	'null',
	'object',
	'list',
	'crop',
	'split',
	'word',
	'broken',
];

/** Which rows are shown, and jumps among them; `plain` where nothing has a confidence or a location. */
export function FilterBar({ plain }: { plain: boolean }) {
	const asked = filter.value;
	const found = filtered.value;
	/** What is typed: ahead of what is asked for, until the typing rests. */
	const typed = useSignal(asked.text);
	const resting = useRef<ReturnType<typeof setTimeout>>(undefined);
	useEffect(() => () => clearTimeout(resting.current), []);
	useEffect(() => {
		if (resting.current === undefined) typed.value = asked.text;
	}, [asked.text]);

	const change = (part: Partial<Filter>) => {
		clearTimeout(resting.current);
		resting.current = undefined;
		void applyFilter({ ...filter.peek(), text: typed.peek(), ...part });
	};
	const type = (text: string) => {
		typed.value = text;
		clearTimeout(resting.current);
		resting.current = setTimeout(() => change({}), REST);
	};
	const enter = (backwards: boolean) => {
		if (resting.current === undefined) void nextRow('match', backwards);
		else change({});
	};
	const clear = (event: MouseEvent & { currentTarget: HTMLElement }) => {
		// The button goes with the filter: the focus stays where the next one is typed.
		event.currentTarget.closest('search')?.querySelector('input')?.focus();
		change(NO_FILTER);
	};
	const toggle = (level: Confidence | 'none') => {
		const now = asked.confidence ?? [];
		const next = now.includes(level) ? now.filter((other) => other !== level) : [...now, level];
		change({ confidence: next.length > 0 ? next : null });
	};

	return (
		<search class="filter" aria-label={strings.filter}>
			<div class="line">
				<input
					type="search"
					class="box"
					aria-label={strings.filterText}
					placeholder={strings.filterText}
					autocomplete="off"
					spellcheck={false}
					value={typed}
					onInput={(event) => type(event.currentTarget.value)}
					onKeyDown={(event) => {
						if (event.key !== 'Enter') return;
						event.preventDefault();
						enter(event.shiftKey);
					}}
				/>
				{isFiltering.value && (
					<>
						<span class="found">{found && strings.filterMatches(found.matches)}</span>
						<Pair
							label={null}
							back={strings.previousMatch}
							on={strings.nextMatch}
							disabled={!found || found.matches === 0}
							go={(backwards) => void nextRow('match', backwards)}
						/>
						<button class="button quiet small" type="button" onClick={clear}>
							{strings.filterClear}
						</button>
					</>
				)}
				{!plain && (
					<Pair
						label={strings.confidences.Low}
						back={strings.previousLow}
						on={strings.nextLow}
						disabled={false}
						go={(backwards) => void nextRow('low', backwards)}
					/>
				)}
				<span class="pair">
					{[true, false].map((opens) => (
						<button
							key={String(opens)}
							class="button quiet sign small"
							type="button"
							aria-label={opens ? strings.expandAll : strings.collapseAll}
							title={opens ? strings.expandAll : strings.collapseAll}
							onClick={() => void expandAll(null, opens)}
						>
							<svg viewBox="0 0 16 16" class="arrow" aria-hidden="true">
								<path d={`M2.5 2.5h11v11h-11zM5.5 8h5${opens ? 'M8 5.5v5' : ''}`} />
							</svg>
						</button>
					))}
				</span>
			</div>
			<div class="line">
				{!plain && (
					<fieldset class="chips" aria-label={strings.filterConfidence}>
						{LEVELS.map((level) => (
							<button
								key={level}
								class={`chip ${level.toLowerCase()}`}
								type="button"
								aria-pressed={asked.confidence?.includes(level) ?? false}
								onClick={() => toggle(level)}
							>
								{level !== 'none' && <ConfidenceShape confidence={level} />}
								{level === 'none' ? strings.filterNoConfidence : strings.confidences[level]}
							</button>
						))}
					</fieldset>
				)}
				<select
					class="box"
					aria-label={strings.filterShape}
					value={asked.shapes?.[0] ?? ''}
					onChange={({ currentTarget: { value } }) => change({ shapes: value === '' ? null : [value as Shape] })}
				>
					<option value="">{strings.filterAnyShape}</option>
					{SHAPES.map((shape) => (
						<option key={shape} value={shape}>
							{strings.shapes[shape]}
						</option>
					))}
				</select>
				{!plain && (
					<button
						class="chip"
						type="button"
						aria-pressed={asked.unlocated}
						onClick={() => change({ unlocated: !asked.unlocated })}
					>
						{strings.filterUnlocated}
					</button>
				)}
			</div>
		</search>
	);
}
