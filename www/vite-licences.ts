/** Writes the licences of everything that is built into the page: each of them asks to go along with its code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';

export const LICENCES = 'licences.txt';

/** What builds the page and is not in it. */
const TOOLS = ['typescript', 'vite'];
/** What `pdfjs-dist` brings along under licences of its own, as far as `src/document/pdf-resources.ts` takes it. */
const WITHIN: Readonly<Record<string, readonly string[]>> = {
	'pdfjs-dist': [
		'wasm/LICENSE_JBIG2',
		'wasm/LICENSE_PDFJS_JBIG2',
		'wasm/LICENSE_OPENJPEG',
		'wasm/LICENSE_PDFJS_OPENJPEG',
		'standard_fonts/LICENSE_FOXIT',
	],
};

interface Manifest {
	version: string;
	license: string;
	dependencies?: Record<string, string>;
}

/** The text of all licences, package by package. */
export function licences(): string {
	const own = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
	const texts = new Map<string, string>();
	const visit = (name: string, from: string): void => {
		if (texts.has(name)) return;
		const folder = folderOf(name, from);
		const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
		const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
		if (file === undefined) throw new Error(`${name} has no licence file.`);
		const parts = [file, ...(WITHIN[name] ?? [])].map((path) => readFileSync(join(folder, path), 'utf8').trim());
		texts.set(name, `${name} ${manifest.version} (${manifest.license})\n\n${parts.join('\n\n')}`);
		for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency, join(folder, 'package.json'));
	};
	const packages = Object.keys(own.devDependencies).filter((name) => !TOOLS.includes(name));
	for (const name of packages) visit(name, import.meta.filename);
	return `Built into this page are:\n\n${[...texts.values()].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/** Up from where it is asked for, as Node looks for packages; `exports` may hide the manifest from `require`. */
function folderOf(name: string, from: string): string {
	const found = (createRequire(from).resolve.paths(name) ?? [])
		.map((path) => join(path, name))
		.find((path) => existsSync(join(path, 'package.json')));
	if (found === undefined) throw new Error(`${name} is not installed (asked for in ${dirname(from)}).`);
	return found;
}

/** Puts them beside the page. */
export const licencesBeside: Plugin = {
	name: 'licences',
	apply: 'build',
	generateBundle() {
		this.emitFile({ type: 'asset', fileName: LICENCES, source: licences() });
	},
};
