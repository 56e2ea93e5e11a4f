/** The standard streams, as commands see them. */
import type { WriteStream } from 'node:tty';
import { Interrupted, type Io, MachineError } from './command.js';
import { wantsColour } from './paint.js';
import { visibleLines } from './visible-text.js';

const PROGRESS_AFTER_MS = 1000;
const PROGRESS_EVERY_MS = 100;
/** So much is gathered before it is written to a file or a pipe. */
const CHUNK = 1 << 16;

type Process = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env' | 'once'>;

/** The streams, and the output that the dispatcher writes to. */
export class StandardIo implements Io {
	readonly env: NodeJS.ProcessEnv;
	readonly columns: number | undefined;
	readonly colour: boolean;
	readonly colourOfErrors: boolean;
	readonly terminal: boolean;
	readonly #process: Process;
	readonly #begin = performance.now();
	#shownAt = 0;
	#progressShown = false;
	#pending = '';
	/** The reader of the output has gone, as with `| head -1`: that is no error, and what is written goes nowhere. */
	#closed = false;
	#failure: Error | undefined;
	#interruption: AbortSignal | undefined;

	constructor(process: Process) {
		this.#process = process;
		this.env = process.env;
		const { stdout, stderr, env } = process;
		this.terminal = stdout.isTTY === true;
		const columns = (stdout as Partial<WriteStream>).columns || Number(env.COLUMNS);
		this.columns = this.terminal ? Math.max(columns > 0 ? columns : 80, 40) : undefined;
		this.colour = wantsColour(stdout, env);
		this.colourOfErrors = wantsColour(stderr, env);
		stdout.on('error', (error: NodeJS.ErrnoException) => {
			if (error.code === 'EPIPE') this.#closed = true;
			else this.#failure ??= error;
		});
		// Whoever reads the warnings may go as well.
		stderr.on('error', () => {});
	}

	/** Writes a piece of the output. */
	async write(piece: string | Uint8Array): Promise<void> {
		if (typeof piece === 'string') {
			this.#pending += piece;
			if (this.terminal || this.#pending.length >= CHUNK) await this.flush();
		} else {
			await this.flush();
			await this.#send(piece);
		}
	}

	/**
	 * Writes what was gathered, and waits until it is out.
	 *
	 * @throws MachineError when the output cannot be written, as on a full disk
	 */
	async flush(): Promise<void> {
		const text = this.#pending;
		this.#pending = '';
		await this.#send(text);
	}

	async #send(piece: string | Uint8Array): Promise<void> {
		if (piece.length > 0 && !this.#closed) {
			this.#clearProgress();
			await new Promise<void>((resolve) => {
				this.#process.stdout.write(piece, (error: NodeJS.ErrnoException | null | undefined) => {
					if (error?.code === 'EPIPE') this.#closed = true;
					else if (error) this.#failure ??= error;
					resolve();
				});
			});
		}
		if (this.#failure) throw new MachineError(`cannot write the output: ${this.#failure.message}`);
	}

	async stdin(): Promise<Uint8Array> {
		const { stdin } = this.#process;
		if (stdin.isTTY) this.warn('reading from the terminal; Ctrl-D ends the input');
		const chunks: Uint8Array[] = [];
		try {
			for await (const chunk of stdin) chunks.push(chunk as Uint8Array);
			return Buffer.concat(chunks);
		} catch (error) {
			throw new MachineError(`cannot read the standard input: ${(error as Error).message}`);
		}
	}

	warn(message: string): void {
		this.tell(`mindhook: ${visibleLines(message)}\n`);
	}

	tell(text: string): void {
		this.#clearProgress();
		this.#process.stderr.write(text);
	}

	progress(text: string): void {
		const { stderr } = this.#process;
		const now = performance.now();
		if (!stderr.isTTY || now - this.#begin < PROGRESS_AFTER_MS || now - this.#shownAt < PROGRESS_EVERY_MS) return;
		this.#shownAt = now;
		this.#progressShown = true;
		stderr.write(`\r\x1b[K${text}`);
	}

	interruption(): AbortSignal {
		if (this.#interruption === undefined) {
			const controller = new AbortController();
			this.#interruption = controller.signal;
			// Only once: the second signal does what it does without anyone listening.
			for (const name of ['SIGINT', 'SIGTERM'] as const) {
				this.#process.once(name, () => controller.abort(new Interrupted('stopped before the work was done')));
			}
		}
		return this.#interruption;
	}

	/** Takes the progress line away. */
	#clearProgress(): void {
		if (!this.#progressShown) return;
		this.#progressShown = false;
		this.#process.stderr.write('\r\x1b[K');
	}

	/** At the end: nothing is left on the screen that is no answer. */
	close(): void {
		this.#clearProgress();
	}
}
