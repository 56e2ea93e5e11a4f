import assert from 'node:assert/strict';
import { join } from 'node:path';
import { account, allSettled, mustBeWhole } from './rig/account.js';
import { PayloadMaker } from './rig/payloads.js';
import { ReceiverProcess } from './rig/receivers.js';
import type { Scenario } from './rig/scenario.js';
import { Sender } from './rig/sender.js';
import { Shim } from './rig/shim.js';

const day = 24 * 60 * 60 * 1000;

export const scenario: Scenario = {
	sentence:
		'The clock jumps a day ahead and back under load, and a receiver is killed in between: all is handled within seconds',
	async run({ quick, folder, random, say }) {
		const rounds = quick ? 1 : 10;
		const database = join(folder, 'inbox.db');
		const url = `sqlite:${database}`;
		const shim = new Shim({ folder: join(folder, 'shim'), database });
		const options = {
			inbox: url,
			handledLog: join(folder, 'handled.log'),
			receiver: { leaseMilliseconds: 2_000, pollMilliseconds: 200 },
			env: shim.env,
		};
		const maker = new PayloadMaker(random);
		let port: number | null = null;
		let faults = 0;
		const sender = new Sender(() => port);
		let receiver = await ReceiverProcess.mustStart(options);
		port = receiver.port;
		/** Posts so much, with a jump in the middle of it. */
		const postAcross = async (jump: number): Promise<void> => {
			let left = 200;
			const posting = sender.pump(32, () => {
				if (left === 100) shim.setClock(jump);
				return left-- > 0 ? maker.make() : null;
			});
			await posting;
			faults += 1;
			say(`${faults} jumps, ${sender.acknowledged.size} payloads`);
		};
		try {
			for (let round = 1; round <= rounds; round++) {
				for (const jump of [day, 0, -day, 0]) {
					await postAcross(jump);
					// Much less than a day: nobody waits for the clock to be there again.
					await allSettled(url, 20_000);
				}
				// What a killed receiver had claimed a day ahead is claimed by the next one all the same.
				await postAcross(day);
				const posting = sender.pump(32, () => (sender.acknowledged.size % 50 === 49 ? null : maker.make()));
				await receiver.kill();
				shim.setClock(0);
				receiver = await ReceiverProcess.mustStart(options);
				port = receiver.port;
				await posting;
				await allSettled(url, 20_000);
			}
			await receiver.close();
		} finally {
			sender.close();
		}
		const found = await account(url, options.handledLog, sender.acknowledged.values());
		mustBeWhole(found);
		assert.equal(found.entries, sender.acknowledged.size);
		return {
			payloads: sender.acknowledged.size,
			faults,
			lost: found.missing.length + found.unhandled.length,
			duplicates: found.duplicates,
		};
	},
};
