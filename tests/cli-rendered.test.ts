/**
 * Every issue code has an example of what it looks like, `tests/fixtures/rendered/CODE.txt`; docs/issues.md shows them.
 * MINDHOOK_WRITE_DOCS=1 writes them anew.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { documentedCodes, exampleOf } from './issue-examples.js';

const FOLDER = 'tests/fixtures/rendered';
const write = process.env.MINDHOOK_WRITE_DOCS !== undefined;

test('every documented code has its example, and each example is what is rendered today', () => {
	const codes = documentedCodes();
	assert.ok(codes.length > 50, `${codes.length} codes`);
	if (write) {
		rmSync(FOLDER, { recursive: true, force: true });
		mkdirSync(FOLDER, { recursive: true });
	}
	for (const code of codes) {
		const example = exampleOf(code);
		assert.ok(example, `${code} has no example: tests/issue-examples.ts needs one`);
		if (write) writeFileSync(`${FOLDER}/${code}.txt`, example);
		const stored = readFileSync(`${FOLDER}/${code}.txt`, 'utf8');
		assert.equal(stored, example, `${code}: MINDHOOK_WRITE_DOCS=1 npm test -- rendered writes the examples anew`);
	}
	assert.deepEqual(
		readdirSync(FOLDER).filter((name) => !codes.includes(name.replace(/\.txt$/, ''))),
		[],
		'examples of codes that there are not',
	);
});

test('each example is short, fits 80 columns and is plain text', () => {
	for (const name of readdirSync(FOLDER)) {
		const text = readFileSync(`${FOLDER}/${name}`, 'utf8');
		const lines = text.trimEnd().split('\n');
		assert.ok(lines.length < 20, `${name} has ${lines.length} lines`);
		// The call above an example may be longer, and emoji have two code units for two columns.
		for (const line of lines.slice(1)) assert.ok(line.length <= 82, `${name}: ${line}`);
		assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}/u, name);
		assert.ok(text.includes(name.replace(/\.txt$/, '')), `${name} does not show its code`);
	}
});
