import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openInbox } from 'mindhook/inbox';
import { account, allSettled } from './rig/account.js';
import { type Behaviour, PayloadMaker, type Posted } from './rig/payloads.js';
import { ReceiverProcess, type StartOptions } from './rig/receivers.js';
import type { Scenario } from './rig/scenario.js';
import { Sender } from './rig/sender.js';

const attempts = 4;
const bad: readonly Behaviour[] = ['throw', 'hang', 'exhaust-memory', 'exhaust-memory-at-once'];

export const scenario: Scenario = {
	sentence:
		'A handler hangs, throws, exhausts memory: that delivery ends dead after its attempts, and all others are handled',
	async run({ quick, folder, random, say }) {
		const others = quick ? 200 : 2_000;
		const url = `sqlite:${join(folder, 'inbox.db')}`;
		const options: StartOptions = {
			inbox: url,
			handledLog: join(folder, 'handled.log'),
			receiver: {
				leaseMilliseconds: 1_500,
				pollMilliseconds: 200,
				limits: { handlerMilliseconds: 1_000 },
				retry: { attempts, firstMilliseconds: 100, maxMilliseconds: 1_000 },
			},
			execArgv: ['--max-old-space-size=64'],
		};
		const maker = new PayloadMaker(random);
		let receiver = await ReceiverProcess.mustStart(options);
		let deaths = 0;
		let done = false;
		// As a service manager does.
		const watching = (async () => {
			while (!done) {
				const { signal } = await receiver.ended;
				if (done) return;
				deaths += 1;
				say(`the process died ${deaths} times, as of ${signal}`);
				receiver = await ReceiverProcess.mustStart(options);
			}
		})();
		const sender = new Sender(() => receiver.port);
		const poison: Posted[] = [];
		const good: Posted[] = [];
		try {
			for (let index = 0; index < others; index++) {
				if (index % Math.floor(others / (quick ? 2 : 5)) === 10) {
					for (const behaviour of bad) {
						const posted = maker.make(behaviour);
						poison.push(posted);
						await sender.post(posted);
					}
				}
				const posted = maker.make();
				good.push(posted);
				await sender.post(posted);
			}
			await allSettled(url, 240_000);
			done = true;
			await receiver.close();
			await watching;
		} finally {
			done = true;
			sender.close();
		}
		const found = await account(url, options.handledLog, good);
		const inbox = await openInbox(url);
		const dead = await inbox.list({ state: 'dead', limit: 1_000 });
		await inbox.close();
		assert.deepEqual(
			{
				missing: found.missing,
				unhandled: found.unhandled.map(({ id }) => id),
				unsettled: found.unsettled.map(({ id }) => id),
			},
			{ missing: [], unhandled: [], unsettled: [] },
			`${deaths} deaths, ${JSON.stringify(found.states)}`,
		);
		assert.deepEqual(
			dead.map(({ bodySha256 }) => bodySha256).sort(),
			poison.map(({ sha256 }) => sha256).sort(),
			'others are dead than those that had to be',
		);
		return {
			payloads: sender.acknowledged.size,
			faults: poison.length,
			lost: found.missing.length + found.unhandled.length,
			duplicates: found.duplicates,
			note: `the process died ${deaths} times for want of memory`,
		};
	},
};
