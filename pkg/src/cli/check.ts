/** `mindhook check`: every fault of every file, in its place. */
import { type Issue, type PayloadKind, type Severity, safeParsePayload } from 'mindhook';
import { type Command, type ExitCode, exit, type Io, MachineError, needsCore, UsageError } from './command.js';
import { render } from './excerpt.js';
import { filesOf } from './file-list.js';
import { inputName, readInput } from './input.js';
import { jsonOf } from './json-output.js';
import { coloured, plain } from './paint.js';
import { visible } from './visible-text.js';

/** The verdict on one file. */
interface Verdict {
	readonly file: string;
	readonly ok: boolean;
	readonly kind: PayloadKind | null;
	readonly issues: readonly Issue[];
	/** Why the file was not read. */
	readonly unreadable?: string;
}

/** What was found in all files together. */
class Tally {
	readonly kinds = new Map<PayloadKind, number>();
	files = 0;
	fine = 0;
	unreadable = 0;
	error = 0;
	warning = 0;
	notice = 0;

	add({ ok, kind, issues, unreadable }: Verdict): void {
		this.files++;
		if (ok) this.fine++;
		if (unreadable !== undefined) this.unreadable++;
		if (kind) this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
		for (const { severity } of issues) this[severity]++;
	}

	get atFault(): number {
		return this.files - this.fine - this.unreadable;
	}

	get exitCode(): ExitCode {
		return this.unreadable > 0 ? exit.machine : this.atFault > 0 ? exit.input : exit.fine;
	}
}

export const check: Command = {
	name: 'check',
	usage: ['mindhook check [--strict] [--json] FILE|FOLDER|PATTERN|- …'],
	about: [
		'Checks payloads as they came in webhooks: that they are JSON and keep to the contract of their kind. Every error, warning and notice is shown with the place in the file, the JSON pointer and what to do. What each code means: docs/issues.md.',
		'Of a folder, all *.json files are checked, those in its folders too; hidden entries and node_modules are left out. In a pattern, * and ? stand for characters, ** for any folders, [a-z] for one of them, {a,b} for either; quote it, so that it comes here as it is. - is the standard input.',
	],
	options: {
		strict: { text: 'Warnings count as faults; notices do not' },
		json: { text: 'Print one JSON document: {files: [{file, ok, kind, issues}], summary, ok}' },
	},
	examples: [
		['mindhook check payload.json', 'one file'],
		["mindhook check inbox/ 'archive/**/*.json'", 'a folder and a pattern'],
		['curl -s $URL | mindhook check --strict -', 'what another program prints; any warning makes it end with 1'],
		["mindhook check --json inbox/ | jq -r '.files[] | select(.ok | not).file'", 'the names of the files at fault'],
	],
	fine: 'every file keeps to the contract',
	atFault: 'a file has an error (with --strict: or a warning)',
	async *run(args, io) {
		if (args.positionals.length === 0)
			throw new UsageError('Check what? Name files or folders, or - for the standard input.');
		if (args.positionals.filter((word) => word === '-').length > 1) {
			throw new UsageError('The standard input can be read only once.');
		}
		const strict = args.has('strict');
		const json = args.has('json');
		const files = await filesOf(args.positionals, (count) => io.progress(`${count} files found …`));
		const tally = new Tally();
		let last: Verdict | undefined;
		if (json) yield '{"files": [';
		for (const file of files) {
			io.progress(`${tally.files} of ${files.length} files checked …`);
			const [verdict, bytes] = await judge(file, strict, io);
			tally.add(verdict);
			last = verdict;
			if (json) yield `${tally.files > 1 ? ',' : ''}\n${jsonOf(verdict)}`;
			else if (verdict.unreadable !== undefined) io.warn(verdict.unreadable);
			else yield shown(verdict, bytes, io);
		}
		if (json)
			yield `\n],\n"summary": ${jsonOf(summaryOf(tally))},\n"strict": ${strict},\n"ok": ${tally.exitCode === exit.fine}}\n`;
		else if (files.length > 1 || last?.unreadable === undefined) yield closing(tally, last as Verdict, strict, io);
		return tally.exitCode;
	},
};

async function judge(file: string, strict: boolean, io: Io): Promise<[Verdict, Uint8Array]> {
	let bytes: Uint8Array;
	try {
		bytes = await readInput(file, io);
	} catch (error) {
		if (!(error instanceof MachineError)) throw error;
		return [{ file, ok: false, kind: null, issues: [], unreadable: error.message }, new Uint8Array()];
	}
	const result = safeParsePayload(bytes);
	const issues = result.ok ? result.payload.warnings : result.issues;
	needsCore(issues);
	const ok = result.ok && !(strict && issues.some(({ severity }) => severity === 'warning'));
	return [{ file, ok, kind: result.ok ? result.payload.kind : null, issues }, bytes];
}

function shown({ file, issues }: Verdict, bytes: Uint8Array, io: Io): string {
	const options = { file: inputName(file), colour: io.colour, width: io.columns };
	return issues.map((issue) => `${render(issue, bytes, options)}\n\n`).join('');
}

const summaryOf = ({ files, fine, atFault, unreadable, error, warning, notice }: Tally): object => ({
	files,
	fine,
	atFault,
	unreadable,
	errors: error,
	warnings: warning,
	notices: notice,
});

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;

/** The last line: how it stands with all files, or with the one. */
function closing(tally: Tally, last: Verdict, strict: boolean, io: Io): string {
	const paint = io.colour ? coloured : plain;
	const severities: Severity[] = ['error', 'warning', 'notice'];
	const issues = severities
		.flatMap((severity) => (tally[severity] > 0 ? [count(tally[severity], severity)] : []))
		.join(', ');
	const fine = tally.files === tally.fine;
	const counted = strict && tally.error === 0 && tally.warning > 0 ? ' (with --strict, warnings are faults)' : '';
	const verdict = fine ? paint('green', 'fine') : paint('red', 'at fault');
	if (tally.files === 1) {
		const kind = last.kind ? ` (${last.kind})` : '';
		return `${visible(inputName(last.file))}: ${verdict}${kind}${issues ? `, ${issues}` : ''}${counted}\n`;
	}
	const kinds = [...tally.kinds].map(([kind, number]) => `${number} ${kind}`).join(', ');
	const parts = fine
		? [`all ${verdict} (${kinds})`]
		: [
				`${tally.fine} fine`,
				...(tally.atFault > 0 ? [`${tally.atFault} ${verdict}`] : []),
				...(tally.unreadable > 0 ? [`${tally.unreadable} unreadable`] : []),
			];
	return `${tally.files} files: ${[...parts, ...(issues ? [issues] : [])].join(', ')}${counted}\n`;
}
