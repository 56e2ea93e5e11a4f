/** Files that are named on the command line; `-` is the standard input. */
import { readFile } from 'node:fs/promises';
import { type Arguments, type Io, MachineError, UsageError } from './command.js';

/** What an input is called in texts. */
export const inputName = (path: string): string => (path === '-' ? '<stdin>' : path);

/**
 * The bytes of a file.
 *
 * @throws MachineError when it cannot be read; UsageError for a folder
 */
export async function readInput(path: string, io: Pick<Io, 'stdin'>): Promise<Uint8Array> {
	if (path === '-') return io.stdin();
	try {
		return await readFile(path);
	} catch (error) {
		const reason = fileError(error);
		if ((error as NodeJS.ErrnoException).code === 'EISDIR') throw new UsageError(`${path} is a folder, not a file.`);
		throw new MachineError(`cannot read ${path}: ${reason}`);
	}
}

const reasons: Readonly<Record<string, string>> = {
	ENOENT: 'there is no such file',
	EACCES: 'permission denied',
	EISDIR: 'it is a folder',
	ENOTDIR: 'a part of the path is no folder',
	ELOOP: 'its links lead in a circle',
	ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
};

/** Why a file could not be read, in words. */
export function fileError(error: unknown): string {
	const { code, message } = error as NodeJS.ErrnoException;
	return reasons[code ?? ''] ?? message;
}

/** The one file that a command takes. */
export function oneInput(args: Arguments, command: string): string {
	const [path, ...more] = args.positionals;
	if (path === undefined) throw new UsageError(`Which file? mindhook ${command} FILE, or - for the standard input.`);
	if (more.length > 0) throw new UsageError(`\`mindhook ${command}\` takes one file, not ${more.length + 1}.`);
	return path;
}
