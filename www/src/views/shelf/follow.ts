/** Opens what comes by itself, where nobody is disturbed by it. */
import { effect } from '@preact/signals';
import { stage } from '../../state/current.js';
import { awaited, openDelivery } from '../../state/live.js';

/** What waits is tried again so often. */
const AGAIN_MS = 400;

/**
 * Whether somebody is at work: typing, with something open over the page, or with the keyboard inside of what would be replaced,
 * where the focus would be lost.
 */
function isBusy(): boolean {
	const { activeElement: focus } = document;
	if (focus?.matches('input:not([type=checkbox]), textarea, select, [contenteditable]')) return true;
	if (focus?.closest('main') && focus.id !== 'main') return true;
	return document.querySelector('dialog[open], :popover-open, [aria-haspopup][aria-expanded=true]') !== null;
}

/** Follows until the returned function is called. */
export function followNewest(): () => void {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const attempt = (): void => {
		clearTimeout(timer);
		const id = awaited.peek();
		if (id === null) return;
		if (isBusy() || stage.peek().at === 'opening') timer = setTimeout(attempt, AGAIN_MS);
		else void openDelivery(id);
	};
	const stop = effect(() => {
		if (awaited.value === null) return;
		// Of several that come together, the last one is opened.
		clearTimeout(timer);
		timer = setTimeout(attempt, AGAIN_MS / 2);
	});
	return () => {
		clearTimeout(timer);
		stop();
	};
}
