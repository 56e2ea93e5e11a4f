/** The Rust core, as the page uses it: the only file of the page that knows it. */

import { CoreTrap, CoreUnavailable, core } from '../../../pkg/src/core/instance.js';
import { coreIssue, wholeInputError } from '../../../pkg/src/core/issue.js';
import { flag, header } from '../../../pkg/src/core/outline.js';
import { limitWords, viewOf } from '../../../pkg/src/core/payload.js';
import type { Issue, Payload, WebhookIdsReport } from '../../../pkg/src/core/types.js';
import { webhookIdsFromText } from '../../../pkg/src/core/webhook_ids.js';
import { ISSUES } from './calls/payload.js';
import type { Digests } from './signature/search.js';

/** The file cannot be read: it was changed or removed meanwhile, or is a folder. */
export class FileUnreadable extends Error {}

/** Compiles the core, so that the first file does not have to wait for that. */
export function warmUp(): void {
	try {
		core();
	} catch {
		// It is told when a file is opened: that is when it matters.
	}
}

/** A file that was read. */
export interface Read {
	/** All of its bytes; none of a file above the limit, or where the core cannot run. */
	bytes: Uint8Array;
	issues: Issue[];
	/** `null` for a file with errors. */
	checked: { payload: Payload; outline: Uint32Array } | null;
}

const NO_BYTES = new Uint8Array(0);

/**
 * Checks a file against the whole contract. The core reads it in slices into its own memory and drops it again; only then are the
 * bytes fetched for showing, so that a large file is not held twice.
 *
 * @throws FileUnreadable
 */
export function readFile(file: File): Read {
	const limits = limitWords({ issues: ISSUES });
	const [most = 0] = limits;
	if (file.size > most) {
		const message = `the file has ${file.size} bytes, the limit is ${most}`;
		return { bytes: NO_BYTES, issues: [wholeInputError('limit.bytes', message)], checked: null };
	}
	try {
		let outline = core().readFile(file, limits);
		let issues: Issue[] = [];
		const isNoted = ((outline[header.flags] ?? 0) & flag.noted) !== 0;
		if (outline.length === 0 || isNoted) {
			const found = core().diagnoseFile(file, limits) as { outline: Uint32Array; issues: Issue[] };
			({ outline, issues } = found);
		}
		// Before the bytes come: a large file has asked for a fresh core, and only a call makes it and lets the old memory go.
		core().reinitIfGrown();
		if (file.size > LARGE) setTimeout(haveCollected, 100);
		const bytes = bytesOf(file);
		if (outline.length === 0) return { bytes, issues, checked: null };
		return { bytes, issues, checked: { payload: viewOf({ bytes, outline }, () => issues), outline } };
	} catch (fault) {
		if (fault instanceof CoreTrap || fault instanceof CoreUnavailable) {
			// The bytes can be looked at all the same.
			return { bytes: bytesOf(file), issues: [coreIssue(fault)], checked: null };
		}
		if (fault instanceof DOMException) throw new FileUnreadable(fault.message);
		throw fault;
	}
}

/** Files above this leave much behind. */
const LARGE = 16 << 20;

/**
 * Has the browser look for what is no longer used: the core's old memory, twice the file. A worker that falls silent would keep it,
 * as 100 MB did in every second run. Browsers look when much was asked for; these buffers are never written to, so they take no
 * memory. Not while the file is being read: until then the old memory is still in use by whoever called.
 */
function haveCollected(): void {
	try {
		for (let asked = 0; asked < 64; asked++) new ArrayBuffer(8 << 20);
	} catch {
		// There is not even room to ask for: then it has been looked already.
	}
}

function bytesOf(file: File): Uint8Array {
	return new Uint8Array(new FileReaderSync().readAsArrayBuffer(file));
}

/** The outline of a payload of its own within another one; `null` for one with errors. */
export function outlineOf(bytes: Uint8Array): Uint32Array | null {
	const limits = limitWords(undefined);
	let outline = core().readPayload(bytes, limits);
	if (outline.length === 0) ({ outline } = core().diagnosePayload(bytes, limits) as { outline: Uint32Array });
	if (bytes.length > 4 << 20) core().reinitIfGrown();
	return outline.length === 0 ? null : outline;
}

/** The verdict on a `webhook_ids` list as typed. */
export function checkIds(text: string): WebhookIdsReport {
	return webhookIdsFromText(text);
}

/** HMAC-SHA256 by the core, and what else the browser has: outside of secure contexts it has nothing. */
export const digests: Digests = {
	mac: (body, key) => (body instanceof Blob ? core().signBlob(body, key) : core().sign(body, key)),
	subtle: globalThis.crypto?.subtle ?? null,
};
