/** What the tests of the document's pane share: payloads for made documents, and measuring what is painted against what is drawn over it. */
import type { Page } from 'playwright-core';
import { POLYGONS } from './document-makers.js';
import { dropFiles } from './page-browser.js';

/** A polygon of a field. */
export interface Place {
	page: number;
	polygon: readonly (readonly [number, number])[];
}

/** A payload whose first field holds one field for each place; `file` is what it says of its document. */
export function payloadOf(places: readonly Place[], file: { page_count?: number; mime_type?: string } = {}): string {
	const id = '9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b';
	const confidences = ['Certain', 'Medium', 'Low'];
	const fields = places.map((location, index) => [
		`place_${index}`,
		{ value: `value ${index}`, confidence: confidences[index % 3], locations: [location] },
	]);
	return JSON.stringify({
		inference: {
			id,
			job: { id },
			model: { id },
			file: { name: 'made.pdf', alias: null, page_count: 1, mime_type: 'application/pdf', ...file },
			result: { fields: { all: { fields: Object.fromEntries(fields) } } },
			active_options: {
				raw_text: false,
				polygon: true,
				confidence: true,
				rag: false,
				text_context: false,
				data_schema: { replace: false },
			},
		},
	});
}

/** The places of the three rectangles on each of some pages. */
export function rectanglesOn(pages: number): Place[] {
	return Array.from({ length: pages }, (_, page) => POLYGONS.map((polygon) => ({ page, polygon }))).flat();
}

/** Opens a payload and then a document beside it, and waits for the page to be painted. */
export async function openPair(page: Page, payload: string, name: string, content: Uint8Array): Promise<void> {
	await openPayload(page, payload);
	await openDocument(page, name, content);
	await painted(page);
}

/** Opens a payload that has locations. */
export async function openPayload(page: Page, payload: string): Promise<void> {
	await dropFiles(page, { name: 'payload.json', content: payload });
	await page.locator('.paper-sheet').waitFor();
	// The legend takes room from the sheet, which is then laid out anew.
	await page.locator('.legend .total').waitFor();
	await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Opens a document in the pane, whatever it is called. */
export async function openDocument(page: Page, name: string, content: Uint8Array): Promise<void> {
	const buffer = Buffer.from(content);
	await page.locator('#document input[type=file]').setInputFiles({ name, mimeType: '', buffer });
}

/** Waits until the page lies as it is wanted, sharply painted. */
export async function painted(page: Page): Promise<void> {
	// Two frames: what is wanted now is laid out in the first, and begun to be painted in the second.
	await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
	await page.locator('.paper[aria-busy=false] canvas').first().waitFor();
}

/** A box on the screen, in CSS pixels. */
export interface Box {
	left: number;
	top: number;
	right: number;
	bottom: number;
}

/** What was drawn as selected, and what of the painted page lies there. */
export interface Measured {
	outline: Box;
	/** The box around what is not white in the outline and near by; `null` where all is white. */
	ink: Box | null;
}

/** Measures every selected mark of the shown page: the outline as it was drawn, the ink in the pixels of the canvas that lies on top. */
export function measure(page: Page): Promise<Measured[]> {
	return page.evaluate(() => {
		/** CSS pixels around an outline in which its ink is looked for. */
		const near = 8;
		const sheet = document.querySelector('.paper-sheet')?.getBoundingClientRect();
		const canvas = [...document.querySelectorAll<HTMLCanvasElement>('.paper canvas')].at(-1);
		if (!sheet || !canvas) throw new Error('There is no page.');
		const place = canvas.getBoundingClientRect();
		const [perX, perY] = [canvas.width / place.width, canvas.height / place.height];
		const paths = document.querySelectorAll('.mark-outlines :is(.selected, .also-selected) .line');
		const outlines = [...paths].flatMap((path) => (path.getAttribute('d') ?? '').split('M').slice(1));
		return outlines.map((outline) => {
			const numbers = [...outline.matchAll(/-?[\d.]+/g)].map(Number);
			const xs = numbers.filter((_, index) => index % 2 === 0).map((x) => x + sheet.left);
			const ys = numbers.filter((_, index) => index % 2 === 1).map((y) => y + sheet.top);
			const box = {
				left: Math.min(...xs),
				top: Math.min(...ys),
				right: Math.max(...xs),
				bottom: Math.max(...ys),
			};
			const x0 = Math.max(Math.floor((box.left - near - place.left) * perX), 0);
			const y0 = Math.max(Math.floor((box.top - near - place.top) * perY), 0);
			const width = Math.min(Math.ceil((box.right + near - place.left) * perX), canvas.width) - x0;
			const height = Math.min(Math.ceil((box.bottom + near - place.top) * perY), canvas.height) - y0;
			const data = canvas.getContext('2d')?.getImageData(x0, y0, width, height).data ?? [];
			let [left, top, right, bottom] = [width, height, 0, 0];
			for (let y = 0; y < height; y++) {
				for (let x = 0; x < width; x++) {
					const at = 4 * (y * width + x);
					// Half ink at least: the edge of a rectangle may lie within a pixel.
					if (Math.min(data[at] ?? 255, data[at + 1] ?? 255, data[at + 2] ?? 255) > 140) continue;
					left = Math.min(left, x);
					right = Math.max(right, x + 1);
					top = Math.min(top, y);
					bottom = Math.max(bottom, y + 1);
				}
			}
			const ink = {
				left: (x0 + left) / perX + place.left,
				top: (y0 + top) / perY + place.top,
				right: (x0 + right) / perX + place.left,
				bottom: (y0 + bottom) / perY + place.top,
			};
			return { outline: box, ink: right > left ? ink : null };
		});
	});
}
