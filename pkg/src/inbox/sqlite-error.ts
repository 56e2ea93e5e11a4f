import { InboxError } from './inbox.js';

/** The primary result code of SQLite, without what an extended code adds above the lowest byte; `null` for other errors. */
function resultCode(error: unknown): number | null {
	const code = (error as { errcode?: unknown } | null)?.errcode;
	return typeof code === 'number' ? code & 0xff : null;
}

/** SQLITE_BUSY or SQLITE_LOCKED. */
export function isBusy(error: unknown): boolean {
	const code = resultCode(error);
	return code === 5 || code === 6;
}

/** What a failed read is told as. SQLITE_CORRUPT and SQLITE_NOTADB mean damage. */
export function readError(error: unknown): InboxError {
	if (error instanceof InboxError) return error;
	const code = resultCode(error);
	const kind = isBusy(error) ? 'busy' : code === 11 || code === 26 ? 'damaged' : 'open';
	return new InboxError(kind, `The inbox could not be read: ${messageOf(error)}`, error);
}

/** A failed read as it is told where it is that of a single delivery; throws what the next one would meet too. */
export function faultOfOne(error: unknown): InboxError {
	const fault = readError(error);
	if (fault.code === 'busy' || fault.code === 'closed') throw fault;
	return fault;
}

export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
