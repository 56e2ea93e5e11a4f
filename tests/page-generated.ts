/** Payloads for the tests of the page that are too large, or too odd, to be kept as files. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const ID = '9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b';
const OPTIONS = {
	raw_text: false,
	polygon: false,
	confidence: true,
	rag: false,
	text_context: false,
	data_schema: { replace: false },
};

/** An inference with this result. */
export function inference(result: unknown, { fileName = 'document.pdf', pageCount = 1 } = {}): string {
	return JSON.stringify({
		inference: {
			id: ID,
			job: { id: ID },
			model: { id: ID },
			file: { name: fileName, alias: null, page_count: pageCount, mime_type: 'application/pdf' },
			result,
			active_options: OPTIONS,
		},
	});
}

/** A simple field without confidence and place, unless they are given. */
export function field(value: unknown, more: object = {}): object {
	return { value, confidence: null, locations: [], ...more };
}

/** An extraction of these fields. */
export function extraction(fields: Record<string, unknown>, options?: Parameters<typeof inference>[1]): string {
	return inference({ fields }, options);
}

/** Small upright marks in rows over one page, each a field of its own. */
export function extractionWithMarks(amount: number): string {
	const columns = Math.ceil(Math.sqrt(amount));
	const size = 1 / columns;
	const fields: Record<string, unknown> = {};
	for (let index = 0; index < amount; index++) {
		const left = (index % columns) * size;
		const top = Math.floor(index / columns) * size;
		const right = left + size * 0.8;
		const bottom = top + size * 0.8;
		const polygon = [
			[left, top],
			[right, top],
			[right, bottom],
			[left, bottom],
		];
		fields[`f${index}`] = field(index, { confidence: 'High', locations: [{ page: 0, polygon }] });
	}
	return extraction(fields);
}

const WORDS_A_PAGE = 380;
/** The last word of {@link ocrFile}: reaching it is seeing the end. */
export const LAST_WORD = 'the-very-last-word';

/**
 * Path of an OCR payload of about so many bytes, minified as on the wire. It is written page by page, and kept in `folder` for the next
 * run. Its last word is {@link LAST_WORD}.
 */
export function ocrFile(folder: string, bytes: number): { path: string; size: number; pages: number } {
	const page = ocrPage();
	const pages = Math.max(1, Math.round(bytes / (page.length + 1)));
	const path = join(folder, `ocr-${bytes}.json`);
	if (!existsSync(path)) {
		mkdirSync(folder, { recursive: true });
		const [head = '', tail = ''] = inference({ pages: ['here'] }, { pageCount: pages }).split('"here"');
		const aside = `${path}.${process.pid}`;
		const file = openSync(aside, 'w');
		writeSync(file, head);
		for (let index = 0; index < pages; index++) {
			const last = index === pages - 1;
			const text = last
				? page.replace(/"content":"[^"]*"(,"polygon":[^{}]*\}\],"content")/, `"content":"${LAST_WORD}"$1`)
				: page;
			writeSync(file, index === 0 ? text : `,${text}`);
		}
		writeSync(file, tail);
		closeSync(file);
		renameSync(aside, path);
	}
	return { path, size: statSync(path).size, pages };
}

/** One page of words in lines; the coordinates have as many digits as real ones. */
function ocrPage(): string {
	const vocabulary =
		'Invoice total amount due net VAT of the and Königstraße 4711 12.50 Lyon, Paris € “Terms” delivery'.split(' ');
	const words = [];
	for (let index = 0; index < WORDS_A_PAGE; index++) {
		const content = vocabulary[(index * 7) % vocabulary.length] ?? '';
		const left = (100 + (index % 10) * 150) / 1786;
		const top = (100 + Math.floor(index / 10) * 60) / 2526;
		const right = left + (content.length * 11) / 1786;
		const bottom = top + 28 / 2526;
		const polygon = [
			[left, top],
			[right, top],
			[right, bottom],
			[left, bottom],
		];
		words.push({ content, polygon });
	}
	return JSON.stringify({ words, content: words.map(({ content }) => content).join(' ') });
}
