/** Opens payloads in the tests as the page does in its worker, where files can be read at once. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Opened, payloadCalls } from './calls/payload.js';
import { type Row, treeCalls } from './calls/tree.js';

const contents = new WeakMap<Blob, Uint8Array<ArrayBuffer>>();

class ReadableFile extends File {
	override slice(start = 0, end = this.size): Blob {
		const bytes = contents.get(this)?.slice(start, end) ?? new Uint8Array();
		const slice = new Blob([bytes]);
		contents.set(slice, bytes);
		return slice;
	}
}

/** A file that can be read at once. */
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

let serial = 0;

/** Opens a body; what was open is left. */
export async function openBody(body: Uint8Array | string): Promise<{ document: number; opened: Opened }> {
	const document = ++serial;
	return { document, opened: await payloadCalls.open({ document, slot: 'a', file: fileOf(body) }) };
}

/** Every visible row. */
export async function visibleRows(document: number): Promise<Row[]> {
	const rows: Row[] = [];
	for (;;) {
		const answer = await treeCalls.rows({ document, from: rows.length, count: 1000 });
		assert.ok(answer);
		rows.push(...answer.rows);
		if (rows.length >= answer.total || answer.rows.length === 0) return rows;
	}
}

/** Every row there is. */
export async function allRows(document: number): Promise<Row[]> {
	await treeCalls.expandAll({ document, index: null, expanded: true });
	return visibleRows(document);
}

/** The value at a pointer in what `JSON.parse` gave. */
export function valueAt(data: unknown, pointer: string): unknown {
	let at = data as Record<string, unknown> | undefined;
	for (const step of pointer.split('/').slice(1)) {
		const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
		assert.ok(at !== null && typeof at === 'object' && Object.hasOwn(at, key), `${pointer} leads nowhere at ${key}`);
		at = at[key] as Record<string, unknown>;
	}
	return at;
}

/** A body whose result is this JSON. */
export function resultBody(result: string): string {
	const [id, job, model] = ['6f1c', '7a2d', '8b3e'].map((part) => `64abcf17-cbee-4807-${part}-485aff3ac52e`);
	const ids = `"id":"${id}","job":{"id":"${job}"},"model":{"id":"${model}"}`;
	const file = '"file":{"name":"x.pdf","page_count":1,"mime_type":"application/pdf"}';
	const off = ['raw_text', 'polygon', 'confidence', 'rag', 'text_context'].map((name) => `"${name}":false`).join();
	return `{"inference":{${ids},${file},"result":${result},"active_options":{${off},"data_schema":{"replace":false}}}}`;
}

/** The body of an extraction with these fields. */
export const extractionBody = (fields: string): string => resultBody(`{"fields":{${fields}}}`);

const SAMPLES = '../shared/samples';

/** Adds a test of every sample of the platform, where they are at hand. */
export function testSamples(name: string, run: (body: Uint8Array) => Promise<void>): void {
	const skip = !existsSync(SAMPLES) && `${SAMPLES} is not there`;
	test(`${name}: the samples of the platform`, { skip }, async (context: TestContext) => {
		const files = readdirSync(SAMPLES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
		assert.ok(files.length > 0);
		for (const file of files) await context.test(file, () => run(readFileSync(join(SAMPLES, file))));
	});
}
