import { detail, locate } from '../../state/tree.js';
import { strings } from '../../strings.js';
import { Foreign } from '../text.js';
import { CopyMenu } from './CopyMenu.js';

/** Where the selected row is: each step of its pointer, to go up by, and what of it can be copied. */
export function Foot() {
	const shown = detail.value;
	return (
		<section class="foot" aria-label={strings.selectedRow} data-region tabIndex={-1}>
			{shown ? (
				<>
					<Breadcrumb pointer={shown.pointer} />
					<CopyMenu detail={shown} />
				</>
			) : (
				<p class="hint">{strings.noSelection}</p>
			)}
		</section>
	);
}

/** Steps that are shown at most: of a longer pointer the last ones tell more. */
const STEPS = 40;

function Breadcrumb({ pointer }: { pointer: string }) {
	const steps = pointer.split('/').slice(1);
	const hidden = Math.max(0, steps.length - STEPS);
	return (
		<nav class="breadcrumb" aria-label={strings.selectedRow}>
			<ol>
				{hidden > 0 && <li>…</li>}
				{steps.slice(hidden).map((step, place) => {
					const index = hidden + place;
					const last = index === steps.length - 1;
					const above = `/${steps.slice(0, index + 1).join('/')}`;
					return (
						<li key={above}>
							<span class="slash">/</span>
							{last ? (
								<span class="step" aria-current="true">
									<Foreign text={step} />
								</span>
							) : (
								<button class="step" type="button" onClick={() => void locate(above)}>
									<Foreign text={step} />
								</button>
							)}
						</li>
					);
				})}
			</ol>
		</nav>
	);
}
