import { createServer, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { Receiver } from 'mindhook/receiver';
import { Http2Sessions } from './http2-sessions.js';
import type { NodeRequest, NodeResponse } from './node-exchange.js';
import { type NodeListenerOptions, nodeListener } from './node-listener.js';
import { refuseUnreadable } from './unreadable-request.js';

/** What {@link nodeServer} takes. */
export interface NodeServerOptions extends NodeListenerOptions {
	/** Certificate and key (`{ cert, key }`, or whatever else `tls.createSecureContext` takes): the server speaks HTTPS. */
	tls?: SecureContextOptions;
	/** With `tls`: HTTP/2 for those who ask for it, HTTP/1.1 for the others. Default `false`. */
	http2?: boolean;
	/** Requests that are not the receiver's: takes them itself and gives `true`. For pages of one's own, as `/healthz`. */
	first?: (request: NodeRequest, response: NodeResponse) => boolean;
	/** Milliseconds until the headers of a request must be here, and before them TLS be set up. Default 10,000. */
	headersMilliseconds?: number;
	/**
	 * Milliseconds until a whole request must be here, headers and body. Default 60,000: longer than the receiver's own limit for
	 * the body, whose answer says more.
	 */
	requestMilliseconds?: number;
	/** Milliseconds that a connection may stay without a request. Default 65,000: longer than load balancers keep theirs. */
	idleMilliseconds?: number;
	/** Bytes of all headers together. Default 16 KiB. */
	headerBytes?: number;
}

/** A server for one receiver. Made by {@link nodeServer}. */
export interface NodeServer {
	/** Node's own server, for whatever else one wants of it. */
	readonly server: Server | TlsServer | Http2SecureServer;
	/**
	 * Resolves with the address once connections are taken; rejects with Node's error (`EADDRINUSE`, `EACCES`, …).
	 * Default: a free port, on every interface.
	 */
	listen(port?: number, host?: string): Promise<AddressInfo>;
	/**
	 * Takes no more connections, ends those without a request at once and the others after their answer; resolves when all are
	 * gone. What is still there after `milliseconds` (default 10,000) is cut off. May be called twice. The receiver is closed
	 * after this.
	 */
	close(options?: { milliseconds?: number }): Promise<void>;
}

/**
 * A server that gives every request to the receiver, with limits against slow and idle senders, and an orderly end.
 *
 * @example
 * ```js
 * const server = nodeServer(receiver, { tls: { cert: readFileSync('cert.pem'), key: readFileSync('key.pem') }, http2: true });
 * await server.listen(3000);
 * process.once('SIGTERM', async () => {
 * 	await server.close();
 * 	await receiver.close();
 * 	await inbox.close();
 * });
 * ```
 *
 * @throws {TypeError} when `http2` is asked for without `tls`, or a limit is no number of milliseconds or bytes.
 * @throws {Error} of OpenSSL, when key and certificate cannot be read or do not belong together.
 */
export function nodeServer(receiver: Pick<Receiver, 'receive'>, options: NodeServerOptions = {}): NodeServer {
	return new GracefulServer(receiver, options);
}

const defaults = {
	headersMilliseconds: 10_000,
	requestMilliseconds: 60_000,
	idleMilliseconds: 65_000,
	headerBytes: 16 * 1024,
} as const;

class GracefulServer implements NodeServer {
	readonly server: Server | TlsServer | Http2SecureServer;
	readonly #sockets = new Set<Socket>();
	readonly #sessions: Http2Sessions;
	/**
	 * Answers of HTTP/1.1 that are not finished, by their connections: where one breaks, of the requests behind the first Node tells
	 * nobody. Of HTTP/2, sessions are told to end.
	 */
	readonly #answers = new Map<Socket, Set<ServerResponse>>();
	#closed: Promise<void> | null = null;

	constructor(receiver: Pick<Receiver, 'receive'>, options: NodeServerOptions) {
		const listener = nodeListener(receiver, options);
		const { first } = options;
		const limits = limitsOf(options);
		this.#sessions = new Http2Sessions(limits);
		this.server = made(options, limits, (request, response) => {
			if (!('stream' in response)) {
				this.#note(request.socket, response);
				if (this.#closed !== null) last(response);
			}
			if (first?.(request, response) !== true) listener(request, response);
		});
		this.server.on('connection', (socket: Socket) => {
			this.#sockets.add(socket);
			socket.once('close', () => this.#sockets.delete(socket));
		});
		this.server.on('session', (session: ServerHttp2Session) => this.#sessions.add(session));
		this.server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
			// Somebody answers it by himself, as Node leaves it to him too.
			if (this.server.listenerCount('clientError') > 1) return;
			const answers = this.#answers.get(socket) ?? [];
			refuseUnreadable(error, socket, () => [...answers].some((one) => one.headersSent && one.socket === socket));
		});
	}

	listen(port = 0, host?: string): Promise<AddressInfo> {
		return new Promise((resolve, reject) => {
			this.server.once('error', reject);
			this.server.listen(port, host, () => {
				this.server.off('error', reject);
				// A connection that the system has no room for is lost; without a listener it would end the process.
				this.server.on('error', () => {});
				resolve(this.server.address() as AddressInfo);
			});
		});
	}

	close({ milliseconds = 10_000 }: { milliseconds?: number } = {}): Promise<void> {
		this.#closed ??= new Promise((resolve) => {
			const cut = (): void => {
				for (const socket of this.#sockets) socket.destroy();
			};
			// A timer that is set for longer goes off at once.
			const timer = setTimeout(cut, Math.min(milliseconds, 2 ** 31 - 1));
			this.server.close(() => {
				clearTimeout(timer);
				resolve();
			});
			for (const answers of this.#answers.values()) for (const response of answers) last(response);
			this.#sessions.close();
			if ('closeIdleConnections' in this.server) this.server.closeIdleConnections();
		});
		return this.#closed;
	}

	#note(socket: Socket, response: ServerResponse): void {
		const answers = this.#answers.get(socket) ?? new Set();
		if (!this.#answers.has(socket)) {
			this.#answers.set(socket, answers);
			socket.once('close', () => this.#answers.delete(socket));
		}
		answers.add(response);
		response.once('close', () => answers.delete(response));
	}
}

/** Lets the connection end with this answer. */
function last(response: ServerResponse): void {
	if (!response.headersSent) response.setHeader('connection', 'close');
}

type Limits = Readonly<Record<'headers' | 'request' | 'idle' | 'headerBytes', number>>;

function limitsOf(options: NodeServerOptions): Limits {
	const limit = (name: keyof typeof defaults): number => {
		const value = options[name] ?? defaults[name];
		if (Number.isSafeInteger(value) && value > 0) return value;
		throw new TypeError(`nodeServer: ${name} must be a whole number of at least 1, not ${String(value)}.`);
	};
	const headers = limit('headersMilliseconds');
	return {
		headers,
		request: Math.max(limit('requestMilliseconds'), headers),
		idle: limit('idleMilliseconds'),
		headerBytes: limit('headerBytes'),
	};
}

function made(
	{ tls, http2 = false }: NodeServerOptions,
	{ headers, request, idle, headerBytes }: Limits,
	listener: (request: NodeRequest, response: NodeResponse) => void,
): Server | TlsServer | Http2SecureServer {
	const http1 = {
		headersTimeout: headers,
		requestTimeout: request,
		keepAliveTimeout: idle,
		maxHeaderSize: headerBytes,
		requireHostHeader: true,
		// How often the two limits above are looked after: often enough for both to mean what they say.
		connectionsCheckingInterval: Math.min(1_000, headers),
	} satisfies ServerOptions;
	if (http2 && tls === undefined) {
		throw new TypeError('nodeServer: `http2` needs `tls`: senders ask for HTTP/2 while they set up TLS.');
	}
	if (tls === undefined) return createServer(http1, listener);
	const secure = { ...tls, handshakeTimeout: headers };
	if (!http2) return createTlsServer({ ...secure, ...http1 }, listener);
	const server = createSecureServer(
		{ ...secure, allowHTTP1: true, settings: { maxHeaderListSize: headerBytes, maxConcurrentStreams: 100 } },
		listener,
	);
	// As options Node takes them from version 24 on only; before, it put its own in their place.
	Object.assign(server, http1);
	server.setTimeout(idle);
	return server;
}
