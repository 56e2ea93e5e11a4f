/** `mindhook view`: the payload inspector in the browser. */
import type { Inbox } from 'mindhook/inbox';
import { type Arguments, type Command, exit, type Io } from './command.js';
import { inboxText, open } from './inbox/open.js';
import { port, portExpected } from './listening.js';
import { openInBrowser } from './page/browser.js';
import { InboxFeed } from './page/inbox-feed.js';
import { namedFiles } from './page/offered-files.js';
import { type Served, serveInspector } from './page/serve.js';
import { counted, optionAs } from './quantities.js';
import { visible } from './visible-text.js';

export const view: Command = {
	name: 'view',
	usage: ['mindhook view [--open] [--inbox URL] [FILE …]'],
	about: [
		'Serves the payload inspector, which shows payloads on the documents they came from, on 127.0.0.1 and prints its address. Files that are named, payloads and documents (PDF, PNG, JPEG, WebP, TIFF) alike, lie ready in it; each payload is shown on the document of its name. With --inbox, so do the deliveries of an inbox, as they come and change; nothing is changed in it.',
		'The address holds a key that is made anew each time: whoever has the address sees what is shown, nobody else does. A file is read when it is opened in the page; everything stays on this machine. Ctrl-C ends it.',
	],
	options: {
		open: { text: 'Open the browser' },
		port: { placeholder: 'N', text: 'The port on 127.0.0.1. Default: a free one' },
		inbox: { placeholder: 'URL', text: 'Show the deliveries of this inbox: sqlite:FILE or postgres://…' },
	},
	examples: [
		['mindhook view --open payload.json invoice.pdf', 'a payload on its document'],
		['mindhook view --inbox sqlite:inbox.db', 'what came, and what comes'],
		['mindhook view', 'the page alone: files are dropped on it'],
	],
	fine: 'it was stopped',
	atFault: 'does not happen',
	live: true,
	async *run(args, io) {
		const at = optionAs(args, 'port', port, portExpected) ?? 0;
		const files = await namedFiles(args.positionals, io);
		const stop = io.interruption();
		const inbox = await inboxOf(args);
		let served: Served | undefined;
		try {
			served = await serveInspector(at, { files, ...(inbox && { feed: new InboxFeed(inbox) }) });
			yield `inspector on ${served.url}\n`;
			if (inbox) yield `showing ${visible(inboxText(args.value('inbox') ?? ''))}\n`;
			if (files.length > 0) yield `${counted(files.length, 'file')} in it\n`;
			if (args.has('open')) await opened(served.link(), io);
			if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve));
			return exit.fine;
		} finally {
			served?.close();
			await inbox?.close();
		}
	},
};

async function inboxOf(args: Arguments): Promise<Inbox | undefined> {
	const url = args.value('inbox');
	return url === undefined ? undefined : open(url, { create: false });
}

async function opened(link: string, io: Io): Promise<void> {
	if (!(await openInBrowser(link))) io.warn('no browser could be opened here: open the address above');
}
