/** What may become of a value between two payloads. */

/** What became of a value, as bits: several of them may be true of one. */
export const change = {
	/** Another value. */
	value: 1,
	/** The same number, written otherwise. */
	written: 2,
	/** A string became a number, an object a list. */
	type: 4,
	/** More sure than before. */
	up: 8,
	/** Less sure, or no longer said. */
	down: 16,
	/** Read at another place. */
	moved: 32,
	/** At another place of its list. */
	order: 64,
	added: 128,
	removed: 256,
} as const;

/** What became of a value. */
export type ChangeKind = keyof typeof change;

/** All of them, in the order in which they are told. */
export const changeKinds = Object.keys(change) as ChangeKind[];
