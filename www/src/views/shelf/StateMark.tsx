import type { ShownDelivery } from '../../../../pkg/src/cli/page/live-protocol.js';
import { strings } from '../../strings.js';

/** A ring waits, a tick is done, a triangle is tried again, a cross is given up, a barred square is put aside. */
const shapes: Record<ShownDelivery['state'], string> = {
	received: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z',
	handled: 'm2.5 8.6 3.6 3.6 7.4-8.4',
	failed: 'M8 2 14.6 13.6H1.4zM8 6.6v3m0 1.9v.1',
	dead: 'm3.2 3.2 9.6 9.6m0-9.6-9.6 9.6',
	quarantined: 'M2.5 2.5h11v11h-11zM5 8h6',
};

/** The state of a delivery as a word beside its shape. */
export function StateMark({ state }: { state: ShownDelivery['state'] }) {
	return (
		<span class={`state ${state}`}>
			<svg viewBox="0 0 16 16" aria-hidden="true">
				<path d={shapes[state]} />
			</svg>
			{strings.shelfView.states[state]}
		</span>
	);
}
