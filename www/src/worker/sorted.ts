/** Looking for a number among sorted ones. */

/** Index of the first number from `low` up to `high` that is not below `value`; `high` where there is none. */
export function lowerBound(sorted: ArrayLike<number>, value: number, low = 0, high = sorted.length): number {
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((sorted[middle] as number) < value) low = middle + 1;
		else high = middle;
	}
	return low;
}
