/** Which payload is shown, and how that stands; every other part of the state begins from it. */
import { computed, signal } from '@preact/signals';
import { strings } from '../strings.js';
import type { Opened } from '../worker/calls/payload.js';
import { FileFault } from '../worker/client.js';

/** What the page is doing with a payload: nothing yet, reading one, showing one, or telling of its own fault. */
export type Stage =
	| { at: 'empty' }
	| { at: 'opening'; name: string }
	| { at: 'opened'; opened: Opened }
	| { at: 'fault'; message: string };

/** What the page is doing with a payload. */
export const stage = signal<Stage>({ at: 'empty' });
/** What is shown, once it was read. */
export const opened = computed(() => (stage.value.at === 'opened' ? stage.value.opened : null));

/** Name of a file that takes its time to be read while the payload before is in sight; empty while there is none. */
export const reading = signal('');

/** Number of the payload that is shown, so that an answer about an earlier one is known as such. */
let current = 0;
/** Counts opened payloads of either slot. */
let serial = 0;

/** The number that calls about the shown payload name. */
export function currentDocument(): number {
	return current;
}

/** A number for a payload that is about to be opened. */
export function nextDocument(): number {
	return ++serial;
}

/** Makes a payload the one that is shown. */
export function setCurrentDocument(document: number): void {
	current = document;
}

/** Shows a fault of the page itself, or a file that cannot be read. */
export function tell(fault: unknown): void {
	const reason = fault instanceof Error ? fault.message : String(fault);
	const message = fault instanceof FileFault ? strings.fileFault(reason) : strings.fault(reason);
	stage.value = { at: 'fault', message };
}
