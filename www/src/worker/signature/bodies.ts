/**
 * Bodies that a file may have been made from: each undoes, or does, what editors, shells, clients and frameworks are known to do to a
 * body between the platform and a file. A body is made when its turn comes, and dropped again.
 */
import { withLineBreaks } from '../json/line-breaks.js';
import { hasByteOrderMark, joined, restyled, sortedByKey } from '../json/style.js';
import { jsonWriters } from '../json/writers.js';
import { fromBase64 } from './header.js';

/** What is different between the file and the body that was signed. */
export interface BodyCause {
	readonly code: BodyCauseCode;
	/** What is meant exactly: the call of a JSON writer, the line break. */
	readonly detail?: string;
}

export type BodyCauseCode =
	| 'bomAdded'
	| 'bomLost'
	| 'endAdded'
	| 'endLost'
	| 'lineBreaksStripped'
	| 'lineBreaksLost'
	| 'linesEndCrlf'
	| 'toCrlf'
	| 'toLf'
	| 'rewritten'
	| 'rewrittenSorted'
	| 'doubleEncoded'
	| 'latin1'
	| 'signedDouble'
	| 'utf16'
	| 'httpHead'
	| 'jsonString'
	| 'base64'
	| 'gzip'
	| 'trailing';

/** One body to try. */
export interface BodyVariant {
	readonly causes: readonly BodyCause[];
	/** `null` where the change changes nothing, or cannot be made. */
	make(): Uint8Array<ArrayBuffer> | Blob | null | Promise<Uint8Array<ArrayBuffer> | null>;
}

const LF = 0x0a;
const CR = 0x0d;
const MARK = Uint8Array.of(0xef, 0xbb, 0xbf);

const encoder = new TextEncoder();

/** Line breaks that a file may lack at its end. */
const ENDS: readonly [string, string][] = [
	['LF', '\n'],
	['CRLF', '\r\n'],
	['LF LF', '\n\n'],
];

/** Bytes that a gzipped body unfolds to at most. */
const MOST_UNZIPPED = 32 << 20;

/** Every change to a body that is held as a whole. */
export function bodyVariants(body: Uint8Array<ArrayBuffer>): BodyVariant[] {
	return [...framed(body), ...unbroken(body), ...encoded(body), ...rewritten(body)];
}

/** Byte order mark, line ends and the end of the file, in all combinations: one editor does all three. */
function framed(body: Uint8Array<ArrayBuffer>): BodyVariant[] {
	const marks: Change[] = [null, [hasByteOrderMark(body) ? 'bomAdded' : 'bomLost', toggleMark]];
	const breaks: Change[] = [null, ['toCrlf', toLf], ['toLf', toCrlf], ['lineBreaksStripped', withoutBreaks]];
	const ends: Change[] = [
		null,
		['endAdded', withoutEnd],
		['endAdded', withoutLastBreak],
		['endAdded', withoutSpaceAtEnd],
		...ENDS.map(([name, end]): Change => ['endLost', (bytes) => joined([bytes, encoder.encode(end)]), name]),
	];
	const variants: BodyVariant[] = [];
	for (const mark of marks) {
		for (const lineEnd of breaks) {
			for (const end of ends) {
				const changes = [mark, lineEnd, end].filter((change) => change !== null);
				if (changes.length > 0) variants.push(chained(body, changes));
			}
		}
	}
	// The fewer changes, the likelier.
	return variants.sort((a, b) => a.causes.length - b.causes.length);
}

/** A body that was indented and came without its line breaks: told from its white space, with either break, and one at its end. */
function unbroken(body: Uint8Array<ArrayBuffer>): BodyVariant[] {
	const kept = withoutEnd(body);
	if (kept.includes(LF) || kept.includes(CR)) return [];
	const more: BodyCause[] = kept.length < body.length ? [{ code: 'endAdded' }] : [];
	return ENDS.slice(0, 2).flatMap(([detail, end]) => {
		const lineBreak = encoder.encode(end);
		const lost: BodyCause[] = [{ code: 'lineBreaksLost', detail }, ...more];
		const make = () => withLineBreaks(kept, lineBreak);
		const ended = (bytes: Uint8Array | null) => bytes && joined([bytes, lineBreak]);
		return [
			{ causes: lost, make },
			{ causes: [...lost, { code: 'endLost', detail }], make: () => ended(make()) },
		];
	});
}

type Change =
	| readonly [code: BodyCauseCode, change: (bytes: Uint8Array) => Uint8Array<ArrayBuffer>, detail?: string]
	| null;

function chained(body: Uint8Array<ArrayBuffer>, changes: readonly NonNullable<Change>[]): BodyVariant {
	return {
		causes: changes.map(([code, , detail]) => (detail === undefined ? { code } : { code, detail })),
		make() {
			let bytes = body;
			for (const [, change] of changes) {
				const changed = change(bytes);
				// A change that does nothing makes this the same as the variant without it.
				if (isSame(changed, bytes)) return null;
				bytes = changed;
			}
			return bytes;
		},
	};
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function toggleMark(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	return hasByteOrderMark(bytes) ? bytes.slice(3) : joined([MARK, bytes]);
}

function toLf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	return bytes.slice().filter((byte, index) => byte !== CR || bytes[index + 1] !== LF);
}

function toCrlf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	const changed = new Uint8Array(bytes.length + bytes.reduce((count, byte) => count + (byte === LF ? 1 : 0), 0));
	let to = 0;
	bytes.forEach((byte, index) => {
		if (byte === LF && bytes[index - 1] !== CR) changed[to++] = CR;
		changed[to++] = byte;
	});
	return changed.slice(0, to);
}

function withoutBreaks(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	return bytes.slice().filter((byte) => byte !== CR && byte !== LF);
}

function withoutEnd(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	return bytes.slice(
		0,
		endWithout(bytes, (byte) => byte === LF || byte === CR),
	);
}

function withoutLastBreak(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	const end = bytes.length - (bytes.at(-1) === LF ? (bytes.at(-2) === CR ? 2 : 1) : 0);
	return bytes.slice(0, end);
}

function withoutSpaceAtEnd(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	return bytes.slice(
		0,
		endWithout(bytes, (byte) => byte === 0x20 || byte === 0x09 || byte === LF || byte === CR),
	);
}

function endWithout(bytes: Uint8Array, drop: (byte: number) => boolean): number {
	let end = bytes.length;
	while (end > 0 && drop(bytes[end - 1] as number)) end--;
	return end;
}

/** The body inside of something else, or in another encoding. */
function encoded(body: Uint8Array<ArrayBuffer>): BodyVariant[] {
	const variant = (code: BodyCauseCode, make: BodyVariant['make']): BodyVariant => ({ causes: [{ code }], make });
	return [
		variant('httpHead', () => {
			const start = endOfHead(body);
			return start === 0 ? null : body.slice(start);
		}),
		variant('trailing', () => {
			const end = endOfJson(body);
			return end === 0 || end === body.length ? null : body.slice(0, end);
		}),
		variant('doubleEncoded', () => fromLatin1(body, 'iso-8859-1') ?? null),
		variant('doubleEncoded', () => fromLatin1(body, 'windows-1252') ?? null),
		variant(utf8(body) === null ? 'latin1' : 'signedDouble', () => {
			return isAscii(body) ? null : encoder.encode(new TextDecoder('windows-1252').decode(body));
		}),
		variant('utf16', () => {
			const text = utf16(body);
			return text === null ? null : encoder.encode(text);
		}),
		variant('jsonString', () => {
			const text = quoted(body);
			return text === null ? null : encoder.encode(text);
		}),
		variant('base64', () => {
			const text = looksLike(body, /^[A-Za-z0-9+/_=\s-]+$/) ? latin1(body).replace(/\s+/g, '') : '';
			return text === '' ? null : fromBase64(text);
		}),
		variant('gzip', () => (body[0] === 0x1f && body[1] === 0x8b ? unzipped(body) : null)),
	];
}

/** Where the body begins behind the head of an HTTP message; 0 where there is none. */
function endOfHead(bytes: Uint8Array): number {
	const head = latin1(bytes.subarray(0, 1 << 16));
	const blank = /\r?\n\r?\n/.exec(head);
	if (!blank || !/^(HTTP\/\d|[A-Z]+ \S+ HTTP\/\d|[A-Za-z][A-Za-z0-9-]*:)/.test(head)) return 0;
	return blank.index + blank[0].length;
}

/** The end of the JSON value that the body begins with, where something else stands behind it. */
function endOfJson(bytes: Uint8Array): number {
	let depth = 0;
	let inString = false;
	for (let at = 0; at < bytes.length; at++) {
		const byte = bytes[at];
		if (inString) {
			if (byte === 0x5c) at++;
			else if (byte === 0x22) inString = false;
		} else if (byte === 0x22) inString = true;
		else if (byte === 0x7b || byte === 0x5b) depth++;
		else if ((byte === 0x7d || byte === 0x5d) && --depth <= 0) return at + 1;
	}
	return 0;
}

/** UTF-8 that was taken for a one-byte encoding and encoded again, undone; `null` where it cannot have been. */
function fromLatin1(bytes: Uint8Array, encoding: 'iso-8859-1' | 'windows-1252'): Uint8Array<ArrayBuffer> | null {
	if (isAscii(bytes)) return null;
	const text = utf8(bytes);
	if (text === null) return null;
	const codes = encoding === 'windows-1252' ? codesOfWindows1252() : null;
	const undone = new Uint8Array(text.length);
	for (let at = 0; at < text.length; at++) {
		const unit = text.charCodeAt(at);
		const code = codes?.get(unit) ?? (unit <= 0xff ? unit : -1);
		if (code < 0) return null;
		undone[at] = code;
	}
	return undone;
}

function codesOfWindows1252(): Map<number, number> {
	const upper = new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index));
	return new Map(Array.from(upper, (char, index) => [char.charCodeAt(0), 0x80 + index]));
}

/** PowerShell's `>` and old editors write UTF-16. */
function utf16(bytes: Uint8Array): string | null {
	const [first, second] = bytes;
	const little = (first === 0xff && second === 0xfe) || (first === 0x7b && second === 0);
	const big = (first === 0xfe && second === 0xff) || (first === 0 && second === 0x7b);
	return little || big ? new TextDecoder(little ? 'utf-16le' : 'utf-16be').decode(bytes) : null;
}

/** The text of a body that is one JSON string. */
function quoted(bytes: Uint8Array): string | null {
	if (bytes[bytes.findIndex((byte) => byte > 0x20)] !== 0x22) return null;
	const text = utf8(bytes);
	if (text === null) return null;
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'string' ? value : null;
	} catch {
		return null;
	}
}

async function unzipped(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> {
	const pieces: Uint8Array[] = [];
	let size = 0;
	try {
		const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return joined(pieces);
			pieces.push(value);
			size += value.length;
			if (size > MOST_UNZIPPED) {
				await reader.cancel();
				return null;
			}
		}
	} catch {
		return null;
	}
}

/** The same JSON as another writer writes it. */
function rewritten(body: Uint8Array<ArrayBuffer>): BodyVariant[] {
	const text = utf8(body);
	if (text === null || !isJson(text)) return [];
	let sorted: Uint8Array<ArrayBuffer> | null | undefined;
	const onWindows = jsonWriters
		.filter(({ style }) => style.indent !== '')
		.map(({ name, style }): BodyVariant => {
			const make = () => {
				const written = restyled(body, style);
				return written && toCrlf(written);
			};
			return { causes: [{ code: 'rewritten', detail: name }, { code: 'linesEndCrlf' }], make };
		});
	const asTheyAre = (['rewritten', 'rewrittenSorted'] as const).flatMap((code) =>
		jsonWriters.map(({ name, style }): BodyVariant => {
			return {
				causes: [{ code, detail: name }],
				make() {
					if (code === 'rewritten') return restyled(body, style);
					if (sorted === undefined) sorted = sortedByKey(body);
					return sorted && restyled(sorted, style);
				},
			};
		}),
	);
	return [...asTheyAre, ...onWindows];
}

/** The writers that write a body exactly as it is; empty where it is no JSON. */
export function writersOf(body: Uint8Array): string[] {
	const text = utf8(body);
	if (text === null || !isJson(text)) return [];
	return jsonWriters
		.filter(({ style }) => {
			const written = restyled(body, style);
			return written !== null && isSame(written, body);
		})
		.map(({ name }) => name);
}

/** Whether a body has the character that stands for bytes that could not be read. */
export function hasReplacement(body: Uint8Array): boolean {
	for (let at = body.indexOf(0xef); at >= 0; at = body.indexOf(0xef, at + 1)) {
		if (body[at + 1] === 0xbf && body[at + 2] === 0xbd) return true;
	}
	return false;
}

/** Whether a body begins as JSON and ends before that is closed. */
export function isCutOff(body: Uint8Array): boolean {
	const first = body[hasByteOrderMark(body) ? 3 : 0];
	return (first === 0x7b || first === 0x5b) && endOfJson(body) === 0;
}

/** The changes that a large file allows without holding it: it is put together from its parts where they are. */
export async function cheapVariants(file: Blob): Promise<BodyVariant[]> {
	const begin = new Uint8Array(await file.slice(0, 1 << 16).arrayBuffer());
	const end = new Uint8Array(await file.slice(-64).arrayBuffer());
	const marked = hasByteOrderMark(begin);
	const variant = (code: BodyCauseCode, make: () => Blob | null, detail?: string): BodyVariant => {
		return { causes: [detail === undefined ? { code } : { code, detail }], make };
	};
	const without = (kept: Uint8Array): Blob | null =>
		kept.length === end.length ? null : file.slice(0, file.size - end.length + kept.length);
	const head = endOfHead(begin);
	return [
		variant('endAdded', () => without(withoutEnd(end))),
		variant('endAdded', () => without(withoutLastBreak(end))),
		variant('endLost', () => new Blob([file, '\n']), 'LF'),
		variant(marked ? 'bomAdded' : 'bomLost', () => (marked ? file.slice(3) : new Blob([MARK, file]))),
		variant('httpHead', () => (head === 0 ? null : file.slice(head))),
	];
}

function utf8(bytes: Uint8Array): string | null {
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		return null;
	}
}

function isJson(text: string): boolean {
	try {
		JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
		return true;
	} catch {
		return false;
	}
}

function isAscii(bytes: Uint8Array): boolean {
	return bytes.every((byte) => byte < 0x80);
}

function latin1(bytes: Uint8Array): string {
	// Not its decoder: by the standard that one is of windows-1252.
	let text = '';
	for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
	return text;
}

function looksLike(bytes: Uint8Array, pattern: RegExp): boolean {
	return pattern.test(latin1(bytes.subarray(0, 256)));
}
