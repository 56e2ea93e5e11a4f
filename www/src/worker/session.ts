/** The payloads that are open: one that is shown, and one that it may be compared with. */
import type { Opened } from './calls/payload.js';
import { type Shown, show } from './content.js';
import { readFile } from './core.js';

/** `a` is shown, `b` is compared with it. */
export type Slot = 'a' | 'b';

/** One open payload. */
export interface Session {
	readonly document: number;
	readonly file: File;
	/** `null` for one that cannot be read. */
	readonly shown: Shown | null;
}

const sessions = new Map<Slot, Session>();

/** Reads and checks a file.
 *
 * @throws FileUnreadable
 */
export function open(document: number, slot: Slot, file: File): Opened {
	// Dropped before the next one is read: two large payloads are never held in one slot.
	sessions.delete(slot);
	const began = performance.now();
	const result = readFile(file);
	const shown = result.ok ? show(result.payload) : null;
	sessions.set(slot, { document, file, shown });
	const known = { document, name: file.name, size: file.size, took: performance.now() - began };
	if (!result.ok || !shown)
		return { ...known, issues: result.ok ? [] : result.issues, readable: false, unlisted: 0, tree: null, json: false };
	return { ...known, issues: result.payload.warnings, unlisted: 0, readable: true, ...shown.content };
}

/** The payload that a call means; `null` once it was left. */
export function sessionOf(document: number): Session | null {
	for (const session of sessions.values()) if (session.document === document) return session;
	return null;
}

/** Drops a payload. */
export function close(document: number): void {
	for (const [slot, session] of sessions) if (session.document === document) sessions.delete(slot);
}
