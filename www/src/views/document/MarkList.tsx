import { useLayoutEffect, useRef } from 'preact/hooks';
import { announce } from '../../state/announce.js';
import { sheetMarks } from '../../state/document.js';
import { type Action, actionOf } from '../../state/keyboard.js';
import { hovered, pick, selectedAt, selectedMarks } from '../../state/selection.js';
import { strings } from '../../strings.js';
import type { MarkInfo, MarkRef, PageMarks } from '../../worker/calls/marks.js';
import { calledOf, pointAt, pointed, pointedInfo } from './view.js';

/** The marks of the page for the keyboard: one list, of which only the entry that it is on is an element. */
export function MarkList() {
	const marks = sheetMarks.value;
	return marks && marks.count > 0 ? <List marks={marks} /> : null;
}

/** The stage that has the focus for a list that went with its page, until the next one comes. Held weakly: it may go with its list. */
const minding = new WeakSet<Element>();

function List({ marks }: { marks: PageMarks }) {
	const list = useRef<HTMLDivElement>(null);
	useLayoutEffect(() => {
		const mine = list.current;
		const { activeElement } = document;
		if (activeElement && minding.has(activeElement)) mine?.focus({ preventScroll: true });
		return () => {
			// While the marks of the next page come there is no list, and the keyboard would have to begin at the top of the window.
			const stage = mine?.closest<HTMLElement>('.stage');
			if (!stage || document.activeElement !== mine) return;
			minding.add(stage);
			stage.focus({ preventScroll: true });
			stage.addEventListener('blur', () => minding.delete(stage), { once: true });
		};
	}, []);
	const at = placeIn(marks);
	const info = pointedInfo.value;
	const words = strings.document;
	return (
		<div
			ref={list}
			class="mark-list"
			role="listbox"
			tabIndex={0}
			aria-label={words.marksOfPage(marks.page)}
			aria-activedescendant="mark-entry"
			onKeyDown={(event) => onKeyDown(event, marks, at)}
			onBlur={() => pointAt(null)}
		>
			{/* biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and names this entry as the active one. */}
			<div
				class="unseen"
				id="mark-entry"
				role="option"
				aria-selected={selectedMarks.value.some((mark) => mark.page === marks.page && mark.mark === at)}
				aria-posinset={at + 1}
				aria-setsize={marks.count}
			>
				{info && pointed.value ? markSaid(info, pointed.value) : words.mark(at, marks.count)}
			</div>
		</div>
	);
}

/** What is pointed at, else what is selected, else the first one. */
function placeIn({ page, count }: PageMarks): number {
	const known = [hovered.value, selectedMarks.value[selectedAt.value]].find((mark) => mark?.page === page);
	return Math.min(known?.mark ?? 0, count - 1);
}

function onKeyDown(event: KeyboardEvent, { page, count }: PageMarks, at: number): void {
	const action = actionOf('marks', event);
	if (!action) return;
	event.preventDefault();
	// The first step is onto the entry that the list is on.
	const step = pointed.peek() ? 1 : 0;
	const act: Record<Action<'marks'>, () => void> = {
		next: () => pointAt({ page, mark: Math.min(at + step, count - 1) }),
		previous: () => pointAt({ page, mark: Math.max(at - step, 0) }),
		first: () => pointAt({ page, mark: 0 }),
		last: () => pointAt({ page, mark: count - 1 }),
		choose: () => void pick(pointed.peek() ?? { page, mark: at }),
		leave: () => pointAt(null),
	};
	act[action]();
}

/** A mark in words. */
function markSaid(info: MarkInfo, mark: MarkRef): string {
	const { text, confidence } = info;
	return strings.document.markSaid(calledOf(info, mark), text, confidence ? strings.confidences[confidence] : '');
}

pointedInfo.subscribe((info) => {
	const mark = pointed.peek();
	if (info && mark && document.activeElement?.classList.contains('mark-list')) announce(markSaid(info, mark));
});
