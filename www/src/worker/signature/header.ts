/** The value of the signature's header as people paste it. */

/** How a header's value differs from 64 lower-case hexadecimal digits. */
export type HeaderNote =
	| 'name'
	| 'oldName'
	| 'scheme'
	| 'quotes'
	| 'spaces'
	| 'spacesWithin'
	| 'upperCase'
	| 'hexPrefix'
	| 'several';

/** A signature that was given. */
export interface Claim {
	/** Lower-case hexadecimal digits. */
	readonly hex: string;
	/** What it was written as. */
	readonly form: 'hex' | 'base64' | 'base64OfHex';
}

/** What a header's value holds; no claims where nothing in it can be a signature. */
export interface HeaderValue {
	readonly claims: readonly Claim[];
	readonly notes: readonly HeaderNote[];
}

/** A header of 8,000 characters is more than servers take. */
const LONGEST = 8192;
/** Fewer digits prove nothing. */
export const FEWEST_DIGITS = 8;

/** Reads the header's value, with or without its name and what tools put around it. */
export function readHeader(text: string): HeaderValue {
	const notes = new Set<HeaderNote>();
	const claims: Claim[] = [];
	let value = text.slice(0, LONGEST);
	const name = /^\s*["']?([A-Za-z][A-Za-z0-9-]*signature)["']?\s*[:=]/i.exec(value);
	if (name) {
		notes.add(/hmac/i.test(name[1] ?? '') ? 'oldName' : 'name');
		value = value.slice(name[0].length).trim();
	}
	// Repeated headers arrive as one, joined with commas.
	const parts = value.split(/[,;]/).filter((part) => part.trim() !== '');
	if (parts.length > 1) notes.add('several');
	for (const part of parts.slice(0, 10)) {
		const claim = claimIn(part, notes);
		if (claim) claims.push(claim);
	}
	return { claims, notes: [...notes] };
}

function claimIn(part: string, notes: Set<HeaderNote>): Claim | null {
	let value = part.trim();
	if (value !== part) notes.add('spaces');
	const unquoted = value.replace(/^["'`“”‘’<]+|["'`“”‘’>]+$/g, '');
	if (unquoted !== value) notes.add('quotes');
	value = unquoted.trim();
	const scheme = /^(hmac[-_]?)?(sha-?(1|256|384|512)|v[01])\s*[=:]\s*/i.exec(value);
	if (scheme) {
		notes.add('scheme');
		value = value.slice(scheme[0].length);
	}
	if (/\s/.test(value)) {
		notes.add('spacesWithin');
		value = value.replace(/\s+/g, '');
	}
	if (/^0x[0-9a-f]+$/i.test(value)) {
		notes.add('hexPrefix');
		value = value.slice(2);
	}
	if (/^[0-9a-f]+$/i.test(value) && value.length >= FEWEST_DIGITS) {
		if (/[A-F]/.test(value)) notes.add('upperCase');
		return { hex: value.toLowerCase(), form: 'hex' };
	}
	const bytes = value.length >= 20 ? fromBase64(value) : null;
	if (!bytes) return null;
	const text = String.fromCharCode(...bytes.subarray(0, 256));
	return /^[0-9a-f]{40,}$/i.test(text)
		? { hex: text.toLowerCase(), form: 'base64OfHex' }
		: { hex: hexOf(bytes), form: 'base64' };
}

/** The bytes of base64 or base64url, padded or not; `null` for anything else. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
	if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return null;
	const standard = text.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/');
	if (standard.length % 4 === 1) return null;
	try {
		return Uint8Array.from(atob(standard), (char) => char.charCodeAt(0));
	} catch {
		return null;
	}
}

/** Bytes as lower-case hexadecimal digits. */
export function hexOf(bytes: Uint8Array): string {
	let hex = '';
	for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
	return hex;
}
