/** The ways in: files, the clipboard, and the whole window as a place to drop on. */
import { say } from '../../state/announce.js';
import { dragging } from '../../state/layout.js';
import { takeFiles } from '../../state/shelf.js';
import { strings } from '../../strings.js';

/** Opens what was chosen, dropped or pasted. */
export function openFiles(files: readonly File[], text = ''): void {
	if (files.length > 0) void takeFiles(files);
	else if (text.trim() !== '') void takeFiles([new File([text], strings.pasted, { type: 'application/json' })]);
	else say(strings.noFile);
}

/** Opens what the clipboard holds. */
export async function paste(): Promise<void> {
	try {
		openFiles([], await navigator.clipboard.readText());
	} catch {
		// The browser may refuse to hand out the clipboard; a paste by keyboard needs no permission.
		say(strings.pasteHint);
	}
}

/** Takes what is dropped or pasted anywhere; gives what ends that. */
export function listenForDropsAndPastes(): () => void {
	const end = new AbortController();
	const on = { signal: end.signal };
	addEventListener(
		'dragover',
		(event) => {
			event.preventDefault();
			dragging.value = true;
		},
		on,
	);
	addEventListener(
		'dragleave',
		(event) => {
			// Leaving one element for another is not leaving the window.
			if (!event.relatedTarget) dragging.value = false;
		},
		on,
	);
	addEventListener(
		'drop',
		(event) => {
			event.preventDefault();
			dragging.value = false;
			openFiles([...(event.dataTransfer?.files ?? [])], event.dataTransfer?.getData('text/plain'));
		},
		on,
	);
	addEventListener(
		'paste',
		(event) => {
			if (event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement) return;
			event.preventDefault();
			openFiles([...(event.clipboardData?.files ?? [])], event.clipboardData?.getData('text/plain'));
		},
		on,
	);
	return () => end.abort();
}
