/**
 * The usual handler: Express and the vendor's own client, as its guide for webhooks shows it. With `--save` the body is written to a
 * file of its own, and the file synced, before the answer; without it nothing is saved.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import express from 'express';
import { product, v2 } from 'mindee';
import { folder, kind, SECRET, serve } from './server.js';

const responseClass = { extraction: product.ExtractionResponse, ocr: product.OcrResponse }[kind];
const saves = process.argv.includes('--save');
let handled = 0;

const app = express();
app.post('/', express.raw({ type: 'application/json', limit: '32mb' }), async (request, response) => {
	const local = new v2.LocalResponse(request.body);
	await local.init();
	if (!local.isValidHmacSignature(SECRET, request.get('X-Signature'))) return response.sendStatus(401);
	const payload = await local.deserializeResponse(responseClass);
	// `flush` is fsync, before the file is closed.
	if (saves) await writeFile(join(folder, `${payload.inference.id}.json`), request.body, { flush: true });
	handled += 1;
	response.json({ outcome: 'saved' });
});

serve(app, async () => ({ handled, faults: 0 }));
