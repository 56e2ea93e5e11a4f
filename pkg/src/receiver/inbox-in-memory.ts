import { createHash } from 'node:crypto';
import {
	type Claim,
	type ExpectedJob,
	type Inbox,
	type InboxEntry,
	type InboxEntryWithBody,
	InboxError,
	type InboxFilter,
	type Lease,
	type PrunePolicy,
} from 'mindhook/inbox';

/** An inbox for tests of what stands in front of one; it also runs where there is no `node:sqlite`. */
export interface InboxInMemory extends Inbox {
	/** What is in it, by number: the delivery 1 first. */
	readonly entries: readonly InboxEntryWithBody[];
	/** When set, everything but `close` is rejected with it. */
	failure: Error | null;
	/** How often each method was called. */
	readonly calls: Readonly<Record<string, number>>;
}

/** A row: an entry that may change, and the token of its last claim. */
interface Row {
	entry: InboxEntryWithBody;
	token: number;
}

interface Job {
	job: ExpectedJob;
	state: 'waiting' | 'arrived' | 'fetched' | 'lost';
	notBefore: number;
}

const untouched = {
	state: 'received',
	attempts: 0,
	nextAttemptAt: null,
	settledAt: null,
	leasedBy: null,
	leasedUntil: null,
	lastError: null,
	issues: [],
	kind: null,
	inferenceId: null,
	modelId: null,
	jobId: null,
} as const satisfies Partial<InboxEntry>;

const released = { leasedBy: null, leasedUntil: null } as const;

/** Makes one. `now` is its clock, in milliseconds. */
export function inboxInMemory({ now = Date.now }: { now?: () => number } = {}): InboxInMemory {
	const rows: Row[] = [];
	const jobs = new Map<string, Job>();
	const calls: Record<string, number> = {};
	let closed = false;

	const rowOf = (id: number): Row | undefined => rows.find(({ entry }) => entry.id === id);
	const change = (row: Row, changes: Partial<InboxEntryWithBody>): void => {
		row.entry = { ...row.entry, ...changes };
	};
	const held = ({ token, id }: Claim): Row | undefined => {
		const row = rowOf(id);
		return row?.token === token && row.entry.leasedBy !== null ? row : undefined;
	};
	/** The claim is lost, and nothing was begun under it. */
	const takeBack = ({ id, token }: Claim): void => {
		const row = rowOf(id);
		if (row === undefined || (row.entry.state !== 'received' && row.entry.state !== 'failed')) return;
		const { attempts } = row.entry;
		if (row.token > token && attempts > row.token - token) change(row, { attempts: attempts - 1 });
	};
	const isReserved = ({ entry }: Row): boolean => entry.leasedUntil !== null && entry.leasedUntil.getTime() > now();
	const isDue = (row: Row): boolean => {
		const { state, nextAttemptAt } = row.entry;
		if (isReserved(row)) return false;
		return state === 'received' || (state === 'failed' && (nextAttemptAt?.getTime() ?? 0) <= now());
	};
	const begin = (row: Row, { owner, milliseconds }: Lease): Claim => {
		row.token += 1;
		const leasedUntil = new Date(now() + milliseconds);
		change(row, { attempts: row.entry.attempts + 1, leasedBy: owner, leasedUntil });
		return { id: row.entry.id, token: row.token };
	};
	const withoutBody = ({ body: _, ...entry }: InboxEntryWithBody): InboxEntry => entry;

	const methods = {
		async save({ endpoint, body, headers = {}, remoteAddress = null, receivedAt, source = 'webhook' }, lease) {
			if (!(body instanceof Uint8Array)) throw new TypeError('The body of a delivery must be a Uint8Array.');
			const bodySha256 = createHash('sha256').update(body).digest('hex');
			const first = rows.find(({ entry }) => entry.endpoint === endpoint && entry.bodySha256 === bodySha256);
			if (first !== undefined) return { id: first.entry.id, duplicate: true, claim: null };
			const id = (rows.at(-1)?.entry.id ?? 0) + 1;
			const bytes = { body: Uint8Array.from(body), bodySha256, bodyBytes: body.byteLength };
			const come = { headers, remoteAddress, receivedAt: receivedAt ?? new Date(now()), source };
			const row: Row = { entry: { ...untouched, id, endpoint, ...bytes, ...come }, token: 0 };
			rows.push(row);
			return { id, duplicate: false, claim: lease === undefined ? null : begin(row, lease) };
		},
		read: async (id) => rowOf(id)?.entry ?? null,
		list: async (filter = {}) =>
			rows
				.filter(({ entry }) => matches(entry, filter))
				.map(({ entry }) => withoutBody(entry))
				.reverse()
				.slice(0, filter.limit ?? 100),

		async claim({ endpoints, limit, bytes = 64 * 1024 * 1024, unended, lease }) {
			const taken = [];
			let length = 0;
			let unendedLeft = unended?.limit ?? 0;
			for (const row of rows) {
				if (taken.length >= limit || length >= bytes) break;
				if (!isDue(row) || endpoints?.includes(row.entry.endpoint) === false) continue;
				const { state, attempts } = row.entry;
				if (state === 'received' && attempts >= (unended?.attempts ?? Infinity)) {
					if (unendedLeft === 0) continue;
					unendedLeft -= 1;
				}
				length += row.entry.bodyBytes;
				const claim = begin(row, lease);
				taken.push({ ...row.entry, claim });
			}
			return taken;
		},
		extend: async (claims, { owner, milliseconds }) =>
			claims.flatMap((claim) => {
				const row = held(claim);
				if (row === undefined) return [];
				change(row, { leasedBy: owner, leasedUntil: new Date(now() + milliseconds) });
				return claim.id;
			}),
		async settle(claim, settlement) {
			const row = held(claim);
			if (row === undefined) {
				if (settlement.state === 'released') takeBack(claim);
				return false;
			}
			const settledAt = new Date(now());
			const { state } = settlement;
			if (state === 'released') {
				change(row, { ...released, attempts: row.entry.attempts - 1 });
			} else if (state === 'quarantined') {
				change(row, { ...released, state, settledAt, issues: settlement.issues, nextAttemptAt: null, lastError: null });
			} else if (state === 'handled') {
				change(row, { ...released, state, settledAt, nextAttemptAt: null, lastError: null, ...settlement.parsed });
			} else if (state === 'dead') {
				const lastError = settlement.error;
				change(row, { ...released, state, settledAt, nextAttemptAt: null, lastError, ...settlement.parsed });
			} else {
				const nextAttemptAt = new Date(now() + settlement.retryMilliseconds);
				change(row, { ...released, state, nextAttemptAt, lastError: settlement.error, ...settlement.parsed });
			}
			return true;
		},

		async retry(filter) {
			const chosen = rows.filter((row) => matches(row.entry, filter) && !isReserved(row));
			const fresh = { state: 'received', attempts: 0, nextAttemptAt: null, settledAt: null, issues: [] } as const;
			for (const row of chosen) {
				row.token += 1;
				change(row, { ...fresh, ...released });
			}
			return chosen.length;
		},
		async prune({ olderThan, bodyBytesMax, states = ['handled'], dryRun = false }: PrunePolicy) {
			let kept = rows.reduce((sum, { entry }) => sum + entry.bodyBytes, 0);
			const result = { deliveries: 0, bodyBytes: 0 };
			for (const row of [...rows]) {
				const { entry } = row;
				if (!states.includes(entry.state) || isReserved(row)) continue;
				const isOld = olderThan !== undefined && (entry.settledAt ?? entry.receivedAt) < olderThan;
				if (!isOld && (bodyBytesMax === undefined || kept <= bodyBytesMax)) continue;
				kept -= entry.bodyBytes;
				result.deliveries += 1;
				result.bodyBytes += entry.bodyBytes;
				if (!dryRun) rows.splice(rows.indexOf(row), 1);
			}
			return result;
		},
		vacuum: async () => {},
		check: async function* () {
			for (const { entry } of rows) {
				if (createHash('sha256').update(entry.body).digest('hex') === entry.bodySha256) continue;
				yield { id: entry.id, message: 'The body has changed.' };
			}
		},
		async stats() {
			const deliveries = { received: 0, handled: 0, failed: 0, dead: 0, quarantined: 0 };
			let bodyBytes = 0;
			let oldestWaitingAt: Date | null = null;
			for (const { entry } of rows) {
				deliveries[entry.state] += 1;
				bodyBytes += entry.bodyBytes;
				if (entry.state === 'received' || entry.state === 'failed') oldestWaitingAt ??= entry.receivedAt;
			}
			const expectedJobs = [...jobs.values()].filter(({ state }) => state === 'waiting').length;
			return { deliveries, bodyBytes, storedBytes: bodyBytes, oldestWaitingAt, expectedJobs };
		},
		ready: async () => {},

		async expectJob({ jobId, endpoint, modelId = null, enqueuedAt = new Date(now()) }) {
			if (jobs.has(jobId)) return;
			const job = { jobId, endpoint, modelId, enqueuedAt, attempts: 0, lastError: null };
			jobs.set(jobId, { job, state: 'waiting', notBefore: 0 });
		},
		async claimOverdueJobs({ overdueMilliseconds, limit, leaseMilliseconds }) {
			const taken: ExpectedJob[] = [];
			const waiting = [...jobs.values()].filter(({ state }) => state === 'waiting');
			for (const each of waiting.sort((a, b) => +a.job.enqueuedAt - +b.job.enqueuedAt)) {
				if (+each.job.enqueuedAt > now() - overdueMilliseconds || each.notBefore > now()) continue;
				if (rows.some(({ entry }) => entry.jobId === each.job.jobId)) {
					each.state = 'arrived';
					continue;
				}
				if (taken.length >= limit) break;
				each.notBefore = now() + leaseMilliseconds;
				each.job = { ...each.job, attempts: each.job.attempts + 1 };
				taken.push(each.job);
			}
			return taken;
		},
		async settleJob(jobId, settlement) {
			const each = jobs.get(jobId);
			if (each === undefined) throw new InboxError('not_found', `There is no job ${jobId} in this inbox.`);
			each.state = settlement.state;
			if ('error' in settlement) each.job = { ...each.job, lastError: settlement.error };
			if (settlement.state === 'waiting') each.notBefore = now() + settlement.retryMilliseconds;
		},
	} satisfies Omit<Inbox, 'close'> as Omit<Inbox, 'close'>;

	const inbox: InboxInMemory = {
		...methods,
		get entries() {
			return rows.map(({ entry }) => entry);
		},
		calls,
		failure: null,
		close: async () => {
			closed = true;
		},
	};
	for (const [name, method] of Object.entries(methods) as [keyof typeof methods, (...args: unknown[]) => unknown][]) {
		if (name === 'check') continue;
		(inbox as unknown as Record<string, unknown>)[name] = async (...args: unknown[]) => {
			calls[name] = (calls[name] ?? 0) + 1;
			if (closed) throw new InboxError('closed', 'The inbox has been closed.');
			if (inbox.failure !== null) throw inbox.failure;
			return method(...args);
		};
	}
	return inbox;
}

function matches(entry: InboxEntry, filter: InboxFilter): boolean {
	const { ids, state, receivedSince, receivedBefore, before } = filter;
	const states = state === undefined || typeof state === 'string' ? state && [state] : state;
	return (
		(ids?.includes(entry.id) ?? true) &&
		(states?.includes(entry.state) ?? true) &&
		(['endpoint', 'source', 'kind', 'inferenceId', 'modelId', 'jobId'] as const).every(
			(key) => filter[key] === undefined || filter[key] === entry[key],
		) &&
		(receivedSince === undefined || entry.receivedAt >= receivedSince) &&
		(receivedBefore === undefined || entry.receivedAt < receivedBefore) &&
		(before === undefined || entry.id < before)
	);
}
