import { announcement } from '../state/announce.js';
import { opened, stage } from '../state/current.js';
import { strings } from '../strings.js';
import { Cards } from './desk/Cards.js';
import { Summary } from './desk/Summary.js';
import { DocumentPane } from './document/DocumentPane.js';
import { Problems } from './problems/Problems.js';
import { Shelf } from './shelf/Shelf.js';
import { Ids } from './start/Ids.js';
import { Opener } from './start/Opener.js';
import { TextPages } from './text/TextPages.js';
import { TreeGrid } from './tree/TreeGrid.js';

/** The whole page. */
export function App() {
	return (
		<>
			<header class="masthead">
				<img class="mark" src="./icon.svg" alt="" width="36" height="36" />
				<div>
					<h1>
						{strings.name} <span class="subtitle">{strings.subtitle}</span>
					</h1>
					<p class="privacy">{strings.privacy}</p>
				</div>
			</header>
			<main class="desk">
				<Shelf />
				<DocumentPane />
				<div class="sheet">
					<Opener />
					<Document />
				</div>
				<aside class="side">
					<Ids />
				</aside>
			</main>
			<p class="unseen" role="status">
				{announcement}
			</p>
		</>
	);
}

/** What was opened: first what it is, then what is wrong with it, then what it holds. */
function Document() {
	const at = stage.value;
	if (at.at === 'fault') {
		return (
			<section class="card fault" role="alert">
				{at.message}
			</section>
		);
	}
	const shown = opened.value;
	if (!shown) return null;
	// Keyed: what a view remembers belongs to one document.
	return (
		<div class="sheet" key={shown.document}>
			<Summary opened={shown} />
			<Problems opened={shown} />
			{shown.readable && <Cards cards={shown.cards} />}
			{shown.readable && shown.tree && <TreeGrid kind={shown.kind} top={shown.tree.top} />}
			{shown.readable && shown.textPages > 0 && <TextPages pages={shown.textPages} />}
		</div>
	);
}
