/** `mindhook inbox list`: which deliveries there are. */
import type { DeliveryState, InboxEntry } from 'mindhook/inbox';
import { type Command, exit } from '../command.js';
import { jsonOf } from '../json-output.js';
import { coloured, plain, type Style } from '../paint.js';
import { momentText, sizeText } from '../quantities.js';
import { grid } from '../table.js';
import { visible } from '../visible-text.js';
import { inboxOption, withInbox } from './open.js';
import { selected, selectionOf, selectionOptions } from './selection.js';

const LIMIT = 100;

export const stateStyles: Readonly<Record<DeliveryState, Style>> = {
	received: 'blue',
	handled: 'green',
	failed: 'yellow',
	dead: 'red',
	quarantined: 'red',
};

export const list: Command = {
	name: 'inbox list',
	usage: ['mindhook inbox list [--state STATE] [--since WHEN] [--json] …'],
	about: [
		'Lists deliveries, newest first: number, when it was received, state, attempts, kind, endpoint, size and inference. Kind and inference are known once a delivery has been handled. `unreadable` are those whose headers, error and issues are not what was saved; JSON has the reason in `unreadable`.',
		`Without --limit, the newest ${LIMIT}. Times are UTC.`,
	],
	options: {
		...selectionOptions,
		json: {
			text: 'Print one JSON document: {deliveries: [{id, state, endpoint, receivedAt, attempts, lastError, …}]}',
		},
		...inboxOption,
	},
	examples: [
		['mindhook inbox list', `the newest ${LIMIT} deliveries`],
		['mindhook inbox list --state failed --state dead --since 2h', 'what went wrong in the last two hours'],
		["mindhook inbox list --json | jq -r '.deliveries[].inferenceId'", 'the inferences'],
	],
	fine: 'the list was printed, even where it is empty',
	atFault: 'does not happen',
	async *run(args, io) {
		const selection = selectionOf(args);
		const limit = selection.limit ?? LIMIT;
		return yield* withInbox(args, io, async function* (inbox) {
			const stop = io.interruption();
			// One more than is shown, to know whether there is more.
			const chosen = selected(inbox, { ...selection, limit: selection.limit ?? limit + 1 });
			const entries: InboxEntry[] = [];
			let more = false;
			if (args.has('json')) yield '{"deliveries": [';
			let count = 0;
			for await (const entry of chosen) {
				stop.throwIfAborted();
				more = count === limit;
				if (more) break;
				count++;
				if (args.has('json')) yield `${count > 1 ? ',' : ''}\n${jsonOf(entry)}`;
				else entries.push(entry);
			}
			if (args.has('json')) yield '\n]}\n';
			else if (count === 0) yield `no delivery${selection.all ? '' : ' fits'}\n`;
			else {
				yield* grid(
					['number', 'received', 'state', 'attempts', 'kind', 'endpoint', 'size', 'inference'],
					entries.map(cellsOf),
					{
						columns: io.columns,
						flexible: 7,
						most: { 5: 24 },
						paint: io.colour ? coloured : plain,
						style: (line, column) => (column === 2 ? stateStyles[(entries[line] as InboxEntry)?.state] : undefined),
					},
				);
			}
			if (more) io.warn(`there are more than these ${count}: --limit N shows more, --since and others choose`);
			return exit.fine;
		});
	},
};

const cellsOf = (entry: InboxEntry): string[] => [
	String(entry.id),
	momentText(entry.receivedAt),
	entry.unreadable === undefined ? entry.state : `${entry.state}, unreadable`,
	String(entry.attempts),
	visible(entry.kind ?? ''),
	visible(entry.endpoint),
	sizeText(entry.bodyBytes),
	visible(entry.inferenceId ?? ''),
];
