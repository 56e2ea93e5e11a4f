/**
 * Why a signature does not fit: what people and programs are known to do to bodies, secrets and signatures is undone, one after the
 * other and in pairs, until the signature fits. What fits is proven, not guessed.
 */
import {
	type BodyCause,
	type BodyVariant,
	bodyVariants,
	cheapVariants,
	hasReplacement,
	isCutOff,
	writersOf,
} from './bodies.js';
import { type Claim, type HeaderNote, hexOf, readHeader } from './header.js';
import { exactKeys, type Key, otherKeys, type SecretCause, secretsIn } from './keys.js';

/** How a signature was made or passed on otherwise than the platform does. */
export type SignatureCause =
	| 'signatureBase64'
	| 'signatureBase64OfHex'
	| 'signatureCut'
	| 'signatureLonger'
	| 'sha1'
	| 'sha384'
	| 'sha512'
	| 'plainSha256';

/** One thing that explains a mismatch. */
export interface Cause {
	readonly code: BodyCause['code'] | SecretCause | SignatureCause;
	readonly detail?: string;
}

/** What speaks for a cause where none could be proven. */
export interface Hint {
	readonly code: 'looksRewritten' | 'replacement' | 'cutOff' | 'lengthOfSha1' | 'lengthOfSha512' | 'noSignature';
	readonly detail?: string;
}

/** What was not tried; `stopped` where somebody gave the search up. */
export type Untried = 'large' | 'pairs' | 'otherDigests' | 'stopped';

/** What is known so far. */
export interface Search {
	/** `fits` as it is; `explained` with what `causes` names undone; `unexplained` when all was tried; `unreadable` for no signature at all, or no secret. */
	outcome: 'searching' | 'fits' | 'explained' | 'unexplained' | 'unreadable';
	/** How the header's value was written. */
	notes: readonly HeaderNote[];
	secrets: number;
	/** Which secret fits, from 0. */
	secret: number | null;
	causes: readonly Cause[];
	hints: readonly Hint[];
	untried: readonly Untried[];
	tried: number;
	/** Attempts there are at most. */
	planned: number;
}

/** What the search needs from outside: the core's HMAC, and the browser's other digests where it has them. */
export interface Digests {
	/** HMAC-SHA256 as lower-case hexadecimal digits. */
	mac(body: Uint8Array | Blob, key: Uint8Array): string;
	/** `null` where pages may not use it. */
	subtle: SubtleCrypto | null;
}

/** Larger bodies are not changed as a whole. */
export const LARGE = 8 << 20;
/** Bytes that are hashed at most, but for the exact check. */
const BUDGET = 2 ** 31;

/** Looks for what makes the signature fit; one attempt for each step. */
export async function* search(
	file: Blob,
	header: string,
	secretText: string,
	digests: Digests,
): AsyncGenerator<Search, Search> {
	const { claims, notes } = readHeader(header);
	const secrets = secretsIn(secretText);
	const found: Search = {
		outcome: 'searching',
		notes,
		secrets: secrets.length,
		secret: null,
		causes: [],
		hints: [],
		untried: [],
		tried: 0,
		planned: 0,
	};
	if (claims.length === 0 || secrets.length === 0) {
		return { ...found, outcome: 'unreadable', hints: claims.length === 0 ? [{ code: 'noSignature' }] : [] };
	}
	const isLarge = file.size > LARGE;
	const whole = isLarge ? null : new Uint8Array(await file.arrayBuffer());
	const exact = exactKeys(secrets);
	const others = otherKeys(secrets);
	const variants = whole ? bodyVariants(whole) : await cheapVariants(file);
	const body: Uint8Array<ArrayBuffer> | Blob = whole ?? file;
	found.planned = (variants.length + 1) * (exact.length + others.length);

	let hashed = 0;
	const fits = (tried: Uint8Array | Blob, key: Key, causes: readonly Cause[]): Search | null => {
		found.tried++;
		hashed += tried instanceof Blob ? tried.size : tried.length;
		const mac = digests.mac(tried, key.bytes);
		for (const claim of claims) {
			const form = formOf(claim, mac);
			if (form === null) continue;
			const all = [...causes, ...(key.cause ? [{ code: key.cause }] : []), ...form];
			return { ...found, outcome: all.length === 0 ? 'fits' : 'explained', secret: key.secret, causes: all };
		}
		return null;
	};

	for (const key of [...exact, ...others]) {
		if (key.cause !== null && hashed > BUDGET) break;
		const hit = fits(body, key, []);
		if (hit) return hit;
		yield { ...found };
	}
	/** Every change to the body with each of these keys. */
	const skipped = new Set<BodyVariant>();
	for (const [keys, pairs] of [
		[exact, false],
		[others, true],
	] as const) {
		if (pairs) {
			const digest = await otherDigests(body, claims, exact, digests.subtle);
			if (digest) return { ...found, outcome: 'explained', ...digest };
			if (keys.length === 0) break;
		}
		for (const variant of variants) {
			if (skipped.has(variant)) continue;
			if (hashed > BUDGET) {
				found.untried = [...found.untried, 'pairs'];
				break;
			}
			const changed = await variant.make();
			if (changed === null) {
				skipped.add(variant);
				found.tried += pairs ? keys.length : exact.length + others.length;
			}
			for (const key of changed === null ? [] : keys) {
				const hit = fits(changed as Uint8Array | Blob, key, variant.causes);
				if (hit) return hit;
				yield { ...found };
			}
		}
	}
	const untried: Untried[] = [
		...(isLarge ? (['large'] as const) : []),
		...(digests.subtle ? [] : (['otherDigests'] as const)),
		...found.untried,
	];
	return {
		...found,
		outcome: 'unexplained',
		tried: found.planned,
		hints: hints(whole, claims),
		untried: [...new Set(untried)],
	};
}

/** What a claim is beside this MAC: the same, another way to write it, a part of it; `null` for another one. */
function formOf({ hex, form }: Claim, mac: string): Cause[] | null {
	const written: Cause[] =
		form === 'hex' ? [] : [{ code: form === 'base64' ? 'signatureBase64' : 'signatureBase64OfHex' }];
	if (hex === mac) return written;
	if (hex.length < mac.length && (mac.startsWith(hex) || mac.endsWith(hex))) {
		return [...written, { code: 'signatureCut', detail: String(hex.length) }];
	}
	return hex.length > mac.length && hex.includes(mac)
		? [...written, { code: 'signatureLonger', detail: String(hex.length) }]
		: null;
}

/** Other digests over the body as it is: told by their length, and proven. */
async function otherDigests(
	body: Uint8Array<ArrayBuffer> | Blob,
	claims: readonly Claim[],
	keys: readonly Key[],
	subtle: SubtleCrypto | null,
): Promise<{ secret: number; causes: Cause[] } | null> {
	if (!subtle || body instanceof Blob) return null;
	for (const [code, hash, digits] of [
		['sha1', 'SHA-1', 40],
		['sha384', 'SHA-384', 96],
		['sha512', 'SHA-512', 128],
	] as const) {
		if (!claims.some(({ hex }) => hex.length === digits)) continue;
		for (const { secret, bytes } of keys) {
			const key = await subtle.importKey('raw', bytes, { name: 'HMAC', hash }, false, ['sign']);
			const hex = hexOf(new Uint8Array(await subtle.sign('HMAC', key, body)));
			if (claims.some((claim) => claim.hex === hex)) return { secret, causes: [{ code }] };
		}
	}
	for (const { secret, bytes } of keys) {
		for (const [detail, parts] of [
			['body + secret', [body, bytes]],
			['secret + body', [bytes, body]],
			['body', [body]],
		] as const) {
			const whole = new Uint8Array(await new Blob([...parts]).arrayBuffer());
			const hex = hexOf(new Uint8Array(await subtle.digest('SHA-256', whole)));
			if (claims.some((claim) => claim.hex === hex)) return { secret, causes: [{ code: 'plainSha256', detail }] };
		}
	}
	return null;
}

/** What may be wrong where nothing was proven. */
function hints(body: Uint8Array | null, claims: readonly Claim[]): Hint[] {
	const found: Hint[] = [];
	if (claims.some(({ hex }) => hex.length === 40)) found.push({ code: 'lengthOfSha1' });
	if (claims.some(({ hex }) => hex.length === 128)) found.push({ code: 'lengthOfSha512' });
	if (!body) return found;
	if (hasReplacement(body)) found.push({ code: 'replacement' });
	if (isCutOff(body)) found.push({ code: 'cutOff' });
	const [writer] = writersOf(body);
	if (writer !== undefined) found.push({ code: 'looksRewritten', detail: writer });
	return found;
}
