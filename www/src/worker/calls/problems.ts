/** The lines around an issue. */
import type { Call, Handlers } from '../protocol.js';
import { rawOf, sessionOf } from '../session.js';
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

/** Rows before and behind what is meant. */
const AROUND = 2;
/** Rows of what is meant that are shown at most. */
const MEANT = 5;

export const problemCalls: Handlers<ProblemCalls> = {
	async excerpt({ document, issue }) {
		const session = sessionOf(document);
		const raw = rawOf(document);
		const meant = session?.issues[issue];
		if (!raw || !meant) return null;
		const isOpen = () => rawOf(document) === raw;
		const place = await raw.place(meant.offset, meant.length, isOpen);
		if (!place) return null;
		const from = Math.max(0, place.start.row - AROUND);
		const last = Math.min(place.end.row, place.start.row + MEANT - 1) + AROUND;
		const answer = await raw.rows(from, last - from + 1, isOpen);
		return answer && { rows: answer.rows, place };
	},
};
