/** The page of promises must not rot: every test that it names is there, and every promise names one. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

// From target/tests/tests, where this file runs.
const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/promises.md'), 'utf8');
const [promised = '', others = ''] = page.split('\n## What is not promised\n');

/** The sources by their path; what does not exist is empty. */
const sources = new Map<string, string>();

function sourceOf(path: string): string {
	const file = join(root, path);
	const source = sources.get(path) ?? (existsSync(file) ? readFileSync(file, 'utf8') : '');
	sources.set(path, source);
	return source;
}

/** Whether a source has the title as a text of its own, in whatever quotes. */
function names(source: string, title: string): boolean {
	return ["'", '"', '`'].some((quote) =>
		source.includes(quote + title.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`) + quote),
	);
}

test('every test that the page of promises names exists under that name', () => {
	const named = [...promised.matchAll(/^- `([^`]+)`: (.+)$/gm)].map(([, path = '', title = '']) => ({ path, title }));
	assert.ok(named.length > 50, `${named.length} tests`);
	const missing = named.filter(({ path, title }) => !names(sourceOf(path), title));
	assert.deepEqual(missing, []);
});

test('a title that is not there, or is only a part of another, is noticed', () => {
	const source = "test('a body is saved once', …); test('it\\'s there', …);";
	assert.ok(names(source, 'a body is saved once') && names(source, "it's there"));
	assert.ok(!names(source, 'a body is saved') && !names(source, 'a body is saved twice'));
});

test('every promise has a number, in order, and a test that holds it', () => {
	const promises = promised.split(/^### /m).slice(1);
	assert.ok(promises.length > 10);
	for (const [index, promise] of promises.entries()) {
		assert.match(promise, new RegExp(`^${index + 1}\\. .+\\n`));
		assert.match(promise, /^- `[^`]+`: .+$/m, `no test holds: ${promise.split('\n')[0]}`);
	}
});

test('nothing that is not promised looks like a promise, and every other page that is named is there', () => {
	assert.match(others, /^- \*\*/m);
	assert.doesNotMatch(others, /^### |^- `/m);
	for (const [, path = ''] of page.matchAll(/\]\(([\w-]+\.md)\)/g))
		assert.ok(existsSync(join(root, 'docs', path)), path);
});
