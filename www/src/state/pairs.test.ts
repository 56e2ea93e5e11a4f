import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pairUp } from './pairs.js';

const payload = (name: string, inner: string | null = null) => ({ key: `p ${name}`, name, inner });
const document = (name: string) => ({ key: `d ${name}`, name });
const none = new Map<string, string | null>();

/** The names of the pairs. */
function pairsOf(
	payloads: ReturnType<typeof payload>[],
	documents: string[],
	byHand: ReadonlyMap<string, string | null> = none,
): Record<string, string> {
	const pairs = pairUp(payloads, documents.map(document), byHand);
	return Object.fromEntries([...pairs].map(([key, value]) => [key.slice(2), value.slice(2)]));
}

describe('pairs', () => {
	test('the name in the payload is surer than the name of its file', () => {
		assert.deepEqual(pairsOf([payload('a.json', 'b.pdf'), payload('b.json', 'a.pdf')], ['a.pdf', 'b.pdf']), {
			'a.json': 'b.pdf',
			'b.json': 'a.pdf',
		});
	});

	test('by the stem of the file, where the payload says nothing that is there', () => {
		assert.deepEqual(
			pairsOf(
				[payload('Invoice.json', 'scan0001.pdf'), payload('receipt.png.json'), payload('.json')],
				['invoice.PDF', 'receipt.png', 'other.pdf', 'another.pdf'],
			),
			{ 'Invoice.json': 'invoice.PDF', 'receipt.png.json': 'receipt.png' },
		);
	});

	test('the only ones left belong together; of more than that, nothing is guessed', () => {
		assert.deepEqual(pairsOf([payload('a.json', 'a.pdf'), payload('result.json')], ['a.pdf', 'scan.tiff']), {
			'a.json': 'a.pdf',
			'result.json': 'scan.tiff',
		});
		assert.deepEqual(pairsOf([payload('x.json')], ['a.pdf', 'b.pdf']), {});
		assert.deepEqual(pairsOf([payload('x.json'), payload('y.json')], ['a.pdf']), {});
		assert.deepEqual(pairsOf([payload('', null)], ['a.pdf']), {}, 'a delivery came by itself');
		assert.deepEqual(pairsOf([payload('', 'a.pdf')], ['a.pdf']), { '': 'a.pdf' });
	});

	test('what was shown together stays so when others come, until a name or a hand says otherwise', () => {
		const [payloads, documents] = [
			[payload('x.json'), payload('y.json')],
			[document('scan.png'), document('x.png')],
		];
		const together = new Map([['p x.json', 'd scan.png']]);
		const pair = (only: number, byHand = none) => [...pairUp(payloads, documents.slice(0, only), byHand, together)];
		assert.deepEqual(pair(1), [['p x.json', 'd scan.png']]);
		assert.deepEqual(pair(1, new Map([['p x.json', null]])), [['p y.json', 'd scan.png']]);
		assert.deepEqual(pair(2), [
			['p x.json', 'd x.png'],
			['p y.json', 'd scan.png'],
		]);
	});

	test('several payloads may have been read from one document', () => {
		assert.deepEqual(pairsOf([payload('1.json', 'a.pdf'), payload('2.json', 'a.pdf')], ['a.pdf']), {
			'1.json': 'a.pdf',
			'2.json': 'a.pdf',
		});
	});

	test('what was chosen by hand stays, none at all too', () => {
		const byHand = new Map([
			['p a.json', 'd b.pdf'],
			['p b.json', null],
		]);
		assert.deepEqual(pairsOf([payload('a.json'), payload('b.json')], ['a.pdf', 'b.pdf'], byHand), {
			'a.json': 'b.pdf',
		});
	});
});
