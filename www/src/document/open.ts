/** Opens a document; what a type needs is loaded when the first of it is opened. */
import { DocumentFault, MOST_BYTES } from './fault.js';
import type { OpenedDocument } from './opened.js';
import { documentType, TYPE_BYTES } from './type.js';

/** Opens a file as what its first bytes say it is; rejects with a {@link DocumentFault} for one that cannot be shown. */
export async function openDocument(file: File): Promise<OpenedDocument> {
	if (file.size === 0) throw new DocumentFault('empty');
	const type = documentType(await bytesOf(file.slice(0, TYPE_BYTES)));
	if (type === null) throw new DocumentFault('unsupported');
	if (file.size > MOST_BYTES) throw new DocumentFault('tooLarge');
	const bytes = await bytesOf(file);
	switch (type) {
		case 'pdf':
			return (await fetched(import('./pdf.js'))).openPdf(file.name, bytes);
		case 'tiff':
			return (await fetched(import('./tiff.js'))).openTiff(file.name, bytes);
		default:
			return (await fetched(import('./picture-file.js'))).openPicture(file.name, type, bytes);
	}
}

/** What a type needs, once it is here: whoever served this page may be gone. */
function fetched<Part>(part: Promise<Part>): Promise<Part> {
	return part.catch((error: unknown) => {
		throw new DocumentFault('missing', String(error));
	});
}

async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
	try {
		return new Uint8Array(await blob.arrayBuffer());
	} catch (error) {
		// A folder, or a file that was moved or locked meanwhile.
		throw new DocumentFault('unreadable', error instanceof Error ? error.message : String(error));
	}
}
