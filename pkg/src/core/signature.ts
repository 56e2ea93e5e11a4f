/** Who sent a body: HMAC-SHA256 over its raw bytes (the `X-Signature` header). */
import { type Body, bytesOf } from './bytes.js';
import { core } from './instance.js';

interface NodeCrypto {
	createHmac(
		algorithm: 'sha256',
		key: string,
	): { update(data: Uint8Array): { digest(): Uint8Array; digest(encoding: 'hex'): string } };
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
				? crypto.timingSafeEqual(crypto.createHmac('sha256', each).update(bytes).digest(), macOf(digits))
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
	return crypto
		? crypto.createHmac('sha256', secret).update(bytes).digest('hex')
		: core().sign(bytes, new TextEncoder().encode(secret));
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
