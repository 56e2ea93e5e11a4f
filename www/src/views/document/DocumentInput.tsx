import type { ComponentChildren } from 'preact';
import { takeUnderlay } from '../../state/shelf.js';

/** A way to open a document by hand. */
export function DocumentInput({ label, children }: { label: string; children: ComponentChildren }) {
	const isSaid = typeof children === 'string';
	return (
		<label class={`tool-button${isSaid ? ' wide' : ''}`} title={label}>
			{children}
			<input
				class="unseen"
				type="file"
				accept="application/pdf,image/png,image/jpeg,image/webp,image/tiff,.tif"
				aria-label={isSaid ? undefined : label}
				onChange={choose}
			/>
		</label>
	);
}

function choose(event: Event & { currentTarget: HTMLInputElement }): void {
	const input = event.currentTarget;
	const [file] = input.files ?? [];
	if (file) void takeUnderlay(file);
	// Else choosing the same file again would be no change.
	input.value = '';
}
