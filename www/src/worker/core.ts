/** The Rust core, as the page uses it: the only file of the page that knows it. */

import { CoreTrap, CoreUnavailable, core } from '../../../pkg/src/core/instance.js';
import { coreIssue, wholeInputError } from '../../../pkg/src/core/issue.js';
import { limitWords, safeParsePayload, viewOf } from '../../../pkg/src/core/payload.js';
import { endOfValue, follow, nextToken, pointerSteps } from '../../../pkg/src/core/steps.js';
import type { Fields, Issue, Payload, SafeParseResult, WebhookIdsReport } from '../../../pkg/src/core/types.js';
import { webhookIdsFromText } from '../../../pkg/src/core/webhook_ids.js';

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

/**
 * Checks a file against the whole contract. The core reads it in slices into its own memory and drops it again; only then are the
 * bytes fetched for showing, so that a large file is not held twice.
 *
 * @throws FileUnreadable
 */
export function readFile(file: File): SafeParseResult {
	const limits = limitWords(undefined);
	const [most = 0] = limits;
	if (file.size > most) {
		return {
			ok: false,
			issues: [wholeInputError('limit.bytes', `the file has ${file.size} bytes, the limit is ${most}`)],
		};
	}
	try {
		const outline = core().readFile(file, limits);
		const found = outline.length > 0 ? { outline, issues: null } : diagnosis(file, limits);
		// Before the bytes come: a large file has asked for a fresh core, and only a call makes it and lets the old memory go.
		core().reinitIfGrown();
		if (found.outline.length === 0) return { ok: false, issues: found.issues ?? [] };
		const bytes = new Uint8Array(new FileReaderSync().readAsArrayBuffer(file));
		return {
			ok: true,
			payload: viewOf({ bytes, outline: found.outline }, () => found.issues ?? diagnosis(file, limits).issues),
		};
	} catch (fault) {
		if (fault instanceof CoreTrap || fault instanceof CoreUnavailable) return { ok: false, issues: [coreIssue(fault)] };
		if (fault instanceof DOMException) throw new FileUnreadable(fault.message);
		throw fault;
	}
}

function diagnosis(file: File, limits: Uint32Array): { outline: Uint32Array; issues: Issue[] } {
	return core().diagnoseFile(file, limits) as { outline: Uint32Array; issues: Issue[] };
}

/** The fields of the extraction that is chained to the value at `pointer`; `null` when there is none. */
export function chainedFields(payload: Payload, pointer: string): Fields | null {
	const bytes = payload.raw;
	// Behind a byte order mark, if there is one.
	let at = nextToken(bytes, bytes[0] === 0xef ? 3 : 0);
	for (const step of [...pointerSteps(pointer), 'extraction_response']) {
		at = follow(bytes, at, step);
		if (at < 0) return null;
	}
	// It is a whole payload of its own, so the core reads it as one; `null` is none.
	const chained = safeParsePayload(bytes.subarray(at, endOfValue(bytes, at)));
	return chained.ok && chained.payload.kind === 'extraction' ? chained.payload.fields : null;
}

/** The verdict on a `webhook_ids` list as typed. */
export function checkIds(text: string): WebhookIdsReport {
	return webhookIdsFromText(text);
}
