/**
 * The demonstration behind `npm start`: a receiver on 127.0.0.1, three signed payloads, a forged and a cut one over real HTTP,
 * and what became of each. It then stays listening; with `--once` it ends, with code 1 if anything was not as it has to be.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once as firstOf } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { signPayload } from 'mindhook';
import { openInbox } from 'mindhook/inbox';
import { nodeListener } from 'mindhook/node';
import { createReceiver } from 'mindhook/receiver';
import { at } from './steps.js';
import { bold, cut, dim, green, oneLine, paragraph, print, red, table, width, yellow } from './terminal.js';

const valid = 'tests/fixtures/payloads/valid';
const posted = [
	{ kind: 'extraction', file: `${valid}/extraction/invoice-indented.json` },
	{ kind: 'ocr', file: `${valid}/ocr/dense-three-pages-minified.json` },
	{ kind: 'failure', file: `${valid}/failure/unknown-keys-and-id-not-a-uuid.json` },
];
/** One that the demonstration itself does not post, so that it is no duplicate. */
const toTry = `${valid}/extraction/receipt-minified.json`;

const { once, port } = readArguments();
const secret = randomBytes(24).toString('base64url');
const folder = at('target/demo', new Date().toISOString().replace(/[:.]/g, '-'));
mkdirSync(folder, { recursive: true });
const inboxFile = join(folder, 'inbox.db');

/** Payloads as `onPayload` got them, by the number of their delivery. */
const handedOver = new Map();
const unexpected = [];
let isLive = false;

const inbox = await openInbox(`sqlite:${inboxFile}`);
const receiver = createReceiver({
	secret,
	inbox,
	onPayload(payload, delivery) {
		handedOver.set(delivery.id, payload);
	},
	onError(error, { stage }) {
		// A body that cannot be read is shown with the delivery.
		if (stage !== 'parse') print(red(`   ${stage}: ${error}`));
	},
});
/** The receiver, telling what comes in once the demonstration's own requests are through. */
const told = {
	async receive(request) {
		const outcome = await receiver.receive(request);
		if (isLive) void tell(outcome);
		return outcome;
	},
};

const webhook = nodeListener(told);
const server = createServer((request, response) => {
	if (/^\/webhook(?:[?#]|$)/.test(request.url)) webhook(request, response);
	else response.writeHead(404).end();
});
/** The inspector of the inbox, while the demonstration listens. */
let inspector;
await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve)).catch(
	(error) => {
		print(red(`Cannot listen on 127.0.0.1:${port}: ${error.message}`));
		process.exit(1);
	},
);
const origin = `http://127.0.0.1:${server.address().port}`;

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
	process.on(signal, () => {
		if (!stopping) void stop().then(() => process.exit(unexpected.length === 0 ? 0 : 1));
	});
}

print();
print(`${bold('mindhook')}: a receiver of Mindee webhooks on ${origin}/webhook`);
for (const [index, { kind, file }] of posted.entries()) await demonstrate(index + 1, kind, file);
await demonstrateForged(posted.length + 1);
await demonstrateCut(posted.length + 2);
await summary();

if (once) {
	await stop();
} else {
	isLive = true;
	await invite();
}

/** One payload, from its post to its table. */
async function demonstrate(number, kind, file) {
	const body = readFileSync(at(file));
	title(number, `a signed payload: ${kind}`, file);
	const { outcome, status } = await post(body, signPayload(body, secret));
	expect(status === 200 && outcome === 'saved', `${file} was answered ${status} ${outcome}`);
	await receiver.idle();
	const entry = await showSaved(body);
	expect(entry?.state === 'handled' && entry.kind === kind, `${file} is ${entry?.state} as ${entry?.kind}`);
	if (entry) showPayload(handedOver.get(entry.id));
}

async function demonstrateForged(number) {
	const body = readFileSync(at(posted[0].file));
	const forged = Buffer.from(body.toString().replace('invoice', 'INVOICE'));
	title(number, 'a forged request: the body was changed, the signature is the old one');
	const before = (await inbox.list()).length;
	const { outcome, status } = await post(forged, signPayload(body, secret));
	const after = (await inbox.list()).length;
	fact('saved', after === before ? 'nothing' : red(`${after - before} deliveries`));
	expect(
		status === 401 && outcome === 'signature_mismatch' && after === before,
		`a forged request was answered ${status}`,
	);
}

async function demonstrateCut(number) {
	const body = readFileSync(at(posted[0].file));
	const part = body.subarray(0, Math.floor(body.length * 0.6));
	title(number, 'a truncated body, rightly signed: saved and acknowledged, then put aside');
	const { status } = await post(part, signPayload(part, secret));
	await receiver.idle();
	const entry = await showSaved(part);
	expect(
		status === 200 && entry?.state === 'quarantined',
		`a truncated body was answered ${status} and is ${entry?.state}`,
	);
	showIssues(entry?.issues ?? []);
	expect(
		entry?.issues.some(({ line, column }) => line > 1 && column > 0),
		'the truncated body has no issue with its place',
	);
}

/** Posts over real HTTP and shows the answer. */
async function post(body, signature) {
	fact('posted', `${bytes(body.length)}, X-Signature ${signature.slice(0, 16)}…`);
	const headers = { 'content-type': 'application/json', 'x-signature': signature };
	const response = await fetch(`${origin}/webhook`, { method: 'POST', headers, body });
	const answer = await response.json();
	const colour = response.status === 200 ? green : yellow;
	fact('answered', colour(`${response.status} ${answer.outcome}`));
	if (answer.detail) paragraph(answer.detail, 13);
	return { status: response.status, outcome: answer.outcome };
}

/** The newest delivery, read back from the inbox and compared with what was sent. */
async function showSaved(body) {
	const [{ id } = { id: 0 }] = await inbox.list({ limit: 1 });
	const entry = await inbox.read(id);
	const isSame =
		entry !== null && body.equals(entry.body) && createHash('sha256').update(body).digest('hex') === entry.bodySha256;
	expect(isSame, `the bytes of delivery ${id} are not those that were posted`);
	if (entry === null) return null;
	const same = isSame ? green('the bytes that were posted') : red('not the bytes that were posted');
	fact(
		'saved',
		`delivery ${id}: ${bytes(entry.bodyBytes)}, sha256 ${entry.bodySha256.slice(0, 16)}…, read back: ${same}`,
	);
	fact('state', entry.state === 'handled' ? green(entry.state) : yellow(entry.state));
	return entry;
}

function showPayload(payload) {
	if (payload === undefined) return;
	fact('kind', bold(payload.kind));
	fact(
		'inference',
		[payload.inferenceId, payload.fileName]
			.filter((part) => part !== null)
			.map(oneLine)
			.join(', '),
	);
	print();
	if (payload.kind === 'extraction') table(['FIELD', 'VALUE', 'CONFIDENCE'], fieldRows(payload.fields));
	else if (payload.kind === 'ocr') table(['PAGE', 'TEXT', 'WORDS'], pageRows(payload.pages));
	else table(['KEY', 'VALUE'], valueRows(payload.data));
	print();
	showIssues(payload.warnings);
}

function fieldRows(fields, depth = 0) {
	return [...fields].flatMap(([name, field]) => fieldRow(oneLine(name), field, depth));
}

function fieldRow(name, field, depth) {
	const label = '  '.repeat(depth) + name;
	const confidence = field.confidence ?? '';
	const colour = { Certain: green, High: green, Medium: yellow, Low: red }[confidence];
	const row = (value) => ({ cells: [label, value, confidence], paint: colour });
	if (field.kind === 'simple') return [row(typeof field.value === 'number' ? field.text : oneLine(field.value))];
	if (field.kind === 'object') return [row(''), ...fieldRows(field.fields, depth + 1)];
	const items = field.items.flatMap((item, index) => fieldRow(`[${index}]`, item, depth + 1));
	return [row(field.items.length === 0 ? '(no items)' : ''), ...items];
}

function pageRows(pages) {
	return pages.map(({ content, words }, index) => ({
		cells: [String(index + 1), oneLine(content), String(words.length)],
	}));
}

/** Any other kind: its leaves. */
function valueRows(data, depth = 0) {
	return Object.entries(data).flatMap(([key, value]) => {
		const label = '  '.repeat(depth) + oneLine(key);
		const isBranch = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
		return isBranch ? [{ cells: [label, ''] }, ...valueRows(value, depth + 1)] : [{ cells: [label, oneLine(value)] }];
	});
}

function showIssues(issues) {
	if (issues.length === 0) return fact('issues', 'none');
	for (const { severity, code, pointer, line, column, message, help } of issues) {
		const colour = severity === 'error' ? red : yellow;
		print(`   ${colour(severity)} ${bold(code)} ${dim(`line ${line}, column ${column}`)}`);
		if (pointer) print(`     ${dim(cut(oneLine(pointer), width() - 5))}`);
		paragraph(oneLine(message), 5);
		if (help) paragraph(oneLine(help), 5);
	}
}

async function summary() {
	const entries = await inbox.list();
	const count = (state) => entries.filter((entry) => entry.state === state).length;
	print();
	const good = unexpected.length === 0;
	print((good ? green : red)(good ? 'As it has to be.' : 'Not as it has to be:'));
	for (const what of unexpected) print(red(`   ${what}`));
	print(
		`   In the inbox: ${count('handled')} handled, ${count('quarantined')} quarantined. The forged request left nothing.`,
	);
	fact('inbox', here(inboxFile));
	if (!good) process.exitCode = 1;
}

async function invite() {
	const body = readFileSync(at(toTry));
	fact('look', await inspect());
	print();
	print('Try it from another terminal (the signature is right for this file; change a byte, and it is not):');
	print();
	print(`curl -i -X POST ${origin}/webhook -H "Content-Type: application/json" \\`);
	print(`  -H "X-Signature: ${signPayload(body, secret)}" \\`);
	print(`  --data-binary @${here(at(toTry))}`);
	print();
	print(dim('Listening. Ctrl-C stops.'));
}

/** Shows the inbox in the inspector, as anyone may; gives its address. */
async function inspect() {
	const args = [at('pkg/dist/cli/index.js'), 'view', '--inbox', `sqlite:${inboxFile}`];
	inspector = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
	const said = firstOf(inspector.stdout.setEncoding('utf8'), 'data').then(([text]) => /http\S+/.exec(text)?.[0]);
	const ended = firstOf(inspector, 'close').then(() => red('the inspector did not start'));
	return Promise.race([said, ended]);
}

/** What came in while the demonstration listens. */
async function tell({ name, status, id }) {
	print();
	print(`${(status === 200 ? green : yellow)(`${status} ${name}`)}${id === null ? '' : `, delivery ${id}`}`);
	if (name !== 'saved') return;
	await receiver.idle();
	const entry = await inbox.read(id);
	if (entry?.state === 'quarantined') showIssues(entry.issues);
	else showPayload(handedOver.get(id));
	handedOver.delete(id);
}

async function stop() {
	stopping = true;
	inspector?.kill('SIGTERM');
	server.close();
	server.closeIdleConnections();
	await receiver.close();
	server.closeAllConnections();
	await inbox.close();
}

function expect(isTrue, otherwise) {
	if (!isTrue) unexpected.push(otherwise);
}

function title(number, text, file) {
	print();
	print(`${bold(`${number}. ${text}`)}${file ? dim(` ${here(at(file))}`) : ''}`);
}

function fact(name, text) {
	print(`   ${dim(name.padEnd(10))}${text}`);
}

function bytes(count) {
	return `${count.toLocaleString('en')} bytes`;
}

/** A path as it can be typed where the command was called. */
function here(path) {
	const short = relative(process.env.INIT_CWD ?? process.cwd(), path);
	const shown = short.startsWith('..') ? path : short;
	return /^[\w./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
}

function readArguments() {
	try {
		const options = { once: { type: 'boolean', default: false }, port: { type: 'string', default: '0' } };
		const { values } = parseArgs({ options });
		const number = Number(values.port);
		if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new Error(`${values.port} is no port.`);
		return { once: values.once, port: number };
	} catch (error) {
		print(
			`${error.message}\n\nnpm start -- [--once] [--port NUMBER]\n  --once  end after the demonstration\n  --port  listen there; default: a free port`,
		);
		process.exit(2);
	}
}
