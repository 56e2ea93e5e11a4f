import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { InboxError, type InboxOptions, openInbox } from 'mindhook/inbox';
import { type Cluster, startCluster, withoutPostgres } from '../../../tests/postgres-cluster.js';
import { delivery, inboxSuite, type Storage } from './inbox-suite.js';

const isOld = Number(process.versions.node.split('.')[0]) < 22 && 'the inbox needs Node 22';

describe('PostgreSQL', { skip: withoutPostgres || isOld }, () => {
	let cluster: Cluster;
	before(async () => {
		cluster = await startCluster();
	});
	after(() => cluster.remove());

	/** Databases with an empty inbox: a copy is made faster than pg-boss is installed. */
	const templates = new Map<InboxOptions, Promise<string>>();
	const template = (options: InboxOptions): Promise<string> => {
		const made =
			templates.get(options) ??
			cluster.newDatabase().then(async (url) => {
				await (await openInbox(url, options)).close();
				return url;
			});
		templates.set(options, made);
		return made;
	};
	const storage =
		(options: InboxOptions): (() => Promise<Storage>) =>
		async () => {
			const url = await cluster.newDatabase(await template(options));
			return {
				open: () => openInbox(url, options),
				refuseWrites: async () => {
					await cluster.sql('ALTER TABLE mindhook.body ADD CONSTRAINT refused CHECK (false) NOT VALID', url);
					return async () => void (await cluster.sql('ALTER TABLE mindhook.body DROP CONSTRAINT refused', url));
				},
				damageBody: async (id) => {
					await cluster.sql(
						`UPDATE mindhook.body SET bytes = set_byte(bytes, 0, get_byte(bytes, 0) # 1) WHERE delivery_id = ${id}`,
						url,
					);
				},
				damageHeaders: async (id) => {
					await cluster.sql(`UPDATE mindhook.delivery SET headers = '{"a":"b"' WHERE id = ${id}`, url);
				},
				remove: () => cluster.dropDatabase(url),
			};
		};

	test('what the standby does not have yet is not acknowledged, not even when it comes again', async () => {
		const url = await cluster.newDatabase(await template({}));
		const inbox = await openInbox(url);
		const saved = await inbox.save(delivery('1'));
		try {
			await cluster.sql(`ALTER SYSTEM SET synchronous_standby_names = 'away'`);
			await cluster.sql('SELECT pg_reload_conf()');
			await assert.rejects(inbox.save(delivery('2')), InboxError);
			// It is here then, and nowhere else: so does a server that crashes and comes back.
			await cluster.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`);
			await assert.rejects(inbox.save(delivery('2')), InboxError);
		} finally {
			await cluster.sql('ALTER SYSTEM RESET synchronous_standby_names');
			await cluster.sql('SELECT pg_reload_conf()');
		}
		assert.deepEqual(await inbox.save(delivery('1')), { ...saved, duplicate: true });
		assert.equal((await inbox.save(delivery('2'))).duplicate, true);
		await inbox.close();
		await cluster.dropDatabase(url);
	});

	inboxSuite('PostgreSQL', storage({}));
	inboxSuite('PostgreSQL, encrypted', storage({ encryptionKey: 'ab'.repeat(32) }));
});
