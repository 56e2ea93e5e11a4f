/**
 * `mindhook/koa`: a receiver behind Koa 3.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Receiver } from 'mindhook/receiver';
import { addressFrom } from './address.js';
import { answerOf, deliveryOf } from './node-exchange.js';

/** What {@link koaMiddleware} needs of a context of Koa. */
export interface KoaContext {
	readonly req: IncomingMessage | Http2ServerRequest;
	readonly url: string;
	readonly request: { readonly ip: string };
	status: number;
	body: unknown;
	set(headers: { [name: string]: string }): void;
}

/** What {@link koaMiddleware} takes. */
export interface KoaMiddlewareOptions<Context extends KoaContext = KoaContext> {
	/** Where a request comes from, as it is noted in the inbox. Default: `ctx.ip`, which heeds Koa's `proxy`. */
	remoteAddress?: (context: Context) => string | null | undefined;
}

/**
 * A middleware that gives every request that reaches it to the receiver. Put it before any body parser.
 *
 * Behind koa-mount, the receiver sees paths beneath the mount; behind a router, whole ones.
 *
 * @example
 * ```js
 * app.use(mount('/mindee', koaMiddleware(receiver))); // mount is koa-mount
 * ```
 */
export function koaMiddleware<Context extends KoaContext = KoaContext>(
	receiver: Pick<Receiver, 'receive'>,
	options: KoaMiddlewareOptions<Context> = {},
): (context: Context) => Promise<void> {
	const remoteAddress = options.remoteAddress ?? ((context) => context.request.ip);
	return async (context) => {
		const { req } = context;
		const address = addressFrom(() => remoteAddress(context));
		const outcome = await receiver.receive(deliveryOf(req, context.url, address, context.request));
		const answer = answerOf(req, outcome);
		context.status = outcome.status;
		context.body = answer.body;
		context.set(answer.headers);
	};
}
