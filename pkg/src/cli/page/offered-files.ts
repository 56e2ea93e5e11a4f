/** Files that were named on the command line: looked at when named, read when asked for. */
import type { Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Io, MachineError, UsageError } from '../command.js';
import { fileError } from '../input.js';
import { bytesHeaders, sendBytes, sendJson } from './answers.js';
import type { BytesFault, OfferedFile } from './live-protocol.js';

/** A file to offer: where its bytes are, and how many there were when it was named. */
export interface NamedFile {
	readonly name: string;
	readonly path: string;
	readonly bytes: number;
	/** What came through the standard input: it cannot be read again. */
	readonly held?: Uint8Array;
}

/** It is no file, but something else that has a name. */
class NoFile extends Error {}

/**
 * Looks whether each file can be read. `-` is the standard input.
 *
 * @throws UsageError for a folder; MachineError for what cannot be read
 */
export async function namedFiles(paths: readonly string[], io: Pick<Io, 'stdin'>): Promise<NamedFile[]> {
	if (paths.filter((path) => path === '-').length > 1) {
		throw new UsageError('The standard input can be read only once.');
	}
	const files: NamedFile[] = [];
	for (const path of paths) {
		if (path === '-') {
			const held = await io.stdin();
			files.push({ name: 'stdin', path, bytes: held.byteLength, held });
			continue;
		}
		try {
			const { handle, size } = await opened(path);
			await handle.close();
			files.push({ name: basename(path), path, bytes: size });
		} catch (error) {
			if (error instanceof NoFile) throw new UsageError(`${path} is ${error.message}, not a file.`);
			throw new MachineError(`cannot read ${path}: ${fileError(error)}`);
		}
	}
	return files;
}

/** The files as the page is told of them. */
export const offerOf = (files: readonly NamedFile[]): OfferedFile[] =>
	files.map(({ name, path, bytes }, index) => ({ index, name, path, bytes }));

/** Opens a file. What is none is not opened: a pipe would wait for somebody to write into it. */
async function opened(path: string): Promise<{ handle: FileHandle; size: number }> {
	const must = (entry: Stats): void => {
		if (!entry.isFile()) throw new NoFile(entry.isDirectory() ? 'a folder' : 'a device or a pipe');
	};
	must(await stat(path));
	const handle = await open(path);
	try {
		const entry = await handle.stat();
		must(entry);
		return { handle, size: entry.size };
	} catch (error) {
		await handle.close();
		throw error;
	}
}

const faults: Readonly<Record<string, { status: number; fault: BytesFault }>> = {
	ENOENT: { status: 410, fault: 'gone' },
	ENOTDIR: { status: 410, fault: 'gone' },
	EACCES: { status: 403, fault: 'denied' },
	EPERM: { status: 403, fault: 'denied' },
};

/** Answers with the bytes that the file has now, `most` at most, piece by piece; says why when it has none. */
export async function sendFile(
	file: NamedFile,
	request: IncomingMessage,
	response: ServerResponse,
	most = Number.POSITIVE_INFINITY,
): Promise<void> {
	if (file.held) return sendBytes(response, most < file.bytes ? file.held.subarray(0, most) : file.held);
	let handle: FileHandle | undefined;
	try {
		const found = await opened(file.path);
		({ handle } = found);
		const length = Math.min(found.size, most);
		response.writeHead(200, bytesHeaders(length));
		if (request.method === 'HEAD' || length === 0) response.end();
		// Not more than was announced, where the file grows meanwhile.
		else await pipeline(handle.createReadStream({ autoClose: false, end: length - 1 }), response);
	} catch (error) {
		if (response.headersSent) response.destroy();
		else {
			const code = error instanceof NoFile ? 'ENOENT' : ((error as NodeJS.ErrnoException).code ?? '');
			const { status, fault } = faults[code] ?? { status: 500, fault: 'unreadable' };
			sendJson(response, status, { fault });
		}
	} finally {
		await handle?.close().catch(() => {});
	}
}
