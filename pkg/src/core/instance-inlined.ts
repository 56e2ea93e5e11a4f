/** The wasm inside of the JavaScript: runs wherever the file gets to, without a file system, a fetch or a bundler's help. */

// For whoever includes this file alone, as the page does.
/// <reference path="./instance-wasm.d.ts" />
import inflate from 'tiny-inflate';
import { deflated, size } from '#wasm/deflated';

/** The compiled core; unpacking and compiling are synchronous. */
export function wasmModule(): WebAssembly.Module {
	return new WebAssembly.Module(unpacked());
}

type Runtime = {
	process?: { getBuiltinModule?(name: 'node:zlib'): Zlib | undefined };
	Buffer?: { from(text: string, encoding: 'base64'): Uint8Array<ArrayBuffer> };
	Uint8Array: { fromBase64?(text: string): Uint8Array<ArrayBuffer> };
};

type Zlib = { inflateRawSync(bytes: Uint8Array): Uint8Array<ArrayBuffer> };

/** Node's zlib takes 1 ms; browsers have none that answers at once, and the small one in JavaScript takes some 10. */
function unpacked(): Uint8Array<ArrayBuffer> {
	const { process, Buffer, Uint8Array: bytes } = globalThis as unknown as Runtime;
	const packed = decoded(deflated, Buffer, bytes);
	const zlib = process?.getBuiltinModule?.('node:zlib');
	return zlib ? zlib.inflateRawSync(packed) : inflate(packed, new Uint8Array(size));
}

/** A function of its own, so that the text is named once: some bundlers write a constant anew at each place that names it. */
function decoded(text: string, buffer: Runtime['Buffer'], bytes: Runtime['Uint8Array']): Uint8Array<ArrayBuffer> {
	if (buffer) return buffer.from(text, 'base64');
	return bytes.fromBase64?.(text) ?? Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
