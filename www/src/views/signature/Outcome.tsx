import { verdict } from '../../state/signature.js';
import { signatureStrings as strings } from '../../strings.js';
import type { SignatureReport } from '../../worker/calls/signature.js';
import { VerdictMark } from '../VerdictMark.js';

/** How far the search for the reason is. */
export function Searching({ report: { tried, planned } }: { report: SignatureReport }) {
	return (
		<div class="verdict-box">
			<p>{strings.checking(tried, planned)}</p>
			<progress max={planned} value={tried} aria-label={strings.progress} />
		</div>
	);
}

/** The verdict, and where the signature does not fit what happened and what to do. */
export function Outcome({ report }: { report: SignatureReport }) {
	const { outcome, notes, causes, hints, untried, secret, secrets } = report;
	const fits = outcome === 'fits';
	return (
		<section class={`verdict-box ${fits ? 'good' : 'bad'}`}>
			<p class="sentence">
				<VerdictMark good={fits} />
				{outcome === 'explained' ? strings.explained : verdict(report)}
			</p>
			{causes.length > 0 && (
				<ol class="causes">
					{causes.map(({ code, detail }) => (
						<li key={code + detail}>
							<p>
								{strings.causes[code][0]} {detail !== undefined && <code>{detail}</code>}
							</p>
							<p class="todo">
								<b>{strings.todo}:</b> {strings.causes[code][1]}
							</p>
						</li>
					))}
				</ol>
			)}
			{outcome === 'explained' && secrets > 1 && secret !== null && <p>{strings.withSecret(secret, secrets)}</p>}
			{outcome === 'unexplained' && untried[0] !== 'stopped' && <p>{strings.unexplainedHint}</p>}
			<ul class="remarks">
				{outcome !== 'unreadable' &&
					hints.map(({ code, detail }) => (
						<li key={code}>
							{strings.hints[code]} {detail !== undefined && <code>{detail}</code>}
						</li>
					))}
				{notes.map((note) => (
					<li key={note}>{strings.notes[note]}</li>
				))}
				{untried.map((what) => (
					<li key={what}>{strings.untried[what]}</li>
				))}
			</ul>
		</section>
	);
}
