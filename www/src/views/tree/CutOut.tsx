import { useEffect, useRef } from 'preact/hooks';
import { shownDocument } from '../../state/document.js';
import { marks, selectedAt, selectedMarks } from '../../state/selection.js';
import { strings } from '../../strings.js';
import type { PageMarks } from '../../worker/calls/marks.js';

/** The largest that a cut-out is shown, in CSS pixels, and how far its original is enlarged. */
const LIMIT = { width: 440, height: 200, scale: 2 } as const;
/** Shown around the location, in CSS pixels of the page. */
const MARGIN = 4;
/** While rows are passed quickly nothing is painted, in milliseconds. */
const REST = 60;

/** A corner of the page and the opposite one, as fractions. */
type Box = [left: number, top: number, right: number, bottom: number];

/** What the document shows at the location of the selected row that is looked at. */
export function CutOut() {
	const canvas = useRef<HTMLCanvasElement>(null);
	const document = shownDocument.value;
	const at = selectedMarks.value[selectedAt.value];
	const shown = marks.value;
	const ready = document !== null && at !== undefined && shown?.page === at.page && at.page < document.pageCount;
	useEffect(() => {
		const { current } = canvas;
		if (!ready || !current) return;
		const end = new AbortController();
		const box = bounds(shown, at.mark);
		const resting = setTimeout(async () => {
			try {
				const size = await document.size(at.page);
				const [left, top, right, bottom] = box;
				const width = (right - left) * size.width + 2 * MARGIN;
				const height = (bottom - top) * size.height + 2 * MARGIN;
				const scale = Math.min(LIMIT.scale, LIMIT.width / width, LIMIT.height / height);
				const pixels = scale * devicePixelRatio;
				const area = {
					left: Math.floor((left * size.width - MARGIN) * pixels),
					top: Math.floor((top * size.height - MARGIN) * pixels),
					width: Math.max(1, Math.ceil(width * pixels)),
					height: Math.max(1, Math.ceil(height * pixels)),
				};
				await document.paint(at.page, current, { scale: pixels, rotation: 0, area, signal: end.signal });
				current.style.width = `${area.width / devicePixelRatio}px`;
			} catch {
				// What the page itself cannot show is told there, and what was left is not wanted.
			}
		}, REST);
		return () => {
			clearTimeout(resting);
			end.abort();
		};
	}, [ready, document, at, shown]);
	return ready ? (
		<canvas ref={canvas} class="cut-out" width="1" height="1" role="img" aria-label={strings.cutOut} />
	) : null;
}

/** The box around a mark, within the page. */
function bounds({ starts, points }: PageMarks, mark: number): Box {
	const box: Box = [1, 1, 0, 0];
	for (let point = starts[mark] ?? 0; point < (starts[mark + 1] ?? 0); point++) {
		const x = Math.min(1, Math.max(0, points[2 * point] ?? 0));
		const y = Math.min(1, Math.max(0, points[2 * point + 1] ?? 0));
		box[0] = Math.min(box[0], x);
		box[1] = Math.min(box[1], y);
		box[2] = Math.max(box[2], x);
		box[3] = Math.max(box[3], y);
	}
	return box;
}
