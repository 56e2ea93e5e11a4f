/** `mindhook inbox replay`: deliveries once more, to their handler or to an address. */
import { setTimeout as sleep } from 'node:timers/promises';
import { signPayload } from 'mindhook';
import type { Inbox } from 'mindhook/inbox';
import { type Arguments, type Command, exit, type Io, type Run, UsageError } from '../command.js';
import { jsonOf } from '../json-output.js';
import { coloured, plain } from '../paint.js';
import { isTaken, Poster, postError, targetOf } from '../post.js';
import { counted, lengthText, optionAs, wholeNumber } from '../quantities.js';
import { signingSecretIn } from '../secret.js';
import { visible } from '../visible-text.js';
import { inboxOption, progressOf, withInbox } from './open.js';
import { deliveryOf, isUnreadable } from './read.js';
import { again, againOptions } from './retry.js';
import { mustChoose, selectedIds, selectionOf, selectionOptions } from './selection.js';

const answerMs = 30_000;

/** What became of a delivery: `unanswered`, `unreadable` and `removed` ones have no status. */
type Outcome = 'taken' | 'refused' | 'unanswered' | 'unreadable' | 'removed';

/** How one delivery fared. */
interface Result {
	readonly id: number;
	readonly outcome: Outcome;
	readonly status: number | null;
	readonly error: string | null;
	readonly milliseconds: number;
}

export const replay: Command = {
	name: 'inbox replay',
	usage: [
		'mindhook inbox replay --all|--state STATE|--id N|… [--dry-run]',
		'mindhook inbox replay --to URL --all|--state STATE|--id N|… [--rate N]',
	],
	about: [
		'Without --to, handles deliveries once more: it makes them `received` again, handled ones too, and a receiver with a handler on this inbox takes them up.',
		'With --to, posts the exact bytes of each delivery, oldest first, with its own Content-Type and X-Signature, to another address, and shows what that answers; the inbox stays as it is. Redirects are not followed. A delivery that was fetched, not posted, has no signature: --secret-file makes one.',
	],
	options: {
		to: { placeholder: 'URL', text: 'Post them there: http:// or https://' },
		'secret-file': { placeholder: 'PATH', text: 'Sign them anew, with the secret in this file' },
		rate: { placeholder: 'N', text: 'Post at most so many a second; default: 50' },
		concurrency: { placeholder: 'N', text: 'Wait for so many answers at a time; default: 4' },
		...selectionOptions,
		...againOptions,
		json: {
			text: 'Print one line of JSON for each post: {id, ok, status, error, milliseconds}; without --to, one document: {deliveries, dryRun}',
		},
		...inboxOption,
	},
	examples: [
		['mindhook inbox replay --since 1d', 'handle the deliveries of a day once more'],
		['mindhook inbox replay --to http://localhost:3000/ --id 12', 'post one to a receiver on this machine'],
		['mindhook inbox replay --to https://staging.example/hook --all --rate 5', 'post everything, slowly'],
	],
	fine: 'every delivery was taken (2xx), or waits to be handled again',
	atFault: 'a delivery was refused, not answered, unreadable, or removed meanwhile',
	live: true,
	run(args, io) {
		const to = args.value('to');
		if (to !== undefined) return posts(targetOf('to', to), args, io);
		for (const option of ['secret-file', 'rate', 'concurrency']) {
			if (args.has(option)) throw new UsageError(`--${option} goes with --to URL.`);
		}
		return again(args, io, ['handled', 'failed', 'dead', 'quarantined'], 'Replay');
	},
};

async function* posts(url: URL, args: Arguments, io: Io): Run {
	const selection = selectionOf(args);
	mustChoose(args, selection, 'Replay');
	const rate = optionAs(args, 'rate', wholeNumber(1, 10_000), 'a number from 1 to 10000') ?? 50;
	const concurrency = optionAs(args, 'concurrency', wholeNumber(1, 64), 'a number from 1 to 64') ?? 4;
	const secretFile = args.value('secret-file');
	const secret = secretFile === undefined ? undefined : await signingSecretIn(secretFile);
	const paint = io.colour ? coloured : plain;
	return yield* withInbox(args, io, async function* (inbox) {
		const stop = io.interruption();
		const ids = await selectedIds(inbox, selection, (count) => progressOf(io, 'found')(count, null));
		if (args.has('dry-run')) {
			yield args.has('json')
				? `${jsonOf({ deliveries: ids.length, dryRun: true })}\n`
				: `${counted(ids.length, 'delivery', 'deliveries')} would be posted\n`;
			return exit.fine;
		}
		const poster = new Poster(url);
		const running = new Map<number, Promise<Result | null>>();
		/** Why the inbox gives nothing any more. What was posted until then is told all the same. */
		let fault: unknown;
		const tally: Record<Outcome, number> = { taken: 0, refused: 0, unanswered: 0, unreadable: 0, removed: 0 };
		let [started, done] = [0, 0];
		let nextAt = performance.now();
		try {
			for (;;) {
				while (running.size < concurrency && started < ids.length && !stop.aborted && fault === undefined) {
					// Rejects where it is stopped, which is looked at next.
					await sleep(Math.max(0, nextAt - performance.now()), undefined, { signal: stop }).catch(() => {});
					if (stop.aborted || fault !== undefined) break;
					nextAt = Math.max(nextAt, performance.now()) + 1000 / rate;
					const id = ids[started++] as number;
					const failed = (error: unknown): null => {
						fault = error;
						running.delete(id);
						return null;
					};
					running.set(id, post(poster, inbox, id, secret).catch(failed));
				}
				if (running.size === 0) break;
				const result = await Promise.race(running.values());
				if (result === null) continue;
				running.delete(result.id);
				const { id, outcome, status, error, milliseconds } = result;
				const ok = outcome === 'taken';
				tally[outcome]++;
				done++;
				io.progress(`posted: ${done} of ${ids.length} …`);
				yield args.has('json')
					? `${jsonOf({ id, ok, status, error, milliseconds })}\n`
					: `#${id}  ${paint(ok ? 'green' : 'red', String(status ?? 'not posted'))}  ${error === null ? lengthText(milliseconds) : visible(error)}\n`;
			}
		} finally {
			await Promise.allSettled(running.values());
			poster.close();
		}
		const { taken, refused, unanswered, unreadable, removed } = tally;
		const parts = [
			`${counted(taken, 'delivery', 'deliveries')} taken`,
			...(refused > 0 ? [`${refused} refused`] : []),
			...(unanswered > 0 ? [`${unanswered} without an answer`] : []),
			...(unreadable > 0 ? [`${unreadable} unreadable`] : []),
			...(removed > 0 ? [`${removed} removed meanwhile`] : []),
		];
		if (!args.has('json')) yield `${parts.join(', ')}\n`;
		stop.throwIfAborted();
		if (fault !== undefined) throw fault;
		return taken < done ? exit.input : exit.fine;
	});
}

/** Posts one delivery. Rejects only where the inbox fails. */
async function post(poster: Poster, inbox: Inbox, id: number, secret: string | undefined): Promise<Result> {
	const entry = await deliveryOf(inbox, id);
	const begin = performance.now();
	const result = (outcome: Outcome, status: number | null, error: string | null): Result => ({
		id,
		outcome,
		status,
		error,
		milliseconds: Math.round(performance.now() - begin),
	});
	if (entry === null) return result('removed', null, 'it was removed from the inbox meanwhile');
	if (isUnreadable(entry)) return result('unreadable', null, entry.unreadable);
	const { endpoint, body } = entry;
	try {
		const headers = { ...entry.headers };
		if (secret !== undefined) headers['x-signature'] = signPayload(body, secret);
		const delivery = { id, endpoint, attempt: null, headers, body };
		const status = await poster.post(delivery, AbortSignal.timeout(answerMs));
		return result(isTaken(status) ? 'taken' : 'refused', status, null);
	} catch (thrown) {
		return result('unanswered', null, postError(thrown));
	}
}
