/** What Prometheus asks the text to be sent as. */
export const expositionType = 'text/plain; version=0.0.4; charset=utf-8';

/** One metric with its series, in the text format 0.0.4 of Prometheus; every text here ends with a line feed. */
abstract class Metric {
	readonly name: string;
	readonly #head: string;
	readonly #labels: readonly string[];

	constructor(name: string, type: string, help: string, labels: readonly string[]) {
		this.name = name;
		this.#labels = labels;
		this.#head = `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}\n# TYPE ${name} ${type}\n`;
	}

	/** Empty as long as there is no series. */
	text(): string {
		const lines = this.lines();
		return lines === '' ? '' : this.#head + lines;
	}

	protected abstract lines(): string;

	/** The labels of a series, as they stand between the braces. */
	protected labelsOf(key: string): string {
		const values = key.split(between);
		return this.#labels.map((label, index) => labelled(label, values[index] ?? '')).join(',');
	}

	protected linesOf(values: ReadonlyMap<string, number>): string {
		let text = '';
		for (const [key, value] of values) text += lineOf(this.name, this.labelsOf(key), value);
		return text;
	}
}

/** Series are told apart by their label values alone: events are counted far more often than their text is asked for. */
const between = '\0';
const keyOf = (values: readonly string[]): string => values.join(between);

/** What only grows; its name ends with `_total`. */
export class Counter extends Metric {
	readonly #values = new Map<string, number>();

	constructor(name: string, help: string, labels: readonly string[]) {
		super(name, 'counter', help, labels);
	}

	/** Adds to the series with these label values, in the order of the labels; by 0, the series only begins. */
	add(values: readonly string[], by = 1): void {
		const key = keyOf(values);
		this.#values.set(key, (this.#values.get(key) ?? 0) + by);
	}

	protected override lines(): string {
		return this.linesOf(this.#values);
	}
}

/** What goes up and down, known when it is asked for. */
export class Gauge extends Metric {
	readonly #values = new Map<string, number>();

	constructor(name: string, help: string, labels: readonly string[] = []) {
		super(name, 'gauge', help, labels);
	}

	set(value: number, values: readonly string[] = []): this {
		this.#values.set(keyOf(values), value);
		return this;
	}

	protected override lines(): string {
		return this.linesOf(this.#values);
	}
}

/** How often a value was how large, in buckets that never change. */
export class Histogram extends Metric {
	readonly #bounds: readonly number[];
	readonly #values = new Map<string, { readonly counts: number[]; sum: number }>();

	constructor(name: string, help: string, labels: readonly string[], bounds: readonly number[]) {
		super(name, 'histogram', help, labels);
		this.#bounds = bounds;
	}

	/** Begins a series without a value. */
	begin(values: readonly string[]): void {
		this.#of(values);
	}

	/** Clocks jump: what would be less than nothing counts as nothing. */
	observe(values: readonly string[], value: number): void {
		const series = this.#of(values);
		const observed = value > 0 ? value : 0;
		const found = this.#bounds.findIndex((bound) => observed <= bound);
		const index = found === -1 ? this.#bounds.length : found;
		series.counts[index] = (series.counts[index] ?? 0) + 1;
		series.sum += observed;
	}

	#of(values: readonly string[]): { readonly counts: number[]; sum: number } {
		const key = keyOf(values);
		let series = this.#values.get(key);
		if (series === undefined) {
			series = { counts: new Array(this.#bounds.length + 1).fill(0), sum: 0 };
			this.#values.set(key, series);
		}
		return series;
	}

	protected override lines(): string {
		let text = '';
		for (const [key, { counts, sum }] of this.#values) {
			const series = this.labelsOf(key);
			let total = 0;
			for (const [index, count] of counts.entries()) {
				total += count;
				const bound = labelled('le', index < this.#bounds.length ? numberText(this.#bounds[index] ?? 0) : '+Inf');
				text += lineOf(`${this.name}_bucket`, series === '' ? bound : `${series},${bound}`, total);
			}
			text += lineOf(`${this.name}_sum`, series, sum) + lineOf(`${this.name}_count`, series, total);
		}
		return text;
	}
}

function lineOf(name: string, series: string, value: number): string {
	return `${name}${series === '' ? '' : `{${series}}`} ${numberText(value)}\n`;
}

function labelled(label: string, value: string): string {
	const escaped = value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
	return `${label}="${escaped}"`;
}

function numberText(value: number): string {
	return Math.abs(value) === Number.POSITIVE_INFINITY ? (value > 0 ? '+Inf' : '-Inf') : String(value);
}
