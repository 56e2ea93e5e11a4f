import { useLayoutEffect, useRef } from 'preact/hooks';
import {
	comparedKinds,
	comparedName,
	compareWith,
	compareWithFile,
	comparison,
	comparisonBusy,
	comparisonFault,
	comparisonProgress,
	filterDifferences,
	nextDifference,
	showsEqual,
	stopComparison,
} from '../../state/compare.js';
import { opened } from '../../state/current.js';
import { dragging } from '../../state/layout.js';
import { active, files } from '../../state/shelf.js';
import { strings as shared, compareStrings as strings } from '../../strings.js';
import type { CompareSummary, FactDifference } from '../../worker/calls/compare.js';
import { type ChangeKind, changeKinds } from '../../worker/compare/change.js';
import { Pair } from '../Pair.js';
import { Foreign, visible, visibleText } from '../text.js';
import { ChangeShape } from './ChangeMark.js';
import { Differences } from './Differences.js';
import './compare.css';

/** Two payloads beside each other, value by value. */
export function Compare() {
	const section = useRef<HTMLElement>(null);
	const summary = comparison.value;
	useLayoutEffect(() => {
		// The button that had the focus is gone with the invitation.
		if (summary && document.activeElement === document.body) section.current?.focus();
	}, [summary]);
	return (
		<section
			ref={section}
			class="compare"
			aria-label={strings.title}
			tabIndex={-1}
			onDragOver={(event) => event.preventDefault()}
			onDrop={drop}
		>
			{!summary && (
				<div class="compare-invite">
					<h2>{strings.invite}</h2>
					<p class="hint">{strings.inviteHint}</p>
					<div class="line">
						<Picker class="button primary">{strings.choose}</Picker>
						<AtHand />
					</div>
					{comparisonBusy.value && <Busy />}
					{comparisonFault.value && <p role="alert">{visible(comparisonFault.value)}</p>}
				</div>
			)}
			{summary && <Summary summary={summary} />}
			{summary?.compared && <Differences />}
		</section>
	);
}

/** How far it is, and the way out. */
function Busy() {
	return (
		<div class="line">
			<p role="status">{visible(strings.busy(comparedName.value))}</p>
			<progress aria-label={strings.progress} value={comparisonProgress.value ?? undefined} />
			<button class="button small" type="button" onClick={stop}>
				{strings.stop}
			</button>
		</div>
	);
}

/** The button goes with what it stops: the focus goes on to the choice of another file. */
function stop({ currentTarget }: { currentTarget: HTMLElement }): void {
	currentTarget.closest('section')?.querySelector<HTMLElement>('input')?.focus();
	stopComparison();
}

/** The other payloads that were opened or given here. */
function AtHand() {
	const others = files.value.filter(({ key, holds }) => holds === 'payload' && key !== active.value);
	if (others.length === 0) return null;
	return (
		<select
			class="box"
			aria-label={strings.atHand}
			value=""
			onChange={({ currentTarget }) => {
				const chosen = others.find(({ key }) => key === currentTarget.value);
				// Else choosing the same one again would be no change.
				currentTarget.value = '';
				if (chosen) void compareWithFile(chosen);
			}}
		>
			<option value="">{strings.atHand}</option>
			{others.map(({ key, name }) => (
				<option key={key} value={key}>
					{visibleText(name)}
				</option>
			))}
		</select>
	);
}

function Summary({ summary }: { summary: CompareSummary }) {
	const { kinds, facts, counts, different, equal, compared } = summary;
	const wanted = comparedKinds.value;
	const toggle = (kind: ChangeKind) =>
		filterDifferences(
			wanted.includes(kind) ? wanted.filter((one) => one !== kind) : [...wanted, kind],
			showsEqual.peek(),
		);
	return (
		<div class="filter">
			<div class="line">
				<p class="names">{visible(strings.between(opened.value?.name ?? '', comparedName.value))}</p>
				<Picker class="button quiet small">{strings.chooseOther}</Picker>
				<AtHand />
			</div>
			{!compared && <p role="alert">{whyNot(kinds)}</p>}
			{facts.length > 0 && (
				<details class="facts-differ" open={!compared}>
					<summary>{strings.facts(facts.length)}</summary>
					<FactTable facts={facts} />
				</details>
			)}
			{compared && (
				<>
					<fieldset class="line change-filter">
						<legend class="unseen">{strings.kinds}</legend>
						{changeKinds
							.filter((kind) => counts[kind] > 0)
							.map((kind) => (
								<button
									key={kind}
									class={`button small change is-${kind}`}
									type="button"
									aria-pressed={wanted.includes(kind)}
									onClick={() => toggle(kind)}
								>
									<ChangeShape kind={kind} />
									{strings.changes[kind]} {counts[kind]}
								</button>
							))}
					</fieldset>
					<div class="line">
						<p class="found">{strings.counts(different, equal)}</p>
						<span class="gap" />
						<label class="check">
							<input
								type="checkbox"
								checked={showsEqual}
								onChange={({ currentTarget }) => filterDifferences(wanted, currentTarget.checked)}
							/>
							{strings.showEqual}
						</label>
						<Pair
							label={null}
							back={strings.previous}
							on={strings.next}
							disabled={different === 0}
							go={(backwards) => void nextDifference(backwards)}
						/>
					</div>
				</>
			)}
		</div>
	);
}

/** Why values are not compared. */
function whyNot([a, b]: CompareSummary['kinds']): string {
	if (a && b) return strings.twoKinds(shared.kinds[a], shared.kinds[b]);
	return strings.unreadable((a ? strings.other : strings.shown).toLowerCase());
}

function FactTable({ facts }: { facts: FactDifference[] }) {
	return (
		<table>
			<thead>
				<tr>
					<th scope="col">{strings.fact}</th>
					<th scope="col">{strings.shown}</th>
					<th scope="col">{strings.other}</th>
				</tr>
			</thead>
			<tbody>
				{facts.map(({ key, a, b }) => (
					<tr key={key}>
						<th scope="row">{visible(labelOf(key))}</th>
						{[a, b].map((value, side) => (
							<td key={side}>{value === null ? <i>{strings.absent}</i> : <Foreign text={value} />}</td>
						))}
					</tr>
				))}
			</tbody>
		</table>
	);
}

function labelOf(key: FactDifference['key']): string {
	if (key === 'fileName') return strings.fileName;
	if (key.startsWith('option:')) return strings.option(key.slice('option:'.length));
	return shared.facts[key as keyof typeof shared.facts];
}

/** A button that lets the second payload be chosen. */
function Picker({ class: name, children }: { class: string; children: string }) {
	return (
		<label class={name}>
			{children}
			<input
				class="unseen"
				type="file"
				onChange={({ currentTarget }) => {
					const [file] = currentTarget.files ?? [];
					if (file) void compareWith(file);
					// Else choosing the same file again would be no change.
					currentTarget.value = '';
				}}
			/>
		</label>
	);
}

/** A file that is dropped here is compared with, not opened. */
function drop(event: DragEvent): void {
	const file = event.dataTransfer?.files[0];
	if (!file) return;
	event.preventDefault();
	event.stopPropagation();
	dragging.value = false;
	void compareWith(file);
}
