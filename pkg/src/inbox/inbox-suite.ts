import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Issue } from 'mindhook';
import { type Inbox, InboxError, type InboxErrorCode, type NewDelivery } from 'mindhook/inbox';

/** Storage that begins empty. */
export interface Storage {
	/** Opens an inbox on it; several may be open at a time, as by several processes. */
	open(): Promise<Inbox>;
	/** Makes every write fail until the function it gives is called. */
	refuseWrites(): () => void;
	/** Removes it; every inbox on it has been closed. */
	remove(): void;
}

/** What every engine has to do. `create` makes fresh storage for one test. */
export function inboxSuite(engine: string, create: () => Storage): void {
	const inboxTest = (sentence: string, body: (inbox: Inbox, storage: Storage) => Promise<void>): void => {
		test(sentence, async () => {
			const storage = create();
			const inbox = await storage.open();
			try {
				await body(inbox, storage);
			} finally {
				await inbox.close();
				storage.remove();
			}
		});
	};

	describe(`inbox on ${engine}`, () => {
		inboxTest(
			'a saved delivery comes back with exactly its bytes, from another connection too',
			async (inbox, storage) => {
				const body = Uint8Array.from({ length: 70_000 }, (_, index) => index & 0xff);
				const receivedAt = new Date('2026-11-23T10:11:12.345Z');
				const headers = { 'content-type': 'application/json', 'x-signature': 'abc' };
				const { id, duplicate } = await inbox.save({
					endpoint: 'invoices',
					body,
					headers,
					remoteAddress: '192.0.2.7',
					receivedAt,
				});
				assert.equal(duplicate, false);

				const other = await storage.open();
				const { body: bytes, ...entry } = (await other.read(id)) ?? assert.fail('not found');
				await other.close();
				assert.deepEqual(Buffer.from(bytes), Buffer.from(body));
				assert.deepEqual(entry, {
					id,
					endpoint: 'invoices',
					bodySha256: createHash('sha256').update(body).digest('hex'),
					bodyBytes: 70_000,
					headers,
					remoteAddress: '192.0.2.7',
					receivedAt,
					state: 'received',
					attempts: 0,
					lastError: null,
					issues: [],
					kind: null,
					inferenceId: null,
					modelId: null,
				});
			},
		);

		inboxTest('an empty body, and bytes that are no text, are saved as they are', async (inbox) => {
			for (const body of [new Uint8Array(0), Uint8Array.of(0, 0xff, 0xfe, 0xc3, 0x28, 0)]) {
				const { id } = await inbox.save({ endpoint: 'a', body });
				assert.deepEqual([...((await inbox.read(id))?.body ?? assert.fail('not found'))], [...body]);
			}
		});

		inboxTest('a view into a larger buffer is saved without its surroundings', async (inbox) => {
			const { id } = await inbox.save({ endpoint: 'a', body: new TextEncoder().encode('[1234]').subarray(1, 5) });
			assert.equal(Buffer.from((await inbox.read(id))?.body ?? []).toString(), '1234');
		});

		inboxTest('the same body at the same endpoint is saved once', async (inbox) => {
			const first = await inbox.save(delivery('same'));
			assert.deepEqual(await inbox.save(delivery('same')), { id: first.id, duplicate: true });
			assert.equal((await inbox.list()).length, 1);
		});

		inboxTest('the same body at another endpoint is another delivery', async (inbox) => {
			const first = await inbox.save(delivery('same', 'staging'));
			const second = await inbox.save(delivery('same', 'prod'));
			assert.equal(second.duplicate, false);
			assert.notEqual(second.id, first.id);
		});

		inboxTest('64 concurrent saves of one body, through two connections, make one row', async (inbox, storage) => {
			const other = await storage.open();
			const results = await Promise.all(
				Array.from({ length: 64 }, (_, index) => (index % 2 === 0 ? inbox : other).save(delivery('same'))),
			);
			await other.close();
			assert.equal(results.filter(({ duplicate }) => !duplicate).length, 1);
			assert.equal(new Set(results.map(({ id }) => id)).size, 1);
			assert.equal((await inbox.list()).length, 1);
		});

		inboxTest('saves of one turn that are different are all kept', async (inbox) => {
			const results = await Promise.all(Array.from({ length: 700 }, (_, index) => inbox.save(delivery(String(index)))));
			assert.equal(new Set(results.map(({ id }) => id)).size, 700);
			for (const index of [0, 350, 699]) {
				assert.equal(text(await inbox.read(results[index]?.id ?? 0)), String(index));
			}
		});

		inboxTest('marks change the state, count attempts, and leave the bytes alone', async (inbox) => {
			const { id } = await inbox.save(delivery('body'));
			await inbox.markFailed(id, 'Error: no room', { kind: 'ocr', inferenceId: 'inference', modelId: null });
			const failed = await inbox.read(id);
			assert.deepEqual(
				[failed?.state, failed?.attempts, failed?.lastError, failed?.kind, failed?.inferenceId, failed?.modelId],
				['failed', 1, 'Error: no room', 'ocr', 'inference', null],
			);
			await inbox.markHandled(id, { kind: 'ocr', inferenceId: 'inference', modelId: 'model' });
			const handled = await inbox.read(id);
			assert.deepEqual(
				[handled?.state, handled?.attempts, handled?.lastError, handled?.modelId, text(handled)],
				['handled', 2, null, 'model', 'body'],
			);
		});

		inboxTest('a quarantined delivery keeps its issues and counts no attempt', async (inbox) => {
			const { id } = await inbox.save(delivery('{'));
			await inbox.markQuarantined(id, [issue]);
			const entry = await inbox.read(id);
			assert.deepEqual([entry?.state, entry?.attempts, entry?.issues], ['quarantined', 0, [issue]]);
		});

		inboxTest('marking a delivery that is not there is refused', async (inbox) => {
			await assert.rejects(inbox.markFailed(7, 'x'), withCode('not_found'));
			assert.equal(await inbox.read(7), null);
		});

		inboxTest('pending gives what is received, oldest first, of one endpoint if asked', async (inbox) => {
			const ids: number[] = [];
			for (const [body, endpoint] of [['1'], ['2', 'b'], ['3'], ['4'], ['5']] as const) {
				ids.push((await inbox.save(delivery(body, endpoint))).id);
			}
			const [first, second, third, fourth, fifth] = ids as [number, number, number, number, number];
			await inbox.markHandled(first, { kind: 'job', inferenceId: null, modelId: null });
			await inbox.markFailed(third, 'x');
			await inbox.markQuarantined(fourth, [issue]);
			assert.deepEqual(await inbox.pending(), [second, fifth]);
			assert.deepEqual(await inbox.pending({ endpoint: 'a' }), [fifth]);
		});

		inboxTest('list gives the newest first, narrowed by each key of the filter, page by page', async (inbox) => {
			const ids: number[] = [];
			for (const body of ['1', '2', '3', '4']) ids.push((await inbox.save(delivery(body))).id);
			ids.push((await inbox.save(delivery('5', 'b'))).id);
			await inbox.markHandled(ids[1] ?? 0, { kind: 'split', inferenceId: null, modelId: null });
			const listed = async (filter: Parameters<Inbox['list']>[0]): Promise<string[]> => {
				const entries = await inbox.list(filter);
				return Promise.all(entries.map(async ({ id }) => text(await inbox.read(id))));
			};
			assert.deepEqual(await listed({}), ['5', '4', '3', '2', '1']);
			assert.deepEqual(await listed({ limit: 2 }), ['5', '4']);
			assert.deepEqual(await listed({ limit: 2, before: ids[3] ?? 0 }), ['3', '2']);
			assert.deepEqual(await listed({ endpoint: 'b' }), ['5']);
			assert.deepEqual(await listed({ state: 'handled' }), ['2']);
			assert.deepEqual(await listed({ kind: 'split' }), ['2']);
			assert.deepEqual(await listed({ endpoint: 'a', state: 'received', before: ids[3] ?? 0 }), ['3', '1']);
		});

		inboxTest(
			'a write that fails is rejected, leaves nothing, and the next one goes through',
			async (inbox, storage) => {
				const allow = storage.refuseWrites();
				const results = await Promise.allSettled([inbox.save(delivery('1')), inbox.save(delivery('2'))]);
				for (const result of results) {
					assert.ok(result.status === 'rejected' && withCode('write')(result.reason), JSON.stringify(result));
				}
				assert.deepEqual(await inbox.list(), []);
				allow();
				assert.equal((await inbox.save(delivery('1'))).duplicate, false);
			},
		);

		inboxTest('close finishes what was asked for, then everything is refused', async (inbox, storage) => {
			const saving = inbox.save(delivery('last'));
			const closing = inbox.close();
			const { id } = await saving;
			await closing;
			await inbox.close();
			await assert.rejects(inbox.save(delivery('late')), withCode('closed'));
			await assert.rejects(inbox.read(id), withCode('closed'));
			await assert.rejects(inbox.list(), withCode('closed'));
			await assert.rejects(inbox.pending(), withCode('closed'));
			const again = await storage.open();
			assert.equal(text(await again.read(id)), 'last');
			await again.close();
		});
	});
}

/** Whether an error is an {@link InboxError} of that code; for `assert.rejects`. */
export function withCode(code: InboxErrorCode): (error: unknown) => boolean {
	return (error) => error instanceof InboxError && error.code === code;
}

const issue: Issue = {
	code: 'json.syntax',
	severity: 'error',
	pointer: '',
	offset: 1,
	length: 0,
	line: 1,
	column: 2,
	columnUtf16: 2,
	message: 'The body ends too early.',
};

function delivery(body: string, endpoint = 'a'): NewDelivery {
	return { endpoint, body: new TextEncoder().encode(body) };
}

function text(entry: { body: Uint8Array } | null | undefined): string {
	return new TextDecoder().decode(entry?.body ?? assert.fail('not found'));
}
