/** `JSON.parse` alone: checks nothing but the syntax. */
import { readPlain } from '../reading.js?of=json-parse';
import { assertSigned } from './hmac.js';

export const title = 'JSON.parse';

export const check = (body) => JSON.parse(body.toString('utf8'));
export const objects = check;

export function webhook(body, signature, secret) {
	assertSigned(body, signature, secret);
	return readPlain(check(body));
}

export const read = readPlain;
