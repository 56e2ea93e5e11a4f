/** Cells and lines of CSV (RFC 4180) that a spreadsheet does not take for formulas. */

/** What a cell that begins with it would be taken for, also in the wide forms of East Asian writing, and behind what is not seen. */
const FORMULA = /^[\p{White_Space}\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]/u;
/** The first of these alone is enough for some readers. */
const BREAK = /^[\t\r\n]/;
/** A number is harmless, and with an apostrophe before it would be none: `-5.00`, `+41 44 123 45 67`, `-12,5 %`. */
const NUMBER = /^[+-]?\d[\d.,'’ \u00a0]*(?:[eE][+-]?\d+)?\s?%?$/;
/** Where a reader with another separator would begin a cell in the middle of this one, as Excel does in half of Europe. */
const WITHIN = /([;\t\r\n][^\S\t\r\n]*)(?=[=@＝＠]|[+\-＋－](?![\s\d.,]))/g;

/**
 * A text as a cell. An apostrophe keeps it a text where a spreadsheet would take it, or what stands in it behind `;`, a tab or a line break,
 * for a formula: OWASP's advice, but for plain numbers.
 *
 * @example
 * csvCell('=1+1'); // "'=1+1"
 * csvCell('-5.00'); // '-5.00'
 * csvCell('a "b"'); // '"a ""b"""'
 */
export function csvCell(text: string): string {
	const dangerous = BREAK.test(text) || (FORMULA.test(text) && !NUMBER.test(text));
	const harmless = (dangerous ? `'${text}` : text).replace(WITHIN, "$1'");
	return /[",;\t\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
