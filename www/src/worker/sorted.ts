/** Looking for a number among sorted ones. */

/** Index of the first number that is not below `value`. */
export function lowerBound(sorted: ArrayLike<number>, value: number): number {
	let [low, high] = [0, sorted.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((sorted[middle] as number) < value) low = middle + 1;
		else high = middle;
	}
	return low;
}
