import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream';

const contentTypes: Readonly<Record<string, string>> = {
	'.css': 'text/css; charset=utf-8',
	'.html': 'text/html; charset=utf-8',
	'.ico': 'image/x-icon',
	'.js': 'text/javascript; charset=utf-8',
	'.json': 'application/json; charset=utf-8',
	'.map': 'application/json; charset=utf-8',
	'.mjs': 'text/javascript; charset=utf-8',
	'.png': 'image/png',
	'.svg': 'image/svg+xml',
	'.txt': 'text/plain; charset=utf-8',
	'.wasm': 'application/wasm',
	'.webmanifest': 'application/manifest+json',
	'.woff2': 'font/woff2',
};

/** The page runs its own scripts and its wasm, and can reach nothing but its own files. A worker gets the policy too. */
const pageHeaders: Readonly<Record<string, string>> = {
	'content-security-policy': [
		"default-src 'none'",
		"script-src 'self' 'wasm-unsafe-eval'",
		"style-src 'self'",
		"img-src 'self' data:",
		"font-src 'self'",
		"connect-src 'none'",
		"worker-src 'self'",
		"manifest-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
	].join('; '),
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin',
	'referrer-policy': 'no-referrer',
	'x-content-type-options': 'nosniff',
};

/**
 * A listener that serves the files of one folder, and nothing outside it, for GET and HEAD; `/` is its `index.html`.
 *
 * @example
 * ```js
 * createServer(pageListener('www/dist')).listen(8080, '127.0.0.1');
 * ```
 */
export function pageListener(folder: string): (request: IncomingMessage, response: ServerResponse) => void {
	return (request, response) => {
		void serve(folder, request, response).catch(() => refuse(response, 500, 'The file could not be read.'));
	};
}

async function serve(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
	if (request.method !== 'GET' && request.method !== 'HEAD') {
		response.setHeader('allow', 'GET, HEAD');
		refuse(response, 405, 'Only GET and HEAD are answered here.');
		return;
	}
	const file = await fileOf(folder, request.url ?? '/');
	if (file === null) {
		refuse(response, 404, 'There is no such file.');
		return;
	}
	response.writeHead(200, {
		...pageHeaders,
		'content-type': contentTypes[extname(file.path).toLowerCase()] ?? 'application/octet-stream',
		'content-length': file.size,
		// The names of built files may stay while their content changes.
		'cache-control': 'no-cache',
	});
	if (request.method === 'HEAD') response.end();
	else pipeline(createReadStream(file.path), response, () => {});
}

/** The file that a URL asks for, only if it lies in the folder; links are followed before that is judged. */
async function fileOf(folder: string, url: string): Promise<{ path: string; size: number } | null> {
	try {
		const path = decodeURIComponent(url.replace(/[?#].*$/s, ''));
		if (!path.startsWith('/') || path.includes('\0')) return null;
		const root = await realpath(folder);
		const found = await realpath(join(root, path.endsWith('/') ? `${path}index.html` : path));
		const { size, isFile } = await stat(found).then((entry) => ({ size: entry.size, isFile: entry.isFile() }));
		return isFile && found.startsWith(root + sep) ? { path: found, size } : null;
	} catch {
		return null;
	}
}

function refuse(response: ServerResponse, status: number, text: string): void {
	if (response.headersSent) {
		response.destroy();
		return;
	}
	response.writeHead(status, { ...pageHeaders, 'content-type': 'text/plain; charset=utf-8' });
	response.end(`${text}\n`);
}
