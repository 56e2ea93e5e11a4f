/** Text for terminals, spreadsheets and machines. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { csvLine } from './csv.js';
import { jsonOf } from './json-output.js';
import { plain, wantsColour } from './paint.js';
import type { Row } from './rows.js';
import { suggestion } from './suggestion.js';
import { tableOf } from './table.js';
import { columnsOf, cut, visible, visibleLines, wrap } from './visible-text.js';

const row = (more: Partial<Row> = {}): Row => {
	const text = typeof more.value === 'string' ? more.value : '';
	return { pointer: '/a', name: 'a', depth: 0, value: null, text, confidence: null, page: null, ...more };
};

test('visible text has no character that a terminal obeys', () => {
	for (let code = 0; code <= 0xffff; code++) {
		const shown = visible(String.fromCharCode(code));
		assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u, `U+${code.toString(16)}`);
	}
	assert.equal(visible('a\tb\nc\ud800d'), 'a␉b␊c<U+D800>d');
	assert.equal(visible('plain, naïve, 北京, 👩🏽‍🚀'), 'plain, naïve, 北京, 👩🏽‍🚀');
	assert.equal(visibleLines('a\r\nb\tc\x1b'), 'a\nb\tc␛');
});

test('text is cut to columns, not to code units', () => {
	for (const text of [
		'abcdefgh',
		'北京北京',
		'👩🏽‍🚀👩🏽‍🚀👩🏽‍🚀👩🏽‍🚀',
		'e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301',
		'ab\tcd\x1bef',
	]) {
		for (let columns = 1; columns < 12; columns++) {
			const short = cut(text, columns);
			assert.ok(columnsOf(short) <= columns, `${text} in ${columns}: ${short}`);
			assert.equal(short.endsWith('…'), columnsOf(visible(text)) > columns, `${text} in ${columns}: ${short}`);
		}
	}
	assert.equal(cut('北京北京', 6), '北京…');
	assert.equal(cut('x'.repeat(1e7), 5), 'xxxx…');
});

test('lines are broken between words', () => {
	assert.equal(wrap('one two three', 7, '  '), 'one two\n  three');
	assert.equal(wrap('a-word-that-is-too-long b', 5, ' '), 'a-word-that-is-too-long\n b');
	assert.equal(wrap('', 5, ' '), '');
});

test('CSV keeps text that a spreadsheet would take for a formula text, and numbers numbers', () => {
	const cells = (value: Row['value'], text = String(value)): string =>
		csvLine(row({ value, text })).slice('/a,a,'.length, -3);
	for (const first of ['=', '+', '-', '@']) assert.equal(cells(`${first}1+2`), `'${first}1+2,'${first}1+2`);
	assert.equal(cells('\t1+2'), `"'\t1+2","'\t1+2"`);
	assert.equal(cells('\r=1'), `"'\r'=1","'\r'=1"`);
	assert.equal(cells('=HYPERLINK("x")'), `"'=HYPERLINK(""x"")","'=HYPERLINK(""x"")"`);
	assert.equal(cells(-12.5, '-12.50'), '-12.5,-12.50');
	assert.equal(cells('a,b\n"c"'), '"a,b\n""c""","a,b\n""c"""');
	assert.equal(csvLine(row({ name: '@x', value: undefined, confidence: 'High', page: '0 1' })), "/a,'@x,,,High,0 1\n");
});

test('JSON for machines is the same JSON, without characters that a terminal obeys', () => {
	const value = { text: '\x1b\x7f\x9b\u202e\ufeff\u2028é北👩🏽‍🚀' };
	assert.doesNotMatch(jsonOf(value), /[\p{Cc}\u202e\ufeff\u2028]/u);
	assert.deepEqual(JSON.parse(jsonOf(value)), value);
});

test('a table is aligned, fits the terminal and leaves empty columns out', () => {
	const rows = [
		row({ name: '北京', value: 'x', confidence: 'High' }),
		row({ name: 'in', depth: 1, value: `long ${'y'.repeat(100)}`, confidence: 'Low' }),
		row({ name: 'empty', value: '' }),
		row({ name: 'nothing' }),
	];
	assert.deepEqual(
		[...tableOf(rows, 50, plain)].map((line) => line.trimEnd()),
		[
			'field    value                          confidence',
			'北京     x                              High',
			'  in     long yyyyyyyyyyyyyyyyyyyyyyy…  Low',
			'empty    ""',
			'nothing  null',
		],
	);
	const whole = [...tableOf(rows, undefined, plain)];
	assert.ok(whole[2]?.includes('y'.repeat(100)), 'nothing is cut where there is no terminal');
});

test('colour is decided by FORCE_COLOR, then NO_COLOR, then the terminal', () => {
	const [terminal, pipe] = [{ isTTY: true }, {}];
	assert.equal(wantsColour(terminal, {}), true);
	assert.equal(wantsColour(pipe, {}), false);
	assert.equal(wantsColour(terminal, { NO_COLOR: '1' }), false);
	assert.equal(wantsColour(terminal, { NO_COLOR: '' }), true);
	assert.equal(wantsColour(terminal, { TERM: 'dumb' }), false);
	assert.equal(wantsColour(pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }), true);
	assert.equal(wantsColour(terminal, { FORCE_COLOR: '0' }), false);
});

test('the nearest word is suggested, or none', () => {
	const words = ['check', 'show', 'ids', 'sign', 'verify'];
	for (const [written, meant] of [
		['chekc', 'check'],
		['CHECK', 'check'],
		['shwo', 'show'],
		['sing', 'sign'],
		['varify', 'verify'],
		['id', 'ids'],
		['emulate', undefined],
		['', undefined],
	] as const) {
		assert.equal(suggestion(written, words), meant, written);
	}
});
