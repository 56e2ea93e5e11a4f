/** The states that the page can be brought into: for the test of its accessibility, and for its pictures. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { chooseFiles, dropFiles, payloads } from './page-browser.js';
import { extraction, field, inference } from './page-generated.js';
import { pdf, pdfPage } from './page-papers.js';

/** A payload with its document, made so that every view has something to show. */
export function paper(): { payload: string; document: Buffer } {
	const boxes = [
		{ left: 0.1, top: 0.1, right: 0.4, bottom: 0.14 },
		{ left: 0.6, top: 0.1, right: 0.8, bottom: 0.12 },
		{ left: 0.6, top: 0.8, right: 0.8, bottom: 0.83 },
	];
	const place = (page: number, index: number) => {
		const { left = 0, top = 0, right = 1, bottom = 1 } = boxes[index] ?? {};
		const polygon = [
			[left, top],
			[right, top],
			[right, bottom],
			[left, bottom],
		];
		return { page, polygon };
	};
	const payload = extraction(
		{
			supplier: field('Beispiel & Söhne', { confidence: 'Certain', locations: [place(0, 0)] }),
			number: field('RE-4711', { confidence: 'High', locations: [place(0, 1)] }),
			total: field(1234.5, { confidence: 'Low', locations: [place(0, 2), place(1, 2)] }),
			note: field(null, { confidence: 'Medium' }),
			lines: { items: [{ fields: { text: field('one', { confidence: 'Low' }) } }], confidence: null },
			More: field('', {}),
		},
		{ fileName: 'paper.pdf', pageCount: 2 },
	);
	return { payload, document: pdf([pdfPage(boxes), pdfPage(boxes.slice(2))]) };
}

/** Opens {@link paper}. */
export async function openPaper(page: Page): Promise<void> {
	const { payload, document } = paper();
	await dropFiles(page, { name: 'paper.json', content: payload }, { name: 'paper.pdf', content: document });
	await page.locator('.desk').waitFor();
	await page.locator('.paper canvas').first().waitFor();
	await page.locator('[role=row][aria-level]').first().waitFor();
}

/** Turns to a view beside the document. */
export async function turnTo(page: Page, tab: 'Fields' | 'Text' | 'Raw' | 'Problems'): Promise<void> {
	await page.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
	await page.locator(`.view.${tab.toLowerCase()}`).waitFor();
}

async function openFixture(page: Page, path: string): Promise<void> {
	await chooseFiles(page, join(payloads, path));
	await page.locator('.desk').waitFor();
}

/** Each state by its name, and how it is reached from the start screen. */
export const states: Readonly<Record<string, (page: Page) => Promise<void>>> = {
	start: async () => {},
	'start, webhook IDs checked': async (page) => {
		await page
			.getByLabel('webhook_ids', { exact: true })
			.fill('[9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b, 9f3c1a2b-4c5d-1e6f-8a9b-0c1d2e3f4a5b]');
		await page.locator('.verdicts li').nth(1).waitFor();
	},
	'a payload on its document': async (page) => {
		await openPaper(page);
		await page.getByRole('treegrid').focus();
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('ArrowDown');
		await page.locator('.mark-outlines .selected').waitFor();
	},
	'a payload without its document': (page) => openFixture(page, 'valid/extraction/invoice-indented.json'),
	'a filter': async (page) => {
		await openPaper(page);
		await page.getByLabel('Filter by name or value').fill('o');
		await page
			.getByText(/\d+ match/)
			.first()
			.waitFor();
	},
	'a filter that finds nothing': async (page) => {
		await openPaper(page);
		await page.getByLabel('Filter by name or value').fill('no such thing');
		await page.locator('.filter .found', { hasText: 'Nothing matches' }).waitFor();
	},
	text: async (page) => {
		await openFixture(page, 'valid/ocr/dense-three-pages-minified.json');
		await turnTo(page, 'Text');
	},
	'no text': async (page) => {
		await openPaper(page);
		await turnTo(page, 'Text');
	},
	raw: async (page) => {
		await openPaper(page);
		await turnTo(page, 'Raw');
		await page.locator('.raw-row').nth(1).waitFor({ state: 'attached' });
		await page.getByLabel('Find in the bytes').fill('confidence');
		await page.keyboard.press('Enter');
	},
	problems: async (page) => {
		await openPaper(page);
		await turnTo(page, 'Problems');
		await page.locator('.excerpt').first().waitFor();
	},
	'no problems': async (page) => {
		await openFixture(page, 'valid/extraction/invoice-indented.json');
		await turnTo(page, 'Problems');
	},
	'a broken payload': (page) => openFixture(page, 'broken/json/missing-comma-between-members.json'),
	'no JSON at all': async (page) => {
		await dropFiles(page, { name: 'empty.json', content: '' });
		await page.locator('.desk').waitFor();
	},
	classification: (page) => openFixture(page, 'valid/classification/chained-extraction-response.json'),
	crops: (page) => openFixture(page, 'valid/crop/two-objects.json'),
	splits: (page) => openFixture(page, 'valid/split/three-documents-minified.json'),
	failure: (page) => openFixture(page, 'valid/failure/error-with-errors.json'),
	job: (page) => openFixture(page, 'valid/job/processed-two-endpoints-one-with-an-error.json'),
	error: (page) => openFixture(page, 'valid/error/422-with-two-errors.json'),
	'copy menu': async (page) => {
		await openPaper(page);
		await page.getByRole('button', { name: 'Copy as' }).click();
		await page.getByRole('menu').waitFor();
	},
	'comparison, before the second payload': async (page) => {
		await openPaper(page);
		await page.getByRole('button', { name: 'Compare…' }).click();
		await page.locator('.compare input[type=file]').waitFor({ state: 'attached' });
	},
	comparison: async (page) => {
		await openPaper(page);
		await page.getByRole('button', { name: 'Compare…' }).click();
		const buffer = Buffer.from(paper().payload.replace('RE-4711', 'RE-4712').replace('"Low"', '"High"'));
		const other = { name: 'other.json', mimeType: 'application/json', buffer };
		await page.locator('.compare input[type=file]').setInputFiles(other);
		await page.locator('.compare [role=row]').nth(2).waitFor();
	},
	signature: async (page) => {
		await openPaper(page);
		await page.getByRole('button', { name: 'Signature…' }).click();
		await page.getByLabel('Value of the header').waitFor();
	},
	'webhook IDs beside a payload': async (page) => {
		await openPaper(page);
		await page.getByRole('button', { name: 'Webhook IDs…' }).click();
		await page.getByLabel('webhook_ids', { exact: true }).fill('9f3c1a2b');
		await page.locator('.verdicts li').waitFor();
	},
	'something that is said in passing': async (page) => {
		await openPaper(page);
		await page.getByRole('treegrid').press('ControlOrMeta+c');
		await page.locator('.toast').waitFor();
	},
	'a signature that does not fit': async (page) => {
		await openPaper(page);
		await page.getByRole('button', { name: 'Signature…' }).click();
		await page.getByLabel('Value of the header').fill('0'.repeat(64));
		await page.getByLabel('Signing secrets').fill('secret');
		await page.getByRole('button', { name: 'Check', exact: true }).click();
		await page.locator('.verdict-box.bad').waitFor();
	},
	export: async (page) => {
		await openPaper(page);
		await page.getByRole('button', { name: 'Export…' }).click();
		await page.getByRole('button', { name: /^Save/ }).first().waitFor();
	},
	'IDs of the payload': async (page) => {
		await openPaper(page);
		await page.getByRole('button', { name: 'IDs', exact: true }).click();
		await page.getByText('Inference ID').waitFor();
	},
	keys: async (page) => {
		await openPaper(page);
		await page.keyboard.press('?');
		await page.getByRole('dialog').waitFor();
		await page.locator('kbd').first().waitFor();
	},
	shelf: async (page) => {
		await openPaper(page);
		await dropFiles(
			page,
			{ name: 'second.json', content: inference({ fields: {} }) },
			{ name: 'third.json', content: '{' },
		);
		await page.getByText('third.json').first().waitFor();
	},
};
