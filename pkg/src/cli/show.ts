/** `mindhook show`: what a payload says. */
import { type OcrPayload, type Payload, safeParsePayload } from 'mindhook';
import { type Arguments, type Command, exit, type Io, needsCore, UsageError } from './command.js';
import { csvHeader, csvLine } from './csv.js';
import { render } from './excerpt.js';
import { inputName, readInput } from './input.js';
import { jsonOf } from './json-output.js';
import { coloured, plain } from './paint.js';
import { type Row, rowsAt, rowsOf, sourceAt } from './rows.js';
import { tableOf } from './table.js';
import { pad, visible, visibleLines } from './visible-text.js';

export const show: Command = {
	name: 'show',
	usage: ['mindhook show [--json|--csv] FILE|- [POINTER]'],
	about: [
		'Shows what a payload says: the fields of an extraction (nested ones indented), the text of each page that was read, the crops, splits and the class with the fields of their chained models, a job, a failure or an error.',
		'With a JSON pointer (RFC 6901), only what is there: a field with all in it, or any other value of the payload as it is.',
		'Pages count from 0, as in the payload. On a terminal long values are cut to fit and control characters are shown as symbols; into a file or a pipe everything goes whole.',
	],
	options: {
		json: {
			text: 'Print one JSON document: {file, kind, …, fields: [{pointer, name, value, text, confidence, page}]}; with a pointer to no field, its value',
		},
		csv: {
			text: 'Print CSV, one row a field: pointer,name,value,text,confidence,page. Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers are left as they are',
		},
	},
	examples: [
		['mindhook show payload.json', 'all fields as a table'],
		['mindhook show payload.json /inference/result/fields/total_amount', 'one field'],
		['mindhook show payload.json /inference/file/name', 'one value, as plain text'],
		['mindhook show --csv payload.json > fields.csv', 'a file for a spreadsheet'],
	],
	fine: 'the payload was shown',
	atFault: 'the payload has an error, or there is nothing at the pointer',
	async *run(args, io) {
		const { path, pointer } = wanted(args);
		const body = await readInput(path, io);
		const result = safeParsePayload(body);
		if (!result.ok) {
			needsCore(result.issues);
			if (args.has('json')) yield `${jsonOf({ file: path, ok: false, kind: null, issues: result.issues }, 2)}\n`;
			else {
				const options = { file: inputName(path), colour: io.colourOfErrors, width: io.columns };
				for (const issue of result.issues) io.tell(`${render(issue, body, options)}\n\n`);
			}
			return exit.input;
		}
		const { payload } = result;
		const warnings = payload.warnings.filter(({ severity }) => severity === 'warning').length;
		if (warnings > 0) io.warn(`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}: \`mindhook check\` shows them`);
		if (pointer === undefined) yield* all(payload, path, args, io);
		else if (payload.get(pointer) === undefined) {
			io.warn(`There is nothing at ${pointer}. ${nearest(payload, pointer)}`);
			return exit.input;
		} else yield* part(payload, pointer, args, io);
		return exit.fine;
	},
};

function wanted(args: Arguments): { path: string; pointer: string | undefined } {
	const [path, pointer, ...more] = args.positionals;
	if (path === undefined) throw new UsageError('Show what? Name a file, or - for the standard input.');
	if (more.length > 0) throw new UsageError('One file and one pointer can be shown at a time.');
	if (args.has('json') && args.has('csv')) throw new UsageError('Give --json or --csv, not both.');
	if (pointer !== undefined && !/^(\/([^~]|~[01])*)?$/s.test(pointer)) {
		throw new UsageError(
			`${pointer} is no JSON pointer: it begins with /, and ~ is written ~0. Did you mean /${pointer.replace(/^[#/.$]+/, '')}?`,
		);
	}
	return { path, pointer };
}

/** On a terminal text must not be taken for commands; elsewhere it stays as it is. */
const safeCsv = (line: string, io: Io): string => (io.terminal ? visibleLines(line) : line);

const rowJson = ({ pointer, name, value = null, text, confidence, page }: Row): object => {
	return { pointer, name, value, text, confidence, page };
};

function* all(payload: Payload, path: string, args: Arguments, io: Io): Generator<string> {
	if (args.has('csv')) {
		yield csvHeader;
		for (const row of rowsOf(payload)) yield safeCsv(csvLine(row), io);
		return;
	}
	const { kind, inferenceId, modelId, jobId, fileName, alias } = payload;
	if (args.has('json')) {
		yield `${jsonOf({ file: path, ok: true, kind, inferenceId, modelId, jobId, fileName, alias }).slice(0, -1)},"fields":[`;
		let separator = '\n';
		for (const row of rowsOf(payload)) {
			yield separator + jsonOf(rowJson(row));
			separator = ',\n';
		}
		yield '\n]}\n';
		return;
	}
	yield* heading(payload, io);
	if (payload.kind === 'ocr') yield* texts(payload, io);
	else {
		const rows = [...rowsOf(payload)];
		if (rows.length === 0) yield 'nothing was found in the document\n';
		else yield* tableOf(rows, io.columns, io.colour ? coloured : plain);
	}
}

/** What the payload is about. */
function* heading(payload: Payload, io: Io): Generator<string> {
	const paint = io.colour ? coloured : plain;
	const pages = payload.get('/inference/file/page_count');
	const facts: [string, unknown][] = [
		['kind', payload.kind],
		['file', payload.fileName],
		['alias', payload.alias],
		['pages', pages],
		['type', payload.get('/inference/file/mime_type')],
		['inference', payload.inferenceId],
		['model', payload.modelId],
		['job', payload.jobId],
	];
	for (const [name, fact] of facts) {
		if (fact !== null && fact !== undefined) yield `${paint('dim', pad(name, 11))}${visible(String(fact))}\n`;
	}
	yield '\n';
}

/** The text of each page. */
function* texts(payload: OcrPayload, io: Io): Generator<string> {
	const paint = io.colour ? coloured : plain;
	for (const [index, page] of payload.pages.entries()) {
		const words = page.words.length;
		yield `${paint('dim', `── page ${index}, ${words} ${words === 1 ? 'word' : 'words'} ──`)}\n`;
		yield `${io.terminal ? visibleLines(page.content) : page.content}\n\n`;
	}
	if (payload.pages.length === 0) yield 'no page was read\n';
}

/** What is at one pointer. */
function* part(payload: Payload, pointer: string, args: Arguments, io: Io): Generator<string> {
	const rows = rowsAt(payload, pointer);
	if (args.has('csv')) {
		yield csvHeader;
		for (const row of rows) yield safeCsv(csvLine(row), io);
		return;
	}
	const value = payload.get(pointer);
	if (args.has('json')) {
		const isField = rows[0]?.pointer === pointer && typeof value === 'object';
		yield `${jsonOf(isField ? { fields: rows.map(rowJson) } : value, 2)}\n`;
	} else if (typeof value === 'object' && value !== null)
		yield* tableOf(rows, io.columns, io.colour ? coloured : plain);
	else if (typeof value === 'string') yield `${io.terminal ? visibleLines(value) : value}\n`;
	else yield `${sourceAt(payload.raw, pointer)}\n`;
}

/** Where the pointer leads as far as it leads, and what is there. */
function nearest(payload: Payload, pointer: string): string {
	let known = pointer;
	do known = known.slice(0, known.lastIndexOf('/'));
	while (known !== '' && payload.get(known) === undefined);
	const value = payload.get(known);
	if (typeof value !== 'object' || value === null) return `At ${known} is a single value.`;
	if (Array.isArray(value)) return `At ${known} is a list of ${value.length}.`;
	const names = Object.keys(value);
	const some = names.slice(0, 12).join(', ');
	return `${known === '' ? 'At the top' : `At ${known}`} are: ${some}${names.length > 12 ? ', …' : ''}.`;
}
