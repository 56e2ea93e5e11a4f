import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster, withoutPostgres } from '../postgres-cluster.js';
import { type Fault, underFaults } from './rig/on-postgres.js';
import type { Figures, Scenario } from './rig/scenario.js';
import { Standby, Switch } from './rig/standby.js';

export const scenario: Scenario = {
	sentence:
		'PostgreSQL dies in the middle of transactions and its synchronous standby takes over: what was answered 200 is there, once, and handled',
	skip: withoutPostgres,
	async run(rig) {
		const rounds = rig.quick ? 1 : 10;
		const sum = { payloads: 0, faults: 0, lost: 0, duplicates: 0 };
		for (let round = 0; round < rounds; round++) {
			rig.say(`failover ${round + 1} of ${rounds}`);
			const figures = await failOver(rig, `round-${round}`);
			for (const key of ['payloads', 'faults', 'lost', 'duplicates'] as const) sum[key] += figures[key];
		}
		return { ...sum, note: 'a new pair of servers each time' };
	},
};

async function failOver(rig: Parameters<Scenario['run']>[0], name: string): Promise<Figures> {
	const primary = await startCluster();
	let standby: Standby | null = null;
	let address: Switch | null = null;
	try {
		address = await Switch.to(primary.port);
		const link = address;
		const database = await primary.newDatabase();
		standby = await Standby.of(primary);
		const follower = standby;
		const url = new URL(database);
		url.port = String(link.port);
		const failover: Fault = [
			'failed over',
			async () => {
				await primary.stop('immediate');
				link.lead(null);
				await sleep(rig.random() * 300);
				await follower.promote();
				link.lead(follower.port);
			},
		];
		return await underFaults(rig, { url: url.href, faults: [failover], each: rig.quick ? 200 : 500, name });
	} finally {
		address?.close();
		await standby?.remove();
		await primary.remove();
	}
}
