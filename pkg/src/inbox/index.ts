/**
 * `mindhook/inbox`: durable storage for deliveries, behind one interface.
 *
 * @module
 */
import { type Inbox, InboxError } from './inbox.js';
import type { InboxOptions } from './options.js';
import { sealerOf } from './sealing.js';
import { openSqliteInbox } from './sqlite.js';

export type * from './inbox.js';
export { InboxError } from './inbox.js';
export type { InboxOptions } from './options.js';

type Open = (url: string, options: InboxOptions) => Promise<Inbox>;

/** PostgreSQL needs packages that only those have who use it. */
const openPostgres: Open = async (url, { create, encryptionKey }) =>
	(await import('./postgres.js')).openPostgresInbox(url, { create, sealer: await sealerOf(encryptionKey) });

/** One engine per scheme: a new engine is one file and one line here. */
const engines: Readonly<Record<string, Open>> = {
	sqlite: async (url, { create, encryptionKey }) =>
		openSqliteInbox(url.slice('sqlite:'.length), { create, sealer: await sealerOf(encryptionKey) }),
	postgres: openPostgres,
	postgresql: openPostgres,
};

/**
 * Opens the inbox that a URL names; a new one is made where there is none.
 *
 * `sqlite:inbox.db` is a file in the current folder, `sqlite:/var/lib/app/inbox.db` an absolute path, `sqlite::memory:` is
 * for tests and forgets everything. The SQLite engine is Node's own and needs Node 22.13 or newer.
 *
 * `postgres://user:password@host/database` is for several receivers and workers on several machines, and needs
 * `npm install pg pg-boss` and PostgreSQL 13 or newer. The inbox has a schema of its own there, `mindhook` or what `?schema=`
 * names, and pg-boss another, with `_jobs` behind its name.
 *
 * @example
 * ```js
 * const inbox = await openInbox('sqlite:inbox.db');
 * await inbox.save({ endpoint: 'invoices', body: new TextEncoder().encode('{}') }); // { id: 1, duplicate: false, claim: null }
 * await inbox.save({ endpoint: 'invoices', body: new TextEncoder().encode('{}') }); // { id: 1, duplicate: true, claim: null }
 * await inbox.list({ state: 'received' }); // [{ id: 1, endpoint: 'invoices', bodyBytes: 2, … }]
 * await inbox.close();
 * ```
 *
 * @throws {InboxError} (as a rejection) when there is no such engine, or the storage cannot be opened: `code` says why.
 */
export async function openInbox(url: 'sqlite:inbox.db' | (string & {}), options: InboxOptions = {}): Promise<Inbox> {
	const scheme = typeof url === 'string' ? /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() : undefined;
	const open = scheme !== undefined && Object.hasOwn(engines, scheme) ? engines[scheme] : undefined;
	if (scheme === undefined || open === undefined) {
		// The URL itself is not repeated: it may hold a password.
		const found = scheme === undefined ? 'The inbox URL has no scheme' : `There is no inbox of the scheme ${scheme}:`;
		throw new InboxError('url', `${found}. Supported: ${Object.keys(engines).join(':, ')}: (as in sqlite:inbox.db)`);
	}
	return open(url, options);
}
