/** Every key that the page knows, in one table: what handles keys reads it, and so does the help. */
import { singleKeys } from './layout.js';

/**
 * What each key does, by where the focus has to be: `page` is anywhere, `side` beside the document, the rest in the view of that name.
 * `mod` is Ctrl, and ⌘ on a Mac.
 */
export const keys = {
	page: {
		open: ['mod+o'],
		help: ['?'],
		fields: ['1'],
		text: ['2'],
		raw: ['3'],
		problems: ['4'],
		find: ['/'],
		nextLow: ['l'],
		previousLow: ['shift+l'],
		nextLocation: ['n'],
		previousLocation: ['p'],
		nextPage: [']'],
		previousPage: ['['],
		nextRegion: ['F6'],
		previousRegion: ['shift+F6'],
	},
	side: {
		findHere: ['mod+f'],
		nextFound: ['F3', 'mod+g'],
		previousFound: ['shift+F3', 'mod+shift+g'],
	},
	tree: {
		down: ['ArrowDown'],
		up: ['ArrowUp'],
		pageDown: ['PageDown'],
		pageUp: ['PageUp'],
		first: ['Home'],
		last: ['End'],
		open: ['ArrowRight'],
		close: ['ArrowLeft'],
		toggle: ['Enter', 'Space'],
		openAll: ['*'],
		copyValue: ['mod+c'],
	},
	document: {
		larger: ['+', '='],
		smaller: ['-'],
		whole: ['0'],
		turn: ['r'],
		nextPage: ['PageDown'],
		previousPage: ['PageUp'],
	},
	marks: {
		next: ['ArrowRight', 'ArrowDown'],
		previous: ['ArrowLeft', 'ArrowUp'],
		first: ['Home'],
		last: ['End'],
		choose: ['Enter', 'Space'],
		leave: ['Escape'],
	},
	raw: {
		down: ['ArrowDown'],
		up: ['ArrowUp'],
		pageDown: ['PageDown', 'Space'],
		pageUp: ['PageUp', 'shift+Space'],
		first: ['Home', 'mod+Home'],
		last: ['End', 'mod+End'],
		goToLine: ['g', 'mod+l'],
	},
	tabs: {
		next: ['ArrowRight'],
		previous: ['ArrowLeft'],
		first: ['Home'],
		last: ['End'],
	},
	splitter: {
		wider: ['ArrowRight'],
		narrower: ['ArrowLeft'],
		widest: ['End'],
		narrowest: ['Home'],
	},
} as const;

export type Scope = keyof typeof keys;
export type Action<In extends Scope> = keyof (typeof keys)[In] & string;

/** What a key means in a view; `null` for a key that means nothing there, or that belongs to what is being typed. */
export function actionOf<In extends Scope>(scope: In, event: KeyboardEvent): Action<In> | null {
	const name = nameOf(event);
	if (isSingle(name) && (isTyping(event) || (scope === 'page' && !singleKeys.peek()))) return null;
	for (const [action, names] of Object.entries(keys[scope]) as [Action<In>, readonly string[]][]) {
		if (names.includes(name)) return action;
	}
	return null;
}

/** Whether a key is one that types a letter: those can be switched off, and are never taken from a text box. */
export function isSingle(name: string): boolean {
	return name.replace(/^shift\+/, '').length === 1;
}

/** The name of a key as in {@link keys}. */
export function nameOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): string {
	const spoken = key === ' ' ? 'Space' : /^[a-z]$/i.test(key) ? key.toLowerCase() : key;
	// Of other characters Shift is part: `?` needs it on one keyboard and not on another.
	const shift = shiftKey && (spoken.length > 1 || /^[a-z]$/.test(spoken));
	return `${ctrlKey || metaKey ? 'mod+' : ''}${altKey ? 'alt+' : ''}${shift ? 'shift+' : ''}${spoken}`;
}

function isTyping({ target }: KeyboardEvent): boolean {
	if (!(target instanceof HTMLElement)) return false;
	if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
		return true;
	return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'file', 'range'].includes(target.type);
}
