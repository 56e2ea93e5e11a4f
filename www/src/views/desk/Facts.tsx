import { strings } from '../../strings.js';
import type { Fact } from '../../worker/calls/payload.js';

/** Labelled values as a definition list. */
export function Facts({ facts }: { facts: Fact[] }) {
	return (
		<dl class="facts">
			{facts.map((fact) => (
				<div key={fact.key}>
					<dt>{strings.facts[fact.key]}</dt>
					<dd class={fact.form}>
						<bdi>{fact.value}</bdi>
					</dd>
				</div>
			))}
		</dl>
	);
}
