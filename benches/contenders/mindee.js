/**
 * The vendor's own client: `LocalResponse`, as its guide for webhooks shows it. The body is given as a Buffer: for a string the client
 * would first look for a file of that name.
 */
import { product, v2 } from 'mindee';
import { ofConfidence, ofValue } from '../reading.js?of=mindee';

export const title = 'official client';

const classes = { extraction: product.ExtractionResponse, ocr: product.OcrResponse };

export async function check(body, kind) {
	const response = new v2.LocalResponse(body);
	await response.init();
	return response.deserializeResponse(classes[kind]);
}
export const objects = check;

export async function webhook(body, signature, secret, kind) {
	const response = new v2.LocalResponse(body);
	await response.init();
	if (!response.isValidHmacSignature(secret, signature)) throw new Error('The signature is wrong.');
	return read(await response.deserializeResponse(classes[kind]));
}

/** The sum of `readPlain`, from the client's classes. */
export function read({ inference: { result } }) {
	if (result.fields) return ofFields(result.fields);
	let sum = 0;
	for (const page of result.pages) sum += page.content.length;
	return sum;
}

function ofFields(fields) {
	let sum = 0;
	for (const [name, field] of fields) sum += name.length + ofField(field);
	return sum;
}

function ofField(field) {
	let sum = ofConfidence(field.confidence);
	if (field.value !== undefined) sum += ofValue(field.value);
	else if (field.fields) sum += ofFields(field.fields);
	else for (const item of field.items) sum += ofField(item);
	return sum;
}
