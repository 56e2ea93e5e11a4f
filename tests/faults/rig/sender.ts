import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { signPayload } from 'mindhook';
import { type Posted, secret } from './payloads.js';

/** An answer; `null` in place of it where the connection broke. */
export interface Answer {
	readonly status: number;
	readonly outcome: string;
}

/** Posts signed bodies, as the platform does: whatever is not answered 200 is sent again. */
export class Sender {
	/** What was answered 200, by its hash. */
	readonly acknowledged = new Map<string, Posted>();
	/** How often each outcome was answered, and `broken` where no answer came. */
	readonly outcomes: Record<string, number> = {};
	readonly #port: () => number | null;
	readonly #agent: Agent;

	/** `port` may be another one each time, and `null` while nobody listens. */
	constructor(port: () => number | null, lanes = 64) {
		this.#port = port;
		this.#agent = new Agent({ keepAlive: true, maxSockets: lanes });
	}

	/** Sends it once. */
	async postOnce(posted: Posted, port = this.#port()): Promise<Answer | null> {
		const answer = port === null ? null : await this.#send(posted.body, port);
		const outcome = answer?.outcome ?? 'broken';
		this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
		if (answer?.status === 200) this.acknowledged.set(posted.sha256, posted);
		return answer;
	}

	/** Sends it until it is answered 200; gives up when `until` says so. */
	async post(posted: Posted, until: () => boolean = () => false): Promise<void> {
		while (!until()) {
			if (this.#port() !== null && (await this.postOnce(posted))?.status === 200) return;
			await sleep(10);
		}
	}

	/** Posts what `next` gives, in so many lanes, until it gives nothing more. */
	async pump(lanes: number, next: () => Posted | null, until?: () => boolean): Promise<void> {
		await Promise.all(
			Array.from({ length: lanes }, async () => {
				for (let posted = next(); posted !== null; posted = next()) await this.post(posted, until);
			}),
		);
	}

	close(): void {
		this.#agent.destroy();
	}

	#send(body: Buffer, port: number): Promise<Answer | null> {
		return new Promise((resolve) => {
			const sending = request(
				{
					host: '127.0.0.1',
					port,
					method: 'POST',
					agent: this.#agent,
					timeout: 60_000,
					headers: {
						'content-type': 'application/json',
						'content-length': body.length,
						'x-signature': signPayload(body, secret),
					},
				},
				(response) => {
					let text = '';
					response.setEncoding('utf8');
					response.on('data', (chunk) => {
						text += chunk;
					});
					response.on('error', () => resolve(null));
					// A status line that was cut off after it is no answer.
					response.on('close', () => resolve(null));
					response.on('end', () => {
						if (!response.complete) return resolve(null);
						resolve({ status: response.statusCode ?? 0, outcome: outcomeOf(text) });
					});
				},
			);
			sending.on('timeout', () => sending.destroy());
			sending.on('error', () => resolve(null));
			sending.end(body);
		});
	}
}

function outcomeOf(text: string): string {
	try {
		return String((JSON.parse(text) as { outcome?: unknown }).outcome);
	} catch {
		return 'unreadable answer';
	}
}
