import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { licencesBeside } from './vite-licences.ts';
import { inlineWorkers, oneFile } from './vite-one-file.ts';
import { policy } from './vite-policy.ts';

/** `vite build` makes the page, `vite build --mode single` one file of it. */
export default defineConfig(({ mode }) => {
	const single = mode === 'single';
	return {
		// Relative URLs: the page is served below any path.
		base: './',
		plugins: single ? [inlineWorkers, oneFile] : [policy, licencesBeside],
		resolve: {
			// The page's variant of the core, which reads a file in slices. It is inside the worker's script: the policy allows no fetch.
			alias: [
				{
					find: /^#wasm\/(.*)$/,
					replacement: `${fileURLToPath(new URL('../target/wasm/web', import.meta.url))}/$1.js`,
				},
			],
		},
		build: {
			target: 'es2023',
			// `default-src 'none'` allows no data: scripts or styles, so everything but the wasm stays a file.
			assetsInlineLimit: 0,
			// The polyfill uses `fetch`, which the policy forbids; every target browser preloads modules itself.
			modulePreload: { polyfill: false },
			reportCompressedSize: true,
			// What the first screen needs comes in one file: eleven requests took longer than what is in them.
			rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } } },
			...(single && {
				outDir: 'dist-single',
				copyPublicDir: false,
				cssCodeSplit: false,
				modulePreload: false,
				rolldownOptions: { output: { codeSplitting: false } },
			}),
		},
		// From a file of the disk, browsers start no module as a worker.
		worker: { format: single ? 'iife' : 'es' },
	};
});
