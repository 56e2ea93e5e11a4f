/** Rows as a table for people. */
import type { Paint, Style } from './paint.js';
import type { Row } from './rows.js';
import { columnsOf, cut, pad, visible } from './visible-text.js';

const GAP = '  ';
/** The names take at most this share of the terminal. */
const NAME_SHARE = 0.45;

/** How a {@link grid} is drawn. */
interface GridOptions {
	/** Of the terminal: cells are cut to fit; `undefined` leaves them whole. */
	readonly columns: number | undefined;
	/** The column that takes what the others leave. */
	readonly flexible: number;
	/** The most columns of the terminal that a column takes there. */
	readonly most?: Readonly<Record<number, number>>;
	readonly paint: Paint;
	/** What to colour a cell with. */
	readonly style?: (line: number, column: number) => Style | undefined;
}

/** The lines of a table of cells that are safe to write. Columns without anything in them are left out, but for the first two. */
export function* grid(
	heading: readonly string[],
	cells: readonly (readonly string[])[],
	{ columns, flexible, most = {}, paint, style }: GridOptions,
): Generator<string> {
	const used = [...heading.keys()].filter((index) => index < 2 || cells.some((line) => line[index] !== ''));
	const widths = heading.map((title, index) =>
		Math.min(
			cells.reduce((widest, line) => Math.max(widest, columnsOf(line[index] as string)), title.length),
			(columns !== undefined && most[index]) || Number.POSITIVE_INFINITY,
		),
	);
	if (columns !== undefined) {
		const others = used.reduce(
			(sum, index) => sum + (index === flexible ? 0 : (widths[index] as number) + GAP.length),
			0,
		);
		widths[flexible] = Math.max(Math.min(widths[flexible] as number, columns - others), 8);
	}
	const lineOf = (line: readonly string[], number: number): string =>
		used
			.map((index) => {
				const text = line[index] as string;
				const width = widths[index] as number;
				const whole = index === used.at(-1) && columns === undefined;
				const shown = whole ? text : pad(columns === undefined ? text : cut(text, width), width);
				const colour = style?.(number, index);
				return colour ? paint(colour, shown) : shown;
			})
			.join(GAP)
			.trimEnd();
	yield `${paint('dim', lineOf(heading, -1))}\n`;
	for (const [number, line] of cells.entries()) yield `${lineOf(line, number)}\n`;
}

/**
 * Rows as a table: name (indented by depth), value, confidence, page.
 *
 * @param columns of the terminal: values are cut to fit; `undefined` leaves them whole
 */
export function tableOf(rows: readonly Row[], columns: number | undefined, paint: Paint): Generator<string> {
	const cells = rows.map((row) => [nameCell(row), valueCell(row, columns), row.confidence ?? '', row.page ?? '']);
	return grid(['field', 'value', 'confidence', 'page'], cells, {
		columns,
		flexible: 1,
		most: { 0: Math.floor((columns ?? 0) * NAME_SHARE) },
		paint,
		style: (line, column) => (column === 1 && rows[line]?.value === null ? 'dim' : undefined),
	});
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
