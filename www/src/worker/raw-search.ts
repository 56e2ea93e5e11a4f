/** Looking for a text in bytes, in steps. */
import type { ByteRange } from './calls/tree.js';
import { Steps } from './steps.js';
import { textPattern } from './text-pattern.js';
import { byteOfUnit } from './utf8.js';

/** Bytes that are searched at once. */
const CHUNK = 1 << 18;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** What to look for. */
export interface Wanted {
	text: string;
	/** The byte from which on a place counts; backwards: before which it must begin. */
	from: number;
	backwards: boolean;
	matchCase: boolean;
}

/** Finds the next place of a text, also past the end; `null` when that is no longer wanted. */
export async function findText(
	bytes: Uint8Array,
	{ text, from, backwards, matchCase }: Wanted,
	isWanted: () => boolean,
): Promise<{ range: ByteRange | null; wrapped: boolean } | null> {
	if (text === '') return { range: null, wrapped: false };
	const steps = new Steps(isWanted);
	const pattern = textPattern(text, matchCase);
	// One character matches one, which may take up to four bytes.
	const longest = 4 * text.length;
	const start = Math.min(Math.max(from, 0), bytes.length);
	const stretches: [number, number][] = [
		[start, bytes.length],
		[0, start],
	];
	if (backwards) stretches.reverse();
	for (const [turn, [first, end]] of stretches.entries()) {
		for (let passed = first; passed < end; passed += CHUNK) {
			const length = Math.min(CHUNK, end - passed);
			const begin = charStart(bytes, backwards ? end - (passed - first) - length : passed);
			const behind = backwards ? end - (passed - first) : passed + length;
			const range = findWithin(bytes, pattern, { begin, behind, longest, last: backwards });
			if (range) return { range, wrapped: turn > 0 };
			if (steps.over && !(await steps.next())) return null;
		}
	}
	return { range: null, wrapped: true };
}

interface Stretch {
	begin: number;
	/** A place must begin before this. */
	behind: number;
	longest: number;
	/** Whether the last place is wanted, not the first. */
	last: boolean;
}

function findWithin(bytes: Uint8Array, pattern: RegExp, { begin, behind, longest, last }: Stretch): ByteRange | null {
	const end = charStart(bytes, Math.min(bytes.length, behind + longest));
	const text = decoder.decode(bytes.subarray(begin, end));
	let found: ByteRange | null = null;
	let [unit, at] = [0, begin];
	pattern.lastIndex = 0;
	for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
		at = byteOfUnit(bytes, at, end, match.index - unit);
		unit = match.index;
		if (at >= behind) break;
		found = { offset: at, length: byteOfUnit(bytes, at, end, match[0].length) - at };
		if (!last) break;
		// The next one may begin within this one.
		pattern.lastIndex = match.index + ((text.codePointAt(match.index) ?? 0) > 0xffff ? 2 : 1);
	}
	return found;
}

/** Where the character begins that a byte belongs to. */
function charStart(bytes: Uint8Array, at: number): number {
	for (let back = 0; back < 3 && at > 0 && at < bytes.length && ((bytes[at] as number) & 0xc0) === 0x80; back++) at--;
	return at;
}
