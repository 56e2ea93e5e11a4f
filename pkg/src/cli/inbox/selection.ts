/** Which deliveries a command is about. */
import type { PayloadKind } from 'mindhook';
import type { DeliveryState, Inbox, InboxEntry, InboxFilter } from 'mindhook/inbox';
import { type Arguments, type Option, UsageError } from '../command.js';
import { moment, momentExpected, oneOf, optionAs, optionsAs, wholeNumber } from '../quantities.js';

export const states: readonly DeliveryState[] = ['received', 'handled', 'failed', 'dead', 'quarantined'];
const kinds: readonly PayloadKind[] = [
	'extraction',
	'classification',
	'crop',
	'ocr',
	'split',
	'failure',
	'job',
	'error',
];
const pageLength = 500;
const numbersExpected = 'a number of a delivery, or several as in 3-10';

/** The options that choose deliveries. */
export const selectionOptions: Readonly<Record<string, Option>> = {
	id: { placeholder: 'N', repeated: true, text: 'Only this delivery, or those of a range: 3-10' },
	state: { placeholder: 'STATE', repeated: true, text: `Only in this state: ${states.join(', ')}` },
	endpoint: { placeholder: 'NAME', text: 'Only to this endpoint' },
	kind: { placeholder: 'KIND', text: `Only of this kind: ${kinds.join(', ')}` },
	model: { placeholder: 'ID', text: 'Only of this model' },
	inference: { placeholder: 'ID', text: 'Only of this inference' },
	job: { placeholder: 'ID', text: 'Only of this job' },
	since: {
		placeholder: 'WHEN',
		text: 'Received then or later: 2026-11-23, 2026-11-23T10:30Z, or how long ago: 2h, 3d',
	},
	until: { placeholder: 'WHEN', text: 'Received before that' },
	limit: { placeholder: 'N', text: 'At most so many, the newest' },
};

/** Deliveries that were chosen on the command line. */
export interface Selection {
	/** What the inbox can look for itself. */
	readonly filter: Omit<InboxFilter, 'before' | 'limit'>;
	/** Numbers from … to, where more than single ones were named. */
	readonly ranges: readonly (readonly [number, number])[];
	readonly limit: number | undefined;
	/** Whether nothing was said, so that all are meant. */
	readonly all: boolean;
}

/** Reads the options of {@link selectionOptions}. */
export function selectionOf(args: Arguments): Selection {
	const ranges = optionsAs(args, 'id', numbers, numbersExpected);
	const single = ranges.every(([first, last]) => first === last);
	const state = optionsAs(args, 'state', oneOf(states), `one of ${states.join(', ')}`);
	const given: InboxFilter = {
		ids: ranges.length > 0 && single ? ranges.map(([first]) => first) : undefined,
		state: state.length > 0 ? state : undefined,
		endpoint: args.value('endpoint'),
		kind: optionAs(args, 'kind', oneOf(kinds), `one of ${kinds.join(', ')}`),
		modelId: args.value('model'),
		inferenceId: args.value('inference'),
		jobId: args.value('job'),
		receivedSince: optionAs(args, 'since', moment, momentExpected),
		receivedBefore: optionAs(args, 'until', moment, momentExpected),
	} as InboxFilter;
	const filter = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as InboxFilter;
	const limit = optionAs(args, 'limit', wholeNumber(1), 'a number from 1 on');
	const all = Object.keys(filter).length === 0 && ranges.length === 0 && limit === undefined;
	return { filter, ranges: single ? [] : ranges, limit, all };
}

/** `7` or `3-10`. */
function numbers(text: string): [number, number] | undefined {
	const [, first, last = first] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(text) ?? [];
	return first !== undefined && Number(first) <= Number(last) ? [Number(first), Number(last)] : undefined;
}

/** The deliveries, newest first, page by page. */
export async function* selected(inbox: Inbox, { filter, ranges, limit }: Selection): AsyncGenerator<InboxEntry> {
	const least = Math.min(...ranges.map(([first]) => first));
	let before = ranges.length > 0 ? Math.max(...ranges.map(([, last]) => last)) + 1 : undefined;
	let left = limit ?? Number.POSITIVE_INFINITY;
	for (;;) {
		const page = await inbox.list({
			...filter,
			limit: ranges.length > 0 ? pageLength : Math.min(pageLength, left),
			...(before === undefined ? {} : { before }),
		});
		for (const entry of page) {
			before = entry.id;
			if (ranges.length > 0 && !ranges.some(([first, last]) => first <= entry.id && entry.id <= last)) continue;
			if (left-- <= 0) return;
			yield entry;
		}
		if (page.length === 0 || left <= 0 || (ranges.length > 0 && (before as number) <= least)) return;
	}
}

/** Their numbers, oldest first, as they came. */
export async function selectedIds(
	inbox: Inbox,
	selection: Selection,
	onFound: (count: number) => void,
): Promise<number[]> {
	const ids: number[] = [];
	for await (const { id } of selected(inbox, selection)) {
		ids.push(id);
		onFound(ids.length);
	}
	return ids.reverse();
}

/**
 * Whoever means every delivery says so.
 *
 * @throws UsageError when nothing was chosen, and not `--all` either; or both
 */
export function mustChoose(args: Arguments, { all }: Selection, doing: string): void {
	if (args.has('all') === all) return;
	throw new UsageError(
		all
			? `${doing} which deliveries? Choose some, as with --state dead or --id 12, or give --all.`
			: 'With --all, nothing else chooses deliveries.',
	);
}

export const allOption: Readonly<Record<string, Option>> = {
	all: { text: 'Every delivery; without this, one of the options above has to choose' },
};
