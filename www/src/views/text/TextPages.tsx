import { pageText, showMoreText, showText } from '../../state/text.js';
import { strings } from '../../strings.js';

/** The text that was read, page by page. */
export function TextPages({ pages }: { pages: number }) {
	const shown = pageText.value;
	if (!shown) return null;
	const { page, content, length, words } = shown;
	return (
		<section class="card text" aria-labelledby="text-title">
			<header class="heading">
				<h3 id="text-title">{strings.text}</h3>
				<p class="count">
					{strings.page(page, pages)}
					{words !== null && ` · ${strings.words(words)}`}
				</p>
				{pages > 1 && (
					<div class="turn">
						<button
							class="button"
							type="button"
							aria-label={strings.previousPage}
							aria-disabled={page === 0}
							onClick={() => page > 0 && showText(page - 1)}
						>
							‹
						</button>
						<button
							class="button"
							type="button"
							aria-label={strings.nextPage}
							aria-disabled={page === pages - 1}
							onClick={() => page < pages - 1 && showText(page + 1)}
						>
							›
						</button>
					</div>
				)}
			</header>
			{content === '' ? <p class="none">{strings.noText}</p> : <pre dir="auto">{content}</pre>}
			{content.length < length && (
				<button class="button" type="button" onClick={showMoreText}>
					{strings.showMore}
				</button>
			)}
		</section>
	);
}
