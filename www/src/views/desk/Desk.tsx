import { opened, reading } from '../../state/current.js';
import { hasDocumentSide } from '../../state/document.js';
import { split } from '../../state/layout.js';
import { markCounts } from '../../state/selection.js';
import { closeAll } from '../../state/shelf.js';
import { strings } from '../../strings.js';
import type { Opened } from '../../worker/calls/payload.js';
import { DocumentPane } from '../document/DocumentPane.js';
import './desk.css';
import { FilePicker } from '../start/FilePicker.js';
import { Foot } from './Foot.js';
import { Splitter } from './Splitter.js';
import { Tabs } from './Tabs.js';

/** What was opened: the document at the left, what was read from it at the right, the selected row at the foot. */
export function Desk() {
	const shown = opened.value;
	// Until it is known whether there are locations, room is kept for them: else everything would move aside.
	const paired = hasDocumentSide.value || (markCounts.value === null && shown !== null && hasPages(shown));
	return (
		// While another payload is read, nothing more can be had of this one.
		<div class={`desk${paired ? '' : ' alone'}`} style={{ '--split': `${split.value}%` }} inert={reading.value !== ''}>
			{paired && (
				<>
					<section class="pane" id="document" aria-label={strings.document.pane} data-region tabIndex={-1}>
						<DocumentPane />
					</section>
					<Splitter />
				</>
			)}
			<section class="side" aria-label={strings.side} data-region tabIndex={-1}>
				{/* Keyed: what a view remembers belongs to one payload. */}
				{shown ? <Tabs opened={shown} key={shown.document} /> : <NoPayload />}
			</section>
			<Foot />
		</div>
	);
}

/** A document alone: what it lacks to be understood. */
function NoPayload() {
	return (
		<div class="no-payload">
			<h2>{strings.noPayload}</h2>
			<p class="hint">{strings.noPayloadHint}</p>
			<div class="ways">
				<FilePicker class="button primary">{strings.choose}</FilePicker>
				<button class="button" type="button" onClick={closeAll}>
					{strings.closeShown}
				</button>
			</div>
		</div>
	);
}

/** Whether what was opened speaks of pages at all. */
function hasPages(shown: Opened): boolean {
	return shown.readable && shown.kind !== 'failure' && shown.kind !== 'job' && shown.kind !== 'error';
}
