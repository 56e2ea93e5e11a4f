/** One sample of an exposition. */
export interface Sample {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
}

/** What an exposition says, for tests. */
export interface Exposition {
	readonly types: ReadonlyMap<string, string>;
	readonly samples: readonly Sample[];
	/** The value of the one sample with that name and exactly these labels. */
	value(name: string, labels?: Readonly<Record<string, string>>): number;
}

/**
 * Reads Prometheus' text format 0.0.4, and throws at whatever its grammar does not allow or its client libraries warn of:
 * a metric without HELP and TYPE before its samples, samples of one metric that do not stand together, a series that is there
 * twice, counters without `_total`, histograms whose buckets do not add up.
 */
export function parseExposition(text: string): Exposition {
	if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no line feed');
	const helps = new Set<string>();
	const types = new Map<string, string>();
	const samples: Sample[] = [];
	const seen = new Set<string>();
	let family = '';
	for (const line of text.split('\n').slice(0, -1)) {
		const fail = (why: string): never => {
			throw new Error(`${why}: ${line}`);
		};
		const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\\\|\\n)*)$/.exec(line);
		const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/.exec(line);
		if (help !== null) {
			family = help[1] ?? '';
			if (helps.has(family)) fail('a second HELP');
			helps.add(family);
		} else if (type !== null) {
			if (type[1] !== family || types.has(family)) fail('a TYPE that does not follow its HELP');
			types.set(family, type[2] ?? '');
			if ((type[2] === 'counter') !== family.endsWith('_total')) fail('only counters end with _total');
		} else {
			const sample = parseSample(line) ?? fail('no sample');
			const isHistogram = types.get(family) === 'histogram';
			const names = isHistogram ? ['_bucket', '_sum', '_count'].map((end) => family + end) : [family];
			if (!types.has(family) || !names.includes(sample.name)) fail('a sample that is not with its metric');
			const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
			if (seen.has(key)) fail('a series for the second time');
			seen.add(key);
			samples.push(sample);
		}
	}
	const value: Exposition['value'] = (name, labels = {}) => {
		const wanted = JSON.stringify(Object.entries(labels).sort());
		const found = samples.find(
			(sample) => sample.name === name && JSON.stringify(Object.entries(sample.labels).sort()) === wanted,
		);
		if (found === undefined) throw new Error(`there is no ${name}${JSON.stringify(labels)}`);
		return found.value;
	};
	for (const [name, type] of types) if (type === 'histogram') checkHistogram(name, samples, value);
	return { types, samples, value };
}

function parseSample(line: string): Sample | null {
	const parts = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
	if (parts === null) return null;
	const [, name = '', inner = '', number = ''] = parts;
	const labels: Record<string, string> = {};
	let rest = inner;
	while (rest !== '') {
		const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\\\|\\"|\\n)*)"(?:,(?=.)|$)/.exec(rest);
		if (label === null || (label[1] ?? '') in labels) return null;
		labels[label[1] ?? ''] = (label[2] ?? '').replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
		rest = rest.slice(label[0].length);
	}
	if (!/^([+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?|[+-]Inf|NaN)$/.test(number)) return null;
	return { name, labels, value: Number(number.replace('Inf', 'Infinity')) };
}

function checkHistogram(name: string, samples: readonly Sample[], value: Exposition['value']): void {
	const series = new Map<string, { le: number; count: number }[]>();
	for (const { name: sampleName, labels, value: count } of samples) {
		if (sampleName !== `${name}_bucket`) continue;
		const { le = '', ...rest } = labels;
		const key = JSON.stringify(rest);
		series.set(key, [...(series.get(key) ?? []), { le: Number(le.replace('Inf', 'Infinity')), count }]);
	}
	for (const [key, buckets] of series) {
		const labels = JSON.parse(key) as Record<string, string>;
		const last = buckets.at(-1);
		if (last?.le !== Number.POSITIVE_INFINITY) throw new Error(`${name}${key}: the last bucket is not +Inf`);
		if (last.count !== value(`${name}_count`, labels)) throw new Error(`${name}${key}: +Inf is not the count`);
		value(`${name}_sum`, labels);
		buckets.forEach((bucket, index) => {
			const before = buckets[index - 1];
			if (before !== undefined && (before.le >= bucket.le || before.count > bucket.count)) {
				throw new Error(`${name}${key}: the buckets do not grow`);
			}
		});
	}
}
