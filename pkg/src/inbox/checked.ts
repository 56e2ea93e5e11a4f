import type { Claim, ClaimRequest, InboxFilter, Lease, NewDelivery, PrunePolicy, Settlement } from './inbox.js';

/** A hundred years: no lease or pause is longer, so that its sum with a time of day is exact in every engine. */
const millisecondsMax = 100 * 365 * 86_400_000;

const settlements = ['handled', 'failed', 'dead', 'quarantined', 'released'] satisfies Settlement['state'][];

/** What both engines refuse before they write anything, each with a TypeError. */
export function checkDelivery({ endpoint, body, receivedAt }: NewDelivery): void {
	text('The endpoint of a delivery', endpoint);
	if (!(body instanceof Uint8Array)) throw new TypeError('The body of a delivery must be a Uint8Array.');
	date('receivedAt', receivedAt);
}

/** The length of a lease in whole milliseconds. */
export function leaseMilliseconds({ owner, milliseconds }: Lease): number {
	text('The owner of a lease', owner);
	if (milliseconds === 0) throw new TypeError('The milliseconds of a lease must be more than 0.');
	return wholeMilliseconds('The milliseconds of a lease', milliseconds);
}

/** A span of time as engines store it: whole. */
export function wholeMilliseconds(name: string, milliseconds: number): number {
	if (typeof milliseconds !== 'number' || !(milliseconds >= 0)) {
		throw new TypeError(`${name} must be a number that is not negative.`);
	}
	return Math.min(Math.ceil(milliseconds), millisecondsMax);
}

export function checkSettlement({ state }: Settlement): void {
	if (!(settlements as string[]).includes(state)) {
		throw new TypeError(`A delivery is settled as ${settlements.join(', ')}.`);
	}
}

export function checkFilter({ receivedSince, receivedBefore, limit }: InboxFilter): void {
	date('receivedSince', receivedSince);
	date('receivedBefore', receivedBefore);
	if (limit !== undefined) count('limit', limit);
}

export function checkPolicy({ olderThan, bodyBytesMax }: PrunePolicy): void {
	date('olderThan', olderThan);
	if (bodyBytesMax !== undefined) count('bodyBytesMax', bodyBytesMax);
}

/** Where it is not asked for, no delivery is counted among them. */
export function checkUnended(unended: ClaimRequest['unended']): Required<ClaimRequest>['unended'] {
	const { attempts, limit } = unended ?? { attempts: Number.MAX_SAFE_INTEGER, limit: 0 };
	return { attempts: count('unended.attempts', attempts), limit: count('unended.limit', limit) };
}

/** A whole number of things. */
export function count(name: string, value: number): number {
	if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`${name} must be a whole number of at least 0.`);
	return value;
}

/** A text that is not empty. */
export function text(name: string, value: string): string {
	if (typeof value !== 'string' || value === '') throw new TypeError(`${name} must be a text that is not empty.`);
	return value;
}

function date(name: string, value: Date | undefined): void {
	if (value !== undefined && !(value instanceof Date && !Number.isNaN(value.getTime()))) {
		throw new TypeError(`${name} must be a Date.`);
	}
}

/** Whether a claim can be one at all; any other counts no more than one that is over. */
export function isClaim({ id, token }: Claim): boolean {
	return Number.isSafeInteger(id) && Number.isSafeInteger(token);
}

/**
 * A text as every engine takes it and gives it back: PostgreSQL has no place for U+0000, Node 22.13 ends a text of SQLite there,
 * and neither has one for half a surrogate pair.
 */
export function storable(text: string): string {
	return text.toWellFormed().replaceAll('\0', '\ufffd');
}

export function storableOrNull(text: string | null | undefined): string | null {
	return text === null || text === undefined ? null : storable(text);
}
