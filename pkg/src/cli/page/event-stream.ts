/** Server-sent events: as many readers as there are, each at its own pace; none holds up what the events come from. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DeliveryFeed } from './delivery-feed.js';
import { EventLog } from './event-log.js';
import type { LiveEvent } from './live-protocol.js';
import { dataHeaders } from './policy.js';

/** Events are gathered for so long: many at once are one piece for the reader. */
const gatherMs = 50;
/** A reader that is gone is noticed when something is sent to it. */
const beatMs = 15_000;
/** A reader that comes back so soon goes on where it was. */
const graceMs = 10_000;
/** So much is written at once. */
const pieceLength = 64_000;

class Reader {
	/** Number of the last event that was sent. */
	#sent: number;
	#full = false;
	readonly #log: EventLog;
	readonly #response: ServerResponse;

	constructor(log: EventLog, response: ServerResponse, lastEventId: string | undefined) {
		this.#log = log;
		this.#response = response;
		const resumed = log.numberOf(lastEventId);
		this.#sent = resumed ?? log.last;
		// A page that lost its server asks again after a second.
		this.#write(`retry: 1000\n\n${resumed === null ? log.gap() : ''}`);
		response.on('drain', () => {
			this.#full = false;
			this.send();
		});
	}

	/** Sends what is new, as far as the connection takes it. */
	send(): void {
		while (!this.#full && this.#sent < this.#log.last) {
			let piece = '';
			while (piece.length < pieceLength && this.#sent < this.#log.last) {
				const text = this.#log.at(this.#sent + 1);
				piece += text ?? this.#log.gap();
				this.#sent = text === null ? this.#log.last : this.#sent + 1;
			}
			this.#write(piece);
		}
	}

	beat(): void {
		if (!this.#full) this.#write(': \n\n');
	}

	#write(text: string): void {
		this.#full = !this.#response.write(text);
	}
}

/** The readers of one feed. It is followed only while somebody reads. */
export class EventStream {
	readonly #feed: DeliveryFeed;
	readonly #readers = new Set<Reader>();
	#log: EventLog;
	#following: Promise<() => void> | null = null;
	#gathering: NodeJS.Timeout | null = null;
	#leaving: NodeJS.Timeout | null = null;
	#beating: NodeJS.Timeout | null = null;
	#closed = false;

	constructor(feed: DeliveryFeed) {
		this.#feed = feed;
		this.#log = this.#newLog();
	}

	/** Answers a request with events, until its reader goes. */
	async open(request: IncomingMessage, response: ServerResponse): Promise<void> {
		// Nobody would stop what is begun after the end.
		if (!this.#closed) this.#following ??= this.#feed.follow((event) => this.#tell(event));
		await this.#following;
		response.writeHead(200, { ...dataHeaders, 'content-type': 'text/event-stream; charset=utf-8' });
		if (request.method === 'HEAD' || response.destroyed || this.#closed) {
			response.end();
			if (this.#readers.size === 0) this.#rest();
			return;
		}
		const { 'last-event-id': lastEventId } = request.headers;
		const reader = new Reader(this.#log, response, typeof lastEventId === 'string' ? lastEventId : undefined);
		this.#readers.add(reader);
		// Not before: another one that waited for the same may have gone meanwhile, and was the last then.
		if (this.#leaving) clearTimeout(this.#leaving);
		this.#leaving = null;
		this.#beating ??= setInterval(() => {
			for (const each of this.#readers) each.beat();
		}, beatMs);
		response.once('close', () => {
			this.#readers.delete(reader);
			if (this.#readers.size === 0) this.#rest();
		});
		reader.send();
	}

	/** Nothing is told any more; the connections are the server's to close. */
	close(): void {
		this.#closed = true;
		if (this.#leaving) clearTimeout(this.#leaving);
		this.#stop();
	}

	#tell(event: LiveEvent): void {
		this.#log.append(event);
		this.#gathering ??= setTimeout(() => {
			this.#gathering = null;
			for (const reader of this.#readers) reader.send();
		}, gatherMs);
	}

	/** Without a reader, the feed is left alone after a while. */
	#rest(): void {
		if (this.#closed) return;
		this.#leaving ??= setTimeout(() => this.#stop(), graceMs);
	}

	#stop(): void {
		this.#leaving = null;
		for (const timer of [this.#gathering, this.#beating]) if (timer) clearTimeout(timer);
		this.#gathering = this.#beating = null;
		void this.#following?.then(
			(stop) => stop(),
			() => {},
		);
		this.#following = null;
		// What happens from here on is in no log.
		this.#log = this.#newLog();
	}

	#newLog(): EventLog {
		return new EventLog(() => this.#feed.standing());
	}
}
