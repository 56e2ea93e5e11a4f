/**
 * Documents that the tests make: one page of 300 × 420 with three rectangles whose places are known, as PDF, PNG, TIFF, and as what a
 * camera stores on its side. `fixtures/documents/` has the same page as other programs write it.
 */
import { crc32, deflateSync } from 'node:zlib';

export const WIDTH = 300;
export const HEIGHT = 420;

/** The rectangles: left, top, right, bottom in pixels of the page, and a colour. */
export const RECTANGLES = [
	{ box: [30, 42, 120, 63], color: [200, 30, 30] },
	{ box: [180, 105, 270, 147], color: [20, 130, 40] },
	{ box: [60, 252, 105, 378], color: [30, 60, 200] },
] as const;

/** The rectangles as polygons, in fractions of the page; with points in different orders, as payloads have them. */
export const POLYGONS = RECTANGLES.map(({ box: [left, top, right, bottom] }, index) => {
	const corners = [
		[left / WIDTH, top / HEIGHT],
		[right / WIDTH, top / HEIGHT],
		[right / WIDTH, bottom / HEIGHT],
		[left / WIDTH, bottom / HEIGHT],
	] as [number, number][];
	const [a, b, c, d] = corners as [[number, number], [number, number], [number, number], [number, number]];
	return [
		[a, b, c, d],
		[d, c, b, a],
		// Crossing itself.
		[a, c, b, d],
	][index] as [number, number][];
});

/** Pixels, three bytes each. */
export interface Raster {
	width: number;
	height: number;
	rgb: Uint8Array;
}

/** The page, each pixel of it `scale` times as wide and high. */
export function pagePixels(scale = 1): Raster {
	const [width, height] = [WIDTH * scale, HEIGHT * scale];
	const rgb = new Uint8Array(3 * width * height).fill(255);
	for (const { box, color } of RECTANGLES) {
		const [left, top, right, bottom] = box.map((edge) => edge * scale) as [number, number, number, number];
		for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) rgb.set(color, 3 * (y * width + x));
	}
	return { width, height, rgb };
}

/** Where the first row and the first column of a stored picture belong, by its orientation: the words of the TIFF and EXIF standards. */
const ORIENTATIONS = [
	['top', 'left'],
	['top', 'right'],
	['bottom', 'right'],
	['bottom', 'left'],
	['left', 'top'],
	['right', 'top'],
	['right', 'bottom'],
	['left', 'bottom'],
] as const;

/** A picture as it is stored to be read upright by an orientation, 1 to 8. */
export function stored({ width, height, rgb }: Raster, orientation: number): Raster {
	const [firstRow, firstColumn] = ORIENTATIONS[orientation - 1] ?? ORIENTATIONS[0];
	const turned = firstRow === 'left' || firstRow === 'right';
	const result: Raster = {
		width: turned ? height : width,
		height: turned ? width : height,
		rgb: new Uint8Array(rgb.length),
	};
	for (let row = 0; row < result.height; row++) {
		for (let column = 0; column < result.width; column++) {
			const along = { top: row, bottom: height - 1 - row, left: row, right: width - 1 - row }[firstRow];
			const across = { left: column, right: width - 1 - column, top: column, bottom: height - 1 - column }[firstColumn];
			const [x, y] = turned ? [along, across] : [across, along];
			const from = 3 * (y * width + x);
			result.rgb.set(rgb.subarray(from, from + 3), 3 * (row * result.width + column));
		}
	}
	return result;
}

/** A PNG file. */
export function png({ width, height, rgb }: Raster): Buffer {
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header.set([8, 2, 0, 0, 0], 8);
	const lines = Buffer.alloc(height * (1 + 3 * width));
	for (let y = 0; y < height; y++) lines.set(rgb.subarray(3 * y * width, 3 * (y + 1) * width), y * (1 + 3 * width) + 1);
	const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
	return Buffer.concat([
		signature,
		chunk('IHDR', header),
		chunk('IDAT', deflateSync(lines)),
		chunk('IEND', Buffer.alloc(0)),
	]);
}

function chunk(type: string, data: Buffer): Buffer {
	const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
	const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
	length.writeUInt32BE(data.length);
	check.writeUInt32BE(crc32(body));
	return Buffer.concat([length, body, check]);
}

/** An uncompressed TIFF file, with an orientation and the pixels of an inch in each direction. */
export function tiff(
	{ width, height, rgb }: Raster,
	orientation: number,
	inch: [x: number, y: number] = [96, 96],
): Buffer {
	const [SHORT, LONG, RATIONAL] = [3, 4, 5];
	const entries: [tag: number, type: number, count: number, value: number][] = [
		[256, LONG, 1, width],
		[257, LONG, 1, height],
		[258, SHORT, 3, 180],
		[259, SHORT, 1, 1],
		[262, SHORT, 1, 2],
		[273, LONG, 1, 200],
		[274, SHORT, 1, orientation],
		[277, SHORT, 1, 3],
		[278, LONG, 1, height],
		[279, LONG, 1, rgb.length],
		[282, RATIONAL, 1, 160],
		[283, RATIONAL, 1, 170],
	];
	const head = Buffer.alloc(200);
	head.write('II*\0', 'latin1');
	head.writeUInt32LE(8, 4);
	head.writeUInt16LE(entries.length, 8);
	entries.forEach(([tag, type, count, value], index) => {
		const at = 10 + 12 * index;
		head.writeUInt16LE(tag, at);
		head.writeUInt16LE(type, at + 2);
		head.writeUInt32LE(count, at + 4);
		head.writeUInt32LE(value, at + 8);
	});
	for (const offset of [180, 182, 184]) head.writeUInt16LE(8, offset);
	inch.forEach((pixels, index) => {
		head.writeUInt32LE(pixels, 160 + 10 * index);
		head.writeUInt32LE(1, 164 + 10 * index);
	});
	return Buffer.concat([head, rgb]);
}

/** A JPEG file with an EXIF orientation put into it. */
export function withOrientation(jpeg: Buffer, orientation: number): Buffer {
	const exif = Buffer.alloc(36);
	exif.writeUInt16BE(0xffe1, 0);
	exif.writeUInt16BE(34, 2);
	exif.write('Exif\0\0MM\0*', 4, 'latin1');
	exif.writeUInt32BE(8, 14);
	exif.writeUInt16BE(1, 18);
	exif.writeUInt16BE(274, 20);
	exif.writeUInt16BE(3, 22);
	exif.writeUInt32BE(1, 24);
	exif.writeUInt16BE(orientation, 28);
	return Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]);
}

/** One page of a PDF. */
export interface PdfPage {
	/** What it says of its rotation; what is drawn is upright all the same. */
	rotate: 0 | 90 | 180 | 270;
	/** Where its box begins. */
	origin?: [x: number, y: number];
	/** How much paper there is around the box that is shown, which is then its `CropBox`. */
	margin?: number;
	/** How many 1/72 inch a unit is. */
	userUnit?: number;
	/** Drawn instead of the rectangles. */
	content?: string;
	/** Entries of the page's resources. */
	resources?: string;
}

/** A PDF file of pages of 300 × 420 units; `more` are objects that resources may name, from number 1 on. */
export function pdf(pages: readonly PdfPage[], more: readonly (string | Buffer)[] = []): Buffer {
	const first = more.length + 3;
	const objects: (string | Buffer)[] = [
		...more,
		`<< /Type /Catalog /Pages ${more.length + 2} 0 R >>`,
		`<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, index) => `${first + 2 * index} 0 R`).join(' ')}] >>`,
	];
	for (const { rotate, origin: [x, y] = [0, 0], margin = 0, userUnit = 1, content, resources = '' } of pages) {
		const sideways = rotate % 180 !== 0;
		const [width, height] = sideways ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT];
		const own = objects.length + 1;
		const [left, bottom] = [x + margin, y + margin];
		const media = [x, y, left + width + margin, bottom + height + margin].join(' ');
		const crop = margin > 0 ? `/CropBox [${[left, bottom, left + width, bottom + height].join(' ')}]` : '';
		const unit = userUnit === 1 ? '' : `/UserUnit ${userUnit}`;
		objects.push(
			`<< /Type /Page /Parent ${more.length + 2} 0 R /MediaBox [${media}] ${crop} ${unit} /Rotate ${rotate} /Contents ${own + 1} 0 R /Resources << ${resources} >> >>`,
			stream('', content ?? `1 0 0 1 ${left} ${bottom} cm\n${RECTANGLES.map((one) => drawn(one, rotate)).join('\n')}`),
		);
	}
	const parts: Buffer[] = [Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
	const offsets: number[] = [];
	let length = parts[0]?.length ?? 0;
	objects.forEach((object, index) => {
		offsets.push(length);
		const part = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), Buffer.from(object), Buffer.from('\nendobj\n')]);
		parts.push(part);
		length += part.length;
	});
	const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
	const trailer = `<< /Size ${objects.length + 1} /Root ${more.length + 1} 0 R >>`;
	parts.push(
		Buffer.from(
			`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n${trailer}\nstartxref\n${length}\n%%EOF\n`,
		),
	);
	return Buffer.concat(parts);
}

/** A stream object. */
export function stream(entries: string, data: string | Buffer): Buffer {
	const bytes = Buffer.from(data);
	return Buffer.concat([
		Buffer.from(`<< ${entries} /Length ${bytes.length} >>\nstream\n`),
		bytes,
		Buffer.from('\nendstream'),
	]);
}

/** A rectangle in a page's own space, so that it is where it belongs once the page is turned. */
function drawn({ box, color }: (typeof RECTANGLES)[number], rotate: PdfPage['rotate']): string {
	const place = (x: number, y: number): [number, number] => {
		switch (rotate) {
			case 0:
				return [x, HEIGHT - y];
			case 90:
				return [y, x];
			case 180:
				return [WIDTH - x, y];
			case 270:
				return [HEIGHT - y, WIDTH - x];
		}
	};
	const [left, top, right, bottom] = box;
	const [a, b] = [place(left, top), place(right, bottom)];
	return `${color.map((part) => part / 255).join(' ')} rg ${a[0]} ${a[1]} ${b[0] - a[0]} ${b[1] - a[1]} re f`;
}
