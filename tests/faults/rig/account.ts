import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DeliveryState, type Inbox, openInbox } from 'mindhook/inbox';
import type { Posted } from './payloads.js';

/** What was found in an inbox of what was answered 200. */
export interface Account {
	/** Not in the inbox with the bytes that were posted. */
	readonly missing: readonly Posted[];
	/** Stored more than once. */
	readonly duplicates: number;
	/** Readable, but the handler never finished with it. */
	readonly unhandled: readonly Posted[];
	/** In a state in which it should not be: everything readable `handled`, the rest `quarantined`. */
	readonly unsettled: readonly Posted[];
	/** Deliveries in all. */
	readonly entries: number;
	readonly states: Partial<Record<DeliveryState, number>>;
	/** What the inbox's own check found. */
	readonly problems: readonly string[];
}

const pageLength = 1_000;

/** Opens the inbox and looks for everything that was answered 200: the bytes themselves are read and hashed. */
export async function account(url: string, handledLog: string | null, posted: Iterable<Posted>): Promise<Account> {
	const inbox = await openInbox(url);
	try {
		const found = new Map<string, { count: number; state: DeliveryState }>();
		const states: Partial<Record<DeliveryState, number>> = {};
		let entries = 0;
		for (let before = Number.MAX_SAFE_INTEGER; ; ) {
			const page = await inbox.list({ before, limit: pageLength });
			for (const { id, state } of page) {
				const body = (await inbox.read(id))?.body ?? new Uint8Array();
				const sha256 = createHash('sha256').update(body).digest('hex');
				found.set(sha256, { count: (found.get(sha256)?.count ?? 0) + 1, state });
				states[state] = (states[state] ?? 0) + 1;
				entries += 1;
			}
			if (page.length < pageLength) break;
			before = page.at(-1)?.id ?? 0;
		}
		const problems: string[] = [];
		for await (const { id, message } of inbox.check()) problems.push(`${id ?? 'storage'}: ${message}`);
		const handled = new Set(
			handledLog !== null && existsSync(handledLog) ? readFileSync(handledLog, 'utf8').split('\n') : [],
		);
		const all = [...posted];
		return {
			missing: all.filter(({ sha256 }) => !found.has(sha256)),
			duplicates: [...found.values()].reduce((sum, { count }) => sum + count - 1, 0),
			unhandled: all.filter(({ id, readable }) => readable && !handled.has(id)),
			unsettled: all.filter(({ sha256, readable }) => {
				const state = found.get(sha256)?.state;
				return state !== undefined && state !== (readable ? 'handled' : 'quarantined');
			}),
			entries,
			states,
			problems,
		};
	} finally {
		await inbox.close();
	}
}

/** Resolves when nothing in the inbox waits to be handled any more; rejects when that takes too long. */
export async function allSettled(url: string, milliseconds = 120_000): Promise<void> {
	const inbox: Inbox = await openInbox(url);
	try {
		const end = Date.now() + milliseconds;
		for (;;) {
			const { received, failed } = (await inbox.stats()).deliveries;
			if (received + failed === 0) return;
			if (Date.now() > end) throw new Error(`${received + failed} deliveries are still not settled.`);
			await sleep(200);
		}
	} finally {
		await inbox.close();
	}
}

/** Throws unless everything is there once, is as it was posted, was handled, and is settled. */
export function mustBeWhole({ missing, duplicates, unhandled, unsettled, problems, states }: Account): void {
	const faults = [
		missing.length > 0 && `${missing.length} lost (as ${missing[0]?.id})`,
		duplicates > 0 && `${duplicates} stored twice`,
		unhandled.length > 0 && `${unhandled.length} never handled (as ${unhandled[0]?.id})`,
		unsettled.length > 0 && `${unsettled.length} not settled (as ${unsettled[0]?.id}; ${JSON.stringify(states)})`,
		problems.length > 0 && `the inbox has problems: ${problems.slice(0, 3).join('; ')}`,
	].filter((each) => each !== false);
	if (faults.length > 0) throw new Error(faults.join(', '));
}
