/**
 * `npm run bench`: every job beside every peer on Node 22 and Node 24; then `benches/results/latest.json` and `docs/performance.md` are
 * written anew. A run that leaves something out (`--quick`, `--job`, `--input`, `--node`) only prints.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setUp } from '../pkg/build/setup.js';
import { at, BuildError, main, run, step } from '../pkg/build/steps.js';
import { inputs, ocr } from './inputs.js';
import { jobs, verdicts } from './jobs.js';
import { commit, loadNow, machine } from './machine.js';
import { installPeers, MAJORS } from './peers.js';
import { duration, LATEST, writeReport } from './report.js';
import { quartiles, ratios } from './statistics.js';

const USAGE = `npm run bench -- [options]
  --quick           a look in less than a minute: Node 24 alone, few rounds, no Rust
  --job LETTER      only this job; may be repeated
${jobs.map(({ letter, name, title }) => `                      ${letter} or ${name.padEnd(8)} ${title}`).join('\n')}
  --input NAME      only this input, may be repeated: ${inputs.map(({ name }) => name).join(', ')}
  --node MAJOR      only this Node: 22 or 24
  --samples FOLDER  also the largest extraction and OCR of a folder of real payloads, as extra rows
  --report          no measuring: writes docs/performance.md from benches/results/latest.json`;

const FOLDER = at('target/bench');

function options() {
	let values;
	try {
		({ values } = parseArgs({
			options: {
				quick: { type: 'boolean' },
				report: { type: 'boolean' },
				help: { type: 'boolean', short: 'h' },
				job: { type: 'string', multiple: true },
				input: { type: 'string', multiple: true },
				node: { type: 'string', multiple: true },
				samples: { type: 'string' },
			},
		}));
	} catch (error) {
		throw new BuildError(`${error.message}\n\n${USAGE}`);
	}
	const chosen = (given, all, what) => {
		for (const each of given ?? []) {
			if (!all.includes(each)) throw new BuildError(`There is no ${what} ${each}; there are ${all.join(', ')}.`);
		}
		return all.filter((each) => !given || given.includes(each));
	};
	const names = values.job?.map((given) => jobs.find(({ letter }) => letter === given)?.name ?? given);
	const complete = !values.quick && !values.job && !values.input && !values.node;
	return {
		...values,
		complete,
		jobs: chosen(
			names,
			jobs.map(({ name }) => name),
			'job',
		).filter((name) => name !== 'native' || !values.quick || names),
		inputs: chosen(
			values.input,
			inputs.map(({ name }) => name),
			'input',
		),
		majors: chosen(values.node ?? (values.quick ? ['24'] : undefined), MAJORS, 'Node'),
	};
}

/** Everything that runs, in order: `{ major, job, input, measure }`, where `measure` gives the result. */
function plan({ quick, jobs: names, inputs: chosen, majors, samples }) {
	const tasks = [];
	const plain = chosen.filter((input) => !inputs.find(({ name }) => name === input).noted);
	for (const major of majors) {
		const node = at(`benches/node_modules/node${major}/bin/node`);
		for (const job of names.filter((name) => ['check', 'webhook', 'objects'].includes(name))) {
			for (const input of chosen) {
				tasks.push({ major, job, input, measure: () => throughput(node, { job, input }, quick) });
			}
			for (const [kind, file] of samples ? largestOf(samples) : []) {
				const input = `${kind} sample`;
				const measure = async () => ({ ...(await throughput(node, { job, input, file, kind }, quick)), extra: true });
				tasks.push({ major, job, input, measure });
			}
		}
		if (names.includes('ids')) {
			const measure = () => throughput(node, { job: 'ids', input: '1000 lists' }, quick);
			tasks.push({ major, job: 'ids', input: '1000 lists', measure });
		}
		if (names.includes('start')) {
			tasks.push({ major, job: 'start', input: 'new process', measure: () => starting(node, quick ? 5 : 25) });
		}
		if (names.includes('memory')) {
			const megabytes = quick ? 20 : 100;
			tasks.push({ major, job: 'memory', input: `${megabytes} MB`, measure: () => dropping(node, megabytes, quick) });
			for (const input of plain)
				tasks.push({ major, job: 'memory', input, measure: () => holding(node, input, quick) });
		}
	}
	if (names.includes('native')) {
		for (const input of plain) tasks.push({ job: 'native', input, measure: () => native(input, quick) });
	}
	return tasks;
}

/** Runs one of `processes/` and gives the JSON that it prints. */
async function measured(node, name, argument) {
	const args = ['--expose-gc', at('benches/processes', name), JSON.stringify(argument)];
	const { output } = await run(node, args, { env: { NODE_OPTIONS: undefined } });
	return JSON.parse(output);
}

/** Times in rounds become medians, quartiles, and ratios to mindhook, round by round. */
function summarised({ times, titles, ...rest }) {
	const contenders = {};
	// mindhook first: serde_json sorts the names.
	for (const [name, each] of Object.entries({ mindhook: times.mindhook, ...times })) {
		contenders[name] = { title: titles[name], time: quartiles(each), ratio: ratios(each, times.mindhook) };
	}
	return { ...rest, rounds: times.mindhook.length, contenders };
}

async function throughput(node, task, quick) {
	const full = { warmUp: 2_000, budget: task.input === '10m' ? 20_000 : 6_000, leastRounds: 15 };
	const timing = quick ? { warmUp: 500, budget: 300, leastRounds: 3 } : full;
	return summarised(await measured(node, 'throughput.js', { ...task, ...timing }));
}

/** Whole processes in turns; what one that imports nothing takes in the same round is taken off. */
function starting(node, rounds) {
	const body = inputFile('2k', () => inputs[0].make());
	const titles = {
		nothing: 'nothing',
		mindhook: 'mindhook',
		zod: 'Zod (import only)',
		mindee: 'official client (import only)',
	};
	const walls = Object.fromEntries(Object.keys(titles).map((name) => [name, []]));
	const inside = structuredClone(walls);
	for (let round = -1; round < rounds; round++) {
		for (const name of Object.keys(titles)) {
			const begin = performance.now();
			const { status, stdout, stderr } = spawnSync(node, [at('benches/processes/start', `${name}.js`), body], {
				encoding: 'utf8',
				env: { ...process.env, NODE_OPTIONS: '' },
			});
			const wall = performance.now() - begin;
			if (status !== 0) throw new BuildError(stderr);
			// The first round fills the disk's cache.
			if (round < 0) continue;
			walls[name].push(wall);
			inside[name].push(Number(stdout));
		}
	}
	const { nothing, ...others } = walls;
	// Never below a tenth of a millisecond: noise may make a difference negative.
	const costs = Object.fromEntries(
		Object.entries(others).map(([name, each]) => [name, each.map((wall, at) => Math.max(wall - nothing[at], 0.1))]),
	);
	const result = summarised({ times: costs, titles });
	for (const name of Object.keys(costs)) result.contenders[name].inside = quartiles(inside[name]);
	return { ...result, nothing: quartiles(nothing) };
}

function inputFile(name, make) {
	mkdirSync(join(FOLDER, 'inputs'), { recursive: true });
	const file = join(FOLDER, 'inputs', `${name}.json`);
	writeFileSync(file, make());
	return file;
}

async function dropping(node, megabytes, quick) {
	const file = inputFile(`${megabytes}m`, () => ocr({ bytes: megabytes * 1e6, seed: megabytes }));
	const contenders = {};
	for (const contender of ['mindhook', 'json-parse', ...(quick ? [] : ['ajv', 'zod', 'valibot']), 'mindee']) {
		const { title, start, peak, after, bytes } = await measured(node, 'memory.js', { contender, file, kind: 'ocr' });
		contenders[contender] = {
			title,
			bytes,
			peak: peak - start.rss,
			after: after.sum - start.sum,
			wasm: after.wasm,
			residentAfter: after.rss - start.rss,
		};
	}
	return { bytes: statSync(file).size, contenders };
}

async function holding(node, input, quick) {
	const { kind } = inputs.find(({ name }) => name === input);
	const contenders = {};
	for (const contender of quick ? ['mindhook'] : ['mindhook', 'json-parse', 'mindee']) {
		const argument = { contender, file: input, kind, held: true };
		contenders[contender] = await measured(node, 'memory.js', argument);
	}
	return { held: true, contenders };
}

async function native(input, quick) {
	const args = [
		'bench',
		'--quiet',
		'--bench',
		'native',
		'--',
		'--json',
		'--input',
		input,
		...(quick ? ['--quick'] : []),
	];
	const { output } = await run('cargo', args, { advice: 'The native benchmark does not build.' });
	return summarised(JSON.parse(output.slice(output.indexOf('{'))));
}

/** The largest payload of each kind in a folder of samples. */
function largestOf(folder) {
	return ['extraction', 'ocr'].flatMap((kind) => {
		const place = join(folder, kind);
		if (!existsSync(place)) return [];
		const files = readdirSync(place).filter((name) => name.endsWith('.json'));
		const size = (name) => statSync(join(place, name)).size;
		const largest = files.reduce((best, name) => (size(name) > size(best) ? name : best), files[0]);
		return largest ? [[kind, join(place, largest)]] : [];
	});
}

/** One line about a result. */
function line({ major, job, input }, { contenders, warnings = 0 }) {
	const shown = Object.entries(contenders).map(([name, { title = name, time, ratio, peak, read }]) => {
		if (peak !== undefined) return `${title} peak +${Math.round(peak / 1e6)} MB`;
		if (read !== undefined) return `${title} ${read.toFixed(2)}× its bytes`;
		return `${title} ${duration(time.median)}${name === 'mindhook' ? '' : ` (${ratio.median.toFixed(2)}×)`}`;
	});
	const noted = warnings > 0 ? ` (${warnings} to note, by a second reading once they are asked for)` : '';
	return `${major ? `Node ${major}  ` : ''}${job} ${input}${noted}:  ${shown.join('  ')}`;
}

async function measureAll(tasks) {
	const results = {};
	const native = {};
	for (const [index, task] of tasks.entries()) {
		const name = `${index + 1} of ${tasks.length}: ${task.major ? `Node ${task.major}, ` : ''}${task.job}, ${task.input}`;
		const result = await step(name, task.measure);
		if (task.major) {
			results[task.major] ??= {};
			results[task.major][task.job] ??= {};
			results[task.major][task.job][task.input] = result;
		} else native[task.input] = result;
		process.stdout.write(`${line(task, result)}\n`);
	}
	return { nodes: results, native };
}

async function versions() {
	const { express, ...dependencies } = JSON.parse(readFileSync(at('benches/package.json'), 'utf8')).dependencies;
	const nodes = {};
	for (const major of MAJORS) {
		const { output } = await run(at(`benches/node_modules/node${major}/bin/node`), ['--version']);
		nodes[major] = output.trim().slice(1);
	}
	const rust = (await run('cargo', ['--version'], { allowFailure: true })).output.split(' ')[1] ?? 'none';
	return { nodes, peers: dependencies, rust, commit: await commit() };
}

const allVerdicts = ({ nodes }) =>
	Object.entries(nodes).flatMap(([major, results]) =>
		Object.entries(results).flatMap(([job, each]) => verdicts(job, each).map((verdict) => ({ major, ...verdict }))),
	);

function printVerdicts(results) {
	const all = allVerdicts(results);
	if (all.length === 0) return;
	process.stdout.write('\nTargets (median, quartiles):\n');
	for (const { major, job, input, against, target, reached, met } of all) {
		const what = `Node ${major}  ${job} ${input}${against ? ` against ${against}` : ''}`;
		process.stdout.write(`  ${met ? 'met   ' : 'MISSED'}  ${what.padEnd(66)} ${target.padEnd(12)} ${reached}\n`);
	}
	process.stdout.write(`  ${all.filter(({ met }) => met).length} of ${all.length} met\n`);
}

await main(async () => {
	const chosen = options();
	if (chosen.help) return void process.stdout.write(`${USAGE}\n`);
	if (chosen.report) return writeReport();
	await setUp();
	await installPeers();
	mkdirSync(FOLDER, { recursive: true });
	const loadBefore = loadNow();
	const begin = Date.now();
	const measuredResults = await measureAll(plan(chosen));
	const results = {
		date: new Date().toISOString().slice(0, 10),
		minutes: Math.round((Date.now() - begin) / 6_000) / 10,
		machine: machine(),
		load: { before: loadBefore, after: loadNow() },
		versions: await versions(),
		...measuredResults,
	};
	printVerdicts(results);
	if (chosen.complete) {
		writeFileSync(LATEST, JSON.stringify(results, null, '\t'));
		await writeReport();
		process.stdout.write('\nwritten: benches/results/latest.json, docs/performance.md\n');
	} else {
		writeFileSync(join(FOLDER, 'partial.json'), JSON.stringify(results, null, '\t'));
		process.stdout.write('\nNot a complete run: the results are in target/bench/partial.json only.\n');
	}
});
