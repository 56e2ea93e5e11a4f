/** The payloads that are open: one that is shown, and one that it may be compared with. */
import type { Issue } from '../../../pkg/src/core/types.js';
import type { Opened } from './calls/payload.js';
import { type Shown, show } from './content.js';
import { readFile } from './core.js';
import { MarkIndex } from './mark-index.js';
import { remainsTable } from './payload-table.js';
import { RawText } from './raw-text.js';
import { TextSearch } from './text-search.js';
import { Tree } from './tree.js';

/** `a` is shown, `b` is compared with it. */
export type Slot = 'a' | 'b';

/** One open payload. */
export interface Session {
	readonly document: number;
	readonly file: File;
	/** The exact bytes. */
	readonly bytes: Uint8Array;
	readonly issues: readonly Issue[];
	/** `null` for one that does not keep to the contract. */
	readonly shown: Shown | null;
	/** The rows; of a payload that does not keep to the contract those of its JSON, as far as it could be read. */
	readonly tree: Tree | null;
	/** Found out when it is first asked for; `null` when the payload was left meanwhile. */
	marks: Promise<MarkIndex | null> | null;
	raw: RawText | null;
	texts: TextSearch | null;
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
	const { bytes, issues: found, checked } = readFile(file);
	const { issues, unlisted } = listed(found);
	const known = () => {
		const took = performance.now() - began;
		return { document, name: file.name, size: file.size, took, issues, unlisted };
	};
	const session = { document, file, bytes, issues, marks: null, raw: null, texts: null };
	if (!checked) {
		const { table, complete } = remainsTable(bytes);
		const tree = table && new Tree(table, issues);
		sessions.set(slot, { ...session, shown: null, tree });
		const size = tree && { top: tree.top, total: tree.total };
		return { ...known(), readable: false, tree: size, json: complete };
	}
	const shown = show(checked.payload, checked.outline, issues);
	sessions.set(slot, { ...session, shown, tree: shown.tree });
	return { ...known(), readable: true, ...shown.content };
}

/** The issues without the one that says that there are more. */
function listed(found: Issue[]): { issues: Issue[]; unlisted: number } {
	const more = found.find(({ code }) => code === 'limit.issues');
	if (!more) return { issues: found, unlisted: 0 };
	return { issues: found.filter((issue) => issue !== more), unlisted: Number.parseInt(more.message, 10) || 0 };
}

/** The payload that a call means; `null` once it was left. */
export function sessionOf(document: number): Session | null {
	for (const session of sessions.values()) if (session.document === document) return session;
	return null;
}

/** The marks of a payload; `null` once it was left, or where there are no rows. */
export async function marksOf(document: number): Promise<MarkIndex | null> {
	const session = sessionOf(document);
	if (!session?.tree) return null;
	session.marks ??= MarkIndex.of(session.tree.table, () => sessionOf(document) === session);
	return session.marks;
}

/** The bytes of a payload as rows; `null` once it was left. */
export function rawOf(document: number): RawText | null {
	const session = sessionOf(document);
	if (!session) return null;
	session.raw ??= new RawText(session.bytes);
	return session.raw;
}

/** The search in the texts of a payload; `null` once it was left, or where there are none. */
export function textSearchOf(document: number): TextSearch | null {
	const session = sessionOf(document);
	const shown = session?.shown;
	if (!session || !shown || shown.content.textPages === 0) return null;
	session.texts ??= new TextSearch(shown.content.textPages, (page) => shown.text(page).content);
	return session.texts;
}

/** Drops a payload. */
export function close(document: number): void {
	for (const [slot, session] of sessions) if (session.document === document) sessions.delete(slot);
}
