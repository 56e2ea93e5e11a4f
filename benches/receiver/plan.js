/** Who is measured with what, and what is to be reached: the only place that knows the receiver's targets. */

/** Connections that send at a time. */
export const CONNECTIONS = 64;

/** Every contender: how it is started, and what it is called. */
export const contenders = {
	mindhook: { title: 'mindhook, SQLite inbox', script: 'mindhook.js', args: [], settlesLater: true },
	saving: { title: 'Express + official client + writeFile + fsync', script: 'express.js', args: ['--save'] },
	plain: { title: 'Express + official client, nothing saved', script: 'express.js', args: [] },
};

/** The bodies, and how many of them are posted in a round, after so many to warm up. */
export const sizes = {
	'9k': { count: 24_000, warmUp: 8_000 },
	'220k': { count: 2_400, warmUp: 800 },
};

/** What is posted while memory is watched: small and large bodies together, no faster than a disk can take for minutes. */
export const memoryLoads = [
	{ input: '9k', connections: 48, perSecond: 1_500 },
	{ input: '220k', connections: 16, perSecond: 50 },
];

/** How many times a contender's deliveries mindhook is to handle. */
const leastRatio = { saving: 2, plain: 1.2 };

/** How much memory may grow after the first minute. */
export const MEMORY_GROWTH_MAX = 0.1;

/** The verdicts on measured sizes: `{ what, target, reached, met }` each. */
export function targets(measured) {
	return Object.entries(measured).flatMap(([input, { contenders: found }]) =>
		Object.entries(leastRatio)
			.filter(([name]) => found[name])
			.map(([name, least]) => {
				const { low, median, high } = found[name].ratio;
				return {
					what: `${input} against ${contenders[name].title}`,
					target: `≥ ${least}×`,
					reached: `${median.toFixed(2)}× (${low.toFixed(2)}×–${high.toFixed(2)}×)`,
					met: median >= least,
				};
			}),
	);
}
