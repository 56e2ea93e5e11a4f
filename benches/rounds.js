/**
 * The stopwatch: all contenders take turns, round after round, in one process and in a new order each time, so that noise hits all alike.
 */
import { setImmediate } from 'node:timers/promises';

/** A sample takes at least this long: the clock's own steps and the loop around it do not count then. */
export const SAMPLE_MS = 2;
const STABLE_WITHIN = 0.04;

/**
 * Measures contenders `{ name, run }`: milliseconds of one `run()`, an array for each name, one number a round.
 *
 * @param warmUp milliseconds for warming up, at most
 * @param budget milliseconds for all of the rounds
 * @param large whether one run leaves so much garbage that it has to be collected before the next contender's turn
 */
export async function measure(contenders, { warmUp: warmUpBudget, budget, leastRounds, large }) {
	const iterations = await warmUp(contenders, warmUpBudget);
	const times = Object.fromEntries(contenders.map(({ name }) => [name, []]));
	const end = performance.now() + budget;
	for (let round = 0; round < leastRounds || performance.now() < end; round++) {
		for (const contender of shuffled(contenders)) {
			if (large) {
				kept.result = undefined;
				globalThis.gc();
			}
			times[contender.name].push(await sample(contender.run, iterations[contender.name]));
		}
		// Let the engine's own tasks happen between the rounds.
		await setImmediate();
	}
	return times;
}

/**
 * Runs all in turn until none has become faster lately, or the budget is used up; gives how many runs make a sample. Engines optimise
 * behind one's back, so that half of the budget is used in any case.
 */
async function warmUp(contenders, budget) {
	const iterations = {};
	const best = {};
	const begin = performance.now();
	for (let stable = 0, turn = 0; ; turn++) {
		const passed = performance.now() - begin;
		if (turn >= 2 && (passed > budget || (stable >= 3 && passed > budget / 2))) return iterations;
		let improved = false;
		for (const { name, run } of contenders) {
			const count = iterations[name] ?? 1;
			const time = await sample(run, count);
			if (!(time > best[name] * (1 - STABLE_WITHIN))) improved = true;
			best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, time);
			iterations[name] = Math.max(1, Math.ceil(SAMPLE_MS / best[name]));
		}
		stable = improved ? 0 : stable + 1;
	}
}

/** The last result, held so that no engine can leave the work out. */
const kept = { result: undefined };

async function sample(run, iterations) {
	const begin = performance.now();
	const first = run();
	if (first instanceof Promise) {
		kept.result = await first;
		for (let left = iterations - 1; left > 0; left--) kept.result = await run();
	} else {
		kept.result = first;
		for (let left = iterations - 1; left > 0; left--) kept.result = run();
	}
	return (performance.now() - begin) / iterations;
}

function shuffled(list) {
	const rest = [...list];
	return Array.from(list, () => rest.splice(Math.floor(Math.random() * rest.length), 1)[0]);
}
