/**
 * The page, driven in a real Chromium as its users drive it: drop, choose, paste, type, arrow keys. Screenshots are kept in
 * `target/screenshots/` for people to look at.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import {
	chooseFiles,
	dropFiles,
	payloadFixture as fixture,
	type GivenFile,
	type Inspector,
	openForEachTest,
	payloads,
	provoked,
	root,
	screenshots,
	until,
} from './page-browser.js';

/** Payloads whose kinds have views of their own, and the heading of each. */
const VIEWS = [
	['OCR', 'Text', 'ocr/dense-three-pages-minified.json'],
	['Classification', 'Classification', 'classification/document-type.json'],
	['Crop', 'Crops', 'crop/two-objects.json'],
	['Split', 'Splits', 'split/three-documents-minified.json'],
	['Failure', 'What went wrong', 'failure/error-with-errors.json'],
	['Failure', 'What went wrong', 'failure/error-without-errors.json'],
	['Job', 'Webhook 2', 'job/processed-two-endpoints-one-with-an-error.json'],
	['Error', 'Cause 2', 'error/422-with-two-errors.json'],
] as const;

/** A field of a body, as far as this test looks into it. */
interface FieldShape {
	value?: unknown;
	confidence?: string | null;
	locations?: unknown[] | null;
	fields?: Record<string, FieldShape>;
	items?: FieldShape[];
}

let inspector: Inspector;
let page: Page;

openForEachTest({}, (opened, own) => {
	page = opened;
	inspector = own;
});

describe('what is shown', () => {
	test('a dropped extraction: its kind, its IDs, every field with its confidence', async () => {
		const { file, body } = fixture('valid/extraction/invoice-indented.json');
		const fields = (body as { inference: { result: { fields: Record<string, FieldShape> } } }).inference.result.fields;
		await drop(file);
		await page.getByText('Extraction', { exact: true }).waitFor();

		assert.equal(await page.locator('.masthead h1').innerText(), 'Rechnung_00417.pdf');
		await page.getByRole('button', { name: 'IDs', exact: true }).click();
		assert.match(await page.locator('#facts').innerText(), /64abcf17-cbee-4807-802a-485aff3ac52e/);
		const count = Object.keys(fields).length;
		assert.equal(await page.locator('.tree .count').textContent(), `${count} fields`);
		await mountAllRows();
		assert.equal(await page.locator('[role=row][aria-level="1"]').count(), count);
		assert.deepEqual(await rowTexts('invoice_number'), ['invoice_number', 'RE-2026/00417', 'Certain', '1']);
		assert.deepEqual(await rowTexts('due_date'), ['due_date', '2026-11-28', 'Medium', '1']);
		// Two levels down.
		assert.deepEqual(await rowTexts('postal_code'), ['postal_code', '0000', 'Low', '']);
		assert.equal(await row('postal_code').getAttribute('aria-level'), '2');
		await page.getByRole('tab', { name: 'Problems' }).click();
		await page.getByText('No problems.').waitFor();
		await page.getByRole('tab', { name: 'Fields' }).click();
		assert.match(await announced(), new RegExp(`Extraction, ${count} entries, no issues`));
	});

	test('numbers as they are written, not as a double holds them', async () => {
		await choose(fixture('valid/extraction/numbers-as-written.json').path);
		await mountAllRows();
		const texts = await page.locator('[role=gridcell].value').allInnerTexts();
		const { text } = fixture('valid/extraction/numbers-as-written.json');
		const written = [...text.matchAll(/"value":\s*(-?[\d.eE+-]+)/g)].map((match) => match[1]);
		assert.ok(written.includes('1.10'), 'the fixture holds such a number');
		for (const number of written) assert.ok(texts.includes(number ?? ''), `${number} is shown`);
	});

	test('a broken body: the code, the place in lines and columns, and the help', async () => {
		// A line with é and an emoji before the fault: columns count as editors do.
		await drop(fixture('broken/json/missing-comma-between-members.json').file);
		await page.getByText('Not a readable payload').waitFor();
		const issue = page.locator('.issue').first();
		assert.equal(await issue.locator('.severity').innerText(), 'Error');
		assert.equal(await issue.locator('.place').innerText(), 'line 6, column 51');
		assert.equal(await issue.locator('.pointer').innerText(), '/inference/file');
		assert.equal(await issue.locator('.code').innerText(), 'json.unexpected_character');
		assert.match(await issue.locator('.help').innerText(), /exactly as they arrived/);
		assert.match(await announced(), /missing-comma-between-members\.json cannot be read: 1 issue/);
		assert.equal(await page.getByRole('treegrid').count(), 0);
	});

	test('a truncated body names the end', async () => {
		const text = fixture('valid/extraction/invoice-indented.json').text.slice(0, 400);
		await drop({ name: 'cut.json', content: text });
		await page.getByText('Not a readable payload').waitFor();
		const lines = text.split('\n');
		assert.equal(await page.locator('.code').first().innerText(), 'json.unexpected_end');
		assert.equal(
			await page.locator('.place').first().innerText(),
			`line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`,
		);
	});

	for (const [kind, heading, path] of VIEWS) {
		test(`a payload of kind ${kind} has its own view`, async () => {
			await choose(fixture(`valid/${path}`).path);
			assert.equal(await page.locator('.kind').innerText(), kind);
			if (kind === 'OCR') await page.getByRole('tab', { name: 'Text' }).click();
			await page.getByRole('heading', { name: heading, exact: true }).waitFor();
		});
	}

	test('the text of an OCR is turned page by page', async () => {
		const { path, body } = fixture('valid/ocr/dense-three-pages-minified.json');
		const { pages } = (body as { inference: { result: { pages: { content: string; words: unknown[] }[] } } }).inference
			.result;
		await choose(path);
		// The selected row turns to its own page once its places are known.
		await page.locator('.locations').first().waitFor();
		await page.getByRole('tab', { name: 'Text' }).click();
		for (const [index, { content, words }] of pages.entries()) {
			if (index > 0) await page.locator('.view').getByLabel('Next page').click();
			await page.getByText(`Page ${index + 1} of ${pages.length} · ${words.length} words`).waitFor();
			assert.equal(await page.locator('.text pre').textContent(), content);
		}
	});

	test('splits show their pages as people count them', async () => {
		const { path, body } = fixture('valid/split/three-documents-minified.json');
		const { splits } = (
			body as { inference: { result: { splits: { page_range: [number, number]; document_type: string }[] } } }
		).inference.result;
		await choose(path);
		const names = splits.map(({ page_range: [first, last] }) =>
			first === last ? `Page ${first + 1}` : `Pages ${first + 1} to ${last + 1}`,
		);
		assert.deepEqual(await page.locator('[role=rowheader]').allInnerTexts(), names);
		assert.deepEqual(
			await page.locator('.value .split').allInnerTexts(),
			splits.map((split) => split.document_type),
		);
	});

	test('a chained extraction is a tree below its entry', async () => {
		const { path, body } = fixture('valid/split/chained-extraction-responses.json');
		type Split = { extraction_response?: { inference: { result: { fields: Record<string, FieldShape> } } } | null };
		const { splits } = (body as { inference: { result: { splits: Split[] } } }).inference.result;
		const index = splits.findIndex((split) => split.extraction_response);
		const [[name, field] = assert.fail('a field')] = Object.entries(
			splits[index]?.extraction_response?.inference.result.fields ?? {},
		);
		await choose(path);
		await row(name).first().click();
		const steps = [
			'',
			'inference',
			'result',
			'splits',
			index,
			'extraction_response',
			'inference',
			'result',
			'fields',
			name,
		];
		await page.locator('.breadcrumb [aria-current]', { hasText: name }).waitFor();
		assert.equal(await page.locator('.breadcrumb').textContent(), steps.join('/'));
		assert.equal(await page.locator('.selected .whole').innerText(), String(field.value));
	});
});

describe('ways in', () => {
	test('pasted text', async () => {
		await page.evaluate((text) => {
			const clipboardData = new DataTransfer();
			clipboardData.setData('text/plain', text);
			document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
		}, fixture('valid/extraction/invoice-indented.json').text);
		await page.getByText('Extraction', { exact: true }).waitFor();
		await page.getByRole('button', { name: 'IDs', exact: true }).click();
		assert.match(await page.locator('.origin').innerText(), /^Pasted text · /);
	});

	test('an empty file is told as such', async () => {
		await drop({ name: 'empty.json', content: '' });
		assert.equal(await page.locator('.code').first().innerText(), 'json.empty');
	});
});

describe('the tree by keyboard', () => {
	test('arrows, Home, End, opening and closing', async () => {
		await choose(fixture('valid/extraction/invoice-indented.json').path);
		const grid = page.getByRole('treegrid');
		await mountAllRows();
		await grid.focus();
		const names = await page.locator('[role=rowheader]').allInnerTexts();
		const press = async (key: string, name: string | undefined) => {
			await page.keyboard.press(key);
			await page.locator('[role=row][aria-selected=true] [role=rowheader]', { hasText: name ?? '' }).waitFor();
			const id = await grid.getAttribute('aria-activedescendant');
			assert.equal(await page.locator(`#${id} [role=rowheader]`).innerText(), name, `after ${key}`);
		};
		await press('ArrowDown', names[1]);
		await press('ArrowUp', names[0]);
		await press('End', names.at(-1));
		await press('Home', names[0]);

		const parent = names.indexOf('locale');
		for (let index = 1; index <= parent; index++) await press('ArrowDown', names[index]);
		await press('ArrowRight', 'country');
		await press('ArrowLeft', 'locale');
		const total = names.length;
		await page.keyboard.press('ArrowLeft');
		await page.locator('[role=row][aria-selected=true][aria-expanded=false]').waitFor();
		assert.equal(await page.locator('[role=rowheader]').count(), total - 3);
		assert.equal(await grid.getAttribute('aria-rowcount'), String(total - 3 + 1));
		await page.keyboard.press('Enter');
		await page.locator('[role=row][aria-selected=true][aria-expanded=true]').waitFor();
		assert.equal(await page.locator('[role=rowheader]').count(), total);
		assert.equal(await page.locator('.breadcrumb').textContent(), '/inference/result/fields/locale');
	});
});

describe('the filter', () => {
	test('shows the rows that match with those that hold them, says how many, and takes the selection along', async () => {
		await choose(fixture('valid/extraction/invoice-indented.json').path);
		await mountAllRows();
		const all = await page.locator('[role=rowheader]').count();
		await page.getByLabel('Filter by name or value').fill('country');
		await page.getByText('2 matches').first().waitFor();
		const names = ['locale', 'country', 'supplier_address', 'country'];
		await until(async () => assert.deepEqual(await page.locator('[role=rowheader]').allInnerTexts(), names));
		assert.equal(await page.locator('.row.matches').count(), 2);
		await pathIs('/inference/result/fields/locale/fields/country');
		assert.match(await announced(), /2 matches/);
		await page.getByLabel('Filter by name or value').press('Enter');
		await page.locator('.breadcrumb', { hasText: 'supplier_address' }).waitFor();

		await page.getByRole('button', { name: 'Clear' }).click();
		await until(async () => assert.equal(await page.locator('[role=rowheader]').count(), all));
		// Still selected.
		await pathIs('/inference/result/fields/supplier_address/fields/country');
		assert.equal(await focused(), 'Filter by name or value', 'the focus is not lost with the button');
	});

	test('asks for a confidence, a shape, and for values without a location', async () => {
		const { body, path } = fixture('valid/extraction/invoice-indented.json');
		const values = valuesOf(body as Body);
		await choose(path);
		const count = (amount: number) =>
			page.locator('.filter .found', { hasText: new RegExp(`^${amount} match`) }).waitFor();
		await page.getByRole('button', { name: 'Medium' }).click();
		await count(values.filter(({ confidence }) => confidence === 'Medium').length);
		await page.getByRole('button', { name: 'Medium' }).click();
		await page.getByLabel('Shape').selectOption('number');
		await count(values.filter(({ value }) => typeof value === 'number').length);
		await page.getByRole('button', { name: 'No location' }).click();
		await count(values.filter(({ value, locations }) => typeof value === 'number' && !locations?.length).length);
	});

	test('a row that it hides is shown when it is asked for, and that is said', async () => {
		await choose(fixture('valid/extraction/invoice-indented.json').path);
		await page.getByLabel('Filter by name or value').fill('due_date');
		await page.locator('.found', { hasText: /^1 match$/ }).waitFor();
		await page.getByLabel(/^Locations on page 1/).focus();
		await page.keyboard.press('Home');
		await page.keyboard.press('Enter');
		await until(async () => assert.match(await announced(), /filter was taken off/));
		await until(async () => assert.ok((await page.locator('[role=rowheader]').count()) > 2));
		await page.getByText('Clear', { exact: true }).waitFor({ state: 'detached' });
	});
});

describe('the text', () => {
	test('is searched through its pages, and the document turns with it', async () => {
		const { path, body } = fixture('valid/ocr/dense-three-pages-minified.json');
		const { pages } = (body as { inference: { result: { pages: { content: string }[] } } }).inference.result;
		const words = pages.map(({ content }) => new Set(content.split(/\s+/)));
		const only = [...(words[2] ?? [])].find(
			(word) =>
				word.length > 3 &&
				!pages[0]?.content.toLowerCase().includes(word.toLowerCase()) &&
				!pages[1]?.content.toLowerCase().includes(word.toLowerCase()),
		);
		assert.ok(only, 'a word that only the last page has');
		await choose(path);
		await page.getByRole('tab', { name: 'Text' }).click();
		await page.getByLabel('Find in the text').fill(only);
		await page.getByText(/^Page 3 of 3/).waitFor();
		assert.equal((await page.locator('mark.at').first().textContent())?.toLowerCase(), only.toLowerCase());
		assert.equal(await page.getByLabel('Page number').inputValue(), '3');

		const first = pages[0]?.content.split(/\s+/)[1] ?? '';
		await page.getByLabel('Find in the text').fill(first);
		await page.locator('.found', { hasText: /^1 of \d+$/ }).waitFor();
		await page.getByLabel('Find in the text').press('Shift+Enter');
		await page
			.getByText(/^Page 2 of 3|^Page 1 of 3/)
			.first()
			.waitFor();
		await page.getByLabel('Find in the text').fill('no such word');
		await page.locator('.found', { hasText: 'Not found' }).waitFor();
	});

	test('is searched to its end where only the beginning of a page is shown', async () => {
		const { body } = fixture('valid/ocr/one-page-indented.json');
		const result = (body as { inference: { result: { pages: { content: string; words: unknown[] }[] } } }).inference
			.result;
		const filling = 'a line of a long page\n'.repeat(10_000);
		result.pages = [{ content: `${filling}The needle.\n${filling}The last needle.`, words: [] }];
		const path = join(root, 'target/page-long-text.json');
		writeFileSync(path, JSON.stringify(body));
		await choose(path);
		await page.getByRole('tab', { name: 'Text' }).click();
		const find = page.getByLabel('Find in the text');
		const current = page.locator('mark.at');
		await find.fill('needle');
		await page.locator('.found', { hasText: /^1 of 2$/ }).waitFor();
		assert.equal(await current.textContent(), 'needle');
		await page.getByText('The needle.').waitFor();
		await find.press('Enter');
		await page.locator('.found', { hasText: /^2 of 2$/ }).waitFor();
		await page.getByText('The last needle.').waitFor();
		await page.getByRole('button', { name: 'Show what comes before' }).click();
		await until(async () => assert.ok((await page.locator('.text pre').innerText()).length > 30_000));
		assert.equal(await current.textContent(), 'needle', 'the place stays marked');
	});

	test('of a chained extraction is shown with the part that it is of, and the document turns to it', async () => {
		const { body } = fixture('valid/split/chained-extraction-responses.json');
		const { splits } = (
			body as {
				inference: {
					result: {
						splits: {
							page_range: [number, number];
							extraction_response: { inference: { result: { raw_text: unknown } } } | null;
						}[];
					};
				};
			}
		).inference.result;
		const chained = splits.flatMap((split, index) => (split.extraction_response ? [{ split, index }] : []));
		for (const { split, index } of chained) {
			const pages = [{ content: `Text of split ${index + 1}` }];
			if (split.extraction_response) split.extraction_response.inference.result.raw_text = { pages };
		}
		const path = join(root, 'target/page-chained-text.json');
		writeFileSync(path, JSON.stringify(body));
		await choose(path);
		await page.getByRole('tab', { name: 'Text' }).click();
		const last = chained.at(-1);
		assert.ok(last);
		await page.getByLabel('Find in the text').fill(`split ${last.index + 1}`);
		await page
			.getByText(new RegExp(`^Page ${chained.length} of ${chained.length} · Split ${last.index + 1}: `))
			.waitFor();
		await page.getByText(`Text of split ${last.index + 1}`).waitFor();
	});

	test('of a payload that has none, it is said how to get it', async () => {
		await choose(fixture('valid/classification/document-type.json').path);
		await page.getByRole('tab', { name: 'Text' }).click();
		assert.match(await page.locator('.view').innerText(), /carries no text.*raw_text/s);
	});
});

describe('the bytes', () => {
	const scroller = () => page.locator('.bytes-scroller');

	test('are shown line for line as they are', async () => {
		const { path, text } = fixture('valid/extraction/invoice-indented.json');
		await choose(path);
		await page.getByRole('tab', { name: 'Raw' }).click();
		await page.locator('.raw-row .bytes').first().waitFor();
		const lines = text.split('\n');
		const shown = await page.locator('.bytes-scroller .raw-row .bytes').allTextContents();
		assert.ok(shown.length <= 100, 'a window of them');
		assert.deepEqual(shown, lines.slice(0, shown.length));
		await scroller().focus();
		await page.keyboard.press('End');
		await page
			.locator(`.gutter:text-is("${lines.length}"), .gutter:text-is("${lines.length - 1}")`)
			.first()
			.waitFor();
		assert.ok((await page.locator('.bytes-scroller .raw-row').count()) <= 100, 'still');
	});

	test('a text is found in them, forwards, backwards, and around the end', async () => {
		const { path, text } = fixture('valid/extraction/invoice-indented.json');
		const lines = text.split('\n').flatMap((line, index) => (line.includes('"Certain"') ? [index + 1] : []));
		await choose(path);
		await page.getByRole('tab', { name: 'Raw' }).click();
		await scroller().focus();
		await page.keyboard.press('ControlOrMeta+f');
		assert.equal(await focused(), 'Find in the bytes');
		await page.keyboard.type('"certain"');
		const at = (line: number | undefined) =>
			until(async () => assert.match(await announced(), new RegExp(`Found at line ${line},`)));
		await at(lines[0]);
		// The beginning of what was typed is on the same line.
		await page
			.locator('.on-found', { hasText: /^"Certain"$/ })
			.first()
			.waitFor();
		await page.keyboard.press('F3');
		await at(lines[1]);
		await page.keyboard.press('Shift+F3');
		await at(lines[0]);
		await page.keyboard.press('Shift+F3');
		await at(lines.at(-1));
		await page.getByLabel('Match case').click();
		await page.locator('.found', { hasText: 'Not found' }).waitFor();
	});

	test('a line is gone to by its number', async () => {
		await choose(fixture('valid/extraction/invoice-indented.json').path);
		await page.getByRole('tab', { name: 'Raw' }).click();
		await scroller().focus();
		await page.keyboard.press('g');
		await page.keyboard.type('150');
		await page.keyboard.press('Enter');
		await until(async () => assert.ok(await inSight('.gutter:text-is("150")')));
	});

	test('the selected row is marked in them', async () => {
		await choose(fixture('valid/extraction/invoice-indented.json').path);
		await row('due_date').click();
		await page.locator('.breadcrumb', { hasText: 'due_date' }).waitFor();
		await page.getByRole('button', { name: 'Show in Raw' }).click();
		await until(async () =>
			assert.equal((await page.locator('.on-selected').allTextContents()).join(''), '"2026-11-28"'),
		);
	});

	test('a copy of them is exact: long lines in one piece, the ends of lines as they are, nothing of the page', async () => {
		const long = `{"a": "${'x'.repeat(500)}\u202e", \r\n"b": 1}\n`;
		await drop({ name: 'long.json', content: long });
		await page.getByRole('tab', { name: 'Raw' }).click();
		await page.locator('.bytes-scroller .raw-row').nth(4).waitFor();
		const copied = await page.evaluate(() => {
			const box = document.querySelector('.bytes-scroller .window');
			if (!box) throw new Error('no bytes');
			getSelection()?.selectAllChildren(box);
			const clipboardData = new DataTransfer();
			box.dispatchEvent(new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true }));
			return clipboardData.getData('text/plain');
		});
		assert.equal(copied.trimEnd(), long.trimEnd());
		assert.equal(await page.locator('[data-code="U+202E"]').count(), 1, 'what turns text around is seen');
	});
});

describe('problems', () => {
	test('an unreadable payload opens with them, and each leads to its bytes and its row', async () => {
		await drop(fixture('broken/extraction/confidence-unknown-word.json').file);
		assert.equal(
			await page
				.getByRole('tab', { selected: true })
				.innerText()
				.then((text) => text.split('\n')[0]?.trim()),
			'Problems',
		);
		const issue = page.locator('.issue').first();
		await issue.locator('.excerpt .on-problem').first().waitFor();
		assert.match((await issue.locator('.on-problem').allTextContents()).join(''), /Very high/);
		assert.match(await issue.locator('.caret .bytes').innerText(), /\^+$/);

		await issue.locator('.place').click();
		await page.locator('.bytes-scroller .on-problem').first().waitFor();
		assert.match((await page.locator('.bytes-scroller .on-problem').allTextContents()).join(''), /Very high/);
		await until(async () => assert.ok(await inSight('.bytes-scroller .on-problem')));

		await page.getByRole('tab', { name: 'Problems' }).click();
		await issue.locator('.pointer').click();
		await page.locator('[role=row][aria-selected=true]', { hasText: 'Very high' }).waitFor();
		assert.equal(
			await page.locator('[role=row][aria-selected=true] .issue-mark').count(),
			1,
			'and the row has its mark',
		);
	});

	test('the tab tells how many there are and how bad the worst is', async () => {
		await drop(fixture('broken/extraction/confidence-unknown-word.json').file);
		await page.getByRole('tab', { name: /Problems.*1 problem: 1 error/ }).waitFor();
	});

	test('both copies of a duplicate key are rows, and the one that is not used says so', async () => {
		const body = extraction({ total: { value: 1 } }, 'a.pdf').replace(
			'"fields":{',
			'"fields":{"total":{"value":7,"confidence":null,"locations":[]},',
		);
		await drop({ name: 'twice.json', content: body });
		await row('total').nth(1).waitFor();
		assert.deepEqual(
			await row('total')
				.locator('.value')
				.allInnerTexts()
				.then((texts) => texts.map((text) => /^\d/.exec(text)?.[0])),
			['7', '1'],
		);
		assert.equal(await row('total').first().locator('.tag').innerText(), 'not used');
		assert.equal(await row('total').nth(1).locator('.tag').count(), 0);
	});
});

describe('the desk', () => {
	test('the sample is drawn: its total is found on the page in three actions', async () => {
		await page.getByRole('button', { name: 'Open a sample' }).click();
		await page.getByRole('treegrid').waitFor();
		await page.getByLabel('Filter by name or value').fill('total_amount');
		await page.locator('.found', { hasText: /^1 match$/ }).waitFor();
		await page.locator('.breadcrumb', { hasText: 'total_amount' }).waitFor();
		await page.locator('canvas.cut-out[style*=width]').waitFor();
		assert.match(await page.locator('.selected .whole').innerText(), /^\d+\.\d\d$/);
		await page.locator('.locations', { hasText: '1 of 2 · page 1' }).waitFor();
		await page.getByRole('tab', { name: 'Problems' }).click();
		await page.getByText('No problems.').waitFor();
	});

	test('what is laid out how is remembered, and nothing else', async () => {
		await choose(fixture('valid/extraction/invoice-indented.json').path);
		await page.getByRole('separator', { name: 'Width of the document' }).focus();
		await page.keyboard.press('Home');
		await page.keyboard.press('ArrowRight');
		await page.getByRole('button', { name: 'Colours: as the system' }).click();
		await page.getByRole('tab', { name: 'Raw' }).click();
		await page.locator('.bytes-scroller .raw-row').first().waitFor();
		const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }));
		assert.doesNotMatch(kept, /Rechnung|RE-2026|64abcf17/);
		await page.reload();
		await choose(fixture('valid/extraction/invoice-indented.json').path);
		assert.equal(
			await page.getByRole('separator', { name: 'Width of the document' }).getAttribute('aria-valuenow'),
			'22',
		);
		assert.equal(await page.getByRole('tab', { selected: true }).innerText(), 'Raw');
		assert.equal(await page.locator('html').getAttribute('data-theme'), 'light');
	});

	test('works where storage is refused, and where what it holds is nonsense', async () => {
		await page.evaluate(() => localStorage.setItem('mindhook.layout', '{"split":"wide","tab":"compare","theme":7}'));
		await page.reload();
		await choose(fixture('valid/extraction/invoice-indented.json').path);
		assert.equal(await page.getByRole('tab', { selected: true }).innerText(), 'Fields');
		await page.addInitScript(() =>
			Object.defineProperty(globalThis, 'localStorage', {
				get() {
					throw new DOMException('refused', 'SecurityError');
				},
			}),
		);
		await page.reload();
		await choose(fixture('valid/extraction/invoice-indented.json').path);
		await page.getByRole('treegrid').waitFor();
	});

	test('what is copied of a row: pointer, path, code and value', async () => {
		await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
		await choose(fixture('valid/extraction/invoice-indented.json').path);
		await row('postal_code').click();
		await page.locator('.breadcrumb', { hasText: 'postal_code' }).waitFor();
		const expected = [
			['JSON pointer', '/inference/result/fields/supplier_address/fields/postal_code'],
			['JSONPath', "$['inference']['result']['fields']['supplier_address']['fields']['postal_code']"],
			['JavaScript', /^payload\.fields\.get\('supplier_address'\).*postal_code/],
			['Value', '0000'],
		] as const;
		for (const [index, [form, text]] of expected.entries()) {
			await page.getByRole('button', { name: 'Copy as' }).focus();
			await page.keyboard.press('Enter');
			await until(async () => assert.match(await focused(), /^JSON pointer/));
			for (let down = 0; down < index; down++) await page.keyboard.press('ArrowDown');
			await page.keyboard.press('Enter');
			await until(async () => assert.equal(await announced(), `Copied: ${form}`));
			const copied = await page.evaluate(() => navigator.clipboard.readText());
			if (typeof text === 'string') assert.equal(copied, text);
			else assert.match(copied, text);
			assert.match(await focused(), /^Copy as/, 'the focus is back on the button');
		}
	});

	for (const [width, height] of [
		[320, 640],
		[640, 430],
		[1280, 400],
	] as const) {
		test(`nothing hangs over the side in a window of ${width} × ${height}`, async () => {
			await inspector.finish(page);
			page = await inspector.open({ viewport: { width, height } });
			const fits = () =>
				page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
			assert.equal(await fits(), 0, 'on the start screen');
			await choose(fixture('valid/extraction/invoice-indented.json').path);
			for (const tab of ['Fields', 'Text', 'Raw', 'Problems']) {
				await page.getByRole('tab', { name: tab }).click();
				assert.equal(await fits(), 0, tab);
			}
		});
	}

	test('the first screen is small', () => {
		const dist = join(root, 'www/dist');
		const html = readFileSync(join(dist, 'index.html'), 'utf8');
		const files = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1] ?? '');
		assert.ok(files.length > 1, 'its script and its style');
		const size = files.reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file))).length, 0);
		assert.ok(size <= 40 * 1024, `${size} bytes`);
	});
});

describe('the keyboard', () => {
	test('does everything: the whole tour without a pointer', async () => {
		await page.keyboard.press('Tab');
		assert.equal(await focused(), 'Skip to what was opened');
		await tabTo('Open a sample');
		await page.keyboard.press('Enter');
		await page.getByRole('treegrid').waitFor();
		// The focus is not lost with the button.
		await page.locator('#main:focus').waitFor();

		await page.keyboard.press('?');
		await page.getByRole('dialog').waitFor();
		await page.keyboard.press('1');
		await page.keyboard.press('Escape');
		await page.getByRole('dialog').waitFor({ state: 'detached' });
		assert.equal(await page.evaluate(() => document.activeElement?.id), 'main', 'where it was before');

		await page.keyboard.press('l');
		await page.locator('.breadcrumb', { hasText: 'purchase_order' }).waitFor();
		await page.keyboard.press('/');
		assert.equal(await focused(), 'Filter by name or value');
		await page.keyboard.type('l/total_amount?3');
		await until(async () =>
			assert.equal(await page.getByLabel('Filter by name or value').inputValue(), 'l/total_amount?3'),
		);
		await page.getByLabel('Filter by name or value').fill('total_amount');
		await page.locator('.breadcrumb', { hasText: 'total_amount' }).waitFor();
		await page.locator('.locations', { hasText: '1 of 2' }).waitFor();
		await tabTo('treegrid');
		await page.keyboard.press('n');
		await page.locator('.locations', { hasText: '2 of 2' }).waitFor();
		await page.keyboard.press('p');
		await page.locator('.locations', { hasText: '1 of 2' }).waitFor();

		await page.keyboard.press('3');
		assert.equal(await focused(), 'Raw');
		await page.locator('.bytes-scroller .raw-row').first().waitFor();
		await page.keyboard.press('ArrowRight');
		assert.match(await focused(), /^Problems/);
		await page.keyboard.press('Home');
		assert.equal(await focused(), 'Fields');
		const regions: string[] = [];
		for (let turn = 0; turn < 3; turn++) {
			await page.keyboard.press('F6');
			regions.push(await focused());
		}
		assert.deepEqual(regions.toSorted(), ['Document', 'Payload', 'Selected row']);
	});

	test('single keys can be switched off', async () => {
		await choose(fixture('valid/extraction/invoice-indented.json').path);
		await page.getByRole('button', { name: 'Keys' }).click();
		await page.getByLabel('Single keys work everywhere').uncheck();
		await page.getByRole('button', { name: 'Close', exact: true }).click();
		await page.getByRole('dialog').waitFor({ state: 'detached' });
		await page.keyboard.press('3');
		await page.keyboard.press('?');
		assert.equal(await page.getByRole('tab', { selected: true }).innerText(), 'Fields');
		assert.equal(await page.getByRole('dialog').count(), 0);
		const grid = page.getByRole('treegrid');
		await grid.focus();
		await page.keyboard.press('End');
		const last = await grid.getAttribute('aria-rowcount');
		await page.locator(`[role=row][aria-selected=true][aria-rowindex="${last}"]`).waitFor();
	});
});

describe('foreign and large payloads', () => {
	test('nothing of a payload is taken for markup', async () => {
		const evil = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
		const fields = {
			[evil]: { value: evil },
			__proto__x: { value: '\u202egnp.exe' },
			constructor: { value: 'javascript:alert(1)' },
		};
		await drop({ name: evil, content: extraction(fields, evil) });
		await page.getByText('Extraction', { exact: true }).waitFor();
		assert.equal(await page.locator('.masthead h1').innerText(), evil);
		assert.equal(await page.locator('.tree img, .tree script, .title img').count(), 0);
		assert.deepEqual((await page.locator('[role=rowheader]').allInnerTexts()).slice(0, 1), [evil]);
		assert.equal(await page.title(), 'mindhook inspector');
	});

	test('of 300,000 fields a window is mounted, and the last one is reached', async () => {
		const amount = 300_000;
		const fields = Object.fromEntries(Array.from({ length: amount }, (_, index) => [`f${index}`, { value: index }]));
		const path = join(screenshots, '../page-300000-fields.json');
		writeFileSync(path, extraction(fields, 'large.pdf'));
		await choose(path);
		await page.locator('.tree .count', { hasText: '300,000 fields' }).waitFor();
		assert.ok((await page.locator('[role=row]').count()) <= 200, 'at most 200 rows are mounted');
		await page.getByRole('treegrid').focus();
		await page.keyboard.press('End');
		const last = row(`f${amount - 1}`);
		await last.waitFor();
		assert.equal(await last.getAttribute('aria-rowindex'), String(amount + 1));
		// It is mounted before it is brought into sight.
		await until(async () =>
			assert.ok(
				await last.evaluate((element) => {
					const { top, bottom } = element.getBoundingClientRect();
					const scroller = element.closest('.scroller')?.getBoundingClientRect();
					return scroller !== undefined && top >= scroller.top - 1 && bottom <= scroller.bottom + 1;
				}),
				'and lies within what is seen',
			),
		);
		assert.ok((await page.locator('[role=row]').count()) <= 200, 'still');
	});

	test('all places of a value are gone through, however many there are, and all of a long value is copied', async () => {
		await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
		const polygon = [
			[0.1, 0.1],
			[0.2, 0.1],
			[0.2, 0.2],
		];
		const locations = Array.from({ length: 2500 }, (_, index) => ({ page: index % 2, polygon }));
		const value = `${'v'.repeat(20_000)}.`;
		const path = join(root, 'target/page-many-places.json');
		writeFileSync(path, extraction({ often: { value, locations } }, 'often.pdf'));
		await choose(path);
		await row('often').click();
		const label = page.locator('.locations');
		await label.getByText('1 of 2,500 · page 1').waitFor();
		await label.getByRole('button', { name: 'Previous location' }).click();
		await label.getByText('2,500 of 2,500 · page 2').waitFor();
		await label.getByRole('button', { name: 'Next location' }).click();
		await label.getByText('1 of 2,500 · page 1').waitFor();
		await page.getByText('20,000 of 20,001 characters are shown.').waitFor();
		await page.getByRole('treegrid').focus();
		await page.keyboard.press('ControlOrMeta+c');
		await until(async () => assert.equal(await announced(), 'Copied: Value'));
		assert.equal(await page.evaluate(() => navigator.clipboard.readText()), value);
	});

	test('typing goes on while a large file is read', async () => {
		const words = Array.from({ length: 60_000 }, () => ({
			content: 'word',
			polygon: [
				[0, 0],
				[1, 0],
				[1, 1],
				[0, 1],
			],
		}));
		const text = inference({ pages: [{ content: 'word', words }] }, 'large.pdf');
		await page.evaluate(() => {
			const count = () => {
				Object.assign(globalThis, { drawn: (globalThis as unknown as { drawn?: number }).drawn ?? 0 });
				(globalThis as unknown as { drawn: number }).drawn++;
				requestAnimationFrame(count);
			};
			count();
		});
		const path = join(screenshots, '../page-60000-words.json');
		writeFileSync(path, text);
		const before = await page.evaluate(() => (globalThis as unknown as { drawn: number }).drawn);
		await choose(path);
		await page.getByRole('tab', { name: 'Text' }).click();
		await page.getByText('60,000 words').waitFor();
		const frames = await page.evaluate(() => (globalThis as unknown as { drawn: number }).drawn);
		assert.ok(frames > before + 3, `${frames - before} frames were drawn meanwhile`);
	});
});

describe('nothing is sent', () => {
	test('not even by a script of the page itself', async () => {
		const sent: string[] = [];
		page.context().on('requestfinished', (request) => sent.push(request.url()));
		page.context().on('requestfailed', (request) => {
			if (request.failure()?.errorText !== 'csp') sent.push(request.url());
		});
		const violations = await page.evaluate(async () => {
			await fetch('https://foreign.invalid/').catch(() => {});
			await fetch('.').catch(() => {});
			navigator.sendBeacon('https://foreign.invalid/', 'a payload');
			const image = new Image();
			await new Promise((resolve) => {
				image.onerror = resolve;
				image.src = 'https://foreign.invalid/?a-payload';
			});
			return (globalThis as unknown as { violations: string[] }).violations.splice(0);
		});
		// Twice each: the page's own policy and the server's both forbid it.
		const directives = violations.map((violation) => violation.split(':')[0]);
		assert.equal(directives.filter((directive) => directive === 'connect-src').length, 2 * 3);
		assert.equal(directives.filter((directive) => directive === 'img-src').length, 2);
		// A part of the page itself may still have been on its way.
		const own = [`${inspector.address}assets/`, `${inspector.address}icon.svg`];
		const asked = sent.filter((url) => !own.some((part) => url.startsWith(part)));
		assert.deepEqual(asked, []);
		// What this test provoked has been told, and is no fault: at least one line on the console for each.
		assert.ok((await provoked(page, inspector.faults(page))).length >= violations.length);
	});
});

describe('the webhook_ids box', () => {
	const GOOD = '9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b';

	test('each ID has its verdict as one types', async () => {
		const box = page.getByLabel('webhook_ids', { exact: true });
		await box.fill(`${GOOD.toUpperCase()}, 9f3cga2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b, ${GOOD}`);
		await page.getByText('This list would be refused').waitFor();
		const verdicts = page.locator('.verdicts li');
		const words = ['[0] Valid', '[1] Refused', '[2] Repeated'];
		await until(async () => assert.deepEqual(await verdicts.locator('.word').allInnerTexts(), words));
		assert.equal(await verdicts.nth(0).locator('code').innerText(), GOOD);
		assert.match(await verdicts.nth(1).innerText(), /'g' at character 5/);
		assert.equal(await box.getAttribute('aria-invalid'), 'true');

		await box.fill(`[${GOOD}]`);
		await page.getByText('1 endpoint will be called').waitFor();
		await until(async () => assert.equal(await verdicts.count(), 1));
		await box.fill('');
		await verdicts.first().waitFor({ state: 'detached' });
	});

	test('of a list with more faults than are reported, no entry is given the verdict of another', async () => {
		const bad = Array.from({ length: 150 }, () => 'x');
		await page.getByLabel('webhook_ids', { exact: true }).fill([GOOD, ...bad, GOOD.replace('9f', '8f')].join());
		await page.getByText(/more issues are not listed/).waitFor();
		const words = await page.locator('.verdicts .word').allInnerTexts();
		assert.deepEqual(
			words,
			['[0] Valid', ...bad.slice(0, 100).map((_, index) => `[${index + 1}] Refused`)].slice(0, 100),
		);
	});

	test('an empty list is valid, and what that means is said', async () => {
		await page.getByLabel('webhook_ids', { exact: true }).fill('[]');
		await page.getByText('Valid, and no endpoint will be called').waitFor();
	});
});

describe('pictures for people', () => {
	for (const [name, options] of [
		['page', { colorScheme: 'light', viewport: { width: 1360, height: 860 } }],
		['page-dark', { colorScheme: 'dark', viewport: { width: 1360, height: 860 } }],
		['page-narrow', { colorScheme: 'light', viewport: { width: 400, height: 900 } }],
	] as const) {
		test(name, async () => {
			await inspector.finish(page);
			page = await inspector.open(options);
			await choose(join(payloads, 'valid/extraction/invoice-indented.json'));
			await page.getByRole('treegrid').focus();
			await page.keyboard.press('ArrowDown');
			await page.locator('.selected', { hasText: 'RE-2026/00417' }).waitFor();
			const widest = await page.evaluate(
				() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
			);
			assert.equal(widest, 0, 'nothing hangs over the side');
			await page.evaluate(() => scrollTo(0, 0));
			await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
		});
	}
});

async function drop(...files: GivenFile[]): Promise<void> {
	await dropFiles(page, ...files);
	await isOpen();
}

async function choose(path: string): Promise<void> {
	await chooseFiles(page, path);
	await isOpen();
}

/** Waits until a payload is there, and its first rows where it has some: they come after the rest. */
async function isOpen(): Promise<void> {
	await page.locator('.side .view').waitFor();
	await page.waitForFunction(() => {
		const grid = document.querySelector('.side [role=treegrid]');
		return Number(grid?.getAttribute('aria-rowcount') ?? 1) <= 1 || grid?.querySelector('[role=row][aria-level]');
	});
}

/** Makes the window high enough for every row: of a longer list only some around those in sight are mounted. */
async function mountAllRows(): Promise<void> {
	await page.setViewportSize({ width: 1280, height: 2000 });
	await page.waitForFunction(() => {
		const grid = document.querySelector('.side [role=treegrid]');
		return grid?.querySelectorAll('[role=row][aria-level]').length === Number(grid?.getAttribute('aria-rowcount')) - 1;
	});
}

function row(name: string) {
	return page.locator('[role=row]', { has: page.locator('[role=rowheader]').getByText(name, { exact: true }) });
}

function rowTexts(name: string): Promise<string[]> {
	return row(name).locator('[role=rowheader], [role=gridcell]').allInnerTexts();
}

async function announced(): Promise<string> {
	return (await page.locator('p.unseen[role=status]').textContent()) ?? '';
}

/** Waits until the selected row is the one at this pointer. */
function pathIs(pointer: string): Promise<void> {
	return until(async () => assert.equal(await page.locator('.breadcrumb').textContent(), pointer));
}

/** What has the focus, by its label or its text. */
function focused(): Promise<string> {
	return page
		.evaluate(() => {
			const at = document.activeElement as HTMLElement | null;
			return at?.getAttribute('aria-label') ?? at?.getAttribute('role')?.replace(/^(?!treegrid).*/, '') ?? '';
		})
		.then(
			async (label) => label || (await page.evaluate(() => (document.activeElement as HTMLElement).innerText.trim())),
		);
}

/** Presses Tab until what is meant has the focus. */
async function tabTo(label: string): Promise<void> {
	const passed: string[] = [];
	for (let stop = 0; stop < 60; stop++) {
		const at = await focused();
		if (at === label) return;
		passed.push(at);
		await page.keyboard.press('Tab');
	}
	assert.fail(`${label} is not reached with Tab: ${passed.join(' → ')}`);
}

/** Whether the first of the elements lies within what its scroller shows. */
function inSight(selector: string): Promise<boolean> {
	return page
		.locator(selector)
		.first()
		.evaluate((element) => {
			const { top, bottom } = element.getBoundingClientRect();
			const box = element.closest('.bytes-scroller')?.getBoundingClientRect();
			return box !== undefined && top >= box.top - 1 && bottom <= box.bottom + 1;
		});
}

interface Body {
	inference: { result: { fields: Record<string, FieldShape> } };
}

/** Every field of one value, at any depth. */
function valuesOf({ inference }: Body): FieldShape[] {
	const within = (field: FieldShape): FieldShape[] => {
		const inner = [...Object.values(field.fields ?? {}), ...(field.items ?? [])];
		return inner.length > 0 ? inner.flatMap(within) : 'value' in field ? [field] : [];
	};
	return Object.values(inference.result.fields).flatMap(within);
}

function inference(result: unknown, fileName: string): string {
	const id = '9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b';
	const options = {
		raw_text: false,
		polygon: false,
		confidence: false,
		rag: false,
		text_context: false,
		data_schema: { replace: false },
	};
	return JSON.stringify({
		inference: {
			id,
			job: { id },
			model: { id },
			file: { name: fileName, alias: null, page_count: 1, mime_type: 'application/pdf' },
			result,
			active_options: options,
		},
	});
}

/** An extraction of simple fields. */
function extraction(fields: Record<string, { value: unknown; locations?: unknown[] }>, fileName: string): string {
	const whole = Object.entries(fields).map(([name, field]) => [name, { confidence: null, locations: [], ...field }]);
	return inference({ fields: Object.fromEntries(whole) }, fileName);
}
