/** Real payloads of the platform, where they are at hand: each is parsed to its kind, with these warnings and no error. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { parsePayload } from 'mindhook';

const SAMPLES = '../shared/samples';
const present = existsSync(SAMPLES);

const testId = (...pointers: string[]): string[] => pointers.map((pointer) => `payload.id_not_a_uuid ${pointer}`);
const bothIds = testId('/inference/job/id', '/inference/model/id');
const jobId = testId('/inference/job/id');

/** File → kind → warnings. */
const expected: Record<string, [kind: string, warnings: string[]]> = {
	'classification/default_sample.json': ['classification', bothIds],
	'crop/crop_single.json': ['crop', bothIds],
	'crop/default_sample.json': ['crop', bothIds],
	'error/error_401_invalid_api_key.json': ['error', []],
	'extraction/data_schema_replace.json': ['extraction', bothIds],
	'extraction/invoice_blank.json': ['extraction', jobId],
	'extraction/invoice_complete.json': ['extraction', jobId],
	'extraction/raw_texts.json': ['extraction', bothIds],
	'extraction/receipt_default.json': ['extraction', [...jobId, 'payload.unknown_key /inference/result/options']],
	'extraction/standard_field_types.json': ['extraction', bothIds],
	'job/ok_processed_webhooks_ok.json': ['job', []],
	'ocr/ocr_single.json': ['ocr', bothIds],
	'split/default_sample.json': ['split', jobId],
	'split/split_single.json': ['split', jobId],
};

test('the samples of the platform', { skip: !present && `${SAMPLES} is not there` }, async (context) => {
	for (const [file, [kind, warnings]] of Object.entries(expected)) {
		await context.test(`${file} → ${kind}, ${warnings.length} warnings`, () => {
			const body = readFileSync(join(SAMPLES, file));
			const payload = parsePayload(body);
			assert.equal(payload.kind, kind);
			assert.deepEqual(
				payload.warnings.map(({ code, pointer }) => `${code} ${pointer}`),
				warnings,
			);
			assert.deepStrictEqual(payload.data, JSON.parse(body.toString('utf8')));
		});
	}
});
