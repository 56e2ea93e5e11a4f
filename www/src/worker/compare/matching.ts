/**
 * Which item of one list is which of the other: first those with the same content, then the most similar ones, then those that stand
 * alone between the same neighbours. The order decides only between equals.
 */

/** An item as it is compared. */
export interface Item {
	/** Its whole content as text. */
	readonly content: string;
	/** Its values, each with where it is in the item: `total=1.10`. */
	readonly values: readonly string[];
	/** Whether it is a value itself. */
	readonly simple: boolean;
}

/** Two items, or one that has no other: -1. */
export type Match = readonly [a: number, b: number];

/** Scores that are looked at at most: beyond that only what is rare in both lists is looked for. */
const MATRIX = 40_000;
/** Items of which less is the same are two different ones. */
const LEAST = 0.3;

/** How alike two items are, from 0 to 1, besides what their values say. */
export type Likeness = (a: number, b: number) => number;

/** Work that may pause wherever it yields. */
export type Work<Result> = Generator<void, Result>;

/** Items that are looked at between two pauses. */
const BATCH = 500;

/** Matches the items of two lists, in the order of the first; items that only the second one has stand behind their neighbour. */
export function* matchItems(a: readonly Item[], b: readonly Item[], likeness?: Likeness): Work<Match[]> {
	const ofA = new Int32Array(a.length).fill(-1);
	const ofB = new Int32Array(b.length).fill(-1);
	const join = (i: number, j: number): void => {
		ofA[i] = j;
		ofB[j] = i;
	};
	joinEqual(a, b, ofA, ofB, join);
	yield;
	yield* joinSimilar(a, b, ofA, ofB, join, likeness);
	joinNeighbours(a, b, ofA, ofB, join);
	return inOrder(ofA, ofB);
}

type Join = (i: number, j: number) => void;

/** Equal ones: at the same index, else in their order. */
function joinEqual(a: readonly Item[], b: readonly Item[], ofA: Int32Array, ofB: Int32Array, join: Join): void {
	for (let index = 0; index < Math.min(a.length, b.length); index++) {
		if (a[index]?.content === b[index]?.content) join(index, index);
	}
	const places = new Map<string, number[]>();
	b.forEach(({ content }, j) => {
		if (ofB[j] !== -1) return;
		const known = places.get(content);
		if (known) known.push(j);
		else places.set(content, [j]);
	});
	for (const list of places.values()) list.reverse();
	a.forEach(({ content }, i) => {
		const j = ofA[i] === -1 ? places.get(content)?.pop() : undefined;
		if (j !== undefined) join(i, j);
	});
}

function* joinSimilar(
	a: readonly Item[],
	b: readonly Item[],
	ofA: Int32Array,
	ofB: Int32Array,
	join: Join,
	likeness: Likeness | undefined,
): Work<void> {
	const [left, right] = [unmatched(ofA), unmatched(ofB)];
	if (left.length === 0 || right.length === 0) return;
	const weights = yield* weightsOf([...left.map((i) => a[i] as Item), ...right.map((j) => b[j] as Item)]);
	const scored: [score: number, i: number, j: number][] = [];
	const consider = (i: number, j: number): void => {
		const score = similarity(a[i] as Item, b[j] as Item, weights) + (likeness?.(i, j) ?? 0);
		if (score >= LEAST) scored.push([score, i, j]);
	};
	let considered = 0;
	const isMatrix = left.length * right.length <= MATRIX;
	for (const [i, j] of isMatrix ? allPairs(left, right) : yield* sharing(a, b, left, right)) {
		consider(i, j);
		if (++considered % BATCH === 0) yield;
	}
	// The best first; of equals those that are nearest to where they were.
	scored.sort((x, y) => y[0] - x[0] || Math.abs(x[1] - x[2]) - Math.abs(y[1] - y[2]) || x[1] + x[2] - y[1] - y[2]);
	for (const [, i, j] of scored) if (ofA[i] === -1 && ofB[j] === -1) join(i, j);
}

function* allPairs(left: readonly number[], right: readonly number[]): Generator<[number, number]> {
	for (const i of left) for (const j of right) yield [i, j];
}

function unmatched(of: Int32Array): number[] {
	const indexes: number[] = [];
	of.forEach((other, index) => {
		if (other === -1) indexes.push(index);
	});
	return indexes;
}

/** What a value says of an item: the less, the more items have it. */
function* weightsOf(items: readonly Item[]): Work<Map<string, number>> {
	const counts = new Map<string, number>();
	for (const [index, { values }] of items.entries()) {
		for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
		if (index % BATCH === 0) yield;
	}
	for (const [value, count] of counts) counts.set(value, 1 / count);
	return counts;
}

function similarity(a: Item, b: Item, weights: Map<string, number>): number {
	if (a.simple !== b.simple) return 0;
	if (a.simple) return alike(a.content, b.content);
	let [same, all] = [0, 0];
	const weight = (value: string): number => weights.get(value) ?? 1;
	const others = new Set(b.values);
	for (const value of a.values) {
		all += weight(value);
		if (others.has(value)) same += 2 * weight(value);
	}
	for (const value of b.values) all += weight(value);
	return all > 0 ? same / all : 0;
}

/** Pairs of letters that two texts share, from 0 to 1. */
function alike(a: string, b: string): number {
	const [one, other] = [pairsOf(a), pairsOf(b)];
	if (one.size + other.size === 0) return 0;
	let same = 0;
	for (const pair of one) if (other.has(pair)) same++;
	return (2 * same) / (one.size + other.size);
}

function pairsOf(text: string): Set<string> {
	const pairs = new Set<string>();
	for (let at = 0; at + 1 < Math.min(text.length, 200); at++) pairs.add(text.slice(at, at + 2));
	return pairs;
}

/** Items that share a value that only they have. */
function* sharing(
	a: readonly Item[],
	b: readonly Item[],
	left: readonly number[],
	right: readonly number[],
): Work<Iterable<[number, number]>> {
	const rare = function* (items: readonly Item[], indexes: readonly number[]): Work<Map<string, number>> {
		const owners = new Map<string, number>();
		for (const [at, index] of indexes.entries()) {
			for (const value of items[index]?.values ?? []) owners.set(value, owners.has(value) ? -1 : index);
			if (at % BATCH === 0) yield;
		}
		return owners;
	};
	const [ofA, ofB] = [yield* rare(a, left), yield* rare(b, right)];
	const pairs = new Map<string, [number, number]>();
	for (const [value, i] of ofA) {
		const j = ofB.get(value) ?? -1;
		if (i >= 0 && j >= 0) pairs.set(`${i} ${j}`, [i, j]);
	}
	return pairs.values();
}

/** As many on either side between the same neighbours, with little to tell them by: a value that was changed. */
function joinNeighbours(a: readonly Item[], b: readonly Item[], ofA: Int32Array, ofB: Int32Array, join: Join): void {
	const gaps = (of: Int32Array, mirrored: boolean): Map<string, number[]> => {
		const found = new Map<string, number[]>();
		for (let index = 0, before = -1; index < of.length; index++) {
			const other = of[index] as number;
			if (other !== -1) before = mirrored ? other : index;
			else {
				const list = found.get(String(before));
				if (list) list.push(index);
				else found.set(String(before), [index]);
			}
		}
		return found;
	};
	const [left, right] = [gaps(ofA, false), gaps(ofB, true)];
	for (const [before, ofLeft] of left) {
		const ofRight = right.get(before);
		if (ofRight?.length !== ofLeft.length) continue;
		ofLeft.forEach((i, at) => {
			const j = ofRight[at] as number;
			const [one, other] = [a[i] as Item, b[j] as Item];
			if (one.simple === other.simple && one.values.length <= 2 && other.values.length <= 2) join(i, j);
		});
	}
}

function inOrder(ofA: Int32Array, ofB: Int32Array): Match[] {
	const matches: Match[] = [];
	const added = (from: number): void => {
		for (let j = from; j < ofB.length && ofB[j] === -1; j++) matches.push([-1, j]);
	};
	added(0);
	ofA.forEach((j, i) => {
		matches.push([i, j]);
		if (j !== -1) added(j + 1);
	});
	return matches;
}

/** Which of the matches left their order: all but the longest run that kept it. */
export function reordered(matches: readonly Match[]): Set<number> {
	const kept: number[] = [];
	const before = new Map<number, number>();
	matches.forEach(([i, j], index) => {
		if (i < 0 || j < 0) return;
		let [low, high] = [0, kept.length];
		while (low < high) {
			const middle = (low + high) >> 1;
			if ((matches[kept[middle] as number]?.[1] as number) < j) low = middle + 1;
			else high = middle;
		}
		before.set(index, low > 0 ? (kept[low - 1] as number) : -1);
		kept[low] = index;
	});
	const moved = new Set(before.keys());
	for (let at = kept.at(-1) ?? -1; at >= 0; at = before.get(at) ?? -1) moved.delete(at);
	return moved;
}
