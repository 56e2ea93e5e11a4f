import type { Socket } from 'node:net';

/** How long a sender that was refused may still send: whoever hangs up on unread bytes resets the connection, and the answer is lost. */
const lingerMilliseconds = 1_000;

/** Everything else that is no request is a 400. The names are Node's. */
const statuses: Readonly<Record<string, string>> = {
	HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
	HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Content Too Large',
	ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * Answers what cannot be read as a request, as Node does by itself (without a body), and then reads on for a moment without a
 * look at what comes, as RFC 9112, section 9.6 advises. For `clientError`, which comes again with every piece that is read.
 *
 * @param isAnswered whether an answer has begun on this connection: then it is only cut off.
 */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket, isAnswered: () => boolean): void {
	if (socket.writableEnded && !socket.destroyed) return;
	const code = error.code ?? '';
	if (socket.writable && !isAnswered()) {
		const answer = `HTTP/1.1 ${statuses[code] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`;
		if (code.startsWith('HPE_')) {
			socket.end(answer);
			const timer = setTimeout(() => socket.destroy(), lingerMilliseconds);
			socket.once('close', () => clearTimeout(timer));
			return;
		}
		socket.write(answer);
	}
	socket.destroy();
}
