import type { ComponentChildren } from 'preact';
import { openFiles } from './ways.js';

/** A button that lets files be chosen. */
export function FilePicker({ class: name, children }: { class: string; children: ComponentChildren }) {
	return (
		<label class={name}>
			{children}
			<input class="unseen" id="files" type="file" multiple onChange={choose} />
		</label>
	);
}

function choose(event: Event & { currentTarget: HTMLInputElement }): void {
	const input = event.currentTarget;
	openFiles([...(input.files ?? [])]);
	// Else choosing the same file again would be no change.
	input.value = '';
}
