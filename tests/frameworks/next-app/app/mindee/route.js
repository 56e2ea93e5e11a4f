import { openInbox } from 'mindhook/inbox';
import { nextHandlers } from 'mindhook/next';
import { createReceiver } from 'mindhook/receiver';

export const { POST } = nextHandlers(async () =>
	createReceiver({
		secret: process.env.MINDEE_WEBHOOK_SECRET,
		inbox: await openInbox(process.env.INBOX_URL ?? 'sqlite:inbox.db'),
		onPayload: (payload) => console.log(payload.kind, payload.inferenceId),
	}),
);
