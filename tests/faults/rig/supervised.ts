import { setTimeout as sleep } from 'node:timers/promises';
import { ReceiverProcess, type StartOptions } from './receivers.js';

/** A receiver process that is started again whenever it has ended, as a service manager does. */
export class Supervised {
	/** How often it was started. */
	starts = 0;
	#current: ReceiverProcess | null = null;
	#isEnding = false;
	readonly #options: StartOptions;
	readonly #watching: Promise<void>;

	constructor(options: StartOptions) {
		this.#options = options;
		this.#watching = this.#watch();
	}

	/** `null` while nobody listens. */
	get port(): number | null {
		return this.#current?.port ?? null;
	}

	async listening(): Promise<void> {
		while (this.#current === null) await sleep(5);
	}

	/** Kills it; it comes back by itself. */
	async kill(): Promise<void> {
		const process = this.#current;
		this.#current = null;
		await process?.kill();
	}

	async close(): Promise<void> {
		await this.listening();
		this.#isEnding = true;
		await this.#current?.close();
		await this.#watching;
	}

	/** Ends it at once, for good. */
	async end(): Promise<void> {
		this.#isEnding = true;
		await this.kill();
		await this.#watching;
	}

	async #watch(): Promise<void> {
		while (!this.#isEnding) {
			const process = await ReceiverProcess.start(this.#options);
			this.starts += 1;
			if (process === null) {
				// The storage is not there yet.
				await sleep(200);
				continue;
			}
			if (this.#isEnding) return process.kill();
			this.#current = process;
			await process.ended;
			if (this.#current === process) this.#current = null;
		}
	}
}
