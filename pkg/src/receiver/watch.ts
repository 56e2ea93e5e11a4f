import { errorName } from './error-text.js';
import type { Observer, ReceiverEvent } from './event.js';

/** Takes what an observer throws. */
export type OnObserverError = (error: unknown) => void;

/** Tells the observers of a receiver what happens, whatever they do with it. */
export class Watch {
	readonly #observers: readonly Observer[];
	readonly #surrounding: readonly Observer[];
	readonly #onError: OnObserverError;

	constructor(observers: readonly Observer[], onError: OnObserverError) {
		this.#observers = observers.filter((observer) => typeof observer.event === 'function');
		this.#surrounding = observers.filter((observer) => typeof observer.around === 'function');
		this.#onError = onError;
	}

	/** Whether anybody wants events: where nobody does, none has to be made. */
	get isOn(): boolean {
		return this.#observers.length > 0;
	}

	tell(event: ReceiverEvent): void {
		for (const observer of this.#observers) {
			try {
				const given: unknown = observer.event?.(event);
				// An async function passes for one that gives nothing, and what it rejects with would end the process.
				if (given instanceof Promise) given.catch(this.#onError);
			} catch (error) {
				this.#onError(error);
			}
		}
	}

	/** Tells of a fault behind the answer. */
	fault(stage: Extract<ReceiverEvent, { type: 'fault' }>['stage'], id: number | null, error: unknown): void {
		if (this.isOn) this.tell({ type: 'fault', stage, id, errorName: errorName(error) });
	}

	/** Runs a piece of work within what the observers put around it. It runs once, whatever they do. */
	around<Result>(
		name: 'receive' | 'handle',
		attributes: () => Readonly<Record<string, string | number>>,
		work: () => Promise<Result>,
	): Promise<Result> {
		if (this.#surrounding.length === 0) return work();
		const given = attributes();
		let run = work;
		for (const observer of this.#surrounding) {
			const inner = run;
			run = () => this.#within(observer, name, given, inner);
		}
		return run();
	}

	#within<Result>(
		observer: Observer,
		name: 'receive' | 'handle',
		attributes: Readonly<Record<string, string | number>>,
		work: () => Promise<Result>,
	): Promise<Result> {
		let running: Promise<Result> | undefined;
		const once = (): Promise<Result> => {
			running ??= work();
			return running;
		};
		try {
			// What it makes of the work's result does not count, and it is not waited for.
			observer.around?.(name, attributes, once)?.then(undefined, this.#onError);
		} catch (error) {
			this.#onError(error);
		}
		return once();
	}
}
