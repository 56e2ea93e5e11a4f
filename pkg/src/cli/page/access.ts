/** Who may ask: only whoever knows the token, and no page of another origin on their behalf. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** 128 random bits: the first part of every path. */
export const newToken = (): string => randomBytes(16).toString('base64url');

/** Names of this machine. A name that somebody's own DNS lets point here is none of them. */
const loopbackHosts = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/**
 * Whether a request comes from this page, or from a person. Whoever reaches the server under another name was sent here by a
 * page that plays with its DNS; another origin says so itself in `Origin` or `Sec-Fetch-Site`. A link may be followed from
 * anywhere: whoever made it does not see what it leads to.
 */
export function isOwn(headers: IncomingHttpHeaders): boolean {
	const { host = '', origin } = headers;
	if (!loopbackHosts.test(host)) return false;
	if (origin !== undefined && origin !== `http://${host}`) return false;
	const site = headers['sec-fetch-site'];
	const isFollowed = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
	return site === undefined || site === 'same-origin' || site === 'none' || isFollowed;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** What stands behind the token in a URL, from the slash on; `null` where the token is another one. */
export function behindToken(url: string, token: string): string | null {
	const [, given = '', rest = ''] = /^\/([^/?#]*)(.*)$/s.exec(url) ?? [];
	return timingSafeEqual(digest(given), digest(token)) ? rest : null;
}

/** Words that stand for the token once: everyone on the machine can read what a browser was started with, for as long as it runs. */
export class Tickets {
	readonly #valid = new Set<string>();

	/** A path that works once, within a minute. */
	issue(): string {
		const ticket = newToken();
		this.#valid.add(ticket);
		setTimeout(() => this.#valid.delete(ticket), 60_000).unref();
		return `/open/${ticket}`;
	}

	/** Whether a path is such a one; from then on it is none. */
	redeem(path: string): boolean {
		return path.startsWith('/open/') && this.#valid.delete(path.slice('/open/'.length));
	}
}
