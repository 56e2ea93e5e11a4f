/**
 * An inbox that has not answered for so long never will: the question was lost with a connection, say. Many times what our own
 * inboxes take at most, because what is given up here is asked for again.
 */
export const answerMs = 60_000;

/** A timer that does not keep the process alive. */
export function withoutWaiting(milliseconds: number, then: () => void): ReturnType<typeof setTimeout> {
	const timer = setTimeout(then, Math.min(milliseconds, 2 ** 31 - 1));
	(timer as { unref?(): void }).unref?.();
	return timer;
}

/** What an inbox answers. Rejects where it throws or rejects, and where it gives no answer in that time. */
export async function inTime<Answer>(milliseconds: number, ask: () => Promise<Answer>): Promise<Answer> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<never>((_resolve, reject) => {
		const error = (): Error => new Error(`The inbox gave no answer within ${milliseconds} ms.`);
		timer = withoutWaiting(milliseconds, () => reject(error()));
	});
	try {
		return await Promise.race([ask(), late]);
	} finally {
		clearTimeout(timer);
	}
}
