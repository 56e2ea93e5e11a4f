/** The document beside the payload, how it is looked at, and in what it differs from what the payload says of it. */
import { batch, computed, effect, signal } from '@preact/signals';
import { DocumentFault, type FaultReason } from '../document/fault.js';
import { clampZoom, fitZoom, nextRotation, type Placement, type Rotation, type Size } from '../document/geometry.js';
import { openDocument } from '../document/open.js';
import type { OpenedDocument } from '../document/opened.js';
import { mediaTypes } from '../document/type.js';
import { strings } from '../strings.js';
import type { PageRange } from '../worker/calls/marks.js';
import { ask } from '../worker/client.js';
import { announce } from './announce.js';
import { currentDocument, opened, stage } from './current.js';
import { failMarks, hasMarks, markCounts, marks, marksFault, page, selectedMarks } from './selection.js';
import { detail } from './tree.js';

/** How opening a document stands: none, one that is being read, one that is shown, one that cannot be. */
export type DocumentStage =
	| { at: 'none' }
	| { at: 'opening'; name: string }
	| { at: 'shown'; document: OpenedDocument }
	| { at: 'fault'; name: string; reason: FaultReason };

/** How the page fills its space: a zoom that was chosen, or one that follows the space. */
export type Zoom = number | 'width' | 'page';

/** How opening a document stands. */
export const documentStage = signal<DocumentStage>({ at: 'none' });
/** How large the page is to be. */
export const zoomWanted = signal<Zoom>('page');
/** How the page is turned, beyond the way it is meant to be read. */
export const rotation = signal<Rotation>(0);
/** Whether every mark is drawn, or only the selected ones. */
export const showsAllMarks = signal(true);
/** The space that there is for a page, in CSS pixels. */
export const space = signal<Size>({ width: 0, height: 0 });
/** The page that is laid out: the wanted one, as soon as its size is known. */
export const sheet = signal<{ document: OpenedDocument | null; page: number; size: Size } | null>(null);
/** Why the wanted page cannot be shown; empty where it can. */
export const pageFault = signal('');
/** The page ranges of a split payload. */
export const splits = signal<readonly PageRange[]>([]);

/** The document that is shown. */
export const shownDocument = computed(() => (documentStage.value.at === 'shown' ? documentStage.value.document : null));
/** Whether there is anything for the document's side of the desk. */
export const hasDocumentSide = computed(
	() => documentStage.value.at !== 'none' || hasMarks.value || marksFault.value !== '',
);
/** Whether there is anything for the desk: else the start screen is shown. */
export const hasDesk = computed(
	() => stage.value.at === 'opened' || (stage.value.at === 'empty' && documentStage.value.at !== 'none'),
);
/** Pages that can be turned to. */
export const pageCount = computed(
	() => shownDocument.value?.pageCount ?? Math.max(claimedPages.value ?? 0, lastMarkedPage.value + 1, 1),
);
/** How the page lies on the sheet. */
export const placement = computed<Placement | null>(() => {
	const laid = sheet.value;
	if (!laid) return null;
	const wanted = zoomWanted.value;
	const zoom = typeof wanted === 'number' ? wanted : fitZoom(laid.size, rotation.value, space.value, wanted);
	return { size: laid.size, zoom, rotation: rotation.value };
});

/** What is laid out where there are marks and no document. */
const A4: Size = { width: (210 / 25.4) * 96, height: (297 / 25.4) * 96 };
/** How long nothing is said of a document that is being read, in milliseconds: what is said of its payload comes first. */
const PATIENCE = 250;
/** A step of the zoom buttons. */
const ZOOM_STEP = 1.25;

const factOf = (key: 'pageCount' | 'mimeType') => {
	const shown = opened.value;
	return shown?.readable ? (shown.facts.find((fact) => fact.key === key)?.value ?? null) : null;
};
/** Pages of the document as the payload says. */
const claimedPages = computed(() => {
	const pages = factOf('pageCount');
	return pages === null ? null : Number(pages.replace(/\D/g, ''));
});
/** The last page that has marks; -1 where none has. */
const lastMarkedPage = computed(() => markCounts.value?.findLastIndex((count) => count > 0) ?? -1);

/** In what the document and the payload do not agree; each is said above the page. */
export const disagreements = computed<readonly string[]>(() => {
	const document = shownDocument.value;
	if (!document || !opened.value?.readable) return [];
	const found: string[] = [];
	const [pages, type, is] = [claimedPages.value, factOf('mimeType'), mediaTypes[document.type]];
	if (type !== null && type !== is) found.push(strings.document.otherType(type, is));
	if (pages !== null && pages !== document.pageCount)
		found.push(strings.document.otherPages(pages, document.pageCount));
	const counts = markCounts.value;
	// Only an extraction can be asked for with them.
	if (counts && !hasMarks.value && opened.value.kind === 'extraction') found.push(strings.document.noLocations);
	const beyond = counts?.subarray(document.pageCount).reduce((sum, count) => sum + count, 0) ?? 0;
	if (beyond > 0) found.push(strings.document.marksBeyond(beyond, lastMarkedPage.value + 1));
	return found;
});

/** Counts opened documents, so that one that was left meanwhile is known as such. */
let serial = 0;

/** Opens a document beside the payload, in place of the one before; one opened meanwhile wins. */
export async function openDocumentFile(file: File): Promise<void> {
	const mine = ++serial;
	const { name } = file;
	leave({ at: 'opening', name });
	const patience = setTimeout(() => {
		if (mine === serial) announce(strings.document.opening(name));
	}, PATIENCE);
	try {
		const document = await openDocument(file);
		if (mine !== serial) {
			document.close();
			return;
		}
		batch(() => {
			documentStage.value = { at: 'shown', document };
			rotation.value = 0;
			page.value = Math.min(page.peek(), document.pageCount - 1);
		});
		announce(strings.document.announceOpened(name, document.pageCount));
	} catch (error) {
		if (mine !== serial) return;
		const reason = error instanceof DocumentFault ? error.reason : 'ours';
		documentStage.value = { at: 'fault', name, reason };
		announce(strings.document.faults[reason](name));
	} finally {
		clearTimeout(patience);
	}
}

/** Takes the document away. */
export function closeDocument(): void {
	serial++;
	leave({ at: 'none' });
}

function leave(next: DocumentStage): void {
	const before = shownDocument.peek();
	documentStage.value = next;
	before?.close();
}

/** Turns to a page, or to the nearest that there is. */
export function turnTo(wanted: number): void {
	page.value = Math.min(Math.max(Math.trunc(wanted) || 0, 0), pageCount.peek() - 1);
	announce(strings.page(page.peek(), pageCount.peek()));
}

/** Enlarges (1) or makes smaller (-1) by a step. */
export function zoomBy(step: 1 | -1): void {
	const { zoom } = placement.peek() ?? { zoom: 1 };
	zoomTo(zoom * ZOOM_STEP ** step);
	announce(strings.document.zoom(placement.peek()?.zoom ?? 1));
}

/** Sets the zoom. */
export function zoomTo(zoom: Zoom): void {
	zoomWanted.value = typeof zoom === 'number' ? clampZoom(zoom) : zoom;
}

/** Turns the page by a quarter, clockwise. */
export function rotate(): void {
	rotation.value = nextRotation(rotation.peek());
	announce(strings.document.announceRotated(rotation.peek()));
}

/** The page as a PNG picture, with the marks that are shown on it. */
export async function pagePicture(wanted: number): Promise<Blob> {
	const shown = shownDocument.peek();
	// A page that the document does not have is blank, as it is on the desk.
	const document = shown && wanted < shown.pageCount ? shown : null;
	const [size, drawn, { paintPicture }] = await Promise.all([
		document?.size(wanted) ?? A4,
		ask('marks', { document: currentDocument(), page: wanted }),
		import('../document/picture.js'),
	]);
	const selected = selectedMarks.peek().filter((mark) => mark.page === wanted);
	return paintPicture({
		document,
		page: wanted,
		size,
		rotation: rotation.peek(),
		marks: drawn,
		selected: selected.map(({ mark }) => mark),
		selectedOnly: !showsAllMarks.peek(),
	});
}

/** Lays out the wanted page. */
effect(() => {
	const [wanted, document] = [page.value, shownDocument.value];
	pageFault.value = '';
	if (!document) {
		sheet.value = { document, page: wanted, size: A4 };
		return;
	}
	const isWanted = () => page.peek() === wanted && shownDocument.peek() === document;
	if (wanted >= document.pageCount) {
		sheet.value = { document: null, page: wanted, size: A4 };
		pageFault.value = strings.document.noSuchPage(wanted, document.pageCount);
		return;
	}
	document.size(wanted).then(
		(size) => {
			if (isWanted()) sheet.value = { document, page: wanted, size };
		},
		() => {
			if (isWanted()) failPage();
		},
	);
});

/** Shows the marks alone where the page itself cannot be painted. */
export function failPage(): void {
	sheet.value = { document: null, page: page.peek(), size: sheet.peek()?.size ?? A4 };
	pageFault.value = strings.document.damagedPage(page.peek());
}

/** Fetches the page ranges of a split payload. */
effect(() => {
	splits.value = [];
	const shown = opened.value;
	if (!shown?.readable || shown.kind !== 'split') return;
	ask('splits', { document: shown.document })
		.then((answer) => {
			if (shown.document === currentDocument()) splits.value = answer ?? [];
		})
		.catch((fault) => failMarks(shown.document, fault));
});

/** Turns to the first page of a split that is selected: splits have no marks that would be turned to. */
effect(() => {
	const pointer = detail.value?.pointer;
	const split = splits.value.find((range) => range.pointer === pointer);
	if (split) page.value = Math.max(Math.min(split.first, pageCount.peek() - 1), 0);
});

/** The marks that are drawn on the sheet; `null` while they are another page's. */
export const sheetMarks = computed(() => (marks.value?.page === sheet.value?.page ? marks.value : null));
