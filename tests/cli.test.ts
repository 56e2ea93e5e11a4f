/** `mindhook` on the command line, as it is called: real processes, pipes and exit codes. */
import assert from 'node:assert/strict';
import { type SpawnSyncOptionsWithStringEncoding, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'node:test';

const CLI = resolve('pkg/dist/cli/index.js');
const VALID = 'tests/fixtures/payloads/valid';
const BROKEN = 'tests/fixtures/payloads/broken';
const INVOICE = `${VALID}/extraction/invoice-indented.json`;
const LOWER_CASE = `${BROKEN}/extraction/confidence-lower-case.json`;

const A = '9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b';
const B = '0b5a3c9e-1d2f-4a6b-9c8d-7e6f5a4b3c2d';

interface Outcome {
	code: number | null;
	out: string;
	err: string;
}

interface World {
	input?: string | Uint8Array;
	env?: NodeJS.ProcessEnv;
	cwd?: string;
	/** Options of Node itself. */
	node?: string[];
}

/** No colour settings and no secret of whoever runs the tests. */
const bare = { PATH: process.env.PATH };

function mindhook(args: string[], { input = '', env = {}, cwd = '.', node = [] }: World = {}): Outcome {
	const options: SpawnSyncOptionsWithStringEncoding = { input, cwd, env: { ...bare, ...env }, encoding: 'utf8' };
	const { status, stdout, stderr } = spawnSync(process.execPath, [...node, CLI, ...args], options);
	return { code: status, out: stdout, err: stderr };
}

/** Runs a line of shell; `mindhook` is the command. */
function shell(line: string, env: NodeJS.ProcessEnv = {}): Outcome {
	const script = `set -o pipefail; mindhook() { "${process.execPath}" "${CLI}" "$@"; }; ${line}`;
	const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], {
		env: { ...bare, ...env },
		encoding: 'utf8',
	});
	return { code: status, out: stdout, err: stderr };
}

function inFolder(files: Record<string, string | Uint8Array>, work: (folder: string) => void): void {
	const folder = mkdtempSync(join(tmpdir(), 'mindhook-cli-'));
	try {
		for (const [name, content] of Object.entries(files)) {
			mkdirSync(join(folder, name, '..'), { recursive: true });
			writeFileSync(join(folder, name), content);
		}
		work(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

const pending = readFileSync(`${VALID}/job/pending.json`);
const broken = readFileSync(LOWER_CASE);

const COMMANDS = [
	'listen',
	...['list', 'show', 'export', 'replay', 'retry', 'prune', 'stats', 'check'].map((name) => `inbox ${name}`),
	...['check', 'show', 'view', 'ids', 'sign', 'verify'],
];

test('help: alone, by option and by command, with examples and exit codes', () => {
	const overview = mindhook([]);
	assert.equal(overview.code, 0);
	assert.equal(overview.err, '');
	for (const args of [['--help'], ['-h'], ['help'], ['help', 'help']]) assert.deepEqual(mindhook(args), overview);
	const ofInbox = mindhook(['inbox']);
	assert.deepEqual([ofInbox.code, ofInbox.err], [0, '']);
	for (const args of [
		['inbox', '--help'],
		['inbox', 'help'],
		['help', 'inbox'],
	])
		assert.deepEqual(mindhook(args), ofInbox);
	for (const command of COMMANDS) {
		const words = command.split(' ');
		assert.match((words.length > 1 ? ofInbox : overview).out, new RegExp(`^ {2}${words.at(-1)} `, 'm'));
		const help = mindhook(['help', ...words]);
		assert.equal(help.code, 0);
		assert.match(help.out, new RegExp(`^Usage: mindhook ${command} `));
		assert.match(help.out, /^Examples:\n {2}\S/m);
		assert.match(help.out, /^Exit codes:\n {2}0 {2}\S.*\n {2}1 {2}\S.*\n {2}2 {2}\S.*\n {2}3 {2}\S/m);
		assert.ok(help.out.split('\n').every((line) => line.length <= 80));
		assert.deepEqual(mindhook([...words, '--help']), help);
	}
});

test('--version is the version of the package', () => {
	const { version } = JSON.parse(readFileSync('pkg/package.json', 'utf8')) as { version: string };
	assert.deepEqual(mindhook(['--version']), { code: 0, out: `${version}\n`, err: '' });
});

test('docs/cli.md says of each command what its help says', () => {
	const page = readFileSync('docs/cli.md', 'utf8');
	let expected = page;
	for (const command of COMMANDS) {
		const block = new RegExp(`(?<=\`\`\`text\n)Usage: mindhook ${command} [^]*?(?=\`\`\`)`);
		assert.match(page, block);
		const { out } = mindhook(['help', ...command.split(' ')]);
		expected = expected.replace(block, () => out);
	}
	if (process.env.MINDHOOK_WRITE_DOCS) writeFileSync('docs/cli.md', expected);
	else assert.equal(page, expected, 'MINDHOOK_WRITE_DOCS=1 npm test -- cli.test writes the page anew');
});

test('a wrong command or option ends with 2 and says what was meant', () => {
	for (const [args, message] of [
		[['chekc'], 'There is no command chekc. Did you mean `mindhook check`?'],
		[['constructor'], 'There is no command constructor. See `mindhook --help`.'],
		[['--helo'], 'There is no option --helo. Did you mean `mindhook --help`?'],
		[['inbox', 'lst'], 'There is no command inbox lst. Did you mean `mindhook inbox list`?'],
		[['inbox', 'constructor'], 'There is no command inbox constructor. See `mindhook inbox --help`.'],
		[['help', 'veryfi'], 'There is no command veryfi. Did you mean `mindhook verify`?'],
		[['check', '--jsno', INVOICE], '`mindhook check` has no option --jsno. Did you mean --json?'],
		[['check', '-x', INVOICE], '`mindhook check` has no option -x. See `mindhook help check`.'],
		[['check', '--json=yes', INVOICE], '--json takes no value.'],
		[['verify', INVOICE, '--signature'], '--signature needs a value: --signature=HEX'],
		[['verify', '--signature', '--secret=x', INVOICE], '--signature needs a value: --signature=HEX'],
		[['verify', '--signature=a', '--signature=b', INVOICE], '--signature is given twice.'],
		[['check'], 'Check what? Name files or folders, or - for the standard input.'],
		[['check', '-', '-'], 'The standard input can be read only once.'],
		[['show'], 'Show what? Name a file, or - for the standard input.'],
		[['show', INVOICE, '/a', '/b'], 'One file and one pointer can be shown at a time.'],
		[['show', '--json', '--csv', INVOICE], 'Give --json or --csv, not both.'],
		[['show', INVOICE, 'inference/id'], 'Did you mean /inference/id?'],
		[['show', 'tests'], 'tests is a folder, not a file.'],
		[['ids'], 'Which IDs? mindhook ids TEXT, or - for the standard input.'],
		[['ids', '-', A], '- stands alone'],
		[['sign'], 'Which file? mindhook sign FILE, or - for the standard input.'],
		[['sign', INVOICE, INVOICE], '`mindhook sign` takes one file, not 2.'],
		[['verify', INVOICE], 'Which signature?'],
	] as const) {
		const { code, out, err } = mindhook([...args]);
		assert.equal(code, 2, args.join(' '));
		assert.equal(out, '');
		assert.ok(err.startsWith('mindhook: ') && err.includes(message), `${args.join(' ')}: ${err}`);
	}
});

test('check: a fine file ends with 0 and one line', () => {
	assert.deepEqual(mindhook(['check', INVOICE]), { code: 0, out: `${INVOICE}: fine (extraction)\n`, err: '' });
	assert.deepEqual(mindhook(['check', '-'], { input: pending }), { code: 0, out: '<stdin>: fine (job)\n', err: '' });
});

test('check: every fault of a file is shown in its place, and the end is 1', () => {
	assert.deepEqual(mindhook(['check', LOWER_CASE]), {
		code: 1,
		err: '',
		out: `error payload.unknown_confidence: expected Certain, High, Medium, Low or null,
  found the string "certain"
  --> ${LOWER_CASE}:11:25
   |
11 |           "confidence": "certain",
   |                         ^^^^^^^^^
   = at /inference/result/fields/total/confidence
   = help: Did you mean "Certain"?

${LOWER_CASE}: at fault, 1 error
`,
	});
	const several = mindhook(['check', `${BROKEN}/several/extraction-of-many-faults.json`]);
	const { issues } = JSON.parse(readFileSync(`${BROKEN}/several/extraction-of-many-faults.expected.json`, 'utf8')) as {
		issues: unknown[];
	};
	assert.equal(several.out.match(/^ +-->/gm)?.length, issues.length);
});

test('check --strict: a warning is a fault, a notice is not', () => {
	const [warned, noticed] = [`${VALID}/extraction/byte-order-mark.json`, `${VALID}/split/unknown-keys.json`];
	assert.equal(mindhook(['check', warned]).code, 0);
	const strict = mindhook(['check', '--strict', warned]);
	assert.equal(strict.code, 1);
	assert.match(strict.out, /: at fault \(extraction\), 1 warning, 1 notice \(with --strict, warnings are faults\)\n$/);
	assert.equal(mindhook(['check', '--strict', noticed]).code, 0);
	const json = JSON.parse(mindhook(['check', '--strict', '--json', warned]).out);
	assert.deepEqual([json.ok, json.strict, json.files[0].ok, json.files[0].kind], [false, true, false, 'extraction']);
	assert.equal(json.files[0].issues[0].severity, 'warning');
});

test('check --json: one document with each file and a summary', () => {
	const files = [INVOICE, LOWER_CASE, 'no-such.json'];
	const { code, out, err } = mindhook(['check', '--json', ...files]);
	assert.equal(code, 3, 'a file that cannot be read outweighs a fault');
	assert.equal(err, '');
	const json = JSON.parse(out);
	assert.deepEqual(Object.keys(json), ['files', 'summary', 'strict', 'ok']);
	assert.deepEqual(json.summary, { files: 3, fine: 1, atFault: 1, unreadable: 1, errors: 1, warnings: 0, notices: 0 });
	assert.deepEqual(
		json.files.map(({ file, ok, kind }: { file: string; ok: boolean; kind: unknown }) => [file, ok, kind]),
		[
			[INVOICE, true, 'extraction'],
			[LOWER_CASE, false, null],
			['no-such.json', false, null],
		],
	);
	const { issues } = json.files[1];
	assert.deepEqual([issues[0].code, issues[0].offset, issues[0].length], ['payload.unknown_confidence', 412, 9]);
	assert.match(json.files[2].unreadable, /there is no such file/);
	assert.deepEqual(JSON.parse(mindhook(['check', '--json', '-'], { input: pending }).out).files[0].file, '-');
});

test('check: folders, patterns and several files, each file once', () => {
	const files = {
		'a.json': pending,
		'b.txt': pending,
		'deep/c.json': pending,
		'deep/er/d.json': broken,
		'.hidden/e.json': broken,
		'node_modules/f.json': broken,
		'[x].json': pending,
		'empty/readme.md': '',
	};
	inFolder(files, (cwd) => {
		const found = (...args: string[]): string[] => {
			const { out, err } = mindhook(['check', '--json', ...args], { cwd });
			assert.equal(err, '', args.join(' '));
			return JSON.parse(out).files.map(({ file }: { file: string }) => file);
		};
		symlinkSync('..', join(cwd, 'deep/circle'));
		assert.deepEqual(found('.'), ['[x].json', 'a.json', 'deep/c.json', 'deep/er/d.json']);
		assert.deepEqual(found('deep/', 'deep/c.json', './deep/c.json'), ['deep/c.json', 'deep/er/d.json']);
		assert.deepEqual(found('b.txt', 'a.json'), ['b.txt', 'a.json']);
		assert.deepEqual(found('*.json'), ['[x].json', 'a.json']);
		assert.deepEqual(found('[x].json'), ['[x].json'], 'a file with this very name comes first');
		assert.deepEqual(found('[a-c].*'), ['a.json', 'b.txt']);
		assert.deepEqual(found('[!b].*'), ['a.json']);
		assert.deepEqual(found('{b,a}.{json,txt}'), ['a.json', 'b.txt']);
		assert.deepEqual(found('**/*.json'), ['[x].json', 'a.json', 'deep/c.json', 'deep/er/d.json']);
		assert.deepEqual(found('deep/**/?.json'), ['deep/c.json', 'deep/er/d.json']);
		assert.deepEqual(found('.hid*/*'), ['.hidden/e.json']);
		for (const [word, message] of [
			['empty', 'There is no *.json file in empty.'],
			['*.xml', 'No file matches *.xml.'],
			['nothing/**', 'No file matches nothing/**.'],
		] as const) {
			assert.deepEqual(mindhook(['check', word], { cwd }), { code: 2, out: '', err: `mindhook: ${message}\n` });
		}
		assert.match(mindhook(['check', '.'], { cwd }).out, /\n4 files: 3 fine, 1 at fault, 1 error\n$/);
		assert.match(mindhook(['check', '*.json'], { cwd }).out, /^2 files: all fine \(2 job\)\n$/);
		const some = mindhook(['check', 'a.json', 'gone.json'], { cwd });
		assert.deepEqual(some, {
			code: 3,
			out: '2 files: 1 fine, 1 unreadable\n',
			err: 'mindhook: cannot read gone.json: there is no such file\n',
		});
	});
});

test('show: the fields of an extraction as a table, whole where there is no terminal', () => {
	const { code, out, err } = mindhook(['show', INVOICE]);
	assert.deepEqual([code, err], [0, '']);
	assert.match(out, /^kind {7}extraction\nfile {7}Rechnung_00417\.pdf\n/);
	assert.match(out, /\nfield +value +confidence +page\n/);
	assert.match(out, /\nlocale\n {2}country +CH +High\n/);
	assert.match(out, /\ntotal_amount +228\.79 +Certain +1\n/);
	assert.doesNotMatch(out, / +\n/, 'no blanks at line ends');
	// Numbers as they are written.
	assert.match(mindhook(['show', `${VALID}/extraction/numbers-as-written.json`]).out, /\none_point_ten +1\.10\n/);
});

test('show: every valid fixture in every form', () => {
	for (const [kind, name] of [
		['classification', 'chained-extraction-response'],
		['crop', 'chained-one-null-one-present'],
		['error', '422-with-two-errors'],
		['extraction', 'fields-empty'],
		['extraction', 'field-names-of-object-prototype'],
		['failure', 'with-alias'],
		['job', 'processed-two-endpoints-one-with-an-error'],
		['ocr', 'dense-three-pages-minified'],
		['ocr', 'no-page'],
		['split', 'chained-extraction-responses'],
	]) {
		const path = `${VALID}/${kind}/${name}.json`;
		const body = JSON.parse(readFileSync(path, 'utf8')) as unknown;
		const table = mindhook(['show', path]);
		assert.equal(table.code, 0, table.err);
		assert.ok(table.out.startsWith(`kind       ${kind}\n`));
		const json = JSON.parse(mindhook(['show', '--json', path]).out);
		assert.equal(json.kind, kind);
		const rows = mindhook(['show', '--csv', path]).out.trimEnd();
		assert.ok(rows.startsWith('pointer,name,value,text,confidence,page'), path);
		for (const { pointer, value } of json.fields as { pointer: string; value: unknown }[]) {
			let at = body;
			for (const step of pointer.split('/').slice(1)) at = (at as Record<string, unknown>)[step];
			const plain = typeof at === 'object' && at !== null && 'value' in at ? at.value : at;
			// A crop or a split is shown by its class, a page by its text.
			if (value !== null && typeof plain !== 'object') assert.deepEqual(value, plain, `${path} ${pointer}`);
			assert.ok(rows.includes(`\n${pointer},`), `${path} ${pointer}`);
		}
	}
});

test('show --csv: one row a field, formulas are made harmless', () => {
	const fields = {
		'=name': { value: '=1+1' },
		minus: { value: -12.5, confidence: 'High' },
		'a,b': { value: 'x"y\nz' },
	};
	const result = mindhook(['show', '--csv', '-'], { input: extraction(fields) });
	assert.equal(
		result.out,
		`pointer,name,value,text,confidence,page
/inference/result/fields/=name,'=name,'=1+1,'=1+1,,
/inference/result/fields/minus,minus,-12.5,-12.5,High,
"/inference/result/fields/a,b","a,b","x""y
z","x""y
z",,
`,
	);
	assert.match(result.err, /^mindhook: 2 warnings: `mindhook check` shows them\n$/);
});

function extraction(fields: unknown): string {
	const uuid = '64abcf17-cbee-4807-802a-485aff3ac52e';
	const file = { name: 'a.pdf', alias: null, page_count: 1, mime_type: 'application/pdf' };
	const off = { raw_text: false, polygon: false, confidence: false, rag: false, text_context: false };
	return JSON.stringify({
		inference: {
			id: uuid,
			job: { id: uuid },
			model: { id: uuid },
			file,
			result: { fields },
			active_options: { ...off, data_schema: { replace: false } },
		},
	});
}

test('show POINTER: a field with all in it, or a value as it is', () => {
	const at = (pointer: string, ...options: string[]): string => mindhook(['show', ...options, INVOICE, pointer]).out;
	assert.equal(at('/inference/file/name'), 'Rechnung_00417.pdf\n');
	assert.equal(at('/inference/file/page_count'), '2\n');
	const numbers = `${VALID}/extraction/numbers-as-written.json`;
	const { out } = mindhook(['show', numbers, '/inference/result/fields/one_point_ten/value']);
	assert.equal(out, '1.10\n', 'as it is written');
	assert.match(at('/inference/result/fields/locale'), /^field +value +confidence\nlocale\n {2}country +CH +High\n/);
	assert.deepEqual(JSON.parse(at('/inference/result/fields/locale', '--json')).fields.length, 4);
	assert.deepEqual(JSON.parse(at('/inference/file', '--json')).name, 'Rechnung_00417.pdf');
	assert.equal(at('/inference/result/fields/total_amount', '--csv').split('\n').length, 3);
	assert.deepEqual(mindhook(['show', INVOICE, '/inference/result/fields/totl']), {
		code: 1,
		out: '',
		err: `mindhook: There is nothing at /inference/result/fields/totl. At /inference/result/fields are: document_type, invoice_number, date, due_date, locale, supplier_name, supplier_address, supplier_company_registration, customer_name, purchase_orders, line_items, taxes, ….\n`,
	});
});

test('show: a broken payload shows its faults on stderr, as JSON on stdout, and ends with 1', () => {
	const { code, out, err } = mindhook(['show', LOWER_CASE]);
	assert.deepEqual([code, out], [1, '']);
	assert.match(err, /^error payload\.unknown_confidence: /);
	const json = JSON.parse(mindhook(['show', '--json', LOWER_CASE]).out);
	assert.deepEqual([json.ok, json.issues[0].code], [false, 'payload.unknown_confidence']);
});

test('ids: each entry with its verdict, the faults in their places, the wire form', () => {
	assert.deepEqual(mindhook(['ids', `[${A}, ${B}]`]), {
		code: 0,
		out: `ok       ${A}\nok       ${B}\nwebhook_ids=${A},${B}\n`,
		err: '',
	});
	assert.equal(mindhook(['ids', A, B]).out, mindhook(['ids', '-'], { input: `${A}\n${B}\n` }).out);
	const { code, out } = mindhook(['ids', `${A.toUpperCase()},${A.replace('1a', '1g')},{${B}},${A}`]);
	assert.equal(code, 1);
	const [first, second, third, fourth, empty] = out.split('\n');
	assert.equal(first, `ok       ${A}`);
	assert.match(second as string, /^error {4}entry 1: 'g' at character 6/);
	assert.match(third as string, new RegExp(`^warning {2}${B} \\(entry 2 is spelt in braces`));
	assert.match(fourth as string, /^warning {2}entry 3 repeats entry 0/);
	assert.equal(empty, '');
	assert.equal(out.match(/^ +-->/gm)?.length, 3);
	assert.doesNotMatch(out, /webhook_ids=/, 'no wire form of a list with an error');
	const json = JSON.parse(mindhook(['ids', '--json', A]).out);
	assert.deepEqual(json, { ok: true, ids: [A], issues: [], wire: A });
	const bad = mindhook(['ids', '--json', 'production']);
	assert.deepEqual([bad.code, JSON.parse(bad.out).wire], [1, null]);
	assert.match(mindhook(['ids', '']).out, /\nnotice webhook_ids\.empty_list: .*\nwebhook_ids=\n$/s);
	assert.equal(mindhook(['ids', '-'], { input: ','.repeat(300) }).code, 1);
});

/** RFC 4231, test case 2. */
const RFC = {
	body: 'what do ya want for nothing?',
	secret: 'Jefe',
	signature: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
};

test('sign and verify: the secret from the environment or from a file', () => {
	const env = { MINDEE_WEBHOOK_SECRET: RFC.secret };
	assert.deepEqual(mindhook(['sign', '-'], { input: RFC.body, env }), { code: 0, out: `${RFC.signature}\n`, err: '' });
	const verify = ['verify', '--signature', RFC.signature, '-'];
	assert.deepEqual(mindhook(verify, { input: RFC.body, env }), {
		code: 0,
		out: '<stdin>: the signature fits\n',
		err: '',
	});
	assert.equal(mindhook(verify, { input: `${RFC.body}!`, env }).code, 1);
	inFolder(
		{ lf: 'Jefe\n', crlf: 'Jefe\r\n', bare: 'Jefe', two: 'Jefe\n\n', empty: '\n', latin: Buffer.of(0xe9) },
		(cwd) => {
			const signed = (name: string): Outcome =>
				mindhook(['sign', '--secret-file', name, '-'], { input: RFC.body, cwd });
			for (const name of ['lf', 'crlf', 'bare']) assert.equal(signed(name).out, `${RFC.signature}\n`, name);
			assert.notEqual(signed('two').out, `${RFC.signature}\n`, 'one line break only');
			assert.deepEqual([signed('empty').code, signed('latin').code, signed('gone').code], [2, 2, 3]);
		},
	);
	assert.equal(mindhook(['sign', '--secret-file', '-', INVOICE]).code, 2);
});

test('sign: without a secret there is no signature; one in an argument is warned of', () => {
	const none = mindhook(['sign', INVOICE]);
	assert.deepEqual([none.code, none.out], [2, '']);
	assert.match(none.err, /Set MINDEE_WEBHOOK_SECRET, or give --secret-file PATH/);
	assert.equal(mindhook(['sign', INVOICE], { env: { MINDEE_WEBHOOK_SECRET: '' } }).code, 2);
	assert.equal(mindhook(['sign', '--secret=', INVOICE]).code, 2);
	assert.equal(mindhook(['sign', '--secret=a', '--secret-file=b', INVOICE]).code, 2);
	const { code, out, err } = mindhook(['sign', '--secret', RFC.secret, '-'], { input: RFC.body });
	assert.deepEqual([code, out], [0, `${RFC.signature}\n`]);
	assert.match(err, /^mindhook: --secret can be seen by other users/);
});

test('verify: says which usual cause made the signature not fit', () => {
	const env = { MINDEE_WEBHOOK_SECRET: 'secret' };
	const signature = (input: string | Uint8Array): string => mindhook(['sign', '-'], { input, env }).out.trim();
	const verdict = (given: string, input: string | Uint8Array): string => {
		const { code, out } = mindhook(['verify', '--signature', given, '-'], { input, env });
		assert.equal(code, 1);
		return out.replace('<stdin>: the signature does not fit: ', '').trimEnd();
	};
	const good = signature('{"a":\n1}');
	assert.equal(verdict(good, '{"a":\n1}\n'), 'the line break at the end of the file is not part of the signed body.');
	assert.equal(verdict(signature('{}\n'), '{}'), 'the signed body has a line break at its end, the file has none.');
	assert.match(verdict(good, '{"a":\r\n1}'), /line ends of the file were changed to CR LF/);
	assert.match(verdict(signature('{"a":\r\n1}'), '{"a":\n1}'), /line ends of the file were changed from CR LF/);
	assert.match(verdict(signature('{"a":1}'), '{"a":\n1}'), /line breaks were taken out/);
	assert.match(verdict(signature('{}'), '\ufeff{}'), /byte order mark/);
	assert.match(verdict(good, '{"a": 1}'), /another secret/);
	assert.match(verdict(good.slice(1), '{}'), /has 63 digits, a signature has 64/);
	assert.match(verdict(`sha256=${good}`, '{}'), /other characters than hexadecimal digits/);
	const spaced = mindhook(['verify', '--signature', good, '-'], {
		input: '{"a":\n1}',
		env: { MINDEE_WEBHOOK_SECRET: ' secret\n' },
	});
	assert.match(spaced.out, /fits without the white space around the secret/);
	assert.equal(
		mindhook(['verify', '--signature', ` ${good.toUpperCase()} `, '-'], { input: '{"a":\n1}', env }).code,
		0,
	);
});

test('a pipe that is closed early is no error', () => {
	const big = `${VALID}/ocr/dense-three-pages-minified.json`;
	assert.deepEqual(shell(`mindhook show ${big} | head -1`), { code: 0, out: 'kind       ocr\n', err: '' });
	const many = shell(`mindhook check ${VALID} ${BROKEN} | head -1; echo "\${PIPESTATUS[0]}"`);
	assert.equal(many.err, '');
	assert.match(many.out, /^\S.*\n1\n$/, 'the verdict stays what it is');
	assert.deepEqual(shell(`mindhook show --csv ${big} | true`), { code: 0, out: '', err: '' });
	// Nobody reads stderr either.
	assert.equal(shell(`mindhook chekc 2> >(true); echo $?`).out, '2\n');
});

test('a full disk, no WebAssembly and a file that cannot be read end with 3', {
	skip: !existsSync('/dev/full'),
}, () => {
	const full = shell(`mindhook show ${INVOICE} > /dev/full`);
	assert.equal(full.code, 3);
	assert.match(full.err, /^mindhook: cannot write the output: ENOSPC/);
	const without = 'data:text/javascript,delete globalThis.WebAssembly';
	for (const args of [
		['check', INVOICE],
		['show', INVOICE],
		['ids', A],
		['check', '--json', INVOICE],
	]) {
		const { code, err } = mindhook(args, { node: ['--import', without] });
		assert.equal(code, 3, args.join(' '));
		assert.match(err, /^mindhook: mindhook needs WebAssembly.*Allow WebAssembly/m);
	}
	const env = { MINDEE_WEBHOOK_SECRET: RFC.secret };
	const signed = mindhook(['sign', '-'], { input: RFC.body, env, node: ['--import', without] });
	assert.equal(signed.out, `${RFC.signature}\n`, 'hashing needs none');
	assert.deepEqual(mindhook(['show', 'no-such.json']), {
		code: 3,
		out: '',
		err: 'mindhook: cannot read no-such.json: there is no such file\n',
	});
});

test('colour only where it is wanted', () => {
	const style = '\x1b[';
	const coloured = (env: NodeJS.ProcessEnv): boolean => mindhook(['check', LOWER_CASE], { env }).out.includes(style);
	assert.equal(coloured({}), false);
	assert.equal(coloured({ FORCE_COLOR: '1' }), true);
	assert.equal(coloured({ FORCE_COLOR: '0' }), false);
	assert.equal(coloured({ NO_COLOR: '1' }), false);
	assert.equal(mindhook(['show', INVOICE], { env: { FORCE_COLOR: '1' } }).out.includes(style), true);
});

/** Whether `script` can give a process a terminal. */
const terminal = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

function onTerminal(args: string[], columns: number, env: NodeJS.ProcessEnv = {}): Outcome {
	const words = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ');
	const { status, stdout, stderr } = spawnSync('script', ['-qec', `stty cols ${columns}; ${words}`, '/dev/null'], {
		env: { ...bare, TERM: 'xterm', ...env },
		encoding: 'utf8',
	});
	return { code: status, out: stdout.replaceAll('\r\n', '\n'), err: stderr };
}

test('on a terminal values are cut to its width, colours are on and no text is a command', { skip: !terminal }, () => {
	inFolder(
		{ 'p.json': extraction({ note: { value: `\x1b]0;title\x07${'北'.repeat(100)}` }, b: { value: '\u009b2J' } }) },
		(cwd) => {
			const path = join(cwd, 'p.json');
			const { code, out } = onTerminal(['show', path], 60);
			assert.equal(code, 0);
			assert.match(out, /\p{Cc}\[2mkind/u);
			const bareLines = onTerminal(['show', path], 60, { NO_COLOR: '1' }).out;
			assert.doesNotMatch(bareLines.replaceAll('\n', ''), /\p{Cc}/u);
			const note = bareLines.split('\n').find((line) => line.startsWith('note')) as string;
			assert.match(note, /^note {3}␛\]0;title␇北+…$/);
			const wide = [...note].reduce((sum, character) => sum + (character === '北' ? 2 : 1), 0);
			assert.ok(wide <= 60 && wide >= 58, `${wide} columns`);
			for (const args of [
				['show', '--csv', path],
				['show', '--json', path],
				['show', path, '/inference/result/fields/note/value'],
			]) {
				assert.doesNotMatch(
					onTerminal(args, 60, { NO_COLOR: '1' }).out.replaceAll('\n', ''),
					/\p{Cc}/u,
					args.join(' '),
				);
			}
			// Into a pipe, the bytes are exact.
			assert.match(mindhook(['show', path, '/inference/result/fields/b/value']).out, /^\u009b2J\n$/);
		},
	);
	const excerpt = onTerminal(['check', LOWER_CASE], 50, { NO_COLOR: '1' }).out;
	const lines = excerpt.split('\n').filter((line) => !line.includes(LOWER_CASE));
	assert.ok(lines.every((line) => line.length <= 50));
});

test('on a terminal, a check that takes long tells how far it is, and takes that away again', {
	skip: !terminal,
}, () => {
	inFolder({}, (cwd) => {
		const body = readFileSync(`${VALID}/ocr/dense-three-pages-minified.json`);
		for (let index = 0; index < 60; index++) writeFileSync(join(cwd, `${index}.json`), body);
		const words = Array.from({ length: 60 }, (_, index) => join(cwd, `${index}.json`));
		const slow = `data:text/javascript,${encodeURIComponent('const begin = performance.now.bind(performance); let calls = 0; performance.now = () => begin() + 150 * calls++;')}`;
		const command = [process.execPath, '--import', slow, CLI, 'check', ...words].map((word) => `'${word}'`).join(' ');
		const { stdout } = spawnSync('script', ['-qec', `stty cols 80; ${command}`, '/dev/null'], {
			env: { ...bare, TERM: 'xterm', NO_COLOR: '1' },
			encoding: 'utf8',
		});
		assert.match(stdout, /\r\p{Cc}\[K\d+ of 60 files checked …/u);
		assert.match(stdout, /\r\p{Cc}\[K60 files: all fine \(60 ocr\)\r?\n$/u);
	});
	assert.doesNotMatch(mindhook(['check', VALID]).err, /checked/, 'not into a pipe');
});

test('the standard input may come slowly and in pieces that cut characters', async () => {
	const child = spawn(process.execPath, [CLI, 'check', '-'], { env: bare });
	const body = Buffer.from(extraction({ name: { value: '北京👩🏽‍🚀' } }));
	for (let at = 0; at < body.length; at += 7) child.stdin.write(body.subarray(at, at + 7));
	child.stdin.end();
	let out = '';
	for await (const chunk of child.stdout) out += chunk;
	assert.equal(out, '<stdin>: fine (extraction)\n');
});

test('a hundred megabytes are checked, and a page of them shown', { timeout: 120_000 }, () => {
	const page = JSON.parse(readFileSync(`${VALID}/ocr/one-page-indented.json`, 'utf8')) as {
		inference: { result: { pages: unknown[] } };
	};
	const [first] = page.inference.result.pages;
	page.inference.result.pages = [];
	const [head, tail] = JSON.stringify(page).split('"pages":[') as [string, string];
	const text = JSON.stringify(first);
	const body = `${head}"pages":[${`${text},`.repeat(Math.ceil(1e8 / (text.length + 1)))}${text}${tail}`;
	assert.ok(body.length > 1e8);
	const { code, out } = mindhook(['check', '-'], { input: body });
	assert.deepEqual([code, out.split(',')[0]], [0, '<stdin>: fine (ocr)\n']);
});
