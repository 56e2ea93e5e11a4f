import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster, withoutPostgres } from '../postgres-cluster.js';
import { type Fault, underFaults } from './rig/on-postgres.js';
import type { Scenario } from './rig/scenario.js';

export const scenario: Scenario = {
	sentence:
		'PostgreSQL is restarted, crashes, loses its connections, and receivers and workers are killed: what was answered 200 is there, once, and handled',
	skip: withoutPostgres,
	async run(rig) {
		const { quick, random, say } = rig;
		say('starting PostgreSQL');
		const cluster = await startCluster();
		const again = async (mode: 'fast' | 'immediate'): Promise<void> => {
			await cluster.stop(mode);
			await sleep(random() * 500);
			await cluster.start();
		};
		const one = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
		const all: readonly Fault[] = [
			['restarted', () => again('fast')],
			['crashed', () => again('immediate')],
			[
				'connections cut',
				async () => {
					await cluster.sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
				},
			],
			['receiver killed', ({ receivers }) => one(receivers).kill()],
			['worker killed', ({ workers }) => one(workers).kill()],
		];
		const faults = Array.from({ length: quick ? all.length : 100 }, (_, index) => all[index % all.length] as Fault);
		try {
			return await underFaults(rig, { url: await cluster.newDatabase(), faults, each: quick ? 50 : 200 });
		} finally {
			await cluster.remove();
		}
	},
};
