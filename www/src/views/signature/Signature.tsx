import { useEffect, useId, useState } from 'preact/hooks';
import { opened } from '../../state/current.js';
import { dragging } from '../../state/layout.js';
import {
	checkSignature,
	clearSignature,
	signatureFault,
	signatureHeader,
	signatureReport,
	signatureSecrets,
	signedFile,
	stopSignature,
} from '../../state/signature.js';
import { signatureStrings as strings } from '../../strings.js';
import { visible } from '../text.js';
import { Outcome, Searching } from './Outcome.js';
import './signature.css';

/** Whether a signature fits a body, and if not why. */
export function Signature() {
	const [shown, setShown] = useState(false);
	const [headerHint, secretsHint] = [useId(), useId()];
	// What was typed here is forgotten when the panel closes.
	useEffect(() => clearSignature, []);
	const file = signedFile.value;
	const open = opened.value;
	const body = file ?? (open ? { document: open.document } : null);
	const report = signatureReport.value;
	const searching = report?.outcome === 'searching';
	return (
		<form
			class="signature-form"
			autocomplete="off"
			onSubmit={(event) => {
				event.preventDefault();
				if (body) void checkSignature(body);
				else signatureFault.value = strings.noBody;
			}}
			onDragOver={(event) => event.preventDefault()}
			onDrop={drop}
		>
			<p class="hint">{strings.hint}</p>
			<fieldset class="body-choice">
				<legend>{strings.body}</legend>
				<p class="chosen">
					{file
						? visible(strings.bodyFile(file.name, file.size))
						: open
							? visible(strings.bodyOpen(open.name))
							: strings.noBody}
				</p>
				<label class="button">
					{strings.chooseBody}
					<input
						class="unseen"
						type="file"
						onChange={({ currentTarget }) => {
							take(currentTarget.files?.[0]);
							// Else choosing the same file again would be no change.
							currentTarget.value = '';
						}}
					/>
				</label>
				<p class="hint">{strings.bodyHint}</p>
			</fieldset>
			<label class="field">
				<span>{strings.header}</span>
				<input
					type="text"
					autocomplete="off"
					spellcheck={false}
					aria-describedby={headerHint}
					value={signatureHeader}
					onInput={({ currentTarget }) => {
						signatureHeader.value = currentTarget.value;
					}}
				/>
				<span id={headerHint} class="hint">
					{strings.headerHint}
				</span>
			</label>
			<label class="field">
				<span>{strings.secrets}</span>
				<textarea
					class={shown ? '' : 'masked'}
					rows={3}
					autocomplete="off"
					autocorrect="off"
					autocapitalize="off"
					spellcheck={false}
					aria-describedby={secretsHint}
					value={signatureSecrets}
					onInput={({ currentTarget }) => {
						signatureSecrets.value = currentTarget.value;
					}}
				/>
				<span id={secretsHint} class="hint">
					{strings.secretsHint}
				</span>
			</label>
			<div class="line">
				<button class="button primary" type="submit">
					{strings.check}
				</button>
				<button class="button" type="button" aria-pressed={shown} onClick={() => setShown(!shown)}>
					{strings.show}
				</button>
				{searching && (
					<button class="button" type="button" onClick={stop}>
						{strings.stop}
					</button>
				)}
			</div>
			{signatureFault.value && (
				<p class="notice" role="alert">
					{visible(signatureFault.value)}
				</p>
			)}
			{report && searching && <Searching report={report} />}
			{/* Beside an open dialog the page's own live region is not heard. */}
			<div role="status">{report && !searching && <Outcome report={report} />}</div>
		</form>
	);
}

/** The button goes with the search: the focus goes on to the one beside it. */
function stop({ currentTarget }: { currentTarget: HTMLElement }): void {
	currentTarget.closest('form')?.querySelector<HTMLElement>('[type=submit]')?.focus();
	stopSignature();
}

/** Files that are dropped here are bodies, not payloads to open. */
function drop(event: DragEvent): void {
	event.preventDefault();
	event.stopPropagation();
	dragging.value = false;
	take(event.dataTransfer?.files[0]);
}

function take(file: File | undefined): void {
	if (!file) return;
	stopSignature();
	signedFile.value = file;
	signatureReport.value = null;
}
