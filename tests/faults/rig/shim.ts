import { execFileSync } from 'node:child_process';
import { mkdirSync, openSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

/** From target/tests/tests/faults/rig, where this file runs. */
const root = join(import.meta.dirname, '../../../../..');

/** What stands between a process and its disk and clock; `shim.c` says how. */
export class Shim {
	/** What a process needs in its environment to be seen. */
	readonly env: Readonly<Record<string, string>>;
	readonly #control: number;

	/** Compiles it. `database` is the file that is watched, `journal` where its writes are noted. */
	constructor({ folder, database, journal }: { folder: string; database: string; journal?: string }) {
		mkdirSync(folder, { recursive: true });
		const library = join(folder, 'shim.so');
		const source = join(root, 'tests/faults/rig/shim.c');
		execFileSync('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-o', library, source, '-ldl', '-lpthread']);
		const control = join(folder, 'control');
		this.#control = openSync(control, 'w');
		writeSync(this.#control, Buffer.alloc(24));
		this.env = {
			LD_PRELOAD: library,
			FAULTS_FILE: database,
			FAULTS_CONTROL: control,
			...(journal === undefined ? {} : { FAULTS_JOURNAL: journal }),
		};
	}

	/** From now on writes fail like this; `null`: they succeed. */
	failWrites(how: 'ENOSPC' | 'EROFS' | 'EIO' | null): void {
		this.#set(0, how === null ? 0 : constants.errno[how]);
	}

	/** From now on syncs fail like this; `null`: they succeed. */
	failSyncs(how: 'EIO' | null): void {
		this.#set(1, how === null ? 0 : constants.errno[how]);
	}

	/** Sets the clock so far ahead of the real one, or back. */
	setClock(milliseconds: number): void {
		this.#set(2, milliseconds);
	}

	#set(place: number, value: number): void {
		const bytes = Buffer.alloc(8);
		bytes.writeBigInt64LE(BigInt(value));
		writeSync(this.#control, bytes, 0, 8, place * 8);
	}
}
