/** Passes saved deliveries on to another server, as the handler of a receiver. */
import type { OnPayload } from 'mindhook/receiver';
import { isTaken, type Poster, postError } from './post.js';

const answerMs = 30_000;

/** A delivery could not be passed on. */
class ForwardError extends Error {
	override readonly name = 'ForwardError';

	constructor(message: string) {
		super(message);
		// It is kept in the inbox, for people: where in this program it was made tells them nothing.
		this.stack = `${this.name}: ${message}`;
	}
}

/** A handler that has done its work when the other server has taken the delivery (2xx). `onFailure` is told why one was not taken. */
export function forwardWith(poster: Poster, onFailure: (id: number, why: string) => void): OnPayload {
	return async (payload, delivery) => {
		let why: string;
		try {
			const signal = AbortSignal.any([delivery.signal, AbortSignal.timeout(answerMs)]);
			const status = await poster.post({ ...delivery, body: payload.raw }, signal);
			if (isTaken(status)) return;
			why = `the target answered ${status}${status >= 300 && status < 400 ? '; redirects are not followed' : ''}`;
		} catch (error) {
			why = postError(error);
		}
		onFailure(delivery.id, why);
		throw new ForwardError(why);
	};
}
