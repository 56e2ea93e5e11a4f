/** "Did you mean": the word that a misspelt one was meant to be. */

/** The candidate with the fewest slips, at most two; one for short words. */
export function suggestion(written: string, candidates: readonly string[]): string | undefined {
	let best: string | undefined;
	let least = 3;
	for (const candidate of candidates) {
		const distance = slips(written.toLowerCase(), candidate);
		const allowed = candidate.length < 5 ? 1 : 2;
		if (distance <= allowed && distance < least) [best, least] = [candidate, distance];
	}
	return best;
}

/** How many letters are wrong, missing, added or swapped with their neighbour. */
function slips(a: string, b: string): number {
	if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
	let before: number[] = [];
	let last = Array.from({ length: b.length + 1 }, (_, column) => column);
	for (let row = 1; row <= a.length; row++) {
		const next = [row];
		for (let column = 1; column <= b.length; column++) {
			const same = a[row - 1] === b[column - 1];
			let cost = Math.min(
				(last[column - 1] as number) + (same ? 0 : 1),
				(last[column] as number) + 1,
				(next[column - 1] as number) + 1,
			);
			if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
				cost = Math.min(cost, (before[column - 2] as number) + 1);
			}
			next.push(cost);
		}
		[before, last] = [last, next];
	}
	return last[b.length] as number;
}
