/** Shows the deliveries of an inbox, and notices what becomes of them, whoever handles them. */
import { type Inbox, type InboxEntry, InboxError } from 'mindhook/inbox';
import type { ReceiverEvent } from 'mindhook/receiver';
import type { DeliveryFeed, FeedQuery } from './delivery-feed.js';
import type { LiveEvent, ShownDelivery, ShownRequest } from './live-protocol.js';

/** Other processes tell nothing, so that the inbox is looked at so often. */
const everyMs = 1_000;
/** After an event of a receiver in this process it is looked at sooner; many events are one look. */
const soonMs = 100;
/** So many of the newest are compared, so many of those that wait, and twice as many of those that did or were named. */
const watchedMax = 200;
/** Of those that did, or were listed so, so many are kept for when their turn is. */
const keptMax = 10_000;
/** An event holds so many deliveries at most, that a log of events is not full with one of them. */
const togetherMax = 50;
/** So many of the latest requests are kept for those who begin to follow. */
const requestsMax = 100;
/** Of so many deliveries it is kept how often they came again. */
const repeatedMax = 10_000;

type Reading = Pick<Inbox, 'list' | 'read'>;

const shownOf = (entry: InboxEntry, repeats: number): ShownDelivery => ({
	id: entry.id,
	state: entry.state,
	kind: entry.kind,
	endpoint: entry.endpoint,
	source: entry.source,
	receivedAt: entry.receivedAt.toISOString(),
	bytes: entry.bodyBytes,
	attempts: entry.attempts,
	nextAttemptAt: entry.nextAttemptAt?.toISOString() ?? null,
	lastError: entry.lastError,
	inferenceId: entry.inferenceId,
	repeats,
});

const waits = ({ state }: InboxEntry): boolean => state === 'received' || state === 'failed';

/** What a look found. */
interface Found {
	readonly entries: ReadonlyMap<number, InboxEntry>;
	/** Numbers of those that waited and whose turn is later, in their order. */
	readonly later: readonly number[];
	/** Whether there is, or was, something that was not seen: too much came at once, or deliveries are gone. */
	readonly isGap: boolean;
}

/** The deliveries of an inbox. */
export class InboxFeed implements DeliveryFeed {
	readonly #inbox: Reading;
	readonly #followers = new Set<(event: LiveEvent) => void>();
	/** Numbers that a receiver named since the last look. */
	#named = new Set<number>();
	/** Those that were listed since the last look and wait to be handled, as text, by number. */
	readonly #listed = new Map<number, string>();
	/** What was seen last, as text, by number. */
	#seen = new Map<number, string>();
	/** Those of them that wait to be handled; the next to be asked for is the first. */
	#waiting = new Set<number>();
	#newest = 0;
	/** Whether it was looked at since somebody follows: the first look only says how things stand. */
	#isBegun = false;
	#timer: NodeJS.Timeout | null = null;
	#dueAt = 0;
	#looking: Promise<void> | null = null;
	#trouble = '';
	/** Newest first. */
	#requests: ShownRequest[] = [];
	/** How often deliveries came again, by number; the one that came again last is the last. */
	readonly #repeats = new Map<number, number>();
	readonly requestsSince: Date | null;

	/** `requestsSince`: the moment from which on a receiver on this inbox tells {@link event} of its work, where there is one. */
	constructor(inbox: Reading, { requestsSince = null }: { readonly requestsSince?: Date | null } = {}) {
		this.#inbox = inbox;
		this.requestsSince = requestsSince;
	}

	async list({ before, limit, states }: FeedQuery): Promise<ShownDelivery[]> {
		const entries = await this.#inbox.list({
			limit,
			...(before !== undefined && { before }),
			...(states.length > 0 && { state: states }),
		});
		return entries.map((entry) => {
			const shown = this.#shown(entry);
			// Whoever has it as it is now is to be told what becomes of it, however far down the list it stands.
			if (this.#followers.size > 0 && waits(entry) && this.#listed.size < keptMax) {
				this.#listed.set(entry.id, JSON.stringify(shown));
			}
			return shown;
		});
	}

	#shown(entry: InboxEntry): ShownDelivery {
		return shownOf(entry, this.#repeats.get(entry.id) ?? 0);
	}

	async body(id: number): Promise<Uint8Array | null> {
		return (await this.#inbox.read(id))?.body ?? null;
	}

	async follow(tell: (event: LiveEvent) => void): Promise<() => void> {
		this.#followers.add(tell);
		if (this.#followers.size === 1) this.#isBegun = false;
		this.#looking ??= this.#look();
		await this.#looking;
		return () => {
			this.#followers.delete(tell);
			if (this.#followers.size > 0) return;
			if (this.#timer) clearTimeout(this.#timer);
			this.#timer = null;
			this.#named.clear();
			this.#listed.clear();
		};
	}

	standing(): LiveEvent[] {
		return [
			...(this.requestsSince ? [{ name: 'requests', data: this.#requests } as const] : []),
			...(this.#trouble === '' ? [] : [{ name: 'trouble', data: { message: this.#trouble } } as const]),
		];
	}

	/** What a receiver on this inbox tells of its work; while nobody follows, only what no inbox knows is kept of it. */
	readonly event = (event: ReceiverEvent): void => {
		if (event.type === 'request' && event.outcome !== 'saved') {
			const { outcome, status, endpoint, id, bytes } = event;
			this.#note({ time: new Date().toISOString(), outcome, status, endpoint, id, bytes });
		}
		if (this.#followers.size === 0) return;
		if ('id' in event && event.id !== null) {
			if (this.#named.size < watchedMax) this.#named.add(event.id);
			this.#plan(soonMs);
		}
	};

	#note(request: ShownRequest): void {
		// Made anew: what was given to readers stays as it was.
		this.#requests = [request, ...this.#requests.slice(0, requestsMax - 1)];
		if (request.id !== null) {
			const before = this.#repeats.get(request.id) ?? 0;
			this.#repeats.delete(request.id);
			this.#repeats.set(request.id, before + 1);
			for (const id of this.#repeats.keys()) {
				if (this.#repeats.size <= repeatedMax) break;
				this.#repeats.delete(id);
			}
		}
		this.#tell({ name: 'request', data: request });
	}

	#tell(event: LiveEvent): void {
		for (const tell of this.#followers) tell(event);
	}

	#plan(milliseconds: number): void {
		const dueAt = Date.now() + milliseconds;
		if (this.#looking || (this.#timer && this.#dueAt <= dueAt)) return;
		if (this.#timer) clearTimeout(this.#timer);
		this.#dueAt = dueAt;
		this.#timer = setTimeout(() => {
			this.#timer = null;
			this.#looking = this.#look();
		}, milliseconds);
	}

	/** Never rejects. */
	async #look(): Promise<void> {
		const named = this.#named;
		this.#named = new Set();
		for (const [id, text] of this.#listed) {
			if (!this.#seen.has(id)) this.#seen.set(id, text);
			this.#waiting.add(id);
		}
		this.#listed.clear();
		try {
			const { entries, later, isGap } = await this.#watched(named);
			// Whoever began to follow in a trouble has no list yet.
			if (this.#trouble !== '' || (isGap && this.#isBegun)) this.#tell({ name: 'gap', data: null });
			this.#trouble = '';
			const changed = this.#compare(entries, later);
			if (this.#isBegun) this.#announce(changed);
			this.#isBegun = true;
		} catch (error) {
			const message = error instanceof InboxError ? error.message : 'The inbox cannot be read.';
			if (message !== this.#trouble) this.#tell({ name: 'trouble', data: { message } });
			this.#trouble = message;
		}
		this.#looking = null;
		if (this.#followers.size > 0) this.#plan(this.#named.size > 0 ? soonMs : everyMs);
	}

	/** The newest, those that wait, those that did, and those that were named; each once. */
	async #watched(named: ReadonlySet<number>): Promise<Found> {
		const entries = new Map<number, InboxEntry>();
		const add = (found: readonly InboxEntry[]): void => {
			for (const entry of found) entries.set(entry.id, entry);
		};
		const newest = await this.#inbox.list({ limit: watchedMax });
		add(newest);
		/** The oldest of the newest; below it, only those that wait are looked at. */
		const oldest = newest.length < watchedMax ? 0 : Math.min(...entries.keys());
		add(await this.#inbox.list({ state: ['received', 'failed'], limit: watchedMax }));
		// Of more than that some are asked for, and the others the next time: each look would ask for all that ever waited.
		const others = [...new Set([...named, ...this.#waiting])].filter((id) => !entries.has(id));
		const asked = new Set(others.slice(0, 2 * watchedMax));
		if (asked.size > 0) add(await this.#inbox.list({ ids: [...asked], limit: asked.size }));
		const isGone = (id: number): boolean => !entries.has(id) && (id >= oldest || asked.has(id));
		const isGap = (this.#newest > 0 && oldest > this.#newest + 1) || [...this.#seen.keys()].some(isGone);
		const later = others.slice(asked.size).filter((id) => id < oldest);
		return { entries, later: later.slice(0, keptMax), isGap };
	}

	/** Notes how things stand; gives what is not as it was seen last. */
	#compare(entries: ReadonlyMap<number, InboxEntry>, later: readonly number[]): ShownDelivery[] {
		const before = this.#seen;
		this.#waiting = new Set(later);
		this.#seen = new Map(later.map((id) => [id, before.get(id) ?? '']));
		const changed: ShownDelivery[] = [];
		for (const entry of entries.values()) {
			const shown = this.#shown(entry);
			const text = JSON.stringify(shown);
			if (before.get(entry.id) !== text) changed.push(shown);
			this.#seen.set(entry.id, text);
			if (waits(entry)) this.#waiting.add(entry.id);
			this.#newest = Math.max(this.#newest, entry.id);
		}
		return changed.sort((a, b) => a.id - b.id);
	}

	#announce(changed: readonly ShownDelivery[]): void {
		for (let from = 0; from < changed.length; from += togetherMax) {
			this.#tell({ name: 'deliveries', data: changed.slice(from, from + togetherMax) });
		}
	}
}
