/** What comes of a live source: which deliveries are new, what the ear is told of it, and which of them waits to be opened. */
import { effect, signal } from '@preact/signals';
import type { ShownDelivery } from '../../../pkg/src/cli/page/live-protocol.js';
import { strings } from '../strings.js';
import { announce, say } from './announce.js';
import { shelfShown } from './layout.js';

/** Whether what comes is opened by itself. */
export const follows = signal(false);
/** The newest delivery that came while following, and is not open yet. */
export const awaited = signal<number | null>(null);
/** Whether it is held back, because opening it would disturb whoever is at work. */
export const held = signal(false);

/** What came is told the ear so often at most. */
const QUIET_MS = 5_000;

/** The newest number that was ever seen; `null` until the list was read for the first time. */
let newest: number | null = null;

/** Takes note of deliveries that were listed or told; the first list only says how things stand. */
export function noteSeen(seen: readonly ShownDelivery[], isList: boolean): void {
	const known = newest;
	const highest = Math.max(0, ...seen.map(({ id }) => id));
	if (known === null) {
		if (isList) newest = highest;
		return;
	}
	const arrived = seen.filter(({ id }) => id > known).length;
	if (arrived === 0) return;
	newest = highest;
	count.arrived += arrived;
	if (follows.peek()) awaited.value = highest;
	tellSoon();
}

/** What came since the ear was told last. */
const count = { arrived: 0, bad: 0, refused: 0, repeated: 0 };
let telling: ReturnType<typeof setTimeout> | null = null;
let toldAt = Number.NEGATIVE_INFINITY;

/** Counts something else that the ear is told together with what arrived. */
export function noteOther(what: 'bad' | 'refused' | 'repeated'): void {
	count[what]++;
	tellSoon();
}

/** Tells the ear what came: at once after a while of quiet, else together with what comes in the meantime. */
function tellSoon(): void {
	if (telling !== null) return;
	telling = setTimeout(
		() => {
			telling = null;
			toldAt = performance.now();
			const { arrived, bad, refused, repeated } = count;
			Object.assign(count, { arrived: 0, bad: 0, refused: 0, repeated: 0 });
			const came = arrived + bad + refused + repeated > 0;
			const texts = [
				came && strings.shelfView.announce(arrived, bad, refused, repeated),
				held.peek() && strings.shelfView.held,
			].filter((text) => text !== false);
			// With the shelf hidden nothing in sight says that one is held back.
			const tell = held.peek() && !shelfShown.peek() ? say : announce;
			if (texts.length > 0) tell(texts.join(' '));
		},
		Math.max(300, QUIET_MS - (performance.now() - toldAt)),
	);
}

effect(() => {
	// Who follows no longer waits for nothing.
	if (!follows.value) awaited.value = null;
});
effect(() => {
	if (awaited.value === null) held.value = false;
	else if (held.value) tellSoon();
});
