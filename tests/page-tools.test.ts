/** The tools of the page in a real Chromium: check a signature, compare two payloads, save files. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { signPayload } from 'mindhook';
import type { Download, Page } from 'playwright-core';
import { HEIGHT, POLYGONS, png, RECTANGLES, WIDTH } from './document-makers.js';
import { openPair, payloadOf } from './document-page.js';
import { chooseFiles, openForEachTest, payloadFixture, root, screenshots } from './page-browser.js';
import { hold, isHeld, prepareHolding, release, settled } from './page-held-calls.js';

const INVOICE = 'valid/extraction/invoice-indented.json';
const SECRET = 'a-secret-of-nobody';

let page: Page;

openForEachTest({ acceptDownloads: true, viewport: { width: 1280, height: 900 } }, (opened) => {
	page = opened;
});

describe('the check of a signature', () => {
	test('from the start screen, with any file: it fits', async () => {
		const body = Buffer.from([0, 255, 10, 13, 0xe9]);
		await openSignature();
		await check(
			{ name: 'any.bin', content: body },
			`X-Signature: ${signPayload(body, SECRET).toUpperCase()}`,
			`other\n${SECRET}`,
		);
		const status = panel().locator('[role=status]:not(.unseen)');
		await status.getByText('The signature fits, with secret 2 of 2.').waitFor();
		assert.match(await status.innerText(), /upper case/);
		await page.screenshot({ path: join(screenshots, 'signature-fits.png') });
	});

	test('a body that was written anew: the writer is named, and what to do', async () => {
		const { text, body } = payloadFixture(INVOICE);
		const saved = JSON.stringify(body, null, 3);
		const compact = JSON.stringify(body);
		assert.notEqual(compact, text);
		await openSignature();
		await check({ name: 'saved.json', content: `${saved}\n` }, signPayload(compact, SECRET), ` ${SECRET}`);
		const status = panel().locator('[role=status]:not(.unseen)');
		await status.getByText('JSON.stringify(value)', { exact: true }).waitFor();
		assert.match(await status.innerText(), /white space around it/);
		assert.match(await status.innerText(), /express\.raw\(\)/);
		await page.screenshot({ path: join(screenshots, 'signature-explained.png') });
		await accessible('.panel');
		await page.screenshot({ path: join(screenshots, 'signature-explained-dark.png') });
	});

	test('the payload that is open is the body, and what cannot be explained says so', async () => {
		const { path } = payloadFixture(INVOICE);
		await choose(path);
		await page.getByRole('button', { name: 'Signature…' }).click();
		await panel().getByText('The payload that is open: invoice-indented.json').waitFor();
		await fill('0'.repeat(64), SECRET);
		await panel().getByText('None of the usual changes').waitFor();
		await fill(signPayload(readFileSync(path), SECRET), SECRET);
		await panel().getByText('The signature fits.', { exact: true }).waitFor();
	});

	test('a dropped file is the body, not a payload to open', async () => {
		await openSignature();
		const dataTransfer = await page.evaluateHandle(() => {
			const transfer = new DataTransfer();
			transfer.items.add(new File(['{}\n'], 'dropped.json'));
			return transfer;
		});
		await page.locator('.signature-form').dispatchEvent('drop', { dataTransfer });
		await panel().getByText('dropped.json, 3 bytes').waitFor();
		await fill(signPayload('{}', SECRET), SECRET);
		await panel().getByText('ends with a line break or space that was not signed').waitFor();
		assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'mindhook Payload inspector');
	});

	test('secrets are hidden until they are asked for, and forgotten when the panel closes', async () => {
		await openSignature();
		const box = panel().getByLabel('Signing secrets');
		await box.fill(SECRET);
		const masked = () => box.evaluate((element) => getComputedStyle(element).getPropertyValue('-webkit-text-security'));
		assert.equal(await masked(), 'disc');
		await panel().getByRole('button', { name: 'Show secrets' }).click();
		assert.equal(await masked(), 'none');
		await page.keyboard.press('Escape');
		await panel().waitFor({ state: 'detached' });
		await page.getByRole('button', { name: 'Signature…' }).click();
		assert.equal(await panel().getByLabel('Signing secrets').inputValue(), '');
		const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]));
		assert.ok(!kept.includes(SECRET));
	});

	test('what is missing is said', async () => {
		await openSignature();
		await panel().getByRole('button', { name: 'Check', exact: true }).click();
		await panel().getByRole('alert').getByText('No body yet.').waitFor();
		await check({ name: 'a', content: 'a' }, 'nonsense', SECRET);
		await panel().getByText('This is no signature: 64 hexadecimal digits are expected.').waitFor();
		await fill('0'.repeat(64), '');
		await panel().getByText('Give at least one secret.').waitFor();
	});

	test('a body of 100 MB is checked without holding up the page, and what was not tried is said', {
		timeout: 180_000,
	}, async () => {
		const path = join(root, 'target/page-100-mb.bin');
		const body = Buffer.alloc(100_000_000, '{"x": 1} ');
		writeFileSync(path, body);
		await openSignature();
		await page.evaluate(() => {
			const longest = { is: 0 };
			Object.assign(globalThis, { longest });
			new PerformanceObserver((list) => {
				for (const { duration } of list.getEntries()) longest.is = Math.max(longest.is, duration);
			}).observe({ type: 'longtask' });
		});
		page.setDefaultTimeout(120_000);
		await panel().locator('input[type=file]').setInputFiles(path);
		await fill(signPayload(body, SECRET), SECRET);
		await panel().getByText('The signature fits.', { exact: true }).waitFor();
		await fill('0'.repeat(64), 'plain');
		await panel().getByText('The body is large: only changes at its beginning and its end were tried.').waitFor();
		const longest = await page.evaluate(() => (globalThis as unknown as { longest: { is: number } }).longest.is);
		assert.ok(longest < 1000, `the page was never held for long (${longest} ms)`);
	});

	test('a long search can be stopped', async () => {
		await openSignature();
		const body = JSON.stringify(Array.from({ length: 150_000 }, (_, index) => ({ index, text: 'é/<>' })));
		await panel()
			.locator('input[type=file]')
			.setInputFiles({ name: 'long.json', mimeType: '', buffer: Buffer.from(body) });
		await fill('0'.repeat(64), Array.from({ length: 20 }, (_, index) => `secret ${index}`).join('\n'));
		await panel().getByRole('button', { name: 'Stop' }).click();
		await panel().getByText('The search was stopped before everything was tried.').waitFor();
	});
});

describe('the comparison', () => {
	/** The invoice with one value changed, one confidence, one place, one field less and one more. */
	function changed(): string {
		const { body } = payloadFixture(INVOICE);
		const { fields } = (body as { inference: { result: { fields: Record<string, Record<string, unknown>> } } })
			.inference.result;
		fields.invoice_number = { ...fields.invoice_number, value: 'RE-2026/00418' };
		fields.due_date = { ...fields.due_date, confidence: 'Low' };
		delete fields.locale;
		fields.purchase_order = {
			value: 'PO-7',
			confidence: 'High',
			locations: [
				{
					page: 0,
					polygon: [
						[0.6, 0.6],
						[0.8, 0.6],
						[0.8, 0.65],
						[0.6, 0.65],
					],
				},
			],
		};
		return JSON.stringify(body);
	}

	test('differences are counted, filtered, and chosen: the row of the shown payload is selected, the other place is drawn', async () => {
		await choose(payloadFixture(INVOICE).path);
		await page.getByRole('button', { name: 'Compare…' }).click();
		await compareWith('other.json', changed());
		const grid = page.getByRole('grid', { name: 'Differences' });
		await grid.waitFor();
		const rows = grid.locator('.reach [role=row]');
		await rows.nth(3).waitFor();
		const found = await rows.evaluateAll((all) =>
			all.map((row) =>
				[...row.children].slice(0, 2).map((cell) => (cell as HTMLElement).innerText.replace(/\s+/g, ' ').trim()),
			),
		);
		assert.deepEqual(found, [
			['Value', 'invoice_number'],
			['Less sure', 'due_date'],
			['Removed', 'locale'],
			['Added', 'purchase_order'],
		]);
		await rows.nth(0).click();
		await page.locator('.foot', { hasText: 'invoice_number' }).waitFor();
		await page.screenshot({ path: join(screenshots, 'compare.png') });
		await accessible('.side');
		await page.screenshot({ path: join(screenshots, 'compare-dark.png') });

		await page.getByRole('button', { name: 'Added 1' }).click();
		await page.waitForFunction(() => document.querySelectorAll('.differences .scroller [role=row]').length === 1);
		await grid.focus();
		await page.keyboard.press('ArrowDown');
		await page.locator('.mark-outlines .other').waitFor({ state: 'attached' });
		await page.getByRole('button', { name: 'Added 1' }).click();
		await page.getByLabel('Show what is the same').check();
		await page.getByText('Same', { exact: true }).first().waitFor();
		await page.getByRole('button', { name: 'Next difference' }).click();
		await page.locator('.differences .row.active', { hasText: 'invoice_number' }).waitFor();
	});

	test('a payload compared with itself has no difference', async () => {
		const { path, text } = payloadFixture(INVOICE);
		await choose(path);
		await page.getByRole('button', { name: 'Compare…' }).click();
		await compareWith('same.json', text);
		await page.getByText('Nothing is different.').waitFor();
	});

	test('two files at hand are compared without choosing one again', async () => {
		const other = join(root, 'target/page-compared.json');
		writeFileSync(other, changed());
		await choose(other);
		await choose(payloadFixture(INVOICE).path);
		await page.getByRole('button', { name: 'Compare…' }).click();
		await page.getByLabel('With one at hand…').selectOption({ label: 'page-compared.json' });
		await page.getByRole('grid', { name: 'Differences' }).waitFor();
		await page.getByText('4 differences').first().waitFor();
		await accessible('.side');
	});

	test('two kinds are told, and so is a file that is no payload', async () => {
		await choose(payloadFixture(INVOICE).path);
		await page.getByRole('button', { name: 'Compare…' }).click();
		await compareWith('ocr.json', payloadFixture('valid/ocr/one-page-indented.json').text);
		await page.getByText('These are two kinds of payload: Extraction and OCR.').waitFor();
		await compareWith('broken.json', '{"a":');
		await page.getByText('What is compared is no readable payload.').waitFor();
		await page.screenshot({ path: join(screenshots, 'compare-kinds.png') });
		await accessible('.side');
		await page.screenshot({ path: join(screenshots, 'compare-kinds-dark.png') });
	});

	test('of 100,000 fields a window is mounted', { timeout: 120_000 }, async () => {
		const fields = (add: number) =>
			Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`f${index}`, { value: index + add }]));
		const { body } = payloadFixture(INVOICE);
		const of = (add: number) => {
			(body as { inference: { result: { fields: unknown } } }).inference.result.fields = fields(add);
			return JSON.stringify(body);
		};
		const path = join(root, 'target/page-100000-fields.json');
		writeFileSync(path, of(0));
		await prepareHolding(page);
		await choose(path);
		await page.getByRole('button', { name: 'Compare…' }).click();
		await hold(page, 'compareGoOn');
		await compareWith('other.json', of(1));
		await isHeld(page, 'compareGoOn');
		await page.getByRole('progressbar', { name: 'Part that is compared' }).waitFor();
		await page.getByRole('button', { name: 'Stop' }).click();
		await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' });
		await release(page);
		await settled(page);
		assert.equal(await page.getByRole('grid', { name: 'Differences' }).count(), 0);
		await compareWith('other.json', of(1));
		await page.getByText('100,000 differences').first().waitFor();
		const grid = page.getByRole('grid', { name: 'Differences' });
		await grid.focus();
		await page.keyboard.press('End');
		await grid.locator('[role=row].active', { hasText: 'f99999' }).waitFor();
		assert.ok((await grid.locator('[role=row]').count()) <= 100);
	});
});

describe('files to keep', () => {
	test('each file is downloaded as it should be, byte for byte', async () => {
		const { path, text, body } = payloadFixture(INVOICE);
		await choose(path);
		await page.getByRole('button', { name: 'Export…' }).click();
		const raw = await saved('JSON as it arrived');
		assert.deepEqual([raw.name, raw.bytes], ['invoice-indented.json', readFileSync(path)]);
		const indented = await saved('JSON, indented');
		assert.equal(indented.name, 'invoice-indented.indented.json');
		assert.deepEqual(JSON.parse(String(indented.bytes)), body);
		const csv = await saved('CSV of all fields');
		assert.equal(csv.name, 'invoice-indented.fields.csv');
		assert.equal(csv.bytes.subarray(0, 3).toString('hex'), 'efbbbf');
		assert.ok(
			String(csv.bytes).includes('\r\n/inference/result/fields/invoice_number,invoice_number,RE-2026/00417,Certain,'),
		);
		await panel().getByLabel('Begin CSV and text with a byte order mark').uncheck();
		assert.deepEqual((await saved('CSV of all fields')).bytes, csv.bytes.subarray(3));
		await panel().locator('[role=status]:not(.unseen)').getByText('Saved: invoice-indented.fields.csv').waitFor();
		await page.screenshot({ path: join(screenshots, 'export.png') });
		await accessible('.panel');
		await page.screenshot({ path: join(screenshots, 'export-dark.png') });
		assert.ok(text.length > 0);
	});

	test('a formula of a payload is none in the file, and its name does no harm', async () => {
		const { body } = payloadFixture(INVOICE);
		(body as { inference: { result: { fields: unknown } } }).inference.result.fields = {
			'=a': { value: "=cmd|' /C calc'!A0" },
			minus: { value: -5.0 },
			text: { value: '-5.00' },
		};
		const folder = join(root, 'target/page-tools');
		mkdirSync(folder, { recursive: true });
		const path = join(folder, 'evil=<b>.json');
		writeFileSync(path, JSON.stringify(body));
		await choose(path);
		await page.getByRole('button', { name: 'Export…' }).click();
		const { name, bytes } = await saved('CSV of all fields');
		assert.equal(name, 'evil=_b_.fields.csv');
		const lines = String(bytes).split('\r\n');
		assert.equal(lines[1], "/inference/result/fields/=a,'=a,'=cmd|' /C calc'!A0,,,");
		assert.deepEqual(lines.slice(2, 4), [
			'/inference/result/fields/minus,minus,-5,,,',
			'/inference/result/fields/text,text,-5.00,,,',
		]);
	});

	test('the text of an OCR, and the page as a picture', async () => {
		const { path, body } = payloadFixture('valid/ocr/dense-three-pages-minified.json');
		const { pages } = (body as { inference: { result: { pages: { content: string }[] } } }).inference.result;
		await choose(path);
		await page.getByRole('button', { name: 'Export…' }).click();
		const text = await saved('Text');
		assert.equal(String(text.bytes).replace(/^\ufeff/, ''), pages.map(({ content }) => `${content}\n`).join('\f'));
		const picture = await saved('Page 1 as a picture');
		assert.equal(picture.bytes.subarray(1, 4).toString(), 'PNG');
		assert.equal(picture.name, 'dense-three-pages-minified.page-1.png');
	});

	test('the picture of a page has the locations where they are on it, and nothing elsewhere', async () => {
		const white = { width: WIDTH, height: HEIGHT, rgb: new Uint8Array(3 * WIDTH * HEIGHT).fill(255) };
		const boxes = RECTANGLES.slice(0, 2).map(({ box }) => box);
		const places = POLYGONS.slice(0, 2).map((polygon) => ({ page: 0, polygon }));
		await openPair(page, payloadOf(places, { mime_type: 'image/png' }), 'white.png', png(white));
		await page.getByRole('button', { name: 'Export…' }).click();
		const { bytes } = await saved('Page 1 as a picture');
		const { scale, elsewhere, onEdges } = await inkOf(bytes, boxes);
		assert.ok(scale > 4, 'it is larger than the page on the screen');
		assert.deepEqual(onEdges, [4, 4], 'each of the four edges of each location is drawn');
		assert.equal(elsewhere, 0, 'all else is white');
	});
});

/** What is not white in a picture of the page: how many edges of each box have a line on their middle, and how much lies outside of the boxes. */
function inkOf(bytes: Buffer, boxes: readonly (readonly [number, number, number, number])[]) {
	return page.evaluate(
		async ({ base64, boxes, wide }) => {
			const file = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
			const bitmap = await createImageBitmap(new Blob([file], { type: 'image/png' }));
			const { width, height } = bitmap;
			const context = new OffscreenCanvas(width, height).getContext('2d');
			context?.drawImage(bitmap, 0, 0);
			const data = context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
			const scale = width / wide;
			const shade = (x: number, y: number): number => {
				const at = 4 * (y * width + x);
				return Math.min(data[at] ?? 255, data[at + 1] ?? 255, data[at + 2] ?? 255);
			};
			/** A line, not the wash within it; it may be dashed. */
			const hasLine = (x: number, y: number): boolean => {
				const around = Array.from({ length: 21 }, (_, index) => index - 10);
				return around.some((dx) => around.some((dy) => shade(Math.round(x) + dx, Math.round(y) + dy) < 160));
			};
			const near = 8;
			const placed = boxes.map((box) => box.map((edge) => edge * scale) as [number, number, number, number]);
			const onEdges = placed.map(([left, top, right, bottom]) => {
				const [x, y] = [(left + right) / 2, (top + bottom) / 2];
				const middles = [
					[left, y],
					[right, y],
					[x, top],
					[x, bottom],
				] as const;
				return middles.filter(([atX, atY]) => hasLine(atX, atY)).length;
			});
			let elsewhere = 0;
			for (let y = 0; y < height; y++) {
				for (let x = 0; x < width; x++) {
					const isWithin = placed.some(
						([left, top, right, bottom]) => x > left - near && x < right + near && y > top - near && y < bottom + near,
					);
					if (!isWithin && shade(x, y) < 250) elsewhere++;
				}
			}
			return { scale, onEdges, elsewhere };
		},
		{ base64: bytes.toString('base64'), boxes, wide: WIDTH },
	);
}

function panel() {
	return page.getByRole('dialog');
}

async function choose(path: string): Promise<void> {
	await chooseFiles(page, path);
	// Another one may be in sight until then.
	await page.locator('.identity .origin', { hasText: basename(path) }).waitFor({ state: 'attached' });
}

async function openSignature(): Promise<void> {
	await page.getByRole('button', { name: 'Signature…' }).click();
	await panel().getByLabel('Signing secrets').waitFor();
}

async function check(file: { name: string; content: string | Buffer }, header: string, secrets: string): Promise<void> {
	const buffer = Buffer.from(file.content);
	await panel().locator('input[type=file]').setInputFiles({ name: file.name, mimeType: '', buffer });
	await fill(header, secrets);
}

async function fill(header: string, secrets: string): Promise<void> {
	await panel().getByLabel('Value of the header').fill(header);
	await panel().getByLabel('Signing secrets').fill(secrets);
	await panel().getByRole('button', { name: 'Check', exact: true }).click();
}

async function compareWith(name: string, text: string): Promise<void> {
	const file = { name, mimeType: 'application/json', buffer: Buffer.from(text) };
	await page.locator('.compare input[type=file]').setInputFiles(file);
}

async function saved(what: string): Promise<{ name: string; bytes: Buffer }> {
	const [download] = await Promise.all([
		page.waitForEvent('download') as Promise<Download>,
		panel()
			.getByRole('button', { name: `Save: ${what}`, exact: true })
			.click(),
	]);
	return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** Holds a part of the page to the rules of WCAG, in both themes. */
async function accessible(part: string): Promise<void> {
	await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
	for (const theme of ['light', 'dark']) {
		const found = await page.evaluate(
			async ([name, selector]) => {
				document.documentElement.dataset.theme = name;
				// Colours change little by little: what is between the two is nobody's choice.
				await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
				await Promise.all(document.getAnimations().map((animation) => animation.finished));
				interface Rules {
					run(part: string): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
				}
				const { violations } = await (globalThis as unknown as { axe: Rules }).axe.run(selector);
				return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
			},
			[theme, part] as const,
		);
		assert.deepEqual(found, [], theme);
	}
}
