/** Writes the content security policy into the built page, and makes of it the page that may fetch from its own server. */
import type { Plugin } from 'vite';
import { policyDirectives, policyText, type Reach } from '../pkg/src/cli/page/policy.ts';

const meta = (reach: Reach): string =>
	`<meta http-equiv="Content-Security-Policy" content="${policyText(policyDirectives(reach))}" />`;

/** `index.html` reaches nothing; `live.html` is the same page, which knows by `data-live` that its server offers something. */
export const policy: Plugin = {
	name: 'policy',
	// The development server needs inline styles and a socket.
	apply: 'build',
	enforce: 'post',
	generateBundle: {
		order: 'post',
		handler(_, bundle) {
			const page = bundle['index.html'];
			if (page?.type !== 'asset') this.error('There is no index.html to write the policy into.');
			const html = String(page.source);
			const withPolicy = (reach: Reach): string => html.replace('<meta charset="utf-8" />', (tag) => tag + meta(reach));
			page.source = withPolicy('nothing');
			const live = withPolicy('own server').replace('<html ', '<html data-live ');
			this.emitFile({ type: 'asset', fileName: 'live.html', source: live });
			for (const [text, part] of [
				[page.source, meta('nothing')],
				[live, '<html data-live '],
				[live, meta('own server')],
			]) {
				if (!text?.includes(part ?? '')) this.error('index.html has a new shape: adapt vite-policy.ts.');
			}
		},
	},
};
