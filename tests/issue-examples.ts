/** One example for each issue code: an input that causes it, from the fixtures where there is one. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Issue, type Limits, safeParsePayload, validateWebhookIds, webhookIdsFromText } from 'mindhook';
import { render } from '../pkg/src/cli/excerpt.js';

const COLUMNS = 80;
const rooms = 'input|core|webhook_ids|json|limit|payload';

/** Every code of the core's table and of docs/issues.md, which is written from it and from the examples. */
export function documentedCodes(): string[] {
	const table = readFileSync('src/issue.rs', 'utf8').match(
		new RegExp(`(?<=^ +[A-Z]\\w+ ")(${rooms})\\.[a-z0-9_]+(?=" [A-Z])`, 'gm'),
	);
	const page = readFileSync('docs/issues.md', 'utf8').match(new RegExp(`(?<=\`)(${rooms})\\.[a-z0-9_]+(?=\`)`, 'g'));
	return [...new Set([...(table ?? []), ...(page ?? [])])];
}

/** Fixtures under tests/fixtures/payloads whose issue is shown. */
const payloads: Record<string, string> = {
	'json.empty': 'broken/json/empty-file',
	'json.unexpected_end': 'broken/json/truncated-after-a-comma',
	'json.unexpected_character': 'broken/json/comment-in-a-block',
	'json.trailing_data': 'broken/json/trailing-brace',
	'json.invalid_number': 'broken/json/number-leading-zero-before-a-fraction',
	'json.invalid_escape': 'broken/json/escape-digit-that-is-no-hexadecimal',
	'json.control_character': 'broken/json/control-character-carriage-return',
	'json.invalid_utf8': 'broken/json/utf8-ff',
	'json.bom': 'valid/extraction/byte-order-mark',
	'json.duplicate_key': 'valid/extraction/duplicate-keys-the-last-one-counts',
	'json.unsafe_integer': 'valid/extraction/integers-beyond-2-to-the-53',
	'json.number_overflow': 'valid/extraction/number-overflow',
	'json.lone_surrogate': 'valid/extraction/lone-surrogates',
	'payload.not_an_object': 'broken/kind/top-level-array',
	'payload.v1': 'broken/kind/v1',
	'payload.unknown_kind': 'broken/kind/error-without-code',
	'payload.ambiguous_kind': 'broken/kind/result-fields-and-pages',
	'payload.missing_key': 'broken/classification/document-type-missing',
	'payload.wrong_type': 'broken/crop/object-type-number',
	'payload.unknown_key': 'valid/split/unknown-keys',
	'payload.unknown_confidence': 'broken/extraction/confidence-lower-case',
	'payload.unknown_status': 'broken/job/status-lower-case',
	'payload.field_shape': 'broken/extraction/field-without-value-fields-items',
	'payload.ambiguous_field': 'broken/extraction/field-value-and-items',
	'payload.field_name': 'valid/extraction/field-names-with-other-characters',
	'payload.not_an_integer': 'broken/inference/file-page-count-one-and-a-half',
	'payload.out_of_range': 'broken/extraction/location-page-negative',
	'payload.point': 'broken/ocr/word-point-string',
	'payload.coordinate': 'valid/extraction/coordinates-far-outside',
	'payload.timestamp': 'broken/failure/created-at-in-words',
	'payload.id_not_a_uuid': 'valid/extraction/ids-not-uuids',
};

/** Fixtures under tests/fixtures/limits. */
const limits: Record<string, string> = {
	'limit.bytes': 'bytes',
	'limit.depth': 'depth',
	'limit.fields': 'fields',
	'limit.key_length': 'key-length',
	'limit.issues': 'issues',
};

/** Cases of tests/fixtures/webhook_ids.json, by form and name. Lists are shown as the JSON text that gives them. */
const idLists: Record<string, string> = {
	'webhook_ids.not_a_list': 'text: a JSON object',
	'webhook_ids.empty_list': 'text: an empty array',
	'webhook_ids.syntax': 'text: a missing closing bracket',
	'webhook_ids.not_a_string': 'text: JSON null in the array',
	'webhook_ids.empty_id': 'text: a comma at the end',
	'webhook_ids.not_a_uuid': "list: 'g' among the digits",
	'webhook_ids.wrong_length': 'list: one digit too many',
	'webhook_ids.nil': 'text: the nil UUID in text',
	'webhook_ids.max': 'list: the max UUID',
	'webhook_ids.wrong_variant': 'list: variant digit c',
	'webhook_ids.wrong_version': 'text: a fault in a JSON array over lines',
	'webhook_ids.spelling': 'text: a braced UUID is no JSON object',
	'webhook_ids.white_space': "text: white space within JSON quotes is the entry's own",
	'webhook_ids.duplicate': 'text: duplicates in text',
};

const MAX_ENTRIES = 1_000_000;
const unreadable = new Proxy([], {
	get(_, name) {
		throw new Error(`no ${String(name)}`);
	},
});

/** What no file can cause: the call that does, and its issue. */
const calls: Record<string, () => { call: string; issue: Issue | undefined }> = {
	'input.not_bytes': () => ({
		call: 'safeParsePayload(await request.json())',
		issue: issuesOf({ inference: {} } as unknown as string)[0],
	}),
	'core.unavailable': () => ({
		call: "safeParsePayload(body), in a page without 'wasm-unsafe-eval'",
		issue: withoutWasm(),
	}),
	'webhook_ids.bare_string': () => {
		const id = '9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b';
		return { call: `validateWebhookIds('${id}')`, issue: validateWebhookIds(id).issues[0] };
	},
	'webhook_ids.unreadable': () => ({
		call: "validateWebhookIds(new Proxy([], { get(_, name) { throw new Error('no ' + name) } }))",
		issue: validateWebhookIds(unreadable).issues[0],
	}),
	'webhook_ids.too_many': () => ({
		call: "validateWebhookIds(Array(1_000_001).fill('…'))",
		issue: validateWebhookIds(new Array(MAX_ENTRIES + 1).fill('…')).issues[0],
	}),
};

/** What cannot be caused from outside at all; `tests/self-healing.test.ts` stops a core that is made for it. */
const unseen: Record<string, string> = {
	'core.stopped':
		"safeParsePayload(body)\n// { ok: false, issues: [{ code: 'core.stopped', … }] }; the next call works",
};

/** The issues of a body, whether it is refused or not. */
export function issuesOf(body: Uint8Array | string, limits?: Limits): Issue[] {
	const result = safeParsePayload(body, limits ? { limits } : undefined);
	return result.ok ? result.payload.warnings : result.issues;
}

function withoutWasm(): Issue {
	const script = `
		delete globalThis.WebAssembly;
		const { safeParsePayload } = await import('mindhook');
		console.log(JSON.stringify(safeParsePayload('{}').issues[0]));`;
	const args = ['--input-type=module', '--eval', script];
	return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Issue;
}

interface IdCase {
	name: string;
	form: string;
	input: unknown;
}

/** The example of a code as text, for docs/issues.md; `undefined` when there is none. */
export function exampleOf(code: string): string | undefined {
	if (unseen[code]) return `${unseen[code]}\n`;
	const make = calls[code];
	if (make) {
		const { call, issue } = make();
		return issue?.code === code ? `${call}\n\n${shown(issue, '', 'input')}` : undefined;
	}
	if (limits[code]) {
		const path = `tests/fixtures/limits/${limits[code]}`;
		const body = readFileSync(`${path}.json`);
		const { limits: given } = JSON.parse(readFileSync(`${path}.expected.json`, 'utf8')) as { limits: Limits };
		const [[name, limit] = ['', 0]] = Object.entries(given);
		const issue = issuesOf(body, given).find((issue) => issue.code === code);
		return (
			issue &&
			`safeParsePayload(body, { limits: { ${name}: ${limit} } })\n\n${shown(issue, body, `${limits[code]}.json`)}`
		);
	}
	if (idLists[code]) {
		const table = JSON.parse(readFileSync('tests/fixtures/webhook_ids.json', 'utf8')) as IdCase[];
		const found = table.find(({ form, name }) => `${form}: ${name}` === idLists[code]);
		const text = found?.form === 'text' ? (found.input as string) : JSON.stringify(found?.input);
		const issue = webhookIdsFromText(text ?? '').issues.find((issue) => issue.code === code);
		return issue && shown(issue, text, 'ids.txt');
	}
	const body = readFileSync(`tests/fixtures/payloads/${payloads[code]}.json`);
	const issue = issuesOf(body).find((issue) => issue.code === code);
	return issue && shown(issue, body, `${basename(payloads[code] ?? '')}.json`);
}

const shown = (issue: Issue, input: Uint8Array | string, file: string): string =>
	`${render(issue, Buffer.from(input), { width: COLUMNS, file })}\n`;
