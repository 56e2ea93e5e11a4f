/** What is measured, under which name, and what it is to reach: the only place that knows the targets. */

const smallOrMedium = ['2k', '9k', '40k'];

/** Every job; `letter` is the issue's. */
export const jobs = [
	{ name: 'check', letter: 'a', title: 'Check and index', call: '`safeParsePayload(body)`.' },
	{
		name: 'webhook',
		letter: 'b',
		title: 'The webhook job',
		call: 'The signature over the body is verified, all is checked, name, value and confidence of every field are read (OCR: the text of every page). `JSON.parse` and the validators have `node:crypto` for the signature.',
	},
	{ name: 'objects', letter: 'c', title: 'Plain objects, checked', call: '`parsePayload(body).data`.' },
	{ name: 'ids', letter: 'd', title: 'ID lists', call: '`validateWebhookIds(list)` for 1,000 lists of three IDs.' },
	{ name: 'start', letter: 'e', title: 'Import and first call' },
	{ name: 'memory', letter: 'f', title: 'Memory' },
	{ name: 'native', letter: 'n', title: 'Native Rust' },
];

const validators = ['ajv', 'zod', 'valibot'];

/** The validator with the smallest median. */
const fastestValidator = ({ contenders }) =>
	validators.reduce((best, name) => (contenders[name].time.median < contenders[best].time.median ? name : best));

/** Quartiles of mindhook's time relative to another's, from those of the other's relative to mindhook's. */
const inverse = ({ low, median, high }) => ({ low: 1 / high, median: 1 / median, high: 1 / low });

const verdict = (met, sign, limit, { low, median, high }, format) => ({
	target: `${sign} ${format(limit)}`,
	reached: low === high ? format(median) : `${format(median)} (${format(low)}–${format(high)})`,
	met,
});
const atLeast = (limit, found, format) => verdict(found.median >= limit, '≥', limit, found, format);
const atMost = (limit, found, format) => verdict(found.median <= limit, '≤', limit, found, format);

const times = (ratio) => `${ratio.toFixed(ratio < 10 ? 2 : 1).replace(/\.?0+$/, '')}×`;
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const once = (number) => ({ low: number, median: number, high: number });

/** The targets of one job on one Node: `{ job, input, against, target, reached, met }` each, from that job's results. */
export function verdicts(job, results) {
	const rows = [];
	const add = (input, against, reached) => rows.push({ job, input, against, ...reached });
	for (const [input, result] of Object.entries(results)) {
		// The targets are those of payloads about which there is nothing to say, and of the inputs that everyone has.
		if (result.extra || result.noted) continue;
		const ratioTo = (name) => result.contenders[name].ratio;
		if (job === 'check') {
			const limit = input === '2k' ? 3 : smallOrMedium.includes(input) ? 4 : 5;
			add(input, 'JSON.parse', atLeast(limit, ratioTo('json-parse'), times));
		} else if (job === 'webhook') {
			add(input, 'official client', atLeast(3, ratioTo('mindee'), times));
			const fastest = fastestValidator(result);
			add(input, `${result.contenders[fastest].title} + HMAC`, atLeast(3, ratioTo(fastest), times));
		} else if (job === 'objects') {
			add(input, 'JSON.parse', atMost(1.3, inverse(ratioTo('json-parse')), times));
		} else if (job === 'ids') {
			const perSecond = (milliseconds) => (result.ids / milliseconds) * 1000;
			const { low, median, high } = result.contenders.mindhook.time;
			const rate = { low: perSecond(high), median: perSecond(median), high: perSecond(low) };
			add(
				input,
				'',
				atLeast(1e6, rate, (ids) => `${(ids / 1e6).toFixed(2).replace(/\.?0+$/, '')} million IDs/s`),
			);
		} else if (job === 'start') {
			add(
				input,
				'import of the official client',
				atMost(0.1, inverse(ratioTo('mindee')), (share) => share.toFixed(3)),
			);
		} else if (job === 'memory' && result.contenders?.mindhook?.after !== undefined) {
			add(input, 'the start', atMost(5e6, once(result.contenders.mindhook.after), megabytes));
		} else if (job === 'memory') {
			add(`held ${input}`, 'its bytes', atMost(1.6, once(result.contenders.mindhook.read), times));
		}
	}
	return rows;
}
