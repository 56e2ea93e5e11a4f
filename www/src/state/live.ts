/** What a server offers to the page that came from it: files, and deliveries as they come. */
import { computed, signal } from '@preact/signals';
import type { ShownRequest } from '../../../pkg/src/cli/page/live-protocol.js';
import { noteOther } from './arrivals.js';
import { tell } from './current.js';
import { endReading, hear, readNewest } from './deliveries.js';
import { followNewest } from './follow.js';
import { shelfShown } from './layout.js';
import { getBytes, getHead, getOffer, listen } from './live-server.js';
import { openFile, put } from './shelf.js';

/** Whether there are deliveries, and whether they are told as they come. */
export const connection = signal<'none' | 'connecting' | 'live' | 'lost' | 'ended'>('none');
/** What the storage cannot do now; empty where all is well. */
export const trouble = signal('');
/** Requests that left no delivery, or one that was there already; newest first. */
export const requests = signal<readonly ShownRequest[]>([]);
/** Since when they are told; `null` where only the receiver knows of them. */
export const requestsSince = signal<Date | null>(null);
/** Whether what comes is listed as it comes. */
export const isLive = computed(() => connection.value !== 'none');

/** So many requests are kept. */
const REQUESTS = 100;

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
		if (offer.requestsSince !== null) requestsSince.value = new Date(offer.requestsSince);
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
	followNewest();
	listen({
		connected(stands) {
			connection.value = stands;
			if (stands === 'ended') endReading();
		},
		gap() {
			trouble.value = '';
			void readNewest();
		},
		deliveries(told) {
			trouble.value = '';
			hear(told);
		},
		requests(latest) {
			requests.value = latest;
		},
		request(request) {
			requests.value = [request, ...requests.peek()].slice(0, REQUESTS);
			noteOther(request.id === null ? 'refused' : 'repeated');
		},
		trouble({ message }) {
			trouble.value = message;
		},
	});
}
