/**
 * Every payload fixture and every sample in the page: its kind, its rows, their values, what is wrong with it. What is expected comes from
 * `JSON.parse` and from what lies beside each fixture, never from the code under test.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { chooseFiles, type Inspector, root, startInspector } from './page-browser.js';
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

/** What a row of the tree shows. */
interface ShownRow {
	level: number;
	siblings: number;
	name: string;
	value: string;
	confidence: string;
	shadowed: boolean;
}

/** What is seen of an opened payload. */
interface Seen {
	heading: string;
	kind: string;
	rows: ShownRow[];
	total: number;
	problems: number;
	codes: string[];
	/** All that the view of the fields says. */
	text: string;
}

let inspector: Inspector;
let page: Page;

before(async () => {
	inspector = await startInspector();
});

after(() => inspector?.close());

beforeEach(async () => {
	page = await inspector.open({ viewport: { width: 1280, height: 900 } });
});

afterEach(() => inspector.finish(page));

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
			checkRows(name, seen, rowsOf(expected.kind, new TextDecoder().decode(body)));
		}
	});

	test('that is broken shows each of its issues, and still what could be read', async () => {
		const fixtures = brokenPayloads();
		assert.ok(fixtures.length > 400);
		for (const { name, body, expected } of fixtures) {
			const seen = await look(name, body);
			assert.equal(seen.kind, 'Not a readable payload', name);
			assert.equal(seen.problems, expected.issues.length, `${name}: problems`);
			assert.deepEqual(seen.codes.sort(), expected.issues.map(({ code }) => code).sort(), name);
		}
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
			checkRows(payload, seen, rowsOf(kind, body.toString('utf8')));
		});
	}

	for (const [payload, kind] of ALONE) {
		test(payload, async () => {
			const body = readFileSync(join(SAMPLES, payload));
			const seen = await look(payload, body);
			assert.equal(seen.kind, KINDS[kind]);
			for (const said of saidBy(kind, body)) assert.ok(seen.text.includes(said), said);
			checkRows(payload, seen, rowsOf(kind, body.toString('utf8')));
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
		const total = Number(grid?.getAttribute('aria-rowcount') ?? 1) - 1;
		const rows = () => [...(grid?.querySelectorAll('[role=row][aria-level]') ?? [])];
		await until(() => total === 0 || rows().length > 0 || null);
		return {
			heading: text(document.querySelector('h1')),
			kind: text(document.querySelector('.kind')),
			problems: Number(text(desk.querySelector('#tab-problems .badge > span')) || 0),
			codes,
			total,
			text: text(desk.querySelector('.view')),
			rows: rows().map((row) => ({
				level: Number(row.getAttribute('aria-level')),
				siblings: Number(row.getAttribute('aria-setsize')),
				name: text(row.querySelector('[role=rowheader] bdi')),
				value: text(row.querySelector('.value > :first-child')),
				confidence: text(row.querySelector('.sure')).replace('–', ''),
				shadowed: row.classList.contains('shadowed'),
			})),
		};
	}, given);
}

/** A row that is expected: its place among the names and indexes of the rows above it, and what it shows. */
interface Expected {
	value: string;
	/** Of a value that may have one. */
	confidence?: string | null;
	/** Whether it says how many rows it holds. */
	branch: boolean;
}

/** A number as it is written. */
class Written {
	constructor(readonly text: string) {}
}

/** What `JSON.parse` gives, with numbers as they are written. */
function parsed(text: string): unknown {
	const keep = (_key: string, value: unknown, context?: { source?: string }): unknown =>
		typeof value === 'number' ? new Written(context?.source ?? String(value)) : value;
	return JSON.parse(text, keep as (key: string, value: unknown) => unknown);
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

type Data = { [key: string]: Data } & Data[] & string;

/** Every row that a payload has, by its path. */
function rowsOf(kind: string, text: string): Map<string, Expected> {
	const rows = new Map<string, Expected>();
	const add = (path: readonly string[], value: string, confidence?: string | null): void => {
		rows.set(
			JSON.stringify(path),
			confidence === undefined ? { value, branch: true } : { value, confidence, branch: false },
		);
	};
	const count = (amount: number, one: string): string =>
		`${amount.toLocaleString('en')} ${one}${amount === 1 ? '' : 's'}`;
	const plain = (value: unknown): string =>
		value instanceof Written ? value.text : value === '' ? 'empty text' : String(value);
	const ofField = (path: readonly string[], field: Data): void => {
		const confidence = (field.confidence as string | null | undefined) ?? null;
		if (Object.hasOwn(field, 'value')) add(path, plain(field.value), confidence);
		else if (Object.hasOwn(field, 'fields')) {
			add(path, count(Object.keys(field.fields ?? {}).length, 'field'));
			ofFields(path, field.fields as Data);
		} else {
			add(path, count((field.items as Data).length, 'item'));
			for (const [index, item] of (field.items as Data).entries()) ofField([...path, `[${index}]`], item as Data);
		}
	};
	const ofFields = (path: readonly string[], fields: Data): void => {
		for (const [name, field] of Object.entries(fields)) ofField([...path, name], field as Data);
	};
	const ofChained = (path: readonly string[], part: Data): void => {
		const chained = part.extraction_response as Data | null | undefined;
		if (chained) ofFields(path, ((chained.inference as Data).result as Data).fields as Data);
	};
	const { inference } = parsed(text.replace(/^\ufeff/, '')) as Data;
	const result = (inference?.result ?? {}) as Data;
	const number = (value: unknown): number => Number((value as unknown as Written).text);
	switch (kind) {
		case 'extraction':
			ofFields([], result.fields as Data);
			break;
		case 'crop':
			for (const [index, crop] of (result.crops as Data).entries()) {
				add([`Crop ${index + 1}`], crop.object_type as unknown as string);
				ofChained([`Crop ${index + 1}`], crop as Data);
			}
			break;
		case 'split':
			for (const split of result.splits as Data) {
				const [first, last] = [...(split.page_range as Data)].map((page) => number(page) + 1);
				const name = first === last ? `Page ${first}` : `Pages ${first} to ${last}`;
				add([name], split.document_type as unknown as string);
				ofChained([name], split as Data);
			}
			break;
		case 'ocr':
			for (const [index, ocrPage] of (result.pages as Data).entries()) {
				const words = ocrPage.words as Data;
				add([`Page ${index + 1}`], count(words.length, 'word'));
				for (const [at, word] of words.entries()) {
					add([`Page ${index + 1}`, `[${at}]`], (word.content as unknown as string) || 'empty text');
				}
			}
			break;
		default:
			break;
	}
	return rows;
}

/** Compares the mounted rows, each found by the names of those above it, with those that are expected; a mounted window of 40 is long enough. */
function checkRows(name: string, seen: Seen, expected: Map<string, Expected>): void {
	if (expected.size === 0) return;
	const path: string[] = [];
	/** Level of an earlier copy of a duplicate key, which \`JSON.parse\` knows nothing of. */
	let unused = Number.POSITIVE_INFINITY;
	for (const row of seen.rows) {
		path.length = row.level - 1;
		path.push(row.name);
		if (row.level <= unused) unused = Number.POSITIVE_INFINITY;
		if (row.shadowed) unused = Math.min(unused, row.level);
		if (row.level >= unused) continue;
		const wanted = expected.get(JSON.stringify(path));
		assert.ok(wanted, `${name}: ${JSON.stringify(path)} is a row that nobody expects`);
		// \`JSON.parse\` counts each of its keys once.
		if (wanted.branch && name.includes('duplicate-key')) continue;
		const cut = row.value.endsWith('…') ? wanted.value.slice(0, row.value.length - 1) : wanted.value;
		assert.equal(row.value.replace(/…$/, ''), cut.replace(/…$/, ''), `${name}: ${JSON.stringify(path)}`);
		if (wanted.confidence !== undefined)
			assert.equal(row.confidence, wanted.confidence ?? 'not given', `${name}: ${path}`);
	}
	const top = [...expected.keys()].filter((key) => JSON.parse(key).length === 1).length;
	const shown = seen.rows.filter(({ level }) => level === 1);
	const shadowed = shown.filter((row) => row.shadowed).length;
	assert.equal((shown[0]?.siblings ?? 0) - shadowed, top, `${name}: rows of the first level`);
}
