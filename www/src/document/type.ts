/** What a file is, told by its first bytes: names and media types are often wrong. */

/** A type of document that can be shown. */
export type DocumentType = 'pdf' | 'png' | 'jpeg' | 'webp' | 'tiff';

/** The media type of each. */
export const mediaTypes: Readonly<Record<DocumentType, string>> = {
	pdf: 'application/pdf',
	png: 'image/png',
	jpeg: 'image/jpeg',
	webp: 'image/webp',
	tiff: 'image/tiff',
};

/** Bytes that are looked at: a PDF may begin with as much of something else. */
export const TYPE_BYTES = 1024;

/**
 * Tells a document by its first {@link TYPE_BYTES} bytes; `null` for anything else.
 *
 * @example
 * documentType(new TextEncoder().encode('%PDF-1.7')); // 'pdf'
 */
export function documentType(head: Uint8Array): DocumentType | null {
	const text = String.fromCharCode(...head.subarray(0, TYPE_BYTES));
	if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
	if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
	if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp';
	if (text.startsWith('II*\0') || text.startsWith('MM\0*')) return 'tiff';
	return text.includes('%PDF-') ? 'pdf' : null;
}
