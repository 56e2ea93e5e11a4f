/** Checks lists of endpoint IDs before they are sent. What an ID is, the core knows; here values are read without ever throwing. */
import { core } from './instance.js';
import { coreIssue } from './issue.js';
import type { Issue, WebhookIdsReport } from './types.js';

/** `MAX_ENTRIES` of the core: a longer list is refused before its entries are read. */
const MAX_ENTRIES = 1_000_000;

/** An entry as it crosses into the core: a string, or what stands in its place. */
type Entry = string | { other: string };

/** Thrown by {@link webhookIdsFormValue} for a list that the platform would refuse. */
export class WebhookIdsError extends TypeError {
	static override readonly name = 'WebhookIdsError';
	override readonly name = 'WebhookIdsError';
	/** Everything that was found; at least one of severity `error`. */
	readonly issues: Issue[];

	constructor(issues: Issue[]) {
		const errors = issues.filter((issue) => issue.severity === 'error');
		const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
		super(`${errors[0]?.code}: ${errors[0]?.message}${more}. ${errors[0]?.help ?? ''}`);
		this.issues = issues;
	}
}

/**
 * Checks a `webhook_ids` value of a program: an array of strings, and only that. A bare string is refused, even that of one valid ID;
 * its help shows the list to write. Text from outside has {@link webhookIdsFromText}, a form {@link webhookIdsFromForm}.
 *
 * Every ID must be a UUID of version 4 (RFC 9562). Never throws, whatever it is given; each entry is read once.
 *
 * @example
 * validateWebhookIds(['9F3C1A2B-4C5D-4E6F-8A9B-0C1D2E3F4A5B']);
 * // { ok: true, ids: ['9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b'], issues: [] }
 * validateWebhookIds('9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b').issues[0].help;
 * // 'A single endpoint must also be sent as a list. Write ["9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b"].'
 */
export function validateWebhookIds(input: unknown): WebhookIdsReport {
	if (typeof input === 'string') return refuse('text', input);
	const entries: Entry[] = [];
	// Only a list of strings as long as canonical IDs may be joined: a comma within an entry would pass for a separator.
	let joinable = true;
	let index = -1;
	try {
		if (!Array.isArray(input)) return refuse('other', describe(input));
		const length: unknown = input.length;
		if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) {
			return refuse('unreadable', 'its length is no whole number');
		}
		if (length > MAX_ENTRIES) return refuse('tooMany');
		for (index = 0; index < length; index++) {
			const entry: unknown = input[index];
			if (typeof entry === 'string') {
				joinable &&= entry.length === 36;
				entries.push(entry);
			} else {
				joinable = false;
				entries.push({ other: describe(entry) });
			}
		}
	} catch (cause) {
		return refuse('unreadable', `reading ${index < 0 ? 'it' : `entry ${index}`} threw ${thrown(cause)}`);
	}
	return answer(() => {
		if (joinable && entries.length > 0 && core().webhookIdsCanonical(entries.join())) {
			return { ok: true, ids: entries as string[], issues: [] };
		}
		return core().webhookIdsFromList(entries);
	});
}

/**
 * Checks a list that comes as text: a header, a file, an environment variable, the value of one form field.
 *
 * Understood are a JSON array, the vendor guide's unquoted `[A, B]`, a comma-separated list and one ID a line; quotes may be single,
 * double or missing. One ID alone is a list of one: so it goes over the wire. Places in issues are places in the text. Never throws.
 *
 * @example
 * webhookIdsFromText('[9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b]').ids; // ['9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b']
 */
export function webhookIdsFromText(text: string): WebhookIdsReport {
	if (typeof text !== 'string') return refuse('noText', describe(text));
	return answer(() => core().webhookIdsFromText(text));
}

/**
 * Checks the `webhook_ids` and `webhook_ids[]` fields of a form, repeated or comma-joined or both, as the official clients send them;
 * other fields are skipped. Entries count through all fields; offsets are within the field. Never throws.
 *
 * @param form a `FormData`, a `URLSearchParams` or any other `[name, value]` pairs
 *
 * @example
 * webhookIdsFromForm(new URLSearchParams('webhook_ids[]=9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b')).ids;
 * // ['9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b']
 */
export function webhookIdsFromForm(form: Iterable<readonly [string, unknown]>): WebhookIdsReport {
	if (typeof form === 'string') return refuse('noForm', 'it is text; `new URLSearchParams(text)` makes a form of it');
	// Names and values take turns.
	const fields: Entry[] = [];
	let count = 0;
	try {
		for (const field of form as Iterable<unknown>) {
			if (count === MAX_ENTRIES) return refuse('tooMany');
			if (!Array.isArray(field))
				return refuse('noForm', `field ${count} is ${describe(field)}, not a [name, value] pair`);
			count++;
			const name: unknown = field[0];
			// Misspelt names go along: the core warns of them.
			if (typeof name !== 'string' || !/webhook/i.test(name)) continue;
			const value: unknown = field[1];
			fields.push(name, typeof value === 'string' ? value : { other: describe(value) });
		}
	} catch (cause) {
		return refuse('noForm', `reading field ${count} threw ${thrown(cause)}`);
	}
	return answer(() => core().webhookIdsFromForm(fields));
}

/**
 * The text for the `webhook_ids` form field: canonical IDs joined by commas; `''` for an empty list.
 *
 * @throws WebhookIdsError when {@link validateWebhookIds} finds an error
 *
 * @example
 * form.append('webhook_ids', webhookIdsFormValue(['9F3C1A2B-4C5D-4E6F-8A9B-0C1D2E3F4A5B'])); // '9f3c1a2b-4c5d-4e6f-8a9b-0c1d2e3f4a5b'
 */
export function webhookIdsFormValue(ids: readonly string[]): string {
	const report = validateWebhookIds(ids);
	if (!report.ok) throw new WebhookIdsError(report.issues);
	return report.ids.join();
}

type Refusal = 'text' | 'other' | 'unreadable' | 'tooMany' | 'noText' | 'noForm';

function refuse(what: Refusal, detail = ''): WebhookIdsReport {
	return answer(() => core().webhookIdsRefuse(what, detail));
}

/** Asks the core; where it cannot run or stops, that is the report. */
function answer(ask: () => WebhookIdsReport): WebhookIdsReport {
	try {
		return ask();
	} catch (cause) {
		return { ok: false, ids: [], issues: [coreIssue(cause instanceof Error ? cause : new Error(thrown(cause)))] };
	}
}

/** Brands that a value can be asked for without running code of its own. */
const brands: [string, (value: unknown) => unknown][] = [
	['a String object (not a primitive)', (value) => String.prototype.valueOf.call(value)],
	['a Set', (value) => Set.prototype.has.call(value, 0)],
	['a Map', (value) => Map.prototype.has.call(value, 0)],
];

/** A value that is no string, in words; `typeof` and `isView` are safe on anything. */
function describe(value: unknown): string {
	if (value === null) return 'null';
	switch (typeof value) {
		case 'undefined':
			return 'undefined';
		case 'number':
		case 'boolean':
			return `${typeof value} ${value}`;
		case 'object':
			break;
		default:
			return `a ${typeof value}`;
	}
	try {
		if (Array.isArray(value)) return 'an array';
	} catch {
		return 'a revoked proxy';
	}
	if (ArrayBuffer.isView(value)) return 'a typed array';
	for (const [name, ask] of brands) {
		try {
			ask(value);
			return name;
		} catch {
			// Not that one.
		}
	}
	try {
		if (typeof Blob !== 'undefined' && value instanceof Blob) return 'a File';
	} catch {
		// A proxy that refuses to show its prototype.
	}
	return 'an object';
}

/** What was thrown, in words: it may itself refuse to be shown. */
function thrown(cause: unknown): string {
	try {
		return String(cause).slice(0, 200);
	} catch {
		return 'something that cannot be shown';
	}
}
