/** The check of a signature as the page calls it: one check after the other. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import test from 'node:test';
import { signatureCalls } from './signature.js';

const signed = (body: string) => createHmac('sha256', 'secret').update(body).digest('hex');

test('a check that ends late leaves a newer one alone', async () => {
	// A file that is slow to come, as from a network.
	const slow = new File([], 'slow.json');
	let arrive: (bytes: ArrayBuffer) => void = () => {};
	slow.arrayBuffer = () =>
		new Promise((resolve) => {
			arrive = resolve;
		});
	const first = signatureCalls.signatureBegin({ body: slow, header: signed(''), secrets: 'secret' });
	// Large enough that its check takes more than one step.
	const large = new File([JSON.stringify({ text: 'x'.repeat(4 << 20) })], 'large.json');
	const second = await signatureCalls.signatureBegin({ body: large, header: signed('other'), secrets: 'secret' });
	assert.equal(second?.outcome, 'searching');
	arrive(new ArrayBuffer(0));
	assert.equal((await first)?.outcome, 'fits');
	const next = await signatureCalls.signatureNext({ check: second.check });
	assert.equal(next?.check, second.check);
});
