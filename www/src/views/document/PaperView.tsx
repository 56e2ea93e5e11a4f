import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { failPage, placement, sheet } from '../../state/document.js';
import { Paper } from './paper.js';
import { lacking, ratio, seen } from './view.js';

/** The page itself. */
export function PaperView({ label }: { label: string }) {
	const host = useRef<HTMLDivElement>(null);
	const paper = useRef<Paper | null>(null);

	useEffect(() => () => paper.current?.clear(), []);
	useSignalEffect(() => {
		const [laid, now, pixels] = [sheet.value, seen.value, ratio.value];
		if (!host.current) return;
		paper.current ??= new Paper(host.current, notePainted, failPage);
		const document = laid?.document;
		// While the page is being laid out anew, what was seen is another sheet's.
		if (!laid || !document || now?.placement.size !== laid.size) {
			if (!document) paper.current.show(null);
			return;
		}
		if (now.placement !== placement.peek()) return;
		paper.current.show({ document, page: laid.page, ratio: pixels, ...now });
	});
	return <div class="paper" role="img" aria-label={label} ref={host} />;
}

function notePainted(): void {
	const lacks = sheet.peek()?.document?.lacks;
	if (lacks && lacks.size !== lacking.peek().length) lacking.value = [...lacks].sort();
}
