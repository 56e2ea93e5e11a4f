/** Opens the inbox that a command works on. */
import { type Inbox, InboxError, type OnProgress, openInbox } from 'mindhook/inbox';
import { type Arguments, type Io, MachineError, type Option, type Run, UsageError } from '../command.js';

export const INBOX_VARIABLE = 'MINDHOOK_INBOX';
const DEFAULT_URL = 'sqlite:inbox.db';

/** The option of every command that needs an inbox. */
export const inboxOption: Readonly<Record<string, Option>> = {
	inbox: {
		placeholder: 'URL',
		text: `The inbox: sqlite:FILE or postgres://…; default: ${INBOX_VARIABLE} of the environment, else ${DEFAULT_URL}. A password is better placed in the environment`,
	},
};

/** The inbox's URL. */
export const inboxUrl = (args: Arguments, io: Io): string =>
	args.value('inbox') ?? (io.env[INBOX_VARIABLE] || DEFAULT_URL);

/** An inbox's URL as it may be shown: without user, password and options. */
export function inboxText(url: string): string {
	if (!/^postgres/i.test(url)) return url;
	const { host, pathname } = URL.canParse(url) ? new URL(url) : { host: '', pathname: '' };
	return `postgres://${host}${pathname}`;
}

/** What an inbox said, in the terms of the command line. */
export function fromInbox(error: unknown): unknown {
	if (!(error instanceof InboxError)) return error;
	return error.code === 'url' ? new UsageError(error.message) : new MachineError(error.message);
}

/**
 * Opens an inbox.
 *
 * @throws UsageError for a URL that names none, MachineError when it cannot be opened
 */
export async function open(url: string, options: { create: boolean }): Promise<Inbox> {
	// Node 22 warns of its SQLite with every run; which engine there is, is this package's matter.
	const { emitWarning } = process;
	process.emitWarning = ((warning: string | Error, ...rest: unknown[]): void => {
		if (!String(warning).includes('SQLite')) Reflect.apply(emitWarning, process, [warning, ...rest]);
	}) as typeof emitWarning;
	try {
		return await openInbox(url, options);
	} catch (error) {
		throw fromInbox(error);
	} finally {
		process.emitWarning = emitWarning;
	}
}

/** Runs a command on an inbox that is there already, and closes it whatever happens. */
export async function* withInbox(args: Arguments, io: Io, work: (inbox: Inbox) => Run): Run {
	const inbox = await open(inboxUrl(args, io), { create: false });
	const stop = io.interruption();
	try {
		return yield* work(inbox);
	} catch (error) {
		throw stop.aborted ? stop.reason : fromInbox(error);
	} finally {
		await inbox.close();
	}
}

/** Shows how far a piece of work is, and ends it between two steps when somebody asks for that. */
export function progressOf(io: Io, doing: string): OnProgress {
	const stop = io.interruption();
	return (done, total) => {
		stop.throwIfAborted();
		io.progress(`${doing}: ${done}${total === null ? '' : ` of ${total}`} …`);
	};
}
