/** Who sent a body: HMAC-SHA256 over its raw bytes (the `X-Signature` header). */
import { type Body, bytesOf } from './bytes.js';
import { core } from './instance.js';

interface Hash {
	copy(): Hash;
	update(data: Uint8Array): Hash;
	digest(): Uint8Array;
	digest(encoding: 'hex'): string;
}

interface NodeCrypto {
	createHash(algorithm: 'sha256'): Hash;
	timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
}

type WithBuffer = { Buffer: { from(text: string, encoding: 'hex'): Uint8Array } };

type WithBuiltins = { process?: { getBuiltinModule?(name: 'node:crypto'): NodeCrypto | undefined } };

/** Node's own hash is five times as fast as wasm's. Asked for without an import, so bundlers and browsers are not disturbed. */
function nodeCrypto(): NodeCrypto | undefined {
	return (globalThis as WithBuiltins).process?.getBuiltinModule?.('node:crypto');
}

/**
 * Whether a body was signed with one of the secrets.
 *
 * Upper-case digits and surrounding spaces or tabs are accepted; a signature that is anything else than 64 hexadecimal digits is
 * `false`. All secrets are tried, each in constant time.
 *
 * @param body the raw request body, exactly as it arrived
 * @param signature the text of the `X-Signature` header
 * @param secret the endpoint's signing secret, or several while they are being rotated
 * @throws TypeError for a body that is neither bytes nor text, and for a missing or empty secret: with it anyone could sign
 *
 * @example
 * verifySignature('{}', signPayload('{}', 'secret'), 'secret'); // true
 */
export function verifySignature(body: Body, signature: string, secret: string | string[]): boolean {
	const bytes = signedBytes(body);
	const secrets = Array.isArray(secret) ? secret : [secret];
	if (secrets.length === 0) throw new TypeError('No secret was given: the list is empty.');
	secrets.forEach(checkSecret);
	// One pattern for the whole: to trim `x`, 16,000 spaces and `y` first took half a second, of which nobody needs a secret.
	const digits = typeof signature === 'string' ? /^[ \t]*([0-9A-Fa-f]{64})[ \t]*$/.exec(signature)?.[1] : undefined;
	if (digits === undefined) return false;
	const crypto = nodeCrypto();
	let valid = false;
	for (const each of secrets) {
		valid =
			(crypto
				? crypto.timingSafeEqual(hmac(crypto, each, bytes).digest(), macOf(digits))
				: core().verify(bytes, digits, new TextEncoder().encode(each))) || valid;
	}
	return valid;
}

/**
 * The value of the `X-Signature` header for a body: 64 lower-case hexadecimal digits.
 *
 * @throws TypeError for a body that is neither bytes nor text, and for a missing or empty secret
 *
 * @example
 * signPayload('what do ya want for nothing?', 'Jefe'); // '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
 */
export function signPayload(body: Body, secret: string): string {
	const bytes = signedBytes(body);
	checkSecret(secret);
	const crypto = nodeCrypto();
	return crypto ? hmac(crypto, secret, bytes).digest('hex') : core().sign(bytes, new TextEncoder().encode(secret));
}

/** Bytes of a block of SHA-256. */
const BLOCK = 64;
/** More secrets than any endpoint rotates, and few enough to be nothing. */
const KEYS_MAX = 64;
/** What has hashed the inner and the outer key of each secret, and nothing else yet. */
const keyed = new Map<string, readonly Hash[]>();

/**
 * HMAC (RFC 2104), to be digested. `createHmac` makes the key anew each time, which takes longer than to hash 9 KB: a hash that has
 * the key already is only copied, and the whole takes a third.
 */
function hmac(crypto: NodeCrypto, secret: string, bytes: Uint8Array): Hash {
	let hashes = keyed.get(secret);
	if (!hashes) {
		const sha256 = (data: Uint8Array) => crypto.createHash('sha256').update(data);
		const key = new TextEncoder().encode(secret);
		const block = new Uint8Array(BLOCK);
		block.set(key.length > BLOCK ? sha256(key).digest() : key);
		hashes = [0x36, 0x5c].map((pad) => sha256(block.map((byte) => byte ^ pad)));
		if (keyed.size === KEYS_MAX) keyed.clear();
		keyed.set(secret, hashes);
	}
	const [inner, outer] = hashes as [Hash, Hash];
	return outer.copy().update(inner.copy().update(bytes).digest());
}

function signedBytes(body: unknown): Uint8Array {
	const bytes = bytesOf(body);
	if (bytes) return bytes;
	throw new TypeError(
		'The body is neither bytes nor text: pass the raw request body. Something parsed it before; the signature is over the bytes.',
	);
}

function checkSecret(secret: unknown): void {
	if (typeof secret === 'string' && secret !== '') return;
	throw new TypeError(
		'The signing secret is missing or empty: anyone could sign with it. Is its environment variable set?',
	);
}

/** 64 hexadecimal digits as bytes; where there is Node's crypto, there is its Buffer too. */
function macOf(digits: string): Uint8Array {
	return (globalThis as unknown as WithBuffer).Buffer.from(digits, 'hex');
}
