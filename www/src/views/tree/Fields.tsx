import { strings } from '../../strings.js';
import type { Opened } from '../../worker/calls/payload.js';
import { Cards } from '../desk/Cards.js';
import { FilterBar } from './FilterBar.js';
import { SelectedRow } from './SelectedRow.js';
import './fields.css';
import { TreeGrid, type TreeKind } from './TreeGrid.js';

/** What a payload holds: its fields, its crops or splits, its words; of a kind that is read as a whole, what happened. */
export function Fields({ opened }: { opened: Opened }) {
	const cards = opened.readable ? opened.cards : [];
	const { tree } = opened;
	return (
		<div class="fields-view">
			{cards.length > 0 && (
				<div class="cards">
					<Cards cards={cards} />
				</div>
			)}
			{tree && tree.total > 0 ? (
				<>
					<FilterBar plain={treeKind(opened) === 'json'} />
					<TreeGrid kind={treeKind(opened)} top={tree.top} />
					<SelectedRow />
				</>
			) : (
				(tree || !opened.readable) && <p class="none">{opened.readable ? strings.treeEmpty : strings.treeNothing}</p>
			)}
		</div>
	);
}

function treeKind(opened: Opened): TreeKind {
	return opened.readable && opened.kind in strings.tree ? (opened.kind as TreeKind) : 'json';
}
