/**
 * `mindhook/inbox`: durable storage for deliveries, behind one interface.
 *
 * @module
 */
import { type Inbox, InboxError } from './inbox.js';
import { openSqliteInbox } from './sqlite.js';

export type {
	DeliveryState,
	Inbox,
	InboxEntry,
	InboxEntryWithBody,
	InboxErrorCode,
	InboxFilter,
	NewDelivery,
	ParsedAs,
	SaveResult,
} from './inbox.js';
export { InboxError } from './inbox.js';

/** One engine per scheme: a new engine is one file and one line here. */
const engines: Readonly<Record<string, (location: string) => Promise<Inbox>>> = {
	sqlite: openSqliteInbox,
};

/**
 * Opens the inbox that a URL names; a new one is made where there is none.
 *
 * `sqlite:inbox.db` is a file in the current folder, `sqlite:/var/lib/app/inbox.db` an absolute path, `sqlite::memory:` is
 * for tests and forgets everything. The SQLite engine is Node's own and needs Node 22.13 or newer.
 *
 * @example
 * ```js
 * const inbox = await openInbox('sqlite:inbox.db');
 * await inbox.save({ endpoint: 'invoices', body: new TextEncoder().encode('{}') }); // { id: 1, duplicate: false }
 * await inbox.save({ endpoint: 'invoices', body: new TextEncoder().encode('{}') }); // { id: 1, duplicate: true }
 * await inbox.pending(); // [1]
 * await inbox.close();
 * ```
 *
 * @throws {InboxError} (as a rejection) when there is no such engine, or the storage cannot be opened.
 */
export async function openInbox(url: 'sqlite:inbox.db' | (string & {})): Promise<Inbox> {
	const scheme = typeof url === 'string' ? /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() : undefined;
	if (scheme === 'postgres' || scheme === 'postgresql') {
		throw new InboxError('url', 'A PostgreSQL inbox is not supported yet. Use a file: sqlite:inbox.db');
	}
	const open = scheme !== undefined && Object.hasOwn(engines, scheme) ? engines[scheme] : undefined;
	if (scheme === undefined || open === undefined) {
		// The URL itself is not repeated: it may hold a password.
		const found = scheme === undefined ? 'The inbox URL has no scheme' : `There is no inbox of the scheme ${scheme}:`;
		throw new InboxError('url', `${found}. Supported: ${Object.keys(engines).join(':, ')}: (as in sqlite:inbox.db)`);
	}
	return open(url.slice(scheme.length + 1));
}
