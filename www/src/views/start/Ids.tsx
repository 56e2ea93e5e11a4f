import type { WebhookIdsReport } from '../../../../pkg/src/core/types.js';
import { checkIds, idsReport, idsText } from '../../state/ids.js';
import { strings } from '../../strings.js';
import { lazy } from '../lazy.js';
import { VerdictMark } from '../VerdictMark.js';

const VerdictList = lazy(() => import('./VerdictList.js').then(({ VerdictList }) => VerdictList));

/** Checks a `webhook_ids` list while it is typed. */
export function Ids() {
	const report = idsReport.value;
	return (
		<div class="ids">
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
				{report && <VerdictList report={report} />}
			</div>
		</div>
	);
}

function outcome({ ok, ids }: WebhookIdsReport): string {
	if (!ok) return strings.idsInvalid;
	return ids.length > 0 ? strings.idsValid(ids.length) : strings.idsNone;
}
