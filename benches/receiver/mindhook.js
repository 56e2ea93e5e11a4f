/**
 * mindhook: the signature is checked, the bytes are durable before the 200; then the payload is parsed, handed to a handler that does
 * nothing, and settled. With `--prune` what was handled is removed again and again, as a long-running receiver does.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openInbox } from 'mindhook/inbox';
import { nodeListener } from 'mindhook/node';
import { createReceiver } from 'mindhook/receiver';
import { folder, SECRET, serve } from './server.js';

const PRUNE_EACH_MS = 2_000;
const file = join(folder, 'inbox.db');
const inbox = await openInbox(`sqlite:${file}`);
let handled = 0;
let faults = 0;
const receiver = createReceiver({
	secret: SECRET,
	inbox,
	onPayload() {
		handled += 1;
	},
	onError(error, { stage }) {
		faults += 1;
		if (faults <= 3) console.error(stage, error);
	},
});

serve(nodeListener(receiver), async () => {
	await receiver.idle();
	return { handled, faults, stored: statSync(file).size };
});

if (process.argv.includes('--prune')) {
	const prune = async () => {
		try {
			await inbox.prune({ olderThan: new Date() });
		} catch (error) {
			console.error('prune', error);
		}
		setTimeout(prune, PRUNE_EACH_MS);
	};
	setTimeout(prune, PRUNE_EACH_MS);
}
