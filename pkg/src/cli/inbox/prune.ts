/** `mindhook inbox prune`: removes deliveries that are no longer needed. */
import type { PrunePolicy } from 'mindhook/inbox';
import { type Command, exit, UsageError } from '../command.js';
import { jsonOf } from '../json-output.js';
import {
	counted,
	lengthExpected,
	moment,
	oneOf,
	optionAs,
	optionsAs,
	size,
	sizeExpected,
	sizeText,
} from '../quantities.js';
import { inboxOption, progressOf, withInbox } from './open.js';
import { states } from './selection.js';

export const prune: Command = {
	name: 'inbox prune',
	usage: ['mindhook inbox prune --older-than TIME|--max-bytes SIZE [--dry-run] …'],
	about: [
		'Removes deliveries that are old, then the oldest until the others fit. Only handled ones, unless --state names others; what somebody works on stays. It goes in small steps: receivers on this inbox go on meanwhile.',
		'A removed delivery cannot be brought back, and if it is sent again it is handled as a new one.',
	],
	options: {
		'older-than': {
			placeholder: 'TIME',
			text: 'Those that were settled longer ago: 30d, 12h, or before a date: 2026-11-23. For received and failed ones, when they came counts',
		},
		'max-bytes': { placeholder: 'SIZE', text: 'The oldest, until all bodies together have at most so much: 10GB' },
		state: { placeholder: 'STATE', repeated: true, text: `Those in this state: ${states.join(', ')}` },
		'dry-run': { text: 'Count, and remove nothing' },
		vacuum: { text: 'Then give the space back to the disk; alone, only that' },
		json: { text: 'Print one JSON document: {deliveries, bodyBytes, dryRun}' },
		...inboxOption,
	},
	examples: [
		['mindhook inbox prune --older-than 30d', 'what was handled a month ago'],
		['mindhook inbox prune --max-bytes 10GB --vacuum', 'keep 10 GB, and give the rest back to the disk'],
		['mindhook inbox prune --older-than 90d --state dead --dry-run', 'how many there are'],
	],
	fine: 'they were removed, however many they are',
	atFault: 'does not happen',
	async *run(args, io) {
		const olderThan = optionAs(args, 'older-than', moment, `${lengthExpected}, or a date`);
		const bodyBytesMax = optionAs(args, 'max-bytes', size, sizeExpected);
		const chosen = optionsAs(args, 'state', oneOf(states), `one of ${states.join(', ')}`);
		const dryRun = args.has('dry-run');
		const removes = olderThan !== undefined || bodyBytesMax !== undefined;
		if (!removes && (!args.has('vacuum') || chosen.length > 0 || dryRun)) {
			throw new UsageError('Prune what? Give --older-than TIME, --max-bytes SIZE or both.');
		}
		return yield* withInbox(args, io, async function* (inbox) {
			let pruned = { deliveries: 0, bodyBytes: 0 };
			if (removes) {
				const policy: PrunePolicy = {
					...(olderThan && { olderThan }),
					...(bodyBytesMax !== undefined && { bodyBytesMax }),
					...(chosen.length > 0 && { states: chosen }),
					dryRun,
				};
				pruned = await inbox.prune(policy, progressOf(io, dryRun ? 'found' : 'removed'));
			}
			if (args.has('vacuum') && !dryRun) await inbox.vacuum(progressOf(io, 'giving back space'));
			const { deliveries, bodyBytes } = pruned;
			if (args.has('json')) yield `${jsonOf({ deliveries, bodyBytes, dryRun })}\n`;
			else if (removes) {
				yield `${counted(deliveries, 'delivery', 'deliveries')} (${sizeText(bodyBytes)}) ${dryRun ? 'would be removed' : 'removed'}\n`;
			}
			if (args.has('vacuum') && !dryRun && !args.has('json')) yield 'the space was given back\n';
			return exit.fine;
		});
	},
};
