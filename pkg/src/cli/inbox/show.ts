/** `mindhook inbox show`: everything about one delivery. */
import type { Inbox, InboxEntry } from 'mindhook/inbox';
import { type Arguments, type Command, exit, type Io, UsageError } from '../command.js';
import { render } from '../excerpt.js';
import { jsonOf } from '../json-output.js';
import { coloured, plain } from '../paint.js';
import { lengthText, momentText, sizeText, wholeNumber } from '../quantities.js';
import { pad, visible, visibleLines } from '../visible-text.js';
import { stateStyles } from './list.js';
import { inboxOption, withInbox } from './open.js';
import { deliveryOf, isUnreadable } from './read.js';

export const show: Command = {
	name: 'inbox show',
	usage: ['mindhook inbox show [--json|--raw] N'],
	about: [
		'Shows everything that is known of a delivery: when and from where it came, its state and attempts, what the last attempt failed with, its headers, and for a quarantined one every fault in its place.',
		'With --raw, the exact bytes of its body instead; on a terminal, control characters appear as symbols.',
		'Of a delivery that cannot be read as it was saved, it shows what can, and says why.',
	],
	options: {
		raw: { text: 'Write the body: the bytes, exactly as they came' },
		json: { text: 'Print one JSON document: {id, state, endpoint, receivedAt, headers, issues, lastError, …}' },
		...inboxOption,
	},
	examples: [
		['mindhook inbox show 12', 'what is known of delivery 12'],
		['mindhook inbox show --raw 12 > payload.json', 'its bytes'],
		['mindhook inbox show --raw 12 | mindhook show -', 'its fields as a table'],
	],
	fine: 'the delivery was shown',
	atFault: 'there is no delivery of that number, or it cannot be read',
	async *run(args, io) {
		const id = numberOf(args);
		return yield* withInbox(args, io, async function* (inbox: Inbox) {
			const entry = await deliveryOf(inbox, id);
			if (entry === null) {
				io.warn(`There is no delivery ${id} in this inbox.`);
				return exit.input;
			}
			if (isUnreadable(entry)) {
				io.warn(`#${id} cannot be read: ${entry.unreadable}`);
				// Where nothing of it can be read, that was all there is to tell.
				for (const known of args.has('raw') ? [] : await inbox.list({ ids: [id] }).catch(() => [])) {
					if (args.has('json')) yield `${jsonOf(known, 2)}\n`;
					else yield* facts(known, null, io);
				}
				return exit.input;
			}
			const { body, ...known } = entry;
			if (args.has('raw')) yield io.terminal ? visibleLines(Buffer.from(body).toString()) : body;
			else if (args.has('json')) yield `${jsonOf(known, 2)}\n`;
			else yield* facts(known, body, io);
			return exit.fine;
		});
	},
};

function numberOf(args: Arguments): number {
	const [word, ...more] = args.positionals;
	if (word === undefined || more.length > 0) throw new UsageError('Show which delivery? mindhook inbox show N');
	if (args.has('raw') && args.has('json')) throw new UsageError('Give --raw or --json, not both.');
	const id = wholeNumber(1)(word.replace(/^#/, ''));
	if (id === undefined) throw new UsageError(`${word} is no number of a delivery: \`mindhook inbox list\` shows them.`);
	return id;
}

function* facts(entry: InboxEntry, body: Uint8Array | null, io: Io): Generator<string> {
	const paint = io.colour ? coloured : plain;
	const ago = (date: Date): string => `${momentText(date)} (${lengthText(Date.now() - date.getTime())} ago)`;
	const known: [string, string | null | undefined][] = [
		['number', String(entry.id)],
		['received', ago(entry.receivedAt)],
		['attempts', String(entry.attempts)],
		['next try', entry.nextAttemptAt && momentText(entry.nextAttemptAt)],
		['settled', entry.settledAt && ago(entry.settledAt)],
		['held by', entry.leasedBy && `${entry.leasedBy} until ${entry.leasedUntil ? momentText(entry.leasedUntil) : '?'}`],
		['endpoint', entry.endpoint],
		['source', entry.source],
		['from', entry.remoteAddress],
		['size', `${sizeText(entry.bodyBytes)} (${entry.bodyBytes} bytes)`],
		['sha-256', entry.bodySha256],
		['kind', entry.kind],
		['inference', entry.inferenceId],
		['model', entry.modelId],
		['job', entry.jobId],
		...Object.entries(entry.headers).map(([name, value]): [string, string] => ['header', `${name}: ${value}`]),
	];
	yield `${paint('dim', pad('state', 11))}${paint(stateStyles[entry.state], entry.state)}\n`;
	for (const [name, fact] of known) if (fact) yield `${paint('dim', pad(name, 11))}${visible(fact)}\n`;
	if (entry.lastError)
		yield `\nThe last attempt failed with\n  ${visibleLines(entry.lastError).replaceAll('\n', '\n  ')}\n`;
	for (const issue of entry.issues) {
		if (body === null) yield `\n${issue.severity} ${issue.code}: ${visible(issue.message)}\n`;
		else
			yield `\n${render(issue, body, { file: `delivery ${entry.id}`, colour: io.colour, ...(io.columns && { width: io.columns }) })}\n`;
	}
}
