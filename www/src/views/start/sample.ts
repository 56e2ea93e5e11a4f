/**
 * The sample: an invoice that is drawn on the spot, and the payload that a reading of it would give. Every number, text and place of
 * the payload is what was drawn.
 */
import type { Confidence } from '../../../../pkg/src/core/types.js';

/** The sheet, in pixels. */
const WIDTH = 1000;
const HEIGHT = 1414;
const FONT = '"Helvetica Neue", Arial, "Liberation Sans", sans-serif';
const ID = '5b1c0f0e-7a52-4a3e-9c1d-2f6b8e4d7a10';

/** What is sold: a description, how many, and what one costs in cents. */
const ITEMS = [
	['Recycled paper, A4, 500 sheets', 12, 495],
	['Archive boxes, grey', 4, 1150],
	['Ink, dark green, 50 ml', 3, 1290],
	['Brass paper clips, 100', 2, 310],
] as const;
const TAX_PERCENT = 19;

type Place = { page: number; polygon: [number, number][] };
type Draw = (
	text: string,
	x: number,
	y: number,
	look?: { size?: number; bold?: boolean; pale?: boolean; right?: boolean },
) => Place;

/** The payload and its document. */
export async function sampleFiles(): Promise<File[]> {
	const canvas = document.createElement('canvas');
	canvas.width = WIDTH;
	canvas.height = HEIGHT;
	const context = canvas.getContext('2d');
	if (!context) return [];
	context.fillStyle = '#fff';
	context.fillRect(0, 0, WIDTH, HEIGHT);
	const texts: string[] = [];
	const payload = drawInvoice(pen(context, texts), line(context), texts);
	const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
	const body = new File([payload], 'sample-invoice.json', { type: 'application/json' });
	return picture ? [body, new File([picture], 'sample-invoice.png', { type: 'image/png' })] : [body];
}

/** Draws text and says where: the box that its glyphs fill. */
function pen(context: CanvasRenderingContext2D, texts: string[]): Draw {
	return (text, x, y, { size = 20, bold = false, pale = false, right = false } = {}) => {
		context.font = `${bold ? '600 ' : ''}${size}px ${FONT}`;
		context.fillStyle = pale ? '#8d9a9c' : '#1d2425';
		context.textAlign = right ? 'right' : 'left';
		context.fillText(text, x, y);
		texts.push(text);
		const box = context.measureText(text);
		const left = (x - box.actualBoundingBoxLeft - 3) / WIDTH;
		const end = (x + box.actualBoundingBoxRight + 3) / WIDTH;
		const top = (y - box.actualBoundingBoxAscent - 3) / HEIGHT;
		const bottom = (y + box.actualBoundingBoxDescent + 3) / HEIGHT;
		const corners = [left, top, end, bottom].map((part) => Math.round(part * 1e5) / 1e5) as [
			number,
			number,
			number,
			number,
		];
		const [x0, y0, x1, y1] = corners;
		return {
			page: 0,
			polygon: [
				[x0, y0],
				[x1, y0],
				[x1, y1],
				[x0, y1],
			],
		};
	};
}

function line(context: CanvasRenderingContext2D) {
	return (y: number) => {
		context.fillStyle = '#c9cdc8';
		context.fillRect(90, y, WIDTH - 180, 1.5);
	};
}

function drawInvoice(draw: Draw, rule: (y: number) => void, texts: string[]): string {
	const supplier = draw('Alder & Finch Stationery', 90, 130, { size: 34, bold: true });
	const street = draw('7 Imaginary Lane', 90, 168);
	const city = draw('Eastmere', 90, 196);
	draw('INVOICE', 910, 130, { size: 28, right: true, pale: true });
	draw('Bill to', 90, 300, { size: 16, pale: true });
	const customer = draw('Harbour Light Bakery', 90, 330, { size: 22 });
	const label = (text: string, y: number) => draw(text, 620, y, { size: 16, pale: true });
	label('Invoice no.', 300);
	const number = draw('AF-2026-0147', 910, 300, { right: true });
	label('Date', 334);
	const date = draw('3 November 2026', 910, 334, { right: true });
	label('Due', 368);
	const due = draw('3 December 2026', 910, 368, { right: true });
	label('Your order', 402);
	const order = draw('PO 77-?1', 910, 402, { right: true, pale: true });

	const header = 500;
	rule(header - 30);
	draw('Description', 90, header, { size: 16, pale: true });
	draw('Qty', 600, header, { size: 16, right: true, pale: true });
	draw('Unit price', 750, header, { size: 16, right: true, pale: true });
	draw('Amount', 910, header, { size: 16, right: true, pale: true });
	rule(header + 16);
	const items = ITEMS.map(([description, quantity, cents], index) => {
		const y = header + 58 + index * 42;
		const amount = quantity * cents;
		return {
			fields: {
				description: field(description, 'Certain', draw(description, 90, y)),
				quantity: field(quantity, 'Certain', draw(String(quantity), 600, y, { right: true })),
				unit_price: field(written(cents), 'High', draw(money(cents), 750, y, { right: true })),
				total_price: field(
					written(amount),
					index === 2 ? 'Medium' : 'High',
					draw(money(amount), 910, y, { right: true }),
				),
			},
		};
	});
	const net = ITEMS.reduce((sum, [, quantity, cents]) => sum + quantity * cents, 0);
	const tax = Math.round((net * TAX_PERCENT) / 100);
	const y = header + 58 + ITEMS.length * 42 + 30;
	rule(y - 30);
	draw('Net', 620, y + 10, { size: 18 });
	const netPlace = draw(money(net), 910, y + 10, { right: true });
	draw(`VAT ${TAX_PERCENT} %`, 620, y + 46, { size: 18 });
	const taxPlace = draw(money(tax), 910, y + 46, { right: true });
	rule(y + 66);
	draw('Total EUR', 620, y + 104, { size: 22, bold: true });
	const total = draw(money(net + tax), 910, y + 104, { size: 24, bold: true, right: true });
	const again = draw(`Please pay ${money(net + tax)} EUR by 3 December 2026.`, 90, y + 190, { size: 18 });
	draw('Made up by this page: no such firms, no such debt.', 90, HEIGHT - 90, { size: 15, pale: true });

	const body = {
		inference: {
			id: ID,
			job: { id: ID.replace('5b1c', '6c2d') },
			model: { id: ID.replace('5b1c', '7d3e') },
			file: { name: 'sample-invoice.png', alias: 'sample', page_count: 1, mime_type: 'image/png' },
			result: {
				fields: {
					supplier_name: field('Alder & Finch Stationery', 'Certain', supplier),
					supplier_address: {
						fields: { street: field('7 Imaginary Lane', 'High', street), city: field('Eastmere', 'High', city) },
					},
					customer_name: field('Harbour Light Bakery', 'Certain', customer),
					invoice_number: field('AF-2026-0147', 'Certain', number),
					date: field('2026-11-03', 'Certain', date),
					due_date: field('2026-12-03', 'High', due, again),
					purchase_order: field('PO 77-71', 'Low', order),
					currency: field('EUR', 'High'),
					line_items: { items },
					total_net: field(written(net), 'Certain', netPlace),
					total_tax: field(written(tax), 'High', taxPlace),
					total_amount: field(written(net + tax), 'Certain', total, again),
				},
				raw_text: { pages: [{ content: texts.join('\n') }] },
			},
			active_options: {
				raw_text: true,
				polygon: true,
				confidence: true,
				rag: false,
				text_context: false,
				data_schema: { replace: false },
			},
		},
	};
	// Amounts are written with their two places, as no number of JavaScript is.
	return `${JSON.stringify(body, null, 2).replace(/"amount:([\d.]+)"/g, '$1')}\n`;
}

function field(value: string | number, confidence: Confidence, ...locations: Place[]) {
	return { value, confidence, locations };
}

function money(cents: number): string {
	return (cents / 100).toFixed(2);
}

function written(cents: number): string {
	return `amount:${money(cents)}`;
}
