/**
 * The process that takes the hostile requests: a receiver behind `node:http` or `nodeServer` with a SQLite inbox and small limits. It answers
 * its parent's questions about its memory; the parent reads the inbox file itself.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openInbox } from 'mindhook/inbox';
import { nodeListener, nodeServer } from 'mindhook/node';
import { createReceiver } from 'mindhook/receiver';

/** What the parent is told. Bytes. */
export interface Memory {
	readonly rss: number;
	/** What `Buffer`s and the like hold. */
	readonly buffers: number;
	/** The highest of each since the last `begin`. */
	readonly rssPeak: number;
	readonly buffersPeak: number;
	/** What the receiver made of each request since then, by its own account. */
	readonly outcomes: readonly string[];
}

const outcomes: string[] = [];

const peak = { rss: 0, buffers: 0 };

function look(): { rss: number; buffers: number } {
	const { rss, arrayBuffers } = process.memoryUsage();
	peak.rss = Math.max(peak.rss, rss);
	peak.buffers = Math.max(peak.buffers, arrayBuffers);
	return { rss, buffers: arrayBuffers };
}

/** Linux counts the highest mark itself, between two looks too. */
function kernelPeak(): number {
	try {
		return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0) * 1024;
	} catch {
		return 0;
	}
}

function resetPeaks(): void {
	try {
		writeFileSync('/proc/self/clear_refs', '5');
	} catch {
		// Elsewhere than on Linux the looks have to do.
	}
	Object.assign(peak, { rss: 0, buffers: 0 });
}

const inbox = await openInbox(`sqlite:${process.env.TEST_INBOX}`);
const receiver = createReceiver({
	inbox,
	onPayload() {},
	onError() {},
	observers: [{ event: (event) => event.type === 'request' && outcomes.push(event.outcome) }],
	...JSON.parse(process.env.TEST_RECEIVER ?? '{}'),
});
const limits = JSON.parse(process.env.TEST_SERVER ?? '{}');
const server = 'tls' in limits ? nodeServer(receiver, limits).server : createServer(limits, nodeListener(receiver));
server.listen(0, '127.0.0.1', 4096, () => process.send?.((server.address() as AddressInfo).port));

setInterval(look, 5).unref();
process.on('disconnect', () => process.exit());
process.on('message', async (question) => {
	if (question === 'begin') {
		(globalThis as { gc?: () => void }).gc?.();
		resetPeaks();
		outcomes.length = 0;
		process.send?.({ ...look(), rssPeak: 0, buffersPeak: 0, outcomes } satisfies Memory);
		return;
	}
	await receiver.idle();
	const { rss, buffers } = look();
	const rssPeak = Math.max(peak.rss, kernelPeak());
	process.send?.({ rss, buffers, rssPeak, buffersPeak: peak.buffers, outcomes } satisfies Memory);
});
