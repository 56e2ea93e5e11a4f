import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Issue } from '../../../../pkg/src/core/types.js';
import { countIssues } from '../../state/payload.js';
import { excerpts, fetchExcerpt, showIssueInFields, showIssueInRaw } from '../../state/problems.js';
import { strings } from '../../strings.js';
import type { Opened } from '../../worker/calls/payload.js';
import type { Excerpt as Lines } from '../../worker/calls/problems.js';
import { SeverityMark } from '../marks.js';
import { RawLine } from '../raw/RawLine.js';
import { Foreign } from '../text.js';
import { VerdictMark } from '../VerdictMark.js';
import './problems.css';

/** Everything the core has to say about the payload, each with its place. */
export function Problems({ opened: { issues, unlisted, tree } }: { opened: Opened }) {
	if (issues.length === 0) {
		return (
			<div class="issues empty">
				<p class="count">
					<VerdictMark good /> {strings.noProblems}
				</p>
				<p class="hint">{strings.noProblemsHint}</p>
			</div>
		);
	}
	return (
		<section class="issues" aria-labelledby="issues-title">
			<h2 id="issues-title" class="count">
				{strings.issueCounts(countIssues(issues))}
			</h2>
			<ol>
				{issues.map((issue, index) => (
					<IssueItem key={index} index={index} issue={issue} inTree={tree !== null && tree.total > 0} />
				))}
			</ol>
			{unlisted > 0 && <p class="hint">{strings.unlisted(unlisted)}</p>}
		</section>
	);
}

/** One issue: how bad, what, what to do, and where, with ways to go there. */
function IssueItem({ issue, index, inTree }: { issue: Issue; index: number; inTree: boolean }) {
	const item = useRef<HTMLLIElement>(null);
	useLayoutEffect(() => {
		const { current } = item;
		if (!current) return;
		// Of a thousand problems only those in sight have their lines read.
		const watch = new IntersectionObserver((entries) => {
			if (!entries.some((entry) => entry.isIntersecting)) return;
			watch.disconnect();
			void fetchExcerpt(index);
		});
		watch.observe(current);
		return () => watch.disconnect();
	}, [index]);
	const lines = excerpts.value.get(index);
	return (
		<li ref={item} class={`issue ${issue.severity}`}>
			<SeverityMark severity={issue.severity} />
			<div class="said">
				<p class="message">
					<Foreign text={issue.message} />
				</p>
				{issue.help && <p class="help">{issue.help}</p>}
				{lines && <Excerpt lines={lines} />}
				<p class="where">
					<button class="link place" type="button" title={strings.showInRaw} onClick={() => showIssueInRaw(issue)}>
						{strings.place(issue.line, issue.columnUtf16)}
					</button>
					{inTree && issue.pointer !== '' ? (
						<button
							class="link pointer"
							type="button"
							title={strings.showInFields}
							onClick={() => void showIssueInFields(issue)}
						>
							<Foreign text={issue.pointer} />
						</button>
					) : (
						<code class="pointer">
							<Foreign text={issue.pointer || strings.wholeInput} />
						</code>
					)}
					<code class="code">{issue.code}</code>
				</p>
			</div>
		</li>
	);
}

/** The lines around an issue, with a caret below what is meant. */
function Excerpt({ lines: { rows, place } }: { lines: Lines }) {
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
		<section class="excerpt" aria-label={strings.excerpt} tabIndex={0}>
			{rows.map((row) => (
				<RawLine key={row.row} row={row} places={[{ ...place, kind: 'problem' }]} caret />
			))}
		</section>
	);
}
