/** The raw view: every byte once, in rows that count as the core counts; and looking for text in it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { brokenPayloads, validPayloads } from '../../../tests/payload-fixtures.js';
import { problemCalls } from './calls/problems.js';
import { RAW_COLUMNS, type RawRow, rawCalls } from './calls/raw.js';
import { openBody } from './test-payload.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** The longest placeholder may stand at the end of a full row. */
const LONGEST = RAW_COLUMNS;

async function rowsOf(document: number): Promise<RawRow[]> {
	const rows: RawRow[] = [];
	for (;;) {
		const answer = await rawCalls.rawRows({ document, from: rows.length, count: 200 });
		assert.ok(answer);
		rows.push(...answer.rows);
		if (rows.length >= answer.total) return rows;
	}
}

const textOf = ({ runs }: RawRow): string => runs.map(({ text }) => text).join('');

/** Bytes in which lines, characters and mistakes of every kind are likely. */
const pieces = fc.array(
	fc.oneof(
		fc.constantFrom('\n', '\r', '\r\n', '"', '\\', '{"key": "value", "n": -1.5e3}', 'true', '\t', '\u0000', '\u202e'),
		fc.constantFrom('é', '€', '😀', '\ufeff', 'x'.repeat(150), '€'.repeat(90), ' '.repeat(300)),
		fc.string({ unit: 'binary', maxLength: 20 }),
	),
	{ maxLength: 30 },
);
const text = pieces.map((parts) => parts.join('').toWellFormed());
const bytes = fc.oneof(
	text.map((each) => encoder.encode(each)),
	fc.tuple(pieces, fc.uint8Array({ maxLength: 12 }), pieces).map(([before, wrong, behind]) => {
		const [first, last] = [before, behind].map((parts) => encoder.encode(parts.join('')));
		return Uint8Array.from([...(first ?? []), ...wrong, ...(last ?? [])]);
	}),
);

test('rows hold every byte once and in order, none of them is long', async () => {
	await fc.assert(
		fc.asyncProperty(bytes, async (body) => {
			const { document } = await openBody(body);
			const rows = await rowsOf(document);
			let offset = 0;
			for (const [index, row] of rows.entries()) {
				assert.equal(row.row, index);
				assert.equal(row.offset, offset);
				assert.ok(textOf(row).length <= LONGEST, 'no row is longer than the limit');
				offset += row.length;
			}
			assert.equal(offset, body.length);
			const size = await rawCalls.rawSize({ document });
			assert.deepEqual(size, { rows: rows.length, lines: rows.at(-1)?.line, bytes: body.length });
		}),
	);
});

test('what can be seen is shown as it is, what cannot as a placeholder', async () => {
	await fc.assert(
		fc.asyncProperty(bytes, async (body) => {
			const { document } = await openBody(body);
			for (const row of await rowsOf(document)) {
				const part = body.subarray(row.offset, row.offset + row.length);
				const shown = row.runs.filter(({ kind }) => !['control', 'invalid', 'bom'].includes(kind));
				const seen = decoder
					.decode(part)
					.replace(/[\r\n]/g, '')
					.replace(
						/[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu,
						(char) => (char === '\t' ? char : ''),
					);
				const text = shown.map((run) => run.text).join('');
				const wrong = row.runs.filter(({ kind }) => kind === 'invalid').length;
				// A decoder shows U+FFFD for what is wrong.
				if (wrong === 0) assert.equal(text, seen);
				else assert.equal(text, seen.replaceAll('\ufffd', ''));
			}
		}),
	);
});

test('lines and columns are those of an editor', async () => {
	await fc.assert(
		fc.asyncProperty(text, fc.nat(), async (body, somewhere) => {
			const { document } = await openBody(body);
			const unit = somewhere % (body.length + 1);
			// Not within a surrogate pair or the end of a line.
			fc.pre(body.slice(0, unit).isWellFormed() && !(body[unit - 1] === '\r' && body[unit] === '\n'));
			const before = body.slice(0, unit);
			// A CR alone ends no line for the core either.
			const lines = before.split(/\r\n|\n/);
			const place = await rawCalls.rawPlace({ document, offset: encoder.encode(before).length, length: 0 });
			assert.equal(place?.start.line, lines.length);
			assert.equal(place?.start.column, (lines.at(-1)?.length ?? 0) + 1);
			const answer = await rawCalls.rawRows({ document, from: place?.start.row ?? -1, count: 1 });
			const row = answer?.rows[0];
			assert.ok(row);
			assert.equal(row.line, lines.length);
			assert.ok(textOf(row).length >= (place?.start.at ?? 0));
		}),
	);
});

for (const { name, body } of [...brokenPayloads(), ...validPayloads()]) {
	test(`issues are where the core says: ${name}`, async () => {
		const { document, opened } = await openBody(body);
		for (const [issue, { offset, length, line, columnUtf16 }] of opened.issues.entries()) {
			const place = await rawCalls.rawPlace({ document, offset, length });
			assert.deepEqual([place?.start.line, place?.start.column], [line, columnUtf16]);
			const excerpt = await problemCalls.excerpt({ document, issue });
			assert.ok(excerpt);
			assert.deepEqual(excerpt.place, place);
			const first = excerpt.rows.find(({ row }) => row === place?.start.row);
			assert.ok(first && excerpt.rows.length <= 10);
			const meant = decoder.decode(body.subarray(offset, offset + length));
			if (excerpt.place.end.row !== first.row || /[^\x20-\x7e]/.test(meant)) continue;
			assert.equal(textOf(first).slice(excerpt.place.start.at, excerpt.place.end.at), meant);
		}
	});
}

test('runs tell keys, strings, numbers and words apart, in a line of any length', async () => {
	const long = 'x'.repeat(5000);
	const body = `{"key": "a \\" b", "${long}": [-1.5e3, true, null, nul], "other": "${long}"}`;
	const { document } = await openBody(body);
	const runs = (await rowsOf(document)).flatMap((row) => row.runs);
	const joined: [string, string][] = [];
	for (const { kind, text } of runs) {
		const last = joined.at(-1);
		if (last?.[0] === kind) last[1] += text;
		else joined.push([kind, text]);
	}
	assert.deepEqual(
		joined.filter(([kind]) => kind !== 'punctuation' && kind !== 'space'),
		[
			['key', '"key"'],
			['string', '"a \\" b"'],
			['key', `"${long}"`],
			['number', '-1.5e3'],
			['word', 'true'],
			['word', 'null'],
			['other', 'nul'],
			['key', '"other"'],
			['string', `"${long}"`],
		],
	);
});

test('a mark at the beginning, a control character, wrong bytes', async () => {
	const { document } = await openBody(Uint8Array.from([0xef, 0xbb, 0xbf, 0x22, 0x07, 0xff, 0xe2, 0x82, 0x22, 0x0d]));
	const [row, last] = await rowsOf(document);
	assert.deepEqual(row?.runs, [
		{ kind: 'bom', text: 'BOM' },
		{ kind: 'string', text: '"' },
		{ kind: 'control', text: 'U+0007' },
		{ kind: 'invalid', text: 'FF' },
		{ kind: 'invalid', text: 'E2 82' },
		{ kind: 'string', text: '"' },
	]);
	assert.equal(row?.ending, 'CR');
	assert.deepEqual(last, { row: 1, line: 1, column: 9, offset: 10, length: 0, runs: [], ending: '' });
});

/** Every place where a text begins. */
function places(body: string, wanted: string): number[] {
	const found: number[] = [];
	for (let at = body.indexOf(wanted); at >= 0; at = body.indexOf(wanted, at + 1)) found.push(at);
	return found;
}

test('every place of a text is found, forwards and backwards, and the way around', async () => {
	const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '.', '(', '\n'), maxLength: 60 });
	const wanted = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '.', '('), minLength: 1, maxLength: 3 });
	await fc.assert(
		fc.asyncProperty(letters, wanted, fc.nat(60), fc.boolean(), async (body, text, from, matchCase) => {
			const { document } = await openBody(body);
			const all = matchCase ? places(body, text) : places(body.toLowerCase(), text.toLowerCase());
			const forwards = await rawCalls.rawFind({ document, text, from, backwards: false, matchCase });
			const next = all.find((at) => at >= from);
			assert.equal(forwards?.place?.offset, next ?? all[0]);
			assert.equal(forwards?.wrapped, next === undefined && all.length > 0);
			const backwards = await rawCalls.rawFind({ document, text, from, backwards: true, matchCase });
			const previous = all.findLast((at) => at < from);
			assert.equal(backwards?.place?.offset, previous ?? all.at(-1));
			if (forwards?.place) assert.equal(forwards.place.length, text.length);
		}),
	);
});

test('a text is found where one piece of a large body ends, in any case, beside wrong bytes', async () => {
	for (const at of [(1 << 18) - 3, (1 << 18) - 1, 1 << 18, (1 << 19) + 1]) {
		const body = new Uint8Array(1 << 20).fill(0x20);
		body[100] = 0xff;
		body[at - 1] = 0xe2;
		body.set(encoder.encode('STRAßE €'), at);
		const { document } = await openBody(body);
		for (const backwards of [false, true]) {
			const found = await rawCalls.rawFind({ document, text: 'straße €', from: 0, backwards, matchCase: false });
			assert.equal(found?.place?.offset, at);
			assert.equal(found?.place?.length, encoder.encode('STRAßE €').length);
		}
		const none = await rawCalls.rawFind({ document, text: 'straße', from: 0, backwards: false, matchCase: true });
		assert.deepEqual(none, { place: null, wrapped: false });
	}
});

test('a newer search wins over an older one that is still at work', async () => {
	const { document } = await openBody(new Uint8Array(30 << 20).fill(0x61));
	const older = rawCalls.rawFind({ document, text: 'b', from: 0, backwards: false, matchCase: false });
	const newer = rawCalls.rawFind({ document, text: 'aa', from: 0, backwards: false, matchCase: true });
	assert.equal(await older, null);
	assert.equal((await newer)?.place?.offset, 0);
});
