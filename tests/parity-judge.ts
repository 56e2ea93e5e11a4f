/** The one question of the parity tests: does the package agree with `JSON.parse` about a body? */
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { type Field, type Fields, type Issue, type Payload, safeParsePayload } from 'mindhook';

/** As wide as they go, and every issue is listed: what is left over is what `JSON.parse` says too. */
export const WIDE = { depth: 2048, fields: 2 ** 32 - 1, keyLength: 2 ** 30, issues: 100_000 };

const decoder = new TextDecoder('utf-8', { fatal: true });

type Expected = { value: unknown } | { thrown: unknown };

/** What `JSON.parse` says about the text of a body; a byte order mark is taken away, as the decoder does with bytes. */
export function expectation(body: Uint8Array | string): Expected {
	try {
		const text = typeof body === 'string' ? body.replace(/^\ufeff/, '') : decoder.decode(body);
		return { value: JSON.parse(text) };
	} catch (thrown) {
		return { thrown };
	}
}

/**
 * Fails unless the package and `JSON.parse` agree; gives what the package said: `payload`, `refused` (JSON, but no payload), `limited` or the
 * code of the syntax error.
 */
export function agree(body: Uint8Array | string): string {
	const expected = expectation(body);
	const result = safeParsePayload(body, { limits: WIDE });
	const issues = result.ok ? result.payload.warnings : result.issues;
	const errors = issues.filter(({ severity }) => severity === 'error');
	assert.equal(result.ok, errors.length === 0);
	const limit = errors.find(({ code }) => code.startsWith('limit.'));
	if (limit) {
		assert.equal(limit.code, 'limit.depth');
		return 'limited';
	}
	const fault = errors.find(({ code }) => !code.startsWith('payload.'));
	if ('thrown' in expected) {
		assert.ok(fault && /^json\./.test(fault.code), `JSON.parse says ${expected.thrown}, the package ${fault?.code}`);
		assert.equal(issues.length, 1);
		if (typeof body !== 'string') placeOfFault(body, fault);
		return fault.code;
	}
	assert.equal(fault, undefined, `JSON.parse takes it, the package says ${fault?.code} at ${fault?.offset}`);
	if (typeof body !== 'string') secondReading(body, issues);
	if (!result.ok) return 'refused';
	sameValues(result.payload, expected.value);
	return 'payload';
}

/** No fault lies behind the first byte that is not UTF-8. */
function placeOfFault(body: Uint8Array, { code, offset }: Issue): void {
	if (isUtf8(body)) {
		assert.notEqual(code, 'json.invalid_utf8');
	} else if (code === 'json.invalid_utf8') {
		assert.ok(
			isUtf8(body.subarray(0, offset)) && !isUtf8(body.subarray(0, offset + 4)),
			`0x${body[offset]?.toString(16)} at ${offset}`,
		);
	} else if (code === 'json.unexpected_end') {
		// All but a character that was cut off.
		assert.ok(
			[1, 2, 3].some((cut) => isUtf8(body.subarray(0, body.length - cut))),
			'cut off',
		);
	} else {
		assert.ok(isUtf8(body.subarray(0, offset)), `${code} at ${offset}, behind what is not UTF-8`);
	}
}

/** A byte order mark calls for the thorough reading; it must say what was said without one, three bytes further on. */
function secondReading(body: Uint8Array, issues: readonly Issue[]): void {
	if (body[0] === 0xef) return;
	const marked = new Uint8Array(body.length + 3);
	marked.set([0xef, 0xbb, 0xbf]);
	marked.set(body, 3);
	const result = safeParsePayload(marked, { limits: WIDE });
	const found = result.ok ? result.payload.warnings : result.issues;
	const shown = ({ code, pointer, offset, length }: Issue, by: number): string =>
		`${code} ${pointer} ${offset - by}+${length}`;
	assert.deepEqual(
		found.filter(({ code }) => code !== 'json.bom').map((issue) => shown(issue, 3)),
		issues.map((issue) => shown(issue, 0)),
	);
	assert.equal(found[0]?.code, 'json.bom');
}

/** Every way to read a payload gives what `JSON.parse` gave. */
export function sameValues(payload: Payload, value: unknown): void {
	assert.deepStrictEqual(payload.data, value);
	const all = [...pointers(value)];
	// Each is looked up from the start: of many a sample is taken, another one for each size.
	const step = Math.max(1, Math.floor(all.length / 40));
	for (let index = all.length % step; index < all.length; index += step) {
		const [pointer, there] = all[index] as [string, unknown];
		assert.deepStrictEqual(payload.get(pointer), there, pointer);
	}
	assert.equal(payload.get('/no such key/0'), undefined);
	const { inference, inference_id, job, file_name } = value as Record<string, Record<string, Record<string, unknown>>>;
	assert.equal(payload.inferenceId, inference?.id ?? inference_id ?? null);
	assert.equal(payload.jobId, inference?.job?.id ?? job?.id ?? null);
	assert.equal(payload.fileName, inference?.file?.name ?? job?.filename ?? file_name ?? null);
	if (payload.kind === 'extraction') sameFields(payload.fields, inference?.result?.fields as Record<string, Data>);
	if (payload.kind === 'ocr') {
		const pages = inference?.result?.pages as { content: string; words: { content: string; polygon: unknown }[] }[];
		assert.equal(payload.pages.length, pages.length);
		for (const [index, page] of payload.pages.entries()) {
			assert.equal(page.content, pages[index]?.content);
			const words = page.words.map(({ content, polygon }) => [content, polygon]);
			assert.deepStrictEqual(
				words,
				pages[index]?.words.map(({ content, polygon }) => [content, polygon]),
			);
		}
	}
}

/** A field as `JSON.parse` gives it. */
export type Data = {
	value?: unknown;
	fields?: Record<string, Data>;
	items?: Data[];
	confidence?: unknown;
	locations?: unknown;
};

function sameFields(fields: Fields, data: Record<string, Data>): void {
	const names = Object.keys(data);
	assert.equal(fields.size, names.length);
	assert.deepEqual(new Set(fields.keys()), new Set(names));
	assert.equal(fields.get('no such field'), undefined);
	for (const name of names) {
		assert.ok(fields.has(name));
		sameField(fields.get(name) as Field, data[name] as Data);
	}
}

function sameField(field: Field, data: Data): void {
	assert.equal(field.confidence, data.confidence ?? null);
	assert.deepStrictEqual([...field.locations], data.locations ?? []);
	if (field.kind === 'object') {
		sameFields(field.fields, data.fields as Record<string, Data>);
		return;
	}
	if (field.kind === 'list') {
		assert.equal(field.items.length, data.items?.length);
		for (const [index, item] of field.items.entries()) sameField(item, data.items?.[index] as Data);
		return;
	}
	assert.ok(Object.is(field.value, data.value), `${String(field.value)} is not ${String(data.value)}`);
	// The text of anything but a string is how it is written.
	if (typeof data.value === 'string') assert.equal(field.text, data.value);
	else assert.ok(Object.is(JSON.parse(field.text), data.value), field.text);
}

/** Every RFC 6901 pointer into a value, with the value there. */
export function* pointers(value: unknown, at = ''): Generator<[string, unknown]> {
	yield [at, value];
	if (typeof value !== 'object' || value === null) return;
	for (const key of Object.keys(value)) {
		yield* pointers(
			(value as Record<string, unknown>)[key],
			`${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
		);
	}
}

const ID = '0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a10';

/** Payloads with a hole for JSON: an unknown key's value, a field's value, the fields, a file's name. */
export const holes: Record<string, (json: string) => string> = {
	'the value of an unknown key': (json) => extraction('{}', `,"more":${json}`),
	'the value of a field': (json) => extraction(`{"total":{"value":${json}}}`),
	'the fields': (json) => extraction(json),
	'the name of a field': (json) => extraction(`{${json}:{"value":1}}`),
	'the item of a list': (json) => extraction(`{"a":{"items":[${json},{"value":${json}}]}}`),
	'the name of the file': (json) =>
		`{"inference_id":"${ID}","model_id":"${ID}","file_name":${json},"created_at":null,"error":null}`,
	'the words of a page': (json) =>
		inference(`{"pages":[{"content":${json},"words":[{"content":${json},"polygon":[]}]}]}`),
};

export const extraction = (fields: string, more?: string): string => inference(`{"fields":${fields}}`, more);

const inference = (result: string, more = ''): string =>
	`{"inference":{"id":"${ID}","job":{"id":"${ID}"},"model":{"id":"${ID}"},"file":{"name":"a.pdf","alias":null,"page_count":1,
"mime_type":"application/pdf"},"result":${result},"active_options":{"raw_text":false,"polygon":false,"confidence":true,"rag":false,
"text_context":false,"data_schema":{"replace":false}}${more}}}`;
