/** The page's end of the worker: one promise per call. */
import { strings } from '../strings.js';
import type { CallName, Calls, Reply } from './protocol.js';
import PayloadWorker from './worker.js?worker';

/** The file cannot be read. */
export class FileFault extends Error {}

interface Waiting {
	resolve(answer: never): void;
	reject(error: Error): void;
}

const waiting = new Map<number, Waiting>();
let serial = 0;
let broken: Error | null = null;

// Started with the page, so that the core is warm before the first file arrives.
const worker = new PayloadWorker();

worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
	const caller = waiting.get(data.serial);
	waiting.delete(data.serial);
	if ('failure' in data) caller?.reject(data.of === 'file' ? new FileFault(data.failure) : new Error(data.failure));
	else caller?.resolve(data.answer as never);
});

worker.addEventListener('error', (event) => {
	broken = new Error(event.message || strings.noWorker);
	for (const caller of waiting.values()) caller.reject(broken);
	waiting.clear();
});

/** Asks the worker; rejects only for a fault of the page itself. */
export function ask<Name extends CallName>(
	call: Name,
	request: Calls[Name]['request'],
): Promise<Calls[Name]['answer']> {
	if (broken) return Promise.reject(broken);
	return new Promise((resolve, reject) => {
		waiting.set(++serial, { resolve, reject });
		worker.postMessage({ serial, call, request });
	});
}
