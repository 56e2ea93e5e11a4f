import { showInRaw } from '../../state/raw.js';
import { cycle, selectedAt, selectedMarks, selection } from '../../state/selection.js';
import { detail } from '../../state/tree.js';
import { strings } from '../../strings.js';
import type { Detail } from '../../worker/calls/tree.js';
import { ConfidenceMark, SeverityMark } from '../marks.js';
import { Pair } from '../Pair.js';
import { visible } from '../text.js';
import { CutOut } from './CutOut.js';

/** The selected row in full: its value, where it was read, where it stands, what is wrong with it. */
export function SelectedRow() {
	const shown = detail.value;
	if (!shown) return null;
	const { shape, text, cut, length, confidence, range, valueRange, issues, shadowed } = shown;
	const place = valueRange ?? range;
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
		<section class={`selected ${shape}`} aria-label={strings.detail} tabIndex={0}>
			<div class="told">
				<bdi class={`whole ${shape}`} dir="auto">
					{text === '' ? emptyWord(shown) : visible(text, true)}
				</bdi>
				{cut.includes('value') && text !== '' && <p class="hint">{strings.cutValue(text.length - 1, length)}</p>}
				{shadowed && <p class="hint">{strings.shadowedHint}</p>}
				<div class="about">
					{confidence && <ConfidenceMark confidence={confidence} />}
					<Locations detail={shown} />
					<span class="bytes">{strings.bytePlace(place.offset, place.length)}</span>
					<button class="link" type="button" onClick={() => void showInRaw(place)}>
						{strings.showInRaw}
					</button>
				</div>
				{issues.map((issue, index) => (
					<div key={index} class="remark">
						<SeverityMark severity={issue.severity} />
						<p>{visible(issue.message)}</p>
					</div>
				))}
			</div>
			<CutOut />
		</section>
	);
}

function emptyWord({ shape, size }: Detail): string {
	return shape === 'string' || shape === 'word' ? strings.emptyText : strings.branchSummary(shape, size);
}

function Locations({ detail: { locationCount } }: { detail: Detail }) {
	const { total, at } = selection.value;
	const mark = selectedMarks.value[selectedAt.value];
	if (!mark) return locationCount === 0 ? <span class="hint">{strings.noLocation}</span> : null;
	return (
		<span class="locations">
			<span>{strings.location(at, total, mark.page)}</span>
			{total > 1 && (
				<Pair
					label={null}
					back={strings.previousLocation}
					on={strings.nextLocation}
					disabled={false}
					go={(backwards) => cycle(backwards ? -1 : 1)}
				/>
			)}
		</span>
	);
}
