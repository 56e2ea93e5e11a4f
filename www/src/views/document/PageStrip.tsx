import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { Thumbnails } from '../../document/thumbnails.js';
import { pageCount, rotation, shownDocument, splits, turnTo } from '../../state/document.js';
import { strip } from '../../state/layout.js';
import { markCounts, page } from '../../state/selection.js';
import { strings } from '../../strings.js';
import type { PageRange } from '../../worker/calls/marks.js';
import { Foreign } from '../text.js';
import { ratio } from './view.js';

/** CSS pixels of one entry, as in the style sheet. */
const ENTRY = { height: 128, picture: { width: 76, height: 96 } };
/** Entries mounted beyond what is seen. */
const SPARE = 4;

/** The pages in small, of which only those near the seen ones are mounted. */
export function PageStrip() {
	const list = useRef<HTMLElement>(null);
	const top = useSignal(0);
	const height = useSignal(0);
	const pages = pageCount.value;
	const document = shownDocument.value;
	const [turned, pixels] = [rotation.value, ratio.value];
	const pictures = useMemo(() => {
		const { width, height } = ENTRY.picture;
		return document && new Thumbnails(document, turned, { width: width * pixels, height: height * pixels });
	}, [document, turned, pixels]);

	const current = page.value;
	const hidden = pages < 2 || !strip.value;
	useLayoutEffect(() => {
		const element = list.current;
		if (!element) return;
		const observer = new ResizeObserver(() => {
			height.value = element.clientHeight;
		});
		observer.observe(element);
		return () => observer.disconnect();
	}, [hidden]);
	useLayoutEffect(() => {
		const element = list.current;
		if (!element) return;
		const [above, below] = [current * ENTRY.height, (current + 1) * ENTRY.height - element.clientHeight];
		if (element.scrollTop > above) element.scrollTop = above;
		else if (element.scrollTop < below) element.scrollTop = below;
	}, [current, hidden]);

	if (hidden) return null;
	const first = Math.max(Math.floor(top.value / ENTRY.height) - SPARE, 0);
	const last = Math.min(Math.ceil((top.value + height.value) / ENTRY.height) + SPARE, pages);
	const mounted = Array.from({ length: Math.max(last - first, 0) }, (_, index) => first + index);
	// The current one always: the keyboard comes in by it.
	if (current < first || current >= last) mounted.push(current);
	return (
		<nav
			class="page-strip"
			aria-label={strings.document.pages}
			ref={list}
			onScroll={(event) => {
				top.value = event.currentTarget.scrollTop;
			}}
			onKeyDown={onKey}
		>
			<ol style={{ height: `${pages * ENTRY.height}px` }}>
				{mounted.map((index) => (
					<Entry key={index} index={index} current={index === current} pictures={pictures} />
				))}
			</ol>
		</nav>
	);
}

function onKey(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
	const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
	const to = { Home: 0, End: pageCount.peek() - 1 }[event.key] ?? (step && page.peek() + step);
	if (to === undefined) return;
	event.preventDefault();
	turnTo(to);
	// The focus goes along with the page: only its entry can be tabbed to.
	const list = event.currentTarget;
	requestAnimationFrame(() => list.querySelector<HTMLElement>('[aria-current=page]')?.focus({ preventScroll: true }));
}

interface EntryProps {
	index: number;
	current: boolean;
	pictures: Thumbnails | null;
}

function Entry({ index, current, pictures }: EntryProps) {
	const marked = markCounts.value?.[index] ?? 0;
	const split = splits.value.findIndex(({ first, last }) => first <= index && index <= last);
	const range = splits.value[split];
	const name = strings.document.pageButton(index, marked);
	return (
		<li style={{ top: `${index * ENTRY.height}px` }} class={range && rangeClass(range, split, index)}>
			{range?.first === index && <Foreign class="range-name" text={range.documentType} />}
			<button
				type="button"
				aria-current={current ? 'page' : undefined}
				tabIndex={current ? 0 : -1}
				onClick={() => turnTo(index)}
			>
				<Picture index={index} pictures={pictures} />
				<span class="unseen">{range ? `${name}, ${range.documentType}` : name}</span>
				<span class="number" aria-hidden="true">
					{index + 1}
				</span>
				{marked > 0 && (
					<span class="marked" aria-hidden="true">
						{marked}
					</span>
				)}
			</button>
		</li>
	);
}

function rangeClass({ first, last }: PageRange, number: number, index: number): string {
	const ends = `${index === first ? ' first' : ''}${index === last ? ' last' : ''}`;
	return `range ${number % 2 === 0 ? 'even' : 'odd'}${ends}`;
}

function Picture({ index, pictures }: { index: number; pictures: Thumbnails | null }) {
	const host = useRef<HTMLSpanElement>(null);
	useEffect(() => {
		const ready = pictures?.at(index);
		host.current?.replaceChildren(...(ready ? [ready] : []));
		if (!pictures || ready) return;
		const wanted = new AbortController();
		pictures.paint(index, wanted.signal).then(
			(canvas) => {
				if (!wanted.signal.aborted) host.current?.replaceChildren(canvas);
			},
			// A page that cannot be painted stays blank here; the sheet says why.
			() => {},
		);
		return () => wanted.abort();
	}, [index, pictures]);
	return <span class="picture" ref={host} />;
}
