/** `mindhook inbox check`: whether everything can still be read as it was written. */
import { type Command, exit } from '../command.js';
import { jsonOf } from '../json-output.js';
import { coloured, plain } from '../paint.js';
import { counted } from '../quantities.js';
import { visible } from '../visible-text.js';
import { inboxOption, progressOf, withInbox } from './open.js';

export const check: Command = {
	name: 'inbox check',
	usage: ['mindhook inbox check [--json]'],
	about: [
		'Reads the whole inbox: the structure of its storage, and whether each body still has the hash that it was saved with. Every problem is listed; nothing is changed. Receivers on this inbox go on meanwhile.',
	],
	options: {
		json: {
			text: 'Print one JSON document: {problems: [{id, message}], ok}; id is null where it is no single delivery',
		},
		...inboxOption,
	},
	examples: [['mindhook inbox check || alert', 'once a night']],
	fine: 'nothing is damaged',
	atFault: 'something is',
	async *run(args, io) {
		const json = args.has('json');
		const paint = io.colour ? coloured : plain;
		return yield* withInbox(args, io, async function* (inbox) {
			let [problems, read] = [0, 0];
			const progress = progressOf(io, 'read');
			if (json) yield '{"problems": [';
			for await (const problem of inbox.check((done, total) => {
				read = done;
				progress(done, total);
			})) {
				const { id, message } = problem;
				if (json) yield `${problems > 0 ? ',' : ''}\n${jsonOf(problem)}`;
				else yield `${paint('red', id === null ? 'storage' : `#${id}`)}  ${visible(message)}\n`;
				problems++;
			}
			if (json) yield `\n],\n"ok": ${problems === 0}}\n`;
			else {
				const verdict = problems === 0 ? paint('green', 'fine') : paint('red', counted(problems, 'problem'));
				yield `${counted(read, 'delivery', 'deliveries')} read: ${verdict}\n`;
			}
			return problems === 0 ? exit.fine : exit.input;
		});
	},
};
