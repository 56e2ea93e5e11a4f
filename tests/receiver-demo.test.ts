import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

// From target/tests/tests, where this file runs.
const root = join(import.meta.dirname, '../../..');
const run = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
	promisify(execFile)(join(root, 'node_modules/.bin/node'), [join(root, 'pkg/build/demo.js'), ...args], { cwd: root });

test('the demonstration shows three payloads, a forged and a truncated request, and ends well', async () => {
	const { stdout, stderr } = await run('--once');
	assert.equal(stderr, '');
	assert.equal(stdout.match(/read back: the bytes that were posted/g)?.length, 4);
	for (const kind of ['extraction', 'ocr', 'failure']) assert.match(stdout, new RegExp(`^ {3}kind +${kind}$`, 'm'));
	assert.match(stdout, /^ {3}line_items\n {5}\[0\]\n {7}description +Hydraulic hose 3\/8" +High$/m);
	assert.match(stdout, /^ {3}answered +401 signature_mismatch$/m);
	assert.match(stdout, /^ {3}error json\.unexpected_end line 110, column 50$/m);
	assert.match(stdout, /^As it has to be\.$/m);
	const inbox = /^ {3}inbox +(target\/demo\/\S+\.db)$/m.exec(stdout)?.[1] ?? assert.fail('it does not name its inbox');
	assert.ok(existsSync(join(root, inbox)));
	// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what must not be there.
	assert.doesNotMatch(stdout, /\x1b/);
});

test('an option that the demonstration does not have is explained', async () => {
	for (const args of [['--onec'], ['--port', '70000']]) {
		await assert.rejects(run(...args), (error: { code?: number; stdout?: string }) => {
			assert.equal(error.code, 2);
			assert.match(error.stdout ?? '', /npm start -- \[--once\]/);
			return true;
		});
	}
});
