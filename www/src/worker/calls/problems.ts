/** The lines around an issue. */
import type { Call, Handlers } from '../protocol.js';
import type { RawPlace, RawRow } from './raw.js';

export interface ProblemCalls {
	/** The rows around the issue with this index in {@link Opened.issues}. */
	excerpt: Call<{ document: number; issue: number }, Excerpt | null>;
}

/** A few rows, and what is meant in them. */
export interface Excerpt {
	rows: RawRow[];
	/** What to mark; `start` and `end` are the same for a place between bytes. */
	place: RawPlace;
}

export const problemCalls: Handlers<ProblemCalls> = { excerpt: () => null };
