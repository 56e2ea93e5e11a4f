/** What may stand in a cell, and what a spreadsheet would make of it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { csvCell } from './csv.js';

test('what a spreadsheet would take for a formula is a text', () => {
	for (const [text, cell] of [
		["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"],
		['=1+1', "'=1+1"],
		['+1+1', "'+1+1"],
		['-1+1', "'-1+1"],
		['-cmd', "'-cmd"],
		['- item', "'- item"],
		['@SUM(A1)', "'@SUM(A1)"],
		[' =1+1', "' =1+1"],
		['\u00a0=1', "'\u00a0=1"],
		['\u200b=1', "'\u200b=1"],
		['\ufeff=1', "'\ufeff=1"],
		['＝1+1', "'＝1+1"],
		['＋1', "'＋1"],
		['－a', "'－a"],
		['＠a', "'＠a"],
		['\t=1', `"'\t'=1"`],
		['\ta', `"'\ta"`],
		['\r=1', `"'\r'=1"`],
		['\na', `"'\na"`],
		['=HYPERLINK("http://x";"y")', `"'=HYPERLINK(""http://x"";""y"")"`],
		['-5.00 EUR', "'-5.00 EUR"],
	] as const) {
		assert.equal(csvCell(text), cell, JSON.stringify(text));
	}
});

test('no reader with another separator finds a formula within a cell', () => {
	for (const [text, cell] of [
		['x;=1+1', `"x;'=1+1"`],
		['x; =1+1', `"x; '=1+1"`],
		['x\n=1', `"x\n'=1"`],
		['x\r\n@a', `"x\r\n'@a"`],
		['x\t+a', `"x\t'+a"`],
		['x\n- item', '"x\n- item"'],
		['x;-5', '"x;-5"'],
	] as const) {
		assert.equal(csvCell(text), cell, JSON.stringify(text));
	}
});

test('numbers stay numbers', () => {
	for (const number of ['-5.00', '+5', '-1,234.56', '-1e-7', "-1'000.00", '+41 44 123 45 67', '-3 %', '0', '-0']) {
		assert.match(csvCell(number), /^"?[+-]?\d/, number);
	}
});

test('plain text is left as it is', () => {
	for (const text of ['', 'a', 'a=b', 'a-b', 'é 日本', "it's", '2026-11-25']) assert.equal(csvCell(text), text);
});

test('any text is read back: as it was, but for apostrophes', () => {
	const read = (cell: string): string => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
	const char = fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', ';', ',', '"', "'", ' ', 'a', '1', '＝');
	fc.assert(
		fc.property(fc.string({ unit: char }), (text) => {
			const cell = csvCell(text);
			assert.equal(read(cell).replaceAll("'", ''), text.replaceAll("'", ''));
			assert.doesNotMatch(read(cell), /(^|[;\t\r\n])[^\S\t\r\n]*[=@＝]/);
			assert.ok(cell.startsWith('"') || !/[",;\r\n]/.test(cell));
		}),
		{ numRuns: 2000 },
	);
});

test('a text of a million line breaks takes no longer than another one', () => {
	for (const unit of ['\n', ' ', ';', '\t ', '1', '-']) assert.ok(csvCell(`a${unit.repeat(1e6)}b`).length >= 1e6);
});
