import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClaimEngine, ClaimReader, type Reading } from './claim-reader.js';
import { type Claim, type InboxEntryWithBody, InboxError } from './inbox.js';
import { lease } from './inbox-suite.js';

const claims: Claim[] = [1, 2, 3, 4].map((id) => ({ id, token: 1 }));
const entry = ({ id }: Claim): InboxEntryWithBody => ({ id }) as InboxEntryWithBody;
const idsOf = (given: readonly { id: number }[]): number[] => given.map(({ id }) => id);

/** A reader before an engine that does what `changes` say, and all that it was told. */
function readerWith(
	changes: Partial<ClaimEngine<Claim>>,
	milliseconds?: number,
): {
	claim: () => Promise<number[]>;
	told: unknown[];
	reader: ClaimReader<Claim>;
} {
	const told: unknown[] = [];
	let due = [...claims];
	const reader = new ClaimReader<Claim>({
		read: async function* (rows) {
			for (const row of rows) yield entry(row);
		},
		spoil: async ({ id }, message, pauseMs) => void told.push(['spoil', id, message, pauseMs]),
		extend: async (held) => idsOf(held),
		release: async (left) => void told.push(['release', ...idsOf(left)]),
		...changes,
	});
	const next = async (): Promise<Claim[]> => {
		told.push('lease');
		return due.splice(0, 3);
	};
	due = [...claims];
	return { claim: async () => idsOf(await reader.claim(lease(milliseconds), next)), told, reader };
}

test('each delivery that cannot be read is put aside by itself, and the others are given', async () => {
	const { claim, told } = readerWith({
		read: async function* (rows) {
			for (const row of rows) {
				const faults: Record<number, Reading> = {
					1: new InboxError('damaged', 'torn'),
					2: new InboxError('key', 'no key'),
					3: new InboxError('open', 'disk'),
				};
				yield faults[row.id] ?? entry(row);
			}
		},
	});
	// All of the first three, and so the next ones are looked at too.
	assert.deepEqual(await claim(), [4]);
	assert.deepEqual(told, [
		'lease',
		['spoil', 1, 'torn', null],
		['spoil', 2, 'no key', 3_600_000],
		['spoil', 3, 'disk', 60_000],
		'lease',
	]);
	assert.deepEqual(await claim(), []);
});

test('when the storage fails, what was read is given, and the rest is let go', async () => {
	const { claim, told } = readerWith({
		read: async function* ([first]) {
			yield entry(first ?? assert.fail());
			throw new InboxError('open', 'the connection is gone');
		},
	});
	assert.deepEqual(await claim(), [1]);
	assert.deepEqual(told, ['lease', ['release', 2, 3]]);
});

test('where nothing could be read the claim is rejected, and all of it is let go', async () => {
	const { claim, told } = readerWith({
		// biome-ignore lint/correctness/useYield: it fails before.
		read: async function* () {
			throw new InboxError('open', 'the connection is gone');
		},
	});
	await assert.rejects(claim(), /the connection is gone/);
	assert.deepEqual(told, ['lease', ['release', 1, 2, 3]]);
});

test('a delivery whose reading breaks every time is put off when it has done so by itself, and holds up no other', async () => {
	// Such as one that ends the connection: that looks like a storage that is down.
	for (const broken of [1, 2]) {
		const due = new Set([1, 2, 3, 4]);
		const reads: number[][] = [];
		const { reader, told } = readerWith({
			read: async function* (rows) {
				reads.push(idsOf(rows));
				if (rows.some(({ id }) => id === broken)) throw new InboxError('open', 'the connection is gone');
				for (const row of rows) yield entry(row);
			},
			spoil: async ({ id }, ...why) => {
				told.push(['spoil', id, ...why]);
				due.delete(id);
			},
		});
		const given: number[] = [];
		for (let tries = 0; tries < 6; tries++) {
			const claimed = await reader
				.claim(lease(), async () => claims.filter(({ id }) => due.has(id)).slice(0, 3))
				.catch(() => []);
			for (const { id } of claimed) due.delete(id);
			given.push(...idsOf(claimed));
		}
		assert.deepEqual(
			given,
			[1, 2, 3, 4].filter((id) => id !== broken),
		);
		assert.deepEqual(
			told.filter((one) => String(one).startsWith('spoil')),
			[['spoil', broken, 'Reading it failed again and again: the connection is gone', 60_000]],
		);
		const alone = reads.filter((ids) => ids.length === 1 && ids[0] === broken);
		// Behind others it is first suspected when it is read by itself.
		assert.equal(alone.length, broken);
	}
});

test('one delivery that breaks the reading of all that are read with it is found in a few claims, wherever it stands', async () => {
	const due = new Set(Array.from({ length: 100 }, (_, index) => index + 1));
	const { reader, told } = readerWith({
		// All at once, so that nothing shows which of them it is.
		read: async function* (rows) {
			if (rows.some(({ id }) => id === 60)) throw new InboxError('open', 'the connection is gone');
			for (const row of rows) yield entry(row);
		},
		spoil: async ({ id }) => {
			told.push(['spoil', id]);
			due.delete(id);
		},
	});
	let claimsMade = 0;
	for (; due.size > 0 && claimsMade < 200; claimsMade += 1) {
		const next = async (): Promise<Claim[]> => [...due].slice(0, 64).map((id) => ({ id, token: 1 }));
		for (const { id } of await reader.claim(lease(), next).catch(() => [])) due.delete(id);
	}
	assert.deepEqual(
		told.filter((one) => String(one).startsWith('spoil')),
		[['spoil', 60]],
	);
	assert.ok(claimsMade <= 4, `${claimsMade} claims`);
});

test('a storage that is away for a moment while deliveries are read one by one puts off none of them', async () => {
	let reads = 0;
	const { reader, told } = readerWith({
		read: async function* (rows) {
			reads += 1;
			// All together, then the second of them by itself.
			if (reads === 1 || reads === 3) throw new InboxError('open', 'the connection is gone');
			for (const row of rows) yield entry(row);
		},
	});
	const claimOf = (from: number) => reader.claim(lease(), async () => claims.slice(from));
	await assert.rejects(claimOf(0), /the connection is gone/);
	assert.deepEqual(idsOf(await claimOf(0)), [1]);
	assert.deepEqual(idsOf(await claimOf(1)), [2, 3, 4]);
	assert.deepEqual(told, [
		['release', 1, 2, 3, 4],
		['release', 2, 3, 4],
	]);
});

test('what is somebody else’s by the time it is read is let go: nothing was begun, and its attempt is not counted', async () => {
	const { claim, told } = readerWith({
		read: async function* (rows) {
			for (const row of rows) yield row.id === 2 ? null : entry(row);
		},
	});
	assert.deepEqual(await claim(), [1, 3]);
	assert.deepEqual(told, ['lease', ['release', 2]]);
});

test('a storage that is down as a whole puts nothing off', async () => {
	const { reader, told } = readerWith({
		// biome-ignore lint/correctness/useYield: it fails before.
		read: async function* () {
			throw new InboxError('open', 'the connection is gone');
		},
		spoil: () => Promise.reject(new InboxError('write', 'the connection is gone, too')),
	});
	for (let tries = 0; tries < 3; tries++) {
		await assert.rejects(
			reader.claim(lease(), async () => claims),
			{ message: 'the connection is gone' },
		);
	}
	assert.deepEqual(told, Array(3).fill(['release', 1, 2, 3, 4]));
});

test('a delivery that cannot be put aside is let go like the rest', async () => {
	const { claim, told } = readerWith({
		read: async function* () {
			yield new InboxError('damaged', 'torn');
		},
		spoil: () => Promise.reject(new InboxError('write', 'read-only')),
	});
	await assert.rejects(claim(), /read-only/);
	assert.deepEqual(told, ['lease', ['release', 1, 2, 3]]);
});

test('what could not be let go is let go before anything else is leased', async () => {
	let isAway = true;
	const { claim, told, reader } = readerWith({
		// biome-ignore lint/correctness/useYield: it fails before.
		read: async function* (rows) {
			if (rows.length > 0) throw new InboxError('open', 'away');
		},
		release: async (left) => {
			told.push([isAway ? 'tried' : 'released', ...idsOf(left)]);
			if (isAway) throw new InboxError('write', 'away');
		},
	});
	await assert.rejects(claim(), /away/);
	isAway = false;
	await assert.rejects(claim(), /away/);
	await reader.letGo();
	assert.deepEqual(told, ['lease', ['tried', 1, 2, 3], ['released', 1, 2, 3], 'lease', ['released', 4]]);
});

test('what takes longer than its share of the lease is held on to; what was not begun by then is let go, what was lost is not given', async () => {
	// The one that was read before, and the one that is being read.
	for (const [lost, kept] of [
		[1, 2],
		[2, 1],
	]) {
		let extended = (): void => {};
		const isExtended = new Promise<void>((resolve) => {
			extended = resolve;
		});
		let wentOn = false;
		const engine: Partial<ClaimEngine<Claim>> = {
			read: async function* (rows) {
				const [first, second] = rows;
				yield entry(first ?? assert.fail());
				await isExtended;
				// Timers may go off a fraction of a millisecond before their time.
				await sleep(5);
				yield entry(second ?? assert.fail());
				// Thrown in here, it would pass for the storage's fault.
				wentOn = true;
			},
			extend: async (held) => {
				told.push(['extend', ...idsOf(held)]);
				extended();
				return idsOf(held).filter((id) => id !== lost);
			},
		};
		const { claim, told } = readerWith(engine, 3_000);
		assert.deepEqual(await claim(), [kept]);
		assert.deepEqual(told.slice(0, 2), ['lease', ['extend', 1, 2, 3]]);
		assert.deepEqual(told.at(-1), ['release', 3, lost]);
		assert.equal(wentOn, false);
	}
});
