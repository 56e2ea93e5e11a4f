/** The list of deliveries of a live source: read page by page, changed in its place by what is told. */
import { batch, signal } from '@preact/signals';
import type { DeliveryPage, ShownDelivery } from '../../../pkg/src/cli/page/live-protocol.js';
import { strings } from '../strings.js';
import { awaited, follows, noteOther, noteSeen } from './arrivals.js';
import { getBytes, getDeliveries } from './live-server.js';
import { type ItemKey, openItem } from './shelf.js';

/** Deliveries that are listed, newest first: those of the chosen state, as far as they were read. */
export const deliveries = signal<readonly ShownDelivery[]>([]);
/** How far they were read: not at all yet, or in vain when it was tried last. */
export const listStage = signal<'unread' | 'read' | 'failed'>('unread');
/** Whether there are older ones to read. */
export const hasOlder = signal(false);
/** The state that is listed; `null` for all. */
export const stateWanted = signal<ShownDelivery['state'] | null>(null);

/** So many are read at once. */
const PAGE = 500;
/** A text is looked for in so many at most. */
const SEARCHED = 20_000;
/** What could not be read is asked for again after so long, then after longer. */
const AGAIN_MS = { first: 500, most: 8_000 } as const;

/** Reading that goes on; replaced when the list begins anew. */
let reading = new AbortController();
/** Whether a page is being read. */
let isReading = false;
/** Whether a text is looked for, so that what begins anew has to be read as far again. */
let isSearching: () => boolean = () => false;
/** Whether the server is gone for good. */
let isEnded = false;
/** Deliveries that an event told of since the page that is being read was asked for. */
let toldMeanwhile = new Map<number, ShownDelivery>();

/** Reads the list from its beginning, and keeps what is seen until it is there. */
export async function readNewest(): Promise<void> {
	reading.abort();
	reading = new AbortController();
	await readPage(undefined);
	await readOn();
}

/** What cannot be read is no longer asked for again: nobody will answer. */
export function endReading(): void {
	isEnded = true;
}

/** Reads on behind the oldest one listed. */
export async function readOlder(): Promise<void> {
	if (isReading || !hasOlder.peek()) return;
	await readPage(deliveries.peek().at(-1)?.id);
}

/** Reads on as far as a text is looked for, for as long as `isWanted` says so. */
export async function readToSearch(isWanted: () => boolean): Promise<void> {
	isSearching = isWanted;
	await readOn();
}

async function readOn(): Promise<void> {
	while (isSearching() && hasOlder.peek() && !isReading && deliveries.peek().length < SEARCHED) await readOlder();
}

/** Reads a page, again and again until it is there or no longer wanted. */
async function readPage(before: number | undefined): Promise<void> {
	const { signal } = reading;
	isReading = true;
	for (let pause: number = AGAIN_MS.first; ; pause = Math.min(2 * pause, AGAIN_MS.most)) {
		toldMeanwhile = new Map();
		try {
			const [page, all] = await ask(before, signal);
			if (signal.aborted) return;
			take(page, all, before === undefined);
			isReading = false;
			return;
		} catch {
			if (signal.aborted) return;
			listStage.value = 'failed';
		}
		await new Promise((resolve) => setTimeout(resolve, pause));
		if (signal.aborted || isEnded) return;
	}
}

/** A page of the chosen state; with the first one, also the newest of all, so that none arrives unseen. */
function ask(before: number | undefined, signal: AbortSignal): Promise<readonly [DeliveryPage, DeliveryPage]> {
	const wanted = stateWanted.peek();
	const states = wanted === null ? [] : [wanted];
	const page = getDeliveries({ states, limit: PAGE, ...(before !== undefined && { before }) }, signal);
	const all = before === undefined && wanted !== null ? getDeliveries({ states: [], limit: PAGE }, signal) : page;
	return Promise.all([page, all]);
}

function take(page: DeliveryPage, all: DeliveryPage, isFirst: boolean): void {
	const told = [...toldMeanwhile.values()];
	batch(() => {
		listStage.value = 'read';
		deliveries.value = isFirst ? page.deliveries : [...deliveries.peek(), ...page.deliveries];
		hasOlder.value = page.more;
		if (isFirst) noteSeen(all.deliveries, true);
		// What was told since is newer than the page.
		if (told.length > 0) merge(told);
	});
}

/** Takes what came or changed. */
export function hear(told: readonly ShownDelivery[]): void {
	batch(() => {
		if (isReading) for (const delivery of told) toldMeanwhile.set(delivery.id, delivery);
		const listed = new Map(deliveries.peek().map(({ id, state }) => [id, state]));
		for (const { id, state } of told) {
			if ((state === 'quarantined' || state === 'dead') && listed.get(id) !== state) noteOther('bad');
		}
		noteSeen(told, false);
		merge(told);
	});
}

/** Takes changes into the list: in their places, without those that no longer fit the chosen state. */
function merge(told: readonly ShownDelivery[]): void {
	const wanted = stateWanted.peek();
	const byId = new Map(told.map((delivery) => [delivery.id, delivery]));
	const listed = deliveries.peek();
	const oldest = listed.at(-1)?.id ?? 0;
	const kept: ShownDelivery[] = [];
	for (const before of listed) {
		const delivery = byId.get(before.id) ?? before;
		byId.delete(before.id);
		if (wanted === null || delivery.state === wanted) kept.push(delivery);
	}
	// What is older than the list is read with the pages that follow.
	const added = [...byId.values()].filter(
		({ id, state }) => (wanted === null || state === wanted) && (id > oldest || !hasOlder.peek()),
	);
	deliveries.value = added.length === 0 ? kept : [...kept, ...added].sort((a, b) => b.id - a.id);
}

/** Lists one state alone, or all. */
export function wantState(state: ShownDelivery['state'] | null): void {
	if (stateWanted.peek() === state) return;
	stateWanted.value = state;
	// Until it is read nobody knows whether there is none.
	listStage.value = 'unread';
	deliveries.value = [];
	hasOlder.value = false;
	void readNewest();
}

export const deliveryKey = (id: number): ItemKey => `delivery:${id}`;

/** The newest delivery that was chosen by hand: none that is older is awaited any more. */
let chosen = 0;

/**
 * Opens a delivery. One that comes by itself has `isWanted`; where it is not wanted any more once its bytes are there, or another was
 * chosen meanwhile, it is awaited again.
 */
export async function openDelivery(id: number, isWanted?: () => boolean): Promise<void> {
	if (awaited.peek() !== null && id >= (awaited.peek() ?? 0)) awaited.value = null;
	if (!isWanted) chosen = Math.max(chosen, id);
	const read = () => getBytes(`deliveries/${id}`, strings.shelfView.deliveryFile(id));
	const orAwaited = (isPassed: boolean): boolean => {
		if (!isPassed && isWanted?.()) return true;
		if (follows.peek() && id > chosen) awaited.value ??= id;
		return false;
	};
	await openItem(deliveryKey(id), read, isWanted && orAwaited);
}
