/**
 * The content security policy of the page: it runs its own scripts, its workers and its wasm, and reaches nothing else. The
 * build writes it into the page and the server sends it; both take it from here.
 */

/** Whether the page may fetch from where it came: only the one that shows what the command line serves. */
export type Reach = 'nothing' | 'own server';

/** Each directive with its sources. */
export const policyDirectives = (reach: Reach): Record<string, string> => ({
	'default-src': "'none'",
	'script-src': "'self' 'wasm-unsafe-eval'",
	'style-src': "'self'",
	// Pictures that people open are shown from memory.
	'img-src': "'self' data: blob:",
	'font-src': "'self'",
	'connect-src': reach === 'nothing' ? "'none'" : "'self'",
	'worker-src': "'self'",
	'manifest-src': "'self'",
	'base-uri': "'none'",
	'form-action': "'none'",
});

/** The directives as they are written in a header or a `<meta>`. */
export const policyText = (directives: Readonly<Record<string, string>>): string =>
	Object.entries(directives)
		.map(([name, sources]) => `${name} ${sources}`)
		.join('; ');

const always = {
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin',
	'referrer-policy': 'no-referrer',
	'x-content-type-options': 'nosniff',
};

/** What every file of the page is sent with. No `<meta>` can forbid to be framed. */
export const pageHeaders = (reach: Reach): Readonly<Record<string, string>> => ({
	'content-security-policy': policyText({ ...policyDirectives(reach), 'frame-ancestors': "'none'" }),
	...always,
});

/** What is sent with bytes that are no part of the page: whatever they are, they are never shown as one, and nobody keeps them. */
export const dataHeaders: Readonly<Record<string, string>> = {
	'content-security-policy': policyText({ 'default-src': "'none'", sandbox: '', 'frame-ancestors': "'none'" }),
	'cache-control': 'no-store',
	...always,
};
