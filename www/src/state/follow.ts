/** Opens what comes by itself, where nobody is disturbed by it. */
import { effect } from '@preact/signals';
import { awaited, follows, held } from './arrivals.js';
import { reading, stage } from './current.js';
import { openDelivery } from './deliveries.js';

/** What waits is tried again so often. */
const AGAIN_MS = 400;

/** Where somebody types, or chooses the document of what is open. */
const TYPING =
	'input:not([type=checkbox], [type=radio], [type=range], [type=file]), textarea, [contenteditable], .underlay select';
/** What is made anew for each payload: the focus within would be lost. The document stays. */
const REPLACED = '.side *, .foot *, .start-room *';
/** What is open over the page, and may be about the payload. */
const OVER = 'dialog[open], :popover-open:not(.toast), [aria-haspopup][aria-expanded=true]';

function isBusy(): boolean {
	return document.activeElement?.matches(`${TYPING}, ${REPLACED}`) || document.querySelector(OVER) !== null;
}

/** Opens a delivery; should the focus go with what was open, it is put on what is open now. */
async function open(id: number): Promise<void> {
	const main = document.getElementById('main');
	const wasWithin = main?.contains(document.activeElement);
	// Somebody may begin to work while its bytes are on their way, or no longer want to follow.
	await openDelivery(id, () => follows.peek() && !isBusy());
	// The page is drawn in a turn of its own.
	setTimeout(() => {
		if (wasWithin && document.activeElement === document.body) main?.focus();
	});
}

/** Follows for as long as the page is there; what cannot be opened yet is said to be held back. */
export function followNewest(): void {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const plan = (milliseconds: number): void => {
		timer = setTimeout(() => void attempt(), milliseconds);
	};
	const attempt = async (): Promise<void> => {
		const id = awaited.peek();
		held.value = id !== null && isBusy();
		const isOpening = stage.peek().at === 'opening' || reading.peek() !== '';
		try {
			if (id !== null && !held.peek() && !isOpening) await open(id);
		} finally {
			timer = undefined;
			if (awaited.peek() !== null) plan(AGAIN_MS);
		}
	};
	effect(() => {
		// Of several that come together, the last one is opened; what comes without end puts nothing off.
		if (awaited.value !== null && timer === undefined) plan(AGAIN_MS / 2);
	});
}
