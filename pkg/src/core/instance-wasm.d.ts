declare module '*.wasm?module' {
	const module: WebAssembly.Module;
	export default module;
}

declare module 'tiny-inflate' {
	/** Unpacks raw DEFLATE data (RFC 1951) into `to`, which is as long as what was packed. */
	export default function inflate(packed: Uint8Array, to: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
}
