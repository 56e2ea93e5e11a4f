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
		return await inbox.read(id);
	} catch (error) {
		if (!(error instanceof InboxError) || (error.code !== 'damaged' && error.code !== 'key')) throw error;
		return { unreadable: visible(error.message) };
	}
}

export function isUnreadable(read: InboxEntryWithBody | Unreadable): read is Unreadable {
	return !('body' in read);
}
