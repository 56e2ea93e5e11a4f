import { after, before, describe } from 'node:test';
import { openInbox } from 'mindhook/inbox';
import { type Cluster, startCluster, withoutPostgres } from '../../../tests/postgres-cluster.js';
import { inboxSuite, type Storage } from './inbox-suite.js';

const isOld = Number(process.versions.node.split('.')[0]) < 22 && 'the inbox needs Node 22';

describe('PostgreSQL', { skip: withoutPostgres || isOld }, () => {
	let cluster: Cluster;
	before(async () => {
		cluster = await startCluster();
	});
	after(() => cluster.remove());

	inboxSuite('PostgreSQL', async (): Promise<Storage> => {
		const url = await cluster.newDatabase();
		return {
			open: () => openInbox(url),
			refuseWrites: async () => {
				await cluster.sql('ALTER TABLE mindhook.body ADD CONSTRAINT refused CHECK (false) NOT VALID', url);
				return async () => void (await cluster.sql('ALTER TABLE mindhook.body DROP CONSTRAINT refused', url));
			},
			damageBody: async (id) => {
				await cluster.sql(`UPDATE mindhook.body SET bytes = set_byte(bytes, 0, 33) WHERE delivery_id = ${id}`, url);
			},
			remove: () => {},
		};
	});
});
