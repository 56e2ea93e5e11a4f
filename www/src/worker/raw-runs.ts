/** The runs of one raw row: what is shown alike, told by a small scanner that minds no mistakes. */
import { textOf } from '../../../pkg/src/core/bytes.js';
import type { RawKind, RawRun } from './calls/raw.js';
import { placeholder, type RowStart } from './raw-cursor.js';
import { charLength } from './utf8.js';

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
/** Bytes in which the end of a string is looked for, and behind it a colon. */
const LOOK_AHEAD = 65_536;
const WORDS = ['true', 'false', 'null'];

/** The runs of the row from `start` up to `end`. */
export function runsOf(bytes: Uint8Array, start: RowStart, end: number): RawRun[] {
	const runs: RawRun[] = [];
	let at = start.offset;
	let { string } = start;
	let kind: RawKind = string === 0 ? 'other' : kindOfString(bytes, at, string === 2);
	while (at < end) {
		let next: number;
		if (string !== 0) {
			next = endOfString(bytes, at, end, string === 2);
			string = 0;
		} else if (bytes[at] === QUOTE) {
			kind = kindOfString(bytes, at + 1, false);
			next = endOfString(bytes, at + 1, end, false);
		} else {
			({ kind, next } = token(bytes, at, end));
		}
		add(runs, bytes, at, next, kind);
		at = next;
	}
	return runs;
}

/** Adds a stretch, with what cannot be seen in it as runs of their own. */
function add(runs: RawRun[], bytes: Uint8Array, start: number, end: number, kind: RawKind): void {
	let from = start;
	const addText = (to: number) => {
		if (to === from) return;
		const text = textOf(bytes, from, to);
		const last = runs.at(-1);
		if (last?.kind === kind) last.text += text;
		else runs.push({ kind, text });
	};
	for (let at = start; at < end; ) {
		const length = charLength(bytes, at, bytes.length);
		const shown = placeholder(bytes, at, length);
		if (shown) {
			addText(at);
			runs.push(shown);
			from = at + Math.abs(length);
		}
		at += Math.abs(length);
	}
	addText(end);
}

/** The place behind the closing quote of a string that one is within, or `end`. */
function endOfString(bytes: Uint8Array, at: number, end: number, behindBackslash: boolean): number {
	if (behindBackslash) at++;
	for (; at < end; at++) {
		if (bytes[at] === QUOTE) return at + 1;
		if (bytes[at] === BACKSLASH) at++;
	}
	return end;
}

/** A string before a colon is a key. */
function kindOfString(bytes: Uint8Array, at: number, behindBackslash: boolean): RawKind {
	const limit = Math.min(bytes.length, at + LOOK_AHEAD);
	let behind = endOfString(bytes, at, limit, behindBackslash);
	while (behind < limit && isSpace(bytes[behind] as number)) behind++;
	return bytes[behind] === COLON ? 'key' : 'string';
}

function token(bytes: Uint8Array, at: number, end: number): { kind: RawKind; next: number } {
	const is = kindOfByte(bytes[at] as number);
	let next = at + 1;
	if (is === 'punctuation') return { kind: is, next };
	while (next < end && kindOfByte(bytes[next] as number) === is) next++;
	if (is !== 'other') return { kind: is, next };
	// What a row cuts in two is one word all the same.
	let [first, last] = [at, next];
	while (first > 0 && at - first < 5 && kindOfByte(bytes[first - 1] as number) === 'other') first--;
	while (last < bytes.length && last - next < 5 && kindOfByte(bytes[last] as number) === 'other') last++;
	const whole = last - first <= 5 ? textOf(bytes, first, last) : '';
	if (WORDS.includes(whole)) return { kind: 'word', next };
	return { kind: /^[-+.\deE]+$/.test(textOf(bytes, at, next)) ? 'number' : 'other', next };
}

function kindOfByte(byte: number): 'space' | 'punctuation' | 'other' {
	if (isSpace(byte)) return 'space';
	// { } [ ] , : and the quote, at which a string begins.
	const ends = byte === 0x7b || byte === 0x7d || byte === 0x5b || byte === 0x5d || byte === 0x2c || byte === COLON;
	return ends || byte === QUOTE ? 'punctuation' : 'other';
}

function isSpace(byte: number): boolean {
	return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
