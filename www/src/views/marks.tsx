/** Small shapes that say with form what is also said with a word and a colour. */

import type { Confidence, Issue } from '../../../pkg/src/core/types.js';
import { strings } from '../strings.js';

const STEPS: Record<Confidence, number> = { Low: 1, Medium: 2, High: 3, Certain: 4 };

/** A confidence as a word beside its shape. */
export function ConfidenceMark({ confidence }: { confidence: Confidence | null }) {
	if (!confidence) {
		return (
			<span class="no-confidence">
				<span aria-hidden="true">–</span>
				<span class="unseen">{strings.noConfidence}</span>
			</span>
		);
	}
	return (
		<span class={`confidence ${confidence.toLowerCase()}`}>
			<ConfidenceShape confidence={confidence} />
			{strings.confidences[confidence]}
		</span>
	);
}

/** A stair of four steps, as many of them filled as it is sure. */
export function ConfidenceShape({ confidence }: { confidence: Confidence | null }) {
	const filled = confidence ? STEPS[confidence] : 0;
	return (
		<svg viewBox="0 0 16 14" aria-hidden="true">
			{[1, 2, 3, 4].map((step) => (
				<rect
					key={step}
					class={step <= filled ? 'filled' : 'hollow'}
					x={4 * step - 3.5}
					y={13.5 - 3 * step}
					width="3"
					height={3 * step}
					rx="0.75"
				/>
			))}
		</svg>
	);
}

/** A severity as a word beside its shape. */
export function SeverityMark({ severity }: { severity: Issue['severity'] }) {
	return (
		<span class={`severity ${severity}`}>
			<SeverityShape severity={severity} />
			{strings.severities[severity]}
		</span>
	);
}

/** An octagon refuses, a triangle warns, a circle notes. */
export function SeverityShape({ severity }: { severity: Issue['severity'] }) {
	return (
		<svg class={`shape ${severity}`} viewBox="0 0 16 16" aria-hidden="true">
			{severity === 'error' && (
				<>
					<path class="body" d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z" />
					<path class="sign" d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" />
				</>
			)}
			{severity === 'warning' && (
				<>
					<path class="body" d="M8 1.2 15.4 14.4H.6z" />
					<path class="sign" d="M8 6v4m0 2.1v.1" />
				</>
			)}
			{severity === 'notice' && (
				<>
					<circle class="body" cx="8" cy="8" r="7.2" />
					<path class="sign" d="M8 7.4V12M8 4.4v.1" />
				</>
			)}
		</svg>
	);
}
