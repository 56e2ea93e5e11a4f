import { createHash } from 'node:crypto';
import type { DeliveryState, Inbox, InboxEntryWithBody } from 'mindhook/inbox';

/** An inbox for tests of what stands in front of one; it also runs where there is no `node:sqlite`. */
export interface InboxInMemory extends Inbox {
	readonly entries: InboxEntryWithBody[];
	/** When set, every save is rejected with it. */
	failure: Error | null;
}

/** Makes one. */
export function inboxInMemory(): InboxInMemory {
	const entries: InboxEntryWithBody[] = [];
	const change = async (id: number, changes: Partial<InboxEntryWithBody>): Promise<void> => {
		const old = entries[id - 1];
		if (old === undefined) throw new Error(`no delivery ${id}`);
		entries[id - 1] = { ...old, ...changes };
	};
	const attemptsOf = (id: number): number => (entries[id - 1]?.attempts ?? 0) + 1;
	return {
		entries,
		failure: null,
		async save({ endpoint, body, headers = {}, remoteAddress = null, receivedAt = new Date() }) {
			if (this.failure !== null) throw this.failure;
			const bodySha256 = createHash('sha256').update(body).digest('hex');
			const first = entries.find((entry) => entry.endpoint === endpoint && entry.bodySha256 === bodySha256);
			if (first !== undefined) return { id: first.id, duplicate: true };
			const id = entries.length + 1;
			const bodyBytes = body.byteLength;
			entries.push({ id, endpoint, body, bodySha256, bodyBytes, headers, remoteAddress, receivedAt, ...untouched });
			return { id, duplicate: false };
		},
		read: async (id) => entries[id - 1] ?? null,
		list: async () => entries.toReversed(),
		pending: async ({ endpoint } = {}) =>
			entries
				.filter((entry) => entry.state === 'received' && (endpoint ?? entry.endpoint) === entry.endpoint)
				.map(({ id }) => id),
		markHandled: (id, parsed) => change(id, { state: 'handled', attempts: attemptsOf(id), lastError: null, ...parsed }),
		markFailed: (id, error, parsed) =>
			change(id, { state: 'failed', attempts: attemptsOf(id), lastError: error, ...parsed }),
		markQuarantined: (id, issues) => change(id, { state: 'quarantined', issues }),
		close: async () => {},
	};
}

const untouched = {
	state: 'received' as DeliveryState,
	attempts: 0,
	lastError: null,
	issues: [],
	kind: null,
	inferenceId: null,
	modelId: null,
};
