import type { IncomingDelivery, Outcome, RequestBody } from 'mindhook/receiver';

/** The request as the receiver takes it; `kept` is the body where somebody read it and kept its bytes. */
export function deliveryOf(request: Request, address: string | null, kept?: unknown): IncomingDelivery {
	const { method, url, headers } = request;
	// The stream of a body that was read is still there, but gives nothing any more.
	const body = request.bodyUsed ? ((kept ?? unreadable) as RequestBody) : request.body;
	return { method, url, headers, body, remoteAddress: address };
}

/** Stands for a body that is gone; not a source of bytes. */
const unreadable = Object.freeze({});

export function answerOf({ status, headers, body }: Outcome): Response {
	return new Response(body, { status, headers });
}
