/** What happened lately, numbered, for readers who read at their own pace. */
import { randomBytes } from 'node:crypto';
import type { LiveEvent } from './live-protocol.js';

/** So many characters are kept for readers that lag behind, or come back. */
const charactersMax = 1_000_000;

/** An event as it goes over the wire, without its number. */
const textOf = ({ name, data }: LiveEvent): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** The newest events. What no longer fits is forgotten: a reader that lags behind learns that it missed something. */
export class EventLog {
	readonly #standing: () => readonly LiveEvent[];
	/** Tells this log from an earlier one, whose numbers mean nothing here. */
	readonly #name = randomBytes(6).toString('base64url');
	#texts: string[] = [];
	#characters = 0;
	/** Number of the first text. */
	#first = 1;

	/** `standing` gives what a reader that missed something is told beside that. */
	constructor(standing: () => readonly LiveEvent[]) {
		this.#standing = standing;
	}

	append(event: LiveEvent): void {
		const text = textOf(event);
		this.#texts.push(text);
		this.#characters += text.length;
		let left = 0;
		while (this.#characters > charactersMax) this.#characters -= (this.#texts[left++] as string).length;
		if (left > 0) {
			this.#texts.splice(0, left);
			this.#first += left;
		}
	}

	/** The number of the newest event. */
	get last(): number {
		return this.#first + this.#texts.length - 1;
	}

	/** The text of an event; `null` where it is forgotten. */
	at(number: number): string | null {
		const text = this.#texts[number - this.#first];
		return text === undefined ? null : `id: ${this.#name}.${number}\n${text}`;
	}

	/** That something was missed up to the newest event, and how things stand now. */
	gap(): string {
		const events: LiveEvent[] = [{ name: 'gap', data: null }, ...this.#standing()];
		return `id: ${this.#name}.${this.last}\n${events.map(textOf).join('')}`;
	}

	/** The number in the `Last-Event-ID` of a reader that comes back; `null` where it is not one of this log. */
	numberOf(id: string | undefined): number | null {
		const [name, number] = (id ?? '').split('.');
		if (name !== this.#name || !/^\d{1,15}$/.test(number ?? '')) return null;
		return Number(number) >= this.#first - 1 && Number(number) <= this.last ? Number(number) : null;
	}
}
