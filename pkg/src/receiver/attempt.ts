import { type Issue, type Payload, safeParsePayload } from 'mindhook';
import type { ParsedAs } from 'mindhook/inbox';
import type { Job } from './job.js';
import type { OnPayload } from './options.js';

/** How an attempt ended. */
export type Ending =
	| { readonly state: 'handled'; readonly parsed: ParsedAs }
	| { readonly state: 'failed'; readonly error: unknown; readonly parsed: ParsedAs | undefined }
	| { readonly state: 'quarantined'; readonly issues: readonly Issue[] }
	/** `onPayload` was stopped by us before it had finished: that says nothing about the payload. */
	| { readonly state: 'cut'; readonly parsed: ParsedAs | undefined };

export interface AttemptOptions {
	/** Who takes a payload. */
	readonly handlerOf: (endpoint: string, payload: Payload) => OnPayload;
	readonly milliseconds: number;
	/** Told when a handler goes on after its attempt has ended (1), and when it ends after all (-1). */
	readonly onRunaway: (change: 1 | -1) => void;
}

/** Reads a delivery and hands it over. Never throws or rejects; a promise comes only from a handler that gives one. */
export function attempt(job: Job, options: AttemptOptions): Ending | Promise<Ending> {
	let parsed: ParsedAs | undefined;
	try {
		const result = safeParsePayload(job.body);
		if (!result.ok) {
			// The fault of the machine (no WebAssembly, a stopped core), not of the body: it may be read later.
			if (result.issues.some(({ code }) => code.startsWith('core.'))) throw new Error(summaryOf(result.issues));
			return { state: 'quarantined', issues: result.issues };
		}
		const { payload } = result;
		const { kind, inferenceId, modelId, jobId } = payload;
		parsed = { kind, inferenceId, modelId, jobId };
		const handler = options.handlerOf(job.delivery.endpoint, payload);
		const given: unknown = handler(payload, job.delivery);
		if (typeof (given as PromiseLike<unknown> | null | undefined)?.then !== 'function') {
			return { state: 'handled', parsed };
		}
		return ending(given as PromiseLike<unknown>, parsed, job, options);
	} catch (error) {
		return { state: 'failed', error, parsed };
	}
}

/** Waits for a handler, but not for ever. */
function ending(given: PromiseLike<unknown>, parsed: ParsedAs, job: Job, options: AttemptOptions): Promise<Ending> {
	return new Promise((resolve) => {
		let isOver = false;
		const end = (ending: Ending): boolean => {
			if (isOver) return false;
			isOver = true;
			clearTimeout(timer);
			job.cut = null;
			resolve(ending);
			return true;
		};
		const leave = (ending: Ending): void => {
			if (end(ending)) options.onRunaway(1);
		};
		const timer = setTimeout(() => {
			const error = new DOMException(
				`onPayload took longer than ${options.milliseconds} ms (limits.handlerMilliseconds).`,
				'TimeoutError',
			);
			job.abort(error);
			leave({ state: 'failed', error, parsed });
		}, options.milliseconds);
		job.cut = () => leave({ state: 'cut', parsed });
		Promise.resolve(given).then(
			() => {
				if (!end({ state: 'handled', parsed })) options.onRunaway(-1);
			},
			(error: unknown) => {
				// Told to stop, most handlers reject: with what was thrown nobody could do anything.
				const ending: Ending = job.isAborted ? { state: 'cut', parsed } : { state: 'failed', error, parsed };
				if (!end(ending)) options.onRunaway(-1);
			},
		);
	});
}

/** What is wrong with a body, in one line. */
export function summaryOf(issues: readonly Issue[]): string {
	const first = issues.find((issue) => issue.severity === 'error') ?? issues[0];
	if (first === undefined) return 'The body cannot be read as a payload.';
	return `${first.message} (${first.code}, line ${first.line}, column ${first.column})`;
}
