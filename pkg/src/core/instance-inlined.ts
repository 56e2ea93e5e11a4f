/** The wasm inside of the JavaScript: runs wherever the file gets to, without a file system, a fetch or a bundler's help. */
import hex from '#wasm/hex';

/** The compiled core; compiling is synchronous. */
export function wasmModule(): WebAssembly.Module {
	return new WebAssembly.Module(decoded(hex));
}

type WithBuffer = { Buffer?: { from(text: string, encoding: 'hex'): Uint8Array<ArrayBuffer> } };

/** `Buffer` needs 0.2 ms, the loop some 4. The text is the build's own: lower-case and whole. */
function decoded(text: string): Uint8Array<ArrayBuffer> {
	const { Buffer } = globalThis as WithBuffer;
	if (Buffer) return Buffer.from(text, 'hex');
	// '0' is 0x30 and 'a' is 0x61: a letter has the bit of 64, and its low digits begin with 1.
	const digit = (index: number): number => {
		const code = text.charCodeAt(index);
		return (code & 15) + (code >> 6) * 9;
	};
	return Uint8Array.from({ length: text.length / 2 }, (_, index) => (digit(2 * index) << 4) | digit(2 * index + 1));
}
