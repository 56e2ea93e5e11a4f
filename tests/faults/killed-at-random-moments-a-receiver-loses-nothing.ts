import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { packsLong } from '../../pkg/src/inbox/compression.js';
import { account, allSettled, mustBeWhole } from './rig/account.js';
import { PayloadMaker } from './rig/payloads.js';
import { ReceiverProcess, type StartOptions } from './rig/receivers.js';
import type { Scenario } from './rig/scenario.js';
import { Sender } from './rig/sender.js';

/** One of so many kills comes while the process is still starting. */
const startKills = 10;

function packedIn(file: string): number {
	const db = new DatabaseSync(file, { readOnly: true });
	try {
		return Number(db.prepare("SELECT count(*) AS count FROM delivery WHERE encoding = 'zstd'").get()?.count);
	} finally {
		db.close();
	}
}

export const scenario: Scenario = {
	sentence:
		'A receiver is killed with SIGKILL at random moments under load: whatever it answered 200 is there byte for byte, once, and is handled',
	async run({ quick, folder, random, say }) {
		const kills = quick ? 10 : 510;
		const payloads = quick ? 2_000 : 102_000;
		const url = `sqlite:${join(folder, 'inbox.db')}`;
		const options: StartOptions = {
			inbox: url,
			handledLog: join(folder, 'handled.log'),
			// Killed workers do not let go of what they had claimed.
			receiver: { leaseMilliseconds: 3_000 },
		};
		const maker = new PayloadMaker(random);
		let port: number | null = null;
		let killed = 0;
		const sender = new Sender(() => port);
		const posting = sender.pump(64, () =>
			killed < kills || sender.acknowledged.size < payloads ? maker.make() : null,
		);
		try {
			while (killed < kills) {
				if (killed % startKills === startKills - 1) {
					const pause = random() * 250;
					const early = await ReceiverProcess.start({
						...options,
						onStart: (child) => void setTimeout(() => child.kill('SIGKILL'), pause),
					});
					await early?.ended;
				} else {
					const receiver = await ReceiverProcess.mustStart(options);
					const enough = sender.acknowledged.size + Math.floor((random() * 2 * payloads) / kills);
					port = receiver.port;
					while (sender.acknowledged.size < enough) await sleep(1);
					// Not only right after an answer.
					await sleep(random() * 10);
					port = null;
					await receiver.kill();
				}
				killed += 1;
				say(`${killed} kills, ${sender.acknowledged.size} payloads`);
			}
			const last = await ReceiverProcess.mustStart(options);
			port = last.port;
			await posting;
			await allSettled(url);
			await last.close();
		} finally {
			sender.close();
		}
		const found = await account(url, options.handledLog, sender.acknowledged.values());
		mustBeWhole(found);
		const packed = packedIn(join(folder, 'inbox.db'));
		if (packed === 0 && packsLong) throw new Error('No body was packed: that was not tried.');
		const { duplicate = 0, broken = 0 } = sender.outcomes;
		return {
			payloads: sender.acknowledged.size,
			faults: killed,
			lost: found.missing.length + found.unhandled.length,
			duplicates: found.duplicates,
			note: `${broken} requests cut off, ${duplicate} of them had been saved; ${packed} bodies were packed`,
		};
	},
};
