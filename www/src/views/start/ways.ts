/** The ways in: files, the clipboard, and the whole window as a place to drop on. */
import { say } from '../../state/announce.js';
import { openDocumentFile } from '../../state/document.js';
import { dragging } from '../../state/layout.js';
import { openPayload } from '../../state/payload.js';
import { strings } from '../../strings.js';

/** Opens what was chosen, dropped or pasted. */
export function openFiles(files: readonly File[], text = ''): void {
	const payload = files.find(isPayload);
	const document = files.find((file) => !isPayload(file));
	if (payload) void openPayload(payload);
	if (document) void openDocumentFile(document);
	if (files.length > 0) return;
	if (text.trim() !== '') openText(text);
	else say(strings.noFile);
}

function isPayload({ name, type }: File): boolean {
	return !/\.(pdf|png|jpe?g|webp|tiff?)$/i.test(name) && !/^(image|application\/pdf)/.test(type);
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

function openText(text: string): void {
	void openPayload(new File([text], strings.pasted, { type: 'application/json' }));
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
