/** Deliveries of a live source: what is listed of them, what happens to them, and what is opened by itself. */
import { batch, computed, effect, signal } from '@preact/signals';
import type { ShownDelivery, ShownRequest } from '../../../pkg/src/cli/page/live-protocol.js';
import { strings } from '../strings.js';
import { announce } from './announce.js';
import { tell } from './current.js';
import { shelfShown } from './layout.js';
import { getBytes, getDeliveries, getHead, getOffer, listen } from './live-server.js';
import { active, type ItemKey, openFile, openItem, put } from './shelf.js';

/** Whether there are deliveries, and whether they are told as they come. */
export const connection = signal<'none' | 'connecting' | 'live' | 'lost' | 'ended'>('none');
/** What the storage cannot do now; empty where all is well. */
export const trouble = signal('');
/** Deliveries that are listed, newest first: those of the chosen state, as far as they were read. */
export const deliveries = signal<readonly ShownDelivery[]>([]);
/** Whether there are older ones to read. */
export const hasOlder = signal(false);
/** The state that is listed; `null` for all. */
export const stateWanted = signal<ShownDelivery['state'] | null>(null);
/** Requests that left no delivery, or one that was there already; newest first. */
export const requests = signal<readonly ShownRequest[]>([]);
/** Whether what comes is opened by itself. */
export const follows = signal(false);
/** The newest delivery that came while following, and is not open yet. */
export const awaited = signal<number | null>(null);
/** How often each delivery came again. */
export const repeats = signal<ReadonlyMap<number, number>>(new Map());
/** Whether what comes is listed as it comes. */
export const isLive = computed(() => connection.value !== 'none');

/** So many are read at once. */
const PAGE = 500;
/** A text is looked for in so many at most. */
const SEARCHED = 20_000;
/** So many requests are kept. */
const REQUESTS = 100;
/** What came is told the ear so often at most. */
const QUIET_MS = 5_000;

/** The newest number that was ever listed. */
let newest = 0;
/** Reading that goes on; replaced when the list begins anew. */
let reading = new AbortController();
/** Whether a page is being read. */
let isReading = false;
/** Deliveries that an event told of since the page that is being read was asked for. */
let toldMeanwhile = new Map<number, ShownDelivery>();

/** Begins, on a page that was served with something: puts what it offers on the shelf, and listens. */
export async function startLive(): Promise<void> {
	try {
		const offer = await getOffer();
		const offered = await put(
			offer.files.map(({ index, name, path, bytes }) => ({
				name,
				path,
				bytes,
				read: () => getBytes(`files/${index}`, name),
				head: () => getHead(index),
			})),
		);
		if (offer.deliveries) listenToDeliveries();
		const first = offered.find(({ holds }) => holds === 'payload') ?? offered[0];
		if (first) await openFile(first.key);
	} catch (error) {
		tell(error);
	}
}

function listenToDeliveries(): void {
	connection.value = 'connecting';
	shelfShown.value = true;
	listen({
		connected(stands) {
			connection.value = stands;
		},
		gap: () => void readNewest(),
		deliveries: hear,
		request(request) {
			requests.value = [request, ...requests.peek()].slice(0, REQUESTS);
			if (request.id === null) count.refused++;
			else {
				repeats.value = new Map(repeats.peek()).set(request.id, (repeats.peek().get(request.id) ?? 0) + 1);
				count.repeated++;
			}
			tellSoon();
		},
		trouble({ message }) {
			trouble.value = message;
		},
	});
}

/** Reads the list from its beginning, and keeps what is seen until it is there. */
async function readNewest(): Promise<void> {
	reading.abort();
	reading = new AbortController();
	isReading = false;
	await readPage(undefined);
}

/** Reads on behind the oldest one listed. */
export async function readOlder(): Promise<void> {
	if (isReading || !hasOlder.peek()) return;
	await readPage(deliveries.peek().at(-1)?.id);
}

/** Reads on as far as a text is looked for. */
export async function readToSearch(): Promise<void> {
	while (hasOlder.peek() && !isReading && deliveries.peek().length < SEARCHED) await readOlder();
}

async function readPage(before: number | undefined): Promise<void> {
	const { signal } = reading;
	isReading = true;
	toldMeanwhile = new Map();
	const wanted = stateWanted.peek();
	const states = wanted === null ? [] : [wanted];
	try {
		const query = { states, limit: PAGE, ...(before !== undefined && { before }) };
		const page = await getDeliveries(query, signal);
		if (signal.aborted) return;
		const told = [...toldMeanwhile.values()];
		batch(() => {
			trouble.value = '';
			deliveries.value = before === undefined ? page.deliveries : [...deliveries.peek(), ...page.deliveries];
			hasOlder.value = page.more;
			newest = Math.max(newest, deliveries.peek()[0]?.id ?? 0);
			// What was told since is newer than the page.
			if (told.length > 0) merge(told);
		});
	} catch (error) {
		// The connection says the rest; it is tried again when it is back.
		if (!signal.aborted) hasOlder.value = deliveries.peek().length > 0 && hasOlder.peek();
		void error;
	} finally {
		if (!signal.aborted) isReading = false;
	}
}

/** What came or changed. */
function hear(told: readonly ShownDelivery[]): void {
	batch(() => {
		trouble.value = '';
		if (isReading) for (const delivery of told) toldMeanwhile.set(delivery.id, delivery);
		for (const { id, state } of told) {
			if (id > newest) {
				count.arrived++;
				if (follows.peek()) awaited.value = Math.max(awaited.peek() ?? 0, id);
			}
			if (state === 'quarantined' || state === 'dead') count.bad++;
			newest = Math.max(newest, id);
		}
		merge(told);
	});
	tellSoon();
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
	deliveries.value = [];
	hasOlder.value = false;
	void readNewest();
}

export const deliveryKey = (id: number): ItemKey => `delivery:${id}`;

/** Opens a delivery. */
export async function openDelivery(id: number): Promise<void> {
	if (awaited.peek() !== null && id >= (awaited.peek() ?? 0)) awaited.value = null;
	await openItem(deliveryKey(id), () => getBytes(`deliveries/${id}`, strings.shelfView.deliveryFile(id)));
}

/** What came since the ear was told last. */
const count = { arrived: 0, bad: 0, refused: 0, repeated: 0 };
let telling: ReturnType<typeof setTimeout> | null = null;
let toldAt = Number.NEGATIVE_INFINITY;

/** Tells the ear what came: at once after a while of quiet, else together with what comes in the meantime. */
function tellSoon(): void {
	if (telling !== null) return;
	telling = setTimeout(
		() => {
			telling = null;
			toldAt = performance.now();
			const { arrived, bad, refused, repeated } = count;
			Object.assign(count, { arrived: 0, bad: 0, refused: 0, repeated: 0 });
			if (arrived + bad + refused + repeated > 0) {
				announce(strings.shelfView.announce(arrived, bad, refused, repeated));
			}
		},
		Math.max(300, QUIET_MS - (performance.now() - toldAt)),
	);
}

/** A list that begins anew forgets what was awaited. */
effect(() => {
	if (!follows.value) awaited.value = null;
});

/** The delivery that is open; `null` for none. */
export const openedDelivery = computed(() => {
	const [, id] = /^delivery:(\d+)$/.exec(active.value ?? '') ?? [];
	return id === undefined ? null : Number(id);
});
