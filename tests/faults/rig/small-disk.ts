import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ballastBytes = 8 * 1024 * 1024;

/** A file system that is soon full: in memory, where mounting is allowed. */
export class SmallDisk {
	readonly folder: string;
	readonly #ballast: string;

	private constructor(folder: string) {
		this.folder = folder;
		this.#ballast = join(folder, 'ballast');
		writeFileSync(this.#ballast, Buffer.alloc(ballastBytes, 1));
	}

	/** `null` where this user may not mount. */
	static mount(folder: string, megabytes: number): SmallDisk | null {
		mkdirSync(folder, { recursive: true });
		const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
		return status === 0 ? new SmallDisk(folder) : null;
	}

	/** Gives 8 MB free. */
	makeRoom(): void {
		rmSync(this.#ballast, { force: true });
	}

	unmount(): void {
		execFileSync('umount', ['-l', this.folder]);
	}
}
