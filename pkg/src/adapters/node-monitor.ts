import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Monitor } from 'mindhook/receiver';

/**
 * A listener for `http.createServer` that answers `/metrics`, `/healthz` and `/readyz`, and 404 for every other path.
 *
 * Bind it to `127.0.0.1`, or to a port that only your own machines reach; not to the port of the public webhook URL.
 *
 * @example
 * ```js
 * createServer(nodeMonitor(createMonitor({ receiver, inbox, metrics }))).listen(9464, '127.0.0.1');
 * ```
 */
export function nodeMonitor(monitor: Monitor): (request: IncomingMessage, response: ServerResponse) => void {
	return (request, response) => {
		// Whoever asks may be gone before the answer is there.
		request.on('error', () => {});
		response.on('error', () => {});
		void monitor
			.respond(request.method ?? '', request.url ?? '')
			.then((answer) => {
				if (response.destroyed) return;
				const { status, headers, body } = answer ?? { status: 404, headers: {}, body: '' };
				response.writeHead(status, headers).end(body);
			})
			// Metrics of somebody's own may throw: this answer fails then, and not the process.
			.catch(() => response.destroy());
	};
}
