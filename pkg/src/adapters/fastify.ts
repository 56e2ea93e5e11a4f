/**
 * `mindhook/fastify`: a receiver behind Fastify 5.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Receiver } from 'mindhook/receiver';
import { addressFrom } from './address.js';
import { answerOf, deliveryOf } from './node-exchange.js';

/** What {@link fastifyPlugin} needs of a request of Fastify. */
export interface FastifyRequest {
	readonly raw: IncomingMessage | Http2ServerRequest;
	readonly url: string;
	readonly ip: string;
	readonly body?: unknown;
}

interface FastifyReply {
	code(status: number): unknown;
	headers(headers: Record<string, string>): unknown;
	send(body: unknown): unknown;
}

/** What {@link fastifyPlugin} needs of Fastify. */
export interface FastifyScope {
	readonly prefix: string;
	removeAllContentTypeParsers(): unknown;
	addContentTypeParser(
		type: string,
		parser: (request: never, payload: never, done: (error: Error | null, body?: unknown) => void) => void,
	): unknown;
	all(path: string, options: object, handler: (request: never, reply: never) => unknown): unknown;
}

/** What {@link fastifyPlugin} takes. */
export interface FastifyPluginOptions {
	/** Where a request comes from, as it is noted in the inbox. Default: `request.ip`, which heeds Fastify's `trustProxy`. */
	remoteAddress?: (request: FastifyRequest) => string | null | undefined;
}

/**
 * A plugin that gives every request beneath its prefix to the receiver, as it comes: Fastify's body parsers and its
 * `bodyLimit` stay out of it there, and as they are everywhere else. The receiver sees paths beneath the prefix.
 *
 * @example
 * ```js
 * app.register(fastifyPlugin(receiver), { prefix: '/mindee' });
 * ```
 */
export function fastifyPlugin(
	receiver: Pick<Receiver, 'receive'>,
	options: FastifyPluginOptions = {},
): (scope: FastifyScope, options: unknown, done: (error?: Error) => void) => void {
	const remoteAddress = options.remoteAddress ?? ((request) => request.ip);
	return (scope, _, done) => {
		const { prefix } = scope;
		const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
			const { raw, url } = request;
			const address = addressFrom(() => remoteAddress(request));
			const outcome = await receiver.receive(deliveryOf(raw, beneath(prefix, url), address, request));
			const { headers, body } = answerOf(raw, outcome);
			reply.code(outcome.status);
			reply.headers(headers);
			reply.send(body);
			return reply;
		};
		scope.removeAllContentTypeParsers();
		// A hook may have put another stream in the place of the request; else there is nothing to hand on but the request itself.
		scope.addContentTypeParser('*', (request: FastifyRequest, payload: unknown, parsed) =>
			parsed(null, payload === request.raw ? undefined : payload),
		);
		scope.all('/', {}, handle);
		scope.all('/*', {}, handle);
		done();
	};
}

/** The part of a URL beneath the prefix. A prefix with parameters (`/:tenant`) is not found in it: then it stays whole. */
function beneath(prefix: string, url: string): string {
	const rest = url.startsWith(prefix) ? url.slice(prefix.length) : url;
	return rest.startsWith('/') ? rest : `/${rest}`;
}
