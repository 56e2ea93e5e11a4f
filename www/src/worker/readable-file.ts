/** Files that can be read at once where there is no worker: for the tests. */

const contents = new WeakMap<Blob, Uint8Array<ArrayBuffer>>();

class ReadableFile extends File {
	override slice(start = 0, end = this.size): Blob {
		const bytes = contents.get(this)?.slice(start, end) ?? new Uint8Array();
		const slice = new Blob([bytes]);
		contents.set(slice, bytes);
		return slice;
	}
}

/** A file of these bytes, or of a text. */
export function fileOf(body: Uint8Array | string, name = 'payload.json'): File {
	const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body);
	const file = new ReadableFile([bytes], name);
	contents.set(file, bytes);
	return file;
}

Object.assign(globalThis, {
	FileReaderSync: class {
		readAsArrayBuffer(blob: Blob): ArrayBuffer {
			const bytes = contents.get(blob);
			if (!bytes) throw new DOMException('gone', 'NotFoundError');
			return bytes.slice().buffer;
		}
	},
});
