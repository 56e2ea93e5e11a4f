/** A sender of requests over a real socket, of HTTP/1.1 or HTTP/2, that can stop in the middle of one. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type OutgoingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';

export interface Sent {
	readonly method?: string;
	readonly path: string;
	readonly headers?: Readonly<Record<string, string | string[]>>;
	/** Each goes out by itself. Without a `content-length` among the headers, the body is chunked. */
	readonly chunks?: readonly Uint8Array[];
}

export interface Answer {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly text: string;
	/** The sender's own port: the same for requests on one connection. */
	readonly port: number;
}

/** A request whose end has not been sent yet. */
export interface Upload {
	/** Rejects when the connection ends without an answer. */
	readonly answer: Promise<Answer>;
	/** Sends the rest. */
	finish(chunks: readonly Uint8Array[]): Promise<void>;
	/** Breaks the upload off, as a sender that dies. */
	abort(): void;
}

export interface Client {
	/** Sends a request whole. */
	send(sent: Sent): Promise<Answer>;
	/** Sends a request up to its last given byte, and not its end. */
	begin(sent: Sent): Upload;
	close(): void;
}

const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

async function writeApart(target: { write(chunk: Uint8Array): unknown }, chunks: readonly Uint8Array[]): Promise<void> {
	for (const [index, chunk] of chunks.entries()) {
		if (index > 0) await aMoment();
		target.write(chunk);
	}
}

/** A sender that keeps its connections for the next request. */
export function clientOfHttp1(port: number): Client {
	const agent = new Agent({ keepAlive: true, maxSockets: 4, scheduling: 'lifo' });
	const begin = ({ method = 'POST', path, headers = {}, chunks = [] }: Sent): Upload => {
		const request = httpRequest({ host: '127.0.0.1', port, agent, method, path, headers });
		const answer = new Promise<Answer>((resolve, reject) => {
			request.on('error', reject);
			request.on('response', (response) => {
				const local = (response.socket.address() as AddressInfo).port;
				let text = '';
				response.setEncoding('utf8').on('data', (chunk) => {
					text += chunk;
				});
				response.on('error', reject);
				response.on('end', () =>
					resolve({ status: response.statusCode ?? 0, headers: response.headers, text, port: local }),
				);
			});
		});
		// Whoever breaks off asks for no answer.
		answer.catch(() => {});
		request.flushHeaders();
		const written = writeApart(request, chunks);
		return {
			answer,
			async finish(rest) {
				await written;
				await writeApart(request, rest);
				request.end();
			},
			abort: () => request.destroy(),
		};
	};
	return { begin, send: (sent) => whole(begin, sent), close: () => agent.destroy() };
}

/** The same over one session of HTTP/2; `certificate` where it is over TLS. */
export function clientOfHttp2(port: number, certificate?: Buffer): Client {
	const session = connect(`${certificate ? 'https' : 'http'}://localhost:${port}`, {
		lookup: (_, options, done) =>
			(options as { all?: boolean }).all
				? (done as (...args: unknown[]) => void)(null, [{ address: '127.0.0.1', family: 4 }])
				: done(null, '127.0.0.1', 4),
		...(certificate && { ca: certificate }),
	});
	session.on('error', () => {});
	const begin = ({ method = 'POST', path, headers = {}, chunks = [] }: Sent): Upload => {
		const stream = session.request({ ':method': method, ':path': path, ...headers } as OutgoingHttpHeaders, {
			endStream: false,
		});
		const answer = new Promise<Answer>((resolve, reject) => {
			let head: Pick<Answer, 'status' | 'headers'> | undefined;
			let text = '';
			stream.setEncoding('utf8');
			stream.on('response', (given) => {
				head = { status: Number(given[':status']), headers: given as IncomingHttpHeaders };
			});
			stream.on('data', (chunk) => {
				text += chunk;
			});
			stream.on('error', reject);
			const settle = (): void => {
				if (head) resolve({ ...head, text, port: session.socket?.localPort ?? 0 });
				else reject(new Error('The stream ended without an answer.'));
			};
			stream.on('end', settle);
			stream.on('close', settle);
		});
		answer.catch(() => {});
		const written = writeApart(stream, chunks);
		return {
			answer,
			async finish(rest) {
				await written;
				await writeApart(stream, rest);
				stream.end();
			},
			// The connection goes with it: a sender that dies takes all of it along.
			abort: () => session.destroy(),
		};
	};
	return { begin, send: (sent) => whole(begin, sent), close: () => session.destroy() };
}

async function whole(begin: Client['begin'], sent: Sent): Promise<Answer> {
	const upload = begin(sent);
	await upload.finish([]);
	return upload.answer;
}
