/** JSON for machines that is also safe on a terminal. */

/** Beside what JSON escapes by itself: the control and format characters that a terminal or an editor obeys. */
const unseen = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** A value as JSON, on one line or indented; characters that cannot be seen are escaped. */
export function jsonOf(value: unknown, indent = 0): string {
	return JSON.stringify(value, null, indent).replace(unseen, (character) => {
		return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
	});
}
