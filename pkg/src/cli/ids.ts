/** `mindhook ids`: a list of endpoint IDs, entry by entry. */
import { type Issue, type WebhookIdsReport, webhookIdsFormValue, webhookIdsFromText } from 'mindhook';
import { type Command, exit, needsCore, UsageError } from './command.js';
import { render } from './excerpt.js';
import { jsonOf } from './json-output.js';
import { coloured, plain } from './paint.js';
import { visible } from './visible-text.js';

export const ids: Command = {
	name: 'ids',
	usage: ['mindhook ids [--json] TEXT|- …'],
	about: [
		'Checks a list of webhook endpoint IDs before it is sent as `webhook_ids`. Understood are a JSON array, [A, B], A,B and one ID a line, with or without quotes; several words are one list.',
		'Each entry is shown with its verdict, then every fault in its place. When there is no error, the last line is the form field as it goes over the wire.',
	],
	options: { json: { text: 'Print one JSON document: {ok, ids, issues, wire}; wire is null when there is an error' } },
	examples: [
		['mindhook ids "$WEBHOOK_IDS"', 'a list from the environment'],
		['mindhook ids - < ids.txt', 'a list from a file'],
		['mindhook ids --json "$WEBHOOK_IDS" | jq -r .wire', 'only the text to send'],
	],
	fine: 'the list can be sent',
	atFault: 'the list has an error',
	async *run(args, io) {
		if (args.positionals.length === 0)
			throw new UsageError('Which IDs? mindhook ids TEXT, or - for the standard input.');
		const fromStdin = args.positionals.includes('-');
		if (fromStdin && args.positionals.length > 1)
			throw new UsageError('- stands alone: the list comes from the standard input.');
		const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
		const text = fromStdin ? decoder.decode(await io.stdin()) : args.positionals.join(',');
		const report = webhookIdsFromText(text);
		needsCore(report.issues);
		const wire = report.ok ? webhookIdsFormValue(report.ids) : null;
		if (args.has('json')) {
			yield `${jsonOf({ ...report, wire }, 2)}\n`;
			return report.ok ? exit.fine : exit.input;
		}
		const paint = io.colour ? coloured : plain;
		for (const { verdict, what } of verdicts(report)) {
			const style = verdict === 'ok' ? 'green' : verdict === 'error' ? 'red' : 'yellow';
			yield `${paint(style, verdict)}${' '.repeat(9 - verdict.length)}${visible(what)}\n`;
		}
		const bytes = Buffer.from(text);
		for (const issue of report.issues) {
			yield `\n${render(issue, bytes, { file: fromStdin ? '<stdin>' : 'ids', colour: io.colour, width: io.columns })}\n`;
		}
		if (wire !== null) yield `${report.issues.length > 0 ? '\n' : ''}webhook_ids=${wire}\n`;
		return report.ok ? exit.fine : exit.input;
	},
};

interface EntryVerdict {
	readonly verdict: 'ok' | 'error' | 'warning';
	readonly what: string;
}

/**
 * One line an entry. The report names the entries that have issues; the IDs of the others, and of those that were only warned of,
 * are in `ids`, in order. Of a list with more issues than are listed, only what is certain is told.
 */
function verdicts({ ids, issues }: WebhookIdsReport): EntryVerdict[] {
	const byEntry = new Map<number, Issue[]>();
	for (const issue of issues) {
		const entry = /^\/(\d+)$/.exec(issue.pointer)?.[1];
		if (entry !== undefined) byEntry.set(Number(entry), [...(byEntry.get(Number(entry)) ?? []), issue]);
	}
	const without = (found: readonly Issue[]): boolean =>
		found.some(({ severity, code }) => severity === 'error' || code === 'webhook_ids.duplicate');
	if (issues.some(({ code }) => code === 'limit.issues')) return ids.map((id) => ({ verdict: 'ok', what: id }));
	const entries = ids.length + [...byEntry.values()].filter(without).length;
	const lines: EntryVerdict[] = [];
	for (let entry = 0, next = 0; entry < entries; entry++) {
		const found = byEntry.get(entry) ?? [];
		const error = found.find(({ severity }) => severity === 'error') ?? found[0];
		const id = without(found) ? undefined : ids[next++];
		if (!error) lines.push({ verdict: 'ok', what: id ?? '' });
		else {
			const reason = error.message;
			lines.push({
				verdict: error.severity === 'error' ? 'error' : 'warning',
				what: id ? `${id} (${reason})` : reason,
			});
		}
	}
	return lines;
}
