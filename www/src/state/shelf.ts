/** What is at hand: the files that were opened or offered, which document lies under which payload, and what of it is open. */
import { computed, signal } from '@preact/signals';
import type { PayloadKind } from '../../../pkg/src/core/types.js';
import type { DocumentType } from '../document/type.js';
import { strings } from '../strings.js';
import { FileFault } from '../worker/client.js';
import { say } from './announce.js';
import { opened, stage } from './current.js';
import { closeDocument, documentStage, openDocumentFile } from './document.js';
import { firstLook, HEAD_BYTES } from './first-bytes.js';
import { ServerFault } from './live-server.js';
import { pairUp } from './pairs.js';
import { closePayload, openPayload } from './payload.js';

/** Names an item of the shelf: `file:3`, `delivery:12`. */
export type ItemKey = `${'file' | 'delivery'}:${number}`;

/** A file at hand. */
export interface ShelfFile {
	readonly key: ItemKey;
	readonly name: string;
	/** As it was named on the command line; the name, where it came otherwise. */
	readonly path: string;
	readonly bytes: number;
	/** When it came here. */
	readonly addedAt: Date;
	/** `null` until its first bytes were looked at. */
	readonly holds: 'payload' | DocumentType | null;
	/** What the payload calls its document. */
	readonly inner: string | null;
	/** Of a payload that was opened: its kind, or that it cannot be read. */
	readonly found: PayloadKind | 'unreadable' | null;
	/** Why its bytes could not be had when it was asked for last; empty where they could. */
	readonly fault: string;
	/** Its bytes. */
	read(): Promise<File>;
}

/** Files at hand, in the order in which they came. */
export const files = signal<readonly ShelfFile[]>([]);
/** What was opened last. */
export const active = signal<ItemKey | null>(null);
/** The payload that is in sight: until what was opened last is read, the one before. */
let turned: ItemKey | null = null;
/** Documents that were chosen by hand for payloads; `null` for none. */
const byHand = signal<ReadonlyMap<string, ItemKey | null>>(new Map());
/** Documents that were shown under payloads. */
const together = signal<ReadonlyMap<string, string>>(new Map());
/** What deliveries that were opened call their documents. */
const deliveredNames = signal<ReadonlyMap<string, string | null>>(new Map());

/** Documents at hand. */
export const documents = computed(() => files.value.filter(({ holds }) => holds !== null && holds !== 'payload'));
/** Documents by the payloads they belong to. */
export const pairs = computed<ReadonlyMap<string, string>>(() => {
	const payloads = files.value.filter(({ holds }) => holds === 'payload');
	const delivered = [...deliveredNames.value].map(([key, inner]) => ({ key, name: '', inner }));
	return pairUp([...payloads, ...delivered], documents.value, byHand.value, together.value);
});
/** Whether the active payload's document was chosen by hand. */
export const isByHand = computed(() => active.value !== null && byHand.value.has(active.value));

/** Counts files, to name them. */
let serial = 0;
/** Counts openings, so that one that takes long does not come over a later one. */
let openings = 0;

/** A file that is not here yet, but can be had. */
export interface Offered {
	readonly name: string;
	readonly path: string;
	readonly bytes: number;
	read(): Promise<File>;
	/** Its first bytes. */
	head(): Promise<Uint8Array>;
}

/** Takes files that were dropped, chosen or pasted, and opens the first payload of them with its document. */
export async function takeFiles(given: readonly File[]): Promise<void> {
	const taken = await put(given.map(here));
	const firstPayload = taken.find(({ holds }) => holds === 'payload');
	const [first] = taken;
	if (firstPayload) await openFile(firstPayload.key);
	else if (first) await takeDocuments(taken, first);
	if (taken.length > 2) say(strings.shelfView.taken(taken.length));
}

/** Takes the document of what is open, whatever it is called. */
export async function takeUnderlay(given: File): Promise<void> {
	const [taken] = await put([here(given)]);
	if (!taken) return;
	if (active.peek() !== null) await chooseForActive(taken.key);
	else await showDocument(taken);
}

/** A file that is here already. */
const here = (file: File): Offered => ({
	name: file.name,
	path: file.name,
	bytes: file.size,
	read: async () => {
		// One that was changed, removed or is a folder is to be known before anything is given up for it.
		await file
			.slice(0, 1)
			.arrayBuffer()
			.catch(({ message }) => {
				throw new FileFault(message);
			});
		return file;
	},
	head: async () => new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()),
});

/** Puts files on the shelf; gives them as they are there. A name alone does not say what they are. */
export async function put(offered: readonly Offered[]): Promise<ShelfFile[]> {
	const looked = await Promise.all(
		offered.map(async ({ head, ...file }): Promise<ShelfFile> => {
			const key: ItemKey = `file:${++serial}`;
			// What cannot be looked at is opened as a payload, and says then why it cannot be read.
			const look = await head().then(firstLook, () => firstLook(new Uint8Array()));
			return { ...file, ...look, key, addedAt: new Date(), found: null, fault: '' };
		}),
	);
	files.value = [...files.peek(), ...looked];
	return looked;
}

/** Documents alone belong to what is open, unless a payload at hand is a better match. */
async function takeDocuments(taken: readonly ShelfFile[], first: ShelfFile): Promise<void> {
	const shown = active.peek();
	const others = [...pairs.peek()].filter(([payload]) => payload !== shown).map(([, document]) => document);
	const free = taken.find(({ key }) => !others.includes(key));
	const paired = shown === null ? undefined : pairs.peek().get(shown);
	const fitting = taken.find(({ key }) => key === paired) ?? free ?? first;
	if (shown !== null && takesDocument() && fitting.key !== paired && !others.includes(fitting.key)) {
		choose(shown, fitting.key);
	}
	if (shown !== null) keepTogether(shown, fitting.key);
	if (!isAwaited()) await showDocument(fitting);
}

/** Whether there is a payload, if only one that is being read, that documents can be chosen for. */
const takesDocument = (): boolean => stage.peek().at === 'opened' || stage.peek().at === 'opening';

/** Whether the active payload is still being read, and another is in sight: what was chosen is shown as it turns. */
const isAwaited = (): boolean => stage.peek().at === 'opened' && active.peek() !== turned;

/** Opens a file: a payload with its document; a document under what is open. */
export async function openFile(key: ItemKey): Promise<void> {
	const file = files.peek().find((each) => each.key === key);
	if (!file) return;
	if (file.holds === 'payload') await openItem(key, () => file.read());
	else {
		const shown = active.peek();
		if (shown !== null && takesDocument()) choose(shown, key);
		if (!isAwaited()) await showDocument(file);
	}
}

/**
 * Opens a payload, from wherever its bytes are, with its document. One that comes by itself has `isWanted`, which is asked once they
 * are there, and told whether something else was chosen meanwhile: until then what was chosen before is still on its way.
 */
export async function openItem(
	key: ItemKey,
	read: () => Promise<File>,
	isWanted?: (isPassed: boolean) => boolean,
): Promise<void> {
	const mine = isWanted ? openings : ++openings;
	let file: File;
	try {
		file = await read();
	} catch (error) {
		if (mine === openings) noteFault(key, error);
		return;
	}
	const isPassed = mine !== openings;
	if (isWanted?.(isPassed) === false || isPassed) return;
	if (isWanted) openings++;
	active.value = key;
	noteFault(key, null);
	const turn = () => {
		turned = key;
		// One may have been given while the payload was read.
		const document = pairs.peek().get(key);
		if (document === shownDocument) return;
		closeShown();
		if (document) void showByKey(document);
	};
	// Where nothing is in sight that would lose its document, the new one is read at the same time.
	if (stage.peek().at !== 'opened') turn();
	await openPayload(file, () => {
		noteFound(key);
		turn();
		// At once: its rows are to come yet, and another may be opened before.
		const document = pairs.peek().get(key);
		if (document) keepTogether(key, document);
	});
}

/** What was opened says what it is and what its document is called. */
function noteFound(key: ItemKey): void {
	const shown = opened.peek();
	if (!shown) return;
	const inner = shown.readable ? shown.fileName : null;
	if (key.startsWith('delivery')) {
		deliveredNames.value = new Map(deliveredNames.peek()).set(key, inner);
		return;
	}
	change(key, (file) => ({ ...file, found: shown.readable ? shown.kind : 'unreadable', inner: inner ?? file.inner }));
}

/** Faults of deliveries, by their keys; those of files are with them. */
export const deliveryFaults = signal<ReadonlyMap<string, string>>(new Map());

function noteFault(key: ItemKey, error: unknown): void {
	const reason = error === null ? null : error instanceof ServerFault ? error.reason : 'unreadable';
	const fault = reason === null ? '' : strings.shelfView.faults[reason];
	if (fault !== '') say(strings.shelfView.cannotOpen(nameOf(key), fault));
	if (key.startsWith('file')) change(key, (file) => ({ ...file, fault }));
	else if (fault !== (deliveryFaults.peek().get(key) ?? '')) {
		deliveryFaults.value = new Map(deliveryFaults.peek()).set(key, fault);
	}
}

const nameOf = (key: ItemKey): string =>
	files.peek().find((file) => file.key === key)?.name ?? key.replace('delivery:', '#');

function change(key: ItemKey, to: (file: ShelfFile) => ShelfFile): void {
	files.value = files.peek().map((file) => (file.key === key ? to(file) : file));
}

/** Chooses the document of a payload; `null` is none, `undefined` lets the names decide again. */
export function choose(payload: ItemKey, document: ItemKey | null | undefined): void {
	const chosen = new Map(byHand.peek());
	if (document === undefined) chosen.delete(payload);
	else chosen.set(payload, document);
	byHand.value = chosen;
	const kept = new Map(together.peek());
	kept.delete(payload);
	together.value = kept;
}

/** A pair that was only the last of each stays one when a further file comes. */
function keepTogether(payload: ItemKey, document: string): void {
	if (pairs.peek().get(payload) === document) together.value = new Map(together.peek()).set(payload, document);
}

/** The same for the payload that is open, and shows it. */
export async function chooseForActive(document: ItemKey | null | undefined): Promise<void> {
	const shown = active.peek();
	if (shown === null) return;
	choose(shown, document);
	if (isAwaited()) return;
	const found = pairs.peek().get(shown);
	if (found) await showByKey(found);
	else closeShown();
}

/** Key of the document that is shown, or being read. */
let shownDocument: string | undefined;

async function showByKey(key: string): Promise<void> {
	const file = files.peek().find((each) => each.key === key);
	if (file) await showDocument(file);
}

async function showDocument(file: ShelfFile): Promise<void> {
	// What could not be shown is tried again.
	if (shownDocument === file.key && documentStage.peek().at !== 'fault') return;
	shownDocument = file.key;
	try {
		const read = await file.read();
		if (shownDocument !== file.key) return;
		noteFault(file.key, null);
		await openDocumentFile(read);
	} catch (error) {
		// The one before, which is still in sight, does not belong here.
		if (shownDocument === file.key) closeShown();
		noteFault(file.key, error);
	}
}

/** Closes what is open; the files stay at hand. */
export function closeAll(): void {
	openings++;
	active.value = null;
	turned = null;
	closeShown();
	closePayload();
}

function closeShown(): void {
	shownDocument = undefined;
	closeDocument();
}
