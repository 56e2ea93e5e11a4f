/** Answers that hold no part of the page: never shown as one, and kept by nobody. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dataHeaders } from './policy.js';

/** Whether a request only reads; any other one is answered here. */
export function isReading({ method }: IncomingMessage, response: ServerResponse): boolean {
	if (method === 'GET' || method === 'HEAD') return true;
	response.setHeader('allow', 'GET, HEAD');
	refuse(response, 405, 'Only GET and HEAD are answered here.');
	return false;
}

/** One line of text; where an answer has begun already, it is cut off. */
export function refuse(response: ServerResponse, status: number, text: string): void {
	if (response.headersSent) {
		response.destroy();
		return;
	}
	response.writeHead(status, { ...dataHeaders, 'content-type': 'text/plain; charset=utf-8' });
	response.end(`${text}\n`);
}

/** JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
	response.writeHead(status, { ...dataHeaders, 'content-type': 'application/json; charset=utf-8' });
	response.end(JSON.stringify(value));
}

/** What bytes are sent with, whatever they are. */
export const bytesHeaders = (length: number): Record<string, string | number> => ({
	...dataHeaders,
	'content-type': 'application/octet-stream',
	'content-length': length,
});

/** Bytes that are here already. */
export function sendBytes(response: ServerResponse, bytes: Uint8Array): void {
	response.writeHead(200, bytesHeaders(bytes.byteLength));
	// To HEAD, Node sends no body.
	response.end(bytes);
}
