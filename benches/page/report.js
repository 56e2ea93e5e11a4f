/** The page's part of `docs/performance.md`. */
import { machineText } from '../machine.js';
import { table } from '../table.js';

const milliseconds = (number) => `${number < 10 ? number.toFixed(1) : Math.round(number)} ms`;
const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;

/** What is promised of the page, and what was measured: `{ what, target, reached, met }`. */
export function pageTargets({ firstScreen, ready, medium, large, hover }) {
	const longest = Math.max(0, ...large.longTasks);
	return [
		{
			what: 'first screen: script and style, gzip',
			target: '≤ 40 kB',
			reached: `${(firstScreen / 1000).toFixed(1)} kB`,
			met: firstScreen <= 40_000,
		},
		{
			what: 'ready behind its load event',
			target: '≤ 300 ms',
			reached: milliseconds(ready.afterLoad.median),
			met: ready.afterLoad.median <= 300,
		},
		{
			what: 'ready behind the load event of an empty page',
			target: '',
			reached: milliseconds(ready.afterEmpty.median),
			met: true,
		},
		{
			what: '10 MB of OCR: the keyboard moves in its rows',
			target: '≤ 1 s',
			reached: milliseconds(medium.interactive.median),
			met: medium.interactive.median <= 1000,
		},
		{
			what: '100 MB of OCR: the keyboard moves in its rows',
			target: '',
			reached: milliseconds(large.interactive),
			met: true,
		},
		{
			what: '100 MB: rows mounted at once, to the last one',
			target: '≤ 100',
			reached: String(large.mostRows),
			met: large.mostRows <= 100,
		},
		{
			what: '100 MB: longest task of the main thread',
			target: '≤ 200 ms',
			reached: longest === 0 ? 'none above 50 ms' : milliseconds(longest),
			met: longest <= 200,
		},
		{
			what: '100 MB: memory of the page and its worker',
			target: '≤ 4× the file',
			reached: `${(large.memory / large.size).toFixed(2)}× (${megabytes(large.memory)})`,
			met: large.memory <= 4 * large.size,
		},
		{
			what: '10,000 polygons, a step of the pointer in every frame: work of the main thread for each',
			target: '≤ 16.7 ms',
			reached: milliseconds(hover.work),
			met: hover.work <= 1000 / 60,
		},
		{
			what: '10,000 polygons: frames a second',
			target: '60',
			reached: String(Math.round(1000 / hover.interval.median)),
			met: hover.interval.median < 17,
		},
	];
}

/** The section; nothing where nothing was measured. */
export function pageSection(results) {
	if (!results.firstScreen) return '';
	const { date, machine, browser, rounds, load } = results;
	const rows = pageTargets(results).map(({ what, target, reached, met }) => [
		what,
		target,
		target === '' ? reached : met ? `${reached}: met` : `**${reached}: missed**`,
	]);
	return `
## The page

<!-- Written by \`npm run bench:page\` from benches/results/page.json. Do not edit: run it again. -->

\`npm run bench:page\` opens the built page in Chromium, each time in a new profile. Times are medians of ${rounds} rounds, in turn with an empty
page; memory is the proportional share of the processes that run pages.

Measured on ${date}: ${machineText(machine)}; Chromium ${browser}. The load was ${load.before.toFixed(2)} before it and ${load.after.toFixed(2)} at its end.

${table(['what', 'to reach', 'reached'], rows)}
`;
}
