import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Capacity } from './capacity.js';

test('room is asked for with what is missing, until there is enough', () => {
	const asked: number[] = [];
	const capacity = new Capacity(100, (missing) => {
		asked.push(missing);
		capacity.give(20);
		return true;
	});
	assert.equal(capacity.take(100), true);
	assert.equal(capacity.take(30), true);
	assert.deepEqual(asked, [30, 10]);
	assert.equal(capacity.taken, 90);
});

test('where no room can be made, nothing is taken', () => {
	const capacity = new Capacity(100, () => false);
	assert.equal(capacity.take(80), true);
	assert.equal(capacity.take(21), false);
	assert.equal(capacity.taken, 80);
});
