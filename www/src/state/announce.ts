/** What is said in passing: to the ear by a live region, to the eye by a line over the page. */
import { signal } from '@preact/signals';

/** What a screen reader is told next. */
export const announcement = signal('');
/** What is seen over the page for a while; a new object each time. */
export const toast = signal<{ text: string } | null>(null);

/** Tells the ear. */
export function announce(text: string): void {
	// Where nothing changes nothing is read out: what is said twice ends in a space the second time.
	announcement.value = announcement.peek() === text ? `${text}\u00a0` : text;
}

/** Says something in passing, to the eye and to the ear. */
export function say(remark: string): void {
	toast.value = { text: remark };
	announce(remark);
}
