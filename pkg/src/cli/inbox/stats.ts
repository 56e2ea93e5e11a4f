/** `mindhook inbox stats`: what is in an inbox. */
import { type Command, exit } from '../command.js';
import { jsonOf } from '../json-output.js';
import { coloured, plain } from '../paint.js';
import { counted, lengthText, momentText, sizeText } from '../quantities.js';
import { pad, visible } from '../visible-text.js';
import { stateStyles } from './list.js';
import { inboxOption, inboxText, inboxUrl, withInbox } from './open.js';
import { states } from './selection.js';

export const stats: Command = {
	name: 'inbox stats',
	usage: ['mindhook inbox stats [--json]'],
	about: [
		'Counts the deliveries of each state, the bytes of their bodies and of the storage, and the enqueued jobs whose result is not here yet; says since when the oldest delivery waits.',
	],
	options: {
		json: {
			text: 'Print one JSON document: {deliveries: {received, handled, …}, bodyBytes, storedBytes, oldestWaitingAt, expectedJobs}',
		},
		...inboxOption,
	},
	examples: [['mindhook inbox stats --json | jq .deliveries.dead', 'how many failed too often']],
	fine: 'it was counted',
	atFault: 'does not happen',
	async *run(args, io) {
		return yield* withInbox(args, io, async function* (inbox) {
			const found = await inbox.stats();
			if (args.has('json')) {
				yield `${jsonOf(found, 2)}\n`;
				return exit.fine;
			}
			const paint = io.colour ? coloured : plain;
			const { deliveries, bodyBytes, storedBytes, oldestWaitingAt, expectedJobs } = found;
			const waiting = oldestWaitingAt
				? `since ${momentText(oldestWaitingAt)} (${lengthText(Date.now() - oldestWaitingAt.getTime())})`
				: 'none';
			const fact = (name: string, text: string): string => `${paint('dim', pad(name, 14))}${text}\n`;
			yield fact('inbox', visible(inboxText(inboxUrl(args, io))));
			for (const state of states) {
				const count = String(deliveries[state]);
				yield fact(state, deliveries[state] > 0 ? paint(stateStyles[state], count) : count);
			}
			yield fact('waiting', waiting);
			yield fact('bodies', sizeText(bodyBytes));
			yield fact('storage', sizeText(storedBytes));
			yield fact('expected', counted(expectedJobs, 'job'));
			return exit.fine;
		});
	},
};
