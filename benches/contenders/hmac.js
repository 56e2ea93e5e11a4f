/** The signature check that a careful receiver writes around a parser that has none. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Throws unless the body was signed with the secret. */
export function assertSigned(body, signature, secret) {
	const mac = createHmac('sha256', secret).update(body).digest();
	const given = Buffer.from(signature, 'hex');
	if (given.length !== mac.length || !timingSafeEqual(mac, given)) throw new Error('The signature is wrong.');
}
