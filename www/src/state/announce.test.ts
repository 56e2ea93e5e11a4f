import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announce, announcement, say, toast } from './announce.js';

test('what is said again is a change, and so is heard again', () => {
	const heard: string[] = [];
	const stop = announcement.subscribe((text) => heard.push(text));
	for (let times = 0; times < 4; times++) announce('Not found');
	announce('Found');
	stop();
	assert.deepEqual(
		heard.slice(1).map((text) => text.trim()),
		['Not found', 'Not found', 'Not found', 'Not found', 'Found'],
	);
});

test('what is said in passing is seen and heard, each time anew', () => {
	say('Copied');
	const first = toast.peek();
	say('Copied');
	assert.equal(toast.peek()?.text, 'Copied');
	assert.notEqual(toast.peek(), first);
	assert.match(announcement.peek(), /^Copied/);
});
