import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { copy } from '../../state/clipboard.js';
import {
	lookForText,
	pageText,
	showMoreText,
	showTextHere,
	textFind,
	textMatches,
	textMissing,
	textPlace,
	textQuery,
	turnText,
	wholePage,
} from '../../state/text.js';
import { strings } from '../../strings.js';
import type { PageText, TextPart } from '../../worker/calls/text.js';
import { Pair } from '../Pair.js';
import { visible } from '../text.js';
import './text.css';

/** The text that was read, page by page. */
export function TextPages({ pages }: { pages: number }) {
	useEffect(() => {
		if (pages > 0 && !pageText.peek()) void showTextHere();
	}, [pages]);
	if (pages === 0) {
		return (
			<div class="text empty">
				<p>{strings.noTexts}</p>
				<p class="hint">
					{strings.noTextsHint} <code>raw_text</code>.
				</p>
			</div>
		);
	}
	return (
		<section class="text" aria-labelledby="text-title">
			<h2 id="text-title" class="unseen">
				{strings.text}
			</h2>
			<FindBox />
			{pageText.value && <ShownPage shown={pageText.value} pages={pages} />}
		</section>
	);
}

/** Looks for a text; there before the page is, so that nobody has to wait who wants to type. */
function FindBox() {
	const place = textPlace.value;
	return (
		<search class="filter line" aria-label={strings.find}>
			<input
				type="search"
				class="box"
				aria-label={strings.findIn.text}
				placeholder={strings.findIn.text}
				autocomplete="off"
				spellcheck={false}
				value={textQuery}
				onInput={(event) => void lookForText(event.currentTarget.value)}
				onKeyDown={(event) => {
					if (event.key !== 'Enter') return;
					event.preventDefault();
					void textFind(event.shiftKey);
				}}
			/>
			<Pair
				label={null}
				back={strings.previousFound}
				on={strings.nextFound}
				disabled={textQuery.value === ''}
				go={(backwards) => void textFind(backwards)}
			/>
			<span class="found">
				{place ? strings.found(place.index, place.total) : textMissing.value ? strings.notFound : ''}
			</span>
		</search>
	);
}

function ShownPage({ shown, pages }: { shown: PageText; pages: number }) {
	const box = useRef<HTMLPreElement>(null);
	const matches = textMatches.value;
	const place = textPlace.value;
	useLayoutEffect(() => {
		box.current?.querySelector('mark.at')?.scrollIntoView({ block: 'nearest' });
	}, [matches, place]);
	const { page, from, content, length, words, part } = shown;
	const at = place?.page === page ? place.at - from : -1;
	return (
		<>
			<div class="filter line turn">
				<p class="count">
					{strings.page(page, pages)}
					{part && <> · {visible(partName(part))}</>}
					{words !== null && ` · ${strings.words(words)}`}
				</p>
				{pages > 1 && (
					<Pair
						label={null}
						back={strings.previousPage}
						on={strings.nextPage}
						disabled={false}
						go={(backwards) => void turnText(page + (backwards ? -1 : 1))}
					/>
				)}
				<span class="gap" />
				<button
					class="button quiet small"
					type="button"
					onClick={async () => void copy(await wholePage(), strings.textOfPage(page))}
				>
					{strings.copyPage}
				</button>
			</div>
			{from > 0 && (
				<button class="button" type="button" onClick={() => void showMoreText(true)}>
					{strings.showBefore}
				</button>
			)}
			{content === '' ? (
				<p class="none">{strings.noText}</p>
			) : (
				// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
				<pre ref={box} dir="auto" tabIndex={0}>
					{marked(content, matches, at, textQuery.value.length)}
				</pre>
			)}
			{from + content.length < length && (
				<button class="button" type="button" onClick={() => void showMoreText()}>
					{strings.showMore}
				</button>
			)}
		</>
	);
}

function partName({ of, index, type, page, pages }: TextPart): string {
	const name = `${strings.textParts[of](index)}: ${type}`;
	return pages > 1 ? `${name}, ${strings.page(page, pages)}` : name;
}

/** The text with what was found in it marked; `at` is where the place stands that is looked at. */
function marked(content: string, matches: readonly number[], at: number, length: number) {
	if (matches.length === 0) return visible(content, true);
	const parts = [];
	let done = 0;
	// Of very many only the first are marked, but always the one that is looked at.
	const all = at < 0 || matches.includes(at) ? matches : [...matches, at].sort((a, b) => a - b);
	for (const start of all) {
		parts.push(
			visible(content.slice(done, start), true),
			<mark key={start} class={start === at ? 'at' : ''}>
				{visible(content.slice(start, start + length), true)}
			</mark>,
		);
		done = start + length;
	}
	parts.push(visible(content.slice(done), true));
	return parts;
}
