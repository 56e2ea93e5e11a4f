import assert from 'node:assert/strict';
import { join } from 'node:path';
import { account, allSettled, mustBeWhole } from './rig/account.js';
import { PayloadMaker } from './rig/payloads.js';
import { ReceiverProcess } from './rig/receivers.js';
import type { Scenario } from './rig/scenario.js';
import { Sender } from './rig/sender.js';

const processes = 4;
const posts = 64;

export const scenario: Scenario = {
	sentence:
		'The same body is posted 64 times at once to four receiver processes on one inbox: it is stored once, and all are answered 200',
	async run({ quick, folder, random, say }) {
		const rounds = quick ? 10 : 100;
		const url = `sqlite:${join(folder, 'inbox.db')}`;
		const options = { inbox: url, handledLog: join(folder, 'handled.log') };
		const receivers = await Promise.all(Array.from({ length: processes }, () => ReceiverProcess.mustStart(options)));
		const maker = new PayloadMaker(random);
		const sender = new Sender(() => null, posts);
		try {
			for (let round = 1; round <= rounds; round++) {
				const posted = maker.make();
				const answers = await Promise.all(
					Array.from({ length: posts }, (_, index) => sender.postOnce(posted, receivers[index % processes]?.port)),
				);
				const outcomes = answers.map((answer) => answer?.outcome);
				assert.equal(outcomes.filter((outcome) => outcome === 'saved').length, 1, `round ${round}: ${outcomes}`);
				assert.equal(
					outcomes.filter((outcome) => outcome === 'duplicate').length,
					posts - 1,
					`round ${round}: ${outcomes}`,
				);
				say(`${round} rounds`);
			}
			await allSettled(url);
		} finally {
			sender.close();
			await Promise.all(receivers.map((receiver) => receiver.close()));
		}
		const found = await account(url, options.handledLog, sender.acknowledged.values());
		mustBeWhole(found);
		assert.equal(found.entries, rounds);
		return {
			payloads: rounds,
			faults: rounds,
			lost: found.missing.length + found.unhandled.length,
			duplicates: found.duplicates,
			note: `${rounds * posts} requests`,
		};
	},
};
