/**
 * `npm run bench:page`: the size of the page's first screen, how soon it is ready beside an empty page, and large payloads in it, in
 * Chromium. Afterwards `benches/results/page.json` is there and the page's part of `docs/performance.md` is written anew. With `--quick`
 * it takes fewer rounds and only prints.
 */
import { writeFileSync } from 'node:fs';
import { COMPILED, compileTests } from '../pkg/build/compile-tests.js';
import { setUp } from '../pkg/build/setup.js';
import { at, BuildError, main, step } from '../pkg/build/steps.js';
import { loadNow, machine } from './machine.js';
import { pageTargets } from './page/report.js';
import { writeReport } from './report.js';
import { quartiles } from './statistics.js';
import { table } from './table.js';

const LATEST = at('benches/results/page.json');
const INPUTS = at('target/page-inputs');

/** The measures are those of the page's tests, which are TypeScript. */
const compiled = (name) => import(at(COMPILED, 'tests', `${name}.js`));

async function measure(rounds) {
	const { startInspector, dropFiles } = await compiled('page-browser');
	const { extractionWithMarks, LAST_WORD, ocrFile } = await compiled('page-generated');
	const measures = await compiled('page-measures');
	const load = { before: loadNow() };
	const large = await step('100 MB', () =>
		measureLarge(measures, startInspector, ocrFile(INPUTS, 100_000_000), LAST_WORD),
	);
	const inspector = await startInspector();
	try {
		const firstScreen = measures.firstScreenSize(await measures.firstScreenFiles(inspector));
		const times = await step('Ready', () => measures.readiness(inspector, rounds));
		const ready = {
			load: quartiles(times.map((time) => time.load)),
			empty: quartiles(times.map((time) => time.empty)),
			afterLoad: quartiles(times.map((time) => Math.max(0, time.ready - time.load))),
			afterEmpty: quartiles(times.map((time) => time.ready - time.empty)),
		};
		const withPage = async (use) => {
			const page = await inspector.open({ viewport: { width: 1280, height: 800 } });
			try {
				return await use(page);
			} finally {
				await inspector.finish(page);
			}
		};
		const opened = [];
		for (let round = 0; round < rounds; round++) {
			opened.push(
				await step(`10 MB, round ${round + 1} of ${rounds}`, () =>
					withPage(async (page) => {
						const { shown, interactive } = await measures.openLarge(page, ocrFile(INPUTS, 10_000_000).path);
						return { shown, interactive };
					}),
				),
			);
		}
		const medium = {
			shown: quartiles(opened.map(({ shown }) => shown)),
			interactive: quartiles(opened.map(({ interactive }) => interactive)),
		};
		const hover = await step('10,000 polygons', () =>
			withPage(async (page) => {
				await dropFiles(page, { name: 'marks.json', content: extractionWithMarks(10_000) });
				const { work, intervals } = await measures.hover(page, 240);
				return { work, interval: quartiles(intervals) };
			}),
		);
		return {
			date: new Date().toISOString().slice(0, 10),
			machine: machine(),
			browser: inspector.browser.version(),
			rounds,
			load: { ...load, after: loadNow() },
			firstScreen,
			ready,
			medium,
			large,
			hover,
		};
	} finally {
		await inspector.close();
	}
}

/** In a browser of its own, the only one of this process: memory is found by its processes, and what pages before left behind is not its own. */
async function measureLarge(measures, startInspector, { path, size }, lastWord) {
	const inspector = await startInspector();
	try {
		const page = await inspector.open({ viewport: { width: 1280, height: 800 } });
		const opening = await measures.openLarge(page, path);
		await measures.reachLastWord(page, lastWord);
		const results = {
			size,
			shown: opening.shown,
			interactive: opening.interactive,
			longTasks: await opening.longTasks(),
			mostRows: await opening.mostRows(),
			memory: measures.memory(inspector.browser)?.pages ?? 0,
		};
		await inspector.finish(page);
		return results;
	} finally {
		await inspector.close();
	}
}

await main(async () => {
	const quick = process.argv.includes('--quick');
	await setUp();
	await compileTests();
	const results = await measure(quick ? 3 : 15);
	const targets = pageTargets(results);
	process.stdout.write(
		`${table(
			['what', 'to reach', 'reached'],
			targets.map(({ what, target, reached }) => [what, target, reached]),
		)}\n`,
	);
	if (!quick) {
		writeFileSync(LATEST, JSON.stringify(results));
		await writeReport();
	}
	const missed = targets.filter(({ met }) => !met);
	if (missed.length > 0) throw new BuildError(`Missed: ${missed.map(({ what }) => what).join('; ')}.`);
});
