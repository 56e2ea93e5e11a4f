import { type Payload, signPayload } from 'mindhook';
import {
	createReceiver,
	type Delivery,
	type ErrorContext,
	type IncomingDelivery,
	type Receiver,
	type ReceiverEvent,
	type ReceiverOptions,
} from 'mindhook/receiver';
import { type InboxInMemory, inboxInMemory } from './inbox-in-memory.js';

/** What the tests of the receiver sign with. */
export const secret = 'a secret of the tests';

/** A receiver under test, and all that it did. */
export interface Fixture {
	readonly inbox: InboxInMemory;
	readonly receiver: Receiver;
	readonly handled: { payload: Payload; delivery: Delivery }[];
	readonly errors: { error: unknown; context: ErrorContext }[];
	readonly events: ReceiverEvent[];
}

/** A receiver before an inbox in memory; its handler takes everything unless `options` has another. */
export function receiverWith(options: Partial<ReceiverOptions> = {}, inbox = inboxInMemory()): Fixture {
	const handled: Fixture['handled'] = [];
	const errors: Fixture['errors'] = [];
	const events: Fixture['events'] = [];
	const receiver = createReceiver({
		...('endpoints' in options ? {} : { secret }),
		inbox,
		onPayload: (payload, delivery) => handled.push({ payload, delivery }),
		onError: (error, context) => errors.push({ error, context }),
		observers: [{ event: (event) => events.push(event) }],
		...options,
	});
	return { inbox, receiver, handled, errors, events };
}

/** The model of {@link failureBody}. */
export const modelId = 'ee950e6b-8f5c-4cd5-9149-d5e9139e2d66';

/** A valid payload, another one for each `id`. */
export function failureBody(id: string | number, model = modelId): Uint8Array {
	const error = { status: 500, title: 'Inference failed', detail: 'Page 3 is empty.', code: '500-012', errors: [] };
	return new TextEncoder().encode(
		JSON.stringify({
			inference_id: `64abcf17-cbee-4807-802a-${String(id).padStart(12, '0')}`,
			model_id: model,
			file_name: 'quittung.heic',
			created_at: '2026-11-02T08:14:55.120394Z',
			error,
		}),
	);
}

/** A delivery as it should be, of the payload {@link failureBody} 1 unless told otherwise. */
export function request(changes: Partial<IncomingDelivery> = {}, bytes: Uint8Array = failureBody(1)): IncomingDelivery {
	const headers = { 'content-type': 'application/json', 'x-signature': signPayload(bytes, secret) };
	return { method: 'POST', headers, body: bytes, remoteAddress: '192.0.2.7', ...changes };
}

/** Resolves when that is so; the test's own time limit is the one that counts. */
export async function until(isSo: () => boolean): Promise<void> {
	while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** A promise and the two ways to end it. */
export function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
	let resolve = (): void => {};
	let reject = (_: unknown): void => {};
	const promise = new Promise<void>((good, bad) => {
		resolve = good;
		reject = bad;
	});
	return { promise, resolve, reject };
}
