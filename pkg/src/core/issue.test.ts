/** The few issues that JavaScript makes itself say what the core's table says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { wholeInputError } from './issue.js';

test('helps are those of docs/issues.md', () => {
	const page = readFileSync('docs/issues.md', 'utf8');
	for (const code of ['input.not_bytes', 'core.unavailable', 'core.stopped', 'limit.bytes'] as const) {
		const row = page.split('\n').find((line) => line.startsWith(`| [\`${code}\`]`));
		assert.ok(row, `${code} is not in the table`);
		const issue = wholeInputError(code, 'message');
		assert.equal(row.split(' | ').at(-1)?.replace(/ \|$/, ''), issue.help);
		assert.equal(row.split(' | ')[1], issue.severity);
	}
});
