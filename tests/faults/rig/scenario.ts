import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a scenario works with. */
export interface Rig {
	/** A small run, within seconds. */
	readonly quick: boolean;
	/** An empty folder on a real disk, removed afterwards. */
	readonly folder: string;
	/** Numbers from 0 to 1, the same for a seed. */
	readonly random: () => number;
	/** Tells how far it is. */
	say(text: string): void;
}

/** What a scenario counted. */
export interface Figures {
	/** Distinct bodies that were answered 200. */
	readonly payloads: number;
	/** How often the fault struck. */
	readonly faults: number;
	/** Answered 200, and then not in the inbox with the same bytes, or not handled. */
	readonly lost: number;
	/** Stored more than once. */
	readonly duplicates: number;
	/** What else is worth a look. */
	readonly note?: string;
}

/** A fault, and what has to hold all the same. */
export interface Scenario {
	/** What has to hold, as a sentence. */
	readonly sentence: string;
	/** Why it cannot run here, where somebody said that it should not. */
	readonly skip?: string | false;
	/** Lets it happen; throws where it does not hold. */
	run(rig: Rig): Promise<Figures>;
}

/** Numbers from 0 to 1, the same for a seed everywhere (mulberry32). */
export function randomFrom(seed: number): () => number {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

/** Runs a scenario in a folder of its own. */
export async function runScenario(
	scenario: Scenario,
	{ seed, quick, say }: { seed: number; quick: boolean; say: (text: string) => void },
): Promise<Figures> {
	const folder = join(tmpdir(), `mindhook-faults-${process.pid}-${seed}`);
	mkdirSync(folder);
	try {
		return await scenario.run({ quick, folder, random: randomFrom(seed), say });
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
