import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { policy } from './vite-policy.ts';

export default defineConfig({
	// Relative URLs: the page is served below any path.
	base: './',
	plugins: [policy],
	resolve: {
		// The page's variant of the core, which reads a file in slices. It is inside the worker's script: the policy allows no fetch.
		alias: [
			{ find: /^#wasm\/(.*)$/, replacement: `${fileURLToPath(new URL('../target/wasm/web', import.meta.url))}/$1.js` },
		],
	},
	build: {
		target: 'es2023',
		// `default-src 'none'` allows no data: scripts or styles, so everything but the wasm stays a file.
		assetsInlineLimit: 0,
		// The polyfill uses `fetch`, which the policy forbids; every target browser preloads modules itself.
		modulePreload: { polyfill: false },
		reportCompressedSize: true,
	},
	worker: { format: 'es' },
});
