import { inks } from '../../document/ink.js';
import { sheetMarks } from '../../state/document.js';
import { strings } from '../../strings.js';

/** What the lines on the page mean. */
export function Foot() {
	const drawn = sheetMarks.value;
	if (!drawn?.count) return null;
	return (
		<div class="document-foot">
			<Legend count={drawn.count} tones={drawn.tones} />
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
