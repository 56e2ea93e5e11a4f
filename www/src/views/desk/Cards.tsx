import { strings } from '../../strings.js';
import type { Card } from '../../worker/calls/payload.js';
import { Facts } from './Facts.js';

/** Kinds that are read as a whole: each group of facts with its heading. */
export function Cards({ cards }: { cards: Card[] }) {
	return cards.map((card) => (
		<section key={`${card.title} ${card.number}`} class={`card group ${card.title}`}>
			<h2>{strings.cardTitle(card)}</h2>
			{card.facts.length > 0 && <Facts facts={card.facts} />}
		</section>
	));
}
