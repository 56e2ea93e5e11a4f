/** Copying: by the browser's clipboard, or where it refuses by a selection. */
import { strings } from '../strings.js';
import { say } from './announce.js';

/** Copies a text and tells of it; `null` is one whose payload was left before all of it was read. */
export async function copy(text: string | null, what: string): Promise<void> {
	say(text === null ? strings.copyLeft : (await write(text)) ? strings.copied(what) : strings.copyFailed);
}

async function write(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return writeBySelection(text);
	}
}

/** A page that was opened from disk has no clipboard of its own, but may still answer a copy. */
function writeBySelection(text: string): boolean {
	const before = document.activeElement;
	const box = document.createElement('textarea');
	box.value = text;
	box.className = 'unseen';
	// In a dialog, what lies outside it takes no focus.
	(before?.closest('dialog, [popover]') ?? document.body).append(box);
	box.select();
	// Deprecated, and the one way that works without a secure origin.
	const done = document.execCommand('copy');
	box.remove();
	if (before instanceof HTMLElement) before.focus({ preventScroll: true });
	return done;
}
