import { useSignalEffect } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { sheetSize } from '../../document/geometry.js';
import { pageCount, placement, sheet, sheetMarks } from '../../state/document.js';
import { hovered, selectedAt, selectedMarks } from '../../state/selection.js';
import { strings } from '../../strings.js';
import type { MarkRef } from '../../worker/calls/marks.js';
import { listen } from './gestures.js';
import { MarkLayer } from './MarkLayer.js';
import { MarkList } from './MarkList.js';
import { MarkOutlines } from './MarkOutlines.js';
import { MarkTip } from './MarkTip.js';
import { OtherOutlines } from './OtherOutlines.js';
import { PaperView } from './PaperView.js';
import { boxOf, followRatio, pointed } from './view.js';
import { Viewport } from './viewport.js';

/** The page as a sheet that can be moved about, and everything that is drawn on it. */
export function Stage() {
	const scroller = useRef<HTMLDivElement>(null);
	const paper = useRef<HTMLDivElement>(null);
	const viewport = useRef<Viewport | null>(null);
	const turnedTo = useRef<number | null>(null);

	useEffect(followRatio, []);
	// Before anything is laid out: the space decides how large the page is.
	useLayoutEffect(() => {
		if (!scroller.current || !paper.current) return;
		const end = new AbortController();
		const mine = new Viewport(scroller.current, paper.current);
		viewport.current = mine;
		listen(scroller.current, paper.current, mine, end.signal);
		return () => {
			end.abort();
			mine.dispose();
		};
	}, []);

	const [placed, laid] = [placement.value, sheet.value];
	useLayoutEffect(() => {
		if (!placed || !laid) return;
		const mark = selectedMarks.peek()[selectedAt.peek()];
		const box = mark && boxOf(mark);
		const held = box ? { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 } : null;
		viewport.current?.settle(placed, turnedTo.current !== laid.page, held);
		turnedTo.current = laid.page;
	}, [placed, laid]);

	// Once what was chosen is laid out: the page may have to be turned first.
	const showSoon = (mark: MarkRef | null | undefined) => {
		if (!mark || sheetMarks.peek()?.page !== mark.page) return;
		requestAnimationFrame(() => {
			const box = boxOf(mark);
			if (box) viewport.current?.show(box);
		});
	};
	useSignalEffect(() => {
		const mark = selectedMarks.value[selectedAt.value];
		if (sheetMarks.value) showSoon(mark);
	});
	useSignalEffect(() => {
		const mark = hovered.value;
		// The pointer is on what it points at; the keyboard and the tree may point elsewhere.
		if (mark && !(mark === pointed.peek() && scroller.current?.matches(':hover'))) showSoon(mark);
	});

	const { width, height } = placed ? sheetSize(placed) : { width: 0, height: 0 };
	const name = laid?.document?.name ?? '';
	return (
		// biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is sent together.
		<div
			class="stage"
			ref={scroller}
			role="group"
			// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrolled by keyboard too.
			tabIndex={0}
			aria-label={strings.document.scroller}
		>
			<div class="surface">
				<div class="paper-sheet" ref={paper} style={{ width: `${width}px`, height: `${height}px` }}>
					{laid && <PaperView label={strings.document.sheet(laid.page, pageCount.value, name)} />}
					<MarkLayer />
					<OtherOutlines />
					<MarkOutlines />
					<MarkList />
					<MarkTip />
				</div>
			</div>
		</div>
	);
}
