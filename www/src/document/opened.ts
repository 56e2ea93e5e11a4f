/** An opened document, whatever it is made of. */
import type { Rotation, Size } from './geometry.js';
import type { DocumentType } from './type.js';

/** What part of a page is painted, and how large. */
export interface Painting {
	/** Pixels of the canvas for each unit of the page's size. */
	scale: number;
	/** Clockwise, beyond the way the page is meant to be read. */
	rotation: Rotation;
	/** The part that is wanted, in pixels of the canvas from the corner of the rotated page; the whole page without it. */
	area?: Area;
	/** Gives up what is no longer wanted: the painting then rejects with the signal's reason. */
	signal?: AbortSignal;
}

/** A part of a rotated page, in whole pixels. */
export interface Area extends Size {
	left: number;
	top: number;
}

/** A document whose pages can be painted. */
export interface OpenedDocument {
	readonly type: DocumentType;
	readonly name: string;
	readonly pageCount: number;
	/** A page as it is meant to be read (EXIF orientation and a PDF page's own rotation applied), in CSS pixels at 100 %. */
	size(page: number): Promise<Size>;
	/** Sets the canvas to the painting's size and paints on white. */
	paint(page: number, canvas: HTMLCanvasElement, painting: Painting): Promise<void>;
	/** What of the document could not be painted as it should be, such as names of encodings that are not at hand. */
	readonly lacks: ReadonlySet<string>;
	/** Lets go of everything; nothing is painted afterwards. */
	close(): void;
}
