import { stage, tell } from '../../state/current.js';
import { dragging, panel } from '../../state/layout.js';
import { strings } from '../../strings.js';
import { visible } from '../text.js';
import { FilePicker } from './FilePicker.js';
import { Ids } from './Ids.js';
import { openFiles, paste } from './ways.js';

/** The start screen: every way in, and what can be checked without a payload. */
export function Start() {
	const at = stage.value;
	return (
		<div class="start">
			{at.at === 'fault' && (
				<section class="card fault" role="alert">
					{visible(at.message)}
				</section>
			)}
			<section class={`opener${dragging.value ? ' over' : ''}`} aria-label={strings.dropTitle}>
				<Illustration />
				<div class="invitation">
					<h2>
						{dragging.value
							? strings.dropNow
							: at.at === 'opening'
								? visible(strings.opening(at.name))
								: strings.dropTitle}
					</h2>
					<p>{strings.dropHint}</p>
				</div>
				<div class="ways">
					<FilePicker class="button primary">{strings.choose}</FilePicker>
					<button class="button" type="button" onClick={paste}>
						{strings.paste}
					</button>
					<button class="button" type="button" onClick={openSample} title={strings.sampleHint}>
						{strings.sample}
					</button>
				</div>
			</section>
			<div class="checks">
				<section class="card" aria-labelledby="ids-title">
					<h2 id="ids-title">{strings.panels.ids}</h2>
					<Ids />
				</section>
				<section class="card signature-way" aria-labelledby="signature-title">
					<h2 id="signature-title">{strings.checkSignature}</h2>
					<p class="hint">{strings.checkSignatureHint}</p>
					<button
						class="button"
						type="button"
						aria-haspopup="dialog"
						onClick={() => {
							panel.value = 'signature';
						}}
					>
						{strings.signature}
					</button>
				</section>
			</div>
		</div>
	);
}

async function openSample(): Promise<void> {
	try {
		const { sampleFiles } = await import('./sample.js');
		openFiles(await sampleFiles());
	} catch (fault) {
		tell(fault);
	}
}

/** A sheet that comes to rest on a line. */
function Illustration() {
	return (
		<svg class="illustration" viewBox="0 0 96 72" aria-hidden="true">
			<path class="ground" d="M14 50v8a6 6 0 0 0 6 6h56a6 6 0 0 0 6-6v-8" />
			<g class="leaf">
				<path class="paper" d="M36 6h18l10 10v34a3 3 0 0 1-3 3H36a3 3 0 0 1-3-3V9a3 3 0 0 1 3-3z" />
				<path class="fold" d="M54 6v10h10" />
				<path class="lines" d="M40 25h17M40 33h17M40 41h10" />
			</g>
		</svg>
	);
}
