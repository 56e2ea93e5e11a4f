/** Documents for the tests of the page: made here, so that none has to be kept as a file, and each odd one is odd in one way. */
import { crc32, deflateSync } from 'node:zlib';

/** One page of a PDF. */
export interface PdfPage {
	/** In points; A4 unless it is said. */
	width?: number;
	height?: number;
	rotate?: number;
	/** Operators that draw on it. */
	draw?: string;
	/** Further entries of its dictionary, such as `/Annots […]`. */
	more?: string;
}

/** Content of a stream, and further entries of its dictionary. */
export interface PdfStream {
	dictionary: string;
	content: Uint8Array;
}

/**
 * A PDF of these pages. `objects` follow those of the pages, the first with the number {@link firstFree}; `root` are further entries of
 * the catalogue.
 */
export function pdf(
	pages: readonly PdfPage[],
	{ root = '', objects = [] as readonly (string | PdfStream)[] } = {},
): Buffer {
	const kids = pages.map((_, index) => `${3 + 2 * index} 0 R`);
	const all: (string | PdfStream)[] = [
		`<< /Type /Catalog /Pages 2 0 R ${root} >>`,
		`<< /Type /Pages /Count ${pages.length} /Kids [${kids.join(' ')}] >>`,
	];
	for (const [index, { width = 595, height = 842, rotate = 0, draw = '', more = '' }] of pages.entries()) {
		all.push(
			`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Rotate ${rotate} /Resources << >> /Contents ${4 + 2 * index} 0 R ${more} >>`,
			{ dictionary: '', content: Buffer.from(draw) },
		);
	}
	all.push(...objects);
	const parts: Buffer[] = [Buffer.from('%PDF-1.7\n%\u00e2\u00e3\n', 'latin1')];
	let size = parts[0]?.length ?? 0;
	const places: number[] = [];
	for (const [index, object] of all.entries()) {
		places.push(size);
		const body =
			typeof object === 'string'
				? Buffer.from(object)
				: Buffer.concat([
						Buffer.from(`<< /Length ${object.content.length} ${object.dictionary} >>\nstream\n`),
						object.content,
						Buffer.from('\nendstream'),
					]);
		const whole = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), body, Buffer.from('\nendobj\n')]);
		parts.push(whole);
		size += whole.length;
	}
	const lines = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
	const trailer = `trailer\n<< /Size ${all.length + 1} /Root 1 0 R >>\nstartxref\n${size}\n%%EOF\n`;
	parts.push(Buffer.from(`xref\n0 ${all.length + 1}\n0000000000 65535 f \n${lines}${trailer}`));
	return Buffer.concat(parts);
}

/** Number of the first of the `objects` of a {@link pdf} with so many pages. */
export const firstFree = (pages: number): number => 3 + 2 * pages;

/** A page with a frame and a dark box at each place: fractions of the page from its top-left corner. */
export function pdfPage(boxes: readonly { left: number; top: number; right: number; bottom: number }[]): PdfPage {
	const [width, height] = [595, 842];
	const rectangles = boxes.map(
		({ left, top, right, bottom }) =>
			`${left * width} ${(1 - bottom) * height} ${(right - left) * width} ${(bottom - top) * height} re f`,
	);
	return { width, height, draw: `0.9 g 20 20 555 802 re f 0.2 g ${rectangles.join(' ')}` };
}

/** A PNG in one shade of grey, of which the header may say another size than its data has. */
export function png(
	width: number,
	height: number,
	{ shade = 200, saidWidth = width, saidHeight = height } = {},
): Buffer {
	const header = Buffer.alloc(13);
	header.writeUInt32BE(saidWidth, 0);
	header.writeUInt32BE(saidHeight, 4);
	// Eight bits of grey.
	header.set([8, 0, 0, 0, 0], 8);
	const row = Buffer.alloc(1 + width, shade);
	row[0] = 0;
	const data = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)), { level: 9 });
	return Buffer.concat([
		Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
		chunk('IHDR', header),
		chunk('IDAT', data),
		chunk('IEND', Buffer.alloc(0)),
	]);
}

function chunk(type: string, data: Uint8Array): Buffer {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(data.length);
	const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
	const check = Buffer.alloc(4);
	check.writeUInt32BE(crc32(body));
	return Buffer.concat([length, body, check]);
}
