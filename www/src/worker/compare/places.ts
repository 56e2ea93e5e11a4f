/** Whether something was read at the same place. */
import { boundingBox } from '../../../../pkg/src/core/geometry.js';
import type { LocationData } from '../../../../pkg/src/core/types.js';

/** A place as its upright box. */
export interface Box {
	page: number;
	x: number;
	y: number;
	width: number;
	height: number;
}

/** Parts of a page that a centre or a side may differ by: two readings of one page never agree to the last digit. */
export const TOLERANCE = 0.005;

/** The boxes of locations, in an order of their own; polygons without points have none. */
export function boxesOf(locations: readonly LocationData[]): Box[] {
	const boxes: Box[] = [];
	for (const { page, polygon } of locations) {
		const box = boundingBox(polygon);
		if (!box) continue;
		const { left, top, right, bottom } = box;
		boxes.push({ page, x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top });
	}
	return boxes.sort((a, b) => a.page - b.page || a.y - b.y || a.x - b.x);
}

/** Whether the places are others, or of another size. */
export function isMoved(a: readonly LocationData[], b: readonly LocationData[]): boolean {
	const [from, to] = [boxesOf(a), boxesOf(b)];
	if (from.length !== to.length) return true;
	// Two of nearly the same height may be sorted either way: each looks for its own.
	const left = new Set(to);
	for (const box of from) {
		let found: Box | undefined;
		for (const other of left) {
			if (isSame(box, other)) {
				found = other;
				break;
			}
		}
		if (!found) return true;
		left.delete(found);
	}
	return false;
}

function isSame(a: Box, b: Box): boolean {
	const near = (one: number, other: number): boolean => Math.abs(one - other) <= TOLERANCE;
	return a.page === b.page && near(a.x, b.x) && near(a.y, b.y) && near(a.width, b.width) && near(a.height, b.height);
}

/** The part of both boxes together that both cover, from 0 to 1. */
export function overlap(a: Box | undefined, b: Box | undefined): number {
	if (!a || !b || a.page !== b.page) return 0;
	const along = (x: number, size: number, otherX: number, otherSize: number): number =>
		Math.max(0, Math.min(x + size / 2, otherX + otherSize / 2) - Math.max(x - size / 2, otherX - otherSize / 2));
	const both = along(a.x, a.width, b.x, b.width) * along(a.y, a.height, b.y, b.height);
	const all = a.width * a.height + b.width * b.height - both;
	return all > 0 ? both / all : 0;
}
