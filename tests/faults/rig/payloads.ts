import { createHash } from 'node:crypto';

/** The secret of every receiver here. */
export const secret = 'a secret of the fault suite';

/** A body as it will be posted, and what has to be found of it later. */
export interface Posted {
	readonly body: Buffer;
	readonly sha256: string;
	/** Its inference ID, which no other body has. */
	readonly id: string;
	/** Whether it is a payload; otherwise it has to be quarantined. */
	readonly readable: boolean;
}

/** What the handler is to do, told by the name of the file in the payload. */
export type Behaviour = 'handle' | 'throw' | 'hang' | 'exhaust-memory' | 'exhaust-memory-at-once';

/**
 * Makes bodies, each different: mostly small, some of 10 KB, a few of up to 160 KB; every other of those packs well, as real ones do. One
 * of 100 is no payload.
 */
export class PayloadMaker {
	readonly #random: () => number;
	#made = 0;

	constructor(random: () => number) {
		this.#random = random;
	}

	make(behaviour: Behaviour = 'handle'): Posted {
		this.#made += 1;
		const id = this.#id();
		const size = this.#random();
		const length = Math.floor(this.#random() * (size < 0.7 ? 300 : size < 0.96 ? 10_000 : 160_000));
		const text = JSON.stringify({
			inference_id: id,
			model_id: 'ee950e6b-8f5c-4cd5-9149-d5e9139e2d66',
			file_name: `${behaviour}.pdf`,
			file_alias: null,
			created_at: '2026-11-02T08:14:55.120394Z',
			error: { status: 500, title: 'Inference failed', detail: this.#noise(length), code: '500-012', errors: [] },
		});
		const readable = behaviour !== 'handle' || this.#random() >= 0.01;
		const body = Buffer.from(readable ? text : text.slice(0, -1));
		return { body, sha256: createHash('sha256').update(body).digest('hex'), id, readable };
	}

	#id(): string {
		const digits = Array.from({ length: 20 }, () => Math.floor(this.#random() * 16).toString(16)).join('');
		const number = this.#made.toString(16).padStart(12, '0');
		return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(12, 15)}-8${digits.slice(15, 18)}-${number}`;
	}

	/** Text that no page of a database holds by chance. */
	#noise(length: number): string {
		const unlike = this.#random() < 0.5 ? length : Math.min(length, 16_000);
		let text = '';
		while (text.length < unlike) text += this.#random().toString(36).slice(2);
		while (text.length < length) text += text;
		return text.slice(0, length);
	}
}
