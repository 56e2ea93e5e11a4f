/** Runs the scenarios one after the other and tells how each went; `npm run test:faults` starts it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { scenarios } from './all.js';
import { type Figures, runScenario } from './scenario.js';

const { values } = parseArgs({
	options: {
		quick: { type: 'boolean', default: false },
		seed: { type: 'string' },
		only: { type: 'string', multiple: true },
	},
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000_000));
const sayEachMs = process.stdout.isTTY ? 100 : 10_000;
const results: { name: string; sentence: string; seconds: number; figures: Figures | null }[] = [];

console.log(`seed ${seed} (again with: npm run test:faults -- --seed ${seed}${values.quick ? ' --quick' : ''})`);
for (const [name, scenario] of Object.entries(scenarios)) {
	if (values.only && !values.only.some((word) => name.includes(word))) continue;
	console.log(`\n${scenario.sentence}`);
	if (scenario.skip) {
		console.log(`  left out: ${scenario.skip}`);
		continue;
	}
	const begin = Date.now();
	let said = 0;
	const say = (text: string): void => {
		if (Date.now() - said < sayEachMs) return;
		said = Date.now();
		process.stdout.write(process.stdout.isTTY ? `\r\x1b[K  ${text} …` : `  ${text} …\n`);
	};
	let figures: Figures | null = null;
	try {
		figures = await runScenario(scenario, { seed, quick: values.quick, say });
	} catch (error) {
		console.log(`${process.stdout.isTTY ? '\r\x1b[K' : ''}  FAILED: ${error instanceof Error ? error.stack : error}`);
	}
	const seconds = (Date.now() - begin) / 1000;
	results.push({ name, sentence: scenario.sentence, seconds, figures });
	if (figures !== null) {
		const { payloads, faults, lost, duplicates, note } = figures;
		console.log(
			`${process.stdout.isTTY ? '\r\x1b[K' : ''}  held: ${payloads} payloads, ${faults} faults, ${lost} lost, ${duplicates} stored twice${note ? `; ${note}` : ''} (${seconds.toFixed(0)} s)`,
		);
	}
}

const rows = results.map(({ name, seconds, figures }) => [
	name,
	figures ? 'held' : 'FAILED',
	...(['payloads', 'faults', 'lost', 'duplicates'] as const).map(
		(key) => figures?.[key].toLocaleString('en-US') ?? '–',
	),
	seconds.toFixed(0),
]);
const table = [['scenario', '', 'payloads', 'faults', 'lost', 'twice', 'seconds'], ...rows];
const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
console.log(
	`\n${table.map((row) => row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')).join('\n')}`,
);
if (!values.quick && !values.only && results.every(({ figures }) => figures !== null)) writeFigures();
const failed = results.filter(({ figures }) => figures === null).length;
console.log(`\n${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || results.length === 0 ? 1 : 0;

/** A complete run in which everything held is published. */
function writeFigures(): void {
	const page = 'docs/faults.md';
	const count = (number: number): string => number.toLocaleString('en-US');
	const lines = results.map(({ sentence, seconds, figures }) => {
		const { payloads = 0, faults = 0, lost = 0, duplicates = 0, note = '' } = figures ?? {};
		const cells = [sentence, ...[payloads, faults, lost, duplicates].map(count), `${seconds.toFixed(0)} s`, note];
		return `| ${cells.join(' | ')} |`;
	});
	const date = new Date().toISOString().slice(0, 10);
	const text = `Seen on ${date}, Node ${process.versions.node}, ${cpus().length} cores, seed ${seed}.

| what has to hold | payloads | faults | lost | stored twice | took | |
| --- | ---: | ---: | ---: | ---: | ---: | --- |
${lines.join('\n')}`;
	const [before, , after] = readFileSync(page, 'utf8').split(/(?<=<!-- figures -->\n)|(?=<!-- end of figures -->)/);
	writeFileSync(page, `${before}\n${text}\n\n${after}`);
	console.log(`\nwritten: ${page}`);
}
