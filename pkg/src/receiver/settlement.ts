import type { Settlement } from 'mindhook/inbox';
import type { Ending } from './attempt.js';
import { errorName, errorText } from './error-text.js';
import type { ReceiverEvent } from './event.js';
import type { Job } from './job.js';
import { type RetryPolicy, retryMilliseconds } from './retry.js';

/** What is noted in the inbox for the end of an attempt. */
export function settlementOf(job: Job, ending: Ending, retry: RetryPolicy): Settlement {
	const isLast = job.attempt >= retry.attempts;
	const pause = retryMilliseconds(job.attempt, retry);
	switch (ending.state) {
		case 'handled':
		case 'quarantined':
			return ending;
		case 'cut': {
			// Its last attempt would be lost to our own closing.
			if (isLast) return { state: 'released' };
			const error = 'The receiver stopped the work before onPayload had finished.';
			return { state: 'failed', error, retryMilliseconds: pause, parsed: ending.parsed };
		}
		case 'failed': {
			const noted = { error: errorText(ending.error), parsed: ending.parsed };
			return isLast ? { state: 'dead', ...noted } : { state: 'failed', retryMilliseconds: pause, ...noted };
		}
	}
}

/**
 * The event for an end that was noted.
 *
 * @param ending `null` where nothing was begun
 * @param endedAt by `performance.now()`
 */
export function settledEvent(
	job: Job,
	ending: Ending | null,
	settlement: Settlement,
	endedAt: number,
): Extract<ReceiverEvent, { type: 'settled' }> {
	const parsed = ending !== null && 'parsed' in ending ? ending.parsed : undefined;
	return {
		type: 'settled',
		state: settlement.state,
		endpoint: job.delivery.endpoint,
		id: job.claim.id,
		attempt: job.attempt,
		kind: parsed?.kind ?? null,
		modelId: parsed?.modelId ?? null,
		milliseconds: endedAt - job.claimedAt,
		ageMilliseconds: Math.max(0, Date.now() - job.delivery.receivedAt.getTime()),
		errorName: ending?.state === 'failed' ? errorName(ending.error) : null,
		retryMilliseconds: settlement.state === 'failed' ? settlement.retryMilliseconds : null,
		codes: ending?.state === 'quarantined' ? [...new Set(ending.issues.map(({ code }) => code))] : [],
	};
}
