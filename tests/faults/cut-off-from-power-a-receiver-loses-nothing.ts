import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { account, allSettled, mustBeWhole } from './rig/account.js';
import { PayloadMaker } from './rig/payloads.js';
import { PowerCut, type Unsynced } from './rig/power-cut.js';
import { ReceiverProcess } from './rig/receivers.js';
import type { Rig, Scenario } from './rig/scenario.js';
import { Sender } from './rig/sender.js';
import { Shim } from './rig/shim.js';

const ways: readonly Unsynced[] = ['none', 'some', 'all', 'some'];

/** About how many writes a payload makes. */
const writesEach = 6;

/** Posts under cuts until there were so many, and counts after each what is missing. */
async function cutOff(
	{ folder, random, say }: Rig,
	{ name, cuts, each, synchronousOff }: { name: string; cuts: number; each: number; synchronousOff: boolean },
) {
	const database = join(folder, `${name}.db`);
	const journal = join(folder, `${name}.journal`);
	const url = `sqlite:${database}`;
	const handledLog = join(folder, `${name}.handled`);
	const shim = new Shim({ folder: join(folder, 'shim'), database, journal });
	const options = { inbox: url, handledLog, receiver: { leaseMilliseconds: 3_000 } };
	const maker = new PayloadMaker(random);
	let port: number | null = null;
	let done = false;
	let lost = 0;
	let unsyncedWrites = 0;
	const sender = new Sender(() => port);
	try {
		for (let cut = 0; cut < cuts; cut++) {
			const before = PowerCut.remember(database);
			rmSync(journal, { force: true });
			// In the middle of a transaction, or of the log's way into the database file.
			const env = { ...shim.env, FAULTS_CUT: String(1 + Math.floor(random() * 2 * each * writesEach)) };
			const receiver = await ReceiverProcess.start({
				...options,
				env,
				synchronousOff,
				// Which syncs it: not where nothing is to be synced.
				moveLogEachMs: synchronousOff ? 0 : 20,
			});
			done = receiver === null;
			port = receiver?.port ?? null;
			const posting = sender.pump(
				32,
				() => (done ? null : maker.make()),
				() => done,
			);
			await receiver?.ended;
			// What was not answered is not asked for again: what counts is what was answered before the cut.
			done = true;
			port = null;
			await posting;
			unsyncedWrites += before.strike(journal, ways[cut % ways.length] ?? 'none', random).unsyncedWrites;
			const found = await account(url, null, sender.acknowledged.values());
			assert.equal(found.duplicates, 0);
			if (!synchronousOff) assert.deepEqual(found.problems, []);
			lost += found.missing.length;
			say(
				`${cut + 1} cuts, ${sender.acknowledged.size} payloads, ${unsyncedWrites} writes were not synced, ${lost} lost`,
			);
			if (lost > 0) break;
		}
	} finally {
		sender.close();
	}
	return { url, handledLog, options, sender, lost, unsyncedWrites };
}

export const scenario: Scenario = {
	sentence:
		'Power is cut under load, and unsynced writes are dropped, torn and reordered: whatever was answered 200 is there byte for byte',
	async run(rig) {
		const cuts = rig.quick ? 4 : 100;
		const { url, handledLog, options, sender, lost, unsyncedWrites } = await cutOff(rig, {
			name: 'inbox',
			cuts,
			each: 200,
			synchronousOff: false,
		});
		assert.equal(lost, 0, `${lost} lost`);
		const last = await ReceiverProcess.mustStart(options);
		await allSettled(url);
		await last.close();
		const found = await account(url, handledLog, sender.acknowledged.values());
		mustBeWhole(found);

		// The other way round: without the syncs this must find losses, or it finds none at all.
		const unsafe = await cutOff(rig, { name: 'unsafe', cuts: 6, each: 100, synchronousOff: true });
		assert.ok(unsafe.lost > 0, 'with SQLite told not to sync, the cut took nothing: it is no cut');
		return {
			payloads: sender.acknowledged.size,
			faults: cuts,
			lost,
			duplicates: found.duplicates,
			note: `${unsyncedWrites} unsynced writes were on the way; with synchronous = OFF ${unsafe.lost} of ${unsafe.sender.acknowledged.size} are lost`,
		};
	},
};
