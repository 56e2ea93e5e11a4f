import type { RequestBody } from './request.js';

/** The whole body, or the outcome that its reading ended with. */
export type BodyRead =
	| { readonly ok: true; readonly bytes: Uint8Array }
	| { readonly ok: false; readonly why: 'body_too_large' | 'body_too_slow' | 'body_incomplete' | 'body_already_read' };

/** What a body may take. */
export interface BodyLimits {
	readonly bytes: number;
	readonly milliseconds: number;
}

/** Reads a body, and stops as soon as it is past a limit. Never rejects. */
export async function readBody(body: RequestBody | null, limits: BodyLimits): Promise<BodyRead> {
	if (body === null) return { ok: true, bytes: new Uint8Array(0) };
	if (body instanceof Uint8Array || body instanceof ArrayBuffer) {
		const bytes = body instanceof Uint8Array ? body : new Uint8Array(body);
		return bytes.byteLength > limits.bytes ? { ok: false, why: 'body_too_large' } : { ok: true, bytes };
	}
	const chunks = chunksOf(body);
	return chunks === null ? { ok: false, why: 'body_already_read' } : collect(chunks, limits);
}

async function collect(chunks: AsyncIterator<Uint8Array>, limits: BodyLimits): Promise<BodyRead> {
	const parts: Uint8Array[] = [];
	let length = 0;
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<'late'>((resolve) => {
		timer = setTimeout(resolve, limits.milliseconds, 'late');
	});
	const stop = (why: 'body_too_large' | 'body_too_slow' | 'body_already_read'): BodyRead => {
		// Not waited for: a source that never answers must not hold the refusal.
		chunks.return?.()?.then(undefined, () => {});
		return { ok: false, why };
	};
	try {
		for (;;) {
			const step = await Promise.race([chunks.next(), late]);
			if (step === 'late') return stop('body_too_slow');
			if (step.done === true) break;
			// A source that was told to decode gives text.
			if (!(step.value instanceof Uint8Array)) return stop('body_already_read');
			length += step.value.byteLength;
			if (length > limits.bytes) return stop('body_too_large');
			parts.push(step.value);
		}
	} catch {
		return { ok: false, why: 'body_incomplete' };
	} finally {
		clearTimeout(timer);
	}
	// Copied even when it came in one piece: servers cut their chunks from a buffer that holds other requests too.
	const bytes = new Uint8Array(length);
	let offset = 0;
	for (const part of parts) {
		bytes.set(part, offset);
		offset += part.byteLength;
	}
	return { ok: true, bytes };
}

/** `null` when this is not a source of bytes, or one that has been read already. */
function chunksOf(body: unknown): AsyncIterator<Uint8Array> | null {
	if (typeof body !== 'object' || body === null) return null;
	if (typeof ReadableStream !== 'undefined' && body instanceof ReadableStream) {
		if (body.locked) return null;
		const reader = (body as ReadableStream<Uint8Array>).getReader();
		return {
			next: async () => {
				const { done, value } = await reader.read();
				return done ? { done: true, value: undefined } : { done: false, value };
			},
			// Unlike the stream's own iterator this does not wait for the chunk that is being read.
			return: async () => {
				await reader.cancel();
				return { done: true, value: undefined };
			},
		};
	}
	const iterate = (body as Partial<AsyncIterable<Uint8Array>>)[Symbol.asyncIterator];
	return typeof iterate === 'function' ? iterate.call(body as AsyncIterable<Uint8Array>) : null;
}
