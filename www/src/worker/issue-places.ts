/** Which values of a table the issues of a payload are about. */
import type { Issue } from '../../../pkg/src/core/types.js';
import type { Table } from './table.js';

/** Issues that lie within no entry and are looked for by their pointers, at most. */
const BY_POINTER = 20;

/** The issues by the entries they lie on: each on the innermost one around its first byte. */
export class IssuePlaces {
	/** Indexes of the issues on an entry. */
	readonly on = new Map<number, number[]>();
	/** How many lie in what an entry holds. */
	readonly below = new Map<number, number>();

	/** `find` gives the entry at a pointer or the nearest one above it, -1 for none. */
	constructor(table: Table, issues: readonly Issue[], find: (pointer: string) => number) {
		const order = issues
			.map(({ offset }, index) => ({ offset, index }))
			// What is about the payload as a whole lies on no value.
			.filter(({ index }) => issues[index]?.pointer !== '')
			.sort((a, b) => a.offset - b.offset);
		let next = 0;
		let homeless = 0;
		const open: { id: number; next: number; end: number }[] = [];
		const place = (until: number) => {
			for (; next < order.length && (order[next]?.offset as number) < until; next++) {
				const { offset, index } = order[next] as { offset: number; index: number };
				while (open.length > 0 && (open.at(-1)?.end as number) <= offset) open.pop();
				// What ends where something else was expected ends before that: its pointer tells.
				const isAround = open.length > 0 || homeless++ >= BY_POINTER;
				const found = isAround ? -1 : find(issues[index]?.pointer ?? '');
				this.#add(index, found < 0 ? open.map(({ id }) => id) : table.chain(found));
			}
		};
		for (let id = 0; id < table.count && next < order.length; ) {
			place(table.start(id));
			const behind = table.next(id);
			const nextStart = behind < table.count ? table.start(behind) : Number.POSITIVE_INFINITY;
			// What has no issue in it is passed over as a whole.
			if ((order[next]?.offset ?? Number.POSITIVE_INFINITY) >= nextStart) {
				id = behind;
				continue;
			}
			while (open.length > 0 && (open.at(-1)?.next as number) <= id) open.pop();
			open.push({ id, next: behind, end: table.span(id).end });
			id++;
		}
		place(Number.POSITIVE_INFINITY);
	}

	/** Puts an issue on the last of these entries, each of which holds the next. */
	#add(issue: number, chain: readonly number[]): void {
		const inner = chain.at(-1);
		if (inner === undefined) return;
		const known = this.on.get(inner);
		if (known) known.push(issue);
		else this.on.set(inner, [issue]);
		for (const id of chain.slice(0, -1)) this.below.set(id, (this.below.get(id) ?? 0) + 1);
	}
}
