/**
 * `npm run bench:linearity`: is the time in proportion to the size, whatever the body holds? Each family of bodies is made at n, 2n, 4n …
 * bytes and read through the built package; the table gives milliseconds of processor time per megabyte, which must not grow by more than noise.
 *
 * Options: `--sizes=1,2,4` (megabytes), `--family=word` (those whose name has the word), `--json`, `--docs` (write the table into
 * docs/limits.md). Ends with code 1 when something else is said about a body than its family expects.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parsePayload, safeParsePayload, webhookIdsFromText } from 'mindhook';

const MB = 1_000_000;
const ID = '0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a10';
const OPTIONS =
	'"active_options":{"raw_text":false,"polygon":false,"confidence":true,"rag":false,"text_context":false,"data_schema":{"replace":false}}';

const inference = (result, more = '') =>
	`{"inference":{"id":"${ID}","job":{"id":"${ID}"},"model":{"id":"${ID}"},"file":{"name":"a.pdf","alias":null,"page_count":1,"mime_type":"application/pdf"},"result":${result},${OPTIONS}${more}}}`;
const ofFields = (fields) => inference(`{"fields":{${fields}}}`);
const ofUnknown = (json) => inference('{"fields":{}}', `,"more":${json}`);
const ofWords = (words) => inference(`{"pages":[{"content":"","words":[${words}]}]}`);

/** `part` as often as fits into `size`, comma-separated. */
const repeated = (part, size) =>
	Array(Math.max(1, Math.floor(size / (part.length + 1))))
		.fill(part)
		.join();
/** What `part` makes of 0, 1, 2 …, until `size` is reached, comma-separated. */
function counted(part, size) {
	const parts = [];
	for (let length = 0; length < size; length += parts.at(-1).length + 1) parts.push(part(parts.length));
	return parts.join();
}
const nested = (open, inner, close, depth) => open.repeat(depth) + inner + close.repeat(depth);
const simple = '{"value":1}';
const many = { limits: { fields: 2 ** 32 - 1 } };
/** The longest keys that can be allowed have 4 MB: as many of them as fit. */
const longKeys = { limits: { keyLength: 2 ** 22 } };
const enormousKeys = (part, size) =>
	Array.from(
		{ length: Math.ceil(size / 4_000_000) },
		(_, index) => `${part.repeat(Math.min(size, 4_000_000) / part.length)}${index}`,
	);
const longKey = (seed) => String(seed).padEnd(60_000, 'k');
/** `inner` within objects of the longest keys and the greatest depth. */
const deepBelowLongKeys = (inner, size) => {
	const depth = Math.min(400, Math.floor(size / 2 / 60_000));
	let text = inner(size - depth * 60_010);
	for (let level = 0; level < depth; level++) text = `{"${longKey(level)}":${text}}`;
	return ofUnknown(text);
};
const hundredFaults = repeated('{"value":[]}', 1299).replaceAll(
	/\{/g,
	() => `"a${Math.random().toString(36).slice(2)}":{`,
);

/**
 * name: [body of about `size` bytes, the worst that is said about it (`''`: nothing), options].
 *
 * What is *refused by a limit* stops early; all else is read to its end.
 */
const families = {
	'arrays as deep as allowed': [
		(size) => ofUnknown(`[${repeated(nested('[', '', ']', 500), size)}]`),
		'payload.unknown_key',
	],
	'objects as deep as allowed': [
		(size) => ofUnknown(`[${repeated(nested('{"a":', '1', '}', 500), size)}]`),
		'payload.unknown_key',
	],
	'fields as deep as allowed': [
		(size) => ofFields(counted((index) => `"f${index}":${nested('{"fields":{"a":', simple, '}}', 250)}`, size)),
		'',
		many,
	],
	'lists as deep as allowed': [
		(size) => ofFields(counted((index) => `"f${index}":${nested('{"items":[', simple, ']}', 250)}`, size)),
		'',
		many,
	],
	'depth bomb of arrays': [(size) => '['.repeat(size), 'limit.depth'],
	'depth bomb of objects': [(size) => '{"a":'.repeat(size / 5), 'limit.depth'],
	'depth bomb of fields, below a large text': [
		(size) =>
			ofFields(`"t":{"value":"${'x'.repeat(size * 0.9)}"},"a":${nested('{"fields":{"a":', simple, '}}', size / 200)}`),
		'limit.depth',
	],
	'closing brackets': [(size) => `[${']'.repeat(size)}`, 'json.trailing_data'],
	'field bomb': [
		(size) => ofFields(counted((index) => `"f${index}":${simple}`, Math.max(size, 24 * MB))),
		'limit.fields',
	],
	'fields at one level': [(size) => ofFields(counted((index) => `"f${index}":${simple}`, size)), '', many],
	'items of one list': [(size) => ofFields(`"a":{"items":[${repeated(simple, size)}]}`), '', many],
	'the same field name': [(size) => ofFields(repeated(`"a":${simple}`, size)), 'json.duplicate_key', many],
	'every field name twice': [
		(size) => ofFields(counted((index) => `"f${index >> 1}":${simple}`, size)),
		'json.duplicate_key',
		many,
	],
	'the same unknown key': [(size) => ofUnknown(`{${repeated('"a":1', size)}}`), 'json.duplicate_key'],
	'unusual field names': [
		(size) => ofFields(counted((index) => `"F${index}":${simple}`, size)),
		'payload.field_name',
		many,
	],
	'escaped field names': [(size) => ofFields(counted((index) => `"f\\u0061${index}":${simple}`, size)), '', many],
	'unknown keys in one object': [
		(size) => ofUnknown(`1,${counted((index) => `"k${index}":1`, size)}`),
		'payload.unknown_key',
	],
	'keys in one unknown object': [
		(size) => ofUnknown(`{${counted((index) => `"k${index}":1`, size)}}`),
		'payload.unknown_key',
	],
	'long keys that begin alike': [
		(size) => ofUnknown(`{${counted((index) => `"${'k'.repeat(60_000)}${index}":1`, size)}}`),
		'payload.unknown_key',
	],
	'escaped long keys that begin alike': [
		(size) => ofUnknown(`{${counted((index) => `"${'\\u006b'.repeat(10_000)}${index}":1`, size)}}`),
		'payload.unknown_key',
	],
	'unknown top-level keys': [(size) => `{${counted((index) => `"inferenc${index}":1`, size)}}`, 'payload.unknown_kind'],
	'a key beyond its limit': [(size) => ofUnknown(`{"${'k'.repeat(size)}":1}`), 'limit.key_length'],
	'enormous keys, allowed': [
		(size) => ofUnknown(`{${enormousKeys('k', size).map((key) => `"${key}":[1e999,1e999]`)}}`),
		'payload.unknown_key',
		longKeys,
	],
	'misspelt keys of fields': [
		(size) => ofFields(counted((index) => `"f${index}":{"valeu":1,"confidance":null,"locatoins":null}`, size)),
		'payload.field_shape',
		many,
	],
	'misspelt keys of locations': [
		(size) => ofFields(`"a":{"value":1,"locations":[${repeated('{"paeg":0,"poligon":[]}', size)}]}`),
		'payload.missing_key',
	],
	'misspelt keys in one field': [
		(size) => ofFields(`"a":{${counted((index) => `"locatio${index % 89}":1`, size)}}`),
		'payload.field_shape',
	],
	'misspelt keys of webhooks': [
		(size) =>
			`{"job":{"id":"${ID}","webhooks":[${repeated('{"di":"","craeted_at":"","statsu":"","erorr":null,"attemps_count":1}', size)}]}}`,
		'payload.missing_key',
	],
	'misspelt confidences': [
		(size) => ofFields(`"a":{"items":[${repeated('{"value":1,"confidence":"Hgih"}', size)}]}`),
		'payload.unknown_confidence',
		many,
	],
	'wrong types': [(size) => ofFields(counted((index) => `"f${index}":${index}`, size)), 'payload.wrong_type', many],
	'wrong points': [
		(size) => ofFields(`"a":{"value":1,"locations":[{"page":0,"polygon":[${repeated('[1,2,3]', size)}]}]}`),
		'payload.point',
	],
	'one endless point': [
		(size) => ofFields(`"a":{"value":1,"locations":[{"page":0,"polygon":[[${repeated('9', size)}]]}]}`),
		'payload.point',
	],
	'far coordinates': [
		(size) => ofFields(`"a":{"value":1,"locations":[{"page":0,"polygon":[${repeated('[9,9]', size)}]}]}`),
		'payload.coordinate',
	],
	'one endless page range': [
		(size) => inference(`{"splits":[{"page_range":[${repeated('-1', size)}],"document_type":"a"}]}`),
		'payload.wrong_type',
	],
	'chained responses': [
		(size) =>
			inference(
				`{"crops":[${repeated(`{"object_type":"a","location":{"page":0,"polygon":[]},"extraction_response":${ofFields(`"a":${simple}`)}}`, size)}]}`,
			),
		'',
	],
	'responses chained twice': [
		(size) =>
			inference(
				`{"crops":[${repeated(`{"object_type":"a","location":{"page":0,"polygon":[]},"extraction_response":${inference(`{"crops":[{"object_type":"a","location":{"page":0,"polygon":[]},"extraction_response":null}]}`)}}`, size)}]}`,
			),
		'payload.unknown_kind',
	],
	'one long text': [(size) => ofFields(`"a":{"value":"${'x'.repeat(size)}"}`), ''],
	'a text of characters of 4 bytes': [(size) => ofFields(`"a":{"value":"${'\u{1f600}'.repeat(size / 4)}"}`), ''],
	'a text of short escapes': [(size) => ofFields(`"a":{"value":"${'\\n'.repeat(size / 2)}"}`), ''],
	'a text of \\u escapes': [(size) => ofFields(`"a":{"value":"${'\\ud83d\\ude00'.repeat(size / 12)}"}`), ''],
	'a text of lone surrogates': [
		(size) => ofFields(`"a":{"value":"${'\\ud83d'.repeat(size / 6)}"}`),
		'json.lone_surrogate',
	],
	'keys of lone surrogates': [
		(size) => ofUnknown(`{${enormousKeys('\\ud83d', size).map((key) => `"${key}":1`)}}`),
		'json.lone_surrogate',
		longKeys,
	],
	'a text that is not closed': [
		(size) => ofFields(`"a":{"value":"${'x'.repeat(size)}`).slice(0, size),
		'json.unexpected_end',
	],
	'one long number': [(size) => ofFields(`"a":{"value":${'9'.repeat(size)}}`), 'json.number_overflow'],
	'one long fraction': [(size) => ofFields(`"a":{"value":0.${'3'.repeat(size)}}`), ''],
	'one long exponent': [(size) => ofFields(`"a":{"value":1e${'9'.repeat(size)}}`), 'json.number_overflow'],
	'leading zeros of a page count': [
		(size) => ofFields('').replace('"page_count":1', `"page_count":0.${'0'.repeat(size)}1e${size + 1}`),
		'',
	],
	'a long ID': [(size) => ofFields('').replace(ID, 'x'.repeat(size)), 'payload.id_not_a_uuid'],
	'unsafe integers': [(size) => ofUnknown(`[${repeated('9007199254740993', size)}]`), 'json.unsafe_integer'],
	'infinite numbers': [(size) => ofUnknown(`[${repeated('1e999', size)}]`), 'json.number_overflow'],
	'infinite numbers below the longest pointer': [
		(size) => deepBelowLongKeys((rest) => `[${repeated('1e999', rest)}]`, size),
		'json.number_overflow',
	],
	'equal keys below the longest pointer': [
		(size) => deepBelowLongKeys((rest) => `{${repeated('"a":1', rest)}}`, size),
		'json.duplicate_key',
	],
	'empty objects': [(size) => ofUnknown(`[${repeated('{}', size)}]`), 'payload.unknown_key'],
	'empty arrays': [(size) => ofUnknown(`[${repeated('[]', size)}]`), 'payload.unknown_key'],
	'objects of one key': [(size) => ofUnknown(`[${repeated('{"a":1}', size)}]`), 'payload.unknown_key'],
	'line breaks, then a hundred issues': [
		(size) => ofFields(`${'\n'.repeat(size)}${hundredFaults}`),
		'payload.wrong_type',
	],
	'one line, then a hundred issues': [(size) => ofFields(`${' '.repeat(size)}${hundredFaults}`), 'payload.wrong_type'],
	'nothing but white space': [(size) => ' '.repeat(size), 'json.empty'],
	'the last bracket is missing': [
		(size) => ofFields(counted((index) => `"f${index}":${simple}`, size)).slice(0, -1),
		'json.unexpected_end',
		many,
	],
	'something behind the end': [
		(size) => `${ofFields(counted((index) => `"f${index}":${simple}`, size))}}`,
		'json.trailing_data',
		many,
	],
	'a byte that is not UTF-8 at the end': [
		(size) => Buffer.concat([Buffer.from(`[${repeated('1', size)}`), Buffer.of(0xff)]),
		'json.invalid_utf8',
	],
	'words of OCR': [
		(size) => ofWords(repeated('{"content":"word","polygon":[[0.1,0.2],[0.3,0.2],[0.3,0.4],[0.1,0.4]]}', size)),
		'',
	],
	'empty pages of OCR': [(size) => inference(`{"pages":[${repeated('{"content":"","words":[]}', size)}]}`), ''],
	'a string body of backslashes and half a pair': [
		(size) => ofFields(`"a":{"value":"${'\\'.repeat(2 * Math.floor(size / 2))}\ud800"}`),
		'json.lone_surrogate',
		{ text: true },
	],
	'a string body of halves': [
		(size) => ofFields(`"a":{"value":"${'\udc00'.repeat(size / 3)}"}`),
		'json.lone_surrogate',
		{ text: true },
	],
	'every field through the view': [
		(size) => ofFields(counted((index) => `"f${index}":{"items":[{"fields":{"a":{"value":"x"}}}]}`, size)),
		'',
		{ ...many, use: readFields },
	],
	'get(pointer) of the last value': [
		(size) => ofFields(`${counted((index) => `"f${index}":${simple}`, size)},"last":${simple}`),
		'',
		{ ...many, use: (payload) => payload.get('/inference/result/fields/last/value') },
	],
	'IDs as a list': [(size) => repeated(ID, size), 'webhook_ids.', { ids: true }],
	'IDs of which every one is wrong': [
		(size) => repeated('0e2c1b7a-6f0a-4d55-9d3e-0b8f6f1f2a1g', size),
		'webhook_ids.',
		{ ids: true },
	],
	'commas for IDs': [(size) => ','.repeat(size), 'webhook_ids', { ids: true }],
	'brackets for IDs': [(size) => '['.repeat(size), 'webhook_ids', { ids: true }],
	'quotes for IDs': [(size) => `["${'\\"'.repeat(size / 2)}"]`, 'webhook_ids', { ids: true }],
};

function readFields(payload) {
	const visit = (fields) => {
		for (const [, field] of fields) {
			if (field.kind === 'simple') void field.value;
			else if (field.kind === 'object') visit(field.fields);
			else for (const item of field.items) if (item.kind === 'object') visit(item.fields);
		}
	};
	visit(payload.fields);
}

/** Collects what making a body left behind, so that it is not counted as reading it. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** Milliseconds of this process, on all processors: what others do meanwhile is not counted. */
const processorTime = () => {
	const { user, system } = process.cpuUsage();
	return (user + system) / 1000;
};

/** Milliseconds for one body, the best of a few, and the worst that was said about it. */
function measure([make, , options = {}], size) {
	const text = make(size);
	const body = options.text || options.ids || typeof text !== 'string' ? text : new TextEncoder().encode(text);
	const bytes = Buffer.byteLength(text);
	let best = Number.POSITIVE_INFINITY;
	let said = '';
	const until = performance.now() + 300;
	for (let run = 0; run < 5 && (run < 2 || performance.now() < until); run++) {
		collectGarbage();
		const begin = processorTime();
		if (options.ids) {
			said = webhookIdsFromText(body).issues[0]?.code ?? '';
		} else {
			const result = safeParsePayload(body, { limits: options.limits });
			if (result.ok) options.use?.(result.payload);
			// The worst first: a notice may stand before the error.
			const issues = result.ok ? result.payload.warnings : result.issues;
			said = (issues.find(({ severity }) => severity === 'error') ?? issues[0])?.code ?? '';
		}
		best = Math.min(best, processorTime() - begin);
	}
	return { bytes, milliseconds: best, said };
}

const cell = (value) => (value < 0.1 ? value.toFixed(3) : value < 10 ? value.toFixed(2) : value.toFixed(1));

function table(rows, sizes) {
	const head = ['family', 'the worst that is said', ...sizes.map((size) => `${size} MB`)];
	const lines = rows.map(({ name, runs }) => [
		name,
		runs[0].said ? `\`${runs[0].said}\`` : '—',
		...runs.map((run) => cell(run.perMegabyte)),
	]);
	const rule = head.map((_, index) => (index < 2 ? '---' : '---:'));
	return [head, rule, ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const option = (name) => process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
	const sizes = (option('sizes') ?? '1,2,4,8,16,32,64').split(',').map(Number);
	if (sizes.some((size) => !(size > 0))) throw new RangeError('--sizes=1,2,4: megabytes');
	// The machine warms up on something else.
	parsePayload(ofFields(`"a":${simple}`));
	const rows = [];
	for (const name of Object.keys(families).filter((each) => each.includes(option('family') ?? ''))) {
		const row = { name, expected: families[name][1], runs: [] };
		rows.push(row);
		for (const size of sizes) {
			const run = measure(families[name], size * MB);
			row.runs.push({ ...run, perMegabyte: (run.milliseconds / run.bytes) * MB });
		}
		if (!process.argv.includes('--json')) {
			const last = row.runs.map((run) => cell(run.perMegabyte).padStart(7)).join(' ');
			process.stderr.write(`${last} ms/MB  ${name}\n`);
		}
	}
	if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(rows)}\n`);
	else process.stdout.write(`\n${table(rows, sizes)}\n`);
	for (const { name, expected, runs } of rows) {
		for (const { said, bytes } of runs) {
			if (said.startsWith(expected) && (expected !== '') === (said !== '')) continue;
			process.stderr.write(`${name}: '${said}' is said about ${bytes} bytes, not '${expected}'\n`);
			process.exitCode = 1;
		}
	}
	if (process.argv.includes('--docs')) {
		const page = join(fileURLToPath(import.meta.url), '../../docs/limits.md');
		const [before, , after] = readFileSync(page, 'utf8').split(/(<!-- table -->\n[\s\S]*<!-- end of table -->)/);
		const about = `Milliseconds of processor time per megabyte; Node ${process.versions.node}, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}.`;
		writeFileSync(page, `${before}<!-- table -->\n${about}\n\n${table(rows, sizes)}\n<!-- end of table -->${after}`);
	}
}
