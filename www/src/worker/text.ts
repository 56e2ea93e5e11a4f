/** Cutting text to length without leaving half of a surrogate pair. */

/** The beginning of a text, marked where something is left out. */
export function cut(text: string, length: number): string {
	return text.length <= length ? text : `${stretch(text, 0, length)}…`;
}

/** At most `length` UTF-16 units of a text from `from` on. */
export function stretch(text: string, from: number, length: number): string {
	const end = from + length;
	const last = end < text.length ? text.charCodeAt(end - 1) : 0;
	return text.slice(from, last >= 0xd800 && last < 0xdc00 ? end - 1 : end);
}
