/** The layout of an outline, as `src/payload/outline.rs` writes it: where things stand in a checked body. */
import type { Confidence, PayloadKind } from './types.js';

export const kinds: readonly PayloadKind[] = [
	'extraction',
	'classification',
	'crop',
	'ocr',
	'split',
	'failure',
	'job',
	'error',
];

/** Words of the header, and of one field or page behind it. */
export const HEADER = 16;
export const FIELD = 5;
const PAGE = 6;

/** Where the header keeps things. */
export const header = {
	kind: 0,
	flags: 1,
	inferenceId: 2,
	modelId: 4,
	jobId: 6,
	fileName: 8,
	alias: 10,
	content: 12,
	count: 14,
	wordCount: 15,
} as const;

/** Bits of the header's flags. */
export const flag = {
	byteOrderMark: 1,
	/** The thorough reading has warnings or notices to give. */
	noted: 2,
} as const;

/** Words of a field. */
export const field = {
	/** Where its name begins; where an item of a list begins. */
	begin: 0,
	tag: 1,
	/** Of a simple field's value. */
	valueStart: 2,
	valueEnd: 3,
	/** Of an object or a list. */
	children: 2,
	descendants: 3,
	locations: 4,
} as const;

/** Parts of a field's tag. */
export const tag = {
	shape: (bits: number): 0 | 1 | 2 => (bits & 3) as 0 | 1 | 2,
	confidence: (bits: number): Confidence | null => confidences[(bits >> 2) & 7] ?? null,
	nameEscaped: (bits: number): boolean => (bits & 32) !== 0,
	value: (bits: number): number => (bits >> 6) & 7,
	isItem: (bits: number): boolean => (bits & 512) !== 0,
	nameLength: (bits: number): number => bits >>> 10,
} as const;

const confidences: readonly (Confidence | undefined)[] = [undefined, 'Certain', 'High', 'Medium', 'Low'];

/** Types of a simple field's value. */
export const valueType = { null: 0, string: 1, escapedString: 2, number: 3, true: 4, false: 5 } as const;

/** Words of a page. */
export const page = { start: 0, end: 1, contentStart: 2, contentEnd: 3, firstWord: 4, words: 5 } as const;

/** Where a page of OCR stands in the outline: pages come behind the words of all of them. */
export function pageAt(outline: Uint32Array, index: number): number {
	return HEADER + (outline[header.wordCount] as number) + index * PAGE;
}
