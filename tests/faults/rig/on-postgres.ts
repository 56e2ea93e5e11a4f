import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { account, allSettled, mustBeWhole } from './account.js';
import { PayloadMaker } from './payloads.js';
import type { Figures, Rig } from './scenario.js';
import { Sender } from './sender.js';
import { Supervised } from './supervised.js';

const receivers = 3;
const workers = 3;

/** Receivers that only save, and workers that only handle, on one inbox in PostgreSQL. */
export interface House {
	readonly receivers: readonly Supervised[];
	readonly workers: readonly Supervised[];
}

/** A fault, and its name. */
export type Fault = readonly [name: string, strike: (house: House) => Promise<void>];

/**
 * Posts to three receivers while `faults` strike, one by one, and looks afterwards whether all that was answered 200 is there, once, and
 * was handled by one of three workers.
 */
export async function underFaults(
	{ folder, random, say }: Rig,
	{ url, faults, each, name = 'inbox' }: { url: string; faults: readonly Fault[]; each: number; name?: string },
): Promise<Figures> {
	const handledLog = join(folder, `${name}.handled`);
	const options = {
		inbox: url,
		handledLog,
		receiver: { leaseMilliseconds: 3_000, pollMilliseconds: 500 },
	};
	const house: House = {
		receivers: Array.from({ length: receivers }, () => new Supervised({ ...options, savesOnly: true })),
		workers: Array.from({ length: workers }, () => new Supervised(options)),
	};
	const everyone = [...house.receivers, ...house.workers];
	const maker = new PayloadMaker(random);
	let turn = 0;
	// To one after the other, whoever listens.
	const sender = new Sender(() => {
		const listening = house.receivers.flatMap(({ port }) => port ?? []);
		turn += 1;
		return listening[turn % listening.length] ?? null;
	});
	let isOver = false;
	try {
		await Promise.all(everyone.map((one) => one.listening()));
		const posting = sender.pump(32, () => (isOver ? null : maker.make()));
		const names: Record<string, number> = {};
		for (const [fault, strike] of faults) {
			const enough = sender.acknowledged.size + Math.floor(random() * 2 * each);
			while (sender.acknowledged.size < enough) await sleep(2);
			await strike(house);
			names[fault] = (names[fault] ?? 0) + 1;
			say(`${fault}; ${sender.acknowledged.size} payloads`);
		}
		const enough = sender.acknowledged.size + each;
		while (sender.acknowledged.size < enough) await sleep(2);
		isOver = true;
		await posting;
		await allSettled(url);
		for (const one of everyone) await one.close();
		const found = await account(url, handledLog, sender.acknowledged.values());
		mustBeWhole(found);
		return {
			payloads: sender.acknowledged.size,
			faults: faults.length,
			lost: found.missing.length + found.unhandled.length,
			duplicates: found.duplicates,
			note: `${Object.entries(names)
				.map(([name, count]) => `${name} ${count}×`)
				.join(
					', ',
				)}; ${sender.outcomes.inbox_unavailable ?? 0} answers were 503, ${sender.outcomes.broken ?? 0} requests cut off`,
		};
	} finally {
		isOver = true;
		sender.close();
		await Promise.all(everyone.map((one) => one.end()));
	}
}
