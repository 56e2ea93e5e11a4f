/**
 * `npm run bench:instructions`: instructions per byte of the native core, counted by callgrind, against `benches/results/instructions.json`.
 * Counts do not depend on what else the machine does; they change with the code, the compiler and the processor's architecture.
 *
 * One contender runs few and more times; the difference leaves out the start of the process. Fails when a count has grown by more than 2 %.
 * `npm run bench:instructions -- --update` writes the counts down as the new baseline.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, BuildError, main, run, step } from '../pkg/build/steps.js';
import { inputs } from './inputs.js';

const BASELINE = at('benches/results/instructions.json');
const TOLERANCE = 0.02;
/** The largest input would take callgrind long, and tells nothing that the others do not. */
const counted = inputs.filter(({ name, noted }) => name !== '10m' && !noted);
/** `ignored` is serde_json: when its counts change too, it was the compiler. */
const contenders = ['mindhook', 'ignored'];

async function benchmarkProgram() {
	const args = ['bench', '--bench', 'native', '--no-run', '--message-format=json'];
	const { output } = await run('cargo', args, { advice: 'The native benchmark does not build.' });
	for (const line of output.split('\n')) {
		if (!line.startsWith('{')) continue;
		const { reason, target, executable } = JSON.parse(line);
		if (reason === 'compiler-artifact' && target.name === 'native' && executable) return executable;
	}
	throw new BuildError('cargo did not name the benchmark program.');
}

async function instructions(program, contender, input, times) {
	const args = ['--tool=callgrind', '--callgrind-out-file=/dev/null', program];
	const options = ['--count', contender, '--input', input, '--times', String(times)];
	const { output } = await run('valgrind', [...args, ...options], {
		advice: 'Install valgrind: `sudo apt-get install valgrind`.',
	});
	const count = /Collected : (\d+)/.exec(output)?.[1];
	if (!count) throw new BuildError(`callgrind gave no count:\n${output}`);
	return Number(count);
}

async function countAll(program) {
	const counts = {};
	for (const { name, make } of counted) {
		const bytes = make().length;
		counts[name] = {};
		for (const contender of contenders) {
			const [few, more] = [2, 12];
			const difference =
				(await instructions(program, contender, name, more)) - (await instructions(program, contender, name, few));
			counts[name][contender] = Number((difference / (more - few) / bytes).toFixed(4));
		}
	}
	return counts;
}

/** Prints the counts beside the baseline; gives the names of what has grown. */
function compare(counts, baseline) {
	const grown = [];
	process.stdout.write('instructions per byte    now    baseline   change\n');
	for (const [input, each] of Object.entries(counts)) {
		for (const [contender, count] of Object.entries(each)) {
			const before = baseline?.counts[input]?.[contender];
			const change = before === undefined ? undefined : count / before - 1;
			const shown = change === undefined ? '' : `${change >= 0 ? '+' : ''}${(change * 100).toFixed(2)} %`;
			process.stdout.write(
				`${input.padEnd(6)}${contender.padEnd(14)}${count.toFixed(3).padStart(9)}${(before?.toFixed(3) ?? '–').padStart(11)}${shown.padStart(11)}\n`,
			);
			if (contender === 'mindhook' && change > TOLERANCE) grown.push(`${input}: ${shown}`);
		}
	}
	return grown;
}

await main(async () => {
	const program = await step('native benchmark: build', benchmarkProgram);
	const folder = at('target/bench/inputs');
	mkdirSync(folder, { recursive: true });
	for (const { name, make } of counted) writeFileSync(join(folder, `${name}.json`), make());
	const rust = (await run('rustc', ['--version'])).output.split(' ')[1];
	const counts = await step('count instructions', () => countAll(program));
	const baseline = existsSync(BASELINE) ? JSON.parse(readFileSync(BASELINE, 'utf8')) : undefined;
	const grown = compare(counts, baseline);
	if (process.argv.includes('--update')) {
		writeFileSync(BASELINE, `${JSON.stringify({ rust, architecture: process.arch, counts }, null, '\t')}\n`);
		process.stdout.write('written: benches/results/instructions.json\n');
		return;
	}
	if (!baseline) throw new BuildError('There is no baseline: `npm run bench:instructions -- --update` writes one.');
	if (baseline.architecture !== process.arch || baseline.rust !== rust) {
		process.stdout.write(
			`The baseline is of Rust ${baseline.rust} on ${baseline.architecture}, this is ${rust} on ${process.arch}: a change may be the compiler's.\n`,
		);
	}
	if (grown.length > 0) {
		throw new BuildError(
			`More instructions than the baseline allows (${TOLERANCE * 100} %):\n  ${grown.join('\n  ')}\nIs it meant to be: \`npm run bench:instructions -- --update\`.`,
		);
	}
	process.stdout.write('no count has grown\n');
});
