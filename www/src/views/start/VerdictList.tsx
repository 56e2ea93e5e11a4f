import type { Issue, WebhookIdsReport } from '../../../../pkg/src/core/types.js';
import { strings } from '../../strings.js';
import './verdicts.css';
import { SeverityMark } from '../marks.js';
import { VerdictMark } from '../VerdictMark.js';
import { verdicts } from './verdicts.js';

/** Verdicts shown at most. */
const SHOWN = 100;

/** What becomes of each entry of a `webhook_ids` list. */
export function VerdictList({ report }: { report: WebhookIdsReport }) {
	const { entries, whole } = verdicts(report);
	const labels = { valid: strings.idValid, invalid: strings.idInvalid, repeated: strings.idRepeated };
	return (
		<>
			{whole.map((issue, index) => (
				<Remark key={index} issue={issue} />
			))}
			{entries.length > 0 && (
				<ol class="verdicts" aria-label={strings.idsVerdicts}>
					{entries.slice(0, SHOWN).map((entry) => (
						<li key={entry.index} class={entry.verdict}>
							<VerdictMark good={entry.verdict !== 'invalid'} />
							<div>
								<p class="word">
									<span class="ordinal">{strings.index(entry.index)}</span> {labels[entry.verdict]}
								</p>
								{entry.id && <code>{entry.id}</code>}
								{entry.issues.map((issue, index) => (
									<Remark key={index} issue={issue} />
								))}
							</div>
						</li>
					))}
				</ol>
			)}
			{entries.length > SHOWN && <p class="hint">{strings.idsMore(entries.length - SHOWN)}</p>}
		</>
	);
}

function Remark({ issue }: { issue: Issue }) {
	return (
		<div class="remark">
			<SeverityMark severity={issue.severity} />
			<p>
				<bdi>{issue.message}</bdi>
			</p>
			{issue.help && <p class="help">{issue.help}</p>}
		</div>
	);
}
