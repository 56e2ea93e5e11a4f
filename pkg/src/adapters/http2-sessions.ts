import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';

/** Milliseconds. */
export interface SessionLimits {
	/** Until the headers of a request must be here: of the first since the connection, of others since they began to come. */
	readonly headers: number;
	/** From the headers of a request until its answer must be with the sender. */
	readonly request: number;
	/** That a session may stay without a request. */
	readonly idle: number;
}

interface Session {
	readonly streams: Map<ServerHttp2Stream, number>;
	hasHadRequest: boolean;
	/** When the last request ended, or the connection was made. */
	quietSince: number;
	/** How many bytes had come when it was looked at last, and when the last of them did. */
	bytes: number;
	bytesAt: number;
	/** Since when bytes come of which no request has become. */
	comingSince: number | null;
}

/**
 * The sessions of an HTTP/2 server, with limits that Node does not have there: its timers of headers and requests are those of
 * HTTP/1.1, and any byte at all keeps a session from being idle. One timer looks after all of them.
 */
export class Http2Sessions {
	readonly #limits: SessionLimits;
	readonly #sessions = new Map<ServerHttp2Session, Session>();
	#timer: NodeJS.Timeout | undefined;

	constructor(limits: SessionLimits) {
		this.#limits = limits;
	}

	add(session: ServerHttp2Session): void {
		const now = performance.now();
		const streams: Session['streams'] = new Map();
		const watched: Session = {
			streams,
			hasHadRequest: false,
			quietSince: now,
			bytes: 0,
			bytesAt: now,
			comingSince: null,
		};
		this.#sessions.set(session, watched);
		// What came has become something whole: it is no beginning of a request.
		const explained = (): void => {
			if (session.destroyed) return;
			watched.bytes = session.socket.bytesRead;
			watched.comingSince = null;
		};
		session.on('stream', (stream: ServerHttp2Stream) => {
			explained();
			watched.hasHadRequest = true;
			streams.set(stream, performance.now());
			stream.once('close', () => {
				streams.delete(stream);
				watched.quietSince = performance.now();
			});
		});
		session.on('ping', explained);
		session.on('remoteSettings', explained);
		session.once('close', () => {
			this.#sessions.delete(session);
			if (this.#sessions.size === 0) {
				clearInterval(this.#timer);
				this.#timer = undefined;
			}
		});
		this.#timer ??= setInterval(() => this.#look(), Math.min(1_000, this.#limits.headers / 4)).unref();
	}

	/** Takes no more requests; each session ends with the last of those that it has. */
	close(): void {
		for (const session of this.#sessions.keys()) session.close();
	}

	#look(): void {
		const now = performance.now();
		for (const [session, watched] of this.#sessions) {
			if (session.destroyed) continue;
			const { streams } = watched;
			for (const [stream, begunAt] of streams) {
				if (now - begunAt > this.#limits.request) stream.close(constants.NGHTTP2_CANCEL);
			}
			const { bytesRead } = session.socket;
			if (streams.size > 0) Object.assign(watched, { bytes: bytesRead, bytesAt: now, comingSince: null });
			else this.#lookAtQuiet(session, watched, bytesRead, now);
		}
	}

	#lookAtQuiet(session: ServerHttp2Session, watched: Session, bytesRead: number, now: number): void {
		const { headers, idle } = this.#limits;
		const isComing = bytesRead !== watched.bytes;
		if (isComing) {
			if (watched.comingSince === null || now - watched.bytesAt > headers) watched.comingSince = now;
			watched.bytes = bytesRead;
			watched.bytesAt = now;
		}
		const since = watched.hasHadRequest ? (isComing ? watched.comingSince : null) : watched.quietSince;
		if (since !== null && now - since >= headers) {
			session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
			session.destroy();
		} else if (now - watched.quietSince >= idle) {
			session.close();
		}
	}
}
