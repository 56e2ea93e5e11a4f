/**
 * What the page and its worker say to each other. The worker keeps the payload; the page only ever holds what it shows: a window of
 * rows, one page of text, the issues. Each topic has its calls, their types and what answers them in one file of `calls/`.
 */
import type { CompareCalls } from './calls/compare.js';
import type { ExportCalls } from './calls/exports.js';
import type { IdsCalls } from './calls/ids.js';
import type { MarkCalls } from './calls/marks.js';
import type { PayloadCalls } from './calls/payload.js';
import type { ProblemCalls } from './calls/problems.js';
import type { RawCalls } from './calls/raw.js';
import type { SignatureCalls } from './calls/signature.js';
import type { TextCalls } from './calls/text.js';
import type { TreeCalls } from './calls/tree.js';

/** One call: what is asked, and what is answered. */
export interface Call<Request, Answer> {
	request: Request;
	answer: Answer;
}

/** Every call by name. `document` is the number that the page gave to a payload when it opened it; a call about one that was left is answered `null`. */
export interface Calls
	extends PayloadCalls,
		TreeCalls,
		TextCalls,
		MarkCalls,
		RawCalls,
		ProblemCalls,
		IdsCalls,
		SignatureCalls,
		CompareCalls,
		ExportCalls {}

export type CallName = keyof Calls;

/** What answers the calls of one topic. */
export type Handlers<Topic> = {
	[Name in keyof Topic]: Topic[Name] extends Call<infer Request, infer Answer>
		? (request: Request) => Answer | Promise<Answer>
		: never;
};

/** A message to the worker. */
export type Ask = { [Name in CallName]: { serial: number; call: Name; request: Calls[Name]['request'] } }[CallName];

/** A message from the worker; `failure` is a fault of the page itself or a file that cannot be read, never a bad payload. */
export type Reply =
	| { serial: number; answer: Calls[CallName]['answer'] }
	| { serial: number; failure: string; of: 'page' | 'file' };
