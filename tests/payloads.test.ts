/** Every payload fixture through the package, as a user gets it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Field, type Fields, PayloadError, parsePayload, safeParsePayload } from 'mindhook';
import { type Data, pointers } from './parity-judge.js';
import { brokenPayloads, issueDifferences, validPayloads } from './payload-fixtures.js';

/** What `JSON.parse` makes of the same bytes; the decoder takes a byte order mark away. */
const parsed = (body: Uint8Array): unknown => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));

test('every valid payload has the expected kind, IDs and warnings', () => {
	const fixtures = validPayloads();
	assert.ok(fixtures.length > 100, `${fixtures.length} fixtures`);
	for (const { name, body, expected } of fixtures) {
		const payload = parsePayload(body);
		const { kind, inferenceId, modelId, jobId, fileName, alias, warnings } = payload;
		const { warnings: expectedWarnings, ...rest } = expected;
		assert.deepEqual({ kind, inferenceId, modelId, jobId, fileName, alias }, rest, name);
		assert.deepEqual(issueDifferences(expectedWarnings, warnings), [], name);
		assert.equal(payload.raw, body, name);
	}
});

test('data is what JSON.parse gives, for every valid payload', () => {
	for (const { name, body } of validPayloads()) assert.deepStrictEqual(parsePayload(body).data, parsed(body), name);
});

test('get(pointer) gives every value of every valid payload, without data', () => {
	for (const { name, body, expected } of validPayloads()) {
		const payload = parsePayload(body);
		const whole = parsed(body);
		// Of the dense pages a sample is enough: there are 20,000 pointers.
		const all = [...pointers(whole)];
		const step = all.length > 2000 ? 97 : 1;
		for (let index = 0; index < all.length; index += step) {
			const [pointer, value] = all[index] as [string, unknown];
			// A pointer cannot hold half a surrogate pair twice over; names like that are looked up by fields.get.
			assert.deepStrictEqual(payload.get(pointer), value, `${name} ${pointer}`);
		}
		assert.equal(payload.get('/no/such/thing'), undefined, name);
		assert.equal(payload.kind, expected.kind);
	}
});

/** A field as plain data, read through the typed view only. */
function plain(field: Field): unknown {
	const { confidence, locations } = field;
	switch (field.kind) {
		case 'simple':
			return { value: field.value, confidence, locations };
		case 'object':
			return { fields: plainFields(field.fields), confidence, locations };
		case 'list':
			return { items: field.items.map(plain), confidence, locations };
	}
}

const plainFields = (fields: Fields): [string, unknown][] => [...fields].map(([name, field]) => [name, plain(field)]);

/** The same from `JSON.parse`'s data; absent confidence and locations read as `null` and `[]`. */
function plainData(data: Data): unknown {
	const common = { confidence: data.confidence ?? null, locations: data.locations ?? [] };
	if (data.fields) return { fields: plainDataFields(data.fields), ...common };
	if (data.items) return { items: data.items.map(plainData), ...common };
	return { value: data.value, ...common };
}

const plainDataFields = (fields: Record<string, Data>): [string, unknown][] =>
	Object.keys(fields).map((name) => [name, plainData(fields[name] as Data)]);

test('fields read from the bytes are the fields of data', () => {
	let count = 0;
	for (const { name, body } of validPayloads()) {
		const payload = parsePayload(body);
		if (payload.kind !== 'extraction') continue;
		count++;
		const { inference } = parsed(body) as { inference: { result: { fields: Record<string, Data> } } };
		const byName = new Map(plainFields(payload.fields));
		assert.deepStrictEqual(byName, new Map(plainDataFields(inference.result.fields)), name);
		assert.equal(payload.fields.size, byName.size, name);
		for (const key of byName.keys()) {
			assert.ok(payload.fields.has(key), `${name} ${key}`);
			assert.deepStrictEqual(plain(payload.fields.get(key) as Field), byName.get(key), `${name} ${key}`);
		}
		assert.equal(payload.fields.get('no such field'), undefined);
	}
	assert.ok(count > 20, `${count} extractions`);
});

test('pages and words read from the bytes are those of data', () => {
	let count = 0;
	for (const { name, body } of validPayloads()) {
		const payload = parsePayload(body);
		if (payload.kind !== 'ocr') continue;
		count++;
		const { inference } = parsed(body) as { inference: { result: { pages: { content: string; words: object[] }[] } } };
		const pages = payload.pages.map((page) => ({
			content: page.content,
			words: page.words.map(({ content, polygon }) => ({ content, polygon })),
		}));
		const expected = inference.result.pages.map(({ content, words }) => ({
			content,
			words: (words as { content: string; polygon: unknown }[]).map(({ content, polygon }) => ({ content, polygon })),
		}));
		assert.deepStrictEqual(pages, expected, name);
	}
	assert.ok(count > 3, `${count} OCR payloads`);
});

test('every broken payload is refused with exactly the expected issues', () => {
	const fixtures = brokenPayloads();
	assert.ok(fixtures.length > 400, `${fixtures.length} fixtures`);
	for (const { name, body, expected } of fixtures) {
		const result = safeParsePayload(body);
		assert.equal(result.ok, false, name);
		if (result.ok) continue;
		assert.deepEqual(issueDifferences(expected.issues, result.issues), [], name);
		assert.throws(
			() => parsePayload(body),
			(error) => error instanceof PayloadError && error.issues.length === result.issues.length,
			name,
		);
		for (const issue of result.issues) assert.ok(issue.message && issue.help, `${name} ${issue.code}`);
	}
});
