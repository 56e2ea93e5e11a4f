/** `mindhook inbox export`: the exact bytes of deliveries, as files. */
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { InboxEntry, InboxEntryWithBody } from 'mindhook/inbox';
import { type Command, exit, MachineError, UsageError } from '../command.js';
import { fileError } from '../input.js';
import { jsonOf } from '../json-output.js';
import { counted } from '../quantities.js';
import { inboxOption, progressOf, withInbox } from './open.js';
import { deliveryOf, isUnreadable } from './read.js';
import { selectedIds, selectionOf, selectionOptions } from './selection.js';

type Placed = 'written' | 'unchanged' | 'refused';
type Result = Placed | 'unreadable';

export const exportTo: Command = {
	name: 'inbox export',
	usage: ['mindhook inbox export --to FOLDER [--headers] [--force] [--state STATE] …'],
	about: [
		'Writes the exact bytes of each delivery into a folder, oldest first, one file each: 000012-INFERENCE.json, or the beginning of its hash where no inference is known. Each file is there whole or not at all, and readable to its owner only.',
		'A file that is there already with the same bytes is left alone; one with other bytes is not overwritten without --force. A delivery that cannot be read as it was saved is left out, and told of.',
	],
	options: {
		to: { placeholder: 'FOLDER', text: 'Where to; it is made if need be' },
		headers: {
			text: 'Beside each file, NAME.headers with what else is known of the delivery, as JSON: headers, endpoint, times, state',
		},
		force: { text: 'Overwrite files that have other bytes' },
		...selectionOptions,
		json: {
			text: 'Print one line of JSON for each delivery: {id, file, result: written, unchanged, refused or unreadable}',
		},
		...inboxOption,
	},
	examples: [
		['mindhook inbox export --to archive/', 'every delivery'],
		['mindhook inbox export --to today/ --since 1d --headers', 'those of a day, with their headers'],
		[
			'mindhook inbox export --to bad/ --state quarantined && mindhook check bad/',
			'what is wrong with unreadable ones',
		],
	],
	fine: 'every delivery that was chosen is in the folder',
	atFault: 'a file with other bytes was in the way, or a delivery could not be read',
	async *run(args, io) {
		const folder = args.value('to');
		if (!folder) throw new UsageError('Export where to? Give --to FOLDER.');
		const selection = selectionOf(args);
		const force = args.has('force');
		return yield* withInbox(args, io, async function* (inbox) {
			await onDisk(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
			const ids = await selectedIds(inbox, selection, (count) => progressOf(io, 'found')(count, null));
			const tally: Record<Result, number> = { written: 0, unchanged: 0, refused: 0, unreadable: 0 };
			const progress = progressOf(io, 'exported');
			for (const [done, id] of ids.entries()) {
				progress(done, ids.length);
				const entry = await deliveryOf(inbox, id);
				// Removed meanwhile by somebody else.
				if (entry === null) continue;
				if (isUnreadable(entry)) {
					tally.unreadable++;
					io.warn(`#${id} cannot be read: ${entry.unreadable}`);
					if (args.has('json')) yield `${jsonOf({ id, file: null, result: 'unreadable' })}\n`;
					continue;
				}
				const { body, ...known } = entry;
				const file = join(folder, nameOf(entry));
				let placed = await place(file, body, force);
				if (args.has('headers') && placed !== 'refused') {
					const beside = await place(`${file}.headers`, Buffer.from(`${jsonOf(known, 2)}\n`), true);
					if (placed === 'unchanged') placed = beside;
				}
				tally[placed]++;
				if (args.has('json')) yield `${jsonOf({ id, file, result: placed })}\n`;
				else if (placed === 'refused') io.warn(`${file} has other bytes and is left as it is; --force overwrites it`);
			}
			const { written, unchanged, refused, unreadable } = tally;
			const parts = [
				`${counted(written, 'file')} written`,
				...(unchanged > 0 ? [`${unchanged} there already`] : []),
				...(refused > 0 ? [`${refused} not overwritten`] : []),
				...(unreadable > 0 ? [`${counted(unreadable, 'delivery', 'deliveries')} unreadable`] : []),
			];
			if (!args.has('json')) yield `${parts.join(', ')}\n`;
			return refused + unreadable > 0 ? exit.input : exit.fine;
		});
	},
};

/** A name that sorts by number and that every file system takes; an inference ID is any text of a stranger. */
function nameOf({ id, inferenceId, bodySha256 }: InboxEntry | InboxEntryWithBody): string {
	const what = inferenceId ? inferenceId.replace(/[^A-Za-z0-9-]/g, '_').slice(0, 64) : bodySha256.slice(0, 16);
	return `${String(id).padStart(6, '0')}-${what}.json`;
}

/** Puts a file in its place, whole: written beside it first, and synced. */
async function place(file: string, bytes: Uint8Array, force: boolean): Promise<Placed> {
	const there = await readFile(file).catch(() => null);
	if (there?.equals(bytes)) return 'unchanged';
	if (there && !force) return 'refused';
	const aside = `${file}.${process.pid}.part`;
	return onDisk(file, async () => {
		try {
			const handle = await open(aside, 'w', 0o600);
			try {
				await handle.writeFile(bytes);
				await handle.sync();
			} finally {
				await handle.close();
			}
			if (force) await rename(aside, file);
			// Unlike a renamed file, a linked one never takes the place of another that came meanwhile.
			else await link(aside, file).catch((error: NodeJS.ErrnoException) => linkless(error, aside, file));
			return 'written';
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'refused';
			throw error;
		} finally {
			await rm(aside, { force: true });
		}
	});
}

/** Some file systems have no links. */
async function linkless(error: NodeJS.ErrnoException, aside: string, file: string): Promise<void> {
	if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(error.code ?? '')) throw error;
	await rename(aside, file);
}

async function onDisk<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
	try {
		return await work();
	} catch (error) {
		throw new MachineError(`cannot write ${path}: ${fileError(error)}`);
	}
}
