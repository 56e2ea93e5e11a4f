/**
 * The page, driven in a real Chromium as its users drive it: drop, choose, paste, type, arrow keys. Screenshots are kept in
 * `target/screenshots/` for people to look at.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import {
	chooseFiles,
	dropFiles,
	payloadFixture as fixture,
	type GivenFile,
	type Inspector,
	payloads,
	screenshots,
	startInspector,
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
	fields?: Record<string, FieldShape>;
	items?: FieldShape[];
}

let inspector: Inspector;
let page: Page;

before(async () => {
	mkdirSync(screenshots, { recursive: true });
	inspector = await startInspector();
});

after(() => inspector?.close());

beforeEach(async () => {
	page = await inspector.open();
});

afterEach(() => inspector.finish(page));

describe('what is shown', () => {
	test('a dropped extraction: its kind, its IDs, every field with its confidence', async () => {
		const { file, body } = fixture('valid/extraction/invoice-indented.json');
		const fields = (body as { inference: { result: { fields: Record<string, FieldShape> } } }).inference.result.fields;
		await drop(file);
		await page.getByText('Extraction', { exact: true }).waitFor();

		assert.equal(await page.locator('.masthead h1').innerText(), 'Rechnung_00417.pdf');
		await page.getByRole('button', { name: 'IDs' }).click();
		assert.match(await page.locator('#facts').innerText(), /64abcf17-cbee-4807-802a-485aff3ac52e/);
		const count = Object.keys(fields).length;
		assert.equal(await page.locator('.tree .count').textContent(), `${count} fields`);
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
		await page.getByRole('button', { name: 'IDs' }).click();
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
		assert.ok(
			await last.evaluate((element) => {
				const { top, bottom } = element.getBoundingClientRect();
				const scroller = element.closest('.scroller')?.getBoundingClientRect();
				return scroller !== undefined && top >= scroller.top - 1 && bottom <= scroller.bottom + 1;
			}),
			'and lies within what is seen',
		);
		assert.ok((await page.locator('[role=row]').count()) <= 200, 'still');
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
			const log: number[] = [];
			Object.assign(globalThis, { longest: log });
			new PerformanceObserver((list) => log.push(...list.getEntries().map((entry) => entry.duration))).observe({
				type: 'longtask',
			});
		});
		const path = join(screenshots, '../page-60000-words.json');
		writeFileSync(path, text);
		await choose(path);
		await page.getByRole('tab', { name: 'Text' }).click();
		await page.getByText('60,000 words').waitFor();
		const longest = await page.evaluate(() => Math.max(0, ...(globalThis as unknown as { longest: number[] }).longest));
		assert.ok(longest < 300, `the page was never held for long (${longest} ms)`);
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
		assert.deepEqual(sent, []);
		// What this test provoked has been told, and is no fault: at least one line on the console for each.
		assert.ok(inspector.faults(page).splice(0).length >= violations.length);
	});
});

describe('the webhook_ids box', () => {
	const GOOD = '9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b';

	test('each ID has its verdict as one types', async () => {
		const box = page.getByLabel('webhook_ids', { exact: true });
		await box.fill(`${GOOD.toUpperCase()}, 9f3cga2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b, ${GOOD}`);
		await page.getByText('This list would be refused').waitFor();
		const verdicts = page.locator('.verdicts li');
		assert.deepEqual(await verdicts.locator('.word').allInnerTexts(), ['[0] Valid', '[1] Refused', '[2] Repeated']);
		assert.equal(await verdicts.nth(0).locator('code').innerText(), GOOD);
		assert.match(await verdicts.nth(1).innerText(), /'g' at character 5/);
		assert.equal(await box.getAttribute('aria-invalid'), 'true');

		await box.fill(`[${GOOD}]`);
		await page.getByText('1 endpoint will be called').waitFor();
		assert.equal(await verdicts.count(), 1);
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
	await page.getByRole('tab').first().waitFor();
}

async function choose(path: string): Promise<void> {
	await chooseFiles(page, path);
	await page.getByRole('tab').first().waitFor();
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
function extraction(fields: Record<string, { value: unknown }>, fileName: string): string {
	const whole = Object.entries(fields).map(([name, field]) => [name, { confidence: null, locations: [], ...field }]);
	return inference({ fields: Object.fromEntries(whole) }, fileName);
}
