/** Which mark is pointed at. */
import Flatbush from 'flatbush';
import { boundingBox } from '../../../pkg/src/core/geometry.js';
import type { Outlines } from './outlines.js';

/** How near a pointer has to be to a mark that is too thin to be hit, in fractions of the page's width and height. */
export interface Reach {
	x: number;
	y: number;
}

/**
 * Finds marks by place. Over flatbush, a packed tree of boxes in typed arrays: a grid would have to be told how large marks are, and they
 * are of every size from a point to the page.
 */
export class HitIndex {
	readonly #outlines: Outlines;
	readonly #tree: Flatbush | null;
	/** Which mark each box of the tree belongs to: a mark without points has none. */
	readonly #marks: Uint32Array;

	constructor(outlines: Outlines) {
		this.#outlines = outlines;
		const boxes = boxesOf(outlines);
		this.#marks = Uint32Array.from(boxes, ({ mark }) => mark);
		this.#tree = boxes.length > 0 ? new Flatbush(boxes.length) : null;
		for (const { left, top, right, bottom } of boxes) this.#tree?.add(left, top, right, bottom);
		this.#tree?.finish();
	}

	/**
	 * The smallest mark at a place of the page, -1 for none; of equals the last one, which is drawn on top. A mark thinner than the reach
	 * is hit from within it, so that a line or a point can be hit at all.
	 */
	at(x: number, y: number, reach: Reach): number {
		let best = -1;
		for (const mark of this.within(x - reach.x, y - reach.y, x + reach.x, y + reach.y)) {
			if (!this.#isHit(mark, x, y, reach)) continue;
			const [area, least] = [this.#area(mark), best < 0 ? Infinity : this.#area(best)];
			if (area < least || (area === least && mark > best)) best = mark;
		}
		return best;
	}

	/** The marks whose boxes meet a box, in no order. */
	within(left: number, top: number, right: number, bottom: number): number[] {
		return this.#tree?.search(left, top, right, bottom).map((box) => this.#marks[box] as number) ?? [];
	}

	#area(mark: number): number {
		return this.#outlines.areas[mark] as number;
	}

	#isHit(mark: number, x: number, y: number, reach: Reach): boolean {
		const { starts, points } = this.#outlines;
		const [from, to] = [starts[mark] as number, starts[mark + 1] as number];
		// In units of the reach, with the pointer at 0.
		const at = (index: number): [number, number] => [
			((points[2 * index] as number) - x) / reach.x,
			((points[2 * index + 1] as number) - y) / reach.y,
		];
		let [before, nearest, left, right] = [at(to - 1), Infinity, false, false];
		for (let index = from; index < to; index++) {
			const next = at(index);
			const side = before[0] * next[1] - next[0] * before[1];
			left ||= side < 0;
			right ||= side > 0;
			nearest = Math.min(nearest, distanceToSegment(before, next));
			before = next;
		}
		const inside = to - from > 2 && !(left && right) && this.#area(mark) > 0;
		return inside || (nearest <= 1 && this.#isThin(mark, reach));
	}

	/** Whether nobody could point into the mark. */
	#isThin(mark: number, reach: Reach): boolean {
		const { starts, points } = this.#outlines;
		let longest = 0;
		const [from, to] = [starts[mark] as number, starts[mark + 1] as number];
		for (let index = from; index < to; index++) {
			const next = index + 1 < to ? index + 1 : from;
			const dx = ((points[2 * next] as number) - (points[2 * index] as number)) / reach.x;
			const dy = ((points[2 * next + 1] as number) - (points[2 * index + 1] as number)) / reach.y;
			longest = Math.max(longest, Math.hypot(dx, dy));
		}
		return longest === 0 || this.#area(mark) / (reach.x * reach.y) / longest < 1;
	}
}

/** How far 0 is from a stretch of line. */
function distanceToSegment([ax, ay]: [number, number], [bx, by]: [number, number]): number {
	const [dx, dy] = [bx - ax, by - ay];
	const length = dx * dx + dy * dy;
	const along = length === 0 ? 0 : Math.min(Math.max(-(ax * dx + ay * dy) / length, 0), 1);
	return Math.hypot(ax + along * dx, ay + along * dy);
}

function boxesOf({ count, starts, points }: Outlines) {
	const boxes: { mark: number; left: number; top: number; right: number; bottom: number }[] = [];
	for (let mark = 0; mark < count; mark++) {
		const box = boundingBox(points.subarray(2 * (starts[mark] as number), 2 * (starts[mark + 1] as number)));
		if (box) boxes.push({ mark, ...box });
	}
	return boxes;
}
