/** What is said in passing: to the ear by a live region, to the eye beside the way in. */
import { signal } from '@preact/signals';

/** What a screen reader is told next. */
export const announcement = signal('');
/** A remark beside the way in, such as that nothing readable was dropped. */
export const note = signal('');

/** Tells the ear. */
export function announce(text: string): void {
	announcement.value = text;
}

/** Says something in passing, to the eye and to the ear. */
export function say(remark: string): void {
	note.value = remark;
	announcement.value = remark;
}
