/** Opening a payload. */
import { batch } from '@preact/signals';
import type { Issue } from '../../../pkg/src/core/types.js';
import { strings } from '../strings.js';
import type { Opened } from '../worker/calls/payload.js';
import { ask } from '../worker/client.js';
import { announce, note } from './announce.js';
import { currentDocument, nextDocument, setCurrentDocument, stage, tell } from './current.js';
import { tab } from './layout.js';
import { resetProblems } from './problems.js';
import { resetRaw } from './raw.js';
import { showSelection } from './selection.js';
import { resetText, showText } from './text.js';
import { activate, resetTree, showRows } from './tree.js';

/** How long the payload before stays in sight while the next one is read, in milliseconds. */
const PATIENCE = 250;

/** Reads a payload and shows it; one opened meanwhile wins. */
export async function openPayload(file: File): Promise<void> {
	const mine = nextDocument();
	setCurrentDocument(mine);
	note.value = '';
	const tellOpening = () => {
		if (mine === currentDocument()) stage.value = { at: 'opening', name: file.name };
	};
	// From one payload to the next nothing flickers, unless it takes its time.
	const patience = setTimeout(tellOpening, PATIENCE);
	if (stage.peek().at !== 'opened') tellOpening();
	try {
		const answer = await ask('open', { document: mine, slot: 'a', file });
		clearTimeout(patience);
		if (mine !== currentDocument()) return;
		batch(() => {
			stage.value = { at: 'opened', opened: answer };
			resetTree(answer.tree?.total ?? 0);
			resetText();
			resetRaw();
			resetProblems();
			// What is wrong comes first where nothing else can be trusted.
			if (!answer.readable) tab.value = 'problems';
			else if (tab.peek() === 'problems') tab.value = 'fields';
			announce(verdict(answer));
		});
		const waiting: Promise<void>[] = [showSelection(mine)];
		if (answer.tree && answer.tree.total > 0) waiting.push(showRows(0), activate(0));
		if (answer.readable && answer.textPages > 0) waiting.push(showText(0));
		await Promise.all(waiting);
	} catch (fault) {
		clearTimeout(patience);
		if (mine === currentDocument()) tell(fault);
	}
}

function verdict(answer: Opened): string {
	const name = (answer.readable && answer.fileName) || answer.name;
	if (!answer.readable) return strings.announceUnreadable(name, answer.issues.length + answer.unlisted);
	const entries = answer.tree?.top ?? null;
	return strings.announceReadable(name, strings.kinds[answer.kind], entries, countIssues(answer.issues));
}

/** How many issues there are of each severity. */
export function countIssues(issues: readonly Issue[]): Record<Issue['severity'], number> {
	const counts = { error: 0, warning: 0, notice: 0 };
	for (const issue of issues) counts[issue.severity]++;
	return counts;
}
