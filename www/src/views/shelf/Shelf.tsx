import { useEffect } from 'preact/hooks';
import { shelfShown } from '../../state/layout.js';
import { files, pairs } from '../../state/shelf.js';
import { lazy } from '../lazy.js';

const Pane = lazy(() => import('./Pane.js').then(({ Pane }) => Pane));

/** The opened files and the deliveries of a live source, to choose from. */
export function Shelf() {
	// A payload with its document is seen as it is; of more than that one wants to choose.
	const isWanted = files.value.length - pairs.value.size > 1;
	useEffect(() => {
		if (isWanted) shelfShown.value = true;
	}, [isWanted]);
	return shelfShown.value ? <Pane /> : null;
}
