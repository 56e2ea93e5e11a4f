import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** What the shim notes; the numbers are those of `shim.c`. */
const operations = { written: 1, truncated: 2, syncBegun: 3, synced: 4, removed: 5 } as const;

/** A disk writes a sector wholly or not at all. */
const sectorBytes = 512;
/** The database and its log. The index beside the log does not outlive a restart and is not kept. */
const suffixes = ['', '-wal'];

/**
 * What of the writes that no sync had covered is on the disk after the cut: none of them, all of them, or some, not in the
 * order in which they were made, and torn between sectors.
 */
export type Unsynced = 'none' | 'all' | 'some';

type Change = (file: Disk) => void;

/** The bytes of one file; it grows as it is written to. */
class Disk {
	#bytes: Buffer;
	length: number;
	exists: boolean;

	constructor(bytes: Buffer | null) {
		this.#bytes = bytes ?? Buffer.alloc(0);
		this.length = this.#bytes.length;
		this.exists = bytes !== null;
	}

	write(offset: number, bytes: Buffer): void {
		this.exists = true;
		this.truncate(Math.max(this.length, offset + bytes.length));
		bytes.copy(this.#bytes, offset);
	}

	truncate(length: number): void {
		if (length > this.#bytes.length) {
			const larger = Buffer.alloc(Math.max(length, this.#bytes.length * 2));
			this.#bytes.copy(larger, 0, 0, this.length);
			this.#bytes = larger;
		}
		if (length < this.length) this.#bytes.fill(0, length, this.length);
		this.length = length;
	}

	get content(): Buffer {
		return this.#bytes.subarray(0, this.length);
	}
}

/**
 * Puts a database's files into the state in which a power cut would have left them: what was synced is there, and of the rest
 * what `unsynced` says. The files are read before the process starts that is cut off, with {@link remember}.
 */
export class PowerCut {
	readonly #database: string;
	readonly #files = new Map<string, Disk>();

	private constructor(database: string) {
		this.#database = database;
		for (const suffix of suffixes) {
			const file = `${database}${suffix}`;
			this.#files.set(suffix, new Disk(existsSync(file) ? readFileSync(file) : null));
		}
	}

	static remember(database: string): PowerCut {
		return new PowerCut(database);
	}

	/** Gives how many writes there were, and how many of them no sync had covered. */
	strike(journal: string, unsynced: Unsynced, random: () => number): { writes: number; unsyncedWrites: number } {
		const pending = new Map(suffixes.map((suffix) => [suffix, [] as Change[]]));
		const begun = new Map(suffixes.map((suffix) => [suffix, 0]));
		let writes = 0;
		let cutting = false;
		for (const { operation, name, offset, bytes } of notesOf(journal)) {
			const waiting = pending.get(name);
			const file = this.#files.get(name);
			if (waiting === undefined || file === undefined) continue;
			if (operation === operations.written) {
				writes += 1;
				waiting.push((disk) => {
					if (unsynced !== 'some' || !cutting) return disk.write(offset, bytes);
					for (let at = 0; at < bytes.length; at += sectorBytes) {
						if (random() < 0.7) disk.write(offset + at, bytes.subarray(at, at + sectorBytes));
					}
				});
			} else if (operation === operations.truncated) waiting.push((disk) => disk.truncate(offset));
			else if (operation === operations.removed) {
				waiting.push((disk) => {
					disk.truncate(0);
					disk.exists = false;
				});
			} else if (operation === operations.syncBegun) begun.set(name, waiting.length);
			else if (operation === operations.synced) {
				for (const change of waiting.splice(0, begun.get(name))) change(file);
				begun.set(name, 0);
			}
		}
		const unsyncedWrites = [...pending.values()].reduce((sum, { length }) => sum + length, 0);
		cutting = true;
		for (const [suffix, file] of this.#files) {
			for (const change of pending.get(suffix) ?? []) {
				if (unsynced === 'all' || (unsynced === 'some' && random() < 0.5)) change(file);
			}
			if (file.exists) writeFileSync(`${this.#database}${suffix}`, file.content);
			else rmSync(`${this.#database}${suffix}`, { force: true });
		}
		rmSync(`${this.#database}-shm`, { force: true });
		return { writes, unsyncedWrites };
	}
}

interface Note {
	readonly operation: number;
	readonly name: string;
	readonly offset: number;
	readonly bytes: Buffer;
}

function* notesOf(journal: string): Generator<Note> {
	const all = existsSync(journal) ? readFileSync(journal) : Buffer.alloc(0);
	for (let at = 0; at + 24 <= all.length; ) {
		const operation = all.readUInt32LE(at);
		const nameEnd = at + 24 + all.readUInt32LE(at + 4);
		const end = nameEnd + Number(all.readBigUInt64LE(at + 16));
		// The last note may have been cut off by the kill.
		if (end > all.length) return;
		yield {
			operation,
			name: all.toString('utf8', at + 24, nameEnd),
			offset: Number(all.readBigUInt64LE(at + 8)),
			bytes: all.subarray(nameEnd, end),
		};
		at = end;
	}
}
