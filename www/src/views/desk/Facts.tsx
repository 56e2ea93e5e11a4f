import { strings } from '../../strings.js';
import type { Fact } from '../../worker/calls/payload.js';
import { Foreign } from '../text.js';
import './facts.css';

/** Labelled values as a definition list. */
export function Facts({ facts }: { facts: Fact[] }) {
	return (
		<dl class="facts">
			{facts.map((fact) => (
				<div key={fact.key}>
					<dt>{strings.facts[fact.key]}</dt>
					<dd class={fact.form}>
						<Foreign text={fact.value} lines />
						{fact.form === 'time' && <LocalTime text={fact.value} />}
					</dd>
				</div>
			))}
		</dl>
	);
}

/** A time of the platform as the clock here shows it. One without a zone is in UTC. */
function LocalTime({ text }: { text: string }) {
	const time = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)?$/.exec(text);
	const at = time ? new Date(time[1] ? text : `${text}Z`) : null;
	if (!at || Number.isNaN(at.getTime())) return null;
	return <span class="local">{strings.localTime(at)}</span>;
}
