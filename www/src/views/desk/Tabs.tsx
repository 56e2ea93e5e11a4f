import { useRef } from 'preact/hooks';
import { type Action, actionOf } from '../../state/keyboard.js';
import { closeComparison, comparing, type Tab, tab } from '../../state/layout.js';
import { countIssues } from '../../state/payload.js';
import { strings } from '../../strings.js';
import type { Opened } from '../../worker/calls/payload.js';
import { lazy } from '../lazy.js';
import { SeverityShape } from '../marks.js';
import { Problems } from '../problems/Problems.js';
import { Raw } from '../raw/Raw.js';
import { TextPages } from '../text/TextPages.js';
import { Fields } from '../tree/Fields.js';

const Compare = lazy(() => import('../compare/Compare.js').then(({ Compare }) => Compare));

/** The views of a payload, one at a time. */
export function Tabs({ opened }: { opened: Opened }) {
	const list = useRef<HTMLDivElement>(null);
	const shown: Tab[] = ['fields', 'text', 'raw', 'problems', ...(comparing.value ? (['compare'] as const) : [])];
	const at = shown.includes(tab.value) ? tab.value : 'fields';

	const turn = (to: Tab | undefined) => {
		if (!to) return;
		tab.value = to;
		list.current?.querySelector<HTMLElement>(`#tab-${to}`)?.focus();
	};
	const index = shown.indexOf(at);
	const onKey: Record<Action<'tabs'>, () => void> = {
		next: () => turn(shown[(index + 1) % shown.length]),
		previous: () => turn(shown.at(index - 1)),
		first: () => turn(shown[0]),
		last: () => turn(shown.at(-1)),
	};

	return (
		<>
			<div class="tabs">
				<div
					ref={list}
					role="tablist"
					aria-label={strings.tabList}
					onKeyDown={(event) => {
						const action = actionOf('tabs', event);
						if (!action) return;
						event.preventDefault();
						onKey[action]();
					}}
				>
					{shown.map((name) => (
						<button
							key={name}
							id={`tab-${name}`}
							type="button"
							role="tab"
							aria-selected={name === at}
							aria-controls="view"
							tabIndex={name === at ? 0 : -1}
							onClick={() => turn(name)}
						>
							{strings.tabs[name]}
							{name === 'problems' && <ProblemCount opened={opened} />}
						</button>
					))}
				</div>
				{comparing.value && (
					<button
						class="button quiet sign"
						type="button"
						aria-label={strings.closeComparison}
						onClick={closeComparison}
					>
						×
					</button>
				)}
			</div>
			<div class={`view ${at}`} id="view" role="tabpanel" aria-labelledby={`tab-${at}`}>
				{at === 'fields' && <Fields opened={opened} />}
				{at === 'text' && <TextPages pages={opened.readable ? opened.textPages : 0} />}
				{at === 'raw' && <Raw />}
				{at === 'problems' && <Problems opened={opened} />}
				{at === 'compare' && <Compare />}
			</div>
		</>
	);
}

/** How many problems there are, and how bad the worst is. */
function ProblemCount({ opened: { issues, unlisted } }: { opened: Opened }) {
	const worst =
		issues.find(({ severity }) => severity === 'error') ??
		issues.find(({ severity }) => severity === 'warning') ??
		issues[0];
	if (!worst) return null;
	const total = issues.length + unlisted;
	return (
		<span class={`badge ${worst.severity}`}>
			<SeverityShape severity={worst.severity} />
			<span aria-hidden="true">{total}</span>
			<span class="unseen">{strings.problemsTab(total, countIssues(issues))}</span>
		</span>
	);
}
