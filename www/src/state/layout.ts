/** What is laid out how. Of all that the page knows only this is remembered, never anything of a payload or a document. */
import { effect, signal } from '@preact/signals';

/** What the right-hand side shows; `compare` is there once a comparison is asked for. */
export type Tab = 'fields' | 'text' | 'raw' | 'problems' | 'compare';
/** Which colours are used. */
export type Theme = 'system' | 'light' | 'dark';
/** What can be opened over the page. */
export type Panel = 'signature' | 'ids' | 'export' | 'keys';

const KEY = 'mindhook.layout';
const THEMES: readonly string[] = ['system', 'light', 'dark'] satisfies Theme[];
/** The tabs that are remembered: a comparison is gone with its payloads. */
const TABS: readonly string[] = ['fields', 'text', 'raw', 'problems'] satisfies Tab[];
/** Share of the width that the document takes, in percent. */
export const SPLIT = { least: 20, most: 80, first: 50 } as const;

const kept = recall();

/** What the right-hand side shows. */
export const tab = signal<Tab>(isOneOf(TABS, kept.tab) ? (kept.tab as Tab) : 'fields');
/** Share of the width that the document takes, in percent. */
export const split = signal(typeof kept.split === 'number' ? withinSplit(kept.split) : SPLIT.first);
/** Which colours are used. */
export const theme = signal<Theme>(isOneOf(THEMES, kept.theme) ? (kept.theme as Theme) : 'system');
/** Whether the strip of pages beside the document is shown. */
export const strip = signal(kept.strip !== false);
/** Whether keys without Ctrl, ⌘ or Alt work everywhere on the page. */
export const singleKeys = signal(kept.singleKeys !== false);
/** Whether the list of opened files and deliveries is shown. */
export const shelfShown = signal(false);
/** Whether there is a tab for the comparison. */
export const comparing = signal(false);
/** What is open over the page. */
export const panel = signal<Panel | null>(null);
/** Whether something is being dragged over the page. */
export const dragging = signal(false);

/** Opens the tab of the comparison. */
export function openComparison(): void {
	comparing.value = true;
	tab.value = 'compare';
}

/** Closes the tab of the comparison. */
export function closeComparison(): void {
	comparing.value = false;
	if (tab.peek() === 'compare') tab.value = 'fields';
}

/** Moves the border between the document and what is beside it. */
export function splitAt(share: number): void {
	split.value = withinSplit(share);
}

/** Takes the next of the three themes. */
export function nextTheme(): Theme {
	const next = { system: 'light', light: 'dark', dark: 'system' } as const;
	theme.value = next[theme.peek()];
	return theme.peek();
}

effect(() => {
	document.documentElement.dataset.theme = theme.value;
});

effect(() => {
	const layout = {
		tab: isOneOf(TABS, tab.value) ? tab.value : 'fields',
		split: split.value,
		theme: theme.value,
		strip: strip.value,
		singleKeys: singleKeys.value,
	};
	try {
		localStorage.setItem(KEY, JSON.stringify(layout));
	} catch {
		// Storage may be refused, or full: then the layout lasts as long as the page.
	}
});

/** What was remembered; nothing of it is trusted. */
function recall(): Record<string, unknown> {
	try {
		const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
		return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
	} catch {
		return {};
	}
}

function isOneOf(names: readonly string[], value: unknown): boolean {
	return typeof value === 'string' && names.includes(value);
}

function withinSplit(share: number): number {
	return Number.isFinite(share)
		? Math.min(SPLIT.most, Math.max(SPLIT.least, Math.round(share * 10) / 10))
		: SPLIT.first;
}
