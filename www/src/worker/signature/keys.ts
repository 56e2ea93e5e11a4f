/** The secrets as given, and what else each may stand for. */
import { fromBase64, hexOf } from './header.js';

/** What was wrong with a secret. */
export type SecretCause =
	| 'secretSpaces'
	| 'secretQuotes'
	| 'secretAssignment'
	| 'secretLineBreak'
	| 'secretHex'
	| 'secretBase64'
	| 'secretPrefix'
	| 'secretAsHex'
	| 'secretAsBase64';

/** A key to try. */
export interface Key {
	/** Which of the secrets, from 0. */
	readonly secret: number;
	/** `null` for the secret as it was given. */
	readonly cause: SecretCause | null;
	readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Secrets that are tried at most. */
export const MOST_SECRETS = 20;

const encoder = new TextEncoder();

/** One secret a line; empty lines are none. */
export function secretsIn(text: string): string[] {
	return text
		.split(/\r?\n/)
		.filter((line) => line.trim() !== '')
		.slice(0, MOST_SECRETS);
}

/** Each secret exactly as given. */
export function exactKeys(secrets: readonly string[]): Key[] {
	return secrets.map((secret, index) => ({ secret: index, cause: null, bytes: encoder.encode(secret) }));
}

/** What the secrets may stand for, each key once. */
export function otherKeys(secrets: readonly string[]): Key[] {
	const known = new Set(secrets.map((secret) => hexOf(encoder.encode(secret))));
	const keys: Key[] = [];
	secrets.forEach((text, secret) => {
		for (const [cause, bytes] of readings(text)) {
			const hex = hexOf(bytes);
			if (bytes.length === 0 || known.has(hex)) continue;
			known.add(hex);
			keys.push({ secret, cause, bytes });
		}
	});
	return keys;
}

function* readings(secret: string): Generator<[SecretCause, Uint8Array<ArrayBuffer>]> {
	const utf8 = encoder.encode(secret);
	const trimmed = secret.trim();
	yield ['secretSpaces', encoder.encode(trimmed)];
	const assigned = trimmed.replace(/^(export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=\s*/, '');
	yield ['secretQuotes', encoder.encode(unquoted(trimmed))];
	yield ['secretAssignment', encoder.encode(unquoted(assigned))];
	yield ['secretLineBreak', encoder.encode(`${trimmed}\n`)];
	yield ['secretLineBreak', encoder.encode(`${trimmed}\r\n`)];
	const bare = unquoted(trimmed);
	if (/^([0-9a-f]{2})+$/i.test(bare)) {
		yield ['secretHex', Uint8Array.from(bare.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))];
	}
	const decoded = bare.length >= 8 ? fromBase64(bare) : null;
	if (decoded) yield ['secretBase64', decoded];
	const rest = /^[a-z]{2,8}_(.+)$/i.exec(bare)?.[1];
	if (rest !== undefined) {
		yield ['secretPrefix', encoder.encode(rest)];
		const bytes = fromBase64(rest);
		if (bytes) yield ['secretPrefix', bytes];
	}
	yield ['secretAsHex', encoder.encode(hexOf(utf8))];
	yield ['secretAsBase64', encoder.encode(toBase64(utf8))];
}

function unquoted(text: string): string {
	return /^(["'`])(.*)\1$/s.exec(text)?.[2] ?? text.replace(/^[“‘](.*)[”’]$/s, '$1');
}

function toBase64(bytes: Uint8Array): string {
	let text = '';
	for (const byte of bytes) text += String.fromCharCode(byte);
	return btoa(text);
}
