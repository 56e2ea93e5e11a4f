/** What an issue looks like to a person, to the letter. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Issue } from 'mindhook';
import { type RenderOptions, render } from './excerpt.js';
import { columnsOf } from './visible-text.js';

/** An issue about the text between the marks « and », which are taken out. */
function marked(text: string, more: Partial<Issue> = {}): { issue: Issue; bytes: Buffer } {
	const [before = '', inside = '', behind = ''] = text.split(/[«»]/);
	return issueAt(Buffer.from(before), Buffer.from(inside), Buffer.from(behind), more);
}

function issueAt(
	before: Buffer,
	inside: Buffer,
	behind: Buffer,
	more: Partial<Issue> = {},
): { issue: Issue; bytes: Buffer } {
	const line = before.subarray(before.lastIndexOf(0x0a) + 1);
	const issue: Issue = {
		code: 'room.what',
		severity: 'error',
		pointer: '',
		offset: before.length,
		length: inside.length,
		line: before.filter((byte) => byte === 0x0a).length + 1,
		column: line.length + 1,
		columnUtf16: line.toString().length + 1,
		message: 'wrong',
		...more,
	};
	return { issue, bytes: Buffer.concat([before, inside, behind]) };
}

function rendered(text: string, options: RenderOptions = {}, more: Partial<Issue> = {}): string {
	const { issue, bytes } = marked(text, more);
	return render(issue, bytes, options);
}

/** The excerpt alone: the lines with a bar that have something behind it. */
const excerpt = (text: string, options: RenderOptions = {}): string[] => excerptOf(rendered(text, options));

const excerptOf = (text: string): string[] =>
	text
		.split('\n')
		.filter((line) => / \| /.test(line))
		.map((line) => line.slice(line.indexOf(' | ') + 3));

/** How many columns the caret line and the text before the fault have: they must be equal. */
function caretColumns([text = '', carets = '']: string[], fault: string): [number, number, number, number] {
	const at = text.indexOf(fault);
	assert.ok(at >= 0, `${fault} is not in ${text}`);
	return [columnsOf(text.slice(0, at)), carets.indexOf('^'), columnsOf(fault), carets.trim().length];
}

test('an issue has its severity, code, message, place, excerpt, pointer and help', () => {
	const more = { pointer: '/total', message: 'expected a number, found the string "1"', help: 'Take the quotes away.' };
	assert.equal(
		rendered('{\n  "total": «"1"»,\n  "tax": 2\n}', { file: 'invoice.json' }, more),
		`error room.what: expected a number, found the string "1"
  --> invoice.json:2:12
   |
 2 |   "total": "1",
   |            ^^^
   = at /total
   = help: Take the quotes away.`,
	);
});

test('without pointer and help, neither is spoken of; the width of the line number moves the bar', () => {
	assert.equal(
		rendered(`${'\n'.repeat(1233)}[«x»]`, {}, { severity: 'warning' }),
		`warning room.what: wrong
    --> input:1234:2
     |
1234 | [x]
     |  ^`,
	);
});

test('a place between bytes has one caret, also at the end of the text', () => {
	assert.deepEqual(excerpt('[1, «»]'), ['[1, ]', '    ^']);
	assert.deepEqual(excerpt('[1,«»'), ['[1,', '   ^']);
	assert.deepEqual(excerpt('«»{}'), ['{}', '^']);
});

test('at an empty line, the last one with text is shown too', () => {
	assert.equal(
		rendered('{\n  "a": 1,\n\n  «»'),
		`error room.what: wrong
  --> input:4:3
   |
 2 |   "a": 1,
⋮
 4 |
   |   ^`.replace('⋮', ' ⋮'),
	);
	assert.deepEqual(excerpt('{\n«»'), ['{', '^']);
});

test('a range over some lines is shown whole, one over many by its first and last', () => {
	assert.deepEqual(excerpt('{"a": «[\n  1,\n  2]»}'), ['{"a": [', '      ^', '  1,', '  ^^', '  2]}', '  ^^']);
	assert.equal(
		rendered('{"a": «[\n1,\n2,\n3,\n4\n]»}'),
		`error room.what: wrong
  --> input:1:7
   |
 1 | {"a": [
   |       ^
 ⋮
 6 | ]}
   | ^`,
	);
});

test('CR LF ends a line without being shown; a carriage return elsewhere is a symbol', () => {
	assert.deepEqual(excerpt('{\r\n  "a": «x»\r\n}\r\n'), ['  "a": x', '       ^']);
	assert.deepEqual(excerpt('a\rb «c»\r'), ['a␍b c', '    ^']);
	assert.deepEqual(excerpt('"a«\r»\n"'), ['"a␍', '  ^']);
	assert.deepEqual(excerpt('"a«\n»"'), ['"a␊', '  ^']);
});

test('tabs are expanded, and the caret stands below the fault', () => {
	assert.deepEqual(excerpt('\t\t"a":\t«x»'), ['        "a":    x', '                ^']);
	assert.deepEqual(excerpt('a«\t»b'), ['a   b', ' ^^^']);
});

test('wide characters, emoji and combining marks take the columns that a terminal gives them', () => {
	for (const [text, fault, columns] of [
		['"北京": «x»', 'x', 1],
		['"«北京»"', '北京', 4],
		['"👩🏽‍🚀🇨🇭1️⃣": «x»', 'x', 1],
		['"«👩🏽‍🚀»🇨🇭"', '👩🏽‍🚀', 2],
		['"Cafe\u0301": «x»', 'x', 1],
		['"Caf«e\u0301»"', 'e\u0301', 1],
		['"ｆｕｌｌ ｶﾅ": «x»', 'x', 1],
		['"한국어 각": «x»', 'x', 1],
	] as const) {
		const [before, indent, wide, carets] = caretColumns(excerpt(text), fault);
		assert.deepEqual([before, wide, carets], [indent, columns, columns], text);
	}
	assert.deepEqual(excerpt('"北京": «x»'), ['"北京": x', '        ^']);
	// The caret never splits what is drawn as one: a mark alone points at its letter.
	assert.deepEqual(excerpt('"Cafe«\u0301»"'), ['"Cafe\u0301"', '    ^']);
});

test('nothing of the input reaches the terminal as a command', () => {
	const hostile = '"\x1b[31mred\x1b]0;title\x07\x9b2J\x7f\u202eevil\u2028\u200b«x»"';
	assert.deepEqual(excerpt(hostile, { width: 200 }), [
		'"␛[31mred␛]0;title␇<U+009B>2J␡<U+202E>evil<U+2028><U+200B>x"',
		`${' '.repeat(58)}^`,
	]);
	const all = rendered(hostile, { file: '\x1b[1m.json' }, { message: '\x1b[2J', pointer: '/\x9b', help: 'a\rb\nc' });
	assert.doesNotMatch(all.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
	assert.match(all, /␛\[1m\.json/);
	assert.match(all, /wrong|␛\[2J/);
});

test('bytes that are not UTF-8 are shown by their number', () => {
	const bytes = (...list: number[]): Buffer => Buffer.from(list);
	const one = issueAt(bytes(0x22, 0x61), bytes(0xff), bytes(0xc3, 0x22));
	assert.deepEqual(excerptOf(render(one.issue, one.bytes)), ['"a<FF><C3>"', '  ^^^^']);
	// Overlong, a surrogate, beyond the last character, cut off: none of them is a character.
	for (const list of [
		[0xc0, 0xaf],
		[0xe0, 0x80, 0xaf],
		[0xed, 0xa0, 0x80],
		[0xf4, 0x90, 0x80, 0x80],
		[0xf0, 0x9f, 0xa7],
	]) {
		const { issue, bytes: all } = issueAt(bytes(0x22), bytes(list[0] as number), bytes(...list.slice(1), 0x22));
		const [text, carets] = excerptOf(render(issue, all));
		assert.equal(text, `"${list.map((byte) => `<${byte.toString(16).toUpperCase()}>`).join('')}"`);
		assert.equal(carets, ' ^^^^');
	}
});

test('a mark without a letter, and too many on one, do not spill over the line', () => {
	assert.deepEqual(excerpt('\u0301«x»'), ['\u25cc\u0301x', ' ^']);
	const [text = '', carets] = excerpt(`"e${'\u0301'.repeat(30)}«x»"`, { width: 100 });
	assert.equal(columnsOf(text), 2 + 30 + 2);
	assert.equal(carets, `${' '.repeat(32)}^`);
});

test('of a long line the part around the fault is shown, … where it was cut', () => {
	const long = `{${'"k":1,'.repeat(20000)}«"fault"»${',"k":1'.repeat(20000)}}`;
	for (const width of [40, 80, 81, 133]) {
		const [text = '', carets = ''] = excerpt(long, { width });
		assert.ok(text.startsWith('…') && text.endsWith('…'), text);
		assert.ok(columnsOf(text) <= width - 5 && columnsOf(text) > width - 8, `${columnsOf(text)} of ${width}`);
		assert.equal(text.slice(carets.indexOf('^'), carets.length), '"fault"');
		const middle = (carets.indexOf('^') + carets.length) / 2;
		assert.ok(Math.abs(middle - text.length / 2) < 3, 'the fault is in the middle');
	}
	assert.deepEqual(excerpt(`«1»${',2'.repeat(50)}`, { width: 40 }), ['1,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,…', '^']);
	assert.deepEqual(excerpt(`${'2,'.repeat(50)}«»`, { width: 40 }), [`…${'2,'.repeat(16)}`, `${' '.repeat(33)}^`]);
});

test('a range wider than the line shows its beginning, carets up to the edge', () => {
	const [text = '', carets = ''] = excerpt(`{"a": «"${'x'.repeat(500)}"»}`, { width: 60 });
	assert.match(text, /^…?.*"x+…$/);
	assert.ok(columnsOf(text) <= 55);
	assert.equal(text.indexOf('"x'), carets.indexOf('^'));
	assert.equal(carets.length, text.length - 1);
});

test('a long line of wide characters, of stray bytes or of marks is windowed as well', () => {
	for (const filler of ['北', '👩🏽‍🚀', 'e\u0301', '\t', '\x1b']) {
		const [text = '', carets = ''] = excerpt(`${filler.repeat(3000)}«x»${filler.repeat(3000)}`, { width: 80 });
		const at = text.indexOf('x');
		assert.ok(at > 0 && columnsOf(text) <= 75, `${JSON.stringify(filler)}: ${text}`);
		assert.equal(columnsOf(text.slice(0, at)), carets.indexOf('^'), JSON.stringify(filler));
	}
	const { issue, bytes } = issueAt(Buffer.alloc(5000, 0x80), Buffer.from('x'), Buffer.alloc(5000, 0x80));
	const [text = '', carets = ''] = excerptOf(render(issue, bytes));
	assert.ok(columnsOf(text) <= 75);
	assert.equal(text.indexOf('x'), carets.indexOf('^'));
});

test('ten megabytes on one line take no longer than ten kilobytes', () => {
	const least = (repeats: number): number => {
		const { issue, bytes } = marked(`${'[1],'.repeat(repeats)}«x»${',[1]'.repeat(repeats)}`);
		const times: number[] = [];
		for (let run = 0; run < 150; run++) {
			const begin = performance.now();
			render(issue, bytes);
			times.push(performance.now() - begin);
		}
		// The machine may be busy: the least of many is the time that it takes.
		return Math.min(...times);
	};
	const [short, long] = [least(1250), least(1_250_000)];
	assert.ok(long < 4 * short, `${long.toFixed(1)} ms, and ${short.toFixed(1)} ms for a short one`);
});

test('messages and helps are broken between words, with an indent', () => {
	const words = 'word '.repeat(30).trim();
	const lines = rendered('[«x»]', { width: 60 }, { message: words, help: words }).split('\n');
	assert.ok(lines.every((line) => line.length <= 60));
	assert.match(lines[1] as string, /^ {2}word/);
	assert.match(lines.at(-1) as string, /^ {7}word/);
});

test('what concerns the input as a whole has no excerpt', () => {
	for (const code of ['core.unavailable', 'core.stopped', 'input.not_bytes', 'limit.bytes', 'limit.issues']) {
		assert.equal(rendered('«»{}', { file: 'a.json' }, { code }), `error ${code}: wrong\n  --> a.json`);
	}
	assert.equal(rendered('«»', { file: 'a.json' }), 'error room.what: wrong\n  --> a.json');
});

test('an issue about other bytes than these is rendered all the same', () => {
	const { issue } = marked(`${'x'.repeat(100)}«y»`);
	assert.deepEqual(excerptOf(render(issue, Buffer.from('[]'))), ['[]', '  ^']);
});

test('with colour the text is the same, and every style is closed', () => {
	const { issue, bytes } = marked('["\x1b[31m", «北»]', { pointer: '/1', help: 'Do this.' });
	const colour = render(issue, bytes, { colour: true });
	// biome-ignore lint/suspicious/noControlCharactersInRegex: the very codes under test
	const codes = colour.match(/\x1b\[(\d+)m/g) ?? [];
	assert.ok(codes.length > 8);
	let bare = colour;
	for (const code of codes) bare = bare.replace(code, '');
	assert.equal(bare, render(issue, bytes));
	for (const line of colour.split('\n')) {
		// biome-ignore lint/suspicious/noControlCharactersInRegex: the very codes under test
		const open = (line.match(/\x1b\[(?:31|1|2)m/g) ?? []).length;
		// biome-ignore lint/suspicious/noControlCharactersInRegex: the very codes under test
		const closed = (line.match(/\x1b\[(?:39|22)m/g) ?? []).length;
		assert.equal(open, closed, line);
	}
});
