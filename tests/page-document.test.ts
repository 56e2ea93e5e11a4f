/**
 * The document beside its payload, in a real Chromium: every type of document with places that are known, measured against what is
 * painted; documents that are none; and the ways about the page by pointer and keyboard.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import {
	HEIGHT,
	pagePixels,
	pdf,
	png,
	type Raster,
	stored,
	stream,
	tiff,
	WIDTH,
	withOrientation,
} from './document-makers.js';
import {
	type Measured,
	measure,
	openDocument,
	openPair,
	openPayload,
	type Place,
	painted,
	payloadOf,
	rectanglesOn,
} from './document-page.js';
import { dropFiles, type Inspector, openForEachTest, root, screenshots, until } from './page-browser.js';

/** CSS pixels that an outline may be off what is painted. */
const OFF = 1;
/** Without motion there is nothing to wait for. */
const CALM: BrowserContextOptions = { reducedMotion: 'reduce', viewport: { width: 1300, height: 800 } };

const documents = join(root, 'tests/fixtures/documents');
const samples = join(root, '../shared/samples');

let inspector: Inspector;
let page: Page;

openForEachTest(CALM, (opened, own) => {
	page = opened;
	inspector = own;
});

describe('a polygon lies on what it was read from, within a pixel, at three zooms and four rotations', () => {
	test('in a PNG, with a payload that says other things of it', async () => {
		await openPair(page, payloadOf(rectanglesOn(1)), 'made.png', png(pagePixels()));
		await measureEverywhere(3);
	});

	test('in a JPEG that a camera stored on its side', async () => {
		await openPair(page, payloadOf(rectanglesOn(1)), 'made.jpg', await photo(6));
		await measureEverywhere(3);
	});

	test('in a WebP', async () => {
		const webp = await encoded(pagePixels(), 'image/webp');
		assert.equal(webp.toString('latin1', 8, 12), 'WEBP');
		await openPair(page, payloadOf(rectanglesOn(1)), 'made.webp', webp);
		await measureEverywhere(3);
	});

	test('in a TIFF', async () => {
		await openPair(page, payloadOf(rectanglesOn(1)), 'made.tif', fixture('lzw-predictor.tiff'));
		await measureEverywhere(3);
	});

	test('in a PDF of which a part is shown, turned, in units of its own', async () => {
		await openPair(page, payloadOf(rectanglesOn(1)), 'cropped.pdf', pdf([{ rotate: 90, margin: 40, userUnit: 2 }]));
		await measureEverywhere(3);
		const sheet = await page.locator('.paper-sheet').boundingBox();
		assert.ok(sheet && Math.abs(sheet.width / sheet.height - WIDTH / HEIGHT) < 0.01, 'only that part is shown');
	});

	for (const deviceScaleFactor of [1.25, 2.625]) {
		test(`on a screen of ${deviceScaleFactor} pixels to one`, async () => {
			page = await inspector.open({ ...CALM, deviceScaleFactor });
			await openPair(page, payloadOf(rectanglesOn(1)), 'made.pdf', pdf([{ rotate: 0 }]));
			await measureEverywhere(3);
		});
	}

	for (const rotate of [0, 90, 180, 270] as const) {
		test(`in a PDF whose page says that it is turned by ${rotate}`, async () => {
			const file = pdf([{ rotate, origin: rotate === 0 ? [50, 20] : [0, 0] }]);
			await openPair(page, payloadOf(rectanglesOn(1)), 'made.pdf', file);
			await measureEverywhere(3);
		});
	}
});

describe('a polygon lies on what it was read from', () => {
	test('on each page of a PDF', async () => {
		const file = pdf([{ rotate: 0 }, { rotate: 90 }, { rotate: 180 }, { rotate: 270 }]);
		await openPair(page, payloadOf(rectanglesOn(4), { page_count: 4 }), 'four.pdf', file);
		for (let index = 0; index < 4; index++) {
			if (index > 0) await page.getByRole('button', { name: 'Next page' }).first().click();
			await page.getByRole('img', { name: `Page ${index + 1} of 4` }).waitFor();
			await assertAligned(3, `page ${index + 1}`);
		}
	});

	test('in JPEGs of all eight orientations', async () => {
		await openPayload(page, payloadOf(rectanglesOn(1), { mime_type: 'image/jpeg' }));
		for (let orientation = 1; orientation <= 8; orientation++) {
			await replaceDocument(`${orientation}.jpg`, await photo(orientation));
			await assertAligned(3, `orientation ${orientation}`);
		}
	});

	test('in TIFFs of all eight orientations', async () => {
		await openPayload(page, payloadOf(rectanglesOn(1), { mime_type: 'image/tiff' }));
		for (let orientation = 1; orientation <= 8; orientation++) {
			await replaceDocument(`${orientation}.tif`, tiff(stored(pagePixels(), orientation), orientation));
			await assertAligned(3, `orientation ${orientation}`);
		}
	});

	test('in TIFFs as scanners, faxes and other programs write them', async () => {
		const names = ['zip', 'lzw', 'packbits', 'jpeg', 'ccitt-g3', 'ccitt-g3-2d', 'ccitt-g4', 'tiled', 'big-endian'];
		await openPayload(page, payloadOf(rectanglesOn(1), { mime_type: 'image/tiff' }));
		for (const name of names) {
			await replaceDocument(`${name}.tiff`, fixture(`${name}.tiff`));
			await assertAligned(3, name);
		}
	});

	test('in a fax, whose pixels are twice as high as wide', async () => {
		const squashed = pagePixels(2);
		const half: Raster = {
			width: squashed.width,
			height: squashed.height / 2,
			rgb: squashed.rgb.filter(everyOtherLine),
		};
		await openPair(page, payloadOf(rectanglesOn(1)), 'fax.tif', tiff(half, 1, [200, 100]));
		await assertAligned(3, 'fax');
		const sheet = await page.locator('.paper-sheet').boundingBox();
		assert.ok(
			sheet && Math.abs(sheet.width / sheet.height - WIDTH / HEIGHT) < 0.01,
			'the page has its own proportions',
		);
	});

	test('on every page of a TIFF', async () => {
		await openPair(page, payloadOf(rectanglesOn(3), { page_count: 3 }), 'three.tiff', fixture('three-pages.tiff'));
		for (let index = 0; index < 3; index++) {
			if (index > 0) await page.keyboard.press('PageDown');
			else await page.locator('.stage').focus();
			await page.getByRole('img', { name: `Page ${index + 1} of 3` }).waitFor();
			await assertAligned(3, `page ${index + 1}`);
		}
	});

	test('on a screen of two pixels to one, in a picture too large to be painted at once', async () => {
		page = await inspector.open({ ...CALM, deviceScaleFactor: 2 });
		const [first] = rectanglesOn(1);
		assert.ok(first);
		await openPair(page, payloadOf([first]), 'large.png', png(pagePixels(6)));
		await assertAligned(1, 'as a whole');
		for (const name of ['Full size', 'Larger']) {
			await page.getByRole('button', { name, exact: true }).click();
			// Pointed at by the keyboard, it is scrolled to.
			await page.getByRole('listbox').press('Escape');
			await page.getByRole('listbox').press('Home');
			await page.locator('.mark-tip').waitFor();
			await assertAligned(1, name);
		}
		const sizes = await page
			.locator('.paper canvas')
			.evaluateAll((found) =>
				found.map((canvas) => (canvas as HTMLCanvasElement).width * (canvas as HTMLCanvasElement).height),
			);
		assert.equal(sizes.length, 2, 'a sharp part lies on a coarse whole');
		assert.ok(Math.max(...sizes) < 9e6, `and no canvas is larger than it may be (${sizes})`);
	});
});

describe('a PDF', () => {
	test('with pictures as faxes and JPEG 2000 code them, the standard signs, and a font of its own', async () => {
		const g4 = fixture('ccitt-g4.tiff');
		const font = readFileSync(join(root, 'node_modules/pdfjs-dist/standard_fonts/LiberationSans-Regular.ttf'));
		const picture = `/Type /XObject /Subtype /Image /Width ${WIDTH} /Height ${HEIGHT}`;
		const fax = `/BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns ${WIDTH} /Rows ${HEIGHT} >>`;
		const image = `${WIDTH} 0 0 ${HEIGHT} 0 0 cm /P Do`;
		const file = pdf(
			[
				{ rotate: 0, content: image, resources: '/XObject << /P 1 0 R >>' },
				{ rotate: 0, content: image, resources: '/XObject << /P 2 0 R >>' },
				{
					rotate: 0,
					content: 'BT /S 60 Tf 40 300 Td (abc) Tj /D 60 Tf 0 -80 Td (456) Tj /E 60 Tf 0 -80 Td (Abc) Tj ET',
					resources: '/Font << /S 3 0 R /D 4 0 R /E 5 0 R >>',
				},
			],
			[
				stream(`${picture} ${fax}`, tiffStrip(g4)),
				stream(`${picture} /Filter /JPXDecode`, fixture('page.jp2')),
				'<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>',
				'<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>',
				`<< /Type /Font /Subtype /TrueType /BaseFont /AAAAAA+Made /FirstChar 65 /LastChar 99 /Widths [${Array(35).fill(600).join(' ')}] /FontDescriptor 6 0 R /Encoding /WinAnsiEncoding >>`,
				'<< /Type /FontDescriptor /FontName /AAAAAA+Made /Flags 32 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 /FontFile2 7 0 R >>',
				stream(`/Length1 ${font.length}`, font),
			],
		);
		await openPair(page, payloadOf(rectanglesOn(2), { page_count: 3 }), 'odd.pdf', file);
		await assertAligned(3, 'CCITT');
		await page.locator('.stage').focus();
		await page.keyboard.press('PageDown');
		await page.getByRole('img', { name: 'Page 2 of 3' }).waitFor();
		await assertAligned(3, 'JPEG 2000');
		await page.keyboard.press('PageDown');
		await page.getByRole('img', { name: 'Page 3 of 3' }).waitFor();
		await painted(page);
		// Each line of signs left ink; the fonts went in by the font interface, which the policy does not ask about.
		for (const line of [70, 150, 230]) assert.ok((await inkIn(line, line + 60)) > 200, `the line at ${line}`);
		const fonts = await page.evaluate(() => [...document.fonts].map((font) => font.status));
		assert.ok(fonts.length >= 3 && fonts.every((status) => status === 'loaded'), String(fonts));
	});

	test('whose text is in an encoding that the page does not bring says so', async () => {
		const file = pdf(
			[{ rotate: 0, content: 'BT /F 40 Tf 40 300 Td <82a082a2> Tj ET', resources: '/Font << /F 1 0 R >>' }],
			[
				'<< /Type /Font /Subtype /Type0 /BaseFont /MS-Mincho /Encoding /90ms-RKSJ-H /DescendantFonts [2 0 R] >>',
				'<< /Type /Font /Subtype /CIDFontType0 /BaseFont /MS-Mincho /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /FontDescriptor 3 0 R >>',
				'<< /Type /FontDescriptor /FontName /MS-Mincho /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 >>',
			],
		);
		await openPair(page, payloadOf(rectanglesOn(1)), 'japanese.pdf', file);
		await page.getByText(/Some text is not painted: .*90ms-RKSJ-H/).waitFor();
	});
});

describe('a file that cannot be shown says why, and the one before is gone', () => {
	const huge = png({ width: 4, height: 4, rgb: new Uint8Array(48) });
	huge.writeUInt32BE(10_000, 16);
	huge.writeUInt32BE(10_000, 20);
	const circle = tiff(pagePixels(), 1);
	circle.writeUInt32LE(8, 10 + 12 * 12);
	const whole = pdf([{ rotate: 0 }]);
	const files: [name: string, content: Buffer, said: RegExp][] = [
		['empty.pdf', Buffer.alloc(0), /empty\.pdf is empty/],
		['notes.pdf', Buffer.from('No document, but a note.'), /notes\.pdf is no PDF, PNG, JPEG, WebP or TIFF/],
		['cut.png', png(pagePixels()).subarray(0, 20), /cut\.png is damaged/],
		['cut.jpg', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4]), /cut\.jpg is damaged/],
		['cut.pdf', whole.subarray(0, 40), /cut\.pdf is damaged/],
		['cut.tif', tiff(pagePixels(), 1).subarray(0, 60), /cut\.tif is damaged/],
		['circle.tif', circle, /circle\.tif is damaged/],
		['huge.png', huge, /huge\.png is too large/],
		['locked.pdf', fixture('password.pdf'), /locked\.pdf is protected by a password/],
		['odd\u202egnp.png', Buffer.from('?'), /is no PDF/],
	];

	test('empty, of another kind, cut off, in a circle, huge, locked', async () => {
		await openPair(page, payloadOf(rectanglesOn(1)), 'whole.pdf', whole);
		for (const [name, content, said] of files) {
			await openDocument(page, name, content);
			await page.locator('.document-remarks .wrong', { hasText: said }).waitFor();
			assert.equal(await page.locator('.paper canvas').count(), 0, name);
		}
		assert.equal(await page.locator('.document-remarks .control').getAttribute('data-code'), 'U+202E');
		// And the next good one is shown.
		await openDocument(page, 'whole.pdf', whole);
		await assertAligned(3, 'after all that');
	});

	test('but one with the wrong name is shown as what it is', async () => {
		await openPair(page, payloadOf(rectanglesOn(1)), 'invoice.pdf', png(pagePixels()));
		await assertAligned(3, 'a PNG called PDF');
	});

	test('and so does a page that is damaged, beside pages that are not', async () => {
		const damaged = Buffer.from(fixture('three-pages.tiff'));
		// The strip of the second page begins with what no decoder takes.
		const second = damaged.readUInt32LE(directoryEntry(damaged, 1, 273) + 8);
		damaged.fill(0xff, second, second + 20);
		await openPair(page, payloadOf(rectanglesOn(3), { page_count: 3 }), 'damaged.tiff', damaged);
		await page.locator('.stage').focus();
		await page.keyboard.press('PageDown');
		await page.getByText('Page 2 is damaged: it cannot be painted.').waitFor();
		await page.keyboard.press('PageDown');
		await page.getByRole('img', { name: 'Page 3 of 3' }).waitFor();
		await assertAligned(3, 'page 3');
	});
});

describe('what the payload and the document do not agree on is said', () => {
	test('type, pages, and locations on pages that are not there', async () => {
		const payload = payloadOf(rectanglesOn(3), { page_count: 3 });
		await openPair(page, payload, 'one.png', png(pagePixels()));
		const remarks = page.locator('.document-remarks');
		await remarks.getByText('The payload says application/pdf, but this file is image/png.').waitFor();
		await remarks.getByText('The payload says 3 pages, but this file has 1.').waitFor();
		await remarks.getByText('6 locations lie on pages that this file does not have, up to page 3.').waitFor();
		await page.screenshot({ path: join(screenshots, 'document-disagrees.png') });
	});

	test('and that a payload has no locations', async () => {
		const payload = payloadOf([]);
		await openPayloadAndDocument(payload, 'one.png', png(pagePixels()));
		await page.getByText(/The payload has no locations.*option polygon/).waitFor();
	});

	test('and nothing where they agree', async () => {
		await openPair(page, payloadOf(rectanglesOn(1), { mime_type: 'image/png' }), 'one.png', png(pagePixels()));
		assert.equal(await page.locator('.document-remarks p').count(), 0);
	});

	test('without a document, blank paper carries the locations and asks for one', async () => {
		await openPayload(page, payloadOf(rectanglesOn(1)));
		await page.getByText(/A blank page stands for the document/).waitFor();
		const sheet = await page.locator('.paper-sheet').boundingBox();
		assert.ok(sheet && Math.abs(sheet.height / sheet.width - Math.SQRT2) < 0.01, 'in the proportions of A4');
		// The first location, and the others of the field.
		await until(async () => assert.equal(await page.locator('.mark-outlines .line').count(), 2));
		await page.screenshot({ path: join(screenshots, 'document-blank.png') });
	});
});

describe('the ways about a document', () => {
	test('of 2,000 pages, of which few are mounted and the last is reached', async () => {
		const file = pdf(Array.from({ length: 2000 }, () => ({ rotate: 0 as const })));
		await openPair(page, payloadOf(rectanglesOn(1), { page_count: 2000 }), 'many.pdf', file);
		const number = page.getByLabel('Page number');
		await number.fill('2000');
		await number.press('Enter');
		await page.getByRole('img', { name: 'Page 2,000 of 2,000' }).waitFor();
		const strip = page.getByRole('navigation', { name: 'Pages' });
		await strip.locator('[aria-current=page] canvas').waitFor();
		assert.ok((await strip.getByRole('button').count()) < 40, 'a window of the pages');
		await strip.locator('[aria-current=page]').focus();
		await page.keyboard.press('ArrowUp');
		await page.getByRole('img', { name: 'Page 1,999 of 2,000' }).waitFor();
		await strip.locator('[aria-current=page]:focus', { hasText: '1999' }).waitFor();
		await page.keyboard.press('Home');
		await page.getByRole('img', { name: 'Page 1 of 2,000' }).waitFor();
		await assertAligned(3, 'back on the first page');
	});

	test('by keyboard: zoom, turn, and every location', async () => {
		await openPair(page, payloadOf(rectanglesOn(1), { mime_type: 'image/png' }), 'made.png', png(pagePixels()));
		const zoom = page.locator('.zoom');
		const fitted = await zoom.innerText();
		await page.locator('.stage').focus();
		await page.keyboard.press('+');
		await expectText('.zoom', (text) => text !== fitted);
		await page.keyboard.press('0');
		await expectText('.zoom', (text) => text === fitted);
		await page.keyboard.press('r');
		await painted(page);
		const sheet = await page.locator('.paper-sheet').boundingBox();
		assert.ok(sheet && sheet.width > sheet.height, 'it lies on its side');

		const list = page.getByRole('listbox', { name: /Locations on page 1/ });
		await list.waitFor();
		await page.keyboard.press('Tab');
		assert.ok(await list.evaluate((element) => element === document.activeElement), 'the locations come next');
		for (const [key, name] of [
			['ArrowRight', 'place_0'],
			['ArrowRight', 'place_1'],
			['End', 'place_2'],
			['ArrowLeft', 'place_1'],
		] as const) {
			await page.keyboard.press(key);
			await page.locator('.mark-tip', { hasText: name }).waitFor();
			await page.locator('#mark-entry', { hasText: name }).waitFor({ state: 'attached' });
		}
		await page.keyboard.press('Enter');
		await page.locator('[role=row][aria-selected=true]', { hasText: 'place_1' }).waitFor();
		await page.keyboard.press('Escape');
		await page.locator('.mark-tip').waitFor({ state: 'detached' });
	});

	test('by keyboard: who is on the locations of a page stays on them as it is turned, and on the sheet where it has none', async () => {
		const [first, third] = [rectanglesOn(1), rectanglesOn(1).map((place) => ({ ...place, page: 2 }))];
		await openPayload(page, payloadOf([...first, ...third]));
		const focused = (name: string) => page.locator(`${name}:focus`);
		const list = page.getByRole('listbox', { name: /Locations on page 1/ });
		await list.focus();
		await page.keyboard.press(']');
		await focused('.stage').waitFor();
		assert.equal(await page.getByLabel('Page number').inputValue(), '2');
		await page.keyboard.press(']');
		await focused('[role=listbox][aria-label*="page 3"]').waitFor({ state: 'attached' });
		await page.keyboard.press('[');
		await focused('.stage').waitFor();
		// Who has gone elsewhere meanwhile is left there.
		await page.keyboard.press('Shift+Tab');
		await page.keyboard.press('[');
		await list.waitFor({ state: 'attached' });
		assert.equal(await focused('[role=listbox]').count(), 0);
		await page.locator('.stage').focus();
		await page.keyboard.press(']');
		await list.waitFor({ state: 'detached' });
		await page.keyboard.press('[');
		await list.waitFor({ state: 'attached' });
		await focused('.stage').waitFor();
	});

	test('by keyboard: a pointer that was left on the sheet points at nothing as the page is turned', async () => {
		await openPayload(page, payloadOf(rectanglesOn(2)));
		const { left, top, width, height } = await page.locator('.paper-sheet').evaluate((sheet) => {
			const { left, top, width, height } = sheet.getBoundingClientRect();
			return { left, top, width, height };
		});
		const [[x = 0, y = 0] = []] = (rectanglesOn(1)[0] as Place).polygon;
		await page.mouse.move(left + x * width + 4, top + y * height + 4);
		await page.locator('.mark-tip').waitFor();
		await page.locator('.stage').focus();
		await page.keyboard.press('Tab');
		await page.locator('[role=listbox][aria-label*="page 1"]:focus').waitFor({ state: 'attached' });
		await page.keyboard.press(']');
		await page.locator('[role=listbox][aria-label*="page 2"]:focus').waitFor({ state: 'attached' });
		await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
		assert.equal(await page.locator('.mark-tip').count(), 0);
	});

	test('by pointer: the smallest location at a place is the one that is named and chosen', async () => {
		const places = [
			{ page: 0, polygon: box(0, 0, 1, 1) },
			{ page: 0, polygon: box(0.1, 0.1, 0.9, 0.9) },
			{ page: 0, polygon: box(0.3, 0.3, 0.7, 0.5) },
			{
				page: 0,
				polygon: [
					[0.5, 0.75],
					[0.5, 0.75],
					[0.5, 0.75],
				] as [number, number][],
			},
		];
		await openPair(page, payloadOf(places), 'made.png', png(pagePixels()));
		for (const [x, y, name] of [
			[0.5, 0.4, 'place_2'],
			[0.5, 0.6, 'place_1'],
			[0.5, 0.75, 'place_3'],
			[0.05, 0.5, 'place_0'],
		] as const) {
			const sheet = await page.locator('.paper-sheet').boundingBox();
			assert.ok(sheet);
			await page.mouse.move(sheet.x + x * sheet.width, sheet.y + y * sheet.height, { steps: 3 });
			await page.locator('.mark-tip', { hasText: name }).waitFor();
			await page.mouse.down();
			await page.mouse.up();
			await page.locator('[role=row][aria-selected=true]', { hasText: name }).waitFor();
		}
		await page.mouse.move(2, 2);
		await page.locator('.mark-outlines .hovered').waitFor({ state: 'detached' });
	});

	test('by pointer: of a field with two locations on a page the one that was pointed at is looked at', async () => {
		const body = JSON.parse(payloadOf([{ page: 0, polygon: box(0.1, 0.1, 0.4, 0.2) }]));
		const { locations } = body.inference.result.fields.all.fields.place_0;
		locations.push({ page: 0, polygon: box(0.5, 0.6, 0.8, 0.7) });
		await openPair(page, JSON.stringify(body), 'made.png', png(pagePixels()));
		for (const [x, y, looked] of [
			[0.65, 0.65, '2 of 2'],
			[0.25, 0.15, '1 of 2'],
			[0.65, 0.65, '2 of 2'],
		] as const) {
			const sheet = await page.locator('.paper-sheet').boundingBox();
			assert.ok(sheet);
			await page.mouse.move(sheet.x + x * sheet.width, sheet.y + y * sheet.height, { steps: 3 });
			await page.locator('.mark-tip').waitFor();
			await page.mouse.down();
			await page.mouse.up();
			await page.getByText(looked).waitFor();
		}
	});

	test('by wheel and by dragging: the place under the pointer stays, and a drag chooses nothing', async () => {
		await openPair(page, payloadOf(rectanglesOn(1)), 'made.png', png(pagePixels(4)));
		await page.getByRole('button', { name: 'Full size' }).click();
		await painted(page);
		const stage = await page.locator('.stage').boundingBox();
		assert.ok(stage);
		const [x, y] = [stage.x + stage.width / 2, stage.y + stage.height / 2];
		await page.mouse.move(x, y);
		const under = () =>
			page.evaluate(
				([left, top]) => {
					const sheet = document.querySelector('.paper-sheet')?.getBoundingClientRect();
					return sheet ? [((left ?? 0) - sheet.left) / sheet.width, ((top ?? 0) - sheet.top) / sheet.height] : [];
				},
				[x, y],
			);
		const before = await under();
		const zoom = await page.locator('.zoom').innerText();
		await page.keyboard.down('Control');
		await page.mouse.wheel(0, -100);
		await page.keyboard.up('Control');
		await expectText('.zoom', (text) => text !== zoom);
		await painted(page);
		for (const [index, part] of (await under()).entries())
			assert.ok(Math.abs(part - (before[index] ?? 0)) < 0.002, 'it stayed');
		const chosen = await page.locator('[role=row][aria-selected=true]').innerText();
		await page.mouse.down();
		await page.mouse.move(x - 60, y - 40, { steps: 4 });
		await page.mouse.up();
		const [movedX = 0, movedY = 0] = await under();
		assert.ok(movedX > (before[0] ?? 1) && movedY > (before[1] ?? 1), 'the page went along');
		assert.equal(await page.locator('[role=row][aria-selected=true]').innerText(), chosen);
	});

	test('with 10,000 locations on a page, pointing keeps up with the screen', async () => {
		const places = Array.from({ length: 10_000 }, (_, index) => {
			const [x, y] = [(index % 100) / 100, Math.floor(index / 100) / 100];
			return { page: 0, polygon: box(x, y, x + 0.008, y + 0.008) };
		});
		await openPair(page, payloadOf(places), 'made.png', png(pagePixels(3)));
		await page.locator('.legend .total', { hasText: '10,000 locations' }).waitFor();
		const mounted = await page.evaluate(() => document.querySelectorAll('.paper-sheet *').length);
		assert.ok(mounted < 60, `no element for each of them (${mounted})`);
		const sheet = await page.locator('.paper-sheet').boundingBox();
		assert.ok(sheet);
		// What pointing costs in a frame, however often the machine finds time for one: from before the page's own turn in it until all
		// that it changed is laid out.
		const work = await page.evaluate(
			async ({ left, top, width, height }) => {
				const stage = document.querySelector('.stage');
				const costs: number[] = [];
				for (let step = 0; step < 120; step++) {
					let began = 0;
					requestAnimationFrame(() => {
						began = performance.now();
					});
					const at = { clientX: left + (width * step) / 120, clientY: top + (height * ((step * 7) % 120)) / 120 };
					stage?.dispatchEvent(new PointerEvent('pointermove', { ...at, bubbles: true, pointerType: 'mouse' }));
					await new Promise((done) => requestAnimationFrame(done));
					document.querySelector('.mark-outlines')?.getBoundingClientRect();
					costs.push(performance.now() - began);
				}
				return costs.sort((a, b) => a - b);
			},
			{ left: sheet.x, top: sheet.y, width: sheet.width, height: sheet.height },
		);
		const median = work[work.length >> 1] ?? Infinity;
		process.stdout.write(
			`# 10,000 locations: a frame of pointing takes ${median.toFixed(2)} ms of the page (median of ${work.length})\n`,
		);
		assert.ok(median < 16, `the median frame fits in a sixtieth of a second (${median} ms)`);
		await page.locator('.mark-outlines .hovered').waitFor();
	});
});

describe('real documents beside their payloads', () => {
	for (const [payload, document] of [
		['ocr/ocr_single.json', 'ocr_default.jpg'],
		['crop/default_sample.json', 'crop_default.jpg'],
	] as const) {
		const path = join(samples, 'documents', document);
		const skip = existsSync(path) ? false : `${document} is not here`;
		test(`${document}: each outline lies where its polygon says`, { skip }, async () => {
			const text = readFileSync(join(samples, payload), 'utf8');
			const polygons = polygonsOf(JSON.parse(text));
			assert.ok(polygons.length > 0);
			await openPayloadAndDocument(text, document, readFileSync(path));
			await painted(page);
			await page.screenshot({ path: join(screenshots, `document-${document.replace(/\W/g, '-')}.png`) });
			await page.locator('.legend .total', { hasText: `${polygons.length} location` }).waitFor();
			const list = page.getByRole('listbox', { name: /locations/i });
			const last = polygons.length - 1;
			for (const index of new Set([0, Math.min(20, last), last])) {
				const polygon = polygons[index] ?? [];
				await list.press(index === last ? 'End' : 'Home');
				for (let step = 0; step < index && index < last; step++) await list.press('ArrowRight');
				await list.press('Enter');
				await page
					.locator(`#mark-entry[aria-selected=true][aria-posinset="${index + 1}"]`)
					.waitFor({ state: 'attached' });
				await page.locator('.mark-outlines .selected').waitFor();
				for (const zoom of ['Fit page', 'Full size', 'Larger']) {
					await page.getByRole('button', { name: zoom, exact: true }).click();
					for (const degrees of [0, 90, 180, 270]) {
						await assertOutlines([polygon], degrees, `location ${index}, ${zoom}, ${degrees}°`);
						await page.getByRole('button', { name: 'Turn clockwise' }).click();
					}
				}
			}
		});
	}

	for (const [payload, document, ranges] of [
		['split/default_sample.json', 'split_default.pdf', 2],
		['extraction/receipt_default.json', 'receipt_default.jpg', 0],
	] as const) {
		const path = join(samples, 'documents', document);
		const skip = existsSync(path) ? false : `${document} is not here`;
		test(`${document} is painted, and nothing is drawn on it where nothing was located`, { skip }, async () => {
			const text = readFileSync(join(samples, payload), 'utf8');
			assert.deepEqual(polygonsOf(JSON.parse(text)), []);
			await openPayloadAndDocument(text, document, readFileSync(path));
			await painted(page);
			await page.screenshot({ path: join(screenshots, `document-${document.replace(/\W/g, '-')}.png`) });
			assert.ok((await inkIn(0, HEIGHT)) > 200, 'there is print on the page');
			assert.equal(await page.locator('.mark-outlines .line').count(), 0);
			assert.equal(await page.locator('.page-strip .range-name').count(), ranges);
		});
	}
});

/** Every polygon of a payload of one page, in its order. */
function polygonsOf(value: unknown): Place['polygon'][] {
	if (typeof value !== 'object' || value === null) return [];
	const { polygon } = value as { polygon?: Place['polygon'] };
	return polygon ? [polygon] : Object.values(value).flatMap(polygonsOf);
}

/** Every selected outline lies where its polygon does on the page, turned as it is. */
async function assertOutlines(polygons: readonly Place['polygon'][], degrees: number, when: string): Promise<void> {
	await painted(page);
	const sheet = await page.locator('.paper-sheet').boundingBox();
	assert.ok(sheet);
	const placed = ([x, y]: readonly [number, number]): [number, number] => {
		const turned: Record<number, [number, number]> = {
			0: [x, y],
			90: [1 - y, x],
			180: [1 - x, 1 - y],
			270: [y, 1 - x],
		};
		const [across = 0, down = 0] = turned[degrees] ?? [];
		return [sheet.x + across * sheet.width, sheet.y + down * sheet.height];
	};
	const measured = await measureMarks(polygons.length, when);
	for (const [index, { outline }] of measured.entries()) {
		const points = (polygons[index] ?? []).map(placed);
		const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
		const wanted = { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
		for (const edge of ['left', 'top', 'right', 'bottom'] as const) {
			const off = Math.abs(outline[edge] - wanted[edge]);
			assert.ok(off <= OFF, `${when}: the ${edge} edge is ${off.toFixed(2)} px off`);
		}
	}
}

/** At three zooms and four rotations: every selected mark lies on its ink. */
async function measureEverywhere(marks: number): Promise<void> {
	for (const zoom of ['Fit page', 'Full size', 'Larger']) {
		await page.getByRole('button', { name: zoom, exact: true }).click();
		for (const degrees of [0, 90, 180, 270]) {
			await assertAligned(marks, `${zoom}, ${degrees}°`);
			await page.getByRole('button', { name: 'Turn clockwise' }).click();
		}
	}
}

/** Waits until so many selected marks are drawn: they are asked for beside the page, and may come after it. */
async function measureMarks(marks: number, when: string): Promise<Measured[]> {
	let measured: Measured[] = [];
	await until(async () => {
		await painted(page);
		measured = await measure(page);
		assert.equal(measured.length, marks, `${when}: every mark is drawn`);
	});
	return measured;
}

async function assertAligned(marks: number, when: string): Promise<void> {
	const measured = await measureMarks(marks, when);
	for (const { outline, ink } of measured) {
		assert.ok(ink, `${when}: there is something below ${JSON.stringify(outline)}`);
		for (const edge of ['left', 'top', 'right', 'bottom'] as const) {
			const off = Math.abs(outline[edge] - ink[edge]);
			assert.ok(off <= OFF, `${when}: the ${edge} edge is ${off.toFixed(2)} px off`);
		}
	}
}

/** Opens another document in place of the one before, and waits until it is shown. */
async function replaceDocument(name: string, content: Buffer): Promise<void> {
	await openDocument(page, name, content);
	await page.getByRole('img', { name: new RegExp(`, ${name}$`) }).waitFor();
	await painted(page);
}

/** Of a payload without locations, the pane comes with the document: both are dropped at once. */
async function openPayloadAndDocument(payload: string, name: string, content: Buffer): Promise<void> {
	await dropFiles(page, { name: 'payload.json', content: payload }, { name, content });
	await page.getByRole('img', { name: new RegExp(`, ${name}$`) }).waitFor();
}

/** Waits until an element's text is as wanted. */
async function expectText(selector: string, wanted: (text: string) => boolean): Promise<void> {
	for (let tries = 0; tries < 300; tries++) {
		if (wanted(await page.locator(selector).innerText())) return;
		await page.evaluate(() => new Promise(requestAnimationFrame));
	}
	assert.fail(`${selector} stays "${await page.locator(selector).innerText()}"`);
}

/** Dark pixels of the page between two of its heights, in units of the page. */
function inkIn(top: number, bottom: number): Promise<number> {
	return page.evaluate(
		([from, to]) => {
			const canvas = [...document.querySelectorAll<HTMLCanvasElement>('.paper canvas')].at(-1);
			if (!canvas) return 0;
			const scale = canvas.height / 420;
			const [y, height] = [Math.round((from ?? 0) * scale), Math.round(((to ?? 0) - (from ?? 0)) * scale)];
			const data = canvas.getContext('2d')?.getImageData(0, y, canvas.width, height).data ?? new Uint8ClampedArray();
			return data.filter((value, index) => index % 4 === 0 && value < 128).length;
		},
		[top, bottom],
	);
}

/** What a camera stores of the page that is held so. */
async function photo(orientation: number): Promise<Buffer> {
	return withOrientation(await encoded(stored(pagePixels(), orientation), 'image/jpeg'), orientation);
}

/** Encodes pixels as the browser does. */
async function encoded({ width, height, rgb }: Raster, type: string): Promise<Buffer> {
	const base64 = await page.evaluate(
		async ({ width, height, pixels, type }) => {
			const canvas = new OffscreenCanvas(width, height);
			const image = new ImageData(width, height);
			const bytes = Uint8Array.from(atob(pixels), (letter) => letter.charCodeAt(0));
			for (let at = 0; at < width * height; at++) {
				image.data.set(bytes.subarray(3 * at, 3 * at + 3), 4 * at);
				image.data[4 * at + 3] = 255;
			}
			canvas.getContext('2d')?.putImageData(image, 0, 0);
			const blob = await canvas.convertToBlob({ type, quality: 1 });
			const data = new Uint8Array(await blob.arrayBuffer());
			return btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(''));
		},
		{ width, height, pixels: Buffer.from(rgb).toString('base64'), type },
	);
	return Buffer.from(base64, 'base64');
}

function box(left: number, top: number, right: number, bottom: number): [number, number][] {
	return [
		[left, top],
		[right, top],
		[right, bottom],
		[left, bottom],
	];
}

/** Of lines of twice the page's width. */
function everyOtherLine(_: number, index: number): boolean {
	return Math.floor(index / (3 * 2 * WIDTH)) % 2 === 0;
}

function fixture(name: string): Buffer {
	return readFileSync(join(documents, name));
}

/** The only strip of a TIFF. */
function tiffStrip(file: Buffer): Buffer {
	const offset = file.readUInt32LE(directoryEntry(file, 0, 273) + 8);
	return file.subarray(offset, offset + file.readUInt32LE(directoryEntry(file, 0, 279) + 8));
}

/** Where an entry of a page's directory begins. */
function directoryEntry(file: Buffer, page: number, tag: number): number {
	let at = file.readUInt32LE(4);
	for (let index = 0; index < page; index++) at = file.readUInt32LE(at + 2 + 12 * file.readUInt16LE(at));
	for (let index = 0; index < file.readUInt16LE(at); index++) {
		if (file.readUInt16LE(at + 2 + 12 * index) === tag) return at + 2 + 12 * index;
	}
	throw new Error(`The page has no entry ${tag}.`);
}
