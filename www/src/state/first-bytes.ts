/** What the first bytes of a file say of it, before any of it is checked. */
import { type DocumentType, documentType, TYPE_BYTES } from '../document/type.js';

/** So much is looked at: the name of the document stands near the beginning of a payload. */
export const HEAD_BYTES = 16_384;

/** What a file seems to be. */
export interface FirstLook {
	readonly holds: 'payload' | DocumentType;
	/** What the payload calls its document, where that was found: a hint until the payload is read. */
	readonly inner: string | null;
}

const named = /"file"\s*:\s*\{[^{}]*?"name"\s*:\s*("(?:[^"\\]|\\.)*")|"file_name"\s*:\s*("(?:[^"\\]|\\.)*")/;

/** Looks at the first {@link HEAD_BYTES} bytes. Whatever is no document that can be shown is tried as a payload, which says what is wrong with it. */
export function firstLook(head: Uint8Array): FirstLook {
	// A payload may tell of a PDF; a PDF does not begin with a brace.
	const text = new TextDecoder().decode(head);
	const isJson = /^\s*[[{]/.test(text);
	const type = isJson ? null : documentType(head.subarray(0, TYPE_BYTES));
	if (type !== null) return { holds: type, inner: null };
	const [, name, flatName] = named.exec(text) ?? [];
	return { holds: 'payload', inner: textOf(name ?? flatName) };
}

function textOf(literal: string | undefined): string | null {
	try {
		return literal === undefined ? null : String(JSON.parse(literal));
	} catch {
		return null;
	}
}
