import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { copy } from '../../state/clipboard.js';
import { page as documentPage } from '../../state/selection.js';
import {
	lookForText,
	pageText,
	showMoreText,
	showText,
	textAt,
	textFind,
	textMatches,
	textMissing,
	textQuery,
	turnText,
	wholePage,
} from '../../state/text.js';
import { strings } from '../../strings.js';
import { Pair } from '../Pair.js';
import { visible } from '../text.js';
import './text.css';

/** The text that was read, page by page. */
export function TextPages({ pages }: { pages: number }) {
	const box = useRef<HTMLPreElement>(null);
	useEffect(() => {
		const at = Math.min(documentPage.peek(), pages - 1);
		if (pages > 0 && pageText.peek()?.page !== at) void showText(at);
	}, [pages]);
	const matches = textMatches.value;
	const at = textAt.value;
	const shown = pageText.value;
	useLayoutEffect(() => {
		box.current?.querySelector('mark.at')?.scrollIntoView({ block: 'nearest' });
	}, [matches, at]);
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
	if (!shown) return null;
	const { page, content, length, words } = shown;
	return (
		<section class="text" aria-labelledby="text-title">
			<h2 id="text-title" class="unseen">
				{strings.text}
			</h2>
			<search class="filter line" aria-label={strings.find}>
				<input
					type="search"
					class="box"
					aria-label={strings.findIn.text}
					placeholder={strings.findIn.text}
					autocomplete="off"
					spellcheck={false}
					value={textQuery}
					onInput={(event) => lookForText(event.currentTarget.value)}
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
					{matches.length > 0 ? strings.found(at, matches.length) : textMissing.value ? strings.notFound : ''}
				</span>
			</search>
			<div class="filter line turn">
				<p class="count">
					{strings.page(page, pages)}
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
			{content === '' ? (
				<p class="none">{strings.noText}</p>
			) : (
				// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
				<pre ref={box} dir="auto" tabIndex={0}>
					{marked(content, matches, at, textQuery.value.length)}
				</pre>
			)}
			{content.length < length && (
				<button class="button" type="button" onClick={showMoreText}>
					{strings.showMore}
				</button>
			)}
		</section>
	);
}

/** The text with what was found in it marked. */
function marked(content: string, matches: readonly number[], at: number, length: number) {
	if (matches.length === 0) return visible(content, true);
	const parts = [];
	let done = 0;
	for (const [index, start] of matches.entries()) {
		parts.push(
			visible(content.slice(done, start), true),
			<mark key={start} class={index === at ? 'at' : ''}>
				{visible(content.slice(start, start + length), true)}
			</mark>,
		);
		done = start + length;
	}
	parts.push(visible(content.slice(done), true));
	return parts;
}
