import { useEffect } from 'preact/hooks';
import { note, say } from '../../state/announce.js';
import { opened, stage } from '../../state/current.js';
import { dragging } from '../../state/layout.js';
import { openPayload } from '../../state/payload.js';
import { strings } from '../../strings.js';

/** Where payloads come in: a file picker, the clipboard, and the whole window as a place to drop on. */
export function Opener() {
	useEffect(listenForDropsAndPastes, []);
	const at = stage.value;
	const small = opened.value !== null || at.at === 'fault';
	const hint = note.value || (small ? '' : strings.dropHint);
	return (
		<section class={`opener${small ? ' small' : ''}${dragging.value ? ' over' : ''}`} aria-label={strings.dropTitle}>
			{!small && <Illustration />}
			<div class="invitation">
				<h2>{title(small)}</h2>
				{hint && <p>{hint}</p>}
			</div>
			<div class="ways">
				<label class="button primary">
					{small ? strings.chooseAnother : strings.choose}
					<input class="unseen" type="file" aria-label={strings.chooseLabel} onChange={choose} />
				</label>
				<button class="button" type="button" onClick={paste}>
					{strings.paste}
				</button>
			</div>
		</section>
	);
}

function title(small: boolean): string {
	const at = stage.value;
	if (dragging.value) return strings.dropNow;
	return at.at === 'opening' ? strings.opening(at.name) : small ? strings.dropNext : strings.dropTitle;
}

/** A sheet that comes to rest on a line. */
function Illustration() {
	return (
		<svg class="illustration" viewBox="0 0 96 72" aria-hidden="true">
			<path class="ground" d="M14 50v8a6 6 0 0 0 6 6h56a6 6 0 0 0 6-6v-8" />
			<g class="leaf">
				<path class="paper" d="M36 6h18l10 10v34a3 3 0 0 1-3 3H36a3 3 0 0 1-3-3V9a3 3 0 0 1 3-3z" />
				<path class="fold" d="M54 6v10h10" />
				<path class="lines" d="M40 25h17M40 33h17M40 41h10" />
			</g>
		</svg>
	);
}

function choose(event: Event & { currentTarget: HTMLInputElement }): void {
	const input = event.currentTarget;
	openFirst([...(input.files ?? [])]);
	// Else choosing the same file again would be no change.
	input.value = '';
}

async function paste(): Promise<void> {
	try {
		openText(await navigator.clipboard.readText());
	} catch {
		// The browser may refuse to hand out the clipboard; a paste by keyboard needs no permission.
		say(strings.pasteHint);
	}
}

function openFirst(files: readonly File[], text = ''): void {
	const [first, ...ignored] = files;
	if (first) void openPayload(first);
	else if (text.trim() !== '') openText(text);
	else say(strings.noFile);
	if (ignored.length > 0) say(strings.ignoredFiles(ignored.length));
}

function openText(text: string): void {
	void openPayload(new File([text], strings.pasted, { type: 'application/json' }));
}

function listenForDropsAndPastes(): () => void {
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
			openFirst([...(event.dataTransfer?.files ?? [])], event.dataTransfer?.getData('text/plain'));
		},
		on,
	);
	addEventListener(
		'paste',
		(event) => {
			if (event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement) return;
			event.preventDefault();
			openFirst([...(event.clipboardData?.files ?? [])], event.clipboardData?.getData('text/plain'));
		},
		on,
	);
	return () => end.abort();
}
