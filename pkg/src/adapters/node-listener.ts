import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Receiver } from 'mindhook/receiver';
import { exchange } from './node-exchange.js';

/** What {@link nodeListener} takes. */
export interface NodeListenerOptions {
	/**
	 * Where a request comes from, as it is noted in the inbox. Default: the address of the socket; behind a proxy or a tunnel,
	 * read the header that it sets. Where it throws, no address is noted.
	 */
	remoteAddress?: (request: IncomingMessage) => string | null | undefined;
}

/**
 * A listener for the `createServer` of `node:http`, `node:https` and `node:http2` that gives every request to the receiver,
 * whatever its path. {@link nodeServer} makes the server too.
 *
 * Slow headers are the server's own matter: it answers 408 after `headersTimeout` (60 s unless set).
 *
 * @example
 * ```js
 * createServer(nodeListener(receiver)).listen(3000);
 * ```
 */
export function nodeListener(
	receiver: Pick<Receiver, 'receive'>,
	options: NodeListenerOptions = {},
): (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => void {
	// A request of HTTP/2 has all that an address can be told by, and other types.
	const remoteAddress = (options.remoteAddress ?? ((request) => request.socket.remoteAddress)) as (
		request: IncomingMessage | Http2ServerRequest,
	) => string | null | undefined;
	return (request, response) => exchange(receiver, request, response, () => remoteAddress(request));
}
