/** Reads one delivery of those that a command is about. */
import { type Inbox, type InboxEntryWithBody, InboxError } from 'mindhook/inbox';
import { visible } from '../visible-text.js';

/** A delivery that is there and cannot be read as it was saved: the others may well be. */
export interface Unreadable {
	readonly unreadable: string;
}

/** The delivery; why it cannot be read, where that is its own matter; `null` when there is none. Rejects where the inbox fails. */
export async function deliveryOf(inbox: Inbox, id: number): Promise<InboxEntryWithBody | Unreadable | null> {
	try {
		return await readTwice(inbox, id);
	} catch (error) {
		if (!(error instanceof InboxError) || !['damaged', 'key', 'runtime'].includes(error.code)) throw error;
		return { unreadable: visible(error.message) };
	}
}

/**
 * What the storage does not give is the delivery's own matter where the storage gives what else is known of it, and not the
 * delivery when it is asked again: told as damage. A storage that is away fails in both.
 */
async function readTwice(inbox: Inbox, id: number): Promise<InboxEntryWithBody | null> {
	try {
		return await inbox.read(id);
	} catch (error) {
		if (!(error instanceof InboxError) || error.code !== 'open') throw error;
		await inbox.list({ ids: [id], limit: 1 });
	}
	return inbox.read(id).catch((error: unknown) => {
		throw error instanceof InboxError && error.code === 'open'
			? new InboxError('damaged', error.message, error)
			: error;
	});
}

export function isUnreadable(read: InboxEntryWithBody | Unreadable): read is Unreadable {
	return !('body' in read);
}
