import { type Action, actionOf } from '../../state/keyboard.js';
import { SPLIT, split, splitAt } from '../../state/layout.js';
import { strings } from '../../strings.js';

/** How far a key moves it, in percent. */
const STEP = 2;

const onKey: Record<Action<'splitter'>, () => void> = {
	wider: () => splitAt(split.peek() + STEP),
	narrower: () => splitAt(split.peek() - STEP),
	widest: () => splitAt(SPLIT.most),
	narrowest: () => splitAt(SPLIT.least),
};

/** The border between the document and what is beside it; it is dragged, or moved with the arrow keys. */
export function Splitter() {
	return (
		// biome-ignore lint/a11y/useSemanticElements: a rule cannot be focused and moved.
		<div
			class="splitter"
			role="separator"
			tabIndex={0}
			aria-orientation="vertical"
			aria-label={strings.splitter}
			aria-controls="document"
			aria-valuemin={SPLIT.least}
			aria-valuemax={SPLIT.most}
			aria-valuenow={Math.round(split.value)}
			onKeyDown={(event) => {
				const action = actionOf('splitter', event);
				if (!action) return;
				event.preventDefault();
				onKey[action]();
			}}
			onPointerDown={(event) => {
				event.preventDefault();
				event.currentTarget.focus();
				event.currentTarget.setPointerCapture(event.pointerId);
			}}
			onPointerMove={(event) => {
				if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
				const box = event.currentTarget.parentElement?.getBoundingClientRect();
				if (box) splitAt(((event.clientX - box.left) / box.width) * 100);
			}}
			onDblClick={() => splitAt(SPLIT.first)}
		/>
	);
}
