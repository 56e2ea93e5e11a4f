import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

/** The development server needs inline styles and a socket; only the built page carries the policy. */
const policyOnlyInBuilds: Plugin = {
	name: 'policy-only-in-builds',
	apply: 'serve',
	transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
};

export default defineConfig({
	// Relative URLs: the page is served below any path.
	base: './',
	plugins: [policyOnlyInBuilds],
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
