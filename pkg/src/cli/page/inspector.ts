/** The inspector as it is served: the page, and beside it what it may show. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DeliveryState } from 'mindhook/inbox';
import { states } from '../inbox/selection.js';
import { behindToken, isOwn, Tickets } from './access.js';
import { isReading, refuse, sendBytes, sendJson } from './answers.js';
import type { DeliveryFeed } from './delivery-feed.js';
import { EventStream } from './event-stream.js';
import type { BytesFault, DeliveryPage, ShelfOffer } from './live-protocol.js';
import { type NamedFile, offerOf, sendFile } from './offered-files.js';
import { pageListener } from './page-files.js';
import { dataHeaders } from './policy.js';

/** A page asks for so many deliveries at a time at most. */
const pageLengthMax = 500;
/** What a page looks at to know what a file is. */
const headLength = 16_384;

/** What the inspector is made of. */
export interface InspectorOptions {
	/** The folder of the built page. */
	readonly folder: string;
	/** The first part of every path; whoever does not know it gets 404 for everything. */
	readonly token: string;
	readonly files?: readonly NamedFile[];
	readonly feed?: DeliveryFeed;
}

/** A listener for `createServer`, which serves whatever feed of deliveries it is given. */
export interface Inspector {
	readonly listener: (request: IncomingMessage, response: ServerResponse) => void;
	/** A path that leads to the page once, for where a path can be seen by others. */
	ticket(): string;
	/** Ends what goes on by itself; connections are the server's to close. */
	close(): void;
}

/** Makes the listener. It wants a server of its own on a loopback address. */
export function inspector({ folder, token, files = [], feed }: InspectorOptions): Inspector {
	const offer: ShelfOffer = {
		files: offerOf(files),
		deliveries: feed !== undefined,
		requestsSince: feed?.requestsSince?.toISOString() ?? null,
	};
	const page = pageListener(folder, files.length > 0 || feed ? 'live.html' : 'index.html');
	const stream = feed && new EventStream(feed);
	const tickets = new Tickets();

	const answer = async (path: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
		const [, name = '', number, query = ''] = /^\/api\/([a-z]+)(?:\/(\d{1,15}))?(?:\?(.*))?$/s.exec(path) ?? [];
		const wants = number === undefined ? name : `${name}/N`;
		if (wants === 'shelf') return sendJson(response, 200, offer);
		if (wants === 'files/N') {
			const file = files[Number(number)];
			if (file) return sendFile(file, request, response, query === 'head' ? headLength : undefined);
		}
		if (feed && wants === 'deliveries') return sendJson(response, 200, await pageOf(feed, new URLSearchParams(query)));
		if (feed && wants === 'deliveries/N') {
			const body = await feed.body(Number(number));
			return body ? sendBytes(response, body) : sendJson(response, 410, { fault: 'gone' satisfies BytesFault });
		}
		if (stream && wants === 'events') return stream.open(request, response);
		refuse(response, 404, 'There is no such thing.');
	};

	const listener = (request: IncomingMessage, response: ServerResponse): void => {
		// Whoever asks may be gone before the answer is there.
		request.on('error', () => {});
		response.on('error', () => {});
		const path = isOwn(request.headers) ? behindToken(request.url ?? '/', token) : undefined;
		if (path === undefined) refuse(response, 403, 'Only the page itself is answered here.');
		else if (path === null && tickets.redeem(request.url ?? '')) {
			response.writeHead(303, { ...dataHeaders, location: `/${token}/` }).end();
		} else if (path === null) refuse(response, 404, 'There is nothing here: open the whole address that was printed.');
		else if (path === '') response.writeHead(308, { ...dataHeaders, location: `/${token}/` }).end();
		else if (!path.startsWith('/api/')) {
			request.url = path;
			page(request, response);
		} else if (isReading(request, response)) {
			void answer(path, request, response).catch(() => refuse(response, 500, 'It cannot be read now.'));
		}
	};
	return { listener, ticket: () => tickets.issue(), close: () => stream?.close() };
}

async function pageOf(feed: DeliveryFeed, query: URLSearchParams): Promise<DeliveryPage> {
	const number = (name: string): number | undefined => {
		const text = query.get(name);
		return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
	};
	const before = number('before');
	const limit = Math.min(Math.max(number('limit') ?? 100, 1), pageLengthMax);
	const wanted = query.getAll('state').filter((text): text is DeliveryState => (states as string[]).includes(text));
	const found = await feed.list({ ...(before !== undefined && { before }), limit: limit + 1, states: wanted });
	return { deliveries: found.slice(0, limit), more: found.length > limit };
}
