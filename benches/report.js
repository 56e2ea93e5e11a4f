/** `docs/performance.md`, written from the results: no figure in it is written by hand. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { at, BuildError, run } from '../pkg/build/steps.js';
import { descriptions } from './inputs.js';
import { jobs, verdicts } from './jobs.js';
import { machineText } from './machine.js';
import { pageSection } from './page/report.js';
import { receiverSection } from './receiver/report.js';
import { SAMPLE_MS } from './rounds.js';
import { table } from './table.js';

/** Milliseconds in the unit that suits them. */
export function duration(milliseconds) {
	if (milliseconds >= 1000) return `${(milliseconds / 1000).toPrecision(3)} s`;
	if (milliseconds >= 1) return `${milliseconds.toPrecision(3)} ms`;
	const microseconds = milliseconds * 1000;
	return microseconds >= 1
		? `${microseconds.toPrecision(microseconds >= 100 ? 3 : 2)} µs`
		: `${Math.round(microseconds * 1000)} ns`;
}

const grouped = (number) => Math.round(number).toLocaleString('en-US');
const ratio = (number) => `${number.toFixed(number < 10 ? 2 : 1)}×`;
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const percent = (share) => `${Math.round(share * 100)} %`;

/** How wide the middle half of the samples is, relative to their median. */
const spread = ({ low, median, high }) => (high - low) / median;

/** What the last complete run of `npm run bench` measured, that of `npm run bench:receiver`, and that of `npm run bench:page`. */
export const LATEST = at('benches/results/latest.json');
const RECEIVER = at('benches/results/receiver.json');
const PAGE = at('benches/results/page.json');

/** Writes the page from the results files, and brings those into the repository's format. */
export async function writeReport() {
	if (!existsSync(LATEST)) throw new BuildError('benches/results/latest.json is not there: `npm run bench` writes it.');
	const read = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
	writeFileSync(at('docs/performance.md'), page(read(LATEST), read(RECEIVER), read(PAGE)));
	const files = [LATEST, RECEIVER, PAGE].filter((file) => existsSync(file));
	await run(process.execPath, [at('node_modules/@biomejs/biome/bin/biome'), 'format', '--write', ...files]);
}

function page(results, receiver, inspector) {
	const majors = Object.keys(results.nodes);
	const sections = jobs
		.filter(({ name }) => Object.values(results.nodes).some((byJob) => byJob[name]))
		.map((job) => section(job, results))
		.join('\n\n');
	return `# Performance

<!-- Written by \`npm run bench\` from benches/results/latest.json. Do not edit: run it again. -->

\`npm run bench\` measures everything on this page anew, in one run, and writes the page. \`npm run bench -- --quick\` is a look in a
minute; \`npm run bench -- --help\` tells how to choose one job or one input. The ratios carry over to other machines, the times do not.

Measured on ${results.date}: ${machineLine(results)}

## Targets

A ratio is computed in each round from two times of that round; the median is given, and the quartiles in brackets.

${targetTable(results, majors)}

## Inputs

Made from a seed after real payloads, minified as on the wire (\`benches/inputs.js\`). All contenders accept all of them and read the same
values; mindhook has nothing to say about any but the one that is made for that.

${inputTable(results)}

## Method

- One process for each Node, job and input. All contenders take turns in it, in a new order each round, so that noise hits all alike.
- They are warmed up until none becomes faster. A sample is as many calls as fill ${SAMPLE_MS} ms; a time is one call's share.
- The validators know the payload's kind and check what the contract says; mindhook finds the kind out. Bodies are Buffers, and
  \`JSON.parse\` means \`JSON.parse(body.toString('utf8'))\`. The official client is given the Buffer itself: for a string it would first
  look for a file of that name.
- Every contender's reading is added up and compared with the others' before anything is measured.
- Before each sample on the largest input, garbage is collected, outside of the measured time.
- Noise: ${noiseLine(results)}

${sections}

${nativeSection(results)}
${receiverSection(receiver)}${pageSection(inspector)}`;
}

function machineLine({ machine, versions, load, minutes }) {
	const nodes = Object.values(versions.nodes).join(' and ');
	const peers = Object.entries(versions.peers).map(([name, version]) => `${name} ${version}`);
	return `${machineText(machine)}; Node ${nodes}; Rust ${versions.rust}; ${peers.join(', ')}. The run took ${minutes} minutes; the load was ${load.before.toFixed(2)} before it and ${load.after.toFixed(2)} at its end.`;
}

function targetTable({ nodes }, majors) {
	const rows = new Map();
	for (const major of majors) {
		for (const [job, each] of Object.entries(nodes[major])) {
			for (const { input, against, target, reached, met } of verdicts(job, each)) {
				const { letter, title } = jobs.find(({ name }) => name === job);
				// The fastest validator may differ from Node to Node: it is one row all the same.
				const validator = against.endsWith('+ HMAC');
				const key = [job, input, validator ? 'validator' : against].join();
				if (!rows.has(key)) {
					const other = validator ? 'JSON.parse + fastest validator + HMAC' : against;
					rows.set(key, { cells: [`(${letter}) ${title}, ${input}`, other, target], found: {} });
				}
				const by = validator ? `, ${against.replace(/^JSON\.parse \+ | \+ HMAC$/g, '')}` : '';
				rows.get(key).found[major] = `${met ? '' : '**'}${reached}${by}: ${met ? 'met' : 'missed**'}`;
			}
		}
	}
	return table(
		['job, input', 'against', 'target', ...majors.map((major) => `Node ${major}`)],
		[...rows.values()].map(({ cells, found }) => [...cells, ...majors.map((major) => found[major] ?? '–')]),
	);
}

function inputTable({ nodes }) {
	const check = Object.values(nodes)[0]?.check ?? {};
	return table(
		['input', 'bytes', 'what it is'],
		Object.entries(check)
			.filter(([, { extra }]) => !extra)
			.map(([name, { bytes }]) => [name, grouped(bytes), descriptions[name]]),
	).replace('---: |\n', '--- |\n');
}

function noiseLine({ nodes }) {
	const spreads = Object.values(nodes)
		.flatMap((byJob) => ['check', 'webhook', 'objects'].flatMap((job) => Object.values(byJob[job] ?? {})))
		.flatMap(({ contenders }) => Object.values(contenders).map(({ time }) => spread(time)))
		.sort((a, b) => a - b);
	const at = (share) => percent(spreads[Math.floor((spreads.length - 1) * share)]);
	return `the middle half of a contender's samples is ${at(0.5)} of their median wide, typically; ${at(0.9)} for the noisiest tenth.`;
}

function section({ name, letter, title, call }, { nodes }) {
	const found = Object.entries(nodes).filter(([, byJob]) => byJob[name]);
	const body = { ids: idsTable, start: startTable, memory: memoryTables }[name] ?? timesTable;
	return `## (${letter}) ${title}\n\n${call ? `${call} ` : ''}${body(found.map(([major, byJob]) => [major, byJob[name]]))}`;
}

/** Median times; in brackets how many times mindhook's. */
function timesTable(found) {
	const columns = Object.entries(Object.values(found[0][1])[0].contenders);
	const rows = found.flatMap(([major, results]) =>
		Object.entries(results)
			.filter(([, { extra }]) => !extra)
			.map(([input, { contenders }]) => [
				`${input}, Node ${major}`,
				...columns.map(([name]) => timeCell(name, contenders[name])),
			]),
	);
	return `Median times; in brackets how many times mindhook's.\n\n${table(
		['input', ...columns.map(([, { title }]) => title)],
		rows,
	)}`;
}

const timeCell = (name, { time, ratio: found }) =>
	name === 'mindhook'
		? `${duration(time.median)} ± ${percent(spread(time) / 2)}`
		: `${duration(time.median)} (${ratio(found.median)})`;

function idsTable(found) {
	const columns = Object.entries(Object.values(found[0][1])[0].contenders);
	const rows = found.flatMap(([major, results]) =>
		Object.values(results).map(({ lists, ids, contenders }) => [
			`Node ${major}`,
			...columns.map(([name]) => {
				const { median } = contenders[name].time;
				return `${duration(median / lists)} (${((ids / median) * 1000).toExponential(1).replace('e+6', ' million')} IDs/s)`;
			}),
		]),
	);
	return `Median time of one call; in brackets how many IDs that is a second. The validators are given a schema for an array of UUIDs of version 4;
mindhook also tells duplicates and gives the canonical spelling.\n\n${table(
		['', ...columns.map(([, { title }]) => title.replace('JSON.parse + ', ''))],
		rows,
	)}`;
}

function startTable(found) {
	const results = found.flatMap(([major, byInput]) => Object.values(byInput).map((result) => [major, result]));
	const columns = Object.entries(results[0][1].contenders);
	const rows = results.map(([major, { nothing, contenders }]) => [
		`Node ${major}`,
		duration(nothing.median),
		...columns.map(([name]) => {
			const { time, inside } = contenders[name];
			return `${duration(time.median)} (${duration(inside.median)})`;
		}),
	]);
	return `What a process takes from its start to its end, less what one takes in the same round that imports nothing; in brackets what the process
itself measured around the import. Medians of ${results[0][1].rounds} rounds.\n\n${table(
		['', 'nothing', ...columns.map(([, { title }]) => title)],
		rows,
	)}`;
}

function memoryTables(found) {
	const all = found.flatMap(([major, byInput]) => Object.entries(byInput).map((entry) => [major, ...entry]));
	const dropped = all.filter(([, , { held }]) => !held);
	const held = all.filter(([, , { held: isHeld }]) => isHeld);
	const parts = [];
	if (dropped.length > 0) {
		parts.push(`One OCR payload is checked, every page's text is read, all is dropped, garbage is collected. Peak: resident memory above the start (with the
body itself). After: JavaScript heap, buffers and wasm against the start, then resident memory against the start.\n\n${table(
			['', 'payload', 'peak', 'after', 'resident after'],
			dropped.flatMap(([major, , { contenders }]) =>
				Object.values(contenders).map(({ title, bytes, peak, after, residentAfter }) => [
					`${title}, Node ${major}`,
					megabytes(bytes),
					megabytes(peak),
					megabytes(after),
					megabytes(residentAfter),
				]),
			),
		)}`);
	}
	if (held.length > 0) {
		const columns = Object.entries(held[0][2].contenders);
		parts.push(`What is held for each payload, its body included, relative to the body's bytes; in brackets after all of it was read. For the others the body
is dropped after parsing.\n\n${table(
			['input', ...columns.map(([, { title }]) => title)],
			held.map(([major, input, { contenders }]) => [
				`${input}, Node ${major}`,
				...columns.map(([name]) => `${ratio(contenders[name].checked)} (${ratio(contenders[name].read)})`),
			]),
		)}`);
	}
	return parts.join('\n\n');
}

function nativeSection({ native, versions }) {
	const results = Object.entries(native);
	if (results.length === 0) return '';
	const columns = Object.entries(results[0][1].contenders);
	return `## Native Rust

\`mindhook::payload::read\` beside \`serde_json\`, Rust ${versions.rust}; \`cargo bench\` prints it alone. Median times; in brackets how many times
mindhook's. \`npm run bench:instructions\` counts instructions instead, which noise cannot change, and fails when they have grown.

${table(
	['input', ...columns.map(([, { title }]) => title)],
	results.map(([input, { contenders }]) => [input, ...columns.map(([name]) => timeCell(name, contenders[name]))]),
)}`;
}
