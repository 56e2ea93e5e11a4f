import { useLayoutEffect, useRef } from 'preact/hooks';
import { toSheet } from '../../document/geometry.js';
import { placement } from '../../state/document.js';
import { ConfidenceMark } from '../marks.js';
import { Foreign } from '../text.js';
import { boxOf, calledOf, pointed, pointedInfo } from './view.js';

/** CSS pixels between a mark and its tip. */
const GAP = 8;

/** Says what is pointed at, beside it. */
export function MarkTip() {
	const tip = useRef<HTMLDivElement>(null);
	const [mark, info, placed] = [pointed.value, pointedInfo.value, placement.value];
	const box = mark && boxOf(mark);

	useLayoutEffect(() => {
		const element = tip.current;
		const sheet = element?.offsetParent?.getBoundingClientRect();
		const stage = element?.closest('.stage')?.getBoundingClientRect();
		if (!element || !sheet || !stage || !placed || !box) return;
		const [a, b] = [toSheet(placed, { x: box.left, y: box.top }), toSheet(placed, { x: box.right, y: box.bottom })];
		const { offsetWidth: width, offsetHeight: height } = element;
		const below = Math.max(a.y, b.y) + GAP;
		const above = Math.min(a.y, b.y) - GAP - height;
		const lowest = stage.bottom - sheet.top - height - GAP;
		// Below the mark, else above it, else at the edge of what is seen.
		const top = below <= lowest ? below : Math.max(above, stage.top - sheet.top + GAP);
		const left = Math.min(
			Math.max(Math.min(a.x, b.x), stage.left - sheet.left + GAP),
			stage.right - sheet.left - width - GAP,
		);
		element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
	});

	if (!mark || !info || !placed || !box) return null;
	return (
		<div class="mark-tip" ref={tip} aria-hidden="true">
			<Foreign class="name" text={calledOf(info, mark)} />
			{info.text && <Foreign class="value" text={info.text} lines />}
			{info.confidence && <ConfidenceMark confidence={info.confidence} />}
		</div>
	);
}
