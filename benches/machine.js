/** What a run was measured on. */
import { cpus, loadavg, totalmem } from 'node:os';
import { run } from '../pkg/build/steps.js';

/** Processor, cores, memory and system. */
export function machine() {
	const [processor, ...others] = cpus();
	return {
		processor: processor?.model.trim() ?? 'unknown',
		cores: others.length + 1,
		memoryGB: Math.round(totalmem() / 1e9),
		system: `${process.platform} ${process.arch}`,
	};
}

/** The load of the last minute. */
export const loadNow = () => loadavg()[0];

/** The commit that is checked out. */
export async function commit() {
	return (await run('git', ['rev-parse', '--short', 'HEAD'], { allowFailure: true })).output.trim();
}

/** One line about it all. */
export const machineText = ({ processor, cores, memoryGB, system }) =>
	`${processor}, ${cores} cores, ${memoryGB} GB, ${system}`;
