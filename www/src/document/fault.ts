/** Why a file is not shown. What is said about each stands in `strings.ts`. */
export type FaultReason =
	| 'unsupported'
	| 'empty'
	| 'damaged'
	| 'password'
	| 'tooLarge'
	| 'unreadable'
	/** What decodes it could not be fetched. */
	| 'missing'
	/** Of the page itself. */
	| 'ours'
	/** The browser has no canvas that is so large. */
	| 'noRoom';

/** A file that cannot be shown, for a reason that its owner can do something about. */
export class DocumentFault extends Error {
	constructor(
		readonly reason: FaultReason,
		/** What the decoder said, in its own words. */
		detail = '',
	) {
		super(detail || reason);
		this.name = 'DocumentFault';
	}
}

/** Bytes of a file at most: five times what the platform takes. */
export const MOST_BYTES = 500e6;

/** Pixels of one picture at most: A3 at 600 dpi, in 320 MB of memory. */
export const MOST_PIXELS = 80e6;

/** Refuses a picture that claims no size or more than is held; called before anything is decoded. */
export function checkPixels(width: number, height: number): void {
	if (!(width > 0 && height > 0)) throw new DocumentFault('damaged');
	if (width * height > MOST_PIXELS) throw new DocumentFault('tooLarge');
}
