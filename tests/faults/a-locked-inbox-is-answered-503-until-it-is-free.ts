import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { account, allSettled, mustBeWhole } from './rig/account.js';
import { PayloadMaker } from './rig/payloads.js';
import { ReceiverProcess } from './rig/receivers.js';
import type { Scenario } from './rig/scenario.js';
import { Sender } from './rig/sender.js';

export const scenario: Scenario = {
	sentence:
		'Another process keeps the inbox locked: posts wait, are answered 503 after seconds, and come through once it is free',
	async run({ quick, folder, random, say }) {
		const rounds = quick ? 1 : 5;
		const database = join(folder, 'inbox.db');
		const url = `sqlite:${database}`;
		const options = { inbox: url, handledLog: join(folder, 'handled.log') };
		const receiver = await ReceiverProcess.mustStart(options);
		const maker = new PayloadMaker(random);
		const sender = new Sender(() => receiver.port);
		const other = new DatabaseSync(database);
		try {
			for (let round = 1; round <= rounds; round++) {
				let left = 200;
				await sender.pump(32, () => (left-- > 0 ? maker.make() : null));
				await allSettled(url);
				other.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE');
				const refused = Array.from({ length: 32 }, () => maker.make());
				const answers = await Promise.all(refused.map((posted) => sender.postOnce(posted)));
				assert.ok(
					answers.every((answer) => answer?.status === 503 && answer.outcome === 'inbox_unavailable'),
					JSON.stringify(answers),
				);
				// A short lock is not noticed: those that wait are saved as soon as it is gone.
				const waiting = refused.map((posted) => sender.postOnce(posted));
				setTimeout(() => other.exec('ROLLBACK'), 1_000);
				const saved = await Promise.all(waiting);
				assert.ok(
					saved.every((answer) => answer?.outcome === 'saved'),
					JSON.stringify(saved),
				);
				say(`${round} locks, ${sender.acknowledged.size} payloads`);
			}
			await allSettled(url);
		} finally {
			other.close();
			sender.close();
			await receiver.close();
		}
		const found = await account(url, options.handledLog, sender.acknowledged.values());
		mustBeWhole(found);
		assert.equal(found.entries, sender.acknowledged.size);
		return {
			payloads: sender.acknowledged.size,
			faults: rounds,
			lost: found.missing.length + found.unhandled.length,
			duplicates: found.duplicates,
			note: `${sender.outcomes.inbox_unavailable} answers were 503`,
		};
	},
};
