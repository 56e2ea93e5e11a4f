/** Rows as CSV (RFC 4180, lines end with LF). */
import type { Row } from './rows.js';

export const csvHeader = 'pointer,name,value,text,confidence,page\n';

/** One line. */
export function csvLine({ pointer, name, value, text, confidence, page }: Row): string {
	// A number cannot be a formula, and -12.50 with an apostrophe would be no number any more.
	const number = typeof value === 'number';
	const cells = [
		cell(pointer),
		cell(name),
		number ? String(value) : cell(String(value ?? '')),
		number ? text : cell(text),
	];
	return `${[...cells, cell(confidence ?? ''), cell(page ?? '')].join()}\n`;
}

/** A cell. A spreadsheet takes text that begins with = + - @ TAB or CR for a formula: an apostrophe before it keeps it text. */
function cell(text: string): string {
	const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
	return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
