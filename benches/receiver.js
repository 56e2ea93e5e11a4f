/**
 * `npm run bench:receiver`: durable deliveries a second, on loopback, beside the usual handler with and without saving. Each contender is
 * a server process of its own, new in each round, with an empty folder; a second process sends. Afterwards
 * `benches/results/receiver.json` is there and the receiver's part of `docs/performance.md` is written anew. A run that leaves something
 * out (`--quick`, `--input`, `--contender`) only prints.
 */
import { fork } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setUp } from '../pkg/build/setup.js';
import { at, BuildError, main, run, step } from '../pkg/build/steps.js';
import { inputs } from './inputs.js';
import { commit, loadNow, machine } from './machine.js';
import { installPeers } from './peers.js';
import { CONNECTIONS, contenders, memoryLoads, sizes, targets } from './receiver/plan.js';
import { memoryVerdict, verdictLine } from './receiver/verdicts.js';
import { writeReport } from './report.js';
import { quartiles, ratios } from './statistics.js';

/** Fewer are a look only. */
const PUBLISHED_MINUTES = 10;

const USAGE = `npm run bench:receiver -- [options]
  --quick           a look in less than a minute: two short rounds
  --rounds N        so many rounds (default 7)
  --input NAME      only this body, may be repeated: ${Object.keys(sizes).join(', ')}
  --contender NAME  only this one beside mindhook, may be repeated: ${Object.keys(contenders).slice(1).join(', ')}
  --node MAJOR      on this Node: 22 or 24 (default 24)
  --minutes N       instead of all that: the memory of mindhook under N minutes of load; published from ${PUBLISHED_MINUTES} on
  --profile         writes a processor profile of each mindhook server to target/bench/profiles
  --report          no measuring: writes docs/performance.md from benches/results/`;

const LATEST = at('benches/results/receiver.json');
const FOLDER = at('target/bench/receiver');
/**
 * V8's nursery grows for minutes, up to its limit (from 15 to 55 MB in the first minute and a half), however little outlives it: at its full size from the
 * beginning, it hides no growth of anything else.
 */
const NURSERY = ['--min-semi-space-size=16', '--max-semi-space-size=16'];
const SAMPLE_EACH_MS = 10_000;

function options() {
	let values;
	try {
		({ values } = parseArgs({
			options: {
				quick: { type: 'boolean' },
				rounds: { type: 'string' },
				input: { type: 'string', multiple: true },
				contender: { type: 'string', multiple: true },
				node: { type: 'string', default: '24' },
				minutes: { type: 'string' },
				profile: { type: 'boolean' },
				report: { type: 'boolean' },
				help: { type: 'boolean', short: 'h' },
			},
		}));
	} catch (error) {
		throw new BuildError(`${error.message}\n\n${USAGE}`);
	}
	const known = (given, all, what) => {
		for (const each of given ?? []) {
			if (!all.includes(each)) throw new BuildError(`There is no ${what} ${each}; there are ${all.join(', ')}.`);
		}
		return all.filter((each) => !given || given.includes(each));
	};
	const number = (name) => {
		if (values[name] === undefined) return undefined;
		const found = Number(values[name]);
		if (!(found > 0)) throw new BuildError(`--${name} takes a number above 0, not ${values[name]}.`);
		return found;
	};
	known([values.node], ['22', '24'], 'Node');
	return {
		...values,
		complete: !(values.quick || values.input || values.contender || values.profile),
		rounds: number('rounds') ?? (values.quick ? 2 : 7),
		minutes: number('minutes'),
		inputs: known(values.input, Object.keys(sizes), 'input'),
		contenders: known(values.contender && ['mindhook', ...values.contender], Object.keys(contenders), 'contender'),
	};
}

/** A child process that is asked and answers, one question at a time. */
class Child {
	#process;
	#answers = [];
	#waiting = [];
	#gone = null;

	constructor(script, args, { node, execArgv = [] }) {
		const env = { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' };
		this.#process = fork(at('benches/receiver', script), args, {
			execPath: node,
			execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning', ...execArgv],
			env,
		});
		this.#process.on('message', (message) => {
			const waiting = this.#waiting.shift();
			if (waiting) waiting.resolve(message);
			else this.#answers.push(message);
		});
		this.#process.on('exit', (code, signal) => {
			this.#gone = new BuildError(`${script} ended with ${signal ?? `code ${code}`}.`);
			for (const { reject } of this.#waiting.splice(0)) reject(this.#gone);
		});
	}

	answer() {
		if (this.#answers.length > 0) return Promise.resolve(this.#answers.shift());
		if (this.#gone) return Promise.reject(this.#gone);
		return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
	}

	tell(message) {
		this.#process.send(message);
	}

	ask(message) {
		const answer = this.answer();
		this.tell(message);
		return answer;
	}

	async end() {
		if (this.#gone) return;
		const gone = new Promise((resolve) => this.#process.once('exit', resolve));
		this.#process.disconnect();
		await gone;
	}
}

const shuffled = (list) => {
	const rest = [...list];
	return Array.from(list, () => rest.splice(Math.floor(Math.random() * rest.length), 1)[0]);
};

/** A server with an empty folder, for as long as `use` takes. */
async function withServer(contender, input, node, flags, use) {
	const { script, args } = contenders[contender];
	rmSync(FOLDER, { recursive: true, force: true });
	mkdirSync(FOLDER, { recursive: true });
	const { kind } = inputs.find(({ name }) => name === input);
	const server = new Child(script, [FOLDER, kind, ...args, ...(flags.args ?? [])], { node, execArgv: flags.execArgv });
	try {
		const { port } = await server.answer();
		return await use(server, port);
	} finally {
		await server.end();
		rmSync(FOLDER, { recursive: true, force: true });
	}
}

/** One contender's turn: warmed up, then measured until the last delivery is answered and, where it is handled later, handled. */
async function turn(load, contender, input, { node, quick, profile }) {
	const { count, warmUp } = sizes[input];
	const share = quick ? 1 / 4 : 1;
	const execArgv =
		profile && contender === 'mindhook' ? ['--cpu-prof', `--cpu-prof-dir=${at('target/bench/profiles')}`] : [];
	return withServer(contender, input, node, { execArgv }, async (server, port) => {
		const send = async (count) => {
			await load.ask({ prepare: [{ input, count, connections: CONNECTIONS, port }] });
			const before = await server.ask('usage');
			const {
				results: [sent],
			} = await load.ask({ run: true });
			const settled = await server.ask('settled');
			const after = await server.ask('usage');
			return { sent, settled, before, after, count };
		};
		const warm = await send(Math.round(warmUp * share));
		const { sent, settled, before, after, count: posted } = await send(Math.round(count * share));
		const handled = settled.handled - warm.settled.handled;
		if (sent.errors > 0 || settled.faults > 0 || handled !== posted) {
			throw new BuildError(
				`${contender}, ${input}: ${sent.errors} of ${posted} answers were wrong, ${handled} handled, ${settled.faults} faults. ${sent.firstError ?? ''}`,
			);
		}
		const end = Math.max(sent.end, contenders[contender].settlesLater ? settled.at : 0);
		return {
			rate: (posted / (end - sent.begin)) * 1000,
			answerRate: (posted / (sent.end - sent.begin)) * 1000,
			p50: sent.latency.p50,
			p99: sent.latency.p99,
			serverCpu: (after.cpu - before.cpu) / posted,
			senderCpu: sent.cpu / (sent.end - sent.begin),
		};
	});
}

async function throughput(chosen, load) {
	const results = {};
	for (const input of chosen.inputs) {
		const turns = Object.fromEntries(chosen.contenders.map((name) => [name, []]));
		for (let round = 1; round <= chosen.rounds; round++) {
			for (const contender of shuffled(chosen.contenders)) {
				const name = `${input}, round ${round} of ${chosen.rounds}: ${contenders[contender].title}`;
				const measured = await step(name, () => turn(load, contender, input, chosen));
				turns[contender].push(measured);
				const { rate, p50, p99, serverCpu, senderCpu } = measured;
				process.stdout.write(
					`${input} ${round}  ${contender.padEnd(8)} ${Math.round(rate).toString().padStart(6)}/s  p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms  server ${(serverCpu * 1000).toFixed(0)} µs each  sender ${(senderCpu * 100).toFixed(0)} %\n`,
				);
			}
		}
		const column = (name, key) => turns[name].map((each) => each[key]);
		results[input] = {
			bytes: inputs.find(({ name }) => name === input).make().length,
			count: sizes[input].count,
			rounds: chosen.rounds,
			contenders: Object.fromEntries(
				chosen.contenders.map((name) => [
					name,
					{
						...Object.fromEntries(Object.keys(turns[name][0]).map((key) => [key, quartiles(column(name, key))])),
						ratio: ratios(column('mindhook', 'rate'), column(name, 'rate')),
					},
				]),
			),
		};
	}
	return results;
}

/** Minutes of load, with what the server takes each ten seconds. */
async function memory({ minutes, node }, load) {
	return withServer('mindhook', '9k', node, { args: ['--prune'], execArgv: NURSERY }, async (server, port) => {
		await load.ask({ prepare: memoryLoads.map((each) => ({ ...each, count: null, port })) });
		const running = load.answer();
		load.tell({ run: true });
		const begin = Date.now();
		const samples = [];
		while (Date.now() - begin < minutes * 60_000) {
			await sleep(SAMPLE_EACH_MS - ((Date.now() - begin) % SAMPLE_EACH_MS));
			const sample = { seconds: Math.round((Date.now() - begin) / 1000), ...(await server.ask('usage')) };
			samples.push(sample);
			process.stdout.write(
				`${String(sample.seconds).padStart(4)} s  resident ${(sample.rss / 1e6).toFixed(1)} MB  heap ${(sample.heapUsed / 1e6).toFixed(1)} MB  external ${(sample.external / 1e6).toFixed(1)} MB\n`,
			);
		}
		load.tell({ stop: true });
		const { results } = await running;
		const settled = await server.ask('settled');
		const sum = (key) => results.reduce((total, each) => total + each[key], 0);
		const answered = sum('answered');
		if (sum('errors') > 0 || settled.faults > 0 || settled.handled !== answered) {
			throw new BuildError(
				`${sum('errors')} of ${answered} answers were wrong, ${settled.handled} handled, ${settled.faults} faults. ${results.map(({ firstError }) => firstError ?? '').join(' ')}`,
			);
		}
		return { minutes, answered, rate: answered / (minutes * 60), stored: settled.stored, samples };
	});
}

async function surroundings(node) {
	const { output } = await run(node, ['--version']);
	const { dependencies } = JSON.parse(readFileSync(at('benches/package.json'), 'utf8'));
	const { express, mindee } = dependencies;
	return {
		date: new Date().toISOString().slice(0, 10),
		machine: machine(),
		versions: { node: output.trim().slice(1), express, mindee, commit: await commit() },
	};
}

await main(async () => {
	const chosen = options();
	if (chosen.help) return void process.stdout.write(`${USAGE}\n`);
	if (chosen.report) return writeReport();
	await setUp();
	await installPeers();
	const node = at(`benches/node_modules/node${chosen.node}/bin/node`);
	const load = new Child('load.js', [], { node });
	const kept = existsSync(LATEST) ? JSON.parse(readFileSync(LATEST, 'utf8')) : {};
	const loadBefore = loadNow();
	const begin = Date.now();
	let lines;
	if (chosen.minutes) {
		kept.memory = { ...(await memory({ ...chosen, node }, load)), ...(await surroundings(node)) };
		lines = [memoryVerdict(kept.memory)];
	} else {
		const sizesMeasured = await throughput({ ...chosen, node }, load);
		kept.throughput = {
			...(await surroundings(node)),
			minutes: Math.round((Date.now() - begin) / 6_000) / 10,
			load: { before: loadBefore, after: loadNow() },
			sizes: sizesMeasured,
		};
		lines = targets(kept.throughput.sizes);
	}
	await load.end();
	process.stdout.write(`\nTargets (median, quartiles):\n${lines.map(verdictLine).join('\n')}\n`);
	if (chosen.complete && !(chosen.minutes < PUBLISHED_MINUTES)) {
		writeFileSync(LATEST, JSON.stringify(kept, null, '\t'));
		await writeReport();
		process.stdout.write('\nwritten: benches/results/receiver.json, docs/performance.md\n');
	} else process.stdout.write('\nNot a complete run: nothing was written.\n');
});
