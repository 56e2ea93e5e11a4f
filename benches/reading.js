/**
 * What the webhook job reads of plain objects: name, value and confidence of every field, and the text of every page. The answer is a
 * number, so that no engine can leave the reading out and so that all contenders can be shown to have read the same.
 *
 * Each contender imports this file under a query of its own (`reading.js?of=ajv`): an engine keeps what it learnt of objects with the
 * function, and one contender's objects shall not spoil another's reading.
 */

/** Reads `data`, the parsed body. */
export function readPlain(data) {
	const { result } = data.inference;
	if (result.fields) return ofFields(result.fields);
	let sum = 0;
	for (const page of result.pages) sum += page.content.length;
	return sum;
}

function ofFields(fields) {
	let sum = 0;
	for (const name in fields) sum += name.length + ofField(fields[name]);
	return sum;
}

function ofField(field) {
	let sum = ofConfidence(field.confidence);
	if (field.value !== undefined) sum += ofValue(field.value);
	else if (field.fields) sum += ofFields(field.fields);
	else for (const item of field.items) sum += ofField(item);
	return sum;
}

/** What a confidence adds to the sum; absent and null are the same. */
export const ofConfidence = (confidence) => (confidence ? confidence.length : 0);

/** What a value adds to the sum. */
export function ofValue(value) {
	if (typeof value === 'string') return value.length;
	if (typeof value === 'number') return value;
	return value === true ? 1 : 0;
}
