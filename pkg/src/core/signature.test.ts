/** One list of signatures, for Node's own hash and for the core's: both give the same answers. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import { signPayload, verifySignature } from 'mindhook';

/** Runs `check` with Node's hash, then as in a runtime that has none. */
function withBothHashes(check: () => void): void {
	check();
	const original = process.getBuiltinModule;
	Object.defineProperty(process, 'getBuiltinModule', { value: undefined, configurable: true, writable: true });
	try {
		check();
	} finally {
		Object.defineProperty(process, 'getBuiltinModule', { value: original, configurable: true, writable: true });
	}
}

test('signatures of RFC 4231, test case 2, and of bodies that are not ASCII', () => {
	withBothHashes(() => {
		const jefe = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
		assert.equal(signPayload('what do ya want for nothing?', 'Jefe'), jefe);
		// HMAC-SHA256 of the UTF-8 bytes of "é€😀" with the UTF-8 bytes of "clé", computed with OpenSSL.
		assert.equal(signPayload('é€😀', 'clé'), 'd325e29cc63828edf5ced988afbc047e2120470fe6e3d51ab7568b7c3460fa83');
		for (const length of [0, 1, 63, 64, 65, 1000, 100_000]) {
			const body = new Uint8Array(length).fill(length);
			assert.ok(verifySignature(body, signPayload(body, 'secret'), 'secret'), `${length} bytes`);
		}
	});
});

test('whatever the secret and the body, both hashes sign alike', () => {
	const independent = (body: Uint8Array, secret: string) => createHmac('sha256', secret).update(body).digest('hex');
	withBothHashes(() => {
		// A key longer than a block of the hash is hashed itself (RFC 2104, section 2).
		for (const length of [1, 2, 31, 32, 33, 62, 63, 64, 65, 66, 127, 128, 129, 1000]) {
			for (const character of ['s', 'é', '\u{1f511}', '\0', '\ud800']) {
				const [secret, body] = [character.repeat(length), new Uint8Array(length).fill(length)];
				assert.equal(signPayload(body, secret), independent(body, secret), `${length} ${secret}`);
			}
		}
		const secrets = fc.string({ unit: 'binary', minLength: 1, maxLength: 100 });
		fc.assert(
			fc.property(secrets, secrets, fc.uint8Array({ maxLength: 300 }), (secret, other, body) => {
				const mac = independent(body, secret);
				assert.equal(signPayload(body, secret), mac);
				assert.ok(verifySignature(body, mac, [other, secret]));
				assert.equal(verifySignature(body, mac, other), independent(body, other) === mac);
			}),
			{ numRuns: 500 },
		);
	});
});

test('what is accepted as a signature, and what is a plain false', () => {
	withBothHashes(() => {
		const good = signPayload('{}', 'secret');
		for (const header of [good, good.toUpperCase(), ` ${good}`, `${good}\t `])
			assert.equal(verifySignature('{}', header, 'secret'), true, header);
		const bad = [
			'',
			good.slice(1),
			`${good}0`,
			`sha256=${good}`,
			`${good}, ${good}`,
			good.replace(/^./, 'g'),
			`\n${good}`,
			'0'.repeat(64),
			'é'.repeat(64),
		];
		for (const header of bad) assert.equal(verifySignature('{}', header, 'secret'), false, header);
		for (const header of [undefined, null, 7, {}, [good], Symbol('s')]) {
			assert.equal(verifySignature('{}', header as unknown as string, 'secret'), false);
		}
		assert.equal(verifySignature('{} ', good, 'secret'), false);
		assert.equal(verifySignature('{}', good, 'Secret'), false);
	});
});

test('a header of nothing but white space and noise costs no time: whoever sends it has shown no signature yet', () => {
	const good = signPayload('{}', 'secret');
	const spaces = ' \t'.repeat(500_000);
	const begin = performance.now();
	for (const header of [`x${spaces}y`, `${spaces}x`, `x${spaces}`, `${good}${spaces}y`, `${spaces}${good.slice(1)}`]) {
		assert.equal(verifySignature('{}', header, 'secret'), false);
	}
	assert.equal(verifySignature('{}', `${spaces}${good}${spaces}`, 'secret'), true);
	// It takes some milliseconds; in quadratic time each of these took an hour.
	assert.ok(performance.now() - begin < 5000);
});

test('several secrets while they are being rotated', () => {
	withBothHashes(() => {
		const good = signPayload('{}', 'new');
		assert.equal(verifySignature('{}', good, ['old', 'new']), true);
		assert.equal(verifySignature('{}', good, ['new', 'old']), true);
		assert.equal(verifySignature('{}', good, ['old', 'older']), false);
	});
});

test('a missing secret and a parsed body are the programmer’s mistake, and said so', () => {
	withBothHashes(() => {
		for (const secret of ['', undefined, null, [], [''], ['good', ''], 7]) {
			assert.throws(() => verifySignature('{}', '0'.repeat(64), secret as unknown as string), /secret/, String(secret));
		}
		assert.throws(() => signPayload('{}', ''), /secret is missing or empty/);
		assert.throws(() => verifySignature({} as unknown as string, '0'.repeat(64), 'secret'), /raw request body/);
	});
});
