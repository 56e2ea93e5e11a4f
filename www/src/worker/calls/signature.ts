/** The check of a signature over the bytes of a file, and the search for what makes it fit. */
import { digests, FileUnreadable } from '../core.js';
import type { Call, Handlers } from '../protocol.js';
import { sessionOf } from '../session.js';
import { type Search, search } from '../signature/search.js';

export interface SignatureCalls {
	/** Begins a check; the one before is dropped. `null` for a payload that was left. */
	signatureBegin: Call<{ body: File | OpenBody; header: string; secrets: string }, SignatureReport | null>;
	/** Goes on with it for a moment; `null` once it was dropped. */
	signatureNext: Call<{ check: number }, SignatureReport | null>;
	/** Drops it, with the secrets. */
	signatureEnd: Call<{ check: number }, null>;
}

/** The bytes of a payload that is open. */
export interface OpenBody {
	document: number;
}

/** How a check stands. */
export interface SignatureReport extends Search {
	/** Names the check in calls about it. */
	check: number;
	/** Bytes of the file. */
	size: number;
}

/** Milliseconds that one step takes, or a single attempt more. */
const STEP = 60;

interface Check {
	number: number;
	size: number;
	steps: AsyncGenerator<Search, Search>;
}

let current: Check | null = null;
let serial = 0;

export const signatureCalls: Handlers<SignatureCalls> = {
	async signatureBegin({ body, header, secrets }) {
		const file = 'document' in body ? sessionOf(body.document)?.file : body;
		if (!file) return null;
		current = { number: ++serial, size: file.size, steps: search(file, header, secrets, digests) };
		return goOn(current);
	},
	signatureNext: ({ check }) => (current?.number === check ? goOn(current) : null),
	signatureEnd({ check }) {
		if (current?.number === check) current = null;
		return null;
	},
};

async function goOn(check: Check): Promise<SignatureReport> {
	const until = performance.now() + STEP;
	for (;;) {
		const { value, done } = await check.steps.next().catch(unreadable);
		// Meanwhile a newer one may have begun.
		if (done && current === check) current = null;
		if (done || performance.now() > until) return { ...value, check: check.number, size: check.size };
	}
}

/** @throws FileUnreadable for a file that was changed or removed meanwhile. */
function unreadable(fault: unknown): never {
	throw fault instanceof DOMException ? new FileUnreadable(fault.message) : fault;
}
