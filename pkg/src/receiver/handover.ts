import { type Issue, type Payload, safeParsePayload } from 'mindhook';
import type { Inbox, ParsedAs } from 'mindhook/inbox';

/** What is known of a delivery beside its payload. */
export interface Delivery {
	/** Its number in the inbox. */
	readonly id: number;
	readonly endpoint: string;
	readonly receivedAt: Date;
	/** The headers that were kept, names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly remoteAddress: string | null;
	/** 1 the first time, 2 when it had failed once, … */
	readonly attempt: number;
}

/** What the receiver was doing when something went wrong. */
export type Stage =
	/** Taking a request: nothing was saved, the sender was answered 503. */
	| 'receive'
	/** Looking for deliveries of an earlier run. */
	| 'recover'
	/** Reading the payload: the delivery is quarantined. */
	| 'parse'
	/** Running `onPayload`: the delivery is `failed`. */
	| 'handle'
	/** Reading or noting a delivery's state: it stays `received` and is handed over again after a restart. */
	| 'inbox';

/** Where an error happened. */
export interface ErrorContext {
	readonly stage: Stage;
	/** The delivery's number in the inbox, where there is one. */
	readonly id: number | null;
	/** For the stage `parse`: what is wrong with the payload. */
	readonly issues: readonly Issue[];
}

export type ReportError = (error: unknown, stage: Stage, id: number | null, issues?: readonly Issue[]) => void;

/** A delivery and its bytes. */
export interface DeliveryWithBody extends Delivery {
	readonly body: Uint8Array;
}

interface HandoverOptions {
	readonly inbox: Inbox;
	readonly onPayload: (payload: Payload, delivery: Delivery) => unknown;
	readonly concurrency: number;
	readonly report: ReportError;
}

/** How it went. */
type Result =
	| { readonly state: 'handled'; readonly parsed: ParsedAs }
	| { readonly state: 'failed'; readonly error: string; readonly parsed: ParsedAs | undefined }
	| { readonly state: 'quarantined'; readonly issues: readonly Issue[] };

/** An error's text is kept up to this length. */
const errorTextMax = 4_000;

/**
 * Hands saved deliveries to `onPayload`, a few at a time, oldest first, and notes in the inbox how it went.
 *
 * What waits is kept as numbers: only as many bodies are held as can be worked on, the others are read back in their turn.
 */
export class Handover {
	readonly #options: HandoverOptions;
	readonly #waiting = new Map<number, DeliveryWithBody | null>();
	readonly #running = new Set<Promise<void>>();
	#awake = false;
	#stopped = false;

	constructor(options: HandoverOptions) {
		this.#options = options;
	}

	/** Whether nothing waits and nothing runs. */
	get isIdle(): boolean {
		return this.#running.size === 0 && (this.#waiting.size === 0 || this.#stopped);
	}

	/** Puts a saved delivery in the queue; the answer to its sender goes out first. */
	add(id: number, delivery: DeliveryWithBody | null): void {
		const isNext = this.#waiting.size + this.#running.size < this.#options.concurrency;
		this.#waiting.set(id, isNext ? delivery : null);
		this.#wake();
	}

	/** Starts no more; resolves when what runs has ended. What waits stays `received` in the inbox. */
	async stop(): Promise<void> {
		this.#stopped = true;
		await Promise.all(this.#running);
	}

	/** Resolves when everything in the queue now, and all that is added meanwhile, has been dealt with. */
	async idle(): Promise<void> {
		while (!this.isIdle) {
			// A turn of the event loop where nothing runs yet, for what waits to begin.
			await (this.#running.size > 0 ? Promise.race(this.#running) : new Promise((resolve) => setTimeout(resolve, 0)));
		}
	}

	#wake(): void {
		if (this.#awake) return;
		this.#awake = true;
		setTimeout(() => {
			this.#awake = false;
			this.#startSome();
		}, 0);
	}

	#startSome(): void {
		for (const [id, delivery] of this.#waiting) {
			if (this.#stopped || this.#running.size >= this.#options.concurrency) return;
			this.#waiting.delete(id);
			const run = this.#handle(id, delivery)
				.catch((error: unknown) => this.#options.report(error, 'inbox', id))
				.finally(() => {
					this.#running.delete(run);
					if (this.#waiting.size > 0) this.#wake();
				});
			this.#running.add(run);
		}
	}

	/** Rejects only where the inbox fails. */
	async #handle(id: number, given: DeliveryWithBody | null): Promise<void> {
		const { inbox } = this.#options;
		const saved = given ?? (await this.#readBack(id));
		if (saved === null) return;
		const result = await this.#run(saved);
		if (result.state === 'handled') await inbox.markHandled(id, result.parsed);
		else if (result.state === 'failed') await inbox.markFailed(id, result.error, result.parsed);
		else await inbox.markQuarantined(id, result.issues);
	}

	async #run({ body, ...delivery }: DeliveryWithBody): Promise<Result> {
		const { onPayload, report } = this.#options;
		let parsed: ParsedAs | undefined;
		try {
			const result = safeParsePayload(body);
			if (!result.ok) {
				// The fault of the machine (no WebAssembly, a stopped core), not of the body: it may be read later.
				if (result.issues.some(({ code }) => code.startsWith('core.'))) throw new Error(summaryOf(result.issues));
				report(new Error(summaryOf(result.issues)), 'parse', delivery.id, result.issues);
				return { state: 'quarantined', issues: result.issues };
			}
			const { payload } = result;
			parsed = { kind: payload.kind, inferenceId: payload.inferenceId, modelId: payload.modelId };
			await onPayload(payload, delivery);
			return { state: 'handled', parsed };
		} catch (error) {
			report(error, 'handle', delivery.id);
			return { state: 'failed', error: textOf(error), parsed };
		}
	}

	async #readBack(id: number): Promise<DeliveryWithBody | null> {
		const entry = await this.#options.inbox.read(id);
		// Another receiver on the same inbox may have been faster.
		if (entry === null || entry.state !== 'received') return null;
		const { endpoint, receivedAt, headers, remoteAddress, attempts, body } = entry;
		return { id, endpoint, receivedAt, headers, remoteAddress, attempt: attempts + 1, body };
	}
}

function summaryOf(issues: readonly Issue[]): string {
	const first = issues.find((issue) => issue.severity === 'error') ?? issues[0];
	if (first === undefined) return 'The body cannot be read as a payload.';
	return `${first.message} (${first.code}, line ${first.line}, column ${first.column})`;
}

/** The text of whatever was thrown: a handler may throw anything, even what has no text. */
function textOf(error: unknown): string {
	let text: string;
	try {
		text = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
	} catch {
		text = 'something that cannot be shown as text was thrown';
	}
	return text.slice(0, errorTextMax);
}
