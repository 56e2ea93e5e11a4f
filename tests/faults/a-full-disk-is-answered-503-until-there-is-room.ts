import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { account, allSettled, mustBeWhole } from './rig/account.js';
import { PayloadMaker } from './rig/payloads.js';
import { ReceiverProcess } from './rig/receivers.js';
import type { Scenario } from './rig/scenario.js';
import { Sender } from './rig/sender.js';
import { Shim } from './rig/shim.js';
import { SmallDisk } from './rig/small-disk.js';

/** So many refusals are waited for before there is room again. */
const refusals = 200;

export const scenario: Scenario = {
	sentence:
		'The disk fills up: nothing more is acknowledged, every post is answered 503, and all is well once there is room',
	async run({ quick, folder, random, say }) {
		const disk = SmallDisk.mount(join(folder, 'disk'), 24);
		const database = join(disk?.folder ?? folder, 'inbox.db');
		const url = `sqlite:${database}`;
		// Where nothing may be mounted, the shim says that the disk is full.
		const shim = new Shim({ folder: join(folder, 'shim'), database });
		const options = { inbox: url, handledLog: join(folder, 'handled.log'), receiver: { leaseMilliseconds: 2_000 } };
		const maker = new PayloadMaker(random);
		let port: number | null = null;
		const sender = new Sender(() => port);
		const refused = (): number => sender.outcomes.inbox_unavailable ?? 0;
		try {
			const receiver = await ReceiverProcess.mustStart({ ...options, env: disk ? {} : shim.env });
			port = receiver.port;
			let full = false;
			const posting = sender.pump(32, () => (full ? null : maker.make()));
			if (!disk) {
				while (sender.acknowledged.size < 500) await sleep(1);
				shim.failWrites('ENOSPC');
			}
			while (refused() < refusals) {
				await sleep(10);
				say(`${sender.acknowledged.size} payloads, ${refused()} refused`);
			}
			full = true;
			const before = sender.acknowledged.size;
			await sleep(quick ? 500 : 3_000);
			disk?.makeRoom();
			shim.failWrites(null);
			// Those that were refused are sent again and again, and have to come through now.
			await posting;
			assert.ok(sender.acknowledged.size > before);
			await allSettled(url);
			await receiver.close();
			const found = await account(url, options.handledLog, sender.acknowledged.values());
			mustBeWhole(found);
			assert.equal(found.entries, sender.acknowledged.size, 'something was stored that was not acknowledged');
			return {
				payloads: sender.acknowledged.size,
				faults: 1,
				lost: found.missing.length + found.unhandled.length,
				duplicates: found.duplicates,
				note: `${refused()} answers were 503, ${disk ? 'on a file system of 24 MB' : 'as the shim said that the disk was full'}`,
			};
		} finally {
			sender.close();
			disk?.unmount();
		}
	},
};
