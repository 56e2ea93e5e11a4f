/** `mindhook listen`: receives webhooks. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createSecureContext } from 'node:tls';
import { InboxError } from 'mindhook/inbox';
import { nodeMonitor, nodeServer } from 'mindhook/node';
import { createMetrics, createMonitor, createReceiver, type ErrorContext, type ReceiverEvent } from 'mindhook/receiver';
import { isEndpointName, isEndpointPath } from '../receiver/endpoint-names.js';
import { type Arguments, type Command, exit, type Io, MachineError, type Run, UsageError } from './command.js';
import { forwardWith } from './forward.js';
import { inboxOption, inboxText, inboxUrl, open } from './inbox/open.js';
import { fileError } from './input.js';
import { jsonOf } from './json-output.js';
import { eventLine, timeText } from './listen-lines.js';
import { listenOn, loopback, port, portExpected } from './listening.js';
import { InboxFeed } from './page/inbox-feed.js';
import { serveInspector } from './page/serve.js';
import { coloured, plain } from './paint.js';
import { Poster, targetOf, targetText } from './post.js';
import { counted, optionAs, size, sizeExpected, wholeNumber } from './quantities.js';
import { SECRET_VARIABLE, secretsOf } from './secret.js';
import { visible } from './visible-text.js';

const TOKEN_VARIABLE = 'MINDHOOK_TOKEN';
/** Whoever reads the lines may be slower than what comes; past this, lines are left out and counted. */
const linesMax = 10_000;

/** Everything that was said on the command line, checked before anything is opened. */
interface Settings {
	readonly url: string;
	readonly port: number;
	readonly host: string;
	readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
	readonly secrets: string[];
	readonly tokens: string[];
	readonly endpoint: string;
	readonly path: string | undefined;
	readonly target: URL | undefined;
	readonly monitorPort: number | undefined;
	readonly viewPort: number | undefined;
	readonly bytes: number | undefined;
	readonly concurrency: number | undefined;
	readonly attempts: number | undefined;
}

export const listen: Command = {
	name: 'listen',
	usage: ['mindhook listen [--port N] [--forward URL] [--inbox URL] …'],
	about: [
		'Receives webhooks: checks the signature of each, saves its exact bytes in the inbox, and only then answers 200. With --forward it then passes each one on, byte for byte with its own Content-Type and X-Signature, until the other server takes it (2xx): after a failure again and again with growing pauses, across restarts too. The same delivery may arrive there twice: its number stands in the header Mindhook-Delivery.',
		'Without --forward it only saves: deliveries stay `received` for another receiver on the same inbox. A body that is signed but cannot be read is quarantined, not passed on.',
		`The signing secret comes from ${SECRET_VARIABLE} or from --secret-file; of several, each is accepted. Ctrl-C or SIGTERM takes no more, finishes what was begun (30 seconds at most) and ends with 0; a second one ends at once, and loses nothing either.`,
	],
	options: {
		port: { placeholder: 'N', text: 'The port; 0 takes a free one. Default: 3000' },
		host: { placeholder: 'ADDRESS', text: `The address to listen on; 0.0.0.0 is every one. Default: ${loopback}` },
		cert: { placeholder: 'PATH', text: 'Listen with TLS: the certificate, with its chain, as PEM; goes with --key' },
		key: { placeholder: 'PATH', text: 'The private key of the certificate, as PEM' },
		...inboxOption,
		'secret-file': {
			placeholder: 'PATH',
			repeated: true,
			text: 'Read a signing secret from a file; one line break at its end is not part of it',
		},
		'token-file': {
			placeholder: 'PATH',
			repeated: true,
			text: `Ask for ?token=… in the URL, with the text in this file or in ${TOKEN_VARIABLE} of the environment`,
		},
		endpoint: { placeholder: 'NAME', text: 'What the webhook endpoint is called in the inbox. Default: default' },
		path: { placeholder: 'PATH', text: 'Take requests to this path only, answer 404 to others. Default: any path' },
		forward: { placeholder: 'URL', text: 'Pass each delivery on to this address: http:// or https://' },
		attempts: { placeholder: 'N', text: 'Try to pass on so often, then leave it as `dead`. Default: 10' },
		concurrency: { placeholder: 'N', text: 'Pass on so many at a time. Default: 8' },
		'max-bytes': { placeholder: 'SIZE', text: 'The largest body that is taken: 32MiB is the default' },
		'monitor-port': { placeholder: 'N', text: `Serve /metrics, /healthz and /readyz on this port of ${loopback}` },
		view: {
			text: `Show what comes, and what becomes of it, in the inspector: a page on a port of its own of ${loopback}, whose address holds a key`,
		},
		'view-port': { placeholder: 'N', text: 'The port of the inspector. Default: a free one' },
		json: { text: 'Print one line of JSON for each event: {time, type, …}' },
	},
	examples: [
		['mindhook listen', 'save what comes to http://127.0.0.1:3000/'],
		['mindhook listen --forward http://localhost:8080/hook', 'save it, and pass it on to your program'],
		['mindhook listen --host 0.0.0.0 --port 443 --cert c.pem --key k.pem', 'reachable from outside, with TLS'],
		['mindhook listen --secret-file old --secret-file new', 'while one secret is replaced by the next'],
	],
	fine: 'it was stopped, and everything taken is saved',
	atFault: 'does not happen',
	live: true,
	async *run(args, io) {
		const settings = await settingsOf(args, io);
		// From here on a signal ends it in order.
		const stop = io.interruption();
		const inbox = await open(settings.url, { create: true });
		try {
			return yield* receive(settings, inbox, args.has('json'), io, stop);
		} finally {
			await inbox.close();
		}
	},
};

async function settingsOf(args: Arguments, io: Io): Promise<Settings> {
	if (args.positionals.length > 0) throw new UsageError('`mindhook listen` takes options alone.');
	const numberExpected = 'a number from 1 to 1000';
	const endpoint = args.value('endpoint') ?? 'default';
	if (!isEndpointName(endpoint)) {
		throw new UsageError('--endpoint takes 1 to 64 letters, digits, dots, hyphens or underscores.');
	}
	const path = args.value('path');
	if (path !== undefined && !isEndpointPath(path)) {
		throw new UsageError('--path takes a path without query, percent-encoded, such as /webhooks/invoices.');
	}
	const forward = args.value('forward');
	for (const option of ['attempts', 'concurrency']) {
		if (args.has(option) && forward === undefined) throw new UsageError(`--${option} goes with --forward URL.`);
	}
	if (args.has('view-port') && !args.has('view')) throw new UsageError('--view-port goes with --view.');
	const secrets = await secretsOf(args, io, SECRET_VARIABLE, 'secret-file');
	if (secrets.length === 0) {
		throw new UsageError(`Where is the signing secret? Set ${SECRET_VARIABLE}, or give --secret-file PATH.`);
	}
	return {
		url: inboxUrl(args, io),
		port: optionAs(args, 'port', port, portExpected) ?? 3000,
		host: args.value('host') ?? loopback,
		tls: await tlsOf(args),
		secrets,
		tokens: await secretsOf(args, io, TOKEN_VARIABLE, 'token-file'),
		endpoint,
		path,
		target: forward === undefined ? undefined : targetOf('forward', forward),
		monitorPort: optionAs(args, 'monitor-port', port, portExpected),
		viewPort: args.has('view') ? (optionAs(args, 'view-port', port, portExpected) ?? 0) : undefined,
		bytes: optionAs(args, 'max-bytes', (text) => size(text) || undefined, sizeExpected),
		concurrency: optionAs(args, 'concurrency', wholeNumber(1, 1000), numberExpected),
		attempts: optionAs(args, 'attempts', wholeNumber(1, 1000), numberExpected),
	};
}

async function tlsOf(args: Arguments): Promise<Settings['tls']> {
	const [cert, key] = [args.value('cert'), args.value('key')];
	if (cert === undefined && key === undefined) return undefined;
	if (cert === undefined || key === undefined) throw new UsageError('--cert and --key go together.');
	const read = async (path: string): Promise<Buffer> =>
		readFile(path).catch((error: unknown) => {
			throw new MachineError(`cannot read ${path}: ${fileError(error)}`);
		});
	const pair = { cert: await read(cert), key: await read(key) };
	try {
		createSecureContext(pair);
	} catch (error) {
		throw new MachineError(`cannot listen with this certificate and key: ${(error as Error).message}`);
	}
	return pair;
}

type OpenedInbox = Awaited<ReturnType<typeof open>>;

async function* receive(settings: Settings, inbox: OpenedInbox, json: boolean, io: Io, stop: AbortSignal): Run {
	const { endpoint, path, secrets, tokens, target, tls, monitorPort, viewPort } = settings;
	const lines = new Lines();
	const failures = new Map<number, string>();
	const paint = io.colour ? coloured : plain;
	const poster = target && new Poster(target);
	const metrics = createMetrics();
	const feed = viewPort === undefined ? undefined : new InboxFeed(inbox, { requestsSince: new Date() });
	const onEvent = (event: ReceiverEvent): void => {
		let why: string | null = null;
		if (event.type === 'settled') {
			why = failures.get(event.id) ?? null;
			failures.delete(event.id);
		}
		const told = json ? { time: new Date(), ...event, ...(why && { why }) } : null;
		const line = told ? jsonOf(told) : eventLine(event, why, paint, io.terminal);
		if (line !== null) lines.say(line);
	};
	const secured = { secret: secrets, ...(tokens.length > 0 && { token: tokens }) };
	const receiver = createReceiver({
		inbox,
		onPayload: poster ? forwardWith(poster, (id, why) => failures.set(id, why)) : null,
		...(path === undefined ? { ...secured, endpoint } : { endpoints: { [endpoint]: { ...secured, path } } }),
		limits: { bytes: settings.bytes, concurrency: settings.concurrency },
		retry: settings.attempts === undefined ? undefined : { attempts: settings.attempts },
		onError: (error, context) => {
			const fault = json ? null : errorText(error, context);
			if (fault) lines.say(`${paint('dim', timeText(io.terminal))}  ${paint('red', 'fault      ')}  ${fault}`);
		},
		observers: [{ event: onEvent }, metrics, ...(feed ? [feed] : [])],
	});
	const server = nodeServer(receiver, tls && { tls, http2: true });
	const watched = createServer(nodeMonitor(createMonitor({ receiver, inbox, metrics })));
	let inspector: Awaited<ReturnType<typeof serveInspector>> | undefined;
	const shut = async (): Promise<void> => {
		await Promise.all([server.close(), receiver.close()]);
		poster?.close();
		// Whoever watches may do so until everything has ended.
		watched.close();
		watched.closeAllConnections();
		inspector?.close();
	};
	let shutting: Promise<void> | undefined;
	let isShut = false;
	try {
		const at = await listenOn(server.server as Server, settings.port, settings.host);
		const watch = monitorPort === undefined ? null : await listenOn(watched, monitorPort, loopback);
		if (feed) inspector = await serveInspector(viewPort ?? 0, { feed });
		const url = `http${tls ? 's' : ''}://${at}${path ?? '/'}`;
		const known = {
			url,
			inbox: inboxText(settings.url),
			forward: target ? targetText(target) : null,
			monitor: watch && `http://${watch}/`,
			inspector: inspector?.url ?? null,
		};
		if (json) yield `${jsonOf({ time: new Date(), type: 'listening', ...known })}\n`;
		else {
			yield `listening on ${url}${tokens.length > 0 ? '?token=…' : ''}${path === undefined ? ' and every other path' : ''}\n`;
			yield `saving to ${visible(known.inbox)}, endpoint ${endpoint}\n`;
			yield known.forward
				? `passing on to ${visible(known.forward)}\n`
				: 'only saving: no --forward, so deliveries stay `received` for another receiver on this inbox\n';
			if (watch) yield `monitor on http://${watch}/metrics, /healthz, /readyz\n`;
			if (inspector) yield `inspector on ${inspector.url}\n`;
		}
		const end = (): void => {
			const { handling } = receiver.state;
			if (!json && handling > 0) io.warn(`stopping; ${counted(handling, 'delivery', 'deliveries')} being passed on …`);
			shutting = shut().finally(() => {
				isShut = true;
				lines.wake();
			});
		};
		if (stop.aborted) end();
		else stop.addEventListener('abort', end);
		while (!isShut) {
			yield* lines.take();
			if (!isShut) await lines.more();
		}
		yield* lines.take();
		return exit.fine;
	} finally {
		await (shutting ?? shut());
	}
}

/** What a fault of this machine was; faults of a delivery have lines of their own. The text of a foreign error may hold values. */
function errorText(error: unknown, { stage, id }: ErrorContext): string | null {
	if (stage === 'parse' || stage === 'handle') return null;
	const what = error instanceof InboxError ? error.message : ((error as Error)?.name ?? 'Error');
	return visible(`${id === null ? '' : `#${id}  `}${what}`);
}

/** Lines on their way to whoever reads them. */
class Lines {
	#waiting: string[] = [];
	#left = 0;
	#wake: () => void = () => {};

	say(line: string): void {
		if (this.#waiting.length < linesMax) this.#waiting.push(line);
		else this.#left++;
		this.wake();
	}

	wake(): void {
		this.#wake();
	}

	*take(): Generator<string> {
		const [lines, left] = [this.#waiting, this.#left];
		[this.#waiting, this.#left] = [[], 0];
		if (left > 0) lines.push(`… ${counted(left, 'line')} left out: they came faster than they are read`);
		if (lines.length > 0) yield `${lines.join('\n')}\n`;
	}

	/** Resolves when there are lines, or somebody woke it. */
	async more(): Promise<void> {
		if (this.#waiting.length > 0) return;
		await new Promise<void>((resolve) => {
			this.#wake = resolve;
		});
	}
}
