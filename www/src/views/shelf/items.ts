/** What the shelf lists: files in the order in which they came, then deliveries, newest first. */
import { computed, signal } from '@preact/signals';
import type { ShownDelivery } from '../../../../pkg/src/cli/page/live-protocol.js';
import { deliveries, deliveryKey, openDelivery } from '../../state/deliveries.js';
import { deliveryFaults, files, type ItemKey, openFile, pairs, type ShelfFile } from '../../state/shelf.js';
import { strings } from '../../strings.js';

/** One of them. */
export type Item =
	| { readonly key: ItemKey; readonly file: ShelfFile; readonly document: string }
	| { readonly key: ItemKey; readonly delivery: ShownDelivery; readonly fault: string };

/** The text that items are looked for with. */
export const wanted = signal('');

const all = computed<readonly Item[]>(() => {
	const named = new Map<string, string>(files.value.map(({ key, name }) => [key, name]));
	const faults = deliveryFaults.value;
	return [
		...files.value.map((file) => ({ key: file.key, file, document: named.get(pairs.value.get(file.key) ?? '') ?? '' })),
		...deliveries.value.map((delivery) => {
			const key = deliveryKey(delivery.id);
			return { key, delivery, fault: faults.get(key) ?? '' };
		}),
	];
});

/** Those with the wanted text. */
export const items = computed<readonly Item[]>(() => {
	const text = wanted.value.trim().toLowerCase();
	return text === '' ? all.value : all.value.filter((item) => textOf(item).toLowerCase().includes(text));
});

/** Everything that is written of an item, to look in. */
function textOf(item: Item): string {
	if ('file' in item) return [item.file.path, item.document, item.file.found ?? ''].join('\n');
	const { id, state, kind, endpoint, inferenceId, lastError } = item.delivery;
	const words = [strings.shelfView.delivery(id), strings.shelfView.states[state], kind && strings.kinds[kind]];
	return [...words, endpoint, inferenceId, lastError].filter(Boolean).join('\n');
}

/** Opens one. */
export function open(item: Item): void {
	void ('file' in item ? openFile(item.key) : openDelivery(item.delivery.id));
}
