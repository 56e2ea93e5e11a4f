import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openInbox } from 'mindhook/inbox';
import { claimOf, delivery, handled, lease, parsedAs, problemsOf, text, withCode } from './inbox-suite.js';
import { admit, type Place, type Sealer, sealerOf } from './sealing.js';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasSqlite = major > 22 || (major === 22 && minor >= 13);

const first = '11'.repeat(32);
const second = Buffer.alloc(32, 0x22).toString('base64');
const place: Place = ['invoices', 'ab'.repeat(32), 'body'];
const bytes = new TextEncoder().encode('{"total": 12}');

async function sealerFor(...keys: string[]): Promise<Sealer> {
	return (await sealerOf(keys)) ?? assert.fail('no sealer');
}

describe('sealing', () => {
	test('what was sealed is opened with the same key at the same place, and looks different each time', async () => {
		const sealer = await sealerFor(first);
		for (const content of [bytes, new Uint8Array(0), randomBytes(100_000)]) {
			const [one, other] = [await sealer.seal(content, place), await sealer.seal(content, place)];
			assert.notDeepEqual(one, other);
			assert.equal(one.byteLength, content.byteLength + 33);
			for (const sealed of [one, other]) assert.deepEqual([...(await sealer.open(sealed, place))], [...content]);
		}
		const sealed = await sealer.sealText('{"a":"ü"}', place);
		assert.match(sealed, /^sealed:[A-Za-z0-9+/=]+$/);
		assert.equal(await sealer.openText(sealed, place), '{"a":"ü"}');
	});

	test('at another endpoint, for another body or in another column it does not open', async () => {
		const sealer = await sealerFor(first);
		const sealed = await sealer.seal(bytes, place);
		for (const other of [
			['receipts', place[1], place[2]],
			[place[0], 'cd'.repeat(32), place[2]],
			[place[0], place[1], 'headers'],
			[`${place[0]}","${place[1]}`, place[1], place[2]],
		] as const) {
			await assert.rejects(sealer.open(sealed, other), isCode('damaged'));
		}
	});

	test('a change of any byte is noticed', async () => {
		const sealer = await sealerFor(first);
		const sealed = await sealer.seal(bytes, place);
		for (let index = 0; index < sealed.byteLength; index += 1) {
			const changed = Uint8Array.from(sealed, (byte, at) => (at === index ? byte ^ 1 : byte));
			await assert.rejects(
				sealer.open(changed, place),
				isCode(index >= 1 && index <= 4 ? 'key' : 'damaged'),
				`${index}`,
			);
		}
		for (const length of [0, 1, 16, 32, sealed.byteLength - 1]) {
			await assert.rejects(sealer.open(sealed.subarray(0, length), place), isCode('damaged'), `${length}`);
		}
	});

	test('another key does not open it, and the message says which is needed; the first of several seals, all open', async () => {
		const [old, young, both] = [await sealerFor(first), await sealerFor(second), await sealerFor(second, first)];
		const sealed = await old.seal(bytes, place);
		await assert.rejects(young.open(sealed, place), (error: unknown) => {
			assert.ok(isCode('key')(error));
			assert.ok(String(error).includes(old.keyId) && String(error).includes(young.keyId), String(error));
			assert.ok(!String(error).includes(second));
			return true;
		});
		assert.deepEqual(await both.open(sealed, place), bytes);
		assert.equal(both.keyId, young.keyId);
		assert.deepEqual(await young.open(await both.seal(bytes, place), place), bytes);
		assert.equal((await sealerOf(`${second}, ${first}`))?.keyIds.length, 2);
		assert.notEqual(old.keyId, young.keyId);
	});

	test('what is no key is refused, without being repeated', async () => {
		for (const wrong of [
			'',
			'secret',
			first.slice(2),
			`${first}00`,
			'g'.repeat(64),
			`${second}${second}`,
			`${first},`,
		]) {
			await assert.rejects(sealerOf(wrong), (error: unknown) => {
				assert.ok(isCode('key')(error), wrong);
				assert.ok(wrong.length < 6 || !String(error).includes(wrong.slice(0, 12)), String(error));
				return true;
			});
		}
		await assert.rejects(sealerOf([]), isCode('key'));
	});

	test('without an option the keys come from the environment, and without those there is no sealer', async () => {
		const before = process.env.MINDHOOK_INBOX_KEY;
		try {
			delete process.env.MINDHOOK_INBOX_KEY;
			assert.equal(await sealerOf(undefined), null);
			process.env.MINDHOOK_INBOX_KEY = '';
			assert.equal(await sealerOf(undefined), null);
			process.env.MINDHOOK_INBOX_KEY = `${second},${first}`;
			assert.deepEqual((await sealerOf(undefined))?.keyIds, (await sealerFor(second, first)).keyIds);
			process.env.MINDHOOK_INBOX_KEY = 'secret';
			await assert.rejects(sealerOf(undefined), isCode('key'));
		} finally {
			if (before === undefined) delete process.env.MINDHOOK_INBOX_KEY;
			else process.env.MINDHOOK_INBOX_KEY = before;
		}
	});

	test('an inbox admits whoever has one of its keys, and remembers a new one', async () => {
		const old = await sealerFor(first);
		const known = (await admit(old, [])) ?? assert.fail('nothing to remember');
		assert.equal(await admit(null, []), null);
		assert.equal(await admit(old, [known]), null);
		await assert.rejects(admit(null, [known]), isCode('key'));
		await assert.rejects(admit(await sealerFor(second), [known]), isCode('key'));
		const added = (await admit(await sealerFor(second, first), [known])) ?? assert.fail('nothing to remember');
		assert.equal(await admit(await sealerFor(second), [known, added]), null);
		await assert.rejects(admit(old, [{ ...known, sealed: added.sealed }]), (error: unknown) => !isCode('open')(error));
	});
});

if (hasSqlite) {
	const { DatabaseSync } = await import('node:sqlite');
	const withFile = async (body: (file: string, open: typeof openInbox) => Promise<void>): Promise<void> => {
		const path = mkdtempSync(join(tmpdir(), 'mindhook-sealing-'));
		try {
			await body(join(path, 'inbox.db'), (url, options) => openInbox(url, options));
		} finally {
			rmSync(path, { recursive: true, force: true });
		}
	};
	const issue = { code: 'json.syntax', message: 'confidential issue' } as never;

	describe('an encrypted inbox on SQLite', () => {
		test('its files hold nothing of a body, a header, an error or an issue', async () => {
			await withFile(async (file) => {
				const inbox = await openInbox(`sqlite:${file}`, { encryptionKey: first });
				const body = '{"confidential body": 1}'.repeat(100);
				const save = (more: string): ReturnType<typeof inbox.save> =>
					inbox.save({ ...delivery(body + more), headers: { 'x-a': 'confidential header' } }, lease());
				await inbox.settle(claimOf(await save('1')), { state: 'dead', error: 'confidential error' });
				await inbox.settle(claimOf(await save('2')), { state: 'quarantined', issues: [issue] });
				await inbox.settle(claimOf(await save('3')), handled(parsedAs({ modelId: 'visible model' })));
				const look = (): void => {
					for (const name of [file, `${file}-wal`]) {
						assert.ok(!readFileSync(name).includes('confidential'), name);
					}
				};
				look();
				await inbox.vacuum();
				look();
				const [third, second, dead] = await inbox.list();
				assert.equal(dead?.lastError, 'confidential error');
				assert.deepEqual(second?.issues, [issue]);
				assert.deepEqual(third?.headers, { 'x-a': 'confidential header' });
				for (const [index, entry] of [dead, second, third].entries()) {
					assert.equal(text(await inbox.read(entry?.id ?? 0)), `${body}${index + 1}`);
				}
				assert.deepEqual(await problemsOf(inbox), []);
				await inbox.close();
			});
		});

		test('it is not opened without its key, or with another, and the message says which key it needs', async () => {
			await withFile(async (file) => {
				const url = `sqlite:${file}`;
				const { keyId } = await sealerFor(first);
				await (await openInbox(url, { encryptionKey: first })).close();
				for (const encryptionKey of [second, undefined]) {
					await assert.rejects(
						openInbox(url, encryptionKey === undefined ? {} : { encryptionKey }),
						(error: unknown) => {
							assert.ok(withCode('key')(error) && String(error).includes(keyId), String(error));
							return true;
						},
					);
				}
				await (await openInbox(url, { encryptionKey: first })).close();
			});
		});

		test('keys are changed by putting the new one first, and the old one goes when nothing needs it', async () => {
			await withFile(async (file) => {
				const url = `sqlite:${file}`;
				const inbox = await openInbox(url, { encryptionKey: first });
				const old = await inbox.save(delivery('old'));
				await inbox.close();
				const both = await openInbox(url, { encryptionKey: [second, first] });
				const young = await both.save(delivery('young'));
				assert.equal(text(await both.read(old.id)), 'old');
				assert.equal((await both.save(delivery('old'))).duplicate, true);
				await both.close();
				const after = await openInbox(url, { encryptionKey: second });
				assert.equal(text(await after.read(young.id)), 'young');
				await assert.rejects(after.read(old.id), withCode('key'));
				assert.equal((await problemsOf(after)).length, 1);
				// What cannot be read does not stand in the way of what can, and is not lost.
				assert.deepEqual((await after.claim({ limit: 9, lease: lease() })).map(text), ['young']);
				await after.close();
				const again = await openInbox(url, { encryptionKey: [second, first] });
				const entry = await again.read(old.id);
				assert.deepEqual([entry?.state, entry?.attempts, text(entry)], ['failed', 0, 'old']);
				await again.close();
			});
		});

		test('rows and columns that were exchanged are noticed', async () => {
			await withFile(async (file) => {
				const inbox = await openInbox(`sqlite:${file}`, { encryptionKey: first });
				const ids: number[] = [];
				for (const body of ['one', 'two', 'three']) {
					ids.push((await inbox.save({ ...delivery(body), headers: { 'x-a': body } })).id);
				}
				const db = new DatabaseSync(file);
				db.exec(`UPDATE body SET bytes = (SELECT bytes FROM body WHERE delivery_id = 2) WHERE delivery_id = 1;
					UPDATE delivery SET headers = (SELECT headers FROM delivery WHERE id = 1) WHERE id = 3`);
				db.close();
				await assert.rejects(inbox.read(ids[0] ?? 0), withCode('damaged'));
				await assert.rejects(inbox.read(ids[2] ?? 0), withCode('damaged'));
				assert.deepEqual((await problemsOf(inbox)).length, 2);
				assert.deepEqual((await inbox.claim({ limit: 9, lease: lease() })).map(text), ['two']);
				assert.deepEqual((await inbox.claim({ limit: 9, lease: lease() })).map(text), []);
				await inbox.close();
			});
		});

		test('an inbox that was plain takes a key: what it holds stays readable, what comes is encrypted', async () => {
			await withFile(async (file) => {
				const url = `sqlite:${file}`;
				const plain = await openInbox(url);
				const before = await plain.save(delivery('before'));
				await plain.close();
				const sealed = await openInbox(url, { encryptionKey: first });
				const after = await sealed.save(delivery('confidential'));
				assert.equal(text(await sealed.read(before.id)), 'before');
				assert.equal(text(await sealed.read(after.id)), 'confidential');
				await sealed.close();
				assert.ok(!readFileSync(file).includes('confidential'));
				await assert.rejects(openInbox(url), withCode('key'));
			});
		});

		test('closing waits for what is still being encrypted', async () => {
			await withFile(async (file) => {
				const inbox = await openInbox(`sqlite:${file}`, { encryptionKey: first });
				const saving = inbox.save(delivery('last'), lease());
				const { claim } = await inbox.save(delivery('first'), lease());
				const settling = inbox.settle(claim ?? assert.fail(), { state: 'dead', error: 'x' });
				await inbox.close();
				assert.equal((await saving).duplicate, false);
				assert.equal(await settling, true);
			});
		});
	});
}

/** Like `withCode`, for errors of the module itself, which has a class of its own here. */
function isCode(code: string): (error: unknown) => boolean {
	return (error) => (error as { code?: unknown }).code === code;
}
