/** What a torn write or a bad sector leaves of an inbox's file. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

/** Makes zeros of the page that has these bytes. Nobody has the file open, and all of it is in the file itself. */
export function zeroPageWith(file: string, bytes: string): void {
	const all = readFileSync(file);
	const at = all.indexOf(bytes);
	assert.ok(at > 0 && all.indexOf(bytes, at + 1) === -1, `${bytes} is there once`);
	const pageBytes = all.readUInt16BE(16);
	const page = at - (at % pageBytes);
	writeFileSync(file, all.fill(0, page, page + pageBytes));
}
