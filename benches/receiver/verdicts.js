/** How verdicts are told. */
import { quartiles } from '../statistics.js';
import { MEMORY_GROWTH_MAX } from './plan.js';

const median = (samples, key) => quartiles(samples.map((sample) => sample[key])).median;

/** Resident memory and heap of the last minute, relative to the second minute's. */
export function growth(samples) {
	const last = samples.at(-1).seconds;
	const second = samples.filter(({ seconds }) => seconds > 60 && seconds <= 120);
	const end = samples.filter(({ seconds }) => seconds > last - 60);
	if (second.length === 0) return { rss: Number.NaN, heapUsed: Number.NaN };
	const of = (key) => median(end, key) / median(second, key) - 1;
	return { rss: of('rss'), heapUsed: of('heapUsed') };
}

const percent = (share) => `${(share * 100).toFixed(1)} %`;

/** Whether memory stayed flat. */
export function memoryVerdict({ minutes, samples }) {
	const { rss, heapUsed } = growth(samples);
	return {
		what: `memory over ${minutes} minutes`,
		target: `≤ ${percent(MEMORY_GROWTH_MAX)} growth after the first minute`,
		reached: `resident ${percent(rss)}, heap ${percent(heapUsed)}`,
		met: rss <= MEMORY_GROWTH_MAX && heapUsed <= MEMORY_GROWTH_MAX,
	};
}

/** One line for the terminal. */
export const verdictLine = ({ what, target, reached, met }) =>
	`  ${met ? 'met   ' : 'MISSED'}  ${what.padEnd(60)} ${target.padEnd(8)} ${reached}`;
