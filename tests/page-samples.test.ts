/**
 * Every payload fixture and every sample in the page: its kind, its rows, their values, what is wrong with it. What is expected comes from
 * `JSON.parse` and from what lies beside each fixture, never from the code under test.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Issue } from 'mindhook';
import type { Page } from 'playwright-core';
import { compareRows, rowsOfBroken, rowsOfPayload, type ShownRow } from './expected-rows.js';
import { chooseFiles, openForEachTest, root } from './page-browser.js';
import { brokenPayloads, validPayloads } from './payload-fixtures.js';

const SAMPLES = join(root, '../shared/samples');
const KINDS: Record<string, string> = {
	extraction: 'Extraction',
	classification: 'Classification',
	crop: 'Crop',
	ocr: 'OCR',
	split: 'Split',
	failure: 'Failure',
	job: 'Job',
	error: 'Error',
};

/** What is seen of an opened payload. */
interface Seen {
	heading: string;
	kind: string;
	/** Every row, from the first to the last, with all that is closed opened. */
	rows: ShownRow[];
	problems: number;
	codes: string[];
	/** All that the view of the fields says. */
	text: string;
}

let page: Page;

openForEachTest({ viewport: { width: 1280, height: 900 } }, (opened) => {
	page = opened;
});

describe('every fixture', () => {
	test('that is valid shows its kind, its rows as they are written, and its warnings', async () => {
		const fixtures = validPayloads();
		assert.ok(fixtures.length > 100);
		for (const { name, body, expected } of fixtures) {
			const seen = await look(name, body);
			assert.equal(seen.kind, KINDS[expected.kind], name);
			if (expected.fileName) assert.equal(seen.heading, expected.fileName, name);
			assert.equal(seen.problems, expected.warnings.length, `${name}: problems`);
			assert.deepEqual(seen.codes.sort(), expected.warnings.map(({ code }) => code).sort(), name);
			for (const said of saidBy(expected.kind, body)) assert.ok(seen.text.includes(said), `${name}: ${said}`);
			compareRows(name, seen.rows, rowsOfPayload(expected.kind, new TextDecoder().decode(body)), 'all');
			shadowedBy(name, seen.rows, expected.warnings);
		}
	});

	test('that is broken shows each of its issues, and still what could be read', async () => {
		const fixtures = brokenPayloads();
		assert.ok(fixtures.length > 400);
		let read = 0;
		for (const { name, body, expected } of fixtures) {
			const seen = await look(name, body);
			assert.equal(seen.kind, 'Not a readable payload', name);
			assert.equal(seen.problems, expected.issues.length, `${name}: problems`);
			assert.deepEqual(seen.codes.sort(), expected.issues.map(({ code }) => code).sort(), name);
			const { rows, extent } = rowsOfBroken(body, expected);
			compareRows(name, seen.rows, rows, extent);
			read += rows.length;
		}
		assert.ok(read > 5000, `there is something to be read in most of them (${read} rows)`);
	});
});

/** Payloads with the document that they were read from, and the kind of each. */
const PAIRS = [
	['extraction/receipt_default.json', 'documents/receipt_default.jpg', 'extraction'],
	['ocr/ocr_single.json', 'documents/ocr_default.jpg', 'ocr'],
	['crop/default_sample.json', 'documents/crop_default.jpg', 'crop'],
	['split/default_sample.json', 'documents/split_default.pdf', 'split'],
] as const;

/** Payloads without one. */
const ALONE = [
	['classification/default_sample.json', 'classification'],
	['error/error_401_invalid_api_key.json', 'error'],
	['extraction/data_schema_replace.json', 'extraction'],
	['extraction/invoice_blank.json', 'extraction'],
	['extraction/invoice_complete.json', 'extraction'],
	['extraction/raw_texts.json', 'extraction'],
	['extraction/standard_field_types.json', 'extraction'],
	['job/ok_processed_webhooks_ok.json', 'job'],
	['split/split_single.json', 'split'],
	['crop/crop_single.json', 'crop'],
] as const;

describe('the samples of the platform', { skip: !existsSync(SAMPLES) && `${SAMPLES} is not there` }, () => {
	for (const [payload, document, kind] of PAIRS) {
		test(`${payload} lies on ${document}`, async () => {
			const body = readFileSync(join(SAMPLES, payload));
			await chooseFiles(page, join(SAMPLES, payload), join(SAMPLES, document));
			await page.locator('.kind', { hasText: KINDS[kind] }).waitFor();
			// The sheet is a picture of the document, not blank.
			await page.locator('.paper canvas').first().waitFor();
			const name = document.slice(document.lastIndexOf('/') + 1);
			await page.getByRole('img', { name: new RegExp(name) }).waitFor();
			const drawn = polygonsByPage(JSON.parse(body.toString('utf8')));
			for (const [index, amount] of drawn.entries()) {
				if (index > 0) await page.getByRole('button', { name: 'Next page' }).first().click();
				if (amount > 0) await page.getByText(`${amount} location${amount === 1 ? '' : 's'}`, { exact: true }).waitFor();
			}
			const seen = await see(null);
			compareRows(payload, seen.rows, rowsOfPayload(kind, body.toString('utf8')), 'all');
		});
	}

	for (const [payload, kind] of ALONE) {
		test(payload, async () => {
			const body = readFileSync(join(SAMPLES, payload));
			const seen = await look(payload, body);
			assert.equal(seen.kind, KINDS[kind]);
			for (const said of saidBy(kind, body)) assert.ok(seen.text.includes(said), said);
			compareRows(payload, seen.rows, rowsOfPayload(kind, body.toString('utf8')), 'all');
		});
	}
});

/** How many polygons a payload has on each page. */
function polygonsByPage(body: unknown): number[] {
	const amounts: number[] = [];
	const count = (index: number): void => {
		for (let known = amounts.length; known <= index; known++) amounts.push(0);
		amounts[index] = (amounts[index] ?? 0) + 1;
	};
	const visit = (value: unknown, pageOfWords: number): void => {
		if (typeof value !== 'object' || value === null) return;
		const { polygon, page: on } = value as { polygon?: unknown; page?: number };
		if (Array.isArray(polygon)) count(on ?? pageOfWords);
		for (const [key, part] of Object.entries(value)) {
			if (key === 'pages' && Array.isArray(part)) for (const [index, each] of part.entries()) visit(each, index);
			else visit(part, pageOfWords);
		}
	};
	visit(body, 0);
	return amounts;
}

/** Opens a payload in the page that is open, and looks at its problems and its rows. All within the page: there are hundreds of them. */
function look(name: string, body: Uint8Array): Promise<Seen> {
	return see({ name: name.slice(name.lastIndexOf('/') + 1), base64: Buffer.from(body).toString('base64') });
}

/** Looks at what is open, or first opens a payload. */
function see(given: { name: string; base64: string } | null): Promise<Seen> {
	return page.evaluate(async (opening) => {
		const until = async <Result>(find: () => Result | null): Promise<Result> => {
			for (;;) {
				const found = find();
				if (found !== null) return found;
				await new Promise<void>((resolve) => {
					const observer = new MutationObserver(() => {
						observer.disconnect();
						resolve();
					});
					observer.observe(document.body, { childList: true, subtree: true, attributes: true });
				});
			}
		};
		// The desk stays from one payload to the next; its view is another one.
		const left = opening && document.querySelector('.side .view');
		if (opening) {
			const dataTransfer = new DataTransfer();
			const bytes = Uint8Array.from(atob(opening.base64), (letter) => letter.charCodeAt(0));
			dataTransfer.items.add(new File([bytes], opening.name));
			document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
		}
		const desk = await until(() => {
			const shown = document.querySelector('.side .view');
			return shown === left ? null : (shown?.closest('.desk') ?? null);
		});
		const text = (element: Element | null | undefined): string => element?.textContent ?? '';
		const turnTo = async (tab: string): Promise<void> => {
			desk.querySelector<HTMLElement>(`#tab-${tab}`)?.click();
			await until(() => desk.querySelector(`.view.${tab}`));
		};
		await turnTo('problems');
		const codes = [...desk.querySelectorAll('.issue .code')].map(text);
		await turnTo('fields');
		const grid = desk.querySelector('[role=treegrid]');
		const shown: ShownRow[] = [];
		const total = (): number => Number(grid?.getAttribute('aria-rowcount') ?? 1) - 1;
		while (grid && shown.length < total()) {
			const at = `[role=row][aria-level][aria-rowindex="${shown.length + 2}"]`;
			const mounted = () => grid.querySelector(at);
			if (!mounted()) grid.scrollTop = shown.length * (grid.querySelector('[role=row][aria-level]')?.clientHeight ?? 0);
			const found = await until(mounted);
			if (found.getAttribute('aria-expanded') === 'false') found.querySelector<HTMLElement>('.twist')?.click();
			const row = await until(() => grid.querySelector(`${at}:not([aria-expanded=false])`));
			shown.push({
				level: Number(row.getAttribute('aria-level')),
				position: Number(row.getAttribute('aria-posinset')),
				siblings: Number(row.getAttribute('aria-setsize')),
				name: text(row.querySelector('[role=rowheader] bdi')),
				value: text(row.querySelector('.value > :first-child')),
				confidence: text(row.querySelector('.sure')).replace('–', ''),
				pages: text(row.querySelector('.on')),
				shadowed: row.classList.contains('shadowed'),
			});
		}
		return {
			heading: text(document.querySelector('h1')),
			kind: text(document.querySelector('.kind')),
			problems: Number(text(desk.querySelector('#tab-problems .badge > span')) || 0),
			codes,
			text: text(desk.querySelector('.view')),
			rows: shown,
		};
	}, given);
}

/** What a payload that has no rows says. */
function saidBy(kind: string, body: Uint8Array): string[] {
	if (kind !== 'failure' && kind !== 'job' && kind !== 'error') return [];
	interface Whole {
		error?: { detail: string } | null;
		detail?: string;
		title?: string;
		job?: { id: string; status: string; webhooks: { id: string; status: string }[] };
	}
	const { error, detail, title, job } = JSON.parse(new TextDecoder().decode(body)) as Whole;
	const webhooks = job?.webhooks?.flatMap(({ id, status }) => [id, status]) ?? [];
	return [error?.detail, detail, title, job?.status, ...webhooks].filter((said) => said !== undefined);
}

/** A copy that a later one replaces is there and marked: one for each warning about a key of the fields. */
function shadowedBy(name: string, rows: readonly ShownRow[], warnings: readonly Partial<Issue>[]): void {
	const duplicates = warnings
		.filter(({ code, pointer }) => code === 'json.duplicate_key' && pointer?.startsWith('/inference/result/fields/'))
		.map(({ pointer }) => pointer?.split('/').at(-1));
	const shadowed = rows.filter((row) => row.shadowed).map((row) => row.name);
	for (const key of duplicates) {
		const at = shadowed.indexOf(key ?? '');
		assert.ok(at >= 0, `${name}: the earlier ${key} is a row that is marked`);
		shadowed.splice(at, 1);
	}
}
