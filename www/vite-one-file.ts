/**
 * Makes one HTML file of the whole page, which can be kept and opened from the disk: styles, scripts, workers, the core and everything
 * that is fetched later otherwise are inside. Its policy names the one script and the one style by their hashes and reaches nothing.
 * Our own, because vite-plugin-singlefile leaves workers, the icon and the policy alone.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import { policyDirectives, policyText } from '../pkg/src/cli/page/policy.ts';
import { licences } from './vite-licences.ts';

/** What is made. */
export const ONE_FILE = 'inspector.html';

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** A worker's script becomes a text in the page's own. */
export const inlineWorkers: Plugin = {
	name: 'inline-workers',
	enforce: 'pre',
	async resolveId(source, importer) {
		if (!source.endsWith('?worker')) return null;
		return this.resolve(`${source}&inline`, importer, { skipSelf: true });
	},
};

/** Puts everything into the page. */
export const oneFile: Plugin = {
	name: 'one-file',
	apply: 'build',
	enforce: 'post',
	generateBundle: {
		order: 'post',
		handler(_, bundle) {
			const icon = readFileSync(new URL('public/icon.svg', import.meta.url)).toString('base64');
			const withIcon = (text: string): string => text.replaceAll('./icon.svg', `data:image/svg+xml;base64,${icon}`);
			let [html, script, style] = ['', '', ''];
			for (const [name, part] of Object.entries(bundle)) {
				delete bundle[name];
				if (part.type === 'chunk') script += withIcon(part.code);
				else if (name.endsWith('.html')) html = withIcon(String(part.source));
				else if (name.endsWith('.css')) style += String(part.source);
				else this.error(`${name} has no place in one file.`);
			}
			// What would end the script for the reader of HTML, or be another character for it than for the hash.
			script = script.replace(/<(?=\/script|!--|script)/gi, '\\x3c').trim();
			if (/[\r\0]|\/\/# sourceMappingURL/.test(script + style) || style.includes('</')) {
				this.error('The script or the style holds what cannot stand in HTML.');
			}
			const policy = policyText({
				...policyDirectives('nothing'),
				'script-src': `${hashOf(script)} 'wasm-unsafe-eval'`,
				'style-src': hashOf(style),
				'img-src': 'data: blob:',
				'font-src': "'none'",
				'manifest-src': "'none'",
				'worker-src': 'blob:',
			});
			const source = html
				.replace(/\s*<(script type="module"|link rel="(stylesheet|modulepreload)")[^>]*>(<\/script>)?/g, '')
				.replace(
					'<meta charset="utf-8" />',
					(tag) => `${tag}<meta http-equiv="Content-Security-Policy" content="${policy}" />`,
				)
				.replace('</head>', () => `<style>${style}</style></head>`)
				.replace('</body>', () => `<script type="module">${script}</script></body>`)
				.replace(/\s*$/, () => `\n<!--\n${licences().replaceAll('--', '==')}-->\n`);
			for (const part of [policy, style, script]) if (!source.includes(part)) this.error('index.html has a new shape.');
			this.emitFile({ type: 'asset', fileName: ONE_FILE, source });
		},
	},
};
