/** Opening a payload. */
import { batch } from '@preact/signals';
import type { Issue } from '../../../pkg/src/core/types.js';
import { strings } from '../strings.js';
import type { Opened } from '../worker/calls/payload.js';
import { ask } from '../worker/client.js';
import { announce } from './announce.js';
import { currentDocument, nextDocument, reading, setCurrentDocument, stage, tell } from './current.js';
import { tab } from './layout.js';
import { resetProblems } from './problems.js';
import { resetRaw } from './raw.js';
import { resetSelection, showSelection } from './selection.js';
import { resetText, showText } from './text.js';
import { activate, resetTree, showRows } from './tree.js';

/** How long nothing is said of a payload that is being read, in milliseconds. */
const PATIENCE = 250;

/** Number of the payload that was asked for last: until it is there, the one before is the current one. */
let latest = 0;

/** Reads a payload and shows it; one opened meanwhile wins. `turn` is called as it comes into sight. */
export async function openPayload(file: File, turn: () => void): Promise<void> {
	const mine = nextDocument();
	latest = mine;
	reading.value = '';
	// The payload before stays in sight: from one to the next nothing flickers.
	if (stage.peek().at !== 'opened') stage.value = { at: 'opening', name: file.name };
	const patience = setTimeout(() => {
		if (mine !== latest) return;
		if (stage.peek().at === 'opened') reading.value = file.name;
		announce(strings.opening(file.name));
	}, PATIENCE);
	try {
		// From here on it is in sight: nobody is told that it is being read, or kept from it.
		const answer = await ask('open', { document: mine, slot: 'a', file }).finally(() => clearTimeout(patience));
		if (mine !== latest) return;
		batch(() => {
			setCurrentDocument(mine);
			stage.value = { at: 'opened', opened: answer };
			turn();
			reading.value = '';
			forget(answer.tree?.total ?? 0);
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
		if (mine === latest) tell(fault);
	} finally {
		if (mine === latest) reading.value = '';
	}
}

/** Leaves what is shown: the start screen is shown again. */
export function closePayload(): void {
	const left = new Set([currentDocument(), latest]);
	latest = nextDocument();
	setCurrentDocument(latest);
	batch(() => {
		stage.value = { at: 'empty' };
		reading.value = '';
		forget(0);
		resetSelection();
	});
	// One that is still being read is left too.
	for (const document of left) void ask('close', { document });
}

/** Forgets what was read of the payload before; `total` rows are to come. */
function forget(total: number): void {
	resetTree(total);
	resetText();
	resetRaw();
	resetProblems();
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
