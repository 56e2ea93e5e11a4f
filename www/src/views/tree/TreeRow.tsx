// biome-ignore-all lint/a11y/useSemanticElements: HTML has no treegrid, and a table's rows cannot come and go.
// biome-ignore-all lint/a11y/useFocusableInteractive: the treegrid has the focus and names the active row.
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the treegrid has the keys.
import { hoverRow } from '../../state/selection.js';
import { strings } from '../../strings.js';
import type { Row } from '../../worker/calls/tree.js';
import { ConfidenceMark } from '../marks.js';
import { Foreign } from '../text.js';

export type Choose = (row: Row, toggled: boolean) => void;

interface TreeRowProps {
	row: Row;
	active: boolean;
	choose: Choose;
}

/** What holds rows; the confidence of these is told only where there is one. */
const BRANCHES = new Set<Row['shape']>(['object', 'list', 'classification', 'crop', 'split', 'page']);
/** Levels past this one are not indented further: names must stay readable. */
const DEEPEST = 12;

/** One row of the tree. */
export function TreeRow({ row, active, choose }: TreeRowProps) {
	const { level, expanded, shadowed, matches, pages, shape } = row;
	const classes = ['row', active && 'active', shadowed && 'shadowed', matches && 'matches'];
	return (
		<div
			id={`row-${row.index}`}
			class={classes.filter(Boolean).join(' ')}
			role="row"
			style={{ '--level': Math.min(level, DEEPEST) - 1 }}
			aria-level={level}
			aria-posinset={row.position}
			aria-setsize={row.siblings}
			aria-rowindex={row.index + 2}
			aria-expanded={expanded ?? undefined}
			aria-selected={active}
			onClick={(event) => choose(row, (event.target as Element).closest('.twist') !== null || event.detail === 2)}
			onPointerEnter={() => hoverRow(row.id)}
		>
			<span class="name" role="rowheader">
				<span class={`twist${expanded === null ? ' leaf' : ''}${expanded ? ' open' : ''}`} aria-hidden="true">
					{expanded !== null && (
						<svg viewBox="0 0 16 16" aria-hidden="true">
							<path d="m6 3.5 4.5 4.5L6 12.5" />
						</svg>
					)}
				</span>
				<Foreign class={isItem(row) ? 'ordinal' : ''} text={rowName(row)} />
			</span>
			<span class="value" role="gridcell">
				<RowValue row={row} />
				{shadowed && (
					<span class="tag" title={strings.shadowedHint}>
						{strings.shadowed}
					</span>
				)}
				<IssueMark row={row} />
			</span>
			<span class="sure" role="gridcell">
				{(row.confidence || !(BRANCHES.has(shape) || shape === 'word' || shape === 'broken')) && (
					<ConfidenceMark confidence={row.confidence} />
				)}
			</span>
			<span class="on" role="gridcell">
				{shape !== 'split' && shape !== 'page' && strings.pageNumbers(pages)}
			</span>
		</div>
	);
}

/** Whether a row is named by its place in a list. */
function isItem({ name, shape }: Row): boolean {
	return typeof name === 'number' && shape !== 'crop' && shape !== 'split' && shape !== 'page';
}

function rowName({ name, shape, pages }: Row): string {
	if (typeof name === 'string') return name;
	if (shape === 'crop') return strings.crop(name);
	if (shape === 'page') return strings.ocrPage(name);
	if (shape === 'split') return strings.pageRange(pages[0] ?? 0, pages[1] ?? pages[0] ?? 0);
	return strings.index(name);
}

function RowValue({ row }: { row: Row }) {
	const { shape, size, text } = row;
	if (shape === 'object' || shape === 'list' || shape === 'page') {
		return <span class="branch">{strings.branchSummary(shape, size)}</span>;
	}
	if ((shape === 'string' || shape === 'word') && text === '') return <span class="branch">{strings.emptyText}</span>;
	return <Foreign class={shape} text={text} />;
}

/** Says that there is a problem here: filled where it is on the row itself, hollow where it is within. */
function IssueMark({ row: { issues, issuesBelow, expanded } }: { row: Row }) {
	if (issues === 0 && (issuesBelow === 0 || expanded)) return null;
	const label = issues > 0 ? strings.rowIssues(issues) : strings.rowIssuesBelow(issuesBelow);
	return (
		<span class={`issue-mark${issues > 0 ? '' : ' within'}`} title={label}>
			<svg viewBox="0 0 16 16" aria-hidden="true">
				<path d="M8 1.8 14.8 14H1.2z" />
			</svg>
			<span class="unseen">{label}</span>
		</span>
	);
}
