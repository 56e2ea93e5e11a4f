import { InboxError } from './inbox.js';

/**
 * Encryption at rest, the same in every engine: AES-256-GCM through WebCrypto.
 *
 * What is sealed names the key that opens it, and is bound to the place where it is stored, so that rows and columns cannot
 * be exchanged. The nonces are random, 96 bits: a key is good for some 2^32 seals, of which a delivery takes two to four.
 *
 * Not hidden: the SHA-256 of the body, by which duplicates are told (two bodies can be seen to be the same), its length, the
 * endpoint, the times, the state, and the IDs that the list can be narrowed to.
 */
export interface Sealer {
	/** The key that seals. */
	readonly keyId: string;
	/** All keys, that one first. */
	readonly keyIds: readonly string[];
	/** Encrypts; only {@link Sealer.open} with the same `place` gives the bytes back. */
	seal(bytes: Uint8Array, place: Place): Promise<Uint8Array>;
	/**
	 * Decrypts.
	 *
	 * @throws {InboxError} (as a rejection) `key` when none of the keys sealed it, `damaged` when it is not what was sealed there.
	 */
	open(sealed: Uint8Array, place: Place): Promise<Uint8Array>;
	/** The same for a text; what comes out begins with {@link sealedText}. */
	sealText(text: string, place: Place): Promise<string>;
	openText(sealed: string, place: Place): Promise<string>;
}

/** Where something is stored: whose it is, and the column. */
export type Place = readonly [endpoint: string, bodySha256: string, column: string];

/** How sealed texts begin. The texts of an inbox are JSON where they are not sealed, so that no other begins so. */
export const sealedText = 'sealed:';

/** The first byte of what is sealed: 1, for AES-256-GCM with the key's ID (4 bytes) and the nonce (12) before it. */
const format = 1;
const keyIdBytes = 4;
const nonceBytes = 12;
const headBytes = 1 + keyIdBytes + nonceBytes;
const tagBytes = 16;

/** The environment variable that holds the keys where none are given. */
const variable = 'MINDHOOK_INBOX_KEY';

/**
 * The sealer of these keys (see `InboxOptions.encryptionKey`); without them, of those in the environment; `null` where there
 * are none either.
 *
 * @throws {InboxError} (as a rejection) `key` when one is no key.
 */
export async function sealerOf(keys: string | readonly string[] | undefined): Promise<Sealer | null> {
	const texts = (keys === undefined ? [process.env[variable] ?? ''] : typeof keys === 'string' ? [keys] : keys)
		.flatMap((text) => String(text).split(','))
		.map((text) => text.trim());
	// A variable that is empty is as good as none; a key that was given and is empty is a mistake.
	if (keys === undefined && texts.every((text) => text === '')) return null;
	const all = new Map<string, CryptoKey>();
	for (const text of texts) {
		const bytes = keyBytes(text);
		const digest = await crypto.subtle.digest('SHA-256', new Uint8Array([...utf8('mindhook inbox key'), ...bytes]));
		const id = hex(new Uint8Array(digest, 0, keyIdBytes));
		all.set(id, await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']));
	}
	const [first] = all;
	if (first === undefined) throw notAKey();
	return new AesSealer(...first, all);
}

/** A key that has sealed something in an inbox, and a text that it sealed, to tell whether a key is the right one. */
export interface KnownKey {
	readonly keyId: string;
	readonly sealed: string;
}

/**
 * Decides whether an inbox may be used with this sealer: `known` are the keys that it remembers. Gives what it has to remember
 * besides, before anything is sealed; `null` where that is nothing.
 *
 * @throws {InboxError} (as a rejection) `key` when the inbox is encrypted and no right key was given.
 */
export async function admit(sealer: Sealer | null, known: readonly KnownKey[]): Promise<KnownKey | null> {
	const shared = known.filter(({ keyId }) => sealer?.keyIds.includes(keyId));
	if (known.length > 0 && shared.length === 0)
		throw missingKey(
			known.map(({ keyId }) => keyId),
			sealer,
		);
	for (const { keyId, sealed } of shared) await sealer?.openText(sealed, ['', keyId, 'key']);
	if (sealer === null || shared.some(({ keyId }) => keyId === sealer.keyId)) return null;
	return { keyId: sealer.keyId, sealed: await sealer.sealText('mindhook', ['', sealer.keyId, 'key']) };
}

/** What is said when something is sealed and there is no key for it. */
export function missingKey(needed: readonly string[], sealer: Sealer | null): InboxError {
	const given = sealer === null ? 'no key was given' : `given: ${sealer.keyIds.join(', ')}`;
	return new InboxError(
		'key',
		`The inbox is encrypted with the key ${needed.join(' or ')}; ${given}. Set ${variable}, or the option encryptionKey.`,
	);
}

class AesSealer implements Sealer {
	readonly keyId: string;
	readonly keyIds: readonly string[];
	readonly #key: CryptoKey;
	readonly #keys: ReadonlyMap<string, CryptoKey>;

	constructor(keyId: string, key: CryptoKey, keys: ReadonlyMap<string, CryptoKey>) {
		this.keyId = keyId;
		this.keyIds = [...keys.keys()];
		this.#key = key;
		this.#keys = keys;
	}

	async seal(bytes: Uint8Array, place: Place): Promise<Uint8Array> {
		const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
		const sealed = await crypto.subtle.encrypt(
			{ name: 'AES-GCM', iv, additionalData: bound(place) },
			this.#key,
			bytes as Uint8Array<ArrayBuffer>,
		);
		const result = new Uint8Array(headBytes + sealed.byteLength);
		result[0] = format;
		result.set(Buffer.from(this.keyId, 'hex'), 1);
		result.set(iv, 1 + keyIdBytes);
		result.set(new Uint8Array(sealed), headBytes);
		return result;
	}

	async open(sealed: Uint8Array, place: Place): Promise<Uint8Array> {
		const [version] = sealed;
		if (version !== format || sealed.byteLength < headBytes + tagBytes) throw damaged(place);
		const keyId = hex(sealed.subarray(1, 1 + keyIdBytes));
		const key = this.#keys.get(keyId);
		if (key === undefined) throw missingKey([keyId], this);
		try {
			const opened = await crypto.subtle.decrypt(
				{
					name: 'AES-GCM',
					iv: sealed.slice(1 + keyIdBytes, headBytes),
					additionalData: bound(place),
				},
				key,
				sealed.subarray(headBytes) as Uint8Array<ArrayBuffer>,
			);
			return new Uint8Array(opened);
		} catch (error) {
			throw damaged(place, error);
		}
	}

	async sealText(text: string, place: Place): Promise<string> {
		return sealedText + Buffer.from(await this.seal(utf8(text), place)).toString('base64');
	}

	async openText(sealed: string, place: Place): Promise<string> {
		const bytes = await this.open(Buffer.from(sealed.slice(sealedText.length), 'base64'), place);
		return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
	}
}

/** 32 bytes, written in hex or base64. */
function keyBytes(text: string): Uint8Array<ArrayBuffer> {
	const isHex = /^[0-9a-f]{64}$/i.test(text);
	const isBase64 = /^[A-Za-z0-9+/_-]{43}=?$/.test(text);
	if (!isHex && !isBase64) throw notAKey();
	return new Uint8Array(Buffer.from(text, isHex ? 'hex' : 'base64'));
}

function notAKey(): InboxError {
	return new InboxError(
		'key',
		`The encryption key of an inbox is 32 bytes in base64 or hex (several: separated by commas). Make one with: openssl rand -base64 32`,
	);
}

function damaged([, , column]: Place, cause?: unknown): InboxError {
	return new InboxError('damaged', `The stored ${column} is not what was encrypted there.`, cause);
}

function bound(place: Place): Uint8Array<ArrayBuffer> {
	return utf8(JSON.stringify(place));
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
	return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

function hex(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
