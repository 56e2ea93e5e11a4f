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
import { page } from '../../state/selection.js';
import { strings } from '../../strings.js';
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
		<section class="document" aria-label={strings.document.pane} onKeyDown={onKey}>
			<Tools />
			<Remarks />
			<div class="document-body">
				<PageStrip />
				<Stage />
			</div>
			<Foot />
		</section>
	);
}

const KEYS: Readonly<Record<string, () => void>> = {
	'+': () => zoomBy(1),
	'=': () => zoomBy(1),
	'-': () => zoomBy(-1),
	'0': () => zoomTo('page'),
	r: rotate,
	PageUp: () => turnTo(page.peek() - 1),
	PageDown: () => turnTo(page.peek() + 1),
};

function onKey(event: KeyboardEvent): void {
	if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return;
	const act = KEYS[event.key];
	if (!act) return;
	act();
	event.preventDefault();
}

/** What is to be known about the page that is seen: above it, since it changes how the page is read. */
function Remarks() {
	const stage = documentStage.value;
	const remarks = [...disagreements.value];
	if (pageFault.value) remarks.push(pageFault.value);
	if (lacking.value.length > 0) remarks.push(strings.document.lacks(lacking.value));
	return (
		<div class="document-remarks" role="status">
			{stage.at === 'opening' && <p class="quiet">{strings.document.opening(stage.name)}</p>}
			{stage.at === 'fault' && <p class="wrong">{strings.document.faults[stage.reason](stage.name)}</p>}
			{remarks.map((remark) => (
				<p key={remark}>{remark}</p>
			))}
			{!shownDocument.value && stage.at !== 'opening' && (
				<div class="invite">
					{stage.at === 'none' && <p>{strings.document.blank}</p>}
					<DocumentInput label={strings.document.add}>{strings.document.add}</DocumentInput>
				</div>
			)}
		</div>
	);
}
