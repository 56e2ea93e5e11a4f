/** Files that are made of what is shown, and saved. */
import { signal } from '@preact/signals';
import { DocumentFault } from '../document/fault.js';
import { strings as shared, exportStrings as strings } from '../strings.js';
import type { ExportChoices, ExportWhat } from '../worker/calls/exports.js';
import { ask } from '../worker/client.js';
import { currentDocument, opened } from './current.js';
import { pagePicture } from './document.js';
import { page } from './selection.js';

/** What can be made of a payload, and of which; `null` until that is known. */
export const exportChoices = signal<(ExportChoices & { document: number }) | null>(null);
/** Whether CSV and text begin with a byte order mark. */
export const withByteOrderMark = signal(true);
/** The file that is being made, as it is called; empty while none is. */
export const making = signal('');
/** What became of the last one. */
export const exportRemark = signal('');

/** How long a browser may take to begin with a download, in milliseconds. */
const KEPT = 60_000;

/** Counts asked files, so that one that is no longer wanted is known. */
let asked = 0;

/** Finds out what can be made of the payload that is shown now. */
export async function showExports(): Promise<void> {
	const document = currentDocument();
	const choices = await ask('exportChoices', { document });
	if (document === currentDocument()) exportChoices.value = choices && { ...choices, document };
}

/** Leaves what was shown, and gives up what is being made. */
export function leaveExports(): void {
	stopExport();
	exportChoices.value = null;
	exportRemark.value = '';
}

/** Makes a file and saves it. */
export function saveFile(what: ExportWhat, label: string): Promise<void> {
	return save(label, async () => {
		// It names a place in the very payload that it was listed for.
		const document = exportChoices.peek()?.document;
		if (document === undefined) return null;
		return ask('exportFile', { document, what, byteOrderMark: withByteOrderMark.peek() });
	});
}

/** Saves the page that is looked at, with its marks. */
export function savePicture(label: string): Promise<void> {
	return save(label, async () => {
		const at = page.peek();
		const ending = `page-${at + 1}.png`;
		const [blob, name] = await Promise.all([
			pagePicture(at),
			ask('exportName', { name: opened.peek()?.name ?? '', ending }),
		]);
		return { blob, name: name.name };
	});
}

/** Gives up what is being made. */
export function stopExport(): void {
	if (making.peek() === '') return;
	asked++;
	making.value = '';
	exportRemark.value = strings.stopped;
	void ask('exportStop', {});
}

async function save(label: string, make: () => Promise<{ name: string; blob: Blob } | null>): Promise<void> {
	const mine = ++asked;
	making.value = label;
	exportRemark.value = strings.making(label);
	try {
		const file = await make();
		if (mine !== asked) return;
		exportRemark.value = file ? strings.saved(file.name, file.blob.size) : strings.stopped;
		if (file) download(file.name, file.blob);
	} catch (fault) {
		if (mine === asked) exportRemark.value = strings.failed(reasonOf(fault, label));
	} finally {
		if (mine === asked) making.value = '';
	}
}

function reasonOf(fault: unknown, label: string): string {
	if (fault instanceof DocumentFault) return shared.document.faults[fault.reason](label);
	return fault instanceof Error ? fault.message : String(fault);
}

function download(name: string, blob: Blob): void {
	const link = document.createElement('a');
	link.href = URL.createObjectURL(blob);
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
}
