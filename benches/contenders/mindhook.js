/** This project. */
import { parsePayload, safeParsePayload, validateWebhookIds, verifySignature } from 'mindhook';
import { ofConfidence, ofValue } from '../reading.js?of=mindhook';

export const title = 'mindhook';

export function check(body) {
	const result = safeParsePayload(body);
	if (!result.ok) throw new Error(result.issues[0].message);
	return result.payload;
}

export const objects = (body) => parsePayload(body).data;

/** Verifies, checks and reads. */
export function webhook(body, signature, secret) {
	if (!verifySignature(body, signature, secret)) throw new Error('The signature is wrong.');
	return read(check(body));
}

/** The sum of `readPlain`, from the bytes. */
export function read(payload) {
	if (payload.kind === 'extraction') return ofFields(payload.fields);
	let sum = 0;
	for (const page of payload.pages) sum += page.content.length;
	return sum;
}

function ofFields(fields) {
	let sum = 0;
	for (const [name, field] of fields) sum += name.length + ofField(field);
	return sum;
}

function ofField(field) {
	let sum = ofConfidence(field.confidence);
	if (field.kind === 'simple') sum += ofValue(field.value);
	else if (field.kind === 'object') sum += ofFields(field.fields);
	else for (const item of field.items) sum += ofField(item);
	return sum;
}

export function checkIds(list) {
	const { ok, ids } = validateWebhookIds(list);
	if (!ok) throw new Error('an ID is wrong');
	return ids;
}
