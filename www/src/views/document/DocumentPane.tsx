import { effect, signal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { tell } from '../../state/current.js';
import { hasDocumentSide } from '../../state/document.js';

/** Its parts, once they are needed: the first screen is shown without them. */
const pane = signal<FunctionComponent | null>(null);

effect(() => {
	if (hasDocumentSide.value && pane.peek() === null)
		import('./Pane.js').then(({ Pane }) => {
			pane.value = Pane;
		}, tell);
});

/** The document beside the payload, with the places of its fields drawn over it. */
export function DocumentPane() {
	const Loaded = pane.value;
	return Loaded && hasDocumentSide.value ? <Loaded /> : null;
}
