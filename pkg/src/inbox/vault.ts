import { hash } from 'node:crypto';
import { inflated, longBody, pack, unzstd } from './compression.js';
import { InboxError } from './inbox.js';
import { missingKey, type Sealer, sealedText } from './sealing.js';

/**
 * How a body is stored. `null` and `sealed` are what save writes, and `zstd` where a thread of SQLite's packs it; `plain…` means
 * that compressing it was tried and does not pay. Sealed is what was compressed.
 */
export type Encoding = null | 'sealed' | 'plain' | 'plain+sealed' | 'deflate' | 'deflate+sealed' | 'zstd';

/** Whose body or text it is. */
export interface Owner {
	readonly endpoint: string;
	/** In lower-case hex. */
	readonly bodySha256: string;
	readonly bodyBytes: number;
}

/** A body as it is stored. */
export interface StoredBody {
	readonly bytes: Uint8Array;
	readonly encoding: Encoding;
}

/** What stands between an engine and its columns: sealing where there is a key, compression where it is asked for. */
export class Vault {
	readonly sealer: Sealer | null;

	constructor(sealer: Sealer | null) {
		this.sealer = sealer;
	}

	/** A body for the first time: sealed where there is a key, never compressed. */
	async storeBody(owner: Owner, body: Uint8Array): Promise<StoredBody> {
		return this.#store(owner, body, null);
	}

	/**
	 * A stored body, compressed where that pays.
	 *
	 * @throws {InboxError} (as a rejection) like {@link Vault.loadBody}.
	 */
	async packBody(owner: Owner, stored: StoredBody): Promise<StoredBody> {
		const body = await this.loadBody(owner, stored);
		const packed = await pack(body);
		return this.#store(owner, packed ?? body, packed === null ? 'plain' : 'deflate');
	}

	/**
	 * The body, exactly as it came.
	 *
	 * @throws {InboxError} (as a rejection) `key` when its key is not there, `runtime` when this Node or this mindhook cannot unpack it,
	 * `damaged` when it is not what was stored, `open` when there is no memory for it now.
	 */
	async loadBody(owner: Owner, { bytes, encoding }: StoredBody): Promise<Uint8Array> {
		const { how, sealed } = partsOf(encoding);
		const opened = sealed ? await this.#opener().open(bytes, place(owner, `body ${how}`)) : bytes;
		const unpacked = how === 'plain' ? opened : (how === 'zstd' ? unzstd : inflated)(opened, owner.bodyBytes);
		const body = await Promise.resolve(unpacked).catch((error: unknown) => {
			if (error instanceof InboxError) throw error;
			const code = isOfData(error) ? 'damaged' : 'open';
			throw new InboxError(code, 'The stored body cannot be unpacked.', error);
		});
		if ((await hashOf(body)).toString('hex') === owner.bodySha256) return body;
		throw new InboxError('damaged', 'The body is not what was saved.');
	}

	/** JSON for a column. */
	async storeText(owner: Owner, column: string, json: string): Promise<string> {
		return this.sealer === null ? json : this.sealer.sealText(json, place(owner, column));
	}

	/** The JSON of a column; rejects like {@link Vault.loadBody}. */
	async loadText(owner: Owner, column: string, stored: string): Promise<string> {
		return stored.startsWith(sealedText) ? this.#opener().openText(stored, place(owner, column)) : stored;
	}

	async #store(owner: Owner, bytes: Uint8Array, how: 'plain' | 'deflate' | null): Promise<StoredBody> {
		if (this.sealer === null) return { bytes, encoding: how };
		return {
			bytes: await this.sealer.seal(bytes, place(owner, `body ${how ?? 'plain'}`)),
			encoding: how === null ? 'sealed' : `${how}+sealed`,
		};
	}

	#opener(): Sealer {
		if (this.sealer === null) throw missingKey(['that sealed it'], null);
		return this.sealer;
	}
}

/** The SHA-256 of a body; of a long one, taken beside the event loop. */
export async function hashOf(body: Uint8Array): Promise<Buffer> {
	if (body.byteLength < longBody) return hash('sha256', body, 'buffer');
	return Buffer.from(await crypto.subtle.digest('SHA-256', body as Uint8Array<ArrayBuffer>));
}

/** Whether vacuum has not seen it yet. */
export function isUnseen(encoding: Encoding): boolean {
	return encoding === null || encoding === 'sealed';
}

/** Whether that was told of the bytes to unpack, or of the length that they are to have, and not of the machine. */
function isOfData(error: unknown): boolean {
	const code = String((error as { code?: unknown }).code);
	return /^(Z|ERR_BUFFER_TOO_LARGE|ERR_OUT_OF_RANGE)/.test(code) && !/mem/i.test(code);
}

function partsOf(encoding: Encoding): { how: 'plain' | 'deflate' | 'zstd'; sealed: boolean } {
	// Not damage: what a newer mindhook has stored otherwise waits for one that knows it.
	if (encoding !== null && !/^(sealed|(plain|deflate)(\+sealed)?|zstd)$/.test(encoding)) {
		throw new InboxError(
			'runtime',
			`The body is stored in a way that needs a newer mindhook: ${encoding.slice(0, 40)}.`,
		);
	}
	const how = encoding === 'zstd' ? 'zstd' : encoding?.startsWith('deflate') ? 'deflate' : 'plain';
	return { how, sealed: encoding?.endsWith('sealed') ?? false };
}

function place({ endpoint, bodySha256 }: Owner, column: string): [string, string, string] {
	return [endpoint, bodySha256, column];
}
