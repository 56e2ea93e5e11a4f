import { strings } from '../../strings.js';
import type { Opened } from '../../worker/calls/payload.js';
import { Facts } from './Facts.js';

/** What was opened: its kind, its names and its IDs. */
export function Summary({ opened }: { opened: Opened }) {
	const { name, size, took } = opened;
	const inside = opened.readable ? opened.fileName : null;
	return (
		<section class="card summary" aria-labelledby="summary-title">
			<p class={`kind ${opened.readable ? opened.kind : 'unreadable'}`}>
				{opened.readable ? strings.kinds[opened.kind] : strings.unreadable}
			</p>
			<h2 id="summary-title">
				<bdi>{inside || name}</bdi>
			</h2>
			<p class="origin">
				<bdi>{strings.openedAs(inside ? name : '', size, took)}</bdi>
			</p>
			{opened.readable && opened.facts.length > 0 && <Facts facts={opened.facts} />}
		</section>
	);
}
