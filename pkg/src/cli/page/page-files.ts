/** Serves the files of the built page. */
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream';
import { isReading, refuse } from './answers.js';
import { pageHeaders } from './policy.js';

const contentTypes: Readonly<Record<string, string>> = {
	'.css': 'text/css; charset=utf-8',
	'.html': 'text/html; charset=utf-8',
	'.ico': 'image/x-icon',
	'.js': 'text/javascript; charset=utf-8',
	'.json': 'application/json; charset=utf-8',
	'.mjs': 'text/javascript; charset=utf-8',
	'.png': 'image/png',
	'.svg': 'image/svg+xml',
	'.txt': 'text/plain; charset=utf-8',
	'.wasm': 'application/wasm',
	'.webmanifest': 'application/manifest+json',
	'.woff2': 'font/woff2',
};

/** The page as it is opened by itself, and as it is opened where there is something to fetch. */
export type StartFile = 'index.html' | 'live.html';

/**
 * A listener that serves the files of one folder, and nothing outside it, for GET and HEAD; `/` is its start file.
 *
 * @example
 * ```js
 * createServer(pageListener('www/dist')).listen(8080, '127.0.0.1');
 * ```
 */
export function pageListener(
	folder: string,
	start: StartFile = 'index.html',
): (request: IncomingMessage, response: ServerResponse) => void {
	return (request, response) => {
		void serve(folder, start, request, response).catch(() => refuse(response, 500, 'The file could not be read.'));
	};
}

async function serve(
	folder: string,
	start: StartFile,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	if (!isReading(request, response)) return;
	const file = await fileOf(folder, start, request.url ?? '/');
	if (file === null) return refuse(response, 404, 'There is no such file.');
	response.writeHead(200, {
		...pageHeaders(file.path.endsWith('live.html') ? 'own server' : 'nothing'),
		'content-type': contentTypes[extname(file.path).toLowerCase()] ?? 'application/octet-stream',
		'content-length': file.size,
		// The names of built files may stay while their content changes.
		'cache-control': 'no-cache',
	});
	if (request.method === 'HEAD') response.end();
	else pipeline(createReadStream(file.path), response, () => {});
}

/** The file that a URL asks for, only if it lies in the folder; links are followed before that is judged. */
async function fileOf(folder: string, start: StartFile, url: string): Promise<{ path: string; size: number } | null> {
	try {
		const path = decodeURIComponent(url.replace(/[?#].*$/s, ''));
		if (!path.startsWith('/') || path.includes('\0')) return null;
		const root = await realpath(folder);
		const found = await realpath(join(root, path === '/' ? start : path));
		const { size, isFile } = await stat(found).then((entry) => ({ size: entry.size, isFile: entry.isFile() }));
		return isFile && found.startsWith(root + sep) ? { path: found, size } : null;
	} catch {
		return null;
	}
}
