/**
 * `npm run fuzz -- TARGET MINUTES`: runs one fuzzer (`webhook_ids`, `json`, `payload`) and says how many inputs it tried; without a target
 * all three, one after the other. Needs the nightly toolchain; cargo-fuzz is installed into `target/tools/` when it is missing.
 *
 * What it learns stays in `target/fuzz/corpus/`, so that the next run goes on from there. An input that fails is written to
 * `target/fuzz/findings/`: mend the fault, then keep the input in `tests/fixtures/fuzz/TARGET/`, where every run begins.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { at, BuildError, main, run, step } from './steps.js';

const TARGETS = ['webhook_ids', 'json', 'payload'];
const USAGE = `npm run fuzz -- [TARGET [MINUTES]]; targets: ${TARGETS.join(', ')}; 20 minutes unless told.`;
/** Large enough for a payload with a few fields; larger inputs make fewer runs, and tests/linearity.test.ts looks at size. */
const LARGEST = 4096;

/** Whole payloads to begin with. */
const moreSeeds = {
	payload: [at('tests/fixtures/payloads')],
	json: [at('tests/fixtures/payloads/broken/json')],
	webhook_ids: [],
};

async function cargoFuzz() {
	const own = at('target/tools/bin/cargo-fuzz');
	if (existsSync(own)) return own;
	const { code } = await run('cargo', ['fuzz', '--version'], { allowFailure: true });
	if (code === 0) return 'cargo-fuzz';
	await step('cargo-fuzz: install', () =>
		run('cargo', ['install', '--locked', '--root', at('target/tools'), 'cargo-fuzz'], {
			advice: 'cargo-fuzz could not be installed.',
		}),
	);
	return own;
}

async function fuzz(tool, target, minutes) {
	const corpus = at('target/fuzz/corpus', target);
	const findings = at('target/fuzz/findings', target);
	for (const folder of [corpus, findings]) mkdirSync(folder, { recursive: true });
	const seeds = [at('tests/fixtures/fuzz', target), ...moreSeeds[target]];
	const options = [
		`-max_total_time=${Math.round(minutes * 60)}`,
		`-max_len=${LARGEST}`,
		`-dict=${at('fuzz/words.dict')}`,
		`-artifact_prefix=${findings}/`,
		// Seconds for one input, and megabytes for all.
		'-timeout=10',
		'-rss_limit_mb=2048',
		'-print_final_stats=1',
	];
	// There is no unsafe code for a sanitizer to watch, and without one there are three times as many executions. What is wrong panics:
	// debug assertions and overflow checks are on.
	const build = ['--sanitizer', 'none', '--fuzz-dir', at('fuzz'), '--target-dir', at('target/fuzz/build')];
	const args = ['fuzz', 'run', ...build, target, corpus, ...seeds];
	const env = { RUSTUP_TOOLCHAIN: 'nightly' };
	const { code, output } = await step(`${target}: ${minutes} minutes`, () =>
		run(tool, [...args, '--', ...options], { env, allowFailure: true }),
	);
	const executions = /stat::number_of_executed_units:\s*(\d+)/.exec(output)?.[1];
	if (code === 0 && executions) {
		const inputs = readdirSync(corpus).length;
		process.stdout.write(
			`${target}: ${executions} executions, nothing found; ${inputs} inputs in target/fuzz/corpus/${target}\n`,
		);
		return;
	}
	const lines = output.trimEnd().split('\n');
	const before = output.match(/^#\d+/gm)?.at(-1)?.slice(1);
	const panic = lines.findIndex((line) => /panicked at|ERROR: |^error/.test(line));
	throw new BuildError(
		[
			...lines.slice(Math.max(panic, 0)).slice(0, 30),
			'…',
			...lines.slice(-8),
			`${target} failed${before ? ` after about ${before} executions` : ''}. Is it the build, then: \`rustup toolchain install nightly\`. Is it an input, it is in target/fuzz/findings/${target}/.`,
		].join('\n'),
	);
}

await main(async () => {
	const [target, minutes = '20'] = process.argv.slice(2);
	if ((target && !TARGETS.includes(target)) || !(Number(minutes) > 0)) throw new BuildError(USAGE);
	const tool = await cargoFuzz();
	for (const each of target ? [target] : TARGETS) await fuzz(tool, each, Number(minutes));
});
