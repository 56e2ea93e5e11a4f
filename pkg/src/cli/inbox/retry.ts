/** `mindhook inbox retry`: has deliveries handled once more. */
import type { DeliveryState, Inbox } from 'mindhook/inbox';
import { type Arguments, type Command, exit, type Io, type Option, type Run } from '../command.js';
import { jsonOf } from '../json-output.js';
import { counted } from '../quantities.js';
import { inboxOption, progressOf, withInbox } from './open.js';
import { allOption, mustChoose, type Selection, selected, selectionOf, selectionOptions } from './selection.js';

const chunk = 500;

export const againOptions: Readonly<Record<string, Option>> = {
	...allOption,
	'dry-run': { text: 'Count, and change nothing' },
};

export const retry: Command = {
	name: 'inbox retry',
	usage: ['mindhook inbox retry --all|--state STATE|--id N|… [--dry-run]'],
	about: [
		'Makes failed, dead and quarantined deliveries `received` again, as if they had not been tried yet: a receiver with a handler on this inbox takes them up at once, or when it is started. What somebody works on just then is left alone.',
		'With --state or --id, deliveries of that state or number, whatever became of them.',
	],
	options: {
		...selectionOptions,
		...againOptions,
		json: { text: 'Print one JSON document: {deliveries, dryRun}' },
		...inboxOption,
	},
	examples: [
		['mindhook inbox retry --state dead', 'all that failed too often'],
		['mindhook inbox retry --id 12 --id 20-30', 'single ones and a range'],
		['mindhook inbox retry --all --dry-run', 'how many would be tried again'],
	],
	fine: 'they were made `received`, however many they are',
	atFault: 'does not happen',
	run: (args, io) => again(args, io, ['failed', 'dead', 'quarantined'], 'Retry'),
};

/** Makes the chosen deliveries `received` again; without a state or a number, those in one of `states`. */
export async function* again(args: Arguments, io: Io, states: readonly DeliveryState[], doing: string): Run {
	const chosen = selectionOf(args);
	mustChoose(args, chosen, doing);
	const anyState = chosen.filter.state !== undefined || args.has('id');
	const selection = anyState ? chosen : { ...chosen, filter: { ...chosen.filter, state: states } };
	const dryRun = args.has('dry-run');
	return yield* withInbox(args, io, async function* (inbox) {
		const deliveries = await makeReceived(inbox, selection, io, dryRun);
		if (args.has('json')) yield `${jsonOf({ deliveries, dryRun })}\n`;
		else {
			yield `${counted(deliveries, 'delivery', 'deliveries')} ${dryRun ? 'would wait' : deliveries === 1 ? 'waits' : 'wait'} to be handled again\n`;
		}
		return exit.fine;
	});
}

async function makeReceived(inbox: Inbox, selection: Selection, io: Io, dryRun: boolean): Promise<number> {
	const { filter, ranges, limit } = selection;
	if (!dryRun && ranges.length === 0 && limit === undefined) return inbox.retry(filter);
	const found = progressOf(io, 'found');
	const ids: number[] = [];
	for await (const { id, leasedBy } of selected(inbox, selection)) {
		if (leasedBy === null) ids.push(id);
		found(ids.length, null);
	}
	if (dryRun) return ids.length;
	const progress = progressOf(io, 'made ready');
	let count = 0;
	for (let at = 0; at < ids.length; at += chunk) {
		progress(at, ids.length);
		count += await inbox.retry({ ...filter, ids: ids.slice(at, at + chunk) });
	}
	return count;
}
