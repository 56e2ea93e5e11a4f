import {
	disagreements,
	documentStage,
	pageFault,
	rotate,
	shownDocument,
	turnTo,
	zoomBy,
	zoomTo,
} from '../../state/document.js';
import { type Action, actionOf } from '../../state/keyboard.js';
import { marksFault, page } from '../../state/selection.js';
import { strings } from '../../strings.js';
import { visible } from '../text.js';
import './document.css';
import { DocumentInput } from './DocumentInput.js';
import { Foot } from './Foot.js';
import { PageStrip } from './PageStrip.js';
import { Stage } from './Stage.js';
import { Tools } from './Tools.js';
import { lacking } from './view.js';

/** The document's side of the desk. */
export function Pane() {
	return (
		// biome-ignore lint/a11y/noStaticElementInteractions: keys are for whatever in the pane has the focus.
		<div class="document" onKeyDown={onKeyDown}>
			<Tools />
			<Remarks />
			<div class="document-body">
				<PageStrip />
				<Stage />
			</div>
			<Foot />
		</div>
	);
}

const onKey: Record<Action<'document'>, () => void> = {
	larger: () => zoomBy(1),
	smaller: () => zoomBy(-1),
	whole: () => zoomTo('page'),
	turn: rotate,
	nextPage: () => turnTo(page.peek() + 1),
	previousPage: () => turnTo(page.peek() - 1),
};

function onKeyDown(event: KeyboardEvent): void {
	if (event.defaultPrevented) return;
	const action = actionOf('document', event);
	if (!action) return;
	onKey[action]();
	event.preventDefault();
}

/** What is to be known about the page that is seen: above it, since it changes how the page is read. */
function Remarks() {
	const stage = documentStage.value;
	const remarks = [...disagreements.value];
	if (pageFault.value) remarks.push(pageFault.value);
	if (marksFault.value) remarks.push(strings.document.noMarks(marksFault.value));
	if (lacking.value.length > 0) remarks.push(strings.document.lacks(lacking.value));
	return (
		<div class="document-remarks">
			{/* Both are announced: the first where it takes its time. */}
			{stage.at === 'opening' && <p class="quiet">{visible(strings.document.opening(stage.name))}</p>}
			{stage.at === 'fault' && <p class="wrong">{visible(strings.document.faults[stage.reason](stage.name))}</p>}
			<div role="status">
				{remarks.map((remark) => (
					<p key={remark}>{visible(remark)}</p>
				))}
			</div>
			{!shownDocument.value && stage.at !== 'opening' && (
				<div class="invite">
					{stage.at === 'none' && <p>{strings.document.blank}</p>}
					<DocumentInput label={strings.document.add}>{strings.document.add}</DocumentInput>
				</div>
			)}
		</div>
	);
}
