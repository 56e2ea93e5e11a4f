/** The receiver's part of `docs/performance.md`. */
import { machineText } from '../machine.js';
import { table } from '../table.js';
import { CONNECTIONS, contenders, memoryLoads, targets } from './plan.js';
import { growth, memoryVerdict } from './verdicts.js';

const grouped = (number) => Math.round(number).toLocaleString('en-US');
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const milliseconds = (number) => `${number < 100 ? number.toPrecision(2) : grouped(number)} ms`;
const percent = (share) => `${(share * 100).toFixed(1)} %`;

/** The section; nothing where nothing was measured. */
export function receiverSection({ throughput, memory }) {
	const verdicts = [...(throughput ? targets(throughput.sizes) : []), ...(memory ? [memoryVerdict(memory)] : [])];
	if (verdicts.length === 0) return '';
	const parts = [
		`## The receiver

<!-- Written by \`npm run bench:receiver\` from benches/results/receiver.json. Do not edit: run it again. -->

\`npm run bench:receiver\` measures the receiver, \`npm run bench:receiver -- --minutes 10\` its memory. A ratio is computed in each round
from two rates of that round; the median is given, and the quartiles in brackets.

${table(
	['target', 'to reach', 'reached'],
	verdicts.map(({ what, target, reached, met }) => [
		what,
		target,
		`${met ? '' : '**'}${reached}: ${met ? 'met' : 'missed**'}`,
	]),
)}`,
		...(throughput ? [throughputPart(throughput)] : []),
		...(memory ? [memoryPart(memory)] : []),
	];
	return `\n${parts.join('\n\n')}\n`;
}

function throughputPart({ date, machine, versions, minutes, load, sizes }) {
	const [first] = Object.values(sizes);
	const rows = Object.entries(sizes).flatMap(([input, { contenders: found }]) =>
		Object.entries(found).map(([name, { rate, answerRate, p50, p99, serverCpu, ratio }]) => [
			`${input}, ${contenders[name].title}`,
			`${grouped(rate.median)} (${grouped(rate.low)}–${grouped(rate.high)})`,
			grouped(answerRate.median),
			milliseconds(p50.median),
			milliseconds(p99.median),
			`${grouped(serverCpu.median * 1000)} µs`,
			name === 'mindhook' ? '' : `${ratio.median.toFixed(2)}×`,
		]),
	);
	const counts = Object.entries(sizes).map(([input, { count }]) => `${grouped(count)} of ${input}`);
	return `### Deliveries a second

Measured on ${date}: ${machineText(machine)}; Node ${versions.node}; Express ${versions.express}, mindee ${versions.mindee}; commit ${versions.commit}. The run took ${minutes} minutes; the load was ${load.before.toFixed(2)} before it and ${load.after.toFixed(2)} at its end.

- Loopback, ${CONNECTIONS} keep-alive connections, a new request as soon as the last one is answered. Every body is another one, signed;
  every answer is checked. The sender is a process of its own on the same machine, and takes its share of the processor.
- mindhook: the signature is checked and the bytes are synced to disk before the 200; then the payload is parsed, handed to a handler
  that does nothing, and settled. Its clock stops when the last delivery is settled, not when the last is answered. Bodies of 64 KB or
  more are packed as they are saved, as everywhere with Node 24.15 or newer (but 25) and no encryption key.
- The others check the signature and read the payload with the official client before the 200. With saving, the body is first written
  to a file of its own, which is synced.
- ${first.rounds} rounds (${counts.join(', ')} in each), the contenders in turns, in a new order each round; each time a new process, a
  new and empty folder, and a third of the round's requests to warm up.
- These ratios depend on the machine, the disk above all. On an AMD EPYC with 2 cores, less than half as fast at all of this, the last commit that
  was measured (291d408, without some of what this one does) came to 2.54 and 1.09 (missed) at 9 KB, 1.93 (missed) and 1.70 at 220 KB.

${table(['body, contender', 'handled/s', 'answered/s', 'p50', 'p99', 'processor time each', 'mindhook handles'], rows)}`;
}

/** How much resident memory changed in a minute, over the second half of the samples: what a step down in the first one would hide. */
function perMinute(samples) {
	const half = samples.slice(samples.length >> 1);
	const [from, to] = [half[0], half.at(-1)];
	const change = (to.rss - from.rss) / 1e6 / ((to.seconds - from.seconds) / 60);
	return `${change > 0 ? '+' : ''}${change.toFixed(1)}`;
}

function memoryPart({ date, machine, versions, minutes, answered, rate, stored, samples }) {
	const { rss, heapUsed } = growth(samples);
	const rows = samples
		.filter(({ seconds }) => seconds % 60 === 0)
		.map((sample) => [
			`${sample.seconds / 60}`,
			megabytes(sample.rss),
			megabytes(sample.heapUsed),
			megabytes(sample.external),
		]);
	const posted = memoryLoads.map(({ input, perSecond }) => `${grouped(perSecond)} of ${input}`);
	return `### Memory

Measured on ${date}: ${machineText(machine)}; Node ${versions.node}. ${minutes} minutes of load, about ${posted.join(' and ')} a second: ${grouped(answered)} deliveries
answered, ${grouped(rate)} a second, 0 errors. What is handled is pruned every two seconds; the inbox file had ${megabytes(stored)} at the end. Sampled every ten
seconds, after a garbage collection, with V8's nursery at a fixed size (\`--max-semi-space-size=16\`; left to itself it grows for minutes,
however little outlives it); the last minute's median against the second minute's: resident ${percent(rss)}, heap ${percent(heapUsed)}.
In the second half of the time resident memory changed by ${perMinute(samples)} MB a minute.

${table(['minute', 'resident', 'JavaScript heap', 'external'], rows)}`;
}
