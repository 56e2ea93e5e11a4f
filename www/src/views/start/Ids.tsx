import type { Issue, WebhookIdsReport } from '../../../../pkg/src/core/types.js';
import { checkIds, idsReport, idsText } from '../../state/ids.js';
import { strings } from '../../strings.js';
import { SeverityMark, VerdictMark } from '../marks.js';
import { verdicts } from './verdicts.js';

/** Verdicts shown at most. */
const SHOWN = 100;

/** Checks a `webhook_ids` list while it is typed. */
export function Ids() {
	const report = idsReport.value;
	return (
		<section class="card ids" aria-labelledby="ids-title">
			<h2 id="ids-title">{strings.ids}</h2>
			<p id="ids-hint" class="hint">
				{strings.idsHint}
			</p>
			<label class="field">
				<code>{strings.idsLabel}</code>
				<textarea
					rows={4}
					spellcheck={false}
					autocomplete="off"
					aria-describedby="ids-hint"
					aria-invalid={report ? !report.ok : undefined}
					placeholder={strings.idsExample}
					value={idsText}
					onInput={(event) => checkIds(event.currentTarget.value)}
				/>
			</label>
			<div class="report">
				<p class={`outcome${report ? (report.ok ? ' good' : ' bad') : ''}`} role="status">
					{report && <VerdictMark good={report.ok} />}
					{report && outcome(report)}
				</p>
				{report && <Verdicts report={report} />}
			</div>
		</section>
	);
}

function outcome({ ok, ids }: WebhookIdsReport): string {
	if (!ok) return strings.idsInvalid;
	return ids.length > 0 ? strings.idsValid(ids.length) : strings.idsNone;
}

function Verdicts({ report }: { report: WebhookIdsReport }) {
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
