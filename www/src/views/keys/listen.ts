/** What the keys do that work anywhere on the page, or anywhere beside the document. */
import { opened } from '../../state/current.js';
import { turnTo as turnToPage } from '../../state/document.js';
import { type Action, actionOf } from '../../state/keyboard.js';
import { panel, type Tab, tab } from '../../state/layout.js';
import { rawFind } from '../../state/raw.js';
import { cycle, page } from '../../state/selection.js';
import { textFind } from '../../state/text.js';
import { nextRow } from '../../state/tree.js';

const onPage: Record<Action<'page'>, () => void> = {
	open: () => document.getElementById('files')?.click(),
	help: () => {
		panel.value = 'keys';
	},
	fields: () => turnTo('fields'),
	text: () => turnTo('text'),
	raw: () => turnTo('raw'),
	problems: () => turnTo('problems'),
	find: focusFind,
	nextLow: () => void nextRow('low', false),
	previousLow: () => void nextRow('low', true),
	nextLocation: () => cycle(1),
	previousLocation: () => cycle(-1),
	nextPage: () => turnToPage(page.peek() + 1),
	previousPage: () => turnToPage(page.peek() - 1),
	nextRegion: () => focusRegion(1),
	previousRegion: () => focusRegion(-1),
};

const onSide: Record<Action<'side'>, () => void> = {
	findHere: focusFind,
	nextFound: () => findNext(false),
	previousFound: () => findNext(true),
};

/** Begins to listen; gives what ends that. */
export function listenToKeys(): () => void {
	const end = new AbortController();
	addEventListener('keydown', onKeyDown, { signal: end.signal });
	return () => end.abort();
}

function onKeyDown(event: KeyboardEvent): void {
	// A view has taken it already, or a dialog is open.
	if (event.defaultPrevented || panel.peek()) return;
	const beside = event.target instanceof Element && event.target.closest('.side') !== null;
	const side = beside ? actionOf('side', event) : null;
	const anywhere = side ? null : actionOf('page', event);
	if (!side && !anywhere) return;
	// Without a payload most of them mean nothing, and the key stays the browser's.
	if (!opened.peek() && anywhere !== 'open' && anywhere !== 'help') return;
	event.preventDefault();
	if (side) onSide[side]();
	else if (anywhere) onPage[anywhere]();
}

function turnTo(to: Tab): void {
	tab.value = to;
	document.getElementById(`tab-${to}`)?.focus();
}

function focusFind(): void {
	const box = document.querySelector<HTMLInputElement>('.side input[type=search]');
	box?.focus();
	box?.select();
}

function findNext(backwards: boolean): void {
	if (tab.peek() === 'raw') void rawFind(backwards);
	if (tab.peek() === 'text') void textFind(backwards);
	if (tab.peek() === 'fields') void nextRow('match', backwards);
	if (tab.peek() === 'compare')
		void import('../../state/compare.js').then((compare) => compare.nextDifference(backwards));
}

/** Moves the focus to the next of the parts of the window. */
function focusRegion(step: 1 | -1): void {
	const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')];
	if (regions.length === 0) return;
	const at = regions.findIndex((region) => region.contains(document.activeElement));
	const next = at < 0 ? 0 : (at + step + regions.length) % regions.length;
	regions[next]?.focus();
}
