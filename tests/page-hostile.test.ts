/**
 * Payloads and documents made to hurt: shown as text, nothing of them runs, nothing hangs. `finish` fails on any request, error or
 * violation of the policy.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterEach, describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { chooseFiles, dropFiles, type GivenFile, openForEachTest, payloadFixture, root } from './page-browser.js';
import { extraction, field, inference } from './page-generated.js';
import { firstFree, pdf, pdfPage, png } from './page-papers.js';
import { turnTo } from './page-states.js';

const MARKUP = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
const SQUARE = [
	[0.1, 0.1],
	[0.2, 0.1],
	[0.2, 0.2],
	[0.1, 0.2],
];

let page: Page;

afterEach(async () => assert.equal(await page.evaluate(() => document.title), 'mindhook inspector', 'nothing has run'));

openForEachTest({ viewport: { width: 1280, height: 800 } }, (opened, inspector) => {
	page = opened;
	// Whatever opens a window, asks something or saves a file on its own is noted as a fault.
	const faults = inspector.faults(page);
	page.on('dialog', (dialog) => {
		faults.push(`dialog: ${dialog.message()}`);
		void dialog.dismiss();
	});
	page.on('popup', (popup) => void faults.push(`window: ${popup.url()}`));
	page.on('download', (download) => void faults.push(`download: ${download.url()}`));
});

describe('hostile payloads', () => {
	test('markup in names, values, IDs and the name of the file is text', async () => {
		const body = extraction({ [MARKUP]: field(MARKUP), script: field('javascript:alert(1)') }, { fileName: MARKUP });
		await open({ name: `${MARKUP}.json`, content: body });
		assert.equal(await page.locator('h1').textContent(), MARKUP);
		assert.equal(await name(0), MARKUP);
		assert.equal(await value(0), MARKUP);
		for (const tab of ['Raw', 'Problems', 'Text', 'Fields'] as const) await turnTo(page, tab);
		assert.equal(await page.locator('main img, main script, main a[href^="javascript"], h1 img').count(), 0);
		assert.equal(await page.locator('a[href]:not(.skip)').count(), 0, 'nothing foreign can be followed');
	});

	test('characters that turn the text around, or are not seen, are marked and stay in their place', async () => {
		const tricky = 'invoice\u202egnp.exe\u0007\u200b\u2066';
		await open({
			name: `${tricky}.json`,
			content: extraction({ a: field(tricky), b: field('\ud800') }, { fileName: tricky }),
		});
		assert.equal(await page.locator('h1').textContent(), tricky);
		await row(0).waitFor();
		const codes = await row(0)
			.locator('.value .control')
			.evaluateAll((all) => all.map((sign) => sign.getAttribute('data-code')));
		assert.deepEqual(codes, ['U+202E', 'U+0007', 'U+200B', 'U+2066']);
		// Each part has a direction of its own: the name of the next column is where it was.
		assert.equal(await row(0).locator('.value bdi').first().getAttribute('dir'), 'auto');
	});

	test('the names that every object has are fields like others', async () => {
		const body = `{"inference":${inference('FIELDS').slice('{"inference":'.length)}`.replace(
			'"FIELDS"',
			'{"fields":{"__proto__":{"value":1,"confidence":null,"locations":[]},"constructor":{"value":2,"confidence":null,"locations":[]},"toString":{"value":3,"confidence":null,"locations":[]}}}',
		);
		await open({ name: 'proto.json', content: body });
		assert.deepEqual([await name(0), await name(1), await name(2)], ['__proto__', 'constructor', 'toString']);
		assert.deepEqual([await value(0), await value(1), await value(2)], ['1', '2', '3']);
		assert.equal(await page.evaluate(() => (({}) as { value?: unknown }).value), undefined);
	});

	test('a key of a megabyte is refused by its limit, and one of 60,000 characters is shown', async () => {
		await open({ name: 'key.json', content: extraction({ ['k'.repeat(1_000_000)]: field(1) }) });
		await page.getByRole('tab', { name: /^Problems/ }).click();
		await page.locator('.issue .code', { hasText: 'limit.key_length' }).waitFor();
		await turnTo(page, 'Raw');
		await turnTo(page, 'Fields');
		await open({ name: 'key.json', content: extraction({ ['k'.repeat(60_000)]: field(1), next: field(2) }) });
		assert.equal(await value(1), '2');
		await nothingHangsOver();
	});

	test('100,000 fields are read in a window of rows, to the last', async () => {
		const fields = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`f${index}`, field(index)]));
		await open({ name: 'fields.json', content: extraction(fields) });
		await page.getByRole('treegrid').focus();
		await page.keyboard.press('End');
		await page
			.locator('[role=row][aria-selected=true] [role=rowheader]')
			.getByText('f99999', { exact: true })
			.waitFor();
		assert.ok((await page.locator('[role=row][aria-level]').count()) <= 100);
	});

	test('a bomb of depth is refused by its limit, and what stands before it is shown', async () => {
		await open({ name: 'deep.json', content: `{"inference":${'['.repeat(1_000_000)}` });
		await page.getByRole('tab', { name: /^Problems/ }).click();
		await page.locator('.issue .code', { hasText: 'limit.depth' }).waitFor();
		await turnTo(page, 'Raw');
		await turnTo(page, 'Fields');
	});

	test('extractions within extractions open as far as they go', async () => {
		let result: unknown = { fields: { innermost: field('here') } };
		for (let depth = 0; depth < 20; depth++) {
			const whole = JSON.parse(inference(result)) as unknown;
			result = { classification: { document_type: `level ${depth}`, extraction_response: whole } };
		}
		await open({ name: 'chained.json', content: inference(result) });
		// An extraction holds fields: what is chained to it is another kind, and the payload is shown as the JSON that it is.
		await page.locator('.masthead .kind', { hasText: 'Not a readable payload' }).waitFor();
		await turnTo(page, 'Fields');
		await page.getByLabel('Filter by name or value').fill('innermost');
		await page.locator('[role=row].matches [role=rowheader]').getByText('innermost', { exact: true }).waitFor();
		const innermost = page.locator('[role=row].matches');
		assert.equal(await innermost.count(), 1);
		// `inference`, `result`, `classification` and `extraction_response` of each, and the last with `fields`.
		assert.equal(await innermost.getAttribute('aria-level'), String(4 * 20 + 4));
	});

	test('half characters, numbers beyond a double and unpaired escapes are shown as they are written', async () => {
		const path = payloadFixture('valid/extraction/lone-surrogates.json').path;
		await chooseFiles(page, path);
		await page.locator('.desk').waitFor();
		const body = extraction({ a: field(0), b: field(1) })
			.replace('"value":0', '"value":1e400')
			.replace('"value":1,', '"value":9007199254740993,');
		await open({ name: 'numbers.json', content: body });
		assert.deepEqual([await value(0), await value(1)], ['1e400', '9007199254740993']);
	});

	test('polygons without points, with huge ones and with too many are drawn or left out, and the rest is', async () => {
		const ring = Array.from({ length: 20_000 }, (_, index) => [Math.cos(index) / 2 + 0.5, Math.sin(index) / 2 + 0.5]);
		const locations = [
			[],
			[[0.5, 0.5]],
			[
				[1e308, -1e308],
				[1e300, 1e300],
				[0, 0],
			],
			ring,
			SQUARE,
		].map((polygon) => ({ page: 0, polygon }));
		const body = extraction({
			odd: field(1, { locations }),
			far: field(2, { locations: [{ page: 4_000_000_000, polygon: SQUARE }] }),
		}).replace('[0.5,0.5]', '[1e400,0.5]');
		await open({ name: 'polygons.json', content: body });
		await page.getByRole('treegrid').focus();
		await page.keyboard.press('ArrowDown');
		await selected('far');
		await page.locator('.locations', { hasText: `of ${locations.length}` }).waitFor({ state: 'detached' });
		await page.keyboard.press('ArrowUp');
		await lookedAt(`1 of ${locations.length}`);
		for (let place = 2; place <= locations.length; place++) {
			await page.keyboard.press('n');
			await lookedAt(`${place} of ${locations.length}`);
		}
		// The last is an ordinary one, and lies where it says; no outline has a number that is none.
		await page.locator('.mark-outlines .selected path').first().waitFor({ state: 'attached' });
		const { paths, sheet } = await page.evaluate(() => ({
			paths: [...document.querySelectorAll('.mark-outlines path')].map((path) => path.getAttribute('d') ?? ''),
			sheet: document.querySelector('.paper-sheet')?.getBoundingClientRect().toJSON() as DOMRect,
		}));
		for (const path of paths) assert.doesNotMatch(path, /NaN|Infinity/);
		const corners = SQUARE.map(([x = 0, y = 0]) => [x * sheet.width, y * sheet.height]);
		const squares = paths
			.flatMap((path) => path.split('M').slice(1))
			.map((outline) => outline.match(/-?[\d.]+/g)?.map(Number));
		const near = (outline: number[] | undefined) =>
			outline?.length === 8 && corners.flat().every((part, index) => Math.abs(part - (outline[index] ?? 0)) <= 1);
		assert.ok(squares.some(near), 'the square is drawn');
		await page.getByRole('treegrid').focus();
		await page.keyboard.press('ArrowDown');
		await selected('far');
	});

	test('a field with a million locations is selected, and its places are gone through', async () => {
		const location = JSON.stringify({ page: 0, polygon: SQUARE });
		const body = extraction({ a: field(1, { locations: ['here'] }), b: field(2) }).replace(
			'"here"',
			Array(1_000_000).fill(location).join(),
		);
		const path = `${root}/target/page-inputs/million-locations.json`;
		mkdirSync(`${root}/target/page-inputs`, { recursive: true });
		writeFileSync(path, body);
		await chooseFiles(page, path);
		await page.locator('.desk').waitFor({ timeout: 120_000 });
		await page.getByRole('treegrid').focus();
		await page.keyboard.press('ArrowDown');
		await selected('b');
		await page.keyboard.press('ArrowUp');
		await selected('a');
		await lookedAt('1 of 1,000,000');
		for (const [key, said] of [
			['n', '2 of 1,000,000'],
			['n', '3 of 1,000,000'],
			['p', '2 of 1,000,000'],
		] as const) {
			await page.keyboard.press(key);
			await lookedAt(said);
		}
	});

	test('what is no JSON at all is told as such: nothing, zeros, a picture, half a character', async () => {
		for (const [file, content] of [
			['empty.json', ''],
			['zeros.json', new Uint8Array(10_000)],
			['half.json', Uint8Array.of(0x22, 0xf0, 0x9f)],
			['html.json', '<!doctype html><title>owned</title><script>document.title="owned"</script>'],
		] as const) {
			await open({ name: file, content });
			await page.locator('.masthead .kind', { hasText: 'Not a readable payload' }).waitFor();
			for (const tab of ['Raw', 'Problems', 'Fields'] as const) await turnTo(page, tab);
		}
	});
});

describe('hostile documents', () => {
	const body = extraction({ a: field(1, { locations: [{ page: 0, polygon: SQUARE }] }) }, { fileName: 'paper.pdf' });

	test('a damaged PDF is told as such, and the payload stays', async () => {
		const whole = pdf([pdfPage([])]);
		await openWith('paper.pdf', whole.subarray(0, 40));
		await page.locator('.document-remarks .wrong').waitFor();
		assert.equal(await value(0), '1');
	});

	test('scripts, actions and links of a PDF do nothing', async () => {
		const free = firstFree(1);
		const annotations = `/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 595 842] /A << /S /URI /URI (https://foreign.invalid/) >> >>] /AA << /O << /S /JavaScript /JS (app.alert\\(1\\)) >> >>`;
		const document = pdf([{ ...pdfPage([]), more: annotations }], {
			root: `/OpenAction ${free} 0 R /Names << /JavaScript << /Names [(a) ${free} 0 R] >> >>`,
			objects: ['<< /S /JavaScript /JS (app.launchURL\\("https://foreign.invalid/"\\); document.title = "owned") >>'],
		});
		await openWith('paper.pdf', document);
		await page.locator('.paper canvas').first().waitFor();
		await page.mouse.click(300, 400);
		assert.equal(await page.locator('.paper a').count(), 0);
	});

	test('a drawing that runs scripts does not pass for a picture', async () => {
		const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="document.title='owned'"><script>document.title='owned'</script><image href="https://foreign.invalid/a.png"/></svg>`;
		await openWith('paper.png', svg, false);
		assert.equal(await page.locator('.paper canvas, .paper img, .paper svg').count(), 0);
	});

	test('a picture that says it is a million pixels wide is refused, and so is one of too many', async () => {
		for (const [width, height] of [
			[1_000_000, 1_000_000],
			[30_000, 30_000],
		] as const) {
			await openWith('paper.png', png(4, 4, { saidWidth: width, saidHeight: height }));
			await page.locator('.document-remarks .wrong').waitFor();
		}
	});

	test('a small stream that unpacks to hundreds of megabytes does not stop the page', async () => {
		const content = deflateSync(Buffer.alloc(300_000_000, ' '), { level: 9 });
		const document = pdf([{ more: `/Annots []`, draw: '' }], {
			objects: [{ dictionary: '/Filter /FlateDecode', content }],
		});
		// The page's content is the stream that was packed.
		const packed = Buffer.from(
			document.toString('latin1').replace('/Contents 4 0 R', `/Contents ${firstFree(1)} 0 R`),
			'latin1',
		);
		await openWith('paper.pdf', packed);
		await page.getByRole('treegrid').focus();
		await page.keyboard.press('ArrowDown');
		await turnTo(page, 'Raw');
		await turnTo(page, 'Fields');
	});

	test('a page a thousand kilometres wide, and one without any width', async () => {
		for (const [width, height] of [
			[1e9, 1e9],
			[0, 0],
			[1, 1e6],
		] as const) {
			await openWith('paper.pdf', pdf([{ width, height, draw: '0 0 10 10 re f' }]));
			await turnTo(page, 'Raw');
			await turnTo(page, 'Fields');
		}
	});

	async function openWith(fileName: string, content: string | Uint8Array, isDocument = true): Promise<void> {
		await page.evaluate(() => document.querySelector('.side .view')?.setAttribute('data-left', ''));
		await dropFiles(page, { name: 'paper.json', content: body }, { name: fileName, content });
		await page.locator('.side .view:not([data-left])').waitFor();
		if (isDocument) await page.locator('.paper-sheet').waitFor({ state: 'attached' });
	}
});

test('no cell of a CSV file is a formula', async () => {
	const starts = ['=', '+', '-', '@', '\t=', '\r='];
	const fields = Object.fromEntries(starts.map((start, index) => [`${start}name${index}`, field(`${start}1+1|cmd`)]));
	await open({ name: 'csv.json', content: extraction({ ...fields, number: field(-5) }) });
	page.removeAllListeners('download');
	await page.getByRole('button', { name: 'Export…' }).click();
	const [download] = await Promise.all([
		page.waitForEvent('download'),
		page.getByRole('dialog').getByRole('button', { name: /^Save/ }).first().click(),
	]);
	const text = await readFile(await download.path(), 'utf8');
	const cells = [...text.slice(1).matchAll(/("(?:[^"]|"")*"|[^,\r\n]*)(?:,|\r\n)/g)].map(([, cell = '']) =>
		cell.replace(/^"(.*)"$/s, '$1').replaceAll('""', '"'),
	);
	assert.equal(cells.filter((cell) => cell.endsWith('1+1|cmd')).length, starts.length);
	assert.ok(cells.includes('-5'), 'a number stays one');
	for (const cell of cells)
		assert.doesNotMatch(cell, /^[=+@\t\r]|^-(?!5$)/, `${JSON.stringify(cell)} would be a formula`);
});

async function open(file: GivenFile): Promise<void> {
	await page.evaluate(() => document.querySelector('.side .view')?.setAttribute('data-left', ''));
	await dropFiles(page, file);
	await page.locator('.side .view:not([data-left])').waitFor({ timeout: 120_000 });
}

function row(index: number) {
	return page.locator(`[role=row][aria-rowindex="${index + 2}"]`);
}

async function name(index: number): Promise<string | null> {
	return row(index).locator('[role=rowheader] bdi').first().textContent();
}

async function value(index: number): Promise<string | null> {
	return row(index).locator('.value > :first-child').textContent();
}

async function selected(field: string): Promise<void> {
	await page.locator('[role=row][aria-selected=true] [role=rowheader]').getByText(field, { exact: true }).waitFor();
}

/** Waits until the foot says which location of the selected row is looked at. */
async function lookedAt(said: string): Promise<void> {
	// A million take their time on a busy machine.
	await page.locator('.locations', { hasText: said }).first().waitFor({ timeout: 120_000 });
}

async function nothingHangsOver(): Promise<void> {
	const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	assert.equal(over, 0, 'nothing hangs over the side');
}
