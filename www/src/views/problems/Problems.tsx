import type { Issue } from '../../../../pkg/src/core/types.js';
import { countIssues } from '../../state/payload.js';
import { strings } from '../../strings.js';
import type { Opened } from '../../worker/calls/payload.js';
import { SeverityMark, VerdictMark } from '../marks.js';

/** Everything the core has to say about the payload, with its place. */
export function Problems({ opened: { issues } }: { opened: Opened }) {
	return (
		<section class="card issues" aria-labelledby="issues-title">
			<header class="heading">
				<h3 id="issues-title">{strings.issues}</h3>
				<p class="count">
					{issues.length === 0 && <VerdictMark good />}
					{strings.issueCounts(countIssues(issues))}
				</p>
			</header>
			{issues.length > 0 && (
				<ol>
					{issues.map((issue, index) => (
						<IssueItem key={index} issue={issue} />
					))}
				</ol>
			)}
		</section>
	);
}

/** One issue: how bad, what, where, and what to do. */
function IssueItem({ issue }: { issue: Issue }) {
	return (
		<li class="issue">
			<SeverityMark severity={issue.severity} />
			<div class="said">
				<p class="message">
					<bdi>{issue.message}</bdi>
				</p>
				{issue.help && <p class="help">{issue.help}</p>}
				<p class="where">
					<span class="place">{strings.place(issue.line, issue.columnUtf16)}</span>
					<code class="pointer">{issue.pointer || strings.wholeInput}</code>
					<code class="code">{issue.code}</code>
				</p>
			</div>
		</li>
	);
}
