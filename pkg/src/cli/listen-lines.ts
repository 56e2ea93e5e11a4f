/** What `mindhook listen` tells of each event: one line. None holds a payload value or a secret. */
import type { ReceiverEvent } from 'mindhook/receiver';
import type { Paint, Style } from './paint.js';
import { lengthText, sizeText } from './quantities.js';
import { pad, visible } from './visible-text.js';

const settledWords = {
	handled: ['passed on', 'green'],
	failed: ['failed', 'yellow'],
	dead: ['dead', 'red'],
	quarantined: ['quarantined', 'red'],
} as const;

/**
 * The line of an event; `null` for what no one needs to see.
 *
 * @param why a delivery could not be passed on
 * @param terminal whether a person watches: then the time of day on this machine instead of the date in UTC
 */
export function eventLine(event: ReceiverEvent, why: string | null, paint: Paint, terminal: boolean): string | null {
	const line = (style: Style, word: string, ...parts: (string | number | null)[]): string => {
		const shown = parts.filter((part) => part !== null).map((part) => visible(String(part)));
		return `${paint('dim', timeText(terminal))}  ${paint(style, pad(word, 11))}  ${shown.join('  ')}`.trimEnd();
	};
	switch (event.type) {
		case 'request': {
			const { outcome, status, id, bytes, milliseconds } = event;
			const rest = [bytes === null ? null : sizeText(bytes), lengthText(milliseconds)];
			if (id === null) return line('red', 'refused', status, outcome, ...rest);
			return line(outcome === 'saved' ? 'blue' : 'dim', outcome, `#${id}`, ...rest);
		}
		case 'saved':
			return line('blue', event.duplicate ? 'duplicate' : 'fetched', `#${event.id}`, sizeText(event.bytes));
		case 'settled': {
			const { state, id, kind, attempt, milliseconds, retryMilliseconds, errorName, codes } = event;
			if (state === 'released') return null;
			const [word, style] = settledWords[state];
			const attempts = state === 'handled' && attempt === 1 ? null : `attempt ${attempt}`;
			if (state === 'handled') return line(style, word, `#${id}`, kind, attempts, lengthText(milliseconds));
			if (state === 'quarantined') return line(style, word, `#${id}`, codes.join(', '));
			const again = retryMilliseconds === null ? 'not tried again' : `again in ${lengthText(retryMilliseconds)}`;
			return line(style, word, `#${id}`, kind, attempts, again, why ?? errorName);
		}
		case 'claim_lost':
			return line('yellow', 'lost', `#${event.id}`, `attempt ${event.attempt}`, 'another process has it now');
		default:
			return null;
	}
}

/** `10:11:12`, or `2026-11-23T10:11:12Z` in a log. */
export function timeText(terminal: boolean): string {
	const now = new Date();
	return terminal ? now.toTimeString().slice(0, 8) : now.toISOString().replace(/\.\d+/, '');
}
