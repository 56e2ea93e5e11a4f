/** The worker: holds the core and the payloads, and answers the page's calls. */
import { compareCalls } from './calls/compare.js';
import { exportCalls } from './calls/exports.js';
import { idsCalls } from './calls/ids.js';
import { markCalls } from './calls/marks.js';
import { payloadCalls } from './calls/payload.js';
import { problemCalls } from './calls/problems.js';
import { rawCalls } from './calls/raw.js';
import { signatureCalls } from './calls/signature.js';
import { textCalls } from './calls/text.js';
import { treeCalls } from './calls/tree.js';
import { FileUnreadable, warmUp } from './core.js';
import type { Ask, CallName, Calls, Handlers, Reply } from './protocol.js';

const handlers: Handlers<Calls> = {
	...payloadCalls,
	...treeCalls,
	...textCalls,
	...markCalls,
	...rawCalls,
	...problemCalls,
	...idsCalls,
	...signatureCalls,
	...compareCalls,
	...exportCalls,
};

// Long calls take turns: another one is answered between their steps, and may make them needless.
addEventListener('message', ({ data }: MessageEvent<Ask>) => {
	void answer(data);
});

async function answer({ serial, call, request }: Ask): Promise<void> {
	let reply: Reply;
	try {
		const handler = handlers[call] as (request: Ask['request']) => Calls[CallName]['answer'];
		reply = { serial, answer: await handler(request) };
	} catch (fault) {
		const failure = fault instanceof Error ? fault.message : String(fault);
		reply = { serial, failure, of: fault instanceof FileUnreadable ? 'file' : 'page' };
	}
	postMessage(reply);
}

warmUp();
