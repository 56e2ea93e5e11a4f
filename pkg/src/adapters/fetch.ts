/**
 * `mindhook/fetch`: a receiver behind whatever calls `fetch(Request)` and waits for a `Response`: Deno, Bun, Workers.
 *
 * @module
 */
import type { Receiver } from 'mindhook/receiver';
import { addressFrom } from './address.js';
import { answerOf, deliveryOf } from './fetch-exchange.js';

/** What {@link fetchHandler} takes. */
export interface FetchHandlerOptions<Rest extends unknown[] = unknown[]> {
	/**
	 * Where a request comes from, as it is noted in the inbox; called with all that the runtime calls the handler with.
	 * Default: no address is noted, for a `Request` holds none.
	 */
	remoteAddress?: (request: Request, ...rest: Rest) => string | null | undefined;
}

/**
 * A function from `Request` to `Response` that gives every request to the receiver, whatever its path.
 *
 * @example
 * ```js
 * const remoteAddress = (request, { remoteAddr }) => remoteAddr.hostname;
 * Deno.serve({ port: 3000 }, fetchHandler(receiver, { remoteAddress }));
 * ```
 */
export function fetchHandler<Rest extends unknown[] = unknown[]>(
	receiver: Pick<Receiver, 'receive'>,
	options: FetchHandlerOptions<Rest> = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
	const { remoteAddress = () => null } = options;
	return async (request, ...rest) => {
		const address = addressFrom(() => remoteAddress(request, ...rest));
		return answerOf(await receiver.receive(deliveryOf(request, address)));
	};
}
