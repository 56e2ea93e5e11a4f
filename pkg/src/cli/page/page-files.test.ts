import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pageListener } from './page-files.js';

describe('page', () => {
	const outside = mkdtempSync(join(tmpdir(), 'mindhook-page-'));
	const folder = join(outside, 'dist');
	const server = createServer(pageListener(folder));

	before(async () => {
		mkdirSync(join(folder, 'assets'), { recursive: true });
		writeFileSync(join(folder, 'index.html'), '<!doctype html>');
		writeFileSync(join(folder, 'assets/worker.js'), 'postMessage(1)');
		writeFileSync(join(folder, 'assets/core.wasm'), 'wasm');
		writeFileSync(join(folder, 'assets/with space.css'), '');
		writeFileSync(join(outside, 'secret.txt'), 'secret');
		mkdirSync(join(outside, 'dist-other'));
		writeFileSync(join(outside, 'dist-other/secret.txt'), 'secret');
		symlinkSync(join(outside, 'secret.txt'), join(folder, 'link.txt'));
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
	});
	after(() => {
		server.closeAllConnections();
		server.close();
		rmSync(outside, { recursive: true });
	});

	/** The path goes out as it is: URL classes would tidy it. */
	const get = (path: string, method = 'GET'): Promise<{ status: number; type: string; policy: string; text: string }> =>
		new Promise((resolve, reject) => {
			const { port } = server.address() as AddressInfo;
			const request = httpRequest({ port, host: '127.0.0.1', path, method, agent: false }, async (response) => {
				let text = '';
				for await (const chunk of response.setEncoding('utf8')) text += chunk;
				const type = response.headers['content-type'] ?? '';
				const policy = String(response.headers['content-security-policy']);
				resolve({ status: response.statusCode ?? 0, type, policy, text });
			});
			request.on('error', reject).end();
		});

	test('serves its files with their types and a policy that allows no one else', async () => {
		for (const [path, type, text] of [
			['/', 'text/html; charset=utf-8', '<!doctype html>'],
			['/index.html?x=/../', 'text/html; charset=utf-8', '<!doctype html>'],
			['/assets/worker.js', 'text/javascript; charset=utf-8', 'postMessage(1)'],
			['/assets/core.wasm', 'application/wasm', 'wasm'],
			['/assets/with%20space.css', 'text/css; charset=utf-8', ''],
		] as const) {
			const answer = await get(path);
			assert.deepEqual([answer.status, answer.type, answer.text], [200, type, text]);
			assert.match(answer.policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
			assert.doesNotMatch(answer.policy, /unsafe-inline|unsafe-eval'? |https?:|\*/);
		}
		assert.deepEqual(await get('/', 'HEAD').then(({ status, text }) => [status, text]), [200, '']);
	});

	test('nothing outside its folder is served', async () => {
		for (const path of [
			'/../secret.txt',
			'/%2e%2e/secret.txt',
			'/..%2fsecret.txt',
			'/assets/../../secret.txt',
			'/../dist-other/secret.txt',
			'/link.txt',
			`/${join(outside, 'secret.txt')}`,
			'//secret.txt',
			'/assets',
			'/assets/',
			'/missing.js',
			'/index.html%00.js',
			'/%',
		]) {
			const { status, text } = await get(path);
			assert.equal(status, 404, path);
			assert.doesNotMatch(text, /secret/, path);
		}
	});

	test('only GET and HEAD are answered', async () => {
		assert.equal((await get('/', 'POST')).status, 405);
		assert.equal((await get('/', 'DELETE')).status, 405);
	});
});
