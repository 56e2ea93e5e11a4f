/** Medians and quartiles. */

/** Lower quartile, median and upper quartile of some numbers. */
export function quartiles(numbers) {
	const sorted = [...numbers].sort((a, b) => a - b);
	const at = (share) => {
		const place = (sorted.length - 1) * share;
		const below = Math.floor(place);
		const above = Math.min(below + 1, sorted.length - 1);
		return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
	};
	return { low: at(0.25), median: at(0.5), high: at(0.75) };
}

/** Quartiles of `numbers[i] / others[i]`: both were taken in the same round, so what slowed the machine then slowed both. */
export const ratios = (numbers, others) => quartiles(numbers.map((number, index) => number / others[index]));
