/**
 * `mindhook/hono`: a receiver behind Hono, on whatever Hono runs on.
 *
 * @module
 */
import type { Receiver } from 'mindhook/receiver';
import { addressFrom } from './address.js';
import { answerOf, deliveryOf } from './fetch-exchange.js';

/** What {@link honoHandler} needs of a context of Hono. */
export interface HonoContext {
	readonly env: unknown;
	readonly req: { readonly raw: Request };
}

/** What {@link honoHandler} takes. */
export interface HonoHandlerOptions<Context extends HonoContext = HonoContext> {
	/**
	 * Where a request comes from, as it is noted in the inbox. Default: the address of the socket on Node.js, none elsewhere;
	 * Hono has a `getConnInfo` for each runtime.
	 */
	remoteAddress?: (context: Context) => string | null | undefined;
}

/** What @hono/node-server gives with a request; with its WebSocket adapter, one level deeper. */
interface NodeBindings {
	readonly server?: NodeBindings;
	readonly incoming?: {
		readonly socket?: { readonly remoteAddress?: string };
		readonly complete?: boolean;
		readonly httpVersionMajor?: number;
	};
}

/**
 * A handler that gives every request of its route to the receiver, with its whole path.
 *
 * @example
 * ```js
 * app.all('/mindee/*', honoHandler(receiver));
 * ```
 */
export function honoHandler<Context extends HonoContext = HonoContext>(
	receiver: Pick<Receiver, 'receive'>,
	options: HonoHandlerOptions<Context> = {},
): (context: Context) => Promise<Response> {
	const remoteAddress = options.remoteAddress ?? addressOnNode;
	return async (context) => {
		const { req } = context;
		// Hono remembers what it read a body as; of its forms only this one holds the bytes.
		const kept = await (req as { bodyCache?: { arrayBuffer?: Promise<ArrayBuffer> } }).bodyCache?.arrayBuffer;
		const address = addressFrom(() => remoteAddress(context));
		const outcome = await receiver.receive(deliveryOf(req.raw, address, kept));
		// @hono/node-server ends a connection with an unread body on it a moment later, and would let the next request run into that.
		const incoming = incomingOnNode(context);
		const isCutOff = incoming?.complete === false && incoming.httpVersionMajor === 1;
		return answerOf(isCutOff ? { ...outcome, headers: { ...outcome.headers, connection: 'close' } } : outcome);
	};
}

function incomingOnNode({ env }: HonoContext): NodeBindings['incoming'] {
	const bindings = env as NodeBindings | undefined;
	return (bindings?.server ?? bindings)?.incoming;
}

const addressOnNode = (context: HonoContext): string | undefined => incomingOnNode(context)?.socket?.remoteAddress;
