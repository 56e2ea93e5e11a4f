/**
 * What pdf.js would fetch, as modules that are loaded when a page needs them: the page's policy allows no fetch.
 *
 * Brought: the decoders of JBIG2, CCITT (one module) and JPEG 2000, and the two standard fonts that no system font can stand for.
 * Left out: the other standard fonts (a system font is used), colour profiles (the nearest plain colour space is used), and the
 * 1.1 MB of predefined character maps: text whose font names one of them is missing, and `lacks` says so.
 */
const modules: Readonly<Record<string, () => Promise<{ default: string }>>> = {
	'jbig2.wasm': () => import('pdfjs-dist/wasm/jbig2.wasm?url&inline'),
	'openjpeg.wasm': () => import('pdfjs-dist/wasm/openjpeg.wasm?url&inline'),
	'FoxitSymbol.pfb': () => import('pdfjs-dist/standard_fonts/FoxitSymbol.pfb?url&inline'),
	'FoxitDingbats.pfb': () => import('pdfjs-dist/standard_fonts/FoxitDingbats.pfb?url&inline'),
};

/** The shape that pdf.js's option `BinaryDataFactory` wants; what is not at hand is noted in `lacks`. */
export function resourceFactory(lacks: Set<string>) {
	return class ResourceFactory {
		async fetch({ filename }: { filename: string }): Promise<Uint8Array> {
			const load = modules[filename];
			if (!load) {
				lacks.add(filename.replace(/\.\w+$/, ''));
				throw new Error(`${filename} is not part of this page.`);
			}
			const url = (await load()).default;
			const text = atob(url.slice(url.indexOf(',') + 1));
			return Uint8Array.from(text, (character) => character.charCodeAt(0));
		}
	};
}
