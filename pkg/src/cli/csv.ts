/** Rows as CSV (RFC 4180, lines end with LF). */

// Holds no state and knows no wasm: a copy of it is no second core.
import { csvCell } from '../core/csv.js';
import type { Row } from './rows.js';

export const csvHeader = 'pointer,name,value,text,confidence,page\n';

/** One line. */
export function csvLine({ pointer, name, value, text, confidence, page }: Row): string {
	const number = typeof value === 'number';
	const cells = [
		csvCell(pointer),
		csvCell(name),
		number ? String(value) : csvCell(String(value ?? '')),
		number ? text : csvCell(text),
	];
	return `${[...cells, csvCell(confidence ?? ''), csvCell(page ?? '')].join()}\n`;
}
