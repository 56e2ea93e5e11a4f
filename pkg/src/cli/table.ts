/** Rows as a table for people. */
import type { Paint } from './paint.js';
import type { Row } from './rows.js';
import { columnsOf, cut, pad, visible } from './visible-text.js';

const GAP = '  ';
/** The names take at most this share of the terminal. */
const NAME_SHARE = 0.45;

/**
 * The lines of a table: name (indented by depth), value, confidence, page. Columns without anything in them are left out.
 *
 * @param columns of the terminal: values are cut to fit; `undefined` leaves them whole
 */
export function* tableOf(rows: readonly Row[], columns: number | undefined, paint: Paint): Generator<string> {
	const heading = ['field', 'value', 'confidence', 'page'];
	const cells = rows.map((row) => [nameCell(row), valueCell(row, columns), row.confidence ?? '', row.page ?? '']);
	const used = [0, 1, 2, 3].filter((index) => index < 2 || cells.some((line) => line[index] !== ''));
	const widths = heading.map((title, index) =>
		cells.reduce((most, line) => Math.max(most, columnsOf(line[index] as string)), title.length),
	);
	if (columns !== undefined) {
		widths[0] = Math.min(widths[0] as number, Math.floor(columns * NAME_SHARE));
		const others = used.reduce((sum, index) => sum + (index === 1 ? 0 : (widths[index] as number) + GAP.length), 0);
		widths[1] = Math.max(Math.min(widths[1] as number, columns - others), 8);
	}
	const lineOf = (line: readonly string[]): string[] =>
		used.map((index) => {
			const text = line[index] as string;
			const width = widths[index] as number;
			return index === used.at(-1) && columns === undefined
				? text
				: pad(columns === undefined ? text : cut(text, width), width);
		});
	yield `${paint('dim', lineOf(heading).join(GAP).trimEnd())}\n`;
	for (const [index, line] of cells.entries()) {
		const shown = lineOf(line);
		const { value } = rows[index] as Row;
		if (value === null) shown[1] = paint('dim', shown[1] as string);
		yield `${shown.join(GAP).trimEnd()}\n`;
	}
}

function nameCell({ name, depth }: Row): string {
	return `${'  '.repeat(Math.min(depth, 20))}${visible(name)}`;
}

function valueCell({ value, text }: Row, columns: number | undefined): string {
	if (value === undefined) return '';
	if (value === null) return 'null';
	if (value === '') return '""';
	// Of a long text only what can be seen is made ready.
	return visible(columns === undefined ? text : text.slice(0, columns * 4));
}
