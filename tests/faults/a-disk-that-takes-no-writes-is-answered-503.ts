import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { account, allSettled, mustBeWhole } from './rig/account.js';
import { PayloadMaker } from './rig/payloads.js';
import { ReceiverProcess } from './rig/receivers.js';
import type { Scenario } from './rig/scenario.js';
import { Sender } from './rig/sender.js';
import { Shim } from './rig/shim.js';

export const scenario: Scenario = {
	sentence:
		'The disk turns read-only, writes fail, syncs fail: nothing is acknowledged meanwhile, and what was is there afterwards',
	async run({ quick, folder, random, say }) {
		const rounds = quick ? 1 : 10;
		const place = join(folder, 'place');
		mkdirSync(place);
		const database = join(place, 'inbox.db');
		const url = `sqlite:${database}`;
		const shim = new Shim({ folder: join(folder, 'shim'), database });
		const options = { inbox: url, handledLog: join(folder, 'handled.log'), receiver: { leaseMilliseconds: 1_000 } };
		const maker = new PayloadMaker(random);
		let port: number | null = null;
		let faults = 0;
		const sender = new Sender(() => port);
		try {
			const receiver = await ReceiverProcess.mustStart({ ...options, env: shim.env });
			port = receiver.port;
			const faultsToTry: [string, () => void, () => void][] = [
				['read-only', () => shim.failWrites('EROFS'), () => shim.failWrites(null)],
				['write error', () => shim.failWrites('EIO'), () => shim.failWrites(null)],
				['sync error', () => shim.failSyncs('EIO'), () => shim.failSyncs(null)],
			];
			for (let round = 1; round <= rounds; round++) {
				for (const [name, begin, end] of faultsToTry) {
					let left = 200;
					await sender.pump(32, () => (left-- > 0 ? maker.make() : null));
					begin();
					const before = sender.acknowledged.size;
					const answers = await Promise.all(Array.from({ length: 32 }, () => sender.postOnce(maker.make())));
					const other = answers.filter((answer) => answer?.status !== 503 || answer.outcome !== 'inbox_unavailable');
					assert.deepEqual(other, [], `${name}: answered otherwise`);
					assert.equal(sender.acknowledged.size, before);
					end();
					await sender.post(maker.make());
					faults += 1;
					say(`${faults} faults, ${sender.acknowledged.size} payloads`);
				}
			}
			await allSettled(url);
			await receiver.close();
			const found = await account(url, options.handledLog, sender.acknowledged.values());
			mustBeWhole(found);
			await refusesToStart(place, options);
			return {
				payloads: sender.acknowledged.size,
				faults,
				lost: found.missing.length + found.unhandled.length,
				duplicates: found.duplicates,
				note: `${sender.outcomes.inbox_unavailable} answers were 503`,
			};
		} finally {
			sender.close();
		}
	},
};

/** On a file that may only be read a receiver does not start, and says why. */
async function refusesToStart(place: string, options: { inbox: string; handledLog: string }): Promise<void> {
	const mounted = spawnSync('mount', ['--bind', '-o', 'ro', place, place]).status === 0;
	if (!mounted) {
		chmodSync(join(place, 'inbox.db'), 0o400);
		chmodSync(place, 0o500);
	}
	try {
		await assert.rejects(ReceiverProcess.mustStart(options), /Cannot open the inbox/);
	} finally {
		if (mounted) spawnSync('umount', [place]);
		else {
			chmodSync(place, 0o700);
			chmodSync(join(place, 'inbox.db'), 0o600);
		}
	}
}
