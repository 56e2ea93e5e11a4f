/**
 * `mindhook/next`: a receiver behind a route handler of Next's app router.
 *
 * @module
 */
import type { Receiver } from 'mindhook/receiver';
import { addressFrom } from './address.js';
import { answerOf, deliveryOf } from './fetch-exchange.js';

/** A receiver, or how to get one: Next loads a route while it builds, too, where there may be neither inbox nor secret. */
export type ReceiverSource = Pick<Receiver, 'receive'> | (() => ReceiverOnCall | Promise<ReceiverOnCall>);
type ReceiverOnCall = Pick<Receiver, 'receive'>;

/** What {@link nextHandlers} takes. */
export interface NextHandlersOptions {
	/**
	 * Where a request comes from, as it is noted in the inbox. Default: no address is noted, for Next gives none; read the
	 * header that the proxy in front sets.
	 */
	remoteAddress?: (request: Request) => string | null | undefined;
}

type NextHandler = (request: Request) => Promise<Response>;

/** One handler under the name of each method. */
export interface NextHandlers {
	readonly GET: NextHandler;
	readonly HEAD: NextHandler;
	readonly POST: NextHandler;
	readonly PUT: NextHandler;
	readonly PATCH: NextHandler;
	readonly DELETE: NextHandler;
	readonly OPTIONS: NextHandler;
}

/**
 * The handlers of a `route.ts`. `POST` is the one that counts; methods that are not exported are answered 405 by Next itself.
 * The receiver sees whole paths.
 *
 * @example
 * ```js
 * // app/mindee/route.js
 * export const { POST } = nextHandlers(async () => createReceiver({ inbox: await openInbox(process.env.INBOX), … }));
 * ```
 *
 * A function that gives the receiver is called with the first request, and again with the next one where it failed; Next then
 * answers 500, and the delivery is sent again.
 */
export function nextHandlers(receiver: ReceiverSource, options: NextHandlersOptions = {}): NextHandlers {
	const { remoteAddress = () => null } = options;
	let made: Promise<ReceiverOnCall> | null = null;
	const receiverOnCall = (): Promise<ReceiverOnCall> => {
		made ??= (async () => (typeof receiver === 'function' ? receiver() : receiver))().catch((error: unknown) => {
			made = null;
			throw error;
		});
		return made;
	};
	const handle: NextHandler = async (request) => {
		const present = await receiverOnCall();
		const address = addressFrom(() => remoteAddress(request));
		const outcome = await present.receive(deliveryOf(request, address));
		// Next leaves a body that was not read where it is, and the next request on the connection hangs behind it.
		const isRefused = outcome.status >= 400;
		return answerOf(isRefused ? { ...outcome, headers: { ...outcome.headers, connection: 'close' } } : outcome);
	};
	return { GET: handle, HEAD: handle, POST: handle, PUT: handle, PATCH: handle, DELETE: handle, OPTIONS: handle };
}
