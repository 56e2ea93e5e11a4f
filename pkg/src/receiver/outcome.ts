/**
 * Every way in which a request can end: the closed list. Its status, and what the sender is told. No text here holds a
 * secret, a payload value or an expected signature.
 */
const outcomes = {
	saved: { status: 200, detail: 'The delivery is saved.' },
	duplicate: { status: 200, detail: 'This delivery had been saved before.' },
	signature_missing: { status: 401, detail: 'The request has no X-Signature header.' },
	signature_repeated: { status: 401, detail: 'The request has more than one X-Signature.' },
	signature_mismatch: {
		status: 401,
		detail:
			'The X-Signature does not belong to this body: the HMAC-SHA256 of its bytes with the signing secret differs.',
	},
	token_mismatch: { status: 401, detail: 'The token in the query string is missing or wrong.' },
	unknown_path: { status: 404, detail: 'No webhook endpoint has this path.' },
	method_not_allowed: { status: 405, detail: 'A delivery is a POST.' },
	body_too_slow: { status: 408, detail: 'The body did not arrive in time.' },
	body_incomplete: { status: 408, detail: 'The upload ended before the whole body was here.' },
	body_too_large: { status: 413, detail: 'The body is larger than this receiver takes.' },
	media_type_unsupported: { status: 415, detail: 'The Content-Type must be application/json, in UTF-8.' },
	encoding_unsupported: { status: 415, detail: 'The body must come without a Content-Encoding.' },
	inbox_unavailable: { status: 503, detail: 'The delivery could not be saved now; send it again later.' },
	body_already_read: {
		status: 503,
		detail:
			'This receiver is not set up rightly: something read the body before it. Nothing was saved; send it again later.',
	},
	overloaded: { status: 503, detail: 'This receiver has its hands full; send the delivery again in a moment.' },
	closing: { status: 503, detail: 'This receiver is shutting down; send the delivery again later.' },
	internal_error: { status: 503, detail: 'This receiver failed before the delivery was saved; send it again later.' },
} as const satisfies Record<string, { status: Status; detail: string }>;

type Status = keyof typeof titles;

/** The reason phrases of RFC 9110: the titles that RFC 9457 asks for where a problem has no type of its own. */
const titles = {
	200: 'OK',
	401: 'Unauthorized',
	404: 'Not Found',
	405: 'Method Not Allowed',
	408: 'Request Timeout',
	413: 'Content Too Large',
	415: 'Unsupported Media Type',
	503: 'Service Unavailable',
} as const;

const headersByStatus: Partial<Record<Status, Readonly<Record<string, string>>>> = {
	// RFC 9110 wants a challenge with every 401.
	401: { 'www-authenticate': 'HMAC-SHA256 header="X-Signature"' },
	405: { allow: 'POST' },
	503: { 'retry-after': '10' },
};

/** What differs from {@link headersByStatus}. */
const headersByName: Partial<Record<string, Readonly<Record<string, string>>>> = {
	token_mismatch: { 'www-authenticate': 'Token query="token"' },
	// A body or a slot is free again in the time that another request takes.
	overloaded: { 'retry-after': '1' },
};

/** The name of an {@link Outcome}; the list is closed. */
export type OutcomeName = keyof typeof outcomes;

/** The whole list, for counters that begin at 0. */
export const outcomeNames = Object.keys(outcomes) as readonly OutcomeName[];

/** How a request ended, ready to be sent by any framework. */
export interface Outcome {
	readonly name: OutcomeName;
	/** 200, 401, 404, 405, 408, 413, 415 or 503. */
	readonly status: Status;
	/** Names in lower case. `content-type` is among them, `content-length` is not. */
	readonly headers: Readonly<Record<string, string>>;
	/** JSON; a problem of RFC 9457 unless the status is 200. */
	readonly body: string;
	/** The delivery's number in the inbox, for `saved` and `duplicate`. */
	readonly id: number | null;
}

/** The outcome of that name. */
export function outcome(name: OutcomeName, id: number | null = null): Outcome {
	const { status, headers, body } = answers[name];
	return { name, status, headers, body, id };
}

/** Made once: an answer depends on nothing but its name. */
const answers = Object.fromEntries(outcomeNames.map((name) => [name, answerOf(name)])) as Readonly<
	Record<OutcomeName, Pick<Outcome, 'status' | 'headers' | 'body'>>
>;

function answerOf(name: OutcomeName): Pick<Outcome, 'status' | 'headers' | 'body'> {
	const { status, detail } = outcomes[name];
	const isProblem = status >= 400;
	return {
		status,
		headers: Object.freeze({
			'content-type': isProblem ? 'application/problem+json' : 'application/json',
			'cache-control': 'no-store',
			...headersByStatus[status],
			...headersByName[name],
		}),
		body: JSON.stringify(
			isProblem ? { type: 'about:blank', title: titles[status], status, detail, outcome: name } : { outcome: name },
		),
	};
}
