/**
 * `mindhook/express`: a receiver behind Express 5 or 4.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Receiver } from 'mindhook/receiver';
import { exchange } from './node-exchange.js';

/** What {@link expressHandler} needs of a request of Express. */
export type ExpressRequest = IncomingMessage & { readonly ip?: string | undefined };

/** What {@link expressHandler} takes. */
export interface ExpressHandlerOptions<Request extends ExpressRequest = ExpressRequest> {
	/** Where a request comes from, as it is noted in the inbox. Default: `request.ip`, which heeds Express's `trust proxy`. */
	remoteAddress?: (request: Request) => string | null | undefined;
}

/**
 * A handler that gives every request to the receiver. Mount it before any body parser; of those, `express.raw` alone leaves
 * what the receiver needs.
 *
 * Mounted with `app.use('/hooks', …)`, the receiver sees paths beneath `/hooks`; with `app.all(path, …)`, whole ones.
 *
 * @example
 * ```js
 * app.use('/mindee', expressHandler(receiver));
 * app.use(express.json()); // for everything else
 * ```
 */
export function expressHandler<Request extends ExpressRequest = ExpressRequest>(
	receiver: Pick<Receiver, 'receive'>,
	options: ExpressHandlerOptions<Request> = {},
): (request: Request, response: ServerResponse) => void {
	const remoteAddress = options.remoteAddress ?? ((request) => request.ip);
	return (request, response) => exchange(receiver, request, response, () => remoteAddress(request));
}
