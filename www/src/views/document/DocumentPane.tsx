import { effect } from '@preact/signals';
import { hasDocumentSide } from '../../state/document.js';
import { lazy } from '../lazy.js';

const loadPane = async () => {
	const { Pane } = await import('./Pane.js');
	return Pane;
};
const Pane = lazy(loadPane);

// Its parts come as soon as they are needed, before the room for them is laid out.
effect(() => {
	if (hasDocumentSide.value) void loadPane().catch(() => {});
});

/** The document beside the payload, with the places of its fields drawn over it. */
export function DocumentPane() {
	return hasDocumentSide.value ? <Pane /> : null;
}
