import { inks } from '../../document/ink.js';
import { sheetMarks } from '../../state/document.js';
import { cycle, selectedAt, selectedMarks } from '../../state/selection.js';
import { strings } from '../../strings.js';
import { Icon } from './Icon.js';

/** What the lines on the page mean, and the way through the locations of the selected field. */
export function Foot() {
	const drawn = sheetMarks.value;
	const several = selectedMarks.value.length > 1;
	if (!drawn?.count && !several) return null;
	return (
		<div class="document-foot">
			{drawn !== null && drawn.count > 0 && <Legend count={drawn.count} tones={drawn.tones} />}
			{several && <Locations />}
		</div>
	);
}

function Legend({ count, tones }: { count: number; tones: Uint8Array }) {
	const present = new Set(tones);
	return (
		<ul class="legend">
			<li class="total">{strings.document.marks(count)}</li>
			{/* The surest first. */}
			{[4, 3, 2, 1, 0, 5, 6]
				.filter((tone) => present.has(tone))
				.map((tone) => (
					<li key={tone}>
						<InkSample tone={tone} />
						{strings.document.tones[tone]}
					</li>
				))}
		</ul>
	);
}

function InkSample({ tone }: { tone: number }) {
	const ink = inks[tone];
	if (!ink) return null;
	return (
		<svg class="ink" viewBox="0 0 26 14" aria-hidden="true">
			<rect class="paper" width="26" height="14" rx="2" />
			<rect
				x="3"
				y="3"
				width="20"
				height="8"
				fill={ink.color}
				fill-opacity={ink.wash}
				stroke={ink.color}
				stroke-width={ink.width}
				stroke-dasharray={ink.dash.join(' ') || 'none'}
			/>
		</svg>
	);
}

function Locations() {
	const words = strings.document;
	return (
		<span class="locations">
			<button class="tool-button" type="button" aria-label={words.previousLocation} onClick={() => cycle(-1)}>
				<Icon name="previous" />
			</button>
			<span>{words.location(selectedAt.value, selectedMarks.value.length)}</span>
			<button class="tool-button" type="button" aria-label={words.nextLocation} onClick={() => cycle(1)}>
				<Icon name="next" />
			</button>
		</span>
	);
}
