import type { ComponentChildren } from 'preact';
import { useEffect, useId } from 'preact/hooks';
import { opened } from '../../state/current.js';
import { hasDocumentSide } from '../../state/document.js';
import {
	exportChoices,
	exportRemark,
	leaveExports,
	making,
	saveFile,
	savePicture,
	showExports,
	stopExport,
	withByteOrderMark,
} from '../../state/exports.js';
import { page } from '../../state/selection.js';
import { exportStrings as strings } from '../../strings.js';
import type { ExportWhat } from '../../worker/calls/exports.js';
import { visible } from '../text.js';
import './export.css';

/** What leaves the page as a file: CSV, JSON, text, a picture. */
export function Export() {
	const document = opened.value?.document;
	useEffect(() => {
		stopExport();
		void showExports();
	}, [document]);
	useEffect(() => leaveExports, []);
	const mark = useId();
	const choices = exportChoices.value;
	if (!choices) return null;
	const row = (what: ExportWhat, label: string, hint: string) => (
		<Choice key={label} label={visible(label)} hint={hint} spoken={label} save={() => saveFile(what, label)} />
	);
	return (
		<div class="export">
			<ul>
				{choices.fields > 0 && row('fields', strings.fields, strings.fieldsHint(choices.fields))}
				{choices.lists.map(({ id, pointer, items }) =>
					row({ list: id }, strings.list(pointer), strings.listHint(items)),
				)}
				{choices.moreLists > 0 && <li class="hint">{strings.moreLists(choices.moreLists)}</li>}
				{row('json', strings.json, strings.jsonHint)}
				{choices.json && row('indented', strings.indented, strings.indentedHint)}
				{choices.textPages > 0 && row('text', strings.text, strings.textHint(choices.textPages))}
				{hasDocumentSide.value && (
					<Choice
						label={strings.picture(page.value)}
						hint={strings.pictureHint}
						spoken={strings.picture(page.value)}
						save={() => savePicture(strings.picture(page.peek()))}
					/>
				)}
			</ul>
			<label class="check">
				<input
					type="checkbox"
					aria-describedby={mark}
					checked={withByteOrderMark}
					onChange={({ currentTarget }) => {
						withByteOrderMark.value = currentTarget.checked;
					}}
				/>
				{strings.mark}
			</label>
			<p id={mark} class="hint">
				{strings.markHint}
			</p>
			<p class="hint">{strings.harmless}</p>
			<div class="line made">
				<p role="status">{visible(exportRemark.value)}</p>
				{making.value && (
					<button class="button small" type="button" onClick={stopExport}>
						{strings.stop}
					</button>
				)}
			</div>
		</div>
	);
}

interface ChoiceProps {
	label: ComponentChildren;
	hint: string;
	spoken: string;
	save(): Promise<void>;
}

/** One file that can be made. */
function Choice({ label, hint, spoken, save }: ChoiceProps) {
	return (
		<li>
			<span class="what">
				<b>{label}</b>
				<span class="hint">{hint}</span>
			</span>
			<button class="button" type="button" aria-label={strings.saveWhat(spoken)} onClick={save}>
				{strings.save}
			</button>
		</li>
	);
}
