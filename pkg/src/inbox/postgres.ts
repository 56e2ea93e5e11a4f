import { type Inbox, InboxError } from './inbox.js';
import type { InboxOptions } from './options.js';

/** The engine behind `postgres:`. */
export async function openPostgresInbox(_url: string, _options: InboxOptions): Promise<Inbox> {
	throw new InboxError('url', 'A PostgreSQL inbox is not supported yet. Use a file: sqlite:inbox.db');
}
