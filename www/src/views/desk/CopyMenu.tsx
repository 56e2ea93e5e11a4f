import { useRef } from 'preact/hooks';
import { copy } from '../../state/clipboard.js';
import { opened } from '../../state/current.js';
import { strings } from '../../strings.js';
import type { Detail } from '../../worker/calls/tree.js';
import { ask } from '../../worker/client.js';
import { placeBelow } from '../Popover.js';
import { visible } from '../text.js';

type Form = keyof typeof strings.copyForms;

/** Characters of what would be copied that the menu shows. */
const SHOWN = 120;

/** Copies of the selected row: where it is in three ways, and its value. */
export function CopyMenu({ detail }: { detail: Detail }) {
	const button = useRef<HTMLButtonElement>(null);
	const menu = useRef<HTMLDivElement>(null);
	const forms = Object.entries(textsOf(detail)) as [Form, string | null][];

	const items = () => [...(menu.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
	const enter = () => {
		if (!menu.current?.contains(document.activeElement)) items()[0]?.focus();
	};
	const choose = (form: Form) => {
		menu.current?.hidePopover();
		void copyForm(detail, form);
	};
	const onKeyDown = (event: KeyboardEvent) => {
		const all = items();
		// An arrow may come before the focus does: the browser tells that the menu is open some time after it is.
		const at = Math.max(0, all.indexOf(document.activeElement as HTMLElement));
		const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
		const to = steps[event.key];
		if (event.key === 'Tab') menu.current?.hidePopover();
		if (to === undefined) return;
		event.preventDefault();
		all.at(to % all.length)?.focus();
	};

	return (
		<>
			<button
				ref={button}
				class="button small"
				type="button"
				aria-haspopup="menu"
				popovertarget="copy-menu"
				onKeyDown={(event) => menu.current?.matches(':popover-open') && onKeyDown(event)}
			>
				{strings.copyAs} <span aria-hidden="true">▾</span>
			</button>
			<div
				ref={menu}
				id="copy-menu"
				class="popover menu"
				popover="auto"
				role="menu"
				aria-label={strings.copyAs}
				onKeyDown={onKeyDown}
				onBeforeToggle={() => button.current && menu.current && placeBelow(button.current, menu.current)}
				onToggle={(event) => (event as unknown as ToggleEvent).newState === 'open' && enter()}
			>
				{forms.map(
					([form, text]) =>
						text !== null && (
							<button key={form} type="button" role="menuitem" tabIndex={-1} onClick={() => choose(form)}>
								<span class="form">{strings.copyForms[form]}</span>
								<code aria-hidden="true">{visible(text.slice(0, SHOWN))}</code>
							</button>
						),
				)}
			</div>
		</>
	);
}

/** Copies a text of a row, of which the page may not have all yet. */
export async function copyForm(row: Detail | Promise<Detail | null>, form: Form): Promise<void> {
	// Another payload may be shown until the row is there.
	const document = opened.peek()?.document;
	const detail = await row;
	let text = detail && textsOf(detail)[form];
	if (detail && form !== 'code' && detail.cut.includes(form)) {
		const { id } = detail;
		const whole = document === undefined ? null : await ask('whole', { document, id, form });
		text = whole && (await whole.text());
	}
	await copy(text, strings.copyForms[form]);
}

function textsOf({ pointer, jsonPath, code, text }: Detail): Record<Form, string | null> {
	return { pointer, jsonPath, code, value: text };
}
