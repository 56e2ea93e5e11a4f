/**
 * The inputs: bodies as the platform sends them, minified, made from a seed, so that every run and every machine reads the same bytes.
 * The names, key orders, numbers and proportions are those of real payloads; the contents are invented.
 *
 * `node benches/inputs.js FOLDER` writes them as files, for the native benchmarks.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every input, smallest first of its kind. `noted`: there is something to say about it, so that mindhook reads it a second time. */
export const inputs = [
	{ name: '2k', kind: 'extraction', make: () => extraction({ bytes: 2_000, seed: 2 }) },
	{ name: '9k', kind: 'extraction', make: () => extraction({ bytes: 9_000, seed: 9, valueLast: true }) },
	{
		name: '9k-noted',
		kind: 'extraction',
		noted: true,
		make: () => extraction({ bytes: 9_000, seed: 9, valueLast: true, unknownKey: true }),
	},
	{ name: '40k', kind: 'extraction', make: () => extraction({ bytes: 40_000, seed: 40, polygons: true }) },
	{ name: '60k', kind: 'ocr', make: () => ocr({ bytes: 60_000, seed: 60 }) },
	{ name: '220k', kind: 'ocr', make: () => ocr({ bytes: 220_000, seed: 220 }) },
	{ name: '10m', kind: 'ocr', make: () => ocr({ bytes: 10_000_000, seed: 10 }) },
];

/** What each input holds, for the report. */
export const descriptions = {
	'2k': 'extraction: a receipt, `value` before `confidence` and `locations`, no polygons',
	'9k': 'extraction: an invoice with line items, `locations` and `confidence` before `value`, no polygons',
	'9k-noted':
		'the same with `"options":null` in its result, which the contract does not know: a second reading says so, once somebody asks for the warnings',
	'40k': 'extraction: an invoice with line items, a polygon and a confidence for each value',
	'60k': 'OCR: one dense page',
	'220k': 'OCR: three pages',
	'10m': 'OCR: a long document',
};

/** Numbers from 0 to 1, the same for a seed everywhere (mulberry32). */
function randomFrom(seed) {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

const words =
	'Invoice Total Amount due net VAT of the and for à Société Générale Königstraße № Date Shipper: GLOBAL FREIGHT Ltd. unit price per piece delivery on receipt café “Terms” "net" 30 days Reference Order No. #4711 Lyon, Paris €'.split(
		' ',
	);

class Author {
	constructor(seed) {
		this.random = randomFrom(seed);
	}
	below(count) {
		return Math.floor(this.random() * count);
	}
	one(list) {
		return list[this.below(list.length)];
	}
	/** A random UUID of version 4. */
	id() {
		const digits = Array.from({ length: 32 }, () => this.below(16).toString(16));
		digits[12] = '4';
		digits[16] = this.one(['8', '9', 'a', 'b']);
		return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
	}
	word() {
		const kind = this.random();
		if (kind < 0.12) return this.amount(500);
		if (kind < 0.2) return String(this.below(1_000_000));
		return this.one(words);
	}
	phrase(count) {
		return Array.from({ length: count }, () => this.word()).join(' ');
	}
	/** `12.50`, as printed on paper. */
	amount(limit) {
		return (this.random() * limit).toFixed(2);
	}
	date() {
		return `202${this.below(7)}-${String(1 + this.below(12)).padStart(2, '0')}-${String(1 + this.below(28)).padStart(2, '0')}`;
	}
	confidence() {
		return this.one(['Certain', 'Certain', 'High', 'High', 'Medium', 'Low', null]);
	}
	/** Four points around a text of so many characters. */
	polygon(characters, round = (fraction) => fraction) {
		// Pixels over the size of a scanned page: nearly all have 16 or 17 digits.
		const left = (100 + this.below(1300)) / 1786;
		const top = (100 + this.below(2200)) / 2526;
		const right = left + (characters * 11) / 1786;
		const bottom = top + 28 / 2526;
		const skew = this.below(3) / 2526;
		const points = [
			[left, top],
			[right, top + skew],
			[right, bottom + skew],
			[left, bottom],
		];
		return points.map((point) => point.map((fraction) => Math.min(1, round(fraction))));
	}
}

/** Marks a number that is to be written just so: the platform writes `195.0`. */
const exactly = (number) => `\u0001${number}\u0001`;
const minified = (document) => JSON.stringify(document).replace(/"\\u0001([^"\\]*)\\u0001"/g, '$1');

function envelope(author, name, pageCount, result, options) {
	return {
		inference: {
			id: author.id(),
			job: { id: author.id() },
			model: { id: author.id() },
			file: { name, alias: null, page_count: pageCount, mime_type: 'application/pdf' },
			result,
			...options,
		},
	};
}

function extraction({ bytes, seed, valueLast = false, polygons = false, unknownKey = false }) {
	const author = new Author(seed);
	const fourDigits = (fraction) => Math.round(fraction * 10_000) / 10_000;
	const simple = (value) => {
		const shown = String(value).length;
		const locations = polygons
			? [{ page: author.below(3), polygon: author.polygon(Math.min(shown, 60), fourDigits) }]
			: [];
		const confidence = author.confidence();
		return valueLast ? { locations, confidence, value } : { value, confidence, locations };
	};
	const amount = (limit) => exactly(Number(author.amount(limit)).toString().replace(/^\d+$/, '$&.0'));
	const object = (fields) =>
		valueLast ? { locations: [], confidence: null, fields } : { fields, confidence: null, locations: [] };
	const lineItem = () =>
		object({
			description: simple(author.phrase(2 + author.below(6))),
			product_code: simple(author.random() < 0.4 ? null : `A-${author.below(100_000)}`),
			quantity: simple(exactly(`${1 + author.below(20)}.0`)),
			unit_price: simple(amount(200)),
			tax_rate: simple(exactly('0.2')),
			tax_amount: simple(author.random() < 0.5 ? null : amount(40)),
			total_price: simple(amount(2000)),
		});
	const lineItems = { items: [], confidence: null };
	const tax = () => object({ base: simple(amount(1000)), rate: simple(exactly('0.2')), amount: simple(amount(200)) });
	// Added in this order until the size is reached; line items fill the rest.
	const additions = [
		['date', () => simple(author.date())],
		['total_net', () => simple(amount(5000))],
		['total_tax', () => simple(amount(900))],
		['total_amount', () => simple(amount(6000))],
		['locale', () => object({ country: simple('FR'), currency: simple('EUR'), language: simple('fr') })],
		['invoice_number', () => simple(`F-2026-${author.below(10_000)}`)],
		['supplier_name', () => simple(author.phrase(3))],
		['taxes', () => ({ items: [tax()], confidence: null })],
		['paid', () => simple(author.random() < 0.5)],
		['due_date', () => simple(author.random() < 0.5 ? author.date() : null)],
		['supplier_address', () => simple(author.phrase(9))],
		['customer_name', () => simple(author.phrase(2))],
		['customer_id', () => simple(null)],
		[
			'reference_numbers',
			() => ({ items: [simple('PO-118'), simple(`PO-${author.below(10_000)}`)], confidence: null }),
		],
		['line_items', () => lineItems],
	];
	const fields = {};
	const document = envelope(
		author,
		'invoice_2026-11.pdf',
		3,
		{ fields, raw_text: null, rag: null, ...(unknownKey ? { options: null } : {}) },
		{
			active_options: {
				raw_text: false,
				polygon: polygons,
				confidence: true,
				rag: false,
				text_context: false,
				data_schema: { replace: false },
			},
		},
	);
	const remaining = additions[Symbol.iterator]();
	let text = minified(document);
	while (Buffer.byteLength(text) < bytes * 0.97) {
		const { value: addition } = remaining.next();
		if (addition) fields[addition[0]] = addition[1]();
		else lineItems.items.push(lineItem());
		text = minified(document);
	}
	return Buffer.from(text);
}

const WORDS_A_PAGE = 380;

/** An OCR body of this size; also much larger ones than those listed. */
export function ocr({ bytes, seed }) {
	const author = new Author(seed);
	const pages = [];
	let size = 500;
	for (; size < bytes * 0.99; ) {
		const found = [];
		let content = '';
		let left = WORDS_A_PAGE;
		for (; left > 0 && size < bytes * 0.99; left--) {
			const word = author.word();
			content += `${word}${author.random() < 0.15 ? '\n' : ' '}`;
			const text = JSON.stringify({ content: word, polygon: author.polygon(word.length) });
			found.push(text);
			size += Buffer.byteLength(text) + 1 + word.length + 1;
		}
		pages.push(`{"words":[${found.join(',')}],"content":${JSON.stringify(content.trimEnd())}}`);
	}
	const text = JSON.stringify(envelope(author, 'contract.pdf', pages.length, { pages: [] }, {}));
	// Joined as bytes: the longest text that an engine holds is not much above 500 MB.
	return Buffer.concat([
		Buffer.from(text.slice(0, text.lastIndexOf('[') + 1)),
		...pages.map((page, index) => Buffer.from(index === 0 ? page : `,${page}`)),
		Buffer.from(text.slice(text.lastIndexOf(']'))),
	]);
}

/** Lists of three IDs, as a program holds them. */
export function idLists(count) {
	const author = new Author(3);
	return Array.from({ length: count }, () => [author.id(), author.id(), author.id()]);
}

if (process.argv[1] === import.meta.filename && process.argv[2]) {
	mkdirSync(process.argv[2], { recursive: true });
	for (const { name, make, noted } of inputs) if (!noted) writeFileSync(join(process.argv[2], `${name}.json`), make());
}
