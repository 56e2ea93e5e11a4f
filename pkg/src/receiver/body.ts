import type { Reservation } from './capacity.js';
import { bytesPerMillisecond, type OpenBodies, type OpenBody, patienceMs } from './open-bodies.js';
import type { BodyChunks, RequestBody } from './request.js';

/** The whole body, or the outcome that its reading ended with. */
export type BodyRead =
	| { readonly ok: true; readonly bytes: Uint8Array }
	| {
			readonly ok: false;
			readonly why:
				| 'body_too_large'
				| 'body_too_slow'
				| 'body_incomplete'
				| 'body_already_read'
				| 'overloaded'
				| 'closing';
	  };

/** What a body may take. */
export interface BodyLimits {
	readonly bytes: number;
	readonly milliseconds: number;
	/** So many bytes have to come within each {@link windowMs}, whatever time there is to spare. */
	readonly bytesPerWindow: number;
	/** The memory that it is read into. */
	readonly memory: Reservation;
	/** The bodies that are being read: each is in here until it is here, or refused. */
	readonly open: OpenBodies;
}

/** How often is looked whether a body gets on. */
export const windowMs = 5_000;

/** So many parts of a body are made one. */
const partsMax = 256;

/** Reads a body, and stops as soon as it is past a limit. Never rejects. */
export async function readBody(body: RequestBody | null, limits: BodyLimits): Promise<BodyRead> {
	if (body === null) return { ok: true, bytes: new Uint8Array(0) };
	if (body instanceof Uint8Array || body instanceof ArrayBuffer) {
		const bytes = body instanceof Uint8Array ? body : new Uint8Array(body);
		if (bytes.byteLength > limits.bytes) return { ok: false, why: 'body_too_large' };
		return limits.memory.reserve(bytes.byteLength) ? { ok: true, bytes } : { ok: false, why: 'overloaded' };
	}
	const chunks = chunksOf(body);
	if (chunks === null) return { ok: false, why: 'body_already_read' };
	return new Promise((resolve) => new ChunkedBody(chunks, limits, resolve).next());
}

/** Collects the chunks of one body. Written with callbacks: this runs for every chunk of every request. */
class ChunkedBody implements OpenBody {
	readonly #chunks: BodyChunks;
	readonly #limits: BodyLimits;
	readonly #resolve: (read: BodyRead) => void;
	#timer: ReturnType<typeof setTimeout>;
	/** What is left of its time when the timer goes off. */
	#leftMs: number;
	/** Its length when the timer was set. */
	#lengthBefore = 0;
	readonly #parts: Uint8Array[] = [];
	/** How many of `#parts`, at their beginning, are not to be joined any more before the end. */
	#joinedParts = 0;
	#length = 0;
	#paidUntil = performance.now() + patienceMs;
	#isOver = false;

	constructor(chunks: BodyChunks, limits: BodyLimits, resolve: (read: BodyRead) => void) {
		this.#chunks = chunks;
		this.#limits = limits;
		this.#resolve = resolve;
		this.#leftMs = limits.milliseconds;
		this.#timer = this.#wait();
		limits.open.add(this);
	}

	get bytes(): number {
		return this.#length;
	}

	get paidUntil(): number {
		return this.#paidUntil;
	}

	next(): void {
		try {
			this.#chunks.next().then(this.#take, this.#fail);
		} catch {
			this.#fail();
		}
	}

	stop(why: Exclude<BodyRead, { ok: true }>['why']): void {
		if (this.#isOver) return;
		// Not waited for: a source that never answers must not hold the refusal.
		try {
			this.#chunks.return?.()?.then(undefined, () => {});
		} catch {
			// The refusal stands either way.
		}
		this.#finish({ ok: false, why });
	}

	#wait(): ReturnType<typeof setTimeout> {
		const milliseconds = Math.min(windowMs, this.#leftMs);
		this.#leftMs -= milliseconds;
		return setTimeout(this.#look, milliseconds);
	}

	readonly #look = (): void => {
		// Where our own event loop stood still, bytes that are here already are read only after its timers.
		if (this.#isTooSlow() && this.#leftMs > 0 && typeof setImmediate === 'function') setImmediate(this.#judge);
		else this.#judge();
	};

	readonly #judge = (): void => {
		if (this.#isOver) return;
		if (this.#leftMs === 0 || this.#isTooSlow()) {
			this.stop('body_too_slow');
			return;
		}
		this.#lengthBefore = this.#length;
		this.#timer = this.#wait();
	};

	#isTooSlow(): boolean {
		return this.#length - this.#lengthBefore < this.#limits.bytesPerWindow;
	}

	readonly #take = ({ done, value }: IteratorResult<unknown>): void => {
		if (this.#isOver) return;
		try {
			if (done === true) this.#end();
			// A source that was told to decode gives text.
			else if (!(value instanceof Uint8Array)) this.stop('body_already_read');
			else this.#add(value);
		} catch {
			// The machine has no memory for it.
			this.stop('overloaded');
		}
	};

	#end(): void {
		const parts = [...this.#parts];
		const bytes = joined(parts);
		this.#finish({ ok: true, bytes });
		// The body is whole, whatever comes of this.
		if (parts.length > 1) this.#chunks.copied?.(parts);
	}

	#add(chunk: Uint8Array): void {
		const { byteLength } = chunk;
		this.#length += byteLength;
		this.#paidUntil = Math.min(this.#paidUntil + byteLength / bytesPerMillisecond, performance.now() + patienceMs);
		if (this.#length > this.#limits.bytes) {
			this.stop('body_too_large');
		} else if (this.#limits.memory.reserve(this.#length)) {
			// It may have been this one that made the room.
			if (this.#isOver) return;
			this.#parts.push(chunk);
			// Each chunk is an object of hundreds of bytes: a body in chunks of one byte would take as much for each of its bytes.
			if (this.#parts.length - this.#joinedParts === partsMax) {
				this.#parts.push(joined(this.#parts.splice(this.#joinedParts)));
				this.#joinedParts += 1;
			}
			this.next();
		} else {
			this.stop('overloaded');
		}
	}

	readonly #fail = (): void => {
		this.#finish({ ok: false, why: 'body_incomplete' });
	};

	#finish(read: BodyRead): void {
		if (this.#isOver) return;
		this.#isOver = true;
		clearTimeout(this.#timer);
		this.#limits.open.delete(this);
		this.#parts.length = 0;
		// At once: somebody may be waiting for just this room.
		if (!read.ok) this.#limits.memory.release();
		this.#resolve(read);
	}
}

/**
 * The parts in one. A single part is taken as it is where it has its memory to itself, as those of `node:http` have; others are
 * copied, because servers cut their chunks from a buffer that holds other requests too.
 */
function joined(parts: readonly Uint8Array[]): Uint8Array {
	const [first] = parts;
	if (first !== undefined && parts.length === 1 && first.byteLength === first.buffer.byteLength) {
		return new Uint8Array(first.buffer);
	}
	const bytes = unfilled(parts.reduce((length, part) => length + part.byteLength, 0));
	let offset = 0;
	for (const part of parts) {
		bytes.set(part, offset);
		offset += part.byteLength;
	}
	return bytes;
}

type WithBuffer = { Buffer?: { allocUnsafeSlow?(length: number): Uint8Array } };

/** Bytes that are all written to next: where it can be had, without zeros written to them first. */
function unfilled(length: number): Uint8Array {
	const bytes = (globalThis as WithBuffer).Buffer?.allocUnsafeSlow?.(length);
	return bytes === undefined ? new Uint8Array(length) : new Uint8Array(bytes.buffer, bytes.byteOffset, length);
}

/** `null` when this is not a source of bytes, or one that has been read already. */
function chunksOf(body: unknown): BodyChunks | null {
	if (typeof body !== 'object' || body === null) return null;
	if (typeof ReadableStream !== 'undefined' && body instanceof ReadableStream) {
		if (body.locked) return null;
		const reader = (body as ReadableStream<Uint8Array>).getReader();
		return {
			next: () => reader.read() as Promise<IteratorResult<Uint8Array>>,
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
